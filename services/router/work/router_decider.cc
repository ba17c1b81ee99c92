#include "services/router/work/router_decider.h"

#include <algorithm>
#include <map>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/domain/explanation.h"
#include "libs/domain/lifecycle.h"
#include "redress/event/v1/ownership.pb.h"

namespace redress::router {
namespace {

constexpr absl::Duration kForgotten = absl::Hours(1);

std::string PrimaryTag(const std::string& language) {
  return language.substr(0, language.find('-'));
}

// How a re-routing is told.
struct RerouteWords {
  event::v1::ComplaintQueued::Cause cause;
  const char* reason;
};

const RerouteWords& WordsOf(Unfit why) {
  using Q = event::v1::ComplaintQueued;
  static const auto& words = *new std::map<Unfit, RerouteWords>{
      {Unfit::kDeparted, {Q::AGENT_LEFT, "agent_left"}},
      {Unfit::kExcluded, {Q::RECUSED, "excluded"}},
      {Unfit::kOutOfTeam, {Q::AGENT_LEFT, "out_of_team"}},
      {Unfit::kOverCapacity, {Q::OVER_CAPACITY, "over_capacity"}},
      {Unfit::kAbsent, {Q::AGENT_LEFT, "absent_too_long"}},
  };
  return words.at(why);
}

// Complaints that nobody takes for the same reason: a team (with the one that it overflows into),
// needs, exclusions.
std::string GateOf(const Routed& routed, const storage::v1::RecusalState& recusal) {
  std::string gate = absl::StrCat(routed.team.ToHex(), " ", WhatItTakes(routed.demand));
  for (const auto* excluded : {&recusal.excluded_agents(), &recusal.excluded_teams()}) {
    for (const std::string& id : *excluded)
      absl::StrAppend(&gate, " -", EntityId::FromBytesOrNone(id).ToHex());
  }
  return gate;
}

}  // namespace

PolicyFacts FactsOfComplaint(const ComplaintRow& row, uint32_t level) {
  PolicyFacts facts = FactsOf(row.state.assessment().assessment());
  const auto& record = row.state.record();
  facts.channel = record.channel();
  facts.region = record.region();
  facts.product_line = record.product_line();
  if (record.has_amount()) facts.amount = record.amount();
  if (facts.language.empty()) facts.language = record.language();
  facts.level = level;
  return facts;
}

event::v1::Explained ExplainRouted(const CompiledPolicy& policy, const Routed& routed) {
  const PolicyFacts& facts = routed.facts;
  event::v1::Explained explained;
  for (const std::string& rule : routed.route.rules_fired) explained.add_rules_fired(rule);
  AddInput("category", facts.category, &explained);
  AddInput("level", std::to_string(facts.level), &explained);
  AddInput("region", facts.region, &explained);
  AddInput("language", routed.demand.language, &explained);
  AddInput("band", std::to_string(facts.band), &explained);
  for (const auto& need : routed.route.skills) {
    AddInput(absl::StrCat("skill.", need.skill()), std::to_string(need.proficiency()), &explained);
  }
  const auto& match = policy.policy().routing().match();
  for (const auto& [name, weight] :
       {std::pair<const char*, int64_t>{"skill", match.skill_permille()},
        {"load", match.load_permille()},
        {"language", match.language_permille()}}) {
    auto* out = explained.add_weights();
    out->set_name(name);
    out->set_weight(weight);
  }
  if (routed.choice.agent != nullptr) explained.set_result(routed.choice.agent->code);
  if (routed.choice.runner_up != nullptr) explained.set_runner_up(routed.choice.runner_up->code);
  if (!routed.choice.reason.empty()) explained.set_result(routed.choice.reason);
  explained.set_margin_permille(routed.choice.margin_permille);
  auto* version = explained.add_versions();
  version->set_name("routing");
  version->set_hash(policy.PartHash("routing").ToBytes());
  return explained;
}

void RouterDecider::RefreshRoster() {
  const Directory& directory = projection_->directory();
  if (roster_revision_ == directory.revision()) return;
  roster_revision_ = directory.revision();
  roster_.clear();
  for (const auto& [id, entity] : directory.Agents()) {
    // An event of a newer release: whoever it changed is not given work until this one understands
    // it.
    if (directory.IsNewer(id)) continue;
    const auto& agent = entity->definition().agent();
    Candidate candidate;
    candidate.id = id;
    candidate.code = agent.code();
    candidate.present =
        entity->presence().presence().state() == event::v1::PresenceChanged::AVAILABLE;
    candidate.languages.assign(agent.languages().begin(), agent.languages().end());
    candidate.regions.assign(agent.regions().begin(), agent.regions().end());
    candidate.skills.assign(entity->skills().skills().begin(), entity->skills().skills().end());
    const auto& per_team =
        entity->capacity().revision() > 0 ? entity->capacity().per_team() : agent.teams();
    for (const auto& membership : agent.teams()) {
      candidate.capacity_units = membership.capacity_units();
      for (const auto& share : per_team) {
        if (share.team_id() == membership.team_id())
          candidate.capacity_units = share.capacity_units();
      }
      roster_[EntityId::FromBytesOrNone(membership.team_id())].push_back(candidate);
    }
  }
}

const std::vector<Candidate>& RouterDecider::Team(const EntityId& team,
                                                  const storage::v1::RecusalState& recusal) {
  static const auto& nobody = *new std::vector<Candidate>();
  RefreshRoster();
  auto it = roster_.find(team);
  if (it == roster_.end()) return nobody;
  std::vector<Candidate>& people = it->second;
  const bool team_excluded = absl::c_linear_search(recusal.excluded_teams(), team.bytes());
  for (Candidate& candidate : people) {
    candidate.used_units = projection_->loads().UsedUnits(candidate.id);
    candidate.excluded =
        team_excluded || absl::c_linear_search(recusal.excluded_agents(), candidate.id.bytes());
  }
  return people;
}

Routed RouterDecider::Route(const CompiledPolicy& policy, const ComplaintRow& row,
                            const storage::v1::OwnershipState& ownership, uint32_t level,
                            const storage::v1::RecusalState& recusal, absl::Time now) {
  Routed routed;
  routed.facts = FactsOfComplaint(row, level);
  const PolicyFacts& facts = routed.facts;
  routed.route = policy.Route(facts);
  // A team that a person or an escalation chose stays; what it needs of its people is the policy's.
  const EntityId chosen = EntityId::FromBytesOrNone(ownership.team_id());
  routed.team = chosen ? chosen : routed.route.team_id;
  routed.demand.skills = routed.route.skills;
  routed.demand.weight_units = routed.route.weight_units;
  routed.demand.language = PrimaryTag(facts.language);
  routed.demand.region = facts.region;
  routed.demand.now_us = ToMicros(now);
  const int64_t since = ownership.unowned_since_us() != 0 ? ownership.unowned_since_us()
                                                          : row.state.stage().received_at_us();
  routed.demand.waited_ms = std::max<int64_t>(0, (ToMicros(now) - since) / 1000);
  const auto& match = policy.policy().routing().match();
  routed.choice = ChooseAgent(Team(routed.team, recusal), routed.demand, match);
  if (routed.choice.agent != nullptr) return routed;
  const auto team = projection_->directory().Find(routed.team);
  const EntityId overflow =
      team == nullptr ? EntityId()
                      : EntityId::FromBytesOrNone(team->definition().team().overflow_team());
  if (!overflow) return routed;
  Choice elsewhere = ChooseAgent(Team(overflow, recusal), routed.demand, match);
  if (elsewhere.agent == nullptr) return routed;
  routed.choice = std::move(elsewhere);
  routed.team = overflow;
  routed.overflow = true;
  return routed;
}

std::string_view RouterDecider::KindName(WorkKind kind) const {
  if (kind == kRoute) return "route";
  return kind == kAbsence ? "absence" : "re-route";
}

WorkAnswer RouterDecider::Decide(const WorkItem& item, const ComplaintRow& row, StateView& view,
                                 absl::Time now) {
  return item.kind == kRoute ? DecideRoute(row, view, now) : DecideReroute(row, view, now);
}

WorkAnswer RouterDecider::DecideRoute(const ComplaintRow& row, StateView& view, absl::Time now) {
  const auto stage = view.stage();
  if (!LifecycleOf(20, stage.stage(), stage.ever_assessed()).allowed) return WorkIsStale{};
  const auto& ownership = view.ownership();
  if (!ownership.owner_id().empty()) return WorkIsStale{};
  const uint32_t level = view.level().level();
  const auto& recusal = view.recusal();
  const std::string& region = view.Input(event::v1::RECORD).record().region();
  view.Input(event::v1::ASSESSMENT);
  const Directory& directory = projection_->directory();
  const ContentHash manifest = directory.ActivePolicy(region, ToMicros(now));
  const auto policy = directory.FindPolicy(manifest);
  if (policy == nullptr) return WorkWaits{"policy"};
  const Routed routed = Route(*policy, row, ownership, level, recusal, now);
  WorkEvent answer;
  answer.policy = manifest;
  if (routed.choice.agent != nullptr) {
    event::v1::ComplaintAssigned assigned;
    assigned.set_agent_id(routed.choice.agent->id.ToBytes());
    assigned.set_team_id(routed.team.ToBytes());
    assigned.set_mode(event::v1::ComplaintAssigned::DIRECT_MODE);
    assigned.set_weight(routed.demand.weight_units);
    for (const std::string& scope : routed.route.view_scope) assigned.add_view_scope(scope);
    *assigned.mutable_explained() = ExplainRouted(*policy, routed);
    answer.draft = EventDraft::Of(std::move(assigned));
    return answer;
  }
  // It waits in that team's queue already: nothing new to say until somebody is free.
  const bool queued =
      ownership.team_id() == routed.team.bytes() && !ownership.queue_reason().empty();
  if (queued) {
    return WorkWaits{"a person",
                     routed.choice.changes_in_ms > 0
                         ? absl::Milliseconds(routed.choice.changes_in_ms)
                         : kForgotten,
                     GateOf(routed, recusal)};
  }
  event::v1::ComplaintQueued waiting;
  waiting.set_team_id(routed.team.ToBytes());
  waiting.set_cause(event::v1::ComplaintQueued::ROUTED);
  waiting.set_reason(routed.choice.reason);
  for (const auto& need : routed.route.skills) {
    auto* skill = waiting.add_skills();
    skill->set_skill(need.skill());
    skill->set_proficiency(need.proficiency());
    if (need.has_drop_after()) skill->set_drop_after_ms(need.drop_after().ms());
  }
  for (const std::string& scope : routed.route.view_scope) waiting.add_view_scope(scope);
  *waiting.mutable_explained() = ExplainRouted(*policy, routed);
  answer.draft = EventDraft::Of(std::move(waiting));
  return answer;
}

WorkAnswer RouterDecider::DecideReroute(const ComplaintRow& row, StateView& view, absl::Time now) {
  const auto stage = view.stage();
  if (!LifecycleOf(17, stage.stage(), stage.ever_assessed()).allowed) return WorkIsStale{};
  const auto& ownership = view.ownership();
  const uint32_t level = view.level().level();
  const std::string& region = view.Input(event::v1::RECORD).record().region();
  const auto unfit = projection_->UnfitOwnerOf(row.id, ownership, view.recusal(), region);
  if (!unfit || unfit->from_us > ToMicros(now)) return WorkIsStale{};
  const Directory& directory = projection_->directory();
  const ContentHash manifest = directory.ActivePolicy(region, ToMicros(now));
  std::string team = ownership.team_id();
  if (unfit->why == Unfit::kOutOfTeam &&
      !projection_->Serves(EntityId::FromBytesOrNone(team), level)) {
    // The team is the wrong one, not only the person.
    view.Input(event::v1::ASSESSMENT);
    const auto policy = directory.FindPolicy(manifest);
    if (policy == nullptr) return WorkWaits{"policy"};
    team = policy->Route(FactsOfComplaint(row, level)).team_id.ToBytes();
  }
  const RerouteWords& words = WordsOf(unfit->why);
  event::v1::ComplaintQueued queued;
  queued.set_team_id(team);
  queued.set_from_team_id(ownership.team_id());
  queued.set_cause(words.cause);
  queued.set_reason(words.reason);
  auto* explained = queued.mutable_explained();
  explained->add_rules_fired(absl::StrCat("re-route.", words.reason));
  AddInput("owner", directory.CodeOf(ownership.owner_id()), explained);
  AddInput("level", std::to_string(level), explained);
  AddInput("region", region, explained);
  if (unfit->from_us != 0)
    AddInput("absent_too_long_from_us", std::to_string(unfit->from_us), explained);
  explained->set_result("queued");
  WorkEvent answer;
  answer.policy = manifest;
  answer.draft = EventDraft::Of(std::move(queued));
  return answer;
}

void RouterDecider::OnInFlight(const WorkItem& item, const google::protobuf::Message* payload) {
  if (payload == nullptr || payload->GetDescriptor() != event::v1::ComplaintAssigned::descriptor())
    return;
  const auto& assigned = static_cast<const event::v1::ComplaintAssigned&>(*payload);
  projection_->OnSent(item.stream, {.agent = EntityId::FromBytesOrNone(assigned.agent_id()),
                                    .team = EntityId::FromBytesOrNone(assigned.team_id()),
                                    .units = assigned.weight()});
}

}  // namespace redress::router
