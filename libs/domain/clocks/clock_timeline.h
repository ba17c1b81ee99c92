// One clock of one complaint, computed: whether it runs, what it has used, when it is due, what
// fires next. The ONE function of (spec, facts of the state, compiled calendar) that sla-timer,
// what-if and explain share
// (`events.md` 1.5). That a clock started, paused, was reset or stopped is never stored: it follows
// from the facts.
//
// Position judges, time measures: a stop that happened before the due time but was folded after it
// still counts at its time.
//
// A net clock (`target_ms`) uses the working time of its calendar between start and end, less the
// waiting that it pauses on (S2, S17). An absolute one (`due_at_us`) is moved by nothing (S13): it
// neither pauses nor reads waiting; its share is of the working time between start and due. While a
// complaint is merged all its clocks stand still.
//
// Strictness: a threshold fires at the first millisecond of net time that is more than its percent
// of the target (F9.11), so always inside working time (S5). A target is kept up to and including
// `due_at`; the breach fires one millisecond later. Intervals are half open.
//
// Values; `Trace` borrows spec, facts and calendar only during the call, the timeline keeps
// borrowing the calendar. Pure, no clock: `now` is a parameter. Thread-safe as values are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/calendar/compiled_calendar.h"
#include "libs/domain/clocks/clock_facts.h"
#include "libs/domain/clocks/clock_round.h"
#include "redress/event/v1/shared.pb.h"

namespace redress {

enum class ClockPhase { kNotStarted, kRunning, kPaused, kStopped, kCancelled };
// kOpen: still to be seen. kNone: cancelled, so neither kept nor missed.
enum class ClockVerdict { kOpen, kMet, kBreached, kNone };

// Half-open; `to` is InfiniteFuture while it goes on.
struct ClockSpan {
  absl::Time from;
  absl::Time to;
  friend bool operator==(const ClockSpan&, const ClockSpan&) = default;
};

// A warning or breach that the log does not have yet.
struct ClockFiring {
  bool breach = false;
  // 0 for a breach.
  uint32_t threshold_percent = 0;
  // The threshold opens trigger 5 (F10.9).
  bool escalates = false;
  // When it became true; never fire earlier. A timer row is ordered by it.
  absl::Time at;
  // Absent while a pause leaves it open (a threshold that was passed before the pause).
  std::optional<absl::Time> due_at;
  uint32_t generation = 0;
  // At `at`.
  int64_t consumed_ms = 0;
};

class ClockTimeline {
 public:
  // `calendar` must be the one that `spec.calendar` names (empty: `AlwaysOpen`) and outlive the
  // timeline. InvalidArgument: not exactly one of target and due time, a target beyond 100 years,
  // thresholds outside of 1-100 % or twice the same. OutOfRange: the calendar is compiled for too
  // few years.
  static absl::StatusOr<ClockTimeline> Trace(const event::v1::ClockSpec& spec, ClockFacts& facts,
                                             const CompiledCalendar& calendar);

  ClockPhase PhaseAt(absl::Time now) const;
  // Computed from the facts; what was fired is in `breach_recorded`. Where the time of the end is
  // not known exactly and lies beyond the due time, the record decides.
  ClockVerdict VerdictAt(absl::Time now) const;
  // Net ms used in this round until `now`, standing still from the end on.
  absl::StatusOr<int64_t> ConsumedMs(absl::Time now) const;

  // Start of the present round; absent: what starts the clock has not happened.
  std::optional<absl::Time> started_at() const { return start_; }
  std::optional<absl::Time> ended_at() const;
  // When the target is used up; absent while a pause leaves it open, or not started. After the end:
  // what it was.
  std::optional<absl::Time> due_at() const { return due_; }
  // Where it ran or runs: from the start, without pauses, up to its end.
  const std::vector<ClockSpan>& running() const { return running_; }
  // Net target; of an absolute clock the working time from start to due. 0: not started.
  int64_t target_ms() const { return target_ms_; }
  // Rises with everything that can move the due time: spec.generation + pauses, resumptions and
  // resets. All of them, also from before `counts_from_us`, so that a fact told late never lowers
  // it.
  uint32_t generation() const { return generation_; }
  // What the next specification of this clock must say, so that generations keep rising when it is
  // replaced.
  uint32_t NextSpecGeneration() const { return generation_ + 1; }
  bool breach_recorded() const { return breach_recorded_; }

  // The instant at which strictly more than `percent` of the target is used, were the clock not to
  // end; absent when that depends on a pause that goes on. Precondition: 1 <= percent <= 100.
  absl::StatusOr<std::optional<absl::Time>> ExceededAt(uint32_t percent) const;

  // The earliest threshold or breach that became or becomes true while the clock ran and that has
  // not been fired. Nothing: no event can follow until the facts change. At the same instant
  // thresholds come first.
  //   * A breach fires once per clock, also when the clock has stopped meanwhile (late), unless it
  //   stopped
  //     in time.
  //   * A threshold fires once per clock and specification; under a new one (greater `generation`)
  //   again
  //     only where it had not been exceeded yet when it fired. It does not fire after the end.
  //   * A clock that resets does all that anew in each round.
  absl::StatusOr<std::optional<ClockFiring>> NextFiring() const;

 private:
  struct Threshold {
    uint32_t percent;
    bool escalates;
  };
  struct Fired {
    uint32_t percent;
    uint32_t generation;
    absl::Time at;
  };

  explicit ClockTimeline(const CompiledCalendar& calendar) : calendar_(&calendar) {}
  void ReadPauses(const event::v1::ClockSpec& spec, ClockFacts& facts);
  void ReadFired(const event::v1::ClockSpec& spec, ClockFacts& facts);
  absl::Status ComputeDue(const event::v1::ClockSpec& spec);
  absl::StatusOr<std::optional<absl::Time>> InstantOf(absl::Duration net) const;
  bool IsFired(uint32_t percent, absl::Time at) const;

  const CompiledCalendar* calendar_;
  std::optional<absl::Time> start_;
  std::optional<ClockEnd> end_;
  std::optional<absl::Time> due_;
  // From when the complaint is merged and every clock stands still.
  absl::Time frozen_from_ = absl::InfiniteFuture();
  // As if the clock never ended: what the due time is computed from.
  std::vector<ClockSpan> course_;
  std::vector<ClockSpan> running_;
  int64_t target_ms_ = 0;
  uint32_t generation_ = 0;
  uint32_t spec_generation_ = 0;
  bool resets_ = false;
  bool breach_recorded_ = false;
  std::vector<Threshold> thresholds_;
  std::vector<Fired> fired_;
};

}  // namespace redress
