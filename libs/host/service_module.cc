#include "libs/host/service_module.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/log.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "libs/host/metrics_export.h"

namespace redress {
namespace {

// Recorded times read back further ahead of the own clock than this: deciding by it would date
// events wrongly.
constexpr absl::Duration kClockFarOff = absl::Minutes(1);

}  // namespace

class ServiceModule::MetricsExport : public redress::MetricsExport {
 public:
  using redress::MetricsExport::MetricsExport;
  // Ends as far as known; asked for at every tick, answered later.
  std::map<TopicPartition, Offset> ends;
};

ServiceModule::ServiceModule(HostContext host, std::string name, int layout)
    : host_(std::move(host)), name_(std::move(name)), layout_(layout + host_.later_layouts) {
  if (host_.metrics != nullptr) metrics_ = ServiceMetrics(*host_.metrics, name_, host_.build);
  log_ = std::make_unique<MeasuredLog>(host_.log, host_.clock, metrics_);
  directory_first_ = std::make_unique<DirectoryFirstLog>(log_.get());
  host_.log = directory_first_.get();
  export_ = std::make_unique<MetricsExport>(metrics_);
  status_.name = name_;
}

ServiceModule::~ServiceModule() { Stop(); }

absl::Status ServiceModule::OpenStore() {
  REDRESS_ASSIGN_OR_RETURN(auto directory, ProjectionDirectory::Open(host_.data_dir, name_));
  directory_.emplace(std::move(directory));
  // "<layout>-<generation>": a new layout, or types that were not understood before, begin a new
  // generation.
  const std::string prefix = absl::StrCat("v", layout_, "-");
  int generation = 1;
  if (directory_->active()) {
    absl::string_view active = *directory_->active();
    int found = 0;
    if (absl::ConsumePrefix(&active, prefix) && absl::SimpleAtoi(active, &found))
      generation = found;
  }
  for (;; ++generation) {
    fingerprint_ = absl::StrCat(prefix, generation);
    REDRESS_ASSIGN_OR_RETURN(const std::string path, directory_->Prepare(fingerprint_));
    REDRESS_ASSIGN_OR_RETURN(store_, OpenRocksDbStore({path, host_.resources}));
    REDRESS_ASSIGN_OR_RETURN(const bool rebuild, Projector::NeedsRebuild(*store_));
    if (!rebuild) break;
    Log(LogLevel::kInfo, name_,
        "this release knows events that the projection was folded without: rebuilding");
    store_.reset();
  }
  rebuilding_ = directory_->active() != fingerprint_;
  if (rebuilding_) REDRESS_RETURN_IF_ERROR(directory_->Activate(fingerprint_));
  return directory_->RemoveOthers().status();
}

absl::Status ServiceModule::Start() {
  REDRESS_RETURN_IF_ERROR(OpenStore());
  executor_ = std::make_unique<ThreadExecutor>(name_);
  REDRESS_ASSIGN_OR_RETURN(ServiceParts parts, MakeParts());
  parts.name = name_;
  service_ = std::make_unique<Service>(
      std::move(parts), Ports{host_.log, store_.get(), host_.clock, host_.random, executor_.get()});
  service_->SetOnFailure([this](const absl::Status& failure) {
    {
      MutexLock lock(mutex_);
      health_ = failure;
    }
    if (host_.fail) host_.fail(name_, failure);
  });
  Mutex mutex;
  Condition started;
  std::optional<absl::Status> result;
  executor_->Post([&] {
    OnMade(*service_);
    absl::Status status = service_->Start();
    MutexLock lock(mutex);
    result = std::move(status);
    started.NotifyOne();
  });
  MutexLock lock(mutex);
  while (!result) started.Wait(lock);
  REDRESS_RETURN_IF_ERROR(*result);
  started_ = true;
  executor_->Post([this] { Tick(); });
  return absl::OkStatus();
}

absl::StatusOr<std::string> ServiceModule::AdoptProjection(const std::string& data_dir) {
  MutexLock lock(directory_mutex_);
  if (!directory_) return absl::FailedPreconditionError("the module has stopped");
  // The one in force may be newer than the one that serves, after another rebuild.
  absl::string_view active = *directory_->active();
  const std::string prefix = absl::StrCat("v", layout_, "-");
  int generation = 0;
  if (!absl::ConsumePrefix(&active, prefix) || !absl::SimpleAtoi(active, &generation)) {
    return absl::InternalError(
        absl::StrCat("the projection in force has no generation: ", *directory_->active()));
  }
  const std::string next = absl::StrCat(prefix, generation + 1);
  std::string folder;
  {
    REDRESS_ASSIGN_OR_RETURN(const auto folded, ProjectionDirectory::Open(data_dir, name_));
    if (!folded.active())
      return absl::FailedPreconditionError(absl::StrCat("no projection in ", data_dir));
    folder = folded.PathOf(*folded.active());
  }
  REDRESS_RETURN_IF_ERROR(directory_->Adopt(folder, next));
  return next;
}

absl::Status ServiceModule::BackUp(const std::string& data_dir) {
  REDRESS_ASSIGN_OR_RETURN(auto copy, ProjectionDirectory::Open(data_dir, name_));
  REDRESS_RETURN_IF_ERROR(store_->Checkpoint(copy.PathOf(fingerprint_)));
  return copy.Activate(fingerprint_);
}

absl::Status ServiceModule::Fitness() {
  if (!service_->projector().caught_up()) return absl::UnavailableError("reading the log");
  const absl::Duration ahead =
      FromMicros(service_->counters().newest_recorded_us) - host_.clock->Now();
  const bool far_off = ahead > kClockFarOff;
  if (far_off && !clock_far_off_) {
    Log(LogLevel::kError, name_, "recorded times are far ahead of this machine's clock: not ready",
        {{"seconds", absl::ToInt64Seconds(ahead)}});
  }
  clock_far_off_ = far_off;
  if (!far_off) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "this machine's clock is ", absl::FormatDuration(absl::Floor(ahead, absl::Seconds(1))),
      " behind times on the log"));
}

