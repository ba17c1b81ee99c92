#include "libs/host/rebuild.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/log.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"

namespace redress {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(50);
constexpr absl::Duration kTell = absl::Seconds(1);

intake::v1::RebuildResponse ProgressOf(const ModuleStatus& status) {
  intake::v1::RebuildResponse progress;
  int64_t folded = 0;
  int64_t total = 0;
  for (const PartitionStatus& partition : status.partitions) {
    folded += partition.position.value();
    total += partition.end.value();
  }
  progress.set_folded_records(folded);
  progress.set_total_records(total);
  return progress;
}

}  // namespace

Rebuilds::Rebuilds(const HostContext& host, std::vector<ModuleFactory> factories,
                   const std::vector<std::unique_ptr<Module>>* serving)
    : log_(host.log), host_(host), factories_(std::move(factories)), serving_(serving) {
  host_.log = &log_;
  // Its numbers are not those of the service.
  host_.metrics = nullptr;
  host_.policy_file.clear();
  host_.fail = nullptr;
  host_.data_dir = absl::StrCat(host.data_dir, "/rebuild");
}

void Rebuilds::Stop() {
  stopping_ = true;
  MutexLock lock(mutex_);
  if (thread_.joinable()) thread_.join();
}

void Rebuilds::Start(const std::string& module, Writer writer) {
  const auto serving = std::find_if(serving_->begin(), serving_->end(),
                                    [&](const auto& known) { return known->name() == module; });
  const auto factory =
      std::find_if(factories_.begin(), factories_.end(),
                   [&](const ModuleFactory& known) { return known.name == module; });
  if (serving == serving_->end() || factory == factories_.end()) {
    return writer.Finish(InvalidField("module", "not one of the modules of this process"));
  }
  MutexLock lock(mutex_);
  if (running_ || stopping_) {
    return writer.Finish(MakeError(absl::StatusCode::kFailedPrecondition, reason::kConflict,
                                   "a rebuild is running: wait for its end"));
  }
  if (thread_.joinable()) thread_.join();
  running_ = true;
  thread_ = std::thread([this, serving = serving->get(), &factory = *factory, writer] {
    absl::Status status = Run(*serving, factory, writer);
    if (!status.ok()) {
      Log(LogLevel::kWarning, factory.name, "the rebuild paused", {{"why", status.ToString()}});
    }
    running_ = false;
    writer.Finish(std::move(status));
  });
}

absl::Status Rebuilds::Run(Module& serving, const ModuleFactory& factory, const Writer& writer) {
  std::error_code error;
  std::filesystem::create_directories(host_.data_dir, error);
  if (error)
    return absl::UnavailableError(
        absl::StrCat("cannot make ", host_.data_dir, ": ", error.message()));
  {
    const std::unique_ptr<Module> folding = factory.make(host_);
    REDRESS_RETURN_IF_ERROR(folding->Start());
    absl::Time told = absl::InfinitePast();
    absl::Status state;
    for (absl::Status ready = folding->Ready(); !ready.ok(); ready = folding->Ready()) {
      if (!absl::IsUnavailable(ready)) state = ready;
      if (stopping_)
        state = absl::UnavailableError("the process ends; start the rebuild again to go on");
      if (writer.closed())
        state = absl::CancelledError("nobody waits for it; start the rebuild again to go on");
      if (!state.ok()) break;
      if (host_.clock->Now() - told >= kTell) {
        told = host_.clock->Now();
        // A slow reader misses progress, not the end.
        (void)writer.Write(ProgressOf(folding->Status()));
      }
      absl::SleepFor(kLook);
    }
    folding->Stop();
    REDRESS_RETURN_IF_ERROR(state);
  }
  REDRESS_ASSIGN_OR_RETURN(const std::string projection, serving.AdoptProjection(host_.data_dir));
  std::filesystem::remove_all(absl::StrCat(host_.data_dir, "/", factory.name), error);
  intake::v1::RebuildResponse done;
  done.set_done(true);
  done.set_projection(projection);
  (void)writer.Write(done);
  return absl::OkStatus();
}

}  // namespace redress
