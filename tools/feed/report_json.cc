#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "libs/base/log.h"
#include "tools/feed/report.h"

namespace redress::feed {
namespace {

std::string Quoted(const std::string& text) { return LogValue::Quoted(text); }

std::string Instant(const google::protobuf::Timestamp& time) {
  return Quoted(
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ",
                       absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()),
                       absl::UTCTimeZone()));
}

// Writes `items` as a JSON array, an item a line.
template <typename Items, typename Write>
void Array(std::ostream& out, const Items& items, Write write) {
  out << "[";
  const char* between = "\n    ";
  for (const auto& item : items) {
    out << between << write(item);
    between = ",\n    ";
  }
  out << "]";
}

std::string Clock(const api::v1::ClockView& clock) {
  return absl::StrCat("{\"kind\": ", Quoted(event::v1::ClockSpec::Kind_Name(clock.kind())),
                      ", \"level\": ", clock.level(),
                      ", \"state\": ", Quoted(api::v1::ClockView::State_Name(clock.state())),
                      ", \"due_at\": ", clock.has_due_at() ? Instant(clock.due_at()) : "null",
                      ", \"target_seconds\": ", clock.target().seconds(),
                      ", \"consumed_seconds\": ", clock.consumed().seconds(),
                      ", \"consumed_percent\": ", clock.consumed_percent(),
                      ", \"breached\": ", clock.breached() ? "true" : "false",
                      ", \"warned_percent\": [", absl::StrJoin(clock.warned_percent(), ", "), "]}");
}

std::string Complaint(const api::v1::Complaint& complaint, const LineOrigin& origin) {
  std::vector<std::string> path;
  for (const auto& level : complaint.category()) path.push_back(Quoted(level.code()));
  std::vector<std::string> clocks;
  for (const auto& clock : complaint.clocks()) clocks.push_back(Clock(clock));
  const bool owned = !complaint.owner().empty();
  return absl::StrCat(
      "{\"tracking_code\": ", Quoted(complaint.tracking_code()),
      ", \"id\": ", Quoted(complaint.id()), ", \"source_id\": ", Quoted(origin.row_key),
      ", \"source\": ", Quoted(origin.source), ", \"file\": ", Quoted(origin.file),
      ", \"line\": ", origin.line, ", \"category_path\": [", absl::StrJoin(path, ", "),
      "], \"category_basis\": ", Quoted(complaint.category_basis()),
      ", \"stage\": ", Quoted(api::v1::Stage_Name(complaint.stage())),
      ", \"level\": ", complaint.level(),
      ", \"priority\": {\"band\": ", complaint.priority().band(),
      ", \"score\": ", complaint.priority().score(),
      ", \"ageing_per_hour\": ", complaint.priority().ageing_per_hour(),
      "}, \"owner\": ", owned ? Quoted(complaint.owner()) : "null",
      ", \"team\": ", Quoted(complaint.team()),
      ", \"queue\": ", owned || complaint.team().empty() ? "null" : Quoted(complaint.team()),
      ", \"queue_reason\": ", owned ? "null" : Quoted(complaint.queue_reason()),
      ", \"received_at\": ", Instant(complaint.received_at()), ", \"clocks\": [",
      absl::StrJoin(clocks, ", "), "]}");
}

}  // namespace

void WriteJson(const FeedReport& report, std::ostream& out) {
  const Tally& tally = report.tally;
  out << "{\n  \"lines\": " << tally.lines() << ",\n  \"taken\": " << tally.taken()
      << ",\n  \"duplicates\": " << tally.duplicates() << ",\n  \"rejected\": ";
  Array(out, tally.rejected(), [](const RejectedLine& line) {
    return absl::StrCat("{\"file\": ", Quoted(line.origin.file), ", \"line\": ", line.origin.line,
                        ", \"field\": ", Quoted(line.field), ", \"reason\": ", Quoted(line.reason),
                        "}");
  });
  std::vector<std::string> endpoints;
  for (const auto& [name, at] : report.endpoints)
    endpoints.push_back(absl::StrCat(Quoted(name), ": ", Quoted(at)));
  out << ",\n  \"seconds\": " << absl::StrFormat("%.3f", report.seconds)
      << ",\n  \"events\": " << report.events << ",\n  \"endpoints\": {"
      << absl::StrJoin(endpoints, ", ") << "},\n  \"data_dir\": " << Quoted(report.data_dir)
      << ",\n  \"complete\": " << (report.complete ? "true" : "false")
      << ",\n  \"trouble\": " << Quoted(report.trouble)
      << ",\n  \"at_level_2_or_higher\": " << report.escalations.candidates
      << ",\n  \"escalations\": ";
  Array(out, report.escalations.steps, [](const Escalation& one) {
    return absl::StrCat(
        "{\"tracking_code\": ", Quoted(one.tracking_code), ", \"id\": ", Quoted(one.complaint),
        ", \"from_level\": ", one.from_level, ", \"to_level\": ", one.to_level,
        ", \"because\": ", Quoted(one.because),
        ", \"at\": ", Quoted(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", one.at, absl::UTCTimeZone())),
        "}");
  });
  std::vector<std::pair<const LineOrigin*, const api::v1::Complaint*>> lines;
  for (const auto& [id, origin] : tally.complaints()) {
    const auto found = report.complaints.find(id);
    if (found != report.complaints.end()) lines.emplace_back(&origin, &found->second);
  }
  std::sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first->file, a.first->line) < std::tie(b.first->file, b.first->line);
  });
  out << ",\n  \"complaints\": ";
  Array(out, lines, [](const auto& line) { return Complaint(*line.second, *line.first); });
  out << "\n}\n";
}

}  // namespace redress::feed
