// WatchComplaints: follows the complaint topic from a token on and shows each effective change of a
// complaint that matches, with the state right after it. The log gives order and completeness, the
// projection's history the verdict: a batch of records is shown once the projection has folded and
// flushed it. Nothing is kept per reader but one batch; a slow reader stops its own reading.
#include <algorithm>
#include <deque>
#include <map>
#include <memory>

#include "libs/api/proto_time.h"
#include "libs/base/status.h"
#include "libs/domain/payloads.h"
#include "libs/errors/errors.h"
#include "redress/intake/v1/complaint_queries.pb.h"
#include "redress/intake/v1/complaint_service.pb.h"
#include "services/intake/api/complaint_filter.h"
#include "services/intake/api/complaint_service.h"
#include "services/intake/api/roles.h"
#include "services/intake/projection/tables.h"
#include "services/intake/view/complaint_texts.h"
#include "services/intake/view/complaint_view.h"
#include "services/intake/view/history_view.h"
#include "services/intake/view/stored_complaint.h"

namespace redress::intake {
namespace {

constexpr size_t kBatch = 64;
constexpr absl::Duration kPatience = absl::Seconds(30);

struct Place {
  TopicPartition source;
  Offset offset;
  ComplaintId complaint;
};

class Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(IntakeCore* core, v1::WatchComplaintsRequest request, FilterMatcher filter,
        StreamWriter<v1::WatchComplaintsResponse> writer)
      : core_(core),
        request_(std::move(request)),
        filter_(std::move(filter)),
        writer_(std::move(writer)) {}

  // From here on everything runs on the queries' thread.
  void Start() {
    if (!request_.resume_token().empty()) next_ = ParseToken(request_.resume_token())->ends;
    sources_ = ComplaintPartitions(core_->log());
    missing_ends_ = sources_.size();
    for (const TopicPartition source : sources_) {
      core_->log().End(source, [self = shared_from_this(), source](absl::StatusOr<Offset> end) {
        self->core_->queries().Post(
            [self, source, end = std::move(end)] { self->OnEnd(source, end); });
      });
    }
  }

 private:
  void OnEnd(TopicPartition source, const absl::StatusOr<Offset>& end) {
    if (!end.ok()) return Finish(end.status());
    ends_[source] = *end;
    if (--missing_ends_ > 0) return;
    const bool resumes = !request_.resume_token().empty();
    std::vector<ReadFrom> starts;
    for (const TopicPartition from : sources_) {
      Offset& start = next_[from];
      if (!resumes) start = ends_[from];
      starts.push_back({from, start});
    }
    auto reader = core_->log().OpenReader(std::move(starts));
    if (!reader.ok()) return Finish(reader.status());
    reader_ = *std::move(reader);
    reader_->SetWake([core = core_, weak = weak_from_this()] {
      core->queries().Post([weak] {
        if (auto self = weak.lock()) self->Pump();
      });
    });
    // The sink holds the watch: it ends when the stream does.
    writer_.SetWake(
        [self = shared_from_this()] { self->core_->queries().Post([self] { self->Pump(); }); });
    listing_ = request_.initial();
    // The list is read at a flush that holds all that stood on the log at the start.
    listing_ ? AwaitFlush({core_->log().log_id(), ends_}) : Pump();
  }

  void AwaitFlush(ConsistencyToken token) {
    awaiting_ = true;
    core_->WhenFolded(token, core_->clock().Now() + kPatience,
                      [self = shared_from_this()](absl::Status reached) {
                        self->core_->queries().Post([self, reached] {
                          self->awaiting_ = false;
                          if (!reached.ok()) return self->Finish(reached);
                          self->Pump();
                        });
                      });
  }

