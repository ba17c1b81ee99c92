#include "libs/domain/clocks/clock_timeline.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"

namespace redress {
namespace {

using event::v1::ClockSpec;
using event::v1::Waiting;

constexpr int64_t kMaxTargetMs = int64_t{100} * 366 * 24 * 3'600'000;
constexpr absl::Duration kTick = absl::Milliseconds(1);

absl::Status CheckSpec(const ClockSpec& spec) {
  if ((spec.target_ms() != 0) == (spec.due_at_us() != 0)) {
    return absl::InvalidArgumentError("clock: exactly one of target and due time must be set");
  }
  if (spec.target_ms() < 0 || spec.target_ms() > kMaxTargetMs || spec.due_at_us() < 0) {
    return absl::InvalidArgumentError(absl::StrCat("clock: target of ", spec.target_ms(),
                                                   " ms, due at ", spec.due_at_us(), " us"));
  }
  std::set<uint32_t> percents;
  for (const auto& threshold : spec.thresholds()) {
    if (threshold.percent() < 1 || threshold.percent() > 100 ||
        !percents.insert(threshold.percent()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("clock: threshold at ", threshold.percent(), " %"));
    }
  }
  return absl::OkStatus();
}

bool PausesOn(ClockSpec::Pause pause, Waiting::On on) {
  switch (pause) {
    case ClockSpec::WAITING_COMPLAINANT:
      return on == Waiting::ON_COMPLAINANT;
    case ClockSpec::WAITING_THIRD_PARTY:
      return on == Waiting::ON_THIRD_PARTY;
    case ClockSpec::WAITING_REGULATOR:
      return on == Waiting::ON_REGULATOR;
    case ClockSpec::WAITING_SUPPLIER:
      return on == Waiting::ON_SUPPLIER;
    case ClockSpec::OPTIONS_OPEN:
    case ClockSpec::PAUSE_UNSPECIFIED:
    case event::v1::ClockSpec_Pause_ClockSpec_Pause_INT_MIN_SENTINEL_DO_NOT_USE_:
    case event::v1::ClockSpec_Pause_ClockSpec_Pause_INT_MAX_SENTINEL_DO_NOT_USE_:
      return false;
  }
  return false;  // a word from a later release
}

// [start, infinity) without the pauses, which may overlap.
std::vector<ClockSpan> Without(std::vector<ClockSpan> pauses, absl::Time start) {
  std::sort(pauses.begin(), pauses.end(),
            [](const auto& a, const auto& b) { return a.from < b.from; });
  std::vector<ClockSpan> course;
  absl::Time from = start;
  for (const ClockSpan& pause : pauses) {
    if (pause.to <= from || pause.to <= pause.from) continue;
    if (pause.from > from) course.push_back({from, pause.from});
    from = pause.to;
  }
  if (from < absl::InfiniteFuture()) course.push_back({from, absl::InfiniteFuture()});
  return course;
}

std::vector<ClockSpan> UpTo(const std::vector<ClockSpan>& spans, absl::Time end) {
  std::vector<ClockSpan> clipped;
  for (const ClockSpan& span : spans) {
    if (span.from < end) clipped.push_back({span.from, std::min(span.to, end)});
  }
  return clipped;
}

}  // namespace

absl::StatusOr<ClockTimeline> ClockTimeline::Trace(const ClockSpec& spec, ClockFacts& facts,
                                                   const CompiledCalendar& calendar) {
  REDRESS_RETURN_IF_ERROR(CheckSpec(spec));
  ClockTimeline line(calendar);
  line.resets_ = spec.resets_on_size() > 0;
  line.spec_generation_ = spec.generation();
  for (const auto& threshold : spec.thresholds()) {
    line.thresholds_.push_back({threshold.percent(), threshold.escalates()});
  }
  const ClockRound round = RoundOf(spec, facts);
  line.generation_ = spec.generation() + round.reset_edges;
  line.ReadFired(spec, facts);
  if (round.start_us.has_value()) {
    line.start_ = FromMicros(*round.start_us);
    line.end_ = EndOf(spec, round, facts);
  }
  line.ReadPauses(spec, facts);
  if (!line.start_.has_value()) return line;
  line.running_ =
      line.end_.has_value() ? UpTo(line.course_, FromMicros(line.end_->at_us)) : line.course_;
  REDRESS_RETURN_IF_ERROR(line.ComputeDue(spec));
  return line;
}

void ClockTimeline::ReadPauses(const ClockSpec& spec, ClockFacts& facts) {
  std::vector<ClockSpan> pauses;
  const absl::Time end = end_.has_value() ? FromMicros(end_->at_us) : absl::InfiniteFuture();
  const bool pausable = spec.due_at_us() == 0;
  const auto& words = spec.pauses_on();
  if (pausable && std::find(words.begin(), words.end(), ClockSpec::OPTIONS_OPEN) != words.end()) {
    facts.Touch(event::v1::PLAN);  // open options have no state in this release: never a pause
  }
  if (pausable && !words.empty()) {
    for (const auto& interval : facts.Waiting().intervals()) {
      if (std::none_of(words.begin(), words.end(), [&](int word) {
            return PausesOn(static_cast<ClockSpec::Pause>(word), interval.on());
          })) {
        continue;
      }
      generation_ += interval.to_us() == 0 ? 1 : 2;
      const absl::Time from = FromMicros(interval.from_us());
      const absl::Time to =
          interval.to_us() == 0 ? absl::InfiniteFuture() : FromMicros(interval.to_us());
      // What happens after the end must not move the due time that the clock had.
      if (from < end) pauses.push_back({from, to});
    }
  }
  const auto& stage = facts.Stage();
  if (stage.stage() == storage::v1::StageState::MERGED) {
    frozen_from_ = FromMicros(stage.entered_at_us());
    pauses.push_back({frozen_from_, absl::InfiniteFuture()});
  }
  if (start_.has_value()) course_ = Without(std::move(pauses), *start_);
}

void ClockTimeline::ReadFired(const ClockSpec& spec, ClockFacts& facts) {
  for (const auto& fired : facts.Clocks().fired()) {
    if (fired.clock_id() != spec.clock_id()) continue;
    fired_.push_back(
        {fired.threshold_percent(), fired.generation(), FromMicros(fired.fired_at_us())});
    breach_recorded_ = breach_recorded_ || fired.threshold_percent() == 0;
  }
}

absl::Status ClockTimeline::ComputeDue(const ClockSpec& spec) {
  if (spec.due_at_us() == 0) {
    target_ms_ = spec.target_ms();
    REDRESS_ASSIGN_OR_RETURN(due_, InstantOf(absl::Milliseconds(target_ms_)));
    return absl::OkStatus();
  }
  const absl::Time due = FromMicros(spec.due_at_us());
  REDRESS_ASSIGN_OR_RETURN(const absl::Duration net, calendar_->Between(*start_, due));
  target_ms_ = absl::ToInt64Milliseconds(net);
  if (due < frozen_from_) due_ = due;
  return absl::OkStatus();
}

// The earliest instant of the course at which `net` is used. Where a pause begins at just that
// instant the clock does not run there: it comes when the clock runs on, in working time.
absl::StatusOr<std::optional<absl::Time>> ClockTimeline::InstantOf(absl::Duration net) const {
  absl::Duration left = net;
  for (const ClockSpan& span : course_) {
    if (left == absl::ZeroDuration()) {
      REDRESS_ASSIGN_OR_RETURN(const absl::Time opening, calendar_->NextWorkingInstant(span.from));
      if (opening < span.to) return opening;
      continue;
    }
    if (span.to == absl::InfiniteFuture()) {
      REDRESS_ASSIGN_OR_RETURN(const absl::Time at, calendar_->Add(span.from, left));
      return at;
    }
    REDRESS_ASSIGN_OR_RETURN(const absl::Duration used, calendar_->Between(span.from, span.to));
    if (used >= left) {
      REDRESS_ASSIGN_OR_RETURN(const absl::Time at, calendar_->Add(span.from, left));
      if (at < span.to) return at;
    }
    left -= std::min(used, left);
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<absl::Time>> ClockTimeline::ExceededAt(uint32_t percent) const {
  if (!start_.has_value()) return std::nullopt;
  return InstantOf(absl::Milliseconds(target_ms_ * percent / 100) + kTick);
}

std::optional<absl::Time> ClockTimeline::ended_at() const {
  if (!end_.has_value()) return std::nullopt;
  return FromMicros(end_->at_us);
}

ClockPhase ClockTimeline::PhaseAt(absl::Time now) const {
  if (!start_.has_value() || now < *start_) return ClockPhase::kNotStarted;
  if (end_.has_value() && FromMicros(end_->at_us) <= now) {
    return end_->cancelled ? ClockPhase::kCancelled : ClockPhase::kStopped;
  }
  const bool runs = std::any_of(course_.begin(), course_.end(), [&](const ClockSpan& span) {
    return span.from <= now && now < span.to;
  });
  return runs ? ClockPhase::kRunning : ClockPhase::kPaused;
}

ClockVerdict ClockTimeline::VerdictAt(absl::Time now) const {
  const ClockPhase phase = PhaseAt(now);
  const bool ended = phase == ClockPhase::kStopped || phase == ClockPhase::kCancelled;
  // Half open: what ends at the very instant of the breach ended in time.
  const absl::Time until = ended ? FromMicros(end_->at_us) : now + absl::Microseconds(1);
  bool missed = due_.has_value() && *due_ + kTick < until;
  if (ended && !end_->exact) missed = missed && IsFired(0, *due_ + kTick);
  if (missed) return ClockVerdict::kBreached;
  if (phase == ClockPhase::kStopped) return ClockVerdict::kMet;
  return phase == ClockPhase::kCancelled ? ClockVerdict::kNone : ClockVerdict::kOpen;
}

absl::StatusOr<int64_t> ClockTimeline::ConsumedMs(absl::Time now) const {
  absl::Duration sum;
  for (const ClockSpan& span : running_) {
    REDRESS_ASSIGN_OR_RETURN(const absl::Duration used,
                             calendar_->Between(span.from, std::min(span.to, now)));
    sum += used;
  }
  return absl::ToInt64Milliseconds(sum);
}

bool ClockTimeline::IsFired(uint32_t percent, absl::Time at) const {
  return std::any_of(fired_.begin(), fired_.end(), [&](const Fired& fired) {
    if (fired.percent != percent) return false;
    const bool still_true = fired.at >= at;
    if (resets_) return still_true;
    return percent == 0 || fired.generation >= spec_generation_ || still_true;
  });
}

absl::StatusOr<std::optional<ClockFiring>> ClockTimeline::NextFiring() const {
  std::optional<ClockFiring> next;
  const auto consider = [&](uint32_t percent, bool escalates, absl::Time at) {
    if (IsFired(percent, at) || (next.has_value() && next->at <= at)) return;
    next = ClockFiring{percent == 0, percent, escalates, at, due_, generation_};
  };
  if (!end_.has_value()) {
    for (const Threshold& threshold : thresholds_) {
      REDRESS_ASSIGN_OR_RETURN(const std::optional<absl::Time> at, ExceededAt(threshold.percent));
      if (at.has_value()) consider(threshold.percent, threshold.escalates, *at);
    }
  }
  if (due_.has_value()) {
    const absl::Time at = *due_ + kTick;
    const bool in_time = end_.has_value() && (!end_->exact || FromMicros(end_->at_us) <= at);
    if (!in_time) consider(0, false, at);
  }
  if (next.has_value()) {
    REDRESS_ASSIGN_OR_RETURN(next->consumed_ms, ConsumedMs(next->at));
  }
  return next;
}

}  // namespace redress
