#include "libs/policy/policy_check.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/policy/calendar_rules_of.h"
#include "libs/policy/manifest.h"
#include "libs/policy/policy_checker.h"
#include "libs/policy/policy_shape.h"

namespace redress {
namespace {

using policy::v1::Calendar;
using policy::v1::Taxonomy;

constexpr int32_t kLongestValidityDays = 20 * 366;

}  // namespace

PolicyChecker::PolicyChecker(const policy::v1::Policy& policy) : policy_(policy) { CollectCodes(); }

void PolicyChecker::Wrong(std::string path, std::string message) {
  if (problems_.size() < kMaxProblems)
    problems_.push_back({std::move(path), 0, 0, std::move(message)});
}

void PolicyChecker::MustExist(const std::string& path, std::string_view what,
                              const std::string& code, const Codes& known) {
  if (code.empty() || known.contains(code)) return;
  Wrong(path, absl::StrCat("there is no ", std::string(what), " \"", code,
                           "\"; correct the code or define it"));
}

void PolicyChecker::MustBeNew(const std::string& path, const std::string& code, Codes* seen) {
  if (!seen->insert(code).second)
    Wrong(path, absl::StrCat("\"", code, "\" stands here twice; use another code"));
}

void PolicyChecker::CollectCodes() {
  for (const auto& department : policy_.taxonomy().departments()) {
    departments_.insert(department.code());
    categories_.insert(department.code());
    for (const auto& type : department.types()) {
      const std::string path = absl::StrCat(department.code(), "/", type.code());
      categories_.insert(path);
      for (const auto& cause : type.causes())
        categories_.insert(absl::StrCat(path, "/", cause.code()));
    }
  }
  for (const auto& line : policy_.taxonomy().product_lines()) product_lines_.insert(line.code());
  for (const auto& calendar : policy_.calendars()) calendars_.insert(calendar.code());
  for (const auto& region : policy_.sla().regions()) regions_.insert(region.code());
  for (const auto& skill : policy_.teams().skills()) skills_.insert(skill.code());
  for (const auto& team : policy_.teams().teams()) teams_.insert(team.code());
  for (const auto& agent : policy_.teams().agents()) agents_.insert(agent.code());
  for (const auto& tier : policy_.triage().value_tiers()) value_tiers_.insert(tier.code());
  for (const auto& signal : policy_.triage().signals()) signals_.insert(signal.code());
}

std::vector<PolicyProblem> PolicyChecker::Run() && {
  CheckShape(policy_, "", &problems_);
  // References are only worth checking in a policy that is whole.
  if (!problems_.empty()) return std::move(problems_);
  CheckTaxonomy();
  CheckCalendars();
  CheckSla();
  CheckTeams();
  CheckAgents();
  CheckStaffing();
  CheckRouting();
  CheckTriage();
  CheckEscalation();
  CheckLabels();
  CheckPartSizes();
  return std::move(problems_);
}

void PolicyChecker::CheckKeywords(const policy::v1::Keywords& keywords, const std::string& path) {
  if (keywords.zh_size() + keywords.en_size() + keywords.patterns_size() == 0) {
    Wrong(path, "holds no keyword; fill zh, en or patterns, or remove it");
  }
  Codes names;
  for (int i = 0; i < keywords.patterns_size(); ++i) {
    MustBeNew(ItemPath(absl::StrCat(path, ".patterns"), i), keywords.patterns(i).name(), &names);
  }
}

void PolicyChecker::CheckTaxonomy() {
  const Taxonomy& taxonomy = policy_.taxonomy();
  Codes seen, lines;
  for (int i = 0; i < taxonomy.departments_size(); ++i) {
    const std::string path = ItemPath("taxonomy.departments", i);
    MustBeNew(path + ".code", taxonomy.departments(i).code(), &seen);
    CheckDepartment(taxonomy.departments(i), path);
  }
  for (int i = 0; i < taxonomy.product_lines_size(); ++i) {
    MustBeNew(ItemPath("taxonomy.product_lines", i) + ".code", taxonomy.product_lines(i).code(),
              &lines);
  }
  const std::string& unclassified = taxonomy.unclassified();
  MustExist("taxonomy.unclassified", "category", unclassified, categories_);
  if (std::count(unclassified.begin(), unclassified.end(), '/') != 2) {
    Wrong("taxonomy.unclassified", "must name all three levels, \"department/type/cause\" (F4.1)");
  }
}

void PolicyChecker::CheckDepartment(const Taxonomy::Department& department,
                                    const std::string& path) {
  if (department.has_keywords()) CheckKeywords(department.keywords(), path + ".keywords");
  Codes types;
  for (int i = 0; i < department.types_size(); ++i) {
    const auto& type = department.types(i);
    const std::string type_path = ItemPath(path + ".types", i);
    MustBeNew(type_path + ".code", type.code(), &types);
    if (type.has_keywords()) CheckKeywords(type.keywords(), type_path + ".keywords");
    for (int k = 0; k < type.also_involves_size(); ++k) {
      MustExist(ItemPath(type_path + ".also_involves", k), "department", type.also_involves(k),
                departments_);
      if (type.also_involves(k) == department.code()) {
        Wrong(ItemPath(type_path + ".also_involves", k), "names its own department; remove it");
      }
    }
    Codes causes;
    for (int k = 0; k < type.causes_size(); ++k) {
      const std::string cause_path = ItemPath(type_path + ".causes", k);
      MustBeNew(cause_path + ".code", type.causes(k).code(), &causes);
      if (type.causes(k).has_keywords())
        CheckKeywords(type.causes(k).keywords(), cause_path + ".keywords");
    }
    MustExist(type_path + ".default_cause", "cause of this type", type.default_cause(), causes);
  }
  MustExist(path + ".default_type", "type of this department", department.default_type(), types);
}

void PolicyChecker::CheckCondition(const policy::v1::Condition& condition,
                                   const std::string& path) {
  const auto check = [&](const auto& values, std::string_view field, std::string_view what,
                         const Codes& known) {
    for (int i = 0; i < values.size(); ++i) {
      MustExist(ItemPath(absl::StrCat(path, ".", std::string(field)), i), what, values[i], known);
    }
  };
  check(condition.categories(), "categories", "category", categories_);
  check(condition.regions(), "regions", "region", regions_);
  check(condition.product_lines(), "product_lines", "product line", product_lines_);
  check(condition.value_tiers(), "value_tiers", "value tier", value_tiers_);
  check(condition.signals(), "signals", "signal", signals_);
  Codes currencies;
  for (int i = 0; i < condition.amount_at_least_size(); ++i) {
    MustBeNew(ItemPath(path + ".amount_at_least", i), condition.amount_at_least(i).currency(),
              &currencies);
  }
  for (int i = 0; i < condition.any_of_size(); ++i)
    CheckCondition(condition.any_of(i), ItemPath(path + ".any_of", i));
  for (int i = 0; i < condition.none_of_size(); ++i) {
    CheckCondition(condition.none_of(i), ItemPath(path + ".none_of", i));
  }
}

void PolicyChecker::CheckCalendars() {
  Codes codes;
  for (int i = 0; i < policy_.calendars_size(); ++i) {
    const Calendar& calendar = policy_.calendars(i);
    const std::string path = ItemPath("calendars", i);
    MustBeNew(path + ".code", calendar.code(), &codes);
    if (calendar.code() == "24x7" || calendar.code() == "region") {
      Wrong(path + ".code", "is a reserved word of the SLA table; use another code");
    }
    if (calendar.working_day().ms() == 0) {
      Wrong(path + ".working_day", "must be a time such as 8h: it says what a working day is");
    }
    Codes weekdays;
    for (int k = 0; k < calendar.week_size(); ++k) {
      for (const int day : calendar.week(k).days()) {
        MustBeNew(ItemPath(path + ".week", k) + ".days", Calendar::Weekday_Name(day), &weekdays);
      }
    }
    for (int k = 0; k < calendar.holidays_size(); ++k) {
      const auto& holiday = calendar.holidays(k);
      if (holiday.last() != 0 && holiday.last() < holiday.first()) {
        Wrong(ItemPath(path + ".holidays", k) + ".last",
              "lies before the first day; exchange them");
      }
    }
    if (calendar.valid_from() > calendar.valid_to()) {
      Wrong(path + ".valid_to", "lies before valid_from; exchange them");
    } else if (calendar.valid_to() - calendar.valid_from() > kLongestValidityDays) {
      Wrong(path + ".valid_to",
            "is more than 20 years after valid_from; holidays are not known that far");
    }
    const CalendarRules rules = CalendarRulesOf(calendar);
    if (const absl::Status status = CheckRules(rules); !status.ok()) {
      Wrong(path, std::string(status.message()));
      continue;
    }
    bool works = !rules.extra.empty();
    for (int32_t day = calendar.valid_from(); day <= calendar.valid_to() && !works; ++day) {
      const absl::CivilDay date = absl::CivilDay(1970, 1, 1) + day;
      works = !rules.weekly[static_cast<size_t>(absl::GetWeekday(date))].empty() &&
              std::find(rules.closed.begin(), rules.closed.end(), date) == rules.closed.end();
    }
    // Such a calendar would let a clock stand still for ever (S16).
    if (!works)
      Wrong(path, "has no working time from valid_from to valid_to; shorten its holidays");
  }
}

void PolicyChecker::CheckTriage() {
  const auto& triage = policy_.triage();
  Codes scores, amounts, signals, groups, tiers, levels, lanes, kinds;
  for (int i = 0; i < triage.scores_size(); ++i) {
    const std::string path = ItemPath("triage.scores", i);
    MustBeNew(path + ".name", triage.scores(i).name(), &scores);
    CheckKeywords(triage.scores(i).keywords(), path + ".keywords");
    if (triage.scores(i).at_least() == 0 && triage.scores(i).add() == 0) {
      Wrong(path, "changes nothing; give at_least or add");
    }
  }
  for (int i = 0; i < triage.amounts_size(); ++i) {
    MustBeNew(ItemPath("triage.amounts", i) + ".name", triage.amounts(i).name(), &amounts);
  }
  for (int i = 0; i < triage.signals_size(); ++i) {
    const std::string path = ItemPath("triage.signals", i);
    MustBeNew(path + ".code", triage.signals(i).code(), &signals);
    CheckKeywords(triage.signals(i).keywords(), path + ".keywords");
  }
  for (int i = 0; i < triage.emotion().groups_size(); ++i) {
    const std::string path = ItemPath("triage.emotion.groups", i);
    MustBeNew(path + ".name", triage.emotion().groups(i).name(), &groups);
    CheckKeywords(triage.emotion().groups(i).keywords(), path + ".keywords");
  }
  for (int i = 0; i < triage.value_tiers_size(); ++i) {
    MustBeNew(ItemPath("triage.value_tiers", i) + ".code", triage.value_tiers(i).code(), &tiers);
  }
  MustExist("triage.default_value_tier", "value tier", triage.default_value_tier(), value_tiers_);
  CheckPriority();
  for (int i = 0; i < triage.initial_level_size(); ++i) {
    const std::string path = ItemPath("triage.initial_level", i);
    MustBeNew(path + ".name", triage.initial_level(i).name(), &levels);
    CheckCondition(triage.initial_level(i).when(), path + ".when");
  }
  for (int i = 0; i < triage.fast_lane_size(); ++i) {
    const std::string path = ItemPath("triage.fast_lane", i);
    MustBeNew(path + ".name", triage.fast_lane(i).name(), &lanes);
    CheckCondition(triage.fast_lane(i).when(), path + ".when");
  }
  for (int i = 0; i < triage.entities_size(); ++i) {
    MustBeNew(ItemPath("triage.entities", i) + ".kind", triage.entities(i).kind(), &kinds);
  }
}

void PolicyChecker::CheckPriority() {
  const auto& bands = policy_.triage().priority().bands();
  const std::string path = "triage.priority.bands";
  for (int i = 0; i < bands.size(); ++i) {
    if (bands[i].band() != static_cast<uint32_t>(i + 1)) {
      Wrong(ItemPath(path, i) + ".band",
            absl::StrCat("must be ", i + 1, ": bands stand from 1 to 4"));
    }
    if (i > 0 && bands[i].min_score() >= bands[i - 1].min_score()) {
      Wrong(ItemPath(path, i) + ".min_score", "must be lower than that of the band before");
    }
  }
  if (bands.size() != 4) Wrong(path, "must be four: 1 (critical), 2, 3 and 4 (low)");
  if (!bands.empty() && bands[bands.size() - 1].min_score() != 0) {
    Wrong(ItemPath(path, bands.size() - 1) + ".min_score",
          "must be 0, so that every score has a band");
  }
}

void PolicyChecker::CheckLabels() {
  std::map<std::string, std::string> where;
  for (int i = 0; i < policy_.label_map().entries_size(); ++i) {
    const auto& entry = policy_.label_map().entries(i);
    const std::string path = ItemPath("label_map.entries", i);
    MustExist(path + ".category", "category", entry.category(), categories_);
    if (std::count(entry.category().begin(), entry.category().end(), '/') != 2) {
      Wrong(path + ".category", "must name all three levels, \"department/type/cause\"");
    }
    for (int k = 0; k < entry.labels_size(); ++k) {
      const std::string label(absl::StripAsciiWhitespace(entry.labels(k)));
      const std::string label_path = ItemPath(path + ".labels", k);
      const auto [it, added] = where.try_emplace(
          absl::StrCat(entry.source(), "\n", absl::AsciiStrToLower(label)), label_path);
      if (label.empty()) Wrong(label_path, "is blank; remove it");
      if (!added) Wrong(label_path, absl::StrCat("\"", label, "\" stands already at ", it->second));
    }
  }
}

void PolicyChecker::CheckPartSizes() {
  for (const PolicyPart& part : MakeManifest(policy_).parts) {
    if (part.content.size() <= kMaxPolicyPartBytes) continue;
    Wrong(part.part == "calendar" ? "calendars" : part.part,
          absl::StrCat("part ", part.part, " ", part.code, " takes ", part.content.size(),
                       " bytes; at most ", kMaxPolicyPartBytes, " fit into one record"));
  }
}

std::vector<PolicyProblem> CheckPolicy(const policy::v1::Policy& policy) {
  return PolicyChecker(policy).Run();
}

}  // namespace redress
