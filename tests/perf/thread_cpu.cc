#include "tests/perf/thread_cpu.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

namespace redress::perf {

ThreadCpu ReadThreadCpu(pid_t process) {
  ThreadCpu cpu;
  std::error_code gone;
  std::filesystem::directory_iterator threads("/proc/" + std::to_string(process) + "/task", gone);
  for (; !gone && threads != std::filesystem::directory_iterator(); threads.increment(gone)) {
    std::string name;
    int64_t nanoseconds = 0;
    std::getline(std::ifstream(threads->path() / "comm"), name);
    std::ifstream(threads->path() / "schedstat") >> nanoseconds;
    cpu[name] += nanoseconds / 1000;
  }
  return cpu;
}

ThreadCpu Used(const ThreadCpu& before, const ThreadCpu& after) {
  ThreadCpu used;
  for (const auto& [name, us] : after) {
    const auto earlier = before.find(name);
    used[name] = std::max<int64_t>(0, us - (earlier == before.end() ? 0 : earlier->second));
  }
  return used;
}

int64_t Total(const ThreadCpu& cpu) {
  int64_t total = 0;
  for (const auto& [name, us] : cpu) total += us;
  return total;
}

std::string GroupOf(const std::string& thread) {
  // Longer beginnings first.
  static const std::vector<std::pair<std::string, std::string>> groups = {
      {"intake-queries", "intake queries"},
      {"intake", "intake"},
      {"classifier", "classifier"},
      {"router", "router"},
      {"sla-timer", "sla-timer"},
      {"analytics", "analytics"},
      {"log-", "log"},
      {"rdk:", "log"},
      {"kafka", "log"},
      {"rocksdb:", "RocksDB background"},
      {"observer", "measuring"},
      {"end_to_end", "measuring"},
      {"grpc", "gRPC"},
      {"nexting", "gRPC"},
      {"default-exec", "gRPC"},
      {"resolver-exec", "gRPC"},
      {"event_engine", "gRPC"},
      {"timer_manager", "gRPC"},
  };
  for (const auto& [beginning, group] : groups) {
    if (thread.compare(0, beginning.size(), beginning) == 0) return group;
  }
  return "other";
}

int64_t MachineBusyUs() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  // user, nice, system, idle, waiting, interrupts (two kinds); ticks of 10 ms.
  int64_t ticks[7] = {};
  stat >> cpu;
  for (int64_t& tick : ticks) stat >> tick;
  return (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) * 10'000;
}

}  // namespace redress::perf
