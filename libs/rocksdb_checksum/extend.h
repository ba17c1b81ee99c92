// The CRC-32C of RocksDB's write-ahead logs, by the processor's own instruction.
//
// RocksDB sums every record of a write-ahead log. The package of Debian 12 is built for x86-64
// processors of every age and does it from tables, at about 1 GB/s: a twentieth of all processor
// time of the suite under load. Programs that hold RocksDB themselves (release preset) are linked
// with `--wrap` of rocksdb::crc32c::Extend, so that its calls come here (ADR 0018). The values are
// the same: what either has written, the other reads.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// The checksum of what `crc` sums up, followed by data[0, size). Same as rocksdb::crc32c::Extend,
// which is asked where the processor has no SSE 4.2.
uint32_t __wrap__ZN7rocksdb6crc32c6ExtendEjPKcm(uint32_t crc, const char* data, size_t size);

// RocksDB's own. The linker gives it this name.
uint32_t __real__ZN7rocksdb6crc32c6ExtendEjPKcm(uint32_t crc, const char* data, size_t size);
}
