// Processor time by the name of the thread, as the kernel counts it (/proc/<pid>/task/*/schedstat,
// nanoseconds). Thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>

namespace redress::perf {

// µs by thread name; threads of one name are added up. Threads that have ended are not in it.
using ThreadCpu = std::map<std::string, int64_t>;

// Of all threads of a process that run now; empty when it is gone.
ThreadCpu ReadThreadCpu(pid_t process);

// What was used between two readings. Threads that ended in between are left out.
ThreadCpu Used(const ThreadCpu& before, const ThreadCpu& after);

int64_t Total(const ThreadCpu& cpu);

// What a thread of this name does: a service's name, "log", "gRPC", "RocksDB background",
// "measuring" (the observer and the main thread of this program) or "other".
std::string GroupOf(const std::string& thread);

// µs that all processors of the machine have been busy since it started; to 10 ms each.
int64_t MachineBusyUs();

}  // namespace redress::perf
