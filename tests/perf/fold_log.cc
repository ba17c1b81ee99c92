#include "tests/perf/fold_log.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include "absl/time/clock.h"
#include "libs/base/status.h"
#include "tests/perf/ample_policy.h"
#include "tests/perf/observer.h"
#include "tests/perf/phase.h"
#include "tests/perf/running_suite.h"

namespace redress::perf {
namespace {

constexpr int64_t kPartUs = 2'000'000;
constexpr absl::Duration kRoutedWithin = absl::Seconds(60);

}  // namespace

absl::Status MakeLog(const std::string& source, const std::string& folder, uint64_t complaints,
                     Generator& generator) {
  std::filesystem::create_directories(folder);
  const std::string policy = folder + "/policy.yaml";
  REDRESS_RETURN_IF_ERROR(WriteAmplePolicy(source + "/deploy/policy/default.yaml", policy));
  REDRESS_ASSIGN_OR_RETURN(const auto suite, RunningSuite::Start({folder + "/data", policy, {}}));
  REDRESS_ASSIGN_OR_RETURN(const auto observer,
                           Observer::Start(suite->host().log, generator.routed()));
  Bench bench{&generator, suite.get(), observer.get()};
  Load load;
  load.kind = Load::Kind::kPublish;
  load.calls_in_flight = 4;
  load.items_per_call = 100;
  load.window_us = kPartUs;
  load.duration_us = kPartUs;
  while (bench.next < complaints) REDRESS_RETURN_IF_ERROR(RunPhase(bench, load).status());
  return absl::OkStatus();
}

absl::Status ReadTopic(EventLog& log, Topic topic,
                       const std::function<void(const RecordView&)>& visit) {
  for (int32_t p = 0; p < log.PartitionCount(topic); ++p) {
    REDRESS_ASSIGN_OR_RETURN(const auto reader,
                             log.OpenReader({{{topic, Partition(p)}, Offset(0)}}));
    reader->SetWake([] {});
    ReadBatch batch;
    const absl::Time end = absl::Now() + kRoutedWithin;
    for (bool whole = false; !whole;) {
      REDRESS_RETURN_IF_ERROR(reader->Poll(4096, &batch));
      for (const RecordView& record : batch.records) visit(record);
      whole = !batch.ends.empty();
      if (absl::Now() > end)
        return absl::DeadlineExceededError("the end of a partition does not come");
    }
  }
  return absl::OkStatus();
}

}  // namespace redress::perf
