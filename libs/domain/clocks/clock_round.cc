#include "libs/domain/clocks/clock_round.h"

#include <algorithm>
#include <limits>

#include "absl/algorithm/container.h"

namespace redress {
namespace {

// The switches below name every word, so that a new one does not compile until somebody says what
// it means.

using event::v1::ClockSpec;
using event::v1::Purpose;
using storage::v1::StageState;

// 0 on the log means "none".
std::optional<int64_t> Given(int64_t us) { return us != 0 ? std::optional(us) : std::nullopt; }

std::optional<int64_t> StartOf(const ClockSpec& spec, ClockFacts& facts) {
  if (spec.counts_from_us() != 0) return spec.counts_from_us();
  switch (spec.starts_on()) {
    case ClockSpec::RECEIVED:
      return Given(facts.Stage().received_at_us());
    case ClockSpec::CYCLE:
      return Given(facts.Stage().cycle_started_at_us());
    case ClockSpec::LEVEL_ENTERED:
      if (spec.level() != 0 && facts.Level().level() != spec.level()) return std::nullopt;
      return Given(facts.Level().entered_at_us());
    case ClockSpec::TEAM_ENTERED:
      return Given(facts.Ownership().team_since_us());
    case ClockSpec::INBOUND_MESSAGE:
      return Given(facts.Conversation().last_inbound_at_us());
    case ClockSpec::STEP_ENTERED:
      facts.Touch(event::v1::WORKFLOW);
      return std::nullopt;
    case ClockSpec::REVIEW_REQUESTED:
      facts.Touch(event::v1::REVIEW);
      return std::nullopt;
    case ClockSpec::AT:
    case ClockSpec::START_UNSPECIFIED:
    case event::v1::ClockSpec_Start_ClockSpec_Start_INT_MIN_SENTINEL_DO_NOT_USE_:
    case event::v1::ClockSpec_Start_ClockSpec_Start_INT_MAX_SENTINEL_DO_NOT_USE_:
      return std::nullopt;
  }
  return std::nullopt;  // a word from a later release
}

struct LastReset {
  std::optional<int64_t> at_us;
  uint32_t edges = 0;
};

LastReset ResetOf(ClockSpec::Reset reset, const ClockSpec& spec, ClockFacts& facts) {
  switch (reset) {
    case ClockSpec::RESET_ON_INBOUND: {
      const auto& conversation = facts.Conversation();
      return {Given(conversation.last_inbound_at_us()), conversation.inbound_count()};
    }
    case ClockSpec::RESET_ON_TOLD: {
      const auto& conversation = facts.Conversation();
      int64_t last_us = 0;
      for (const auto& told : conversation.told()) last_us = std::max(last_us, told.last_at_us());
      return {Given(last_us), conversation.outbound_count()};
    }
    case ClockSpec::RESET_ON_REOPENED: {
      const StageState& stage = facts.Stage();
      if (stage.cycle() <= std::max<uint32_t>(spec.cycle(), 1)) return {};
      return {Given(stage.cycle_started_at_us()),
              stage.cycle() - std::max<uint32_t>(spec.cycle(), 1)};
    }
    case ClockSpec::RESET_ON_PROGRESS:
    case ClockSpec::RESET_UNSPECIFIED:
    case event::v1::ClockSpec_Reset_ClockSpec_Reset_INT_MIN_SENTINEL_DO_NOT_USE_:
    case event::v1::ClockSpec_Reset_ClockSpec_Reset_INT_MAX_SENTINEL_DO_NOT_USE_:
      return {};
  }
  return {};
}

std::optional<ClockEnd> FirstTold(Purpose purpose, int64_t fence_us, ClockFacts& facts) {
  for (const auto& told : facts.Conversation().told()) {
    if (told.purpose() != purpose) continue;
    if (told.first_at_us() >= fence_us) return ClockEnd{.at_us = told.first_at_us()};
    if (told.last_at_us() >= fence_us) return ClockEnd{.at_us = told.last_at_us(), .exact = false};
  }
  return std::nullopt;
}

std::optional<ClockEnd> At(int64_t us) {
  if (us == 0) return std::nullopt;
  return ClockEnd{.at_us = us};
}

std::optional<ClockEnd> LevelLeft(const ClockSpec& spec, ClockFacts& facts) {
  const auto& level = facts.Level();
  if (spec.level() == 0 || level.level() == 0 || level.level() == spec.level()) return std::nullopt;
  const bool one_step = level.level() == spec.level() + 1 || level.level() + 1 == spec.level();
  return ClockEnd{.at_us = level.entered_at_us(), .exact = one_step};
}

std::optional<ClockEnd> StopOf(ClockSpec::Stop stop, const ClockSpec& spec, const ClockRound& round,
                               ClockFacts& facts) {
  switch (stop) {
    case ClockSpec::ACKNOWLEDGED:
      return FirstTold(event::v1::ACKNOWLEDGEMENT, round.fence_us, facts);
    case ClockSpec::FIRST_RESPONSE_GIVEN:
      return FirstTold(event::v1::FIRST_RESPONSE, round.fence_us, facts);
    case ClockSpec::CAUSE_TOLD:
      return FirstTold(event::v1::CAUSE_FEEDBACK, round.fence_us, facts);
    case ClockSpec::FINAL_RESPONSE_GIVEN:
      return FirstTold(event::v1::FINAL_RESPONSE, round.fence_us, facts);
    case ClockSpec::OUTBOUND_REPLY: {
      const auto& conversation = facts.Conversation();
      if (conversation.outbound_count() == 0 || conversation.last_outbound_at_us() < round.fence_us)
        return {};
      return ClockEnd{.at_us = conversation.last_outbound_at_us(),
                      .exact = conversation.outbound_count() == 1};
    }
    case ClockSpec::LEVEL_LEFT:
      return LevelLeft(spec, facts);
    case ClockSpec::TEAM_LEFT:
      if (facts.Ownership().team_since_us() <= *round.start_us) return std::nullopt;
      return ClockEnd{.at_us = facts.Ownership().team_since_us(), .exact = false};
    case ClockSpec::RESOLVED:
      return At(facts.Stage().resolved_at_us());
    case ClockSpec::CLOSED_STAGE:
      return At(facts.Stage().closed_at_us());
    case ClockSpec::ACCEPTED_OR_DECLINED:
      facts.Touch(event::v1::RECORD);
      return facts.Stage().how() == StageState::HOW_DECLINED ? At(facts.Stage().closed_at_us())
                                                             : std::nullopt;
    case ClockSpec::STEP_LEFT:
      facts.Touch(event::v1::WORKFLOW);
      return std::nullopt;
    case ClockSpec::REVIEW_DECIDED:
      facts.Touch(event::v1::REVIEW);
      return std::nullopt;
    case ClockSpec::STOP_UNSPECIFIED:
    case event::v1::ClockSpec_Stop_ClockSpec_Stop_INT_MIN_SENTINEL_DO_NOT_USE_:
    case event::v1::ClockSpec_Stop_ClockSpec_Stop_INT_MAX_SENTINEL_DO_NOT_USE_:
      return std::nullopt;
  }
  return std::nullopt;
}

// Duties to others than the complainant outlive the complaint's closing (`events.md` 1.4).
bool OutlivesClosing(const ClockSpec& spec) {
  return spec.kind() == ClockSpec::REVIEW_CLOCK || spec.kind() == ClockSpec::REGULATOR_RESPONSE;
}

// Closing and reopening end what nothing else ended.
std::optional<ClockEnd> EndWithCycle(const ClockSpec& spec, ClockFacts& facts) {
  if (OutlivesClosing(spec)) return std::nullopt;
  const StageState& stage = facts.Stage();
  if (stage.stage() == StageState::CLOSED && facts.Clocks().stopped_at_us() != 0) {
    return ClockEnd{.at_us = facts.Clocks().stopped_at_us(), .cancelled = true};
  }
  const bool earlier_cycle = spec.cycle() != 0 && spec.cycle() < stage.cycle();
  if (!earlier_cycle || absl::c_linear_search(spec.resets_on(), ClockSpec::RESET_ON_REOPENED))
    return std::nullopt;
  // Reopening clears when the earlier cycle was resolved and closed.
  const bool met = absl::c_linear_search(spec.stops_on(), ClockSpec::RESOLVED) ||
                   absl::c_linear_search(spec.stops_on(), ClockSpec::CLOSED_STAGE);
  return ClockEnd{.at_us = stage.cycle_started_at_us(), .cancelled = !met, .exact = false};
}

}  // namespace

ClockRound RoundOf(const ClockSpec& spec, ClockFacts& facts) {
  ClockRound round;
  round.start_us = StartOf(spec, facts);
  // What was told before the complaint was on record (a call, then the record) counts; what was
  // told before a level, a cycle or a message began does not.
  round.fence_us = spec.starts_on() == ClockSpec::RECEIVED ? std::numeric_limits<int64_t>::min()
                                                           : round.start_us.value_or(0);
  for (int word : spec.resets_on()) {
    const LastReset reset = ResetOf(static_cast<ClockSpec::Reset>(word), spec, facts);
    round.reset_edges += reset.edges;
    if (!round.start_us.has_value() || !reset.at_us.has_value() || *reset.at_us <= *round.start_us)
      continue;
    round.start_us = reset.at_us;
    round.fence_us = *reset.at_us;
  }
  return round;
}

std::optional<ClockEnd> EndOf(const ClockSpec& spec, const ClockRound& round, ClockFacts& facts) {
  std::optional<ClockEnd> earliest;
  // Of two at the same instant the one listed first stays: a stop before a cancellation.
  const auto consider = [&](std::optional<ClockEnd> end) {
    if (!end.has_value()) return;
    end->at_us = std::max(end->at_us, *round.start_us);
    if (!earliest.has_value() || end->at_us < earliest->at_us) earliest = end;
  };
  for (int word : spec.stops_on())
    consider(StopOf(static_cast<ClockSpec::Stop>(word), spec, round, facts));
  for (int word : spec.cancels_on()) {
    auto end = StopOf(static_cast<ClockSpec::Stop>(word), spec, round, facts);
    if (end.has_value()) end->cancelled = true;
    consider(end);
  }
  consider(EndWithCycle(spec, facts));
  return earliest;
}

}  // namespace redress
