#include "libs/rpc/refusal_meter.h"

#include <algorithm>
#include <utility>

#include "libs/errors/errors.h"

namespace redress {
namespace {

std::string KeyOf(std::string_view caller, std::string_view complaint) {
  std::string key(caller);
  key.push_back('\0');
  key.append(complaint);
  return key;
}

absl::Status TooMany(double above, double forgiven_per_second) {
  // At least one refusal must be forgiven before the next is allowed.
  const absl::Duration wait = absl::Seconds((above + 1) / forgiven_per_second);
  return WithRetryDelay(
      MakeError(absl::StatusCode::kResourceExhausted, reason::kTooManyRefusals,
                "too many commands of this caller were refused: see what the refusals say, wait, "
                "and then send only what the complaint allows"),
      std::max(wait, absl::Milliseconds(100)));
}

}  // namespace

absl::Status RefusalMeter::Check(std::string_view caller, std::string_view complaint,
                                 absl::Time now) {
  MutexLock lock(mutex_);
  if (levels_.empty()) return absl::OkStatus();
  if (!complaint.empty()) {
    const auto found = levels_.find(KeyOf(caller, complaint));
    if (found != levels_.end()) {
      const double above =
          LevelAt(found->second, limits_.per_complaint_forgiven, now) - limits_.per_complaint;
      if (above > -1) return TooMany(above, limits_.per_complaint_forgiven);
    }
  }
  const auto found = levels_.find(KeyOf(caller, ""));
  if (found == levels_.end()) return absl::OkStatus();
  const double above =
      LevelAt(found->second, limits_.per_caller_forgiven, now) - limits_.per_caller;
  return above > -1 ? TooMany(above, limits_.per_caller_forgiven) : absl::OkStatus();
}

void RefusalMeter::Count(std::string_view caller, std::string_view complaint, absl::Time now) {
  MutexLock lock(mutex_);
  if (levels_.size() >= limits_.remembered) Forget(now);
  if (!complaint.empty()) Add(KeyOf(caller, complaint), limits_.per_complaint_forgiven, now);
  Add(KeyOf(caller, ""), limits_.per_caller_forgiven, now);
}

double RefusalMeter::LevelAt(const Level& level, double forgiven_per_second, absl::Time now) {
  // A clock that was set back forgives nothing.
  const double seconds = std::max(0.0, absl::ToDoubleSeconds(now - level.at));
  return std::max(0.0, level.refusals - seconds * forgiven_per_second);
}

void RefusalMeter::Add(std::string key, double forgiven_per_second, absl::Time now) {
  Level& level = levels_[std::move(key)];
  level.refusals = LevelAt(level, forgiven_per_second, now) + 1;
  level.at = now;
}

void RefusalMeter::Forget(absl::Time now) {
  const double slowest = std::min(limits_.per_complaint_forgiven, limits_.per_caller_forgiven);
  absl::erase_if(levels_,
                 [&](const auto& entry) { return LevelAt(entry.second, slowest, now) <= 0; });
  if (levels_.size() >= limits_.remembered) levels_.clear();
}

}  // namespace redress
