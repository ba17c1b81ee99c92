// Metrics over facts: what is counted, by which dimensions, of which complaints. Facts are added
// one after the other; the table never holds more than its bound of groups. Pure; not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "redress/analytics/v1/analytics_service.pb.h"
#include "services/analytics/facts/fact.h"

namespace redress::analytics {

// Codes for display, e.g. of a team id.
using CodeOf = std::function<std::string(const std::string& id)>;

// Sum and count behind one value.
struct Measure {
  int64_t sum = 0;
  int64_t count = 0;
};

class MetricsQuery {
 public:
  // INVALID_ARGUMENT names the field.
  static absl::Status Check(const v1::GetMetricsRequest& request);

  // Precondition: Check is OK.
  MetricsQuery(v1::GetMetricsRequest request, CodeOf code_of)
      : request_(std::move(request)), code_of_(std::move(code_of)) {}

  void Add(const ComplaintFact& fact);
  // Largest first by the first metric, then by keys.
  v1::GetMetricsResponse Result() const;

 private:
  bool Matches(const ComplaintFact& fact) const;

  const v1::GetMetricsRequest request_;
  const CodeOf code_of_;
  std::map<std::vector<std::string>, std::vector<Measure>> groups_;
  bool overflowed_ = false;
};

// The value of a dimension; empty: not known.
std::string ValueOf(v1::Dimension dimension, const ComplaintFact& fact, const CodeOf& code_of);
// What one complaint adds to a metric.
Measure MeasureOf(v1::Metric metric, const ComplaintFact& fact);

}  // namespace redress::analytics
