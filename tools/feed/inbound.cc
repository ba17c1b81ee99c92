#include "tools/feed/inbound.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "redress/intake/v1/complaint_queries.pb.h"
#include "redress/intake/v1/inbound_service.pb.h"
#include "tools/feed/call_all.h"

namespace redress::feed {
namespace {

using intake::v1::LookupSourceRequest;
using intake::v1::LookupSourceResponse;
using intake::v1::PublishRequest;
using intake::v1::PublishResponse;

constexpr size_t kBatch = 50;
constexpr int kAttempts = 20;
constexpr absl::Duration kPoll = absl::Milliseconds(100);

std::vector<absl::StatusOr<LookupSourceResponse>> LookUp(
    RpcChannel& channel, const std::vector<const InboundLine*>& lines) {
  std::vector<LookupSourceRequest> requests;
  for (const InboundLine* line : lines) {
    auto* item = requests.emplace_back().mutable_channel_item();
    item->set_account(line->item.message().account_id());
    item->set_source_message_key(line->item.personal().source_message_key());
  }
  return CallAll<LookupSourceResponse>(channel, "redress.intake.v1.ComplaintService/LookupSource",
                                       requests);
}

// Publishes until every line of the batch is durable or refused for good; the refused ones are
// tallied, the others added to `published`. Asked to stop, it leaves the rest alone.
absl::Status PublishBatch(RpcChannel& channel, std::vector<const InboundLine*> batch,
                          const std::atomic<bool>& stop, Tally* tally,
                          std::vector<const InboundLine*>* published) {
  absl::Status last;
  for (int attempt = 0; attempt < kAttempts && !batch.empty() && !stop; ++attempt) {
    if (attempt > 0) absl::SleepFor(absl::Milliseconds(100) * attempt);
    PublishRequest request;
    for (const InboundLine* line : batch) *request.add_items()->mutable_item() = line->item;
    const auto answer =
        channel.Call<PublishResponse>("redress.intake.v1.InboundService/Publish", request);
    if (!answer.ok()) {
      last = answer.status();
      if (last.code() != absl::StatusCode::kUnavailable &&
          last.code() != absl::StatusCode::kResourceExhausted)
        break;
      continue;
    }
    std::vector<const InboundLine*> again;
    for (int i = 0; i < answer->outcomes_size(); ++i) {
      const auto& outcome = answer->outcomes(i);
      const InboundLine* line = batch[static_cast<size_t>(i)];
      if (outcome.has_position()) {
        published->push_back(line);
      } else if (outcome.failure().code() == static_cast<int>(absl::StatusCode::kInvalidArgument)) {
        tally->Reject(line->origin, "row", outcome.failure().message());
      } else {
        last = absl::UnavailableError(outcome.failure().message());
        again.push_back(line);
      }
    }
    batch = std::move(again);
  }
  return batch.empty() || stop ? absl::OkStatus() : last;
}

void TallyLookup(const InboundLine& line, const LookupSourceResponse& answer, Tally* tally) {
  if (answer.state() == LookupSourceResponse::STATE_TAKEN) {
    tally->Take(line.origin, answer.complaint_id());
  } else {
    tally->Reject(
        line.origin, "row",
        absl::StrCat("screened: ", answer.screened_reason(),
                     answer.screened_detail().empty() ? "" : ", ", answer.screened_detail()));
  }
}

}  // namespace

absl::Status FeedInbound(RpcChannel& channel, const std::vector<InboundLine>& lines,
                         absl::Duration patience, const std::atomic<bool>& stop, Tally* tally) {
  if (stop) return absl::OkStatus();
  // Known from an earlier feed, or a second time in this one: published all the same, it must have
  // no effect.
  std::vector<const InboundLine*> all;
  for (const InboundLine& line : lines) all.push_back(&line);
  const auto before = LookUp(channel, all);
  std::set<std::pair<std::string, std::string>> seen;
  std::vector<const InboundLine*> fresh;
  std::vector<std::pair<const InboundLine*, std::string>> known;
  for (size_t i = 0; i < all.size(); ++i) {
    if (!before[i].ok()) return before[i].status();
    const bool first = seen.emplace(all[i]->item.message().account_id(),
                                    all[i]->item.personal().source_message_key())
                           .second;
    if (before[i]->state() == LookupSourceResponse::STATE_NOT_YET && first) {
      fresh.push_back(all[i]);
    } else {
      known.emplace_back(all[i], before[i]->complaint_id());
    }
  }
  std::vector<const InboundLine*> published;
  for (size_t begin = 0; begin < all.size() && !stop; begin += kBatch) {
    const std::vector<const InboundLine*> batch(
        all.begin() + static_cast<long>(begin),
        all.begin() + static_cast<long>(std::min(begin + kBatch, all.size())));
    const absl::Status sent = PublishBatch(channel, batch, stop, tally, &published);
    if (!sent.ok()) return sent;
  }
  const auto was_published = [&published](const InboundLine* line) {
    return std::find(published.begin(), published.end(), line) != published.end();
  };
  for (const auto& [line, complaint] : known) {
    if (was_published(line)) tally->Duplicate(line->origin, complaint);
  }
  std::vector<const InboundLine*> open;
  std::copy_if(fresh.begin(), fresh.end(), std::back_inserter(open), was_published);
  const absl::Time end = absl::Now() + patience;
  while (!open.empty() && !stop && absl::Now() < end) {
    const auto answers = LookUp(channel, open);
    std::vector<const InboundLine*> still;
    for (size_t i = 0; i < open.size(); ++i) {
      if (!answers[i].ok()) return answers[i].status();
      if (answers[i]->state() == LookupSourceResponse::STATE_NOT_YET) {
        still.push_back(open[i]);
      } else {
        TallyLookup(*open[i], *answers[i], tally);
      }
    }
    open = std::move(still);
    if (!open.empty()) absl::SleepFor(kPoll);
  }
  for (const InboundLine* line : open) {
    tally->Reject(
        line->origin, "row",
        absl::StrCat("published, but not taken in within ", absl::FormatDuration(patience)));
  }
  return absl::OkStatus();
}

}  // namespace redress::feed
