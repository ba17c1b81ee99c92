// The state of one run of CheckPolicy: what has been found, and the codes that others may refer to.
// Private to this room. Not thread-safe; one per run.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/policy/policy_yaml.h"
#include "redress/policy/v1/policy.pb.h"

namespace redress {

// "sla.rules[3]".
inline std::string ItemPath(std::string_view list, int index) {
  return absl::StrCat(std::string(list), "[", index, "]");
}

class PolicyChecker {
 public:
  explicit PolicyChecker(const policy::v1::Policy& policy);
  std::vector<PolicyProblem> Run() &&;

 private:
  using Codes = std::set<std::string, std::less<>>;

  void Wrong(std::string path, std::string message);
  // `code` must be among `known`; empty is left alone.
  void MustExist(const std::string& path, std::string_view what, const std::string& code,
                 const Codes& known);
  // `code` must not be in `seen` yet; adds it.
  void MustBeNew(const std::string& path, const std::string& code, Codes* seen);

  void CollectCodes();
  void CheckTaxonomy();
  void CheckDepartment(const policy::v1::Taxonomy::Department& department, const std::string& path);
  void CheckKeywords(const policy::v1::Keywords& keywords, const std::string& path);
  void CheckCondition(const policy::v1::Condition& condition, const std::string& path);
  void CheckCalendars();
  void CheckSla();
  void CheckClock(const policy::v1::SlaTable::Clock& clock, const std::string& path);
  void CheckLevelClocks();
  void CheckTeams();
  void CheckAgents();
  void CheckStaffing();
  void CheckRouting();
  void CheckTriage();
  void CheckPriority();
  void CheckEscalation();
  void CheckTriggers();
  void CheckLabels();
  void CheckPartSizes();
  // Codes linked by `next` (parent team, overflow team, line manager) must not run in a circle.
  template <typename Items, typename Next>
  void MustNotCircle(const Items& items, const std::string& path, std::string_view field,
                     Next next);
  void CheckTeamFor(const std::string& path, const std::string& code, uint32_t level);

  const policy::v1::Policy& policy_;
  std::vector<PolicyProblem> problems_;
  // Paths of every depth.
  Codes categories_;
  Codes departments_, product_lines_, calendars_, regions_, skills_, teams_, agents_, value_tiers_,
      signals_;
};

}  // namespace redress
