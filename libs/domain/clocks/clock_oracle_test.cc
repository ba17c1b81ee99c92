// Clocks on random calendars, pauses and ends against an oracle that walks from one quarter of an
// hour to the next, looks at the wall clock and at the list of pauses, and counts. It shares
// nothing with the code under test.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "absl/time/civil_time.h"
#include "libs/domain/clocks/clock_test_support.h"

namespace redress {
namespace {

using namespace clock_test;

constexpr int kStepMs = 15 * 60'000;
constexpr absl::Duration kStep = absl::Minutes(15);
constexpr int kSteps = 20 * 96;

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  int Below(int n) { return static_cast<int>(engine_() % static_cast<uint64_t>(n)); }
  bool OneIn(int n) { return Below(n) == 0; }

 private:
  std::mt19937_64 engine_;
};

struct Case {
  CalendarRules rules;
  absl::Time origin;
  // In steps from the origin; half open. `to` -1: goes on.
  std::vector<std::pair<int, int>> pauses;
  int start = 0;
  std::optional<int> stop;
  int64_t target_ms = 0;
};

Case Roll(Dice& dice) {
  static constexpr const char* kZones[] = {"Europe/London", "America/New_York", "Asia/Shanghai"};
  using absl::CivilDay;
  static const CivilDay kFirst[] = {CivilDay(2024, 3, 5), CivilDay(2024, 3, 22),
                                    CivilDay(2024, 10, 20), CivilDay(2024, 10, 28),
                                    CivilDay(2024, 6, 3)};
  Case c;
  c.rules.zone = kZones[dice.Below(3)];
  const int opens = 15 * dice.Below(48);
  const int lunch = opens + 15 * (1 + dice.Below(20));
  const int closes = std::min(1440, lunch + 30 + 15 * (1 + dice.Below(30)));
  for (auto& day : c.rules.weekly) {
    if (!dice.OneIn(3)) day = {{opens, lunch}, {lunch + 30, closes}};
  }
  c.rules.weekly[dice.Below(7)] = {{opens, closes}};
  const CivilDay first = kFirst[dice.Below(5)];
  for (int i = dice.Below(3); i > 0; --i) c.rules.closed.push_back(first + dice.Below(20));
  c.origin = absl::FromCivil(absl::CivilHour(first), absl::UTCTimeZone());
  c.start = dice.Below(400);
  for (int i = dice.Below(5); i > 0; --i) {
    const int from = dice.Below(kSteps / 2);
    c.pauses.emplace_back(from, dice.OneIn(12) ? -1 : from + dice.Below(200));
  }
  if (dice.OneIn(2)) c.stop = c.start + dice.Below(kSteps / 2);
  c.target_ms =
      dice.OneIn(3) ? 1 + dice.Below(200 * kStepMs) : int64_t{1 + dice.Below(200)} * kStepMs;
  return c;
}

class Oracle {
 public:
  explicit Oracle(const Case& c) : case_(c) {
    absl::TimeZone zone;
    EXPECT_TRUE(absl::LoadTimeZone(c.rules.zone, &zone));
    for (int step = 0; step < kSteps; ++step) {
      const absl::CivilMinute wall(zone.At(c.origin + step * kStep).cs);
      works_.push_back(Works(wall));
      paused_.push_back(std::any_of(c.pauses.begin(), c.pauses.end(), [&](const auto& pause) {
        return pause.first <= step && (step < pause.second || pause.second < 0);
      }));
    }
  }

  // Ms used from the start up to a step.
  int64_t Used(int until) const {
    int64_t used = 0;
    for (int step = case_.start; step < until; ++step) used += Runs(step) ? kStepMs : 0;
    return used;
  }

  // When `net_ms` are used; absent: not within the days that the oracle walks.
  std::optional<absl::Time> InstantOf(int64_t net_ms) const {
    int64_t left = net_ms;
    for (int step = case_.start; step < kSteps; ++step) {
      if (!Runs(step)) continue;
      if (left < kStepMs) return case_.origin + step * kStep + absl::Milliseconds(left);
      left -= kStepMs;
      if (left > 0) continue;
      // Used up at the end of this step: that is the instant, unless a pause begins there.
      if (step + 1 < kSteps && !paused_[step + 1]) return case_.origin + (step + 1) * kStep;
      for (int next = step + 1; next < kSteps; ++next) {
        if (Runs(next)) return case_.origin + next * kStep;
      }
    }
    return std::nullopt;
  }

