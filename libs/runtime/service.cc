#include "libs/runtime/service.h"

#include <algorithm>

#include "libs/base/log.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/event_log/ownership_units.h"

namespace redress {
namespace {

// A service that never catches up still does its work.
constexpr int kMostStepsNotActed = 8;

}  // namespace

Service::Service(ServiceParts parts, Ports ports) : parts_(std::move(parts)), ports_(ports) {
  Projector::Options projector = parts_.projector;
  projector.service = parts_.name;
  projector_ = std::make_unique<Projector>(std::move(projector), ports_.log, ports_.store,
                                           parts_.projection, ports_.clock, &counters_);
  if (parts_.decider != nullptr) {
    Actor::Options actor = parts_.actor;
    actor.service = parts_.name;
    actor.kinds = parts_.kinds;
    actor_ = std::make_unique<Actor>(std::move(actor), ports_.log, projector_.get(), parts_.decider,
                                     ports_.clock, ports_.random, ports_.executor, &counters_);
    actor_->SetWake([this] { Wake(); });
  }
  if (parts_.takes_commands) {
    CommandPath::Options commands = parts_.commands;
    commands.service = parts_.name;
    commands_ = std::make_unique<CommandPath>(std::move(commands), ports_.log, projector_.get(),
                                              parts_.older_requests, ports_.clock, ports_.random,
                                              ports_.executor, &counters_);
  }
}

// A log thread may wake a reader until the reader is gone: what a wake looks at goes after it.
Service::~Service() {
  commands_.reset();
  actor_.reset();
  projector_.reset();
}

absl::Status Service::Start() {
  projector_->SetWake([this] { Wake(); });
  REDRESS_RETURN_IF_ERROR(projector_->Start());
  running_ = true;
  for (OwnershipKind kind : parts_.owns) {
    std::weak_ptr<bool> alive = alive_;
    REDRESS_ASSIGN_OR_RETURN(
        auto ownership, ports_.log->Own(kind, [this, alive, kind](std::vector<Partition> units) {
          ports_.executor->Post([this, alive, kind, units = std::move(units)] {
            if (alive.expired() || !running_) return;
            owned_[kind] = {units.begin(), units.end()};
            if (actor_ != nullptr) actor_->SetOwned(kind, units);
            Wake();
          });
        }));
    ownerships_.push_back(std::move(ownership));
  }
  Wake();
  return absl::OkStatus();
}

void Service::Stop() {
  running_ = false;
  ownerships_.clear();
  if (health_.ok()) {
    const absl::Status flushed = projector_->Flush();
    if (!flushed.ok())
      Log(LogLevel::kWarning, parts_.name, "last flush failed", {{"error", flushed.ToString()}});
  }
}

std::map<std::string, Service::WorkCount> Service::WorkCounts() const {
  std::map<std::string, WorkCount> counts;
  if (actor_ == nullptr) return counts;
  const int64_t now_us = ToMicros(ports_.clock->Now());
  for (WorkKind kind : parts_.kinds) {
    WorkCount& count = counts[std::string(parts_.decider->KindName(kind))];
    const auto& rows = projector_->work().rows(kind);
    count.waiting = rows.size();
    count.parked = actor_->parked(kind);
    // Timers are ordered by due time; of other kinds the age stands in the stage's events, not in
    // the row.
    if (rows.empty() || rows.begin()->second.item.not_before_us == 0) continue;
    count.oldest_seconds = std::max<double>(
        0, static_cast<double>(now_us - rows.begin()->second.item.not_before_us) / 1e6);
  }
  return counts;
}

bool Service::Counts(OwnershipKind kind, Partition unit) const {
  const auto owned = owned_.find(kind);
  return owned != owned_.end() && owned->second.count(unit) > 0 && projector_->caught_up();
}

bool Service::ActsFor(TopicPartition source) const {
  return std::any_of(owned_.begin(), owned_.end(), [&](const auto& owned) {
    const auto& [kind, units] = owned;
    return source.topic == TopicOfUnits(kind) &&
           units.count(IsSingleUnit(kind) ? Partition(0) : source.partition) > 0;
  });
}

void Service::Wake() {
  if (pump_posted_.exchange(true)) return;
  std::weak_ptr<bool> alive = alive_;
  ports_.executor->Post([this, alive] {
    if (!alive.expired()) Pump();
  });
}

void Service::WakeAt(absl::Time at) {
  // The earliest timer that is on its way pumps, and whatever is due later is asked for then.
  if (at == absl::InfiniteFuture() || (!timers_.empty() && at >= *timers_.begin())) return;
  timers_.insert(at);
  std::weak_ptr<bool> alive = alive_;
  const absl::Duration delay = std::max(absl::ZeroDuration(), at - ports_.clock->Now());
  ports_.executor->PostAfter(delay, [this, alive, at] {
    if (alive.expired()) return;
    timers_.erase(at);
    Pump();
  });
}

void Service::Pump() {
  pump_posted_ = false;
  if (!running_ || !health_.ok()) return;
  bool more = false;
  absl::Status failed;
  if (actor_ != nullptr) projector_->SetWorkAhead(actor_->work_ahead());
  if (auto stepped = projector_->Step(); stepped.ok()) {
    more = *stepped;
  } else {
    failed = stepped.status();
  }
  // What is on the log comes before new work: decisions on a state that lags lose races, and work
  // taken up faster than its consequences are folded spreads over so many complaints that nothing
  // is at hand or written once any more.
  const bool acts = !projector_->behind() || ++steps_not_acted_ >= kMostStepsNotActed;
  if (failed.ok() && actor_ != nullptr && acts) {
    steps_not_acted_ = 0;
    if (auto stepped = actor_->Step(); stepped.ok()) {
      more = more || *stepped;
    } else {
      failed = stepped.status();
    }
  }
  if (!failed.ok()) return Fail(failed);
  if (commands_ != nullptr) commands_->Step();
  if (more) return Wake();
  absl::Time next = projector_->next_wake();
  if (actor_ != nullptr) next = std::min(next, actor_->next_wake());
  if (commands_ != nullptr) next = std::min(next, commands_->next_wake());
  WakeAt(next);
}

void Service::Fail(const absl::Status& failure) {
  if (!running_ || !health_.ok()) return;
  health_ = failure;
  Log(LogLevel::kError, parts_.name, "cannot go on", {{"error", failure.ToString()}});
  if (on_failure_) on_failure_(failure);
}

void Service::WhenReached(const ConsistencyToken& token, absl::Time deadline,
                          std::function<void(absl::Status)> done) {
  if (token.ends.empty()) return done(absl::OkStatus());
  if (token.log != ports_.log->log_id()) {
    return done(absl::InvalidArgumentError("consistency_token: of another log"));
  }
  struct Pending {
    size_t missing;
    std::function<void(absl::Status)> done;
  };
  auto pending = std::make_shared<Pending>(Pending{token.ends.size(), std::move(done)});
  for (const auto& [source, end] : token.ends) {
    projector_->WhenFolded(source, end, FoldWaits::Until::kFlushed, [pending] {
      if (--pending->missing == 0 && pending->done)
        std::exchange(pending->done, nullptr)(absl::OkStatus());
    });
  }
  if (!pending->done) return;
  projector_->RequestFlush();
  Wake();
  std::weak_ptr<bool> alive = alive_;
  ports_.executor->PostAfter(
      std::max(absl::ZeroDuration(), deadline - ports_.clock->Now()), [pending, alive] {
        if (alive.expired() || !pending->done) return;
        std::exchange(pending->done, nullptr)(
            absl::DeadlineExceededError("the token is not folded yet: ask again"));
      });
}

}  // namespace redress
