#include "tests/perf/fold_rebuild.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>

#include "absl/container/flat_hash_map.h"
#include "absl/time/clock.h"
#include "libs/base/check.h"
#include "libs/base/status.h"
#include "libs/domain/fold.h"
#include "libs/domain/verdict.h"
#include "libs/runtime/decoded_event.h"
#include "tests/perf/counting_file_system.h"
#include "tests/perf/key_values.h"
#include "tests/perf/thread_cpu.h"

namespace redress::perf {
namespace {

constexpr absl::Duration kRebuiltWithin = absl::Minutes(10);

}  // namespace

absl::StatusOr<Rebuilt> Rebuild(const ModuleFactory& factory, EmbeddedLog& log,
                                const std::string& folder) {
  std::filesystem::create_directories(folder);
  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  const auto disk = std::make_shared<CountingFileSystem>(rocksdb::FileSystem::Default());
  HostContext host{&log, &clock, &random, &metrics,
                   std::make_shared<StoreResources>(StoreLimits(), disk)};
  host.data_dir = folder;
  host.id_secret = log.id_secret();
  host.instance = "rebuild";
  host.build = {"measured", "unknown"};
  const auto module = factory.make(host);
  const ThreadCpu before = ReadThreadCpu(getpid());
  const absl::Time began = absl::Now();
  REDRESS_RETURN_IF_ERROR(module->Start());
  while (!module->Ready().ok()) {
    if (absl::Now() - began > kRebuiltWithin)
      return absl::DeadlineExceededError(factory.name + " does not catch up");
    absl::SleepFor(absl::Milliseconds(5));
  }
  Rebuilt rebuilt;
  rebuilt.seconds = absl::ToDoubleSeconds(absl::Now() - began);
  const ThreadCpu used = Used(before, ReadThreadCpu(getpid()));
  rebuilt.service_cpu_seconds = static_cast<double>(used.at(factory.name)) / 1e6;
  rebuilt.process_cpu_seconds = static_cast<double>(Total(used)) / 1e6;
  module->Stop();
  REDRESS_ASSIGN_OR_RETURN(rebuilt.key_values,
                           KeyValuesWritten(folder, factory.name, folder + "/looking"));
  rebuilt.log_bytes = disk->ByService()[factory.name].log_bytes;
  std::istringstream exposition(metrics.Text());
  for (std::string line; std::getline(exposition, line);) {
    if (line.compare(0, 27, "redress_flush_seconds_count") != 0) continue;
    rebuilt.flushes = static_cast<uint64_t>(std::strtod(line.c_str() + line.rfind(' '), nullptr));
  }
  return rebuilt;
}

double RawModel(const std::vector<std::string>& records) {
  struct Folded {
    Head head;
    storage::v1::ComplaintState state;
  };
  absl::flat_hash_map<StreamId, std::unique_ptr<Folded>> complaints;
  const absl::Time began = absl::Now();
  int64_t offset = 0;
  for (const std::string& value : records) {
    const auto decoded = DecodedEvent::Decode(value);
    REDRESS_CHECK(!decoded->malformed());
    auto& folded = complaints[decoded->header().stream];
    if (folded == nullptr) folded = std::make_unique<Folded>();
    if (Judge(folded->head, decoded->header()) != Verdict::kEffective) continue;
    folded->head.Accept(decoded->header(), Offset(++offset), false);
    REDRESS_CHECK(decoded->payload() != nullptr);
    Apply(FoldedEvent{decoded->event().header(), decoded->event().type(), *decoded->payload()},
          &folded->state);
  }
  return static_cast<double>(records.size()) / absl::ToDoubleSeconds(absl::Now() - began);
}

}  // namespace redress::perf