 private:
  bool Works(absl::CivilMinute wall) const {
    const absl::CivilDay day(wall);
    const auto& closed = case_.rules.closed;
    if (std::find(closed.begin(), closed.end(), day) != closed.end()) return false;
    const int minute = wall.hour() * 60 + wall.minute();
    for (const DailyWindow& window : case_.rules.weekly[static_cast<int>(absl::GetWeekday(day))]) {
      if (window.open_minute <= minute && minute < window.close_minute) return true;
    }
    return false;
  }
  bool Runs(int step) const { return works_[step] && !paused_[step]; }

  const Case& case_;
  std::vector<bool> works_;
  std::vector<bool> paused_;
};

class ClockOracle : public testing::Test {
 protected:
  void Check(Dice& dice) {
    const Case c = Roll(dice);
    const auto at = [&](int step) { return c.origin + step * kStep; };
    Complaint complaint(at(c.start));
    for (const auto& [from, to] : c.pauses)
      complaint.Wait(at(from), to < 0 ? absl::UnixEpoch() : at(to));
    ClockSpec spec = NetClock(at(c.start), absl::Milliseconds(c.target_ms));
    spec.add_pauses_on(ClockSpec::WAITING_COMPLAINANT);
    AddThreshold(80, spec);
    auto calendar = CompiledCalendar::Compile(c.rules, 2024, 2025);
    ASSERT_TRUE(calendar.ok()) << calendar.status();
    const Oracle oracle(c);

    const auto open = complaint.Trace(spec, *calendar);
    const int now = c.start + dice.Below(kSteps - c.start);
    ASSERT_EQ(*open.ConsumedMs(at(now)), oracle.Used(now));
    const auto due = oracle.InstantOf(c.target_ms);
    ASSERT_TRUE(Agree(open.due_at(), due, at(kSteps)));
    const auto warning = oracle.InstantOf(c.target_ms * 80 / 100 + 1);
    ASSERT_TRUE(Agree(*open.ExceededAt(80), warning, at(kSteps)));
    const auto next = complaint.Next(spec, *calendar);
    ASSERT_EQ(next.has_value() && !next->breach, open.ExceededAt(80)->has_value());
    ASSERT_TRUE(!warning.has_value() || next->at == *warning);
    reached_ += due.has_value();
    if (!c.stop.has_value()) return;

    spec.add_stops_on(ClockSpec::RESOLVED);
    complaint.Resolve(at(*c.stop));
    const auto stopped = complaint.Trace(spec, *calendar);
    ASSERT_EQ(*stopped.ConsumedMs(at(now)), oracle.Used(std::min(now, *c.stop)));
    // Pauses that begin after the stop no longer move the due time; they cannot make it earlier
    // than the stop.
    const bool missed = due.has_value() && *due < at(*c.stop);
    ASSERT_EQ(stopped.VerdictAt(at(kSteps)), missed ? ClockVerdict::kBreached : ClockVerdict::kMet);
    ASSERT_EQ(complaint.Next(spec, *calendar).has_value(), missed);
    missed_ += missed;
  }

  // What the oracle did not reach lies beyond its days or never comes.
  static bool Agree(std::optional<absl::Time> computed, std::optional<absl::Time> walked,
                    absl::Time horizon) {
    if (walked.has_value()) return computed == walked;
    return !computed.has_value() || *computed >= horizon;
  }

  int reached_ = 0;
  int missed_ = 0;
};

TEST_F(ClockOracle, AgreesOnRandomCalendarsPausesAndEnds) {
  Dice dice(20241027);
  for (int round = 0; round < 2000; ++round) {
    SCOPED_TRACE(round);
    Check(dice);
    if (HasFatalFailure()) return;
  }
  // The cases are not trivial ones.
  EXPECT_GT(reached_, 1000);
  EXPECT_GT(missed_, 300);
}

}  // namespace
}  // namespace redress