void ServiceModule::Tick() {
  // Damage that the fold does not meet a call may.
  if (const absl::Status damage = store_->damage(); !damage.ok()) service_->Fail(damage);
  const absl::Status fitness = Fitness();
  if (service_->projector().caught_up()) rebuilding_ = false;
  metrics_.rebuilding.Set(rebuilding_ ? 1 : 0);
  std::vector<PartitionStatus> partitions;
  for (Topic topic : {Topic::kComplaints, Topic::kInbound, Topic::kDirectory, Topic::kDeadLetter}) {
    for (int32_t p = 0; p < host_.log->PartitionCount(topic); ++p) {
      const TopicPartition source{topic, Partition(p)};
      if (!service_->projector().Reads(source)) continue;
      host_.log->End(source, [this, source](absl::StatusOr<Offset> end) {
        if (!end.ok()) return;
        executor_->Post([this, source, end = *end] { export_->ends[source] = end; });
      });
      const auto known = export_->ends.find(source);
      const Offset position = service_->projector().folded_end(source);
      partitions.push_back({source, position,
                            known == export_->ends.end() ? position : known->second,
                            service_->ActsFor(source)});
    }
  }
  const RuntimeCounters& counters = service_->counters();
  double oldest_work = 0;
  for (const auto& [kind, count] : service_->WorkCounts())
    oldest_work = std::max(oldest_work, count.oldest_seconds);
  const bool behind =
      std::any_of(partitions.begin(), partitions.end(),
                  [](const PartitionStatus& one) { return one.position < one.end; });
  const absl::Duration age = host_.clock->Now() - FromMicros(counters.newest_recorded_us);
  bool ready = false;
  {
    MutexLock lock(mutex_);
    if (service_->health().ok()) health_ = fitness;
    ready = health_.ok();
    status_.ready = ready;
    status_.not_ready_reason = std::string(health_.message());
    status_.partitions = std::move(partitions);
    status_.work_waiting = counters.work_rows;
    status_.work_parked = counters.parked_rows;
    status_.oldest_work_seconds = oldest_work;
    status_.newer_than_me = counters.newer_events;
    status_.lag_seconds = behind ? std::max(0.0, absl::ToDoubleSeconds(age)) : 0;
    status_.projection = fingerprint_;
  }
  export_->Export(*service_, *store_, export_->ends, host_.clock->Now(), ready);
  OnTick(*service_);
  // While it catches up, readiness is looked at more often than figures need.
  executor_->PostAfter(ready ? absl::Seconds(1) : absl::Milliseconds(20), [this] { Tick(); });
}

absl::Status ServiceModule::Ready() const {
  MutexLock lock(mutex_);
  return health_;
}

ModuleStatus ServiceModule::Status() const {
  MutexLock lock(mutex_);
  return status_;
}

void ServiceModule::Stop() {
  {
    MutexLock lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    health_ = absl::UnavailableError("stopping");
  }
  if (executor_ == nullptr) return;
  if (started_) executor_->Post([this] { service_->Stop(); });
  executor_->Stop();
  OnStop();
  service_.reset();
  store_.reset();
  // The folder is free for the module that follows.
  MutexLock lock(directory_mutex_);
  directory_.reset();
}

void ServiceModule::OnExecutor(std::function<void(Service&)> work) {
  executor_->Post([this, work = std::move(work)] { work(*service_); });
}

void ServiceModule::WhenReached(const CallContext& call, const std::string& token,
                                std::function<void(absl::Status)> done) {
  auto parsed = ParseToken(token);
  if (!parsed.ok()) {
    executor_->Post([done = std::move(done)] {
      done(InvalidField("consistency_token", "not a token of this system"));
    });
    return;
  }
  const absl::Time deadline = call.deadline();
  OnExecutor([token = *std::move(parsed), deadline, done = std::move(done)](Service& service) {
    service.WhenReached(token, deadline, [done](absl::Status reached) {
      if (absl::IsDeadlineExceeded(reached)) {
        reached =
            MakeError(absl::StatusCode::kUnavailable, reason::kNotCaughtUp, Std(reached.message()));
      } else if (absl::IsInvalidArgument(reached)) {
        reached = InvalidField("consistency_token", Std(reached.message()));
      }
      done(reached);
    });
  });
}

std::string ServiceModule::FlushedToken() const {
  ConsistencyToken token;
  token.log = host_.log->log_id();
  const auto positions = PositionTable::Load(*store_, host_.log->log_id());
  if (positions.ok()) {
    for (const auto& [source, position] : positions->all())
      token.ends[source] = position.offset.Next();
  }
  return FormatToken(token);
}

}  // namespace redress