  void Pump() {
    if (finished_ || awaiting_ || reader_ == nullptr) return;
    if (writer_.closed()) return Finish(absl::CancelledError());
    while (Send()) {
      absl::Status status;
      if (listing_) {
        status = ListSome();
      } else if (!read_.empty()) {
        status = ShowRead();
      } else if (!ReadMore(&status)) {
        if (status.ok()) return;
      }
      if (!status.ok()) return Finish(std::move(status));
      if (awaiting_) return;
    }
  }

  // Writes what waits; false when the reader takes no more for now.
  bool Send() {
    while (!waiting_.empty()) {
      const WriteResult written = writer_.Write(waiting_.front());
      if (written == WriteResult::kFull) return false;
      if (written == WriteResult::kClosed) {
        Finish(absl::CancelledError());
        return false;
      }
      waiting_.pop_front();
    }
    return !finished_;
  }

  // Some more of what matches now, by time of receipt.
  absl::Status ListSome() {
    std::vector<ComplaintId> some;
    const std::string from = list_after_.empty() ? ReceivedPrefix() : list_after_ + '\0';
    REDRESS_RETURN_IF_ERROR(core_->store().Scan(from, AfterPrefix(ReceivedPrefix()), false,
                                                [&](std::string_view key, std::string_view) {
                                                  list_after_ = std::string(key);
                                                  some.push_back(ReceivedComplaint(key));
                                                  return some.size() < kBatch;
                                                }));
    for (const ComplaintId& id : some) {
      REDRESS_ASSIGN_OR_RETURN(const auto row, LoadComplaint(core_->store(), id));
      if (!row || !filter_.Matches(*row)) continue;
      v1::WatchComplaintsResponse response;
      REDRESS_ASSIGN_OR_RETURN(*response.mutable_complaint(),
                               ViewOf(*row, request_.view(), Sources()));
      waiting_.push_back(std::move(response));
    }
    listing_ = some.size() == kBatch;
    return absl::OkStatus();
  }

  // Reads a batch and waits until the projection holds it. False when nothing is there yet, or on
  // an error.
  bool ReadMore(absl::Status* status) {
    ReadBatch batch;
    const absl::Status polled = reader_->Poll(kBatch, &batch);
    if (!polled.ok() && !absl::IsUnavailable(polled)) {
      *status = absl::IsOutOfRange(polled) ? InvalidField("resume_token", "lies outside of the log")
                                           : polled;
      return false;
    }
    std::map<TopicPartition, Offset> to = next_;
    for (const RecordView& record : batch.records) {
      to[record.source] = record.offset.Next();
      read_.push_back(
          {record.source, record.offset, ComplaintId::FromBytesOrNone(record.key.value_or(""))});
    }
    for (const EndOfPartition& end : batch.ends) to[end.source] = std::max(to[end.source], end.end);
    if (read_.empty()) {
      next_ = std::move(to);
      const bool at_end =
          std::all_of(sources_.begin(), sources_.end(),
                      [this](TopicPartition source) { return next_[source] >= ends_[source]; });
      if (at_end && !told_caught_up_) {
        told_caught_up_ = true;
        v1::WatchComplaintsResponse response;
        response.set_caught_up(true);
        response.set_resume_token(FormatToken({core_->log().log_id(), next_}));
        waiting_.push_back(std::move(response));
        return true;
      }
      return false;
    }
    AwaitFlush({core_->log().log_id(), to});
    return true;
  }

  absl::Status ShowRead() {
    while (!read_.empty()) {
      const Place place = read_.front();
      read_.pop_front();
      next_[place.source] = place.offset.Next();
      REDRESS_RETURN_IF_ERROR(Show(place));
    }
    return absl::OkStatus();
  }

