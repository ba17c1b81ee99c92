#include "tests/perf/demo_texts.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tools/feed/demo_line.h"
#include "tools/feed/rows/row.h"

namespace redress::perf {
namespace {

size_t Characters(const std::string& text) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins));
}

// The line as if it came by `via`, now.
feed::DemoLine ReadAs(feed::Row row, const char* via) {
  for (auto& [name, value] : row.values) {
    if (name == "via") value = via;
    if (name == "received_ago") value = "0m";
  }
  return feed::ReadDemoLine(row, absl::Now());
}

std::string SourceId(uint64_t number) { return absl::StrCat("perf-", number); }

}  // namespace

absl::StatusOr<DemoTexts> DemoTexts::Load(const std::string& path) {
  std::ifstream in(path);
  DemoTexts texts;
  std::set<std::string> seen;
  const auto reader = feed::ReadJsonLines(in);
  while (auto result = reader->Next()) {
    if (const auto* problem = std::get_if<feed::RowProblem>(&*result)) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", problem->line, ": ", problem->reason));
    }
    const auto& row = std::get<feed::Row>(*result);
    if (!row.Find("auto_submitted").empty() || !row.Find("reply_to").empty()) continue;
    if (!seen.emplace(row.Find("id")).second) continue;
    auto submission = ReadAs(row, "grpc");
    auto item = ReadAs(row, "inbound");
    if (std::holds_alternative<feed::RowProblem>(submission) ||
        std::holds_alternative<feed::RowProblem>(item)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", row.line, ": is no demo line"));
    }
    texts.submissions_.push_back(
        std::get<intake::v1::SubmitComplaintRequest>(std::move(submission)));
    texts.submissions_.back().clear_received_at();
    texts.items_.push_back(std::get<personal::v1::InboundItem>(std::move(item)));
    texts.items_.back().mutable_message()->clear_received_at_us();
  }
  const absl::Status fit = texts.Check(path);
  if (!fit.ok()) return fit;
  return texts;
}

absl::Status DemoTexts::Check(const std::string& path) {
  if (submissions_.empty()) return absl::NotFoundError(path + ": no complaints in it");
  std::vector<size_t> lengths;
  double chinese = 0;
  for (const auto& submission : submissions_) {
    lengths.push_back(Characters(submission.text()));
    chinese += submission.language() == "zh" ? 1 : 0;
  }
  std::nth_element(lengths.begin(), lengths.begin() + static_cast<long>(lengths.size() / 2),
                   lengths.end());
  median_characters_ = lengths[lengths.size() / 2];
  chinese_share_ = chinese / static_cast<double>(lengths.size());
  if (median_characters_ >= 200 && chinese_share_ > 0.37 && chinese_share_ < 0.43)
    return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(path, ": median ", median_characters_,
                                                    " characters (at least 200), ",
                                                    100 * chinese_share_, " % Chinese (40)"));
}

intake::v1::SubmitComplaintRequest DemoTexts::Submission(uint64_t number, int64_t sent_us) const {
  intake::v1::SubmitComplaintRequest request = submissions_[number % size()];
  request.set_request_id(SourceId(number));
  request.mutable_occurred_at()->set_seconds(sent_us / 1'000'000);
  request.mutable_occurred_at()->set_nanos(static_cast<int32_t>(sent_us % 1'000'000) * 1000);
  for (auto& contact : *request.mutable_complainant()->mutable_contacts()) {
    contact.set_value(absl::StrCat(number / size(), "-", contact.value()));
  }
  return request;
}

void DemoTexts::FillItem(uint64_t number, int64_t sent_us, personal::v1::InboundItem* item) const {
  *item = items_[number % size()];
  item->mutable_message()->set_sent_at_us(sent_us);
  auto* personal = item->mutable_personal();
  personal->set_thread_key(SourceId(number));
  personal->set_source_message_key(SourceId(number));
  for (auto& contact : *personal->mutable_sender_contacts()) {
    contact.set_value(absl::StrCat(number / size(), "-", contact.value()));
  }
}

size_t DemoTexts::mean_bytes() const {
  size_t bytes = 0;
  for (size_t i = 0; i < size(); ++i) bytes += Submission(i, 1'700'000'000'000'000).ByteSizeLong();
  return bytes / size();
}

}  // namespace redress::perf
