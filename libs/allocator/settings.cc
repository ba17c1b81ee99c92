// What the allocator of the executables is told, as the environment's MALLOC_CONF would; that one
// still has the last word.
//
// Huge pages for all that it gets from the system: rows, memtables and blocks of caches lie
// anywhere in some hundred megabytes, and with pages of 4 KiB each touch of one costs a walk
// through the page tables as well (ADR 0018). Only where the kernel leaves it to programs
// (`madvise`, the default of most distributions) or does so for all. One arena a processor instead
// of four: each begins huge pages of its own.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:always,percpu_arena:percpu";
}
