// The answers of `SlaService`, read from the rows of the last flush: clocks of a complaint, what is
// due soon, why a clock is where it is.
//
// Thread-safe: everything from any thread. Store, directory and clock must outlive the queries.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/directory/directory.h"
#include "libs/projection/projection_store.h"
#include "libs/runtime/projection.h"
#include "redress/sla/v1/sla_service.pb.h"

namespace redress::sla_timer {

class SlaQueries {
 public:
  SlaQueries(const ProjectionStore* store, const Directory* directory, const Clock* clock)
      : store_(store), directory_(directory), clock_(clock) {}

  // NOT_FOUND: no such complaint; INVALID_ARGUMENT names the field; DATA_LOSS: the store is
  // damaged. The consistency tokens of requests and answers are the caller's affair.
  absl::StatusOr<sla::v1::ListClocksResponse> ListClocks(
      const sla::v1::ListClocksRequest& request) const;
  // Clocks that have passed their target first (when asked for), then by what happens next. Reads
  // all complaints that are due before the page ends.
  absl::StatusOr<sla::v1::ListDueSoonResponse> ListDueSoon(
      const sla::v1::ListDueSoonRequest& request) const;
  absl::StatusOr<sla::v1::ExplainClockResponse> ExplainClock(
      const sla::v1::ExplainClockRequest& request) const;

 private:
  // By id or tracking code.
  absl::StatusOr<ComplaintRow> Find(std::string_view complaint) const;
  absl::StatusOr<ComplaintRow> Load(const ComplaintId& complaint) const;

  const ProjectionStore* const store_;
  const Directory* const directory_;
  const Clock* const clock_;
};

}  // namespace redress::sla_timer
