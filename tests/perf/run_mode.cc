#include "tests/perf/run_mode.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/random.h"
#include "libs/base/status.h"
#include "tests/perf/ample_policy.h"
#include "tests/perf/figures.h"
#include "tests/perf/kafka_broker.h"
#include "tests/perf/observer.h"
#include "tests/perf/phase.h"
#include "tests/perf/raw_limits.h"
#include "tests/perf/running_suite.h"

namespace redress::perf {
namespace {

constexpr double kWarmUpSeconds = 3;
// Of work in flight at most, where a rate is not given: well below the 5 s within which events are
// counted.
constexpr int64_t kWindowUs = 2'000'000;
// So many complaints tell the limit of RocksDB well enough.
constexpr uint64_t kMostRawComplaints = 30'000;

Load LoadOf(const std::string& mode, const RunOptions& options) {
  Load load;
  load.kind = mode == "a" ? Load::Kind::kSubmit : Load::Kind::kPublish;
  load.calls_in_flight =
      static_cast<uint32_t>(mode == "a" ? options.calls_in_flight : options.publish_calls);
  load.items_per_call = static_cast<uint32_t>(mode == "a" ? 1 : options.publish_items);
  load.window_us = kWindowUs;
  load.duration_us = static_cast<int64_t>(options.seconds * 1e6);
  return load;
}

absl::Status WriteSecret(const std::string& path) {
  SystemRandom random;
  std::ofstream file(path, std::ios::binary);
  for (int i = 0; i < 4; ++i) {
    const uint64_t bits = random.Next();
    file.write(reinterpret_cast<const char*>(&bits), sizeof(bits));
  }
  return file.good() ? absl::OkStatus() : absl::UnavailableError(path + ": cannot be written");
}

absl::StatusOr<Phase> Measure(Bench& bench, Load load, const std::string& section,
                              const std::string& title, Report* report) {
  report->Section(section, title);
  REDRESS_ASSIGN_OR_RETURN(Phase phase, RunPhase(bench, load));
  ReportPhase(phase, report);
  return phase;
}

// The suite has stopped; the machine is free for the engines alone.
absl::Status CompareWithLimits(const std::string& mode, const RunOptions& options,
                               const Phase& most, Load load, Generator& generator, Report* report) {
  report->Section(mode + "/limits",
                  absl::StrCat("(", mode, ") beside the engines underneath, alone"));
  const uint64_t complaints = std::min(most.complaints(), kMostRawComplaints);
  const WriteShapes shapes = ShapesOf(most);
  const std::string raw = options.work + "/raw";
  REDRESS_ASSIGN_OR_RETURN(const double rocksdb, RawRocksDbLimit(shapes, complaints, raw));
  if (shapes.log.rows > 0) {
    REDRESS_ASSIGN_OR_RETURN(const double log, RawRocksDbLimit({{}, shapes.log}, complaints, raw));
    report->Figure("raw_rocksdb_log_alone_complaints_per_s", log, 0);
    REDRESS_ASSIGN_OR_RETURN(const double services,
                             RawRocksDbLimit({shapes.services, {}}, complaints, raw));
    report->Figure("raw_rocksdb_projections_alone_complaints_per_s", services, 0);
  }
  report->Figure("raw_rocksdb_complaints_per_s", rocksdb, 0);
  report->Figure("ratio_to_raw_rocksdb", most.per_second() / rocksdb, 3);
  load.request_bytes =
      static_cast<uint32_t>(most.sent.request_bytes / std::max<uint64_t>(1, most.sent.calls));
  load.response_bytes =
      static_cast<uint32_t>(most.sent.response_bytes / std::max<uint64_t>(1, most.sent.calls));
  load.duration_us = 3'000'000;
  REDRESS_ASSIGN_OR_RETURN(const double calls, RawGrpcLimit(generator, load));
  const double grpc = calls * load.items_per_call;
  report->Figure("raw_grpc_complaints_per_s", grpc, 0);
  report->Figure("ratio_to_raw_grpc", most.per_second() / grpc, 3);
  report->Note(
      "formula",
      "raw_rocksdb: n complaints' worth of the same key-values and bytes, in batches as large as "
      "the "
      "suite's flushes and commits, by six threads, / seconds; raw_grpc: echo calls per second of "
      "the "
      "same sizes and calls in flight x complaints per call; ratio: complaints_per_s / limit");
  return absl::OkStatus();
}

}  // namespace

absl::Status RunMode(const std::string& mode, const RunOptions& options, Generator& generator,
                     Report* report) {
  const std::string folder = absl::StrCat(options.work, "/", mode);
  std::filesystem::create_directories(folder);
  RunningSuite::Options suite_options{folder + "/data", folder + "/policy.yaml", {}};
  REDRESS_RETURN_IF_ERROR(
      WriteAmplePolicy(options.source + "/deploy/policy/default.yaml", suite_options.policy_file));
  std::unique_ptr<KafkaBroker> broker;
  if (options.kafka) {
    REDRESS_ASSIGN_OR_RETURN(broker, KafkaBroker::Start(options.source, folder + "/broker"));
    REDRESS_RETURN_IF_ERROR(WriteSecret(folder + "/secret"));
    suite_options.flags = {"--log",           "kafka",           "--kafka",
                           broker->address(), "--create-topics", "--id-secret-file",
                           folder + "/secret"};
  }
  generator.routed()->store(0);
  REDRESS_ASSIGN_OR_RETURN(auto suite, RunningSuite::Start(std::move(suite_options)));
  REDRESS_ASSIGN_OR_RETURN(auto observer, Observer::Start(suite->host().log, generator.routed()));
  ForgetPeakMemory();
  Bench bench{&generator, suite.get(), observer.get(), broker == nullptr ? 0 : broker->pid(), 0};
  Load load = LoadOf(mode, options);
  const std::string what =
      absl::StrCat("(", mode, ") ", mode == "a" ? "SubmitComplaint" : "InboundService.Publish",
                   options.kafka ? " on Kafka, " : ", ");
  Load warm = load;
  warm.duration_us = static_cast<int64_t>(std::min(kWarmUpSeconds, options.seconds) * 1e6);
  warm.rate = options.rate;
  REDRESS_RETURN_IF_ERROR(RunPhase(bench, warm).status());
  load.rate = options.rate;
  if (options.rate > 0) {
    REDRESS_RETURN_IF_ERROR(Measure(bench, load, mode + "/rate",
                                    absl::StrCat(what, options.rate, " complaints/s"), report)
                                .status());
    return absl::OkStatus();
  }
  REDRESS_ASSIGN_OR_RETURN(const Phase most,
                           Measure(bench, load, mode + "/max", what + "as many as go", report));
  if (options.most_only) return absl::OkStatus();
  for (const auto& [part, name] : {std::pair{0.25, "quarter"}, std::pair{0.5, "half"}}) {
    load.rate = most.per_second() * part;
    const auto phase = Measure(bench, load, absl::StrCat(mode, "/", name),
                               absl::StrCat(what, name, " of that"), report);
    REDRESS_RETURN_IF_ERROR(phase.status());
  }
  observer.reset();
  suite->Stop();
  broker.reset();
  return CompareWithLimits(mode, options, most, load, generator, report);
}

}  // namespace redress::perf
