// Builds complaint states and clock specifications for the tests of this room, in words.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/time.h"
#include "libs/domain/calendar/compiled_calendar.h"
#include "libs/domain/clocks/clock_timeline.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress::clock_test {

using event::v1::ClockSpec;
using event::v1::Waiting;
using storage::v1::StageState;

// "2024-03-04 09:00" on the wall clock of a zone.
inline absl::Time At(const std::string& local, const std::string& zone = "UTC") {
  absl::TimeZone tz;
  EXPECT_TRUE(absl::LoadTimeZone(zone, &tz));
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", local, tz, &time, &error)) << error;
  return time;
}

inline CalendarRules WeekRules(const std::string& zone, std::initializer_list<int> days,
                               std::vector<DailyWindow> windows) {
  CalendarRules rules;
  rules.zone = zone;
  for (int day : days) rules.weekly[static_cast<size_t>(day)] = windows;
  return rules;
}

// Monday to Friday 09:00-17:00: 8 hours without a break.
inline CalendarRules OfficeRules(const std::string& zone = "UTC") {
  return WeekRules(zone, {0, 1, 2, 3, 4}, {{540, 1020}});
}

inline CompiledCalendar Compiled(const CalendarRules& rules) {
  auto calendar = CompiledCalendar::Compile(rules, 2023, 2026);
  EXPECT_TRUE(calendar.ok()) << calendar.status();
  return *std::move(calendar);
}

inline ClockSpec NetClock(absl::Time counts_from, absl::Duration target) {
  ClockSpec spec;
  spec.set_clock_id("0123456789abcdef");
  spec.set_counts_from_us(ToMicros(counts_from));
  spec.set_target_ms(absl::ToInt64Milliseconds(target));
  spec.set_generation(1);
  spec.set_cycle(1);
  return spec;
}

inline void AddThreshold(uint32_t percent, ClockSpec& spec) {
  spec.add_thresholds()->set_percent(percent);
}

// A state under construction.
class Complaint {
 public:
  explicit Complaint(absl::Time received) {
    auto* stage = state_.mutable_stage();
    stage->set_stage(StageState::RECEIVED);
    stage->set_cycle(1);
    stage->set_received_at_us(ToMicros(received));
    stage->set_cycle_started_at_us(ToMicros(received));
    stage->set_entered_at_us(ToMicros(received));
    state_.mutable_level()->set_level(1);
    state_.mutable_level()->set_entered_at_us(ToMicros(received));
  }

  storage::v1::ComplaintState& state() { return state_; }

  void Wait(absl::Time from, absl::Time to = absl::UnixEpoch(),
            Waiting::On on = Waiting::ON_COMPLAINANT) {
    auto* interval = state_.mutable_waiting()->add_intervals();
    interval->set_on(on);
    interval->set_from_us(ToMicros(from));
    interval->set_to_us(ToMicros(to));
  }
  void EndWait(absl::Time to) {
    for (auto& interval : *state_.mutable_waiting()->mutable_intervals()) {
      if (interval.to_us() == 0) interval.set_to_us(ToMicros(to));
    }
  }
  void Inbound(absl::Time at) {
    auto* conversation = state_.mutable_conversation();
    conversation->set_inbound_count(conversation->inbound_count() + 1);
    conversation->set_last_inbound_at_us(ToMicros(at));
  }
  void Outbound(absl::Time at, std::initializer_list<event::v1::Purpose> purposes = {}) {
    auto* conversation = state_.mutable_conversation();
    conversation->set_outbound_count(conversation->outbound_count() + 1);
    conversation->set_last_outbound_at_us(ToMicros(at));
    for (auto purpose : purposes) Tell(purpose, at);
  }
  void EnterLevel(uint32_t level, absl::Time at) {
    state_.mutable_level()->set_level(level);
    state_.mutable_level()->set_entered_at_us(ToMicros(at));
  }
  void Resolve(absl::Time at) {
    Enter(StageState::RESOLVED, at);
    state_.mutable_stage()->set_resolved_at_us(ToMicros(at));
  }
  void Close(absl::Time at) {
    Enter(StageState::CLOSED, at);
    state_.mutable_stage()->set_closed_at_us(ToMicros(at));
    state_.mutable_clocks()->set_stopped_at_us(ToMicros(at));
  }
  void Reopen(absl::Time at) {
    Enter(StageState::INVESTIGATING, at);
    auto* stage = state_.mutable_stage();
    stage->set_cycle(stage->cycle() + 1);
    stage->set_cycle_started_at_us(ToMicros(at));
    stage->clear_resolved_at_us();
    stage->clear_closed_at_us();
    state_.mutable_clocks()->clear_stopped_at_us();
  }
  void Enter(StageState::Stage stage, absl::Time at) {
    state_.mutable_stage()->set_stage(stage);
    state_.mutable_stage()->set_entered_at_us(ToMicros(at));
  }
  // The log got it at `fired_at`.
  void Fire(const ClockSpec& spec, const ClockFiring& firing, absl::Time fired_at) {
    auto* fired = state_.mutable_clocks()->add_fired();
    fired->set_clock_id(spec.clock_id());
    fired->set_threshold_percent(firing.threshold_percent);
    fired->set_generation(firing.generation);
    fired->set_fired_at_us(ToMicros(fired_at));
  }

  ClockTimeline Trace(const ClockSpec& spec, const CompiledCalendar& calendar) const {
    StateClockFacts facts(state_);
    auto timeline = ClockTimeline::Trace(spec, facts, calendar);
    EXPECT_TRUE(timeline.ok()) << timeline.status();
    return *std::move(timeline);
  }
  std::optional<ClockFiring> Next(const ClockSpec& spec, const CompiledCalendar& calendar) const {
    auto firing = Trace(spec, calendar).NextFiring();
    EXPECT_TRUE(firing.ok()) << firing.status();
    return *std::move(firing);
  }

 private:
  void Tell(event::v1::Purpose purpose, absl::Time at) {
    for (auto& told : *state_.mutable_conversation()->mutable_told()) {
      if (told.purpose() != purpose) continue;
      told.set_last_at_us(ToMicros(at));
      return;
    }
    auto* told = state_.mutable_conversation()->add_told();
    told->set_purpose(purpose);
    told->set_first_at_us(ToMicros(at));
    told->set_last_at_us(ToMicros(at));
  }

  storage::v1::ComplaintState state_;
};

}  // namespace redress::clock_test
