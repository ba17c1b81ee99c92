// Complaints that came in a moment ago and are not through the suite yet: assessed, given to
// somebody or queued, and with clocks. Inbound items wait on the log while there are many of them:
// taken in faster than they are dealt with, complaints would pile up half done in every service, be
// written several times and wait for seconds behind more pressing ones. Who is slow or away holds
// nothing up for long: a complaint counts for a second. One thread.
#pragma once

#include <deque>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress::intake {

class Pace {
 public:
  void Opened(const ComplaintId& complaint, absl::Time now) {
    if (under_way_.insert(complaint).second) opened_.emplace_back(now, complaint);
  }
  void Changed(const ComplaintId& complaint, const storage::v1::ComplaintState& state) {
    if (IsThrough(state)) under_way_.erase(complaint);
  }
  // Complaints opened in the last second that are not through.
  size_t UnderWay(absl::Time now) {
    while (!opened_.empty() && (opened_.front().first + kCounts <= now ||
                                !under_way_.contains(opened_.front().second))) {
      under_way_.erase(opened_.front().second);
      opened_.pop_front();
    }
    return under_way_.size();
  }

 private:
  static constexpr absl::Duration kCounts = absl::Seconds(1);

  static bool IsThrough(const storage::v1::ComplaintState& state) {
    const auto& ownership = state.ownership();
    return state.stage().stage() != storage::v1::StageState::RECEIVED &&
           !(ownership.owner_id().empty() && ownership.queue_reason().empty()) &&
           state.clocks().sets() > 0;
  }

  absl::flat_hash_set<ComplaintId> under_way_;
  // In the order of time; those that are through are skipped when they come to the front.
  std::deque<std::pair<absl::Time, ComplaintId>> opened_;
};

}  // namespace redress::intake
