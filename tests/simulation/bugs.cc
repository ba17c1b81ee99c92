#include "tests/simulation/bugs.h"

namespace redress::simulation {

std::string_view BugName(Bug bug) {
  switch (bug) {
    case Bug::kNone:
      return "none";
    case Bug::kAnswerAtAppend:
      return "answer-at-append";
    case Bug::kNoDuplicateRule:
      return "no-duplicate-rule";
    case Bug::kNoConflictRule:
      return "no-conflict-rule";
    case Bug::kNoWindow:
      return "no-window";
    case Bug::kNoOlderRequests:
      return "no-older-requests";
    case Bug::kRefusalWithoutEvent:
      return "refusal-without-event";
    case Bug::kDecideOnUnfolded:
      return "decide-on-unfolded";
    case Bug::kUnrecordedRead:
      return "unrecorded-read";
    case Bug::kSecondOpener:
      return "second-opener";
    case Bug::kEtagAsSeen:
      return "etag-as-seen";
    case Bug::kReturningRequestId:
      return "returning-request-id";
    case Bug::kOneReleasePayload:
      return "one-release-payload";
    case Bug::kUndeclaredWrite:
      return "undeclared-write";
    case Bug::kPositionsOutsideBatch:
      return "positions-outside-batch";
    case Bug::kTimerInMemory:
      return "timer-in-memory";
    case Bug::kRowRemovedAtAppend:
      return "row-removed-at-append";
    case Bug::kRandomRequestId:
      return "random-request-id";
    case Bug::kNoHealAfterTwoRouters:
      return "no-heal-after-two-routers";
    case Bug::kUnknownSkipped:
      return "unknown-skipped";
    case Bug::kNoHoldAfterLoss:
      return "no-hold-after-loss";
  }
  return "";
}

std::vector<Bug> AllBugs() {
  std::vector<Bug> bugs;
  for (int bug = 1; bug <= static_cast<int>(Bug::kNoHoldAfterLoss); ++bug)
    bugs.push_back(static_cast<Bug>(bug));
  return bugs;
}

}  // namespace redress::simulation
