// CheckPolicy, the part that says until when: SLA tables, their clocks, and the levels they cover.
#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "libs/policy/policy_checker.h"

namespace redress {
namespace {

using event::v1::ClockSpec;
using policy::v1::SlaTable;

// Whether the condition asks for nothing but handling levels, if for anything.
bool AsksOnlyForLevels(policy::v1::Condition condition) {
  condition.clear_levels();
  return condition.ByteSizeLong() == 0;
}

}  // namespace

void PolicyChecker::CheckSla() {
  const SlaTable& sla = policy_.sla();
  Codes regions, names;
  for (int i = 0; i < sla.regions_size(); ++i) {
    const std::string path = ItemPath("sla.regions", i);
    MustBeNew(path + ".code", sla.regions(i).code(), &regions);
    MustExist(path + ".calendar", "calendar", sla.regions(i).calendar(), calendars_);
  }
  MustExist("sla.default_region", "region", sla.default_region(), regions_);
  for (int i = 0; i < sla.rules_size(); ++i) {
    const std::string path = ItemPath("sla.rules", i);
    MustBeNew(path + ".name", sla.rules(i).name(), &names);
    CheckCondition(sla.rules(i).when(), path + ".when");
    Codes kinds;
    for (int k = 0; k < sla.rules(i).clocks_size(); ++k) {
      const auto& clock = sla.rules(i).clocks(k);
      const std::string clock_path = ItemPath(path + ".clocks", k);
      MustBeNew(clock_path + ".kind", ClockSpec::Kind_Name(clock.kind()), &kinds);
      CheckClock(clock, clock_path);
    }
  }
  CheckLevelClocks();
}

void PolicyChecker::CheckClock(const SlaTable::Clock& clock, const std::string& path) {
  if (clock.off()) {
    SlaTable::Clock rest = clock;
    rest.clear_kind();
    rest.clear_off();
    if (rest.ByteSizeLong() > 0)
      Wrong(path, "is off, yet gives more than its kind; remove the rest");
    return;
  }
  if (!clock.has_target())
    Wrong(path + ".target", "is missing; give e.g. 24h or \"5 working days\"");
  if (clock.calendar().empty())
    Wrong(path + ".calendar", "is missing; give 24x7, region or a calendar's code");
  if (clock.starts_on() == ClockSpec::START_UNSPECIFIED) {
    Wrong(path + ".starts_on", "is missing; say what starts it");
  }
  if (clock.starts_on() == ClockSpec::AT) {
    Wrong(path + ".starts_on",
          "\"at\" is for single complaints; name something that happens to all");
  }
  if (clock.stops_on_size() == 0) {
    Wrong(path + ".stops_on", "is missing; a clock that nothing stops always breaks");
  }
  if (clock.calendar() == "24x7") {
    if (clock.target().working_days() > 0) {
      Wrong(path + ".calendar", "24x7 has no working days; use region or a calendar's code");
    }
  } else if (clock.calendar() != "region") {
    MustExist(path + ".calendar", "calendar", clock.calendar(), calendars_);
  }
  uint32_t last = 0;
  for (int i = 0; i < clock.thresholds_size(); ++i) {
    const auto& threshold = clock.thresholds(i);
    const uint32_t percent = threshold.percent() == 0 && threshold.escalates()
                                 ? policy_.escalation().threshold_percent()
                                 : threshold.percent();
    const std::string threshold_path = ItemPath(path + ".thresholds", i);
    if (percent < 1 || percent > 100) {
      Wrong(threshold_path, absl::StrCat("percent ", percent, " is out of range; use 1 to 100"));
    } else if (percent <= last) {
      Wrong(threshold_path,
            absl::StrCat(percent, " is not above the one before; put them in rising order"));
    }
    last = percent;
  }
}

void PolicyChecker::CheckLevelClocks() {
  for (uint32_t level = 1; level <= 4; ++level) {
    const bool covered = std::any_of(
        policy_.sla().rules().begin(), policy_.sla().rules().end(),
        [&](const SlaTable::Rule& rule) {
          const bool resolution = std::any_of(
              rule.clocks().begin(), rule.clocks().end(), [](const SlaTable::Clock& clock) {
                return clock.kind() == ClockSpec::LEVEL_RESOLUTION && !clock.off();
              });
          const auto& levels = rule.when().levels();
          return resolution && AsksOnlyForLevels(rule.when()) &&
                 (levels.empty() || absl::c_linear_search(levels, level));
        });
    if (!covered) {
      Wrong("sla.rules",
            absl::StrCat("no rule gives every complaint of level ", level,
                         " a level_resolution clock (F9.3-F9.6); add one with when: {levels: [",
                         level, "]}"));
    }
  }
}

}  // namespace redress
