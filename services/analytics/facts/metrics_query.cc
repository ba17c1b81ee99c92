#include "services/analytics/facts/metrics_query.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/time.h"
#include "libs/domain/lifecycle.h"
#include "libs/errors/errors.h"

namespace redress::analytics {
namespace {

using S = storage::v1::StageState;

constexpr int kMaxDimensions = 3;
constexpr size_t kMaxRows = 1000;
// Groups kept while counting; more are not answered anyway.
constexpr size_t kMaxGroups = 100'000;

bool IsOpen(const ComplaintFact& fact) {
  return fact.stage() == S::RECEIVED || fact.stage() == S::ASSESSED ||
         fact.stage() == S::INVESTIGATING;
}

Measure Count(bool counted) { return {counted ? 1 : 0, 1}; }

// Of those that have the time.
Measure Since(int64_t from_us, int64_t to_us) {
  if (to_us == 0) return {};
  return {std::max<int64_t>(0, to_us - from_us) / 1000000, 1};
}

Measure Share(bool counted, bool of_whom) {
  return of_whom ? Measure{counted ? 1000 : 0, 1} : Measure{};
}

// Means and rates divide; counts do not.
bool IsMean(v1::Metric metric) {
  switch (metric) {
    case v1::METRIC_FIRST_RESPONSE_SECONDS:
    case v1::METRIC_RESOLUTION_SECONDS:
    case v1::METRIC_FIRST_CONTACT_RESOLUTION_PERMILLE:
    case v1::METRIC_ESCALATION_PERMILLE:
    case v1::METRIC_ON_TIME_PERMILLE:
      return true;
    default:
      return false;
  }
}

std::string CategoryPrefix(const std::string& path, int levels) {
  size_t end = 0;
  for (int i = 0; i < levels; ++i) {
    end = path.find('/', i == 0 ? 0 : end + 1);
    if (end == std::string::npos) return i + 1 == levels ? path : std::string();
  }
  return path.substr(0, end);
}

std::string TimeText(int64_t us, const char* format) {
  return absl::FormatTime(format, FromMicros(us), absl::UTCTimeZone());
}

std::string ChannelName(event::v1::Channel channel) {
  if (channel == event::v1::CHANNEL_UNSPECIFIED) return "";
  return absl::AsciiStrToLower(event::v1::Channel_Name(channel));
}

std::string Number(uint32_t value) { return value == 0 ? "" : std::to_string(value); }

int64_t MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1000000 + time.nanos() / 1000;
}

}  // namespace

std::string ValueOf(v1::Dimension dimension, const ComplaintFact& fact, const CodeOf& code_of) {
  switch (dimension) {
    case v1::DIMENSION_CATEGORY_1:
      return CategoryPrefix(fact.category(), 1);
    case v1::DIMENSION_CATEGORY_2:
      return CategoryPrefix(fact.category(), 2);
    case v1::DIMENSION_CATEGORY_3:
      return CategoryPrefix(fact.category(), 3);
    case v1::DIMENSION_PRODUCT_LINE:
      return fact.product_line();
    case v1::DIMENSION_REGION:
      return fact.region();
    case v1::DIMENSION_CHANNEL:
      return ChannelName(fact.channel());
    case v1::DIMENSION_LEVEL:
      return Number(fact.level());
    case v1::DIMENSION_TEAM:
      return code_of(fact.team_id());
    case v1::DIMENSION_HOUR:
      return TimeText(fact.received_at_us(), "%Y-%m-%dT%H");
    case v1::DIMENSION_DAY:
      return TimeText(fact.received_at_us(), "%Y-%m-%d");
    case v1::DIMENSION_WEEK:
      return TimeText(fact.received_at_us(), "%G-W%V");
    case v1::DIMENSION_MONTH:
      return TimeText(fact.received_at_us(), "%Y-%m");
    case v1::DIMENSION_STAGE:
      return std::string(StageName(fact.stage()));
    case v1::DIMENSION_SEVERITY:
      return Number(fact.severity());
    case v1::DIMENSION_PRIORITY_BAND:
      return Number(fact.priority_band());
    case v1::DIMENSION_LANGUAGE:
      return fact.language();
    default:
      return "";
  }
}

