#include "libs/domain/calendar/compiled_calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

namespace redress {
namespace {

using absl::CivilDay;
using absl::Hours;
using absl::Minutes;
using absl::StatusCode;

// "2024-03-29 17:30" on the wall clock of a zone; in a repeated hour the first one.
absl::Time At(const std::string& local, const std::string& zone = "UTC") {
  absl::TimeZone tz;
  EXPECT_TRUE(absl::LoadTimeZone(zone, &tz));
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", local, tz, &time, &error)) << error;
  return time;
}

// Monday to Friday, 9-12 and 13-18 with a lunch break: 8 hours.
CalendarRules OfficeRules(const std::string& zone) {
  CalendarRules rules;
  rules.zone = zone;
  for (int day = 0; day < 5; ++day) rules.weekly[day] = {{540, 720}, {780, 1080}};
  return rules;
}

CalendarRules EveryDay(const std::string& zone, std::vector<DailyWindow> windows) {
  CalendarRules rules;
  rules.zone = zone;
  rules.weekly.fill(std::move(windows));
  return rules;
}

CompiledCalendar Compiled(const CalendarRules& rules, int from_year = 2023, int to_year = 2026) {
  auto calendar = CompiledCalendar::Compile(rules, from_year, to_year);
  EXPECT_TRUE(calendar.ok()) << calendar.status();
  return *std::move(calendar);
}

StatusCode CompileCode(const CalendarRules& rules) {
  return CompiledCalendar::Compile(rules, 2024, 2024).status().code();
}

TEST(CompiledCalendar, CountsOnlyOpenTimeHalfOpen) {
  const auto calendar = Compiled(OfficeRules("UTC"));
  EXPECT_EQ(*calendar.Between(At("2024-03-04 08:00"), At("2024-03-04 20:00")), Hours(8));
  EXPECT_EQ(*calendar.Between(At("2024-03-04 11:00"), At("2024-03-04 14:00")), Hours(2));
  EXPECT_EQ(*calendar.Between(At("2024-03-04 18:00"), At("2024-03-05 09:00")), Hours(0));
  EXPECT_EQ(*calendar.Between(At("2024-03-08 17:00"), At("2024-03-11 10:00")), Hours(2));
  EXPECT_EQ(*calendar.Between(At("2024-03-05 10:00"), At("2024-03-04 10:00")), Hours(0));
}

TEST(CompiledCalendar, AddingLandsAtTheEndInstantNotAtTheNextOpening) {
  const auto calendar = Compiled(OfficeRules("UTC"));
  EXPECT_EQ(*calendar.Add(At("2024-03-04 09:00"), Hours(8)), At("2024-03-04 18:00"));
  EXPECT_EQ(*calendar.Add(At("2024-03-04 18:00"), Hours(1)), At("2024-03-05 10:00"));
  EXPECT_EQ(*calendar.Add(At("2024-03-04 11:00"), Hours(1)), At("2024-03-04 12:00"));
  EXPECT_EQ(*calendar.Add(At("2024-03-04 11:00"), Hours(1) + absl::Milliseconds(1)),
            At("2024-03-04 13:00") + absl::Milliseconds(1));
  EXPECT_EQ(*calendar.Add(At("2024-03-09 11:00"), absl::ZeroDuration()), At("2024-03-09 11:00"));
}

TEST(CompiledCalendar, A5_MovesToTheNextWorkingInstant) {
  const auto calendar = Compiled(OfficeRules("UTC"));
  EXPECT_EQ(*calendar.NextWorkingInstant(At("2024-03-09 11:00")), At("2024-03-11 09:00"));
  EXPECT_EQ(*calendar.NextWorkingInstant(At("2024-03-11 12:00")), At("2024-03-11 13:00"));
  EXPECT_EQ(*calendar.NextWorkingInstant(At("2024-03-11 09:30")), At("2024-03-11 09:30"));
}

TEST(CompiledCalendar, F9_6_FiveWorkingDaysAreFiveTimesTheNetTimeOfOne) {
  const auto calendar = Compiled(OfficeRules("Asia/Shanghai"));
  EXPECT_EQ(*calendar.WorkingDays(5), Hours(40));
  EXPECT_EQ(*calendar.AddWorkingDays(At("2024-03-06 12:00", "Asia/Shanghai"), 5),
            At("2024-03-13 12:00", "Asia/Shanghai"));
  CalendarRules shorter = OfficeRules("Asia/Shanghai");
  shorter.working_day = Hours(7);
  EXPECT_EQ(*Compiled(shorter).WorkingDays(5), Hours(35));
  EXPECT_EQ(*CompiledCalendar::AlwaysOpen().WorkingDays(2), Hours(48));
  EXPECT_EQ(calendar.WorkingDays(-1).status().code(), StatusCode::kInvalidArgument);
}

TEST(CompiledCalendar, S7_OnlyTuesdayWorks) {
  CalendarRules rules;
  rules.zone = "Europe/London";
  rules.weekly[1] = {{600, 660}};
  const auto calendar = Compiled(rules);
  EXPECT_EQ(*calendar.Add(At("2024-03-06 00:00", "Europe/London"), Hours(4)),
            At("2024-04-02 11:00", "Europe/London"));
}

TEST(CompiledCalendar, S9_MakeUpSaturdayIsWorkedAndBeatsAHoliday) {
  CalendarRules rules = OfficeRules("Asia/Shanghai");
  // Golden week from Tuesday to Monday; the Saturday after it is worked, the last Monday half of it
  // too.
  for (int day = 1; day <= 7; ++day) rules.closed.push_back(CivilDay(2024, 10, day));
  rules.extra = {{CivilDay(2024, 10, 12), {}}, {CivilDay(2024, 10, 7), {{540, 720}}}};
  const auto calendar = Compiled(rules);
  const auto between = [&](const char* from, const char* to) {
    return *calendar.Between(At(from, "Asia/Shanghai"), At(to, "Asia/Shanghai"));
  };
  EXPECT_EQ(between("2024-10-01 00:00", "2024-10-07 00:00"), Hours(0));
  EXPECT_EQ(between("2024-10-07 00:00", "2024-10-08 00:00"), Hours(3));
  EXPECT_EQ(between("2024-10-12 00:00", "2024-10-13 00:00"), Hours(8));
  EXPECT_EQ(between("2024-10-13 00:00", "2024-10-14 00:00"), Hours(0));
}

TEST(CompiledCalendar, S8_SkippedHourDoesNotExistAndRepeatedHourCountsTwice) {
  for (const auto& [zone, spring, autumn] :
       {std::tuple("Europe/London", "2024-03-31", "2024-10-27"),
        std::tuple("America/New_York", "2024-03-10", "2024-11-03"),
        std::tuple("Asia/Shanghai", "", "")}) {
    const auto night = Compiled(EveryDay(zone, {{1320, 360}}));
    const auto whole = Compiled(EveryDay(zone, {{0, 1440}}));
    const auto length = [&](const CompiledCalendar& calendar, CivilDay date) {
      absl::TimeZone tz;
      EXPECT_TRUE(absl::LoadTimeZone(zone, &tz));
      const absl::Time noon = absl::FromCivil(absl::CivilHour(date) - 12, tz);
      return *calendar.Between(noon, absl::FromCivil(absl::CivilHour(date) + 12, tz));
    };
    for (CivilDay date(2024, 1, 2); date < CivilDay(2025, 1, 1); ++date) {
      const std::string name = absl::FormatCivilTime(date);
      const int shift = name == spring ? -1 : name == autumn ? 1 : 0;
      EXPECT_EQ(length(night, date), Hours(8 + shift)) << zone << " " << name;
      EXPECT_EQ(length(whole, date), Hours(24 + shift)) << zone << " " << name;
    }
  }
}

TEST(CompiledCalendar, S8_WindowEdgesInsideTheChangedHour) {
  // London skips 01:00-02:00 on 31 March: the window 01:30-02:30 opens at 02:00, which is 01:00
  // UTC.
  const auto calendar = Compiled(EveryDay("Europe/London", {{90, 150}}));
  EXPECT_EQ(*calendar.NextWorkingInstant(At("2024-03-31 00:00")), At("2024-03-31 01:00"));
  EXPECT_EQ(*calendar.Between(At("2024-03-31 00:00"), At("2024-03-31 12:00")), Minutes(30));
  // It shows 01:00-02:00 twice on 27 October: 01:30-02:00 summer time, then 01:30-02:30 winter
  // time.
  EXPECT_EQ(*calendar.Between(At("2024-10-27 00:00"), At("2024-10-27 12:00")), Minutes(90));
  EXPECT_EQ(*calendar.Between(At("2024-10-27 01:00"), At("2024-10-27 01:30")), Minutes(0));
}

TEST(CompiledCalendar, OvernightWindowBelongsToTheDayItOpensAndEndsBeforeAClosedOne) {
  CalendarRules rules;
  rules.zone = "UTC";
  rules.weekly[4] = {{1320, 360}};  // Friday 22:00 to Saturday 06:00
  EXPECT_EQ(*Compiled(rules).Between(At("2024-03-08 00:00"), At("2024-03-11 00:00")), Hours(8));
  rules.closed = {CivilDay(2024, 3, 9)};
  EXPECT_EQ(*Compiled(rules).Between(At("2024-03-08 00:00"), At("2024-03-11 00:00")), Hours(2));
  rules.closed = {CivilDay(2024, 3, 8)};
  EXPECT_EQ(*Compiled(rules).Between(At("2024-03-08 00:00"), At("2024-03-11 00:00")), Hours(0));
}

TEST(CompiledCalendar, S16_RefusesRulesWithoutAnyWorkingTime) {
  CalendarRules none;
  none.zone = "UTC";
  EXPECT_EQ(CompileCode(none), StatusCode::kInvalidArgument);
  CalendarRules never;
  never.zone = "UTC";
  never.weekly[0] = {{540, 600}};
  for (CivilDay date(2024, 1, 1); date <= CivilDay(2024, 12, 31); ++date)
    never.closed.push_back(date);
  EXPECT_EQ(CompileCode(never), StatusCode::kInvalidArgument);
}

TEST(CompiledCalendar, RefusesRulesThatContradictThemselves) {
  EXPECT_EQ(CompileCode(EveryDay("Nowhere/Land", {{0, 60}})), StatusCode::kInvalidArgument);
  EXPECT_EQ(CompileCode(EveryDay("", {{0, 60}})), StatusCode::kInvalidArgument);
  EXPECT_EQ(CompileCode(EveryDay("localtime", {{0, 60}})), StatusCode::kInvalidArgument);
  EXPECT_EQ(CompileCode(EveryDay("/etc/localtime", {{0, 60}})), StatusCode::kInvalidArgument);
  EXPECT_EQ(CompileCode(EveryDay("file:x", {{0, 60}})), StatusCode::kInvalidArgument);
  EXPECT_EQ(CompileCode(EveryDay("UTC", {{0, 60}, {59, 90}})), StatusCode::kInvalidArgument);
  EXPECT_EQ(CompileCode(EveryDay("UTC", {{60, 60}})), StatusCode::kInvalidArgument);
  EXPECT_EQ(CompileCode(EveryDay("UTC", {{-1, 60}})), StatusCode::kInvalidArgument);
  EXPECT_EQ(CompileCode(EveryDay("UTC", {{0, 1441}})), StatusCode::kInvalidArgument);
  CalendarRules twice = OfficeRules("UTC");
  twice.extra = {{CivilDay(2024, 1, 6), {}}, {CivilDay(2024, 1, 6), {}}};
  EXPECT_EQ(CompileCode(twice), StatusCode::kInvalidArgument);
  CalendarRules hourless;
  hourless.zone = "UTC";
  hourless.extra = {{CivilDay(2024, 1, 6), {}}};
  EXPECT_EQ(CompileCode(hourless), StatusCode::kInvalidArgument);
  CalendarRules open = OfficeRules("UTC");
  open.always_open = true;
  EXPECT_EQ(CompileCode(open), StatusCode::kInvalidArgument);
  CalendarRules long_day = OfficeRules("UTC");
  long_day.working_day = Hours(25);
  EXPECT_EQ(CompileCode(long_day), StatusCode::kInvalidArgument);
  EXPECT_EQ(CompiledCalendar::Compile(OfficeRules("UTC"), 2025, 2024).status().code(),
            StatusCode::kInvalidArgument);
}

TEST(CompiledCalendar, AnswersOutOfRangeBeyondTheCompiledYears) {
  const auto calendar = Compiled(OfficeRules("UTC"), 2024, 2024);
  EXPECT_EQ(calendar.Between(At("2023-12-31 23:00"), At("2024-01-02 00:00")).status().code(),
            StatusCode::kOutOfRange);
  EXPECT_EQ(calendar.Between(At("2024-01-02 00:00"), absl::InfiniteFuture()).status().code(),
            StatusCode::kOutOfRange);
  EXPECT_EQ(calendar.Add(At("2024-12-31 00:00"), Hours(9)).status().code(),
            StatusCode::kOutOfRange);
  EXPECT_EQ(calendar.Add(At("2024-12-31 00:00"), absl::InfiniteDuration()).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(calendar.Add(At("2024-12-30 00:00"), -Hours(1)).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(calendar.NextWorkingInstant(At("2024-12-31 18:00")).status().code(),
            StatusCode::kOutOfRange);
  // A longer range gives the same answers within the shorter one.
  const auto longer = Compiled(OfficeRules("UTC"), 2020, 2030);
  EXPECT_EQ(*calendar.Add(At("2024-05-05 00:00"), Hours(500)),
            *longer.Add(At("2024-05-05 00:00"), Hours(500)));
}

TEST(CompiledCalendar, AlwaysOpenIsPlainArithmetic) {
  const auto calendar = CompiledCalendar::AlwaysOpen();
  EXPECT_EQ(*calendar.Between(At("1970-01-01 00:00"), At("2999-01-01 00:00")),
            At("2999-01-01 00:00") - At("1970-01-01 00:00"));
  EXPECT_EQ(*calendar.Add(At("2024-12-31 18:00"), Hours(24)), At("2025-01-01 18:00"));
  EXPECT_EQ(*calendar.NextWorkingInstant(At("2024-12-31 18:00")), At("2024-12-31 18:00"));
}

TEST(CalendarRules, CanonicalBytesIgnoreOrderButNoRule) {
  CalendarRules rules = OfficeRules("Asia/Shanghai");
  rules.closed = {CivilDay(2024, 10, 1), CivilDay(2024, 10, 2)};
  rules.extra = {{CivilDay(2024, 10, 12), {}}, {CivilDay(2024, 9, 29), {{540, 720}}}};
  CalendarRules shuffled = rules;
  std::reverse(shuffled.closed.begin(), shuffled.closed.end());
  std::reverse(shuffled.extra.begin(), shuffled.extra.end());
  std::reverse(shuffled.weekly[2].begin(), shuffled.weekly[2].end());
  shuffled.working_day = Hours(8);
  EXPECT_EQ(CanonicalBytes(rules), CanonicalBytes(shuffled));
  CalendarRules other = rules;
  other.extra[1].windows[0].close_minute = 721;
  EXPECT_NE(CanonicalBytes(rules), CanonicalBytes(other));
  other = rules;
  std::swap(other.weekly[4], other.weekly[5]);
  EXPECT_NE(CanonicalBytes(rules), CanonicalBytes(other));
}

// The rules of calendar_rules.h read off the wall clock, one quarter of an hour after the other.
// Shares nothing with the code under test but the rules.
class WallClockOracle {
 public:
  explicit WallClockOracle(const CalendarRules& rules) : rules_(rules) {
    EXPECT_TRUE(absl::LoadTimeZone(rules.zone, &zone_));
  }

  bool Works(absl::Time at) const {
    const absl::CivilMinute wall(zone_.At(at).cs);
    const CivilDay today(wall);
    const int minute = wall.hour() * 60 + wall.minute();
    for (const DailyWindow& window : Windows(today)) {
      const bool overnight = window.close_minute < window.open_minute;
      if (minute >= window.open_minute && (overnight || minute < window.close_minute)) return true;
    }
    if (Closed(today)) return false;
    for (const DailyWindow& window : Windows(today - 1)) {
      if (window.close_minute < window.open_minute && minute < window.close_minute) return true;
    }
    return false;
  }

 private:
  bool Extra(CivilDay day) const {
    for (const auto& extra : rules_.extra) {
      if (extra.date == day) return true;
    }
    return false;
  }
  bool Closed(CivilDay day) const {
    return !Extra(day) &&
           std::find(rules_.closed.begin(), rules_.closed.end(), day) != rules_.closed.end();
  }
  std::vector<DailyWindow> Windows(CivilDay day) const {
    for (const auto& extra : rules_.extra) {
      if (extra.date != day) continue;
      if (!extra.windows.empty()) return extra.windows;
      for (const auto& weekday : rules_.weekly) {
        if (!weekday.empty()) return weekday;
      }
    }
    if (Closed(day)) return {};
    return rules_.weekly[static_cast<int>(absl::GetWeekday(day))];
  }

  const CalendarRules& rules_;
  absl::TimeZone zone_;
};

class RandomCalendars {
 public:
  explicit RandomCalendars(uint64_t seed) : random_(seed) {}

  int Below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }

  // Up to three windows on quarters of an hour, the last one now and then past midnight.
  std::vector<DailyWindow> Windows() {
    std::set<int> edges;
    const size_t wanted = 2 * static_cast<size_t>(1 + Below(3));
    while (edges.size() < wanted) edges.insert(Below(97) * 15);
    std::vector<DailyWindow> windows;
    for (auto it = edges.begin(); it != edges.end();) {
      const int open = *it++;
      windows.push_back({open, *it++});
    }
    if (Below(4) == 0)
      windows.back().close_minute = 15 * (1 + Below(windows.back().open_minute / 15 + 1));
    if (windows.back().close_minute == windows.back().open_minute)
      windows.back().close_minute = 1440;
    return windows;
  }

  // Dates within a month around a change of the clocks.
  CalendarRules Rules(CivilDay first) {
    static constexpr const char* kZones[] = {"Europe/London", "America/New_York", "Asia/Shanghai",
                                             "Australia/Lord_Howe", "Africa/Cairo"};
    CalendarRules rules;
    rules.zone = kZones[Below(5)];
    rules.weekly[Below(7)] = Windows();
    for (auto& day : rules.weekly) {
      if (day.empty() && Below(3) != 0) day = Windows();
    }
    for (int i = Below(8); i > 0; --i) rules.closed.push_back(first + Below(30));
    std::set<CivilDay> extra;
    for (int i = Below(4); i > 0; --i) extra.insert(first + Below(30));
    for (const CivilDay& day : extra) {
      rules.extra.push_back({day, Below(2) == 0 ? Windows() : std::vector<DailyWindow>()});
    }
    return rules;
  }

 private:
  std::mt19937_64 random_;
};

TEST(CompiledCalendar, AgreesWithAWallClockOnRandomRules) {
  constexpr absl::Duration kStep = Minutes(15);
  constexpr int kSteps = 24 * 96;
  RandomCalendars random(20240331);
  for (int round = 0; round < 400; ++round) {
    const CivilDay first = round % 3 == 0   ? CivilDay(2024, 3, 5)
                           : round % 3 == 1 ? CivilDay(2024, 10, 10)
                                            : CivilDay(2024, 4, 10) + random.Below(200);
    const CalendarRules rules = random.Rules(first);
    const auto calendar = Compiled(rules, 2024, 2025);
    const WallClockOracle oracle(rules);
    const absl::Time start = absl::FromCivil(absl::CivilHour(first), absl::UTCTimeZone());
    std::vector<int> worked = {0};
    for (int step = 0; step < kSteps; ++step) {
      worked.push_back(worked.back() + oracle.Works(start + step * kStep));
    }
    for (int question = 0; question < 40; ++question) {
      const int from = random.Below(kSteps);
      const int to = from + random.Below(kSteps - from);
      ASSERT_EQ(*calendar.Between(start + from * kStep, start + to * kStep),
                (worked[to] - worked[from]) * kStep)
          << "round " << round << "\n"
          << CanonicalBytes(rules);
      if (worked[to] == worked[from]) continue;
      const int net = 1 + random.Below(worked[to] - worked[from]);
      int end = from;
      while (worked[end] - worked[from] < net) ++end;
      ASSERT_EQ(*calendar.Add(start + from * kStep, net * kStep), start + end * kStep)
          << "round " << round << "\n"
          << CanonicalBytes(rules);
      int opening = from;
      while (worked[opening + 1] == worked[from]) ++opening;
      ASSERT_EQ(*calendar.NextWorkingInstant(start + from * kStep), start + opening * kStep)
          << "round " << round << "\n"
          << CanonicalBytes(rules);
    }
  }
}

}  // namespace
}  // namespace redress
