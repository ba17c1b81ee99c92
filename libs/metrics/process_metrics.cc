#include "libs/metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

namespace redress {

namespace {

prometheus::MetricFamily Family(const char* name, const char* help, prometheus::MetricType type,
                                double value) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family.metric.push_back(metric);
  return family;
}

std::optional<double> ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  if (!(file >> total_pages >> resident_pages)) return std::nullopt;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

std::optional<double> CpuSeconds() {
  struct rusage usage {};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return std::nullopt;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + time.tv_usec * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::optional<double> OpenFiles() {
  std::error_code failure;
  std::filesystem::directory_iterator entry("/proc/self/fd", failure);
  double count = -1;  // the one that lists the folder
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
    ++count;
  if (failure) return std::nullopt;
  return count;
}

// Boot time plus field 22 of /proc/self/stat (proc(5)); the command name before it may hold blanks.
std::optional<double> StartSeconds() {
  std::ifstream stat("/proc/self/stat");
  std::string line;
  if (!std::getline(stat, line)) return std::nullopt;
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string field;
  for (int number = 3; number < 22; ++number) fields >> field;
  double ticks = 0;
  if (!(fields >> ticks)) return std::nullopt;
  std::ifstream machine("/proc/stat");
  while (machine >> field) {
    double boot = 0;
    if (field == "btime" && machine >> boot)
      return boot + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
    std::getline(machine, field);
  }
  return std::nullopt;
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessMetrics::Collect() const {
  using prometheus::MetricType;
  std::vector<prometheus::MetricFamily> families;
  const auto add = [&](const char* name, const char* help, MetricType type,
                       std::optional<double> value) {
    if (value.has_value()) families.push_back(Family(name, help, type, *value));
  };
  add("process_resident_memory_bytes", "resident memory of the process", MetricType::Gauge,
      ResidentBytes());
  add("process_cpu_seconds_total", "user and system CPU time of the process", MetricType::Counter,
      CpuSeconds());
  add("process_open_fds", "open file descriptors of the process", MetricType::Gauge, OpenFiles());
  add("process_start_time_seconds", "start of the process, seconds since 1970 UTC",
      MetricType::Gauge, StartSeconds());
  return families;
}

}  // namespace redress
