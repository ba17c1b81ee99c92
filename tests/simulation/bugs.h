// Planted bugs: each leaves out one rule of the architecture, behind a switch that only the
// simulation sets. They show that the checks can fail. They are planted at the ports and at the
// interfaces of deciders, never in production code.
#pragma once

#include <string_view>
#include <vector>

namespace redress::simulation {

enum class Bug {
  kNone,
  kAnswerAtAppend,
  kNoDuplicateRule,
  kNoConflictRule,
  kNoWindow,
  kNoOlderRequests,
  kRefusalWithoutEvent,
  kDecideOnUnfolded,
  kUnrecordedRead,
  kSecondOpener,
  kEtagAsSeen,
  kReturningRequestId,
  kOneReleasePayload,
  kUndeclaredWrite,
  kPositionsOutsideBatch,
  kTimerInMemory,
  kRowRemovedAtAppend,
  kRandomRequestId,
  kNoHealAfterTwoRouters,
  kUnknownSkipped,
  kNoHoldAfterLoss,
};

// "answer-at-append", …
std::string_view BugName(Bug bug);
// All but kNone.
std::vector<Bug> AllBugs();

}  // namespace redress::simulation
