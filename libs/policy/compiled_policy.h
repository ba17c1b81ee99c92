// A policy made ready for decisions: look-ups by code, conditions evaluated, teams and clocks
// chosen.
//
// Built once when a policy version becomes active (or is cited by an old complaint) and shared by
// all threads as shared_ptr<const CompiledPolicy>; immutable, thread-safe. Everything it answers is
// a function of the policy and of the arguments, so that a decision can be repeated and explained.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "libs/base/ids.h"
#include "libs/policy/condition.h"
#include "libs/policy/manifest.h"
#include "libs/policy/policy_facts.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/shared.pb.h"
#include "redress/policy/v1/policy.pb.h"

namespace redress {

// One category of any depth. Pointers live as long as the CompiledPolicy.
struct PolicyCategory {
  // "department", "department/type" or "department/type/cause".
  std::string path;
  // 1-3.
  int depth = 0;
  const policy::v1::Taxonomy::Department* department = nullptr;
  const policy::v1::Taxonomy::ProblemType* type = nullptr;
  const policy::v1::Taxonomy::Cause* cause = nullptr;
  const policy::v1::Text* name = nullptr;
  // Base scores with those of the levels above filled in: all 1-5.
  policy::v1::BaseScores base;
  policy::v1::Scenario scenario = policy::v1::SCENARIO_UNSPECIFIED;
};

// A clock that a complaint is to have. The caller adds clock id, counts_from, level, cycle and
// generation.
struct PolicyClock {
  const policy::v1::SlaTable::Clock* clock = nullptr;
  // Name of the SLA rule that asked for it.
  std::string rule;
  // Net working time; working days are counted with the calendar's own length of a day.
  int64_t target_ms = 0;
  // Null: 24 × 7.
  const policy::v1::Calendar* calendar = nullptr;
  // Content hash of that calendar's part; none: 24 × 7.
  ContentHash calendar_hash;
  // Of the clock, with the policy's own share filled in where an escalating one names none.
  std::vector<event::v1::ClockSpec::Threshold> thresholds;
};

struct PolicyRoute {
  const policy::v1::Teams::Team* team = nullptr;
  EntityId team_id;
  std::vector<policy::v1::Routing::SkillNeed> skills;
  uint32_t weight_units = 1;
  std::vector<std::string> view_scope;
  // "routing.<rule>", "routing.default" and "skill.<rule>", in the order in which they fired.
  std::vector<std::string> rules_fired;
};

// What a trigger leads to.
struct PolicyEscalation {
  // "escalation.<rule>", or "escalation.no_rule".
  std::string rule;
  // Above the level that was asked about; 0: declined.
  uint32_t to_level = 0;
};

class CompiledPolicy {
 public:
  // InvalidArgument, with all problems, unless CheckPolicy accepts `policy`.
  static absl::StatusOr<std::shared_ptr<const CompiledPolicy>> Compile(policy::v1::Policy policy);
  ~CompiledPolicy();
  CompiledPolicy(const CompiledPolicy&) = delete;
  CompiledPolicy& operator=(const CompiledPolicy&) = delete;

  const policy::v1::Policy& policy() const { return policy_; }
  // Hash of the manifest and of a part; none for a part that is not there.
  const ContentHash& manifest_hash() const { return manifest_.hash; }
  const PolicyManifest& manifest() const { return manifest_; }
  ContentHash PartHash(std::string_view part, std::string_view code = "") const;

  // Null when there is none of that path or code.
  const PolicyCategory* FindCategory(std::string_view path) const;
  const policy::v1::Teams::Team* FindTeam(std::string_view code) const;
  const policy::v1::Teams::Agent* FindAgent(std::string_view code) const;
  const policy::v1::Calendar* FindCalendar(std::string_view code) const;
  // The same by EntityIdOf("team", code) and EntityIdOf("agent", code).
  const policy::v1::Teams::Team* FindTeam(const EntityId& id) const;
  const policy::v1::Teams::Agent* FindAgent(const EntityId& id) const;
  // Calendar of a region, or of the default region when it is unknown. Never null.
  const policy::v1::Calendar* RegionCalendar(std::string_view region) const;
  // Region as given when the policy knows it, else the default region.
  std::string_view KnownRegion(std::string_view region) const;
  // All categories: a department before its types, a type before its causes.
  const std::vector<PolicyCategory>& categories() const { return categories_; }

  // Whether every field of `condition` holds for `facts`.
  bool Matches(const policy::v1::Condition& condition, const PolicyFacts& facts) const;
  // First of `rules` (any message with `when` and `name`) that holds, or null.
  template <typename Rules>
  auto FirstMatch(const Rules& rules, const PolicyFacts& facts) const -> decltype(&*rules.begin()) {
    const policy::v1::Scenario scenario = ScenarioOf(facts);
    for (const auto& rule : rules) {
      if (ConditionHolds(rule.when(), facts, scenario)) return &rule;
    }
    return nullptr;
  }

  // Team, skills and weight for a complaint at `facts.level` (1-4). Never without team.
  PolicyRoute Route(const PolicyFacts& facts) const;
  // Team that a complaint is escalated to on entering `level`; null: the router decides.
  const policy::v1::Teams::Team* EscalationTeam(uint32_t level, const PolicyFacts& facts) const;
  // What a trigger of this kind does to a complaint at `facts.level` (F10.5-F10.9, F7.7).
  PolicyEscalation Escalate(event::v1::Trigger::Kind kind, const PolicyFacts& facts) const;
  // Description of a level 1-4.
  const policy::v1::Escalation::Level& Level(uint32_t level) const;
  // The clocks that hold for `facts`, in the order of their kinds.
  std::vector<PolicyClock> Clocks(const PolicyFacts& facts) const;
  // Full path that the most specific known of `labels` (last first) maps to; empty: none is known.
  std::string_view CategoryOfLabels(std::string_view source,
                                    const std::vector<std::string>& labels) const;

 private:
  explicit CompiledPolicy(policy::v1::Policy policy);
  void IndexTaxonomy();
  void IndexCodes();
  // Of the facts' category.
  policy::v1::Scenario ScenarioOf(const PolicyFacts& facts) const;
  PolicyClock Resolve(const policy::v1::SlaTable::Rule& rule,
                      const policy::v1::SlaTable::Clock& clock, std::string_view region) const;

  const policy::v1::Policy policy_;
  PolicyManifest manifest_;
  std::vector<PolicyCategory> categories_;
  absl::flat_hash_map<std::string, size_t> category_by_path_;
  absl::flat_hash_map<std::string, const policy::v1::Teams::Team*> team_by_code_;
  absl::flat_hash_map<std::string, const policy::v1::Teams::Agent*> agent_by_code_;
  absl::flat_hash_map<EntityId, const policy::v1::Teams::Team*> team_by_id_;
  absl::flat_hash_map<EntityId, const policy::v1::Teams::Agent*> agent_by_id_;
  absl::flat_hash_map<std::string, const policy::v1::Calendar*> calendar_by_code_;
  absl::flat_hash_map<std::string, const policy::v1::Calendar*> calendar_by_region_;
  absl::flat_hash_map<std::string, std::string> category_by_label_;
};

}  // namespace redress
