// Where a clock begins and ends, read off the facts: the fixed words of `events.md` 1.5 and what
// each means in the present state. No calendar here. Pure; one step inside `ClockTimeline::Trace`.
#pragma once

#include <cstdint>
#include <optional>

#include "libs/domain/clocks/clock_facts.h"
#include "redress/event/v1/shared.pb.h"

namespace redress {

// The stretch of a clock's life that one target belongs to: from its start or its last reset.
struct ClockRound {
  // µs; absent: what starts it has not happened.
  std::optional<int64_t> start_us;
  // Facts from before this instant do not stop it.
  int64_t fence_us = 0;
  // Events that may have reset it, ever; never falls. Not all of them moved the due time.
  uint32_t reset_edges = 0;
};

struct ClockEnd {
  int64_t at_us = 0;
  // Ended without what it waited for: no verdict unless it was missed before.
  bool cancelled = false;
  // False: it happened then or earlier, and the state no longer knows when.
  bool exact = true;
};

// Start, with `counts_from_us` given: that; else the fact that `starts_on` names (AT has none:
// never). Resets: the latest of the facts in `resets_on` after the start begins a new round.
// RESET_ON_PROGRESS has no state in this release: never.
ClockRound RoundOf(const event::v1::ClockSpec& spec, ClockFacts& facts);

// The earliest end, of: `stops_on`; `cancels_on`; closing (cancels, but not REVIEW_CLOCK and
// REGULATOR_RESPONSE); a later cycle than `spec.cycle` (S12; the same two live on, as do clocks
// that reset on reopening). Absent: it has not ended. Never before the round's start. Precondition:
// the round has started.
//
// What the words mean, and how well the state knows the time:
//   ACKNOWLEDGED, FIRST_RESPONSE_GIVEN, CAUSE_TOLD, FINAL_RESPONSE_GIVEN
//                           first time the purpose was told; before the fence: the last time (not
//                           exact)
//   OUTBOUND_REPLY          last outbound message (exact while it is the only one)
//   LEVEL_LEFT              another level than `spec.level` (exact one step away: one move)
//   TEAM_LEFT               a later interval of team than the one it counts from (not exact:
//   perhaps not
//                           the next one)
//   RESOLVED, CLOSED_STAGE  of the present cycle
//   ACCEPTED_OR_DECLINED    closed as declined; acceptance has no state yet
//   STEP_LEFT, REVIEW_DECIDED
//                           no state yet: never
std::optional<ClockEnd> EndOf(const event::v1::ClockSpec& spec, const ClockRound& round,
                              ClockFacts& facts);

}  // namespace redress