Measure MeasureOf(v1::Metric metric, const ComplaintFact& fact) {
  const bool resolved = fact.resolved_at_us() != 0;
  switch (metric) {
    case v1::METRIC_COMPLAINTS:
      return Count(true);
    case v1::METRIC_OPEN:
      return Count(IsOpen(fact));
    case v1::METRIC_FIRST_RESPONSE_SECONDS:
      return Since(fact.received_at_us(), fact.first_response_at_us());
    case v1::METRIC_RESOLUTION_SECONDS:
      return Since(fact.received_at_us(), fact.resolved_at_us());
    case v1::METRIC_FIRST_CONTACT_RESOLUTION_PERMILLE:
      return Share(fact.first_contact(), resolved);
    case v1::METRIC_ESCALATION_PERMILLE:
      return Share(fact.escalations() > 0, true);
    case v1::METRIC_ON_TIME_PERMILLE: {
      Measure measure;
      for (const auto& promise : fact.promises()) {
        measure.sum += promise.missed() ? 0 : 1000;
        ++measure.count;
      }
      return measure;
    }
    case v1::METRIC_RESOLVED:
      return Count(resolved);
    case v1::METRIC_REOPENED:
      return Count(fact.reopenings() > 0);
    case v1::METRIC_ESCALATED:
      return Count(fact.escalations() > 0);
    case v1::METRIC_BREACHES: {
      Measure measure{0, 1};
      for (const auto& promise : fact.promises()) measure.sum += promise.missed() ? 1 : 0;
      return measure;
    }
    case v1::METRIC_WITHDRAWN:
      return Count(fact.how() == S::HOW_WITHDRAWN);
    default:
      return {};
  }
}

absl::Status MetricsQuery::Check(const v1::GetMetricsRequest& request) {
  FieldViolations violations;
  if (request.metrics().empty()) violations.Add("metrics", "at least one");
  for (int i = 0; i < request.metrics_size(); ++i) {
    if (request.metrics(i) == v1::METRIC_UNSPECIFIED || !v1::Metric_IsValid(request.metrics(i))) {
      violations.Add(absl::StrCat("metrics[", i, "]"), "not a metric");
    }
  }
  if (request.group_by_size() > kMaxDimensions) violations.Add("group_by", "at most 3 dimensions");
  for (int i = 0; i < request.group_by_size(); ++i) {
    if (request.group_by(i) == v1::DIMENSION_UNSPECIFIED ||
        !v1::Dimension_IsValid(request.group_by(i))) {
      violations.Add(absl::StrCat("group_by[", i, "]"), "not a dimension");
    }
  }
  for (int i = 0; i < request.filters_size(); ++i) {
    if (request.filters(i).dimension() == v1::DIMENSION_UNSPECIFIED ||
        !v1::Dimension_IsValid(request.filters(i).dimension())) {
      violations.Add(absl::StrCat("filters[", i, "].dimension"), "not a dimension");
    }
    if (request.filters(i).values().empty())
      violations.Add(absl::StrCat("filters[", i, "].values"), "at least one");
  }
  if (request.limit() < 0) violations.Add("limit", "must not be negative");
  return violations.ToStatus();
}

bool MetricsQuery::Matches(const ComplaintFact& fact) const {
  const auto& span = request_.received();
  if (span.has_from() && fact.received_at_us() < MicrosOf(span.from())) return false;
  if (span.has_until() && fact.received_at_us() >= MicrosOf(span.until())) return false;
  return std::all_of(request_.filters().begin(), request_.filters().end(),
                     [&](const v1::Filter& filter) {
                       const std::string value = ValueOf(filter.dimension(), fact, code_of_);
                       return std::find(filter.values().begin(), filter.values().end(), value) !=
                              filter.values().end();
                     });
}

void MetricsQuery::Add(const ComplaintFact& fact) {
  if (!Matches(fact)) return;
  std::vector<std::string> keys;
  for (int dimension : request_.group_by()) {
    keys.push_back(ValueOf(static_cast<v1::Dimension>(dimension), fact, code_of_));
  }
  auto group = groups_.find(keys);
  if (group == groups_.end()) {
    if (groups_.size() >= kMaxGroups) {
      overflowed_ = true;
      return;
    }
    group = groups_.emplace(std::move(keys), std::vector<Measure>(request_.metrics_size())).first;
  }
  for (int i = 0; i < request_.metrics_size(); ++i) {
    const Measure measure = MeasureOf(request_.metrics(i), fact);
    group->second[i].sum += measure.sum;
    group->second[i].count += measure.count;
  }
}

v1::GetMetricsResponse MetricsQuery::Result() const {
  v1::GetMetricsResponse response;
  for (const auto& [keys, measures] : groups_) {
    v1::Row* row = response.add_rows();
    for (const std::string& key : keys) row->add_keys(key);
    for (int i = 0; i < request_.metrics_size(); ++i) {
      v1::MetricValue* value = row->add_values();
      value->set_metric(request_.metrics(i));
      value->set_count(measures[i].count);
      const bool mean = IsMean(request_.metrics(i));
      value->set_value(mean && measures[i].count > 0 ? measures[i].sum / measures[i].count
                                                     : measures[i].sum);
    }
  }
  auto* rows = response.mutable_rows();
  std::stable_sort(rows->begin(), rows->end(), [](const v1::Row& a, const v1::Row& b) {
    return a.values(0).value() > b.values(0).value();
  });
  const size_t limit =
      request_.limit() == 0 ? kMaxRows : std::min<size_t>(kMaxRows, request_.limit());
  response.set_truncated(overflowed_ || static_cast<size_t>(rows->size()) > limit);
  if (static_cast<size_t>(rows->size()) > limit)
    rows->DeleteSubrange(static_cast<int>(limit), rows->size() - static_cast<int>(limit));
  return response;
}

}  // namespace redress::analytics
