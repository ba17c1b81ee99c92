#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tools/feed/report.h"
#include "tools/terminal/complaint_words.h"

namespace redress::feed {
namespace {

using Complaints = std::vector<const api::v1::Complaint*>;

constexpr size_t kEscalationRows = 30;
constexpr size_t kRejectedRows = 10;

void Heading(std::ostream& out, const TerminalStyle& style, const std::string& text) {
  out << "\n" << style.Paint(Colour::kCyan, text) << "\n";
}

void PrintComplaints(const Complaints& complaints, size_t rows, const FeedReport& report,
                     const TerminalStyle& style, std::ostream& out) {
  Heading(out, style,
          complaints.size() > rows
              ? absl::StrCat("Complaints: the ", rows, " most urgent of ", complaints.size())
              : absl::StrCat("Complaints (", complaints.size(), ")"));
  Table table({"TRACKING CODE", "CATEGORY", "LEVEL", "PRIORITY", "OWNER", "CLOCKS"});
  for (size_t i = 0; i < std::min(rows, complaints.size()); ++i) {
    const auto& complaint = *complaints[i];
    table.Add({complaint.tracking_code(), CategoryWords(complaint),
               absl::StrCat("L", complaint.level()), PriorityWords(complaint, style),
               OwnerWords(complaint, style), NextClockWords(complaint, report.now, style)});
  }
  table.Print(out, style);
}

// A line per department and, indented, per type, the most frequent first.
void PrintCounts(const Complaints& complaints, const TerminalStyle& style, std::ostream& out) {
  struct Count {
    int64_t total = 0;
    int64_t by_level[5] = {0, 0, 0, 0, 0};
    void Add(uint32_t level) {
      ++total;
      ++by_level[std::min(level, 4u)];
    }
  };
  Count all;
  std::map<std::string, Count> departments;
  std::map<std::string, std::map<std::string, Count>> types;
  for (const auto* complaint : complaints) {
    const std::string department =
        complaint->category_size() > 0 ? complaint->category(0).code() : "(not assessed)";
    const std::string type = complaint->category_size() > 1 ? complaint->category(1).code() : "";
    all.Add(complaint->level());
    departments[department].Add(complaint->level());
    if (!type.empty()) types[department][type].Add(complaint->level());
  }
  const auto by_count = [](const std::map<std::string, Count>& counts) {
    std::vector<std::pair<std::string, Count>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second.total > b.second.total; });
    return sorted;
  };
  Heading(out, style, "By category and level");
  Table table({"CATEGORY", "COMPLAINTS", "L1", "L2", "L3", "L4"});
  const auto add = [&table](const std::string& name, const Count& count) {
    std::vector<std::string> cells = {name, absl::StrCat(count.total)};
    for (int level = 1; level <= 4; ++level) {
      cells.push_back(count.by_level[level] == 0 ? "·" : absl::StrCat(count.by_level[level]));
    }
    table.Add(std::move(cells));
  };
  for (const auto& [department, count] : by_count(departments)) {
    add(style.Paint(Colour::kBold, department), count);
    for (const auto& [type, part] : by_count(types[department])) add("  " + type, part);
  }
  add(style.Paint(Colour::kBold, "all"), all);
  table.Print(out, style);
}

void PrintQueues(const Complaints& complaints, const TerminalStyle& style, std::ostream& out) {
  std::map<std::string, int64_t> reasons;
  int64_t owned = 0;
  for (const auto* complaint : complaints) {
    if (!complaint->owner().empty()) {
      ++owned;
    } else if (!complaint->queue_reason().empty()) {
      ++reasons[absl::StrCat(complaint->team().empty() ? "no team" : complaint->team(), ": ",
                             WordsOfEnum(complaint->queue_reason()))];
    }
  }
  Heading(out, style, absl::StrCat("Owned ", owned, " of ", complaints.size()));
  if (reasons.empty()) return;
  Table table({"WAITING IN THE QUEUE OF", "COMPLAINTS"});
  for (const auto& [reason, count] : reasons) table.Add({reason, absl::StrCat(count)});
  table.Print(out, style);
}

void PrintEscalations(const FeedReport& report, const TerminalStyle& style, std::ostream& out) {
  const auto& [steps, candidates, looked_at] = report.escalations;
  std::map<std::string, int64_t> reasons;
  for (const Escalation& one : steps) ++reasons[one.because];
  Heading(out, style,
          absl::StrCat("Escalated ", steps.size(), " times",
                       looked_at < candidates
                           ? absl::StrCat(" (looked at ", looked_at, " of ", candidates,
                                          " complaints at level 2 or higher)")
                           : ""));
  for (const auto& [because, count] : reasons)
    out << absl::StrFormat("  %4d  %s\n", count, because);
  if (steps.empty()) return;
  Table table({"TRACKING CODE", "LEVEL", "BECAUSE", "WHEN"});
  for (size_t i = 0; i < std::min(kEscalationRows, steps.size()); ++i) {
    const Escalation& one = steps[i];
    table.Add({one.tracking_code, absl::StrCat("L", one.from_level, " → L", one.to_level),
               one.because, PlainTime(one.at)});
  }
  table.Print(out, style);
  if (steps.size() > kEscalationRows) {
    out << "  … and " << steps.size() - kEscalationRows << " more\n";
  }
}

void PrintRejected(const Tally& tally, const TerminalStyle& style, std::ostream& out) {
  if (tally.rejected().empty()) return;
  Heading(out, style, absl::StrCat("Rejected (", tally.rejected().size(), ")"));
  for (size_t i = 0; i < std::min(kRejectedRows, tally.rejected().size()); ++i) {
    const RejectedLine& line = tally.rejected()[i];
    out << "  " << line.origin.file << ":" << line.origin.line << ": " << line.field << ": "
        << line.reason << "\n";
  }
  if (tally.rejected().size() > kRejectedRows)
    out << "  … and " << tally.rejected().size() - kRejectedRows << " more\n";
}

}  // namespace

void PrintPicture(const FeedReport& report, size_t rows, const TerminalStyle& style,
                  std::ostream& out) {
  Complaints complaints;
  for (const auto& [id, complaint] : report.complaints) complaints.push_back(&complaint);
  std::sort(complaints.begin(), complaints.end(), [](const auto* a, const auto* b) {
    // Band 0: not assessed, last.
    const auto key = [](const api::v1::Complaint& one) {
      return std::make_tuple(one.priority().band() == 0 ? 9 : one.priority().band(),
                             -one.priority().score(), one.received_at().seconds(),
                             one.tracking_code());
    };
    return key(*a) < key(*b);
  });
  if (!complaints.empty()) {
    PrintComplaints(complaints, rows, report, style, out);
    PrintCounts(complaints, style, out);
    PrintQueues(complaints, style, out);
    PrintEscalations(report, style, out);
  }
  PrintRejected(report.tally, style, out);
  Heading(out, style, "Fed");
  out << absl::StrFormat("  %d lines: %d taken, %d duplicates, %d rejected; %.1f s",
                         report.tally.lines(), report.tally.taken(), report.tally.duplicates(),
                         report.tally.rejected().size(), report.seconds);
  if (report.events >= 0) out << ", " << report.events << " events";
  out << "\n";
  for (const auto& [name, at] : report.endpoints) out << absl::StrFormat("  %-8s %s\n", name, at);
  if (!report.data_dir.empty()) out << absl::StrFormat("  %-8s %s\n", "data", report.data_dir);
  if (!report.complete)
    out << style.Paint(Colour::kRed, "  not complete: " + report.trouble) << "\n";
}

}  // namespace redress::feed