  absl::Status Show(const Place& place) {
    REDRESS_ASSIGN_OR_RETURN(const auto row, LoadComplaint(core_->store(), place.complaint));
    // An event of no complaint: void.
    if (!row) return absl::OkStatus();
    REDRESS_ASSIGN_OR_RETURN(const auto step, LoadStep(core_->store(), row->row, place.offset));
    if (!step || !step->effective()) return absl::OkStatus();
    v1::WatchComplaintsResponse response;
    if (step->row.version == row->head.version()) {
      if (!filter_.Matches(*row)) return absl::OkStatus();
      REDRESS_ASSIGN_OR_RETURN(*response.mutable_complaint(),
                               ViewOf(*row, request_.view(), Sources()));
    } else {
      // It has moved on since: the state right after this change is folded anew.
      REDRESS_ASSIGN_OR_RETURN(const auto then,
                               FoldHistory(core_->store(), *row, [&](const HistoryStep& one) {
                                 return one.offset <= place.offset;
                               }));
      if (!then || !filter_.Matches(then->row)) return absl::OkStatus();
      auto* view = response.mutable_complaint();
      *view = ViewOfState(then->row, then->version, Sources());
      SetHeadline(then->steps.front(), view);
      *view->mutable_updated_at() = ToTimestamp(then->updated_at_us);
      if (request_.view() == api::v1::COMPLAINT_VIEW_FULL) {
        for (const auto& value : then->row.state.record().fields())
          *view->add_fields() = value.field();
        for (const HistoryStep& one : then->steps) AddTexts(one, core_->directory(), view);
      }
    }
    *response.mutable_event() = ViewOfStep(*step, false, core_->directory());
    response.set_resume_token(FormatToken({core_->log().log_id(), next_}));
    waiting_.push_back(std::move(response));
    return absl::OkStatus();
  }

  ViewSources Sources() {
    return {core_->store(), core_->directory(), core_->log().log_id(), core_->clock().Now()};
  }

  void Finish(absl::Status status) {
    if (finished_) return;
    finished_ = true;
    reader_.reset();
    writer_.Finish(std::move(status));
  }

  IntakeCore* const core_;
  const v1::WatchComplaintsRequest request_;
  const FilterMatcher filter_;
  const StreamWriter<v1::WatchComplaintsResponse> writer_;
  std::vector<TopicPartition> sources_;
  size_t missing_ends_ = 0;
  std::map<TopicPartition, Offset> ends_;
  // Shown up to here.
  std::map<TopicPartition, Offset> next_;
  std::unique_ptr<LogReader> reader_;
  std::deque<Place> read_;
  std::deque<v1::WatchComplaintsResponse> waiting_;
  std::string list_after_;
  bool listing_ = false;
  bool awaiting_ = false;
  bool told_caught_up_ = false;
  bool finished_ = false;
};

absl::StatusOr<FilterMatcher> CheckWatch(IntakeCore* core,
                                         const v1::WatchComplaintsRequest& request) {
  if (!api::v1::ComplaintView_IsValid(request.view())) return InvalidField("view", "BASIC or FULL");
  if (!request.resume_token().empty()) {
    const auto token = ParseToken(request.resume_token());
    if (!token.ok() || token->log != core->log().log_id()) {
      return InvalidField("resume_token", "not a token of this log");
    }
    if (request.initial()) return InvalidField("initial", "not together with resume_token");
  }
  return FilterMatcher::Of(request.filter());
}

}  // namespace

void AddWatch(IntakeCore* core, RpcService* service) {
  service->Stream<v1::WatchComplaintsRequest, v1::WatchComplaintsResponse>(
      "WatchComplaints", {},
      [core](const CallContext& call, const v1::WatchComplaintsRequest& request,
             StreamWriter<v1::WatchComplaintsResponse> writer) {
        const auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
        if (!role.ok()) return writer.Finish(role.status());
        auto filter = CheckWatch(core, request);
        if (!filter.ok()) return writer.Finish(filter.status());
        auto watch = std::make_shared<Watch>(core, request, *std::move(filter), writer);
        const absl::Time until = std::min(call.deadline(), core->clock().Now() + kPatience);
        AskAfter(
            core, request.consistency_token(), until, [watch] { watch->Start(); },
            [writer](absl::Status status) { writer.Finish(std::move(status)); });
      });
}

}  // namespace redress::intake
