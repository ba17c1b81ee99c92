// `ComplaintFilter` made ready: which complaints a caller wants to see. Immutable, thread-safe.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "libs/runtime/projection.h"
#include "redress/intake/v1/complaint_queries.pb.h"
#include "services/intake/api/complaint_name.h"

namespace redress::intake {

class FilterMatcher {
 public:
  // INVALID_ARGUMENT names what is wrong. Codes that nobody has match nothing.
  static absl::StatusOr<FilterMatcher> Of(const v1::ComplaintFilter& filter);

  // A clock counts as missed once its breach is on the log.
  bool Matches(const ComplaintRow& row) const;

  // Times of receipt, µs, half open; `until` 0: no bound.
  int64_t received_from_us() const { return from_us_; }
  int64_t received_until_us() const { return until_us_; }

 private:
  bool MatchesAssignment(const ComplaintRow& row) const;
  bool MatchesRecord(const ComplaintRow& row) const;

  v1::ComplaintFilter filter_;
  std::set<std::string> teams_;
  std::set<std::string> owners_;
  std::set<ComplaintId> ids_;
  std::set<std::string> codes_;
  int64_t from_us_ = 0;
  int64_t until_us_ = 0;
};

}  // namespace redress::intake
