// How fast each service rebuilds its projection from a log: events per second and core, beside the
// fold alone in memory and RocksDB alone. Aim: 60,000 events/s. See README.md.
//
// Exit code: 0 measured, 1 not measured, 2 wrong flags.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "services/suite/modules.h"
#include "tests/perf/demo_texts.h"
#include "tests/perf/fold_log.h"
#include "tests/perf/fold_rebuild.h"
#include "tests/perf/raw_limits.h"
#include "tests/perf/report.h"

namespace {

using namespace redress;
using namespace redress::perf;

struct Options {
  uint64_t complaints = 20'000;
  std::string source = ".";
  std::string work = std::filesystem::temp_directory_path().string();
  std::string json;
};

Options ParseOptions(int argc, char** argv) {
  Options options;
  if (const char* source = std::getenv("REDRESS_SOURCE_DIR")) options.source = source;
  CLI::App app("Measures how fast each service rebuilds its projection from a log");
  app.add_option("--complaints", options.complaints, "At least so many on the log")
      ->capture_default_str();
  app.add_option("--json", options.json, "Write the figures to this file");
  app.add_option("--source", options.source, "The checkout")->capture_default_str();
  app.add_option("--work", options.work, "Data lies in a folder in here, removed at the end")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  options.work += "/redress-fold-" + std::to_string(getpid());
  return options;
}

// What RocksDB alone does with the rows of one rebuild, in events per second.
absl::StatusOr<double> RawRocksDb(const std::string& service, const Rebuilt& rebuilt,
                                  uint64_t events, const std::string& folder) {
  const auto count = static_cast<double>(events);
  WriteShapes shapes;
  shapes.services[service] = {static_cast<double>(rebuilt.key_values) / count,
                              static_cast<double>(rebuilt.log_bytes) / count,
                              static_cast<double>(rebuilt.key_values) /
                                  static_cast<double>(std::max<uint64_t>(1, rebuilt.flushes))};
  return RawRocksDbLimit(shapes, events, folder);
}

absl::Status Measure(const Options& options, Generator& generator, Report* report) {
  REDRESS_RETURN_IF_ERROR(MakeLog(options.source, options.work, options.complaints, generator));
  SystemClock clock;
  SystemRandom random;
  EmbeddedLogOptions log_options;
  log_options.folder = options.work + "/data/log";
  log_options.random = &random;
  log_options.clock = &clock;
  REDRESS_ASSIGN_OR_RETURN(const auto log, EmbeddedLog::Open(std::move(log_options)));
  std::vector<std::string> events;
  REDRESS_RETURN_IF_ERROR(ReadTopic(*log, Topic::kComplaints, [&events](const RecordView& record) {
    events.emplace_back(record.value.value_or(""));
  }));
  uint64_t inbound = 0, directory = 0;
  REDRESS_RETURN_IF_ERROR(
      ReadTopic(*log, Topic::kInbound, [&inbound](const RecordView&) { ++inbound; }));
  REDRESS_RETURN_IF_ERROR(
      ReadTopic(*log, Topic::kDirectory, [&directory](const RecordView&) { ++directory; }));
  report->Section("log", "the log");
  report->Figure("complaint_events", static_cast<double>(events.size()), 0);
  report->Figure("inbound_records", static_cast<double>(inbound), 0);
  report->Figure("directory_events", static_cast<double>(directory), 0);
  const double model = RawModel(events);
  report->Figure("raw_model_events_per_s", model, 0);
  for (const ModuleFactory& factory : SuiteModules()) {
    report->Section(factory.name, factory.name);
    REDRESS_ASSIGN_OR_RETURN(const Rebuilt rebuilt,
                             Rebuild(factory, *log, options.work + "/rebuilt"));
    const uint64_t folded = events.size() + directory + (factory.name == "intake" ? inbound : 0);
    const auto count = static_cast<double>(folded);
    const double per_core = count / rebuilt.service_cpu_seconds;
    report->Figure("events", count, 0);
    report->Figure("events_per_s", count / rebuilt.seconds, 0);
    report->Figure("events_per_s_and_core", per_core, 0);
    report->Figure("events_per_cpu_s_all_threads", count / rebuilt.process_cpu_seconds, 0);
    report->Figure("key_values_per_event", static_cast<double>(rebuilt.key_values) / count, 2);
    report->Figure("bytes_per_event", static_cast<double>(rebuilt.log_bytes) / count, 0);
    report->Figure("ratio_to_raw_model", per_core / model, 3);
    REDRESS_ASSIGN_OR_RETURN(const double rocksdb,
                             RawRocksDb(factory.name, rebuilt, folded, options.work + "/raw"));
    report->Figure("raw_rocksdb_events_per_s", rocksdb, 0);
    report->Figure("ratio_to_raw_rocksdb", count / rebuilt.seconds / rocksdb, 3);
  }
  return absl::OkStatus();
}

absl::Status Run(const Options& options, Report* report) {
  REDRESS_ASSIGN_OR_RETURN(const DemoTexts texts,
                           DemoTexts::Load(options.source + "/deploy/demo/complaints.jsonl"));
  // Before any thread: see Generator.
  REDRESS_ASSIGN_OR_RETURN(const auto generator, Generator::Fork(texts));
  REDRESS_RETURN_IF_ERROR(Measure(options, *generator, report));
  if (options.json.empty()) return absl::OkStatus();
  std::ofstream json(options.json);
  json << report->Json();
  json.close();
  return json.good() ? absl::OkStatus()
                     : absl::UnavailableError(options.json + ": cannot be written");
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = ParseOptions(argc, argv);
  Report report;
  const absl::Status ran = Run(options, &report);
  std::filesystem::remove_all(options.work);
  if (ran.ok()) return 0;
  std::fprintf(stderr, "not measured: %s\n", ran.ToString().c_str());
  return 1;
}
