#include "services/sla_timer/decide/set_clocks.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/clocks/clock_reading.h"
#include "libs/domain/explanation.h"

namespace redress::sla_timer {
namespace {

using event::v1::ClockSpec;
using event::v1::ClocksSet;
using event::v1::Explained;
using event::v1::Field;
using storage::v1::ComplaintState;
using Stage = storage::v1::StageState;

// A word that the state of this release cannot answer: the clock would run on whatever happens, and
// its verdict would be wrong. Rather no clock, and the explanation says so.
bool IsMeasurable(const policy::v1::SlaTable::Clock& clock) {
  return clock.starts_on() != ClockSpec::STEP_ENTERED &&
         clock.starts_on() != ClockSpec::REVIEW_REQUESTED &&
         !absl::c_linear_search(clock.resets_on(), ClockSpec::RESET_ON_PROGRESS);
}

bool BelongsToLevel(const policy::v1::SlaTable::Clock& clock) {
  return clock.starts_on() == ClockSpec::LEVEL_ENTERED ||
         clock.kind() == ClockSpec::LEVEL_RESPONSE || clock.kind() == ClockSpec::LEVEL_RESOLUTION;
}

// Told once in a complaint's life.
bool IsOncePerComplaint(const policy::v1::SlaTable::Clock& clock) {
  return clock.kind() == ClockSpec::FIRST_RESPONSE_CLOCK ||
         clock.kind() == ClockSpec::ACKNOWLEDGEMENT_CLOCK;
}

int64_t BasisInteger(const ComplaintState& state, std::string_view name) {
  const Field* field = FindBasis(state.clocks(), name);
  return field == nullptr ? 0 : field->integer();
}

// The level that the complaint began at. The state counts escalations; that somebody sent it down
// shows in the clocks set before.
bool AtFirstLevel(const ComplaintState& state) {
  if (state.level().escalations() > 0) return false;
  if (BasisInteger(state, kBasisLevel) == 0) return true;
  if (BasisInteger(state, kBasisLevelEntered) != state.level().entered_at_us()) return false;
  const auto& clocks = state.clocks().clocks();
  return std::none_of(clocks.begin(), clocks.end(), [&](const ClockSpec& spec) {
    return spec.level() != 0 && spec.cycle() == 1 &&
           spec.counts_from_us() != state.stage().received_at_us();
  });
}

int64_t LevelCountsFrom(const ComplaintState& state) {
  const int64_t from =
      AtFirstLevel(state) ? state.stage().received_at_us() : state.level().entered_at_us();
  return state.stage().cycle() > 1 ? std::max(from, state.stage().cycle_started_at_us()) : from;
}

// 0: the clock finds its start among the facts.
int64_t CountsFrom(const policy::v1::SlaTable::Clock& clock, const ComplaintState& state) {
  if (BelongsToLevel(clock)) return LevelCountsFrom(state);
  switch (clock.starts_on()) {
    case ClockSpec::RECEIVED:
    case ClockSpec::CYCLE:
      return state.stage().cycle() > 1 ? state.stage().cycle_started_at_us()
                                       : state.stage().received_at_us();
    default:
      return 0;
  }
}

ClockSpec SpecOf(const ComplaintId& complaint, const PolicyClock& asked,
                 const ComplaintState& state) {
  const auto& clock = *asked.clock;
  ClockSpec spec;
  spec.set_kind(clock.kind());
  spec.set_counts_from_us(CountsFrom(clock, state));
  spec.set_target_ms(asked.target_ms);
  if (asked.calendar_hash) spec.set_calendar(asked.calendar_hash.ToBytes());
  // In a later cycle what was told in an earlier one no longer counts, so it begins with the cycle.
  const bool again = state.stage().cycle() > 1 && clock.starts_on() == ClockSpec::RECEIVED;
  spec.set_starts_on(again ? ClockSpec::CYCLE : clock.starts_on());
  spec.mutable_pauses_on()->CopyFrom(clock.pauses_on());
  spec.mutable_resets_on()->CopyFrom(clock.resets_on());
  spec.mutable_stops_on()->CopyFrom(clock.stops_on());
  spec.mutable_cancels_on()->CopyFrom(clock.cancels_on());
  for (const auto& threshold : asked.thresholds) *spec.add_thresholds() = threshold;
  spec.set_rule(asked.rule);
  if (BelongsToLevel(clock)) spec.set_level(state.level().level());
  spec.set_cycle(state.stage().cycle());
  const std::string entered = spec.level() != 0 ? std::to_string(spec.counts_from_us()) : "";
  spec.set_clock_id(
      HashedId<EventId>({"clock", complaint.bytes(), std::to_string(spec.kind()), spec.link(),
                         std::to_string(spec.level()), std::to_string(spec.cycle()), entered})
          .ToBytes());
  return spec;
}

bool SamePromise(ClockSpec a, ClockSpec b) {
  a.clear_generation();
  b.clear_generation();
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

int64_t DueOf(const ClockReading& reading) {
  return reading.line.due_at() ? ToMicros(*reading.line.due_at()) : 0;
}

std::string KindName(ClockSpec::Kind kind) {
  return absl::AsciiStrToLower(ClockSpec::Kind_Name(kind));
}

// Adds `spec` to the set, with the generation that follows from the clock it replaces, and what
// becomes of its due.
absl::Status AddClock(ClockSpec spec, const ComplaintState& state, const CalendarShelf& calendars,
                      ClocksSet* set) {
  StateClockFacts facts(state);
  const ClockSpec* former = FindClock(state.clocks(), spec.clock_id());
  int64_t old_due_us = 0;
  spec.set_generation(1);
  if (former != nullptr) {
    REDRESS_ASSIGN_OR_RETURN(const ClockReading before, ReadClock(*former, facts, calendars));
    old_due_us = DueOf(before);
    spec.set_generation(SamePromise(*former, spec) ? former->generation()
                                                   : before.line.NextSpecGeneration());
  }
  REDRESS_ASSIGN_OR_RETURN(const ClockReading after, ReadClock(spec, facts, calendars));
  if (former == nullptr || old_due_us != DueOf(after)) {
    auto* change = set->add_changes();
    change->set_clock_id(spec.clock_id());
    change->set_old_due_us(old_due_us);
    change->set_new_due_us(DueOf(after));
  }
  *set->add_clocks() = std::move(spec);
  return absl::OkStatus();
}

void AddVersion(const std::string& name, const ContentHash& hash, Explained* explained) {
  if (!hash) return;
  auto* version = explained->add_versions();
  version->set_name(name);
  version->set_hash(hash.ToBytes());
}

}  // namespace

bool NeedsClocks(const ComplaintState& state) {
  switch (state.stage().stage()) {
    case Stage::RECEIVED:
    case Stage::ASSESSED:
    case Stage::INVESTIGATING:
      return state.clocks().sets() == 0 || !BasisHolds(state);
    case Stage::RESOLVED:
      return state.clocks().sets() == 0;
    default:
      return false;
  }
}

ClocksSet::Cause CauseOfSet(const ComplaintState& state) {
  if (state.clocks().sets() == 0) return ClocksSet::INITIAL;
  const PolicyFacts facts = FactsOfState(state);
  const auto changed = [&](std::string_view name) {
    const Field* named = FindBasis(state.clocks(), name);
    return named != nullptr && FieldText(*named) != FieldText(FactField(name, state, facts));
  };
  if (changed(kBasisCycle)) return ClocksSet::NEW_CYCLE;
  if (changed(kBasisPolicy)) return ClocksSet::POLICY_CHANGED;
  // From no level to the first one: it was assessed.
  const bool had_level = BasisInteger(state, kBasisLevel) != 0;
  if (had_level && (changed(kBasisLevel) || changed(kBasisLevelEntered)))
    return ClocksSet::LEVEL_CHANGED;
  return ClocksSet::FACTS_CHANGED;
}

EventId EventBehindSet(const ComplaintState& state) {
  std::string_view event;
  switch (CauseOfSet(state)) {
    case ClocksSet::INITIAL:
    case ClocksSet::NEW_CYCLE:
      event = state.stage().entered_by();
      break;
    case ClocksSet::LEVEL_CHANGED:
      event = state.level().entered_by();
      break;
    case ClocksSet::FACTS_CHANGED:
      event = state.assessment().changed_by();
      break;
    default:
      break;
  }
  return EventId::FromBytesOrNone(event.empty() ? std::string_view(state.clocks().changed_by())
                                                : event);
}

absl::StatusOr<ClocksSet> DecideClocks(const ComplaintId& complaint, const ComplaintState& state,
                                       const CompiledPolicy& policy, const FactNames& names,
                                       const CalendarShelf& calendars) {
  const PolicyFacts facts = FactsOfState(state);
  ClocksSet set;
  set.set_cause(CauseOfSet(state));
  set.set_replaces(state.clocks().set_id());
  set.set_set_id(HashedId<EventId>({"clocks", complaint.bytes(), state.clocks().set_id(),
                                    EventBehindSet(state).bytes()})
                     .ToBytes());
  Explained* explained = set.mutable_explained();
  // The inputs; the explanation does not repeat them.
  for (const std::string& name : names.of_clocks) *set.add_basis() = FactField(name, state, facts);
  AddVersion("sla", policy.PartHash("sla"), explained);
  AddVersion("escalation", policy.PartHash("escalation"), explained);
  for (const PolicyClock& asked : policy.Clocks(facts)) {
    const std::string kind = KindName(asked.clock->kind());
    if (!IsMeasurable(*asked.clock)) {
      explained->add_rules_fired(absl::StrCat("sla.not_measured.", kind));
      continue;
    }
    if (state.stage().cycle() > 1 && IsOncePerComplaint(*asked.clock)) continue;
    explained->add_rules_fired(absl::StrCat("sla.", asked.rule, ".", kind));
    if (asked.calendar != nullptr) {
      AddVersion(absl::StrCat("calendar/", asked.calendar->code()), asked.calendar_hash, explained);
    }
    const absl::Status added = AddClock(SpecOf(complaint, asked, state), state, calendars, &set);
    if (absl::IsNotFound(added)) return added;
    if (!added.ok()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "rule ", asked.rule, " promises what cannot be computed: ", kind, ": ", added.message()));
    }
  }
  explained->set_result(
      absl::StrCat(set.clocks_size(), set.clocks_size() == 1 ? " clock" : " clocks"));
  return set;
}

}  // namespace redress::sla_timer
