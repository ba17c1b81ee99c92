#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "redress/analytics/v1/analytics_service.pb.h"
#include "redress/intake/v1/log_service.pb.h"
#include "tools/redressctl/commands.h"
#include "tools/terminal/complaint_words.h"

namespace redress::ctl {
namespace {

using analytics::v1::GetSummaryResponse;
using analytics::v1::Metric;
using analytics::v1::MetricValue;
using intake::v1::GetStatusResponse;

std::string MetricName(Metric metric) {
  return WordsOfEnum(analytics::v1::Metric_Name(metric).substr(std::string("METRIC_").size()));
}

std::string MetricText(const MetricValue& value) {
  const std::string name = analytics::v1::Metric_Name(value.metric());
  const bool seconds = name.find("SECONDS") != std::string::npos;
  const bool share = name.find("PERMILLE") != std::string::npos;
  if ((seconds || share) && value.count() == 0) return "-";
  if (seconds) return ShortDuration(absl::Seconds(value.value()));
  if (share) return absl::StrFormat("%.1f %%", static_cast<double>(value.value()) / 10);
  return absl::StrCat(value.value());
}

void PrintStatus(Session& session, const GetStatusResponse& status) {
  session.out() << session.style().Paint(Colour::kBold, "Redress " + status.version())
                << ", instance " << status.instance() << ", log " << status.log_id() << ", up "
                << ShortDuration(absl::Now() - TimeOf(status.started_at())) << "\n\n";
  Table table({"MODULE", "READY", "LAG", "FOLDED", "WAITING", "PARKED", "NOTE"});
  for (const auto& module : status.modules()) {
    int64_t lag = 0;
    int64_t folded = 0;
    for (const auto& partition : module.partitions()) {
      lag += partition.lag_records();
      folded += partition.position();
    }
    table.Add({module.name(),
               module.ready() ? session.style().Paint(Colour::kGreen, "yes")
                              : session.style().Paint(Colour::kRed, "no"),
               absl::StrCat(lag), absl::StrCat(folded), absl::StrCat(module.work_waiting()),
               absl::StrCat(module.work_parked()), module.not_ready_reason()});
  }
  table.Print(session.out(), session.style());
}

void PrintRows(Session& session, const std::string& title,
               const google::protobuf::RepeatedPtrField<analytics::v1::Row>& rows) {
  if (rows.empty()) return;
  std::vector<std::string> head = {title};
  for (const MetricValue& value : rows.begin()->values())
    head.push_back(MetricName(value.metric()));
  Table table(std::move(head));
  for (const auto& row : rows) {
    const std::string key = absl::StrJoin(row.keys(), " ");
    std::vector<std::string> cells = {key.empty() ? "(none)" : key};
    for (const MetricValue& value : row.values()) cells.push_back(MetricText(value));
    table.Add(std::move(cells));
  }
  session.out() << "\n";
  table.Print(session.out(), session.style());
}

void PrintSummary(Session& session, const GetSummaryResponse& summary) {
  session.out() << "\n";
  Table totals({"METRIC", "VALUE"});
  for (const MetricValue& value : summary.totals())
    totals.Add({MetricName(value.metric()), MetricText(value)});
  totals.Print(session.out(), session.style());
  PrintRows(session, "CATEGORY", summary.by_category());
  PrintRows(session, "LEVEL", summary.by_level());
  PrintRows(session, "CHANNEL", summary.by_channel());
  PrintRows(session, "TEAM", summary.by_team());
}

}  // namespace

int Stats(Session& session) {
  const auto status =
      session.Call<GetStatusResponse>("LogService/GetStatus", intake::v1::GetStatusRequest());
  if (!status.ok()) return session.Fail(status.status());
  if (session.json) {
    session.PrintJson(*status);
  } else {
    PrintStatus(session, *status);
  }
  // A process without analytics answers UNIMPLEMENTED: then there is only the status.
  const auto summary = session.Call<GetSummaryResponse>(
      "redress.analytics.v1.AnalyticsService/GetSummary", analytics::v1::GetSummaryRequest());
  if (summary.status().code() == absl::StatusCode::kUnimplemented) return kOk;
  if (!summary.ok()) return session.Fail(summary.status());
  if (session.json) {
    session.PrintJson(*summary);
  } else {
    PrintSummary(session, *summary);
  }
  return kOk;
}

}  // namespace redress::ctl
