#include "libs/host/tail.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/text.h"
#include "libs/domain/payloads.h"
#include "libs/domain/verdict.h"
#include "libs/errors/errors.h"
#include "libs/runtime/token.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress {
namespace {

using google::protobuf::Message;
using intake::v1::TailRequest;
using intake::v1::TailResponse;

std::optional<Topic> TopicOf(const std::string& name) {
  if (const auto full = TopicFromName(name)) return full;
  return TopicFromName(absl::StrCat("redress.", name, ".v1"));
}

// Any message as a Struct, by its JSON mapping.
void ToStruct(const Message& message, google::protobuf::Struct* out) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return;
  // What was printed is an object, so it parses.
  (void)google::protobuf::util::JsonStringToMessage(json, out);
}

std::unique_ptr<Message> NewPersonal(const std::string& name) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
          absl::StrCat("redress.personal.v1.", name));
  if (descriptor == nullptr) return nullptr;
  const Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor);
  return std::unique_ptr<Message>(prototype->New());
}

void DecodePayload(const event::v1::Event& event, bool personal, TailResponse* response) {
  const PayloadInfo* info = FindPayload(event.type());
  if (info == nullptr) {
    response->set_type_name(absl::StrCat("type ", event.type(), " (of a newer release)"));
    return;
  }
  response->set_type_name(info->name);
  const std::unique_ptr<Message> payload(info->prototype->New());
  if (!payload->ParseFromString(event.payload())) {
    response->set_problem("the payload does not parse");
    return;
  }
  ToStruct(*payload, response->mutable_payload());
  if (!personal || info->sealed.empty()) return;
  const std::unique_ptr<Message> companion = NewPersonal(info->sealed);
  for (const auto& part : event.sealed()) {
    if (part.key_id().empty()) companion->MergeFromString(part.ciphertext());
  }
  ToStruct(*companion, response->mutable_personal());
}

// Reads and writes in turns, never faster than the stream takes.
class Tail : public std::enable_shared_from_this<Tail> {
 public:
  Tail(EventLog* log, std::shared_ptr<Executor> executor, TailRequest request,
       StreamWriter<TailResponse> writer)
      : log_(log),
        executor_(std::move(executor)),
        request_(std::move(request)),
        writer_(std::move(writer)) {}

  void Start() {
    const Topic topic = *TopicOf(request_.topic());
    if (!request_.resume_token().empty()) next_ = ParseToken(request_.resume_token())->ends;
    std::set<int32_t> wanted(request_.partitions().begin(), request_.partitions().end());
    for (int32_t p = 0; p < log_->PartitionCount(topic); ++p) {
      if (!wanted.empty() && wanted.count(p) == 0) continue;
      sources_.push_back({topic, Partition(p)});
    }
    missing_ends_ = sources_.size();
    for (TopicPartition source : sources_) {
      log_->End(source, [self = shared_from_this(), source](absl::StatusOr<Offset> end) {
        self->executor_->Post([self, source, end = std::move(end)] { self->OnEnd(source, end); });
      });
    }
  }

 private:
  void OnEnd(TopicPartition source, const absl::StatusOr<Offset>& end) {
    if (!end.ok()) return Finish(end.status());
    ends_[source] = *end;
    if (--missing_ends_ > 0) return;
    std::vector<ReadFrom> starts;
    // Whoever asks for the oldest means what is kept; a stream that resumes is told what is gone.
    const bool resumes = request_.from_case() == TailRequest::kResumeToken;
    for (TopicPartition from : sources_) starts.push_back({from, StartOf(from), !resumes});
    auto reader = log_->OpenReader(std::move(starts));
    if (!reader.ok()) return Finish(reader.status());
    reader_ = *std::move(reader);
    const auto wake = [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->executor_->Post([self] { self->Pump(); });
    };
    reader_->SetWake(wake);
    // The sink holds the tail: it ends when the stream does.
    writer_.SetWake(
        [self = shared_from_this()] { self->executor_->Post([self] { self->Pump(); }); });
    Pump();
  }

  Offset StartOf(TopicPartition source) {
    const Offset end = ends_[source];
    switch (request_.from_case()) {
      case TailRequest::kOldest:
        return Offset(0);
      case TailRequest::kResumeToken:
        return next_.count(source) > 0 ? next_[source] : Offset(0);
      // Offsets are not dense, so this shows at most so many.
      case TailRequest::kLast:
        return Offset(std::max<int64_t>(0, end.value() - request_.last()));
      default:
        return end;
    }
  }

  void Pump() {
    if (finished_) return;
    if (writer_.closed()) return Finish(absl::CancelledError());
    while (true) {
      if (waiting_.empty() && !ReadMore()) return;
      if (waiting_.empty()) {
        if (!request_.follow() && AtEnd()) return Finish(absl::OkStatus());
        return;
      }
      const WriteResult written = writer_.Write(waiting_.front());
      if (written == WriteResult::kFull) return;
      if (written == WriteResult::kClosed) return Finish(absl::CancelledError());
      waiting_.pop_front();
      if (request_.limit() > 0 && ++sent_ >= request_.limit()) return Finish(absl::OkStatus());
    }
  }

  // False when the tail ended.
  bool ReadMore() {
    ReadBatch batch;
    const absl::Status polled = reader_->Poll(64, &batch);
    if (!polled.ok() && !absl::IsUnavailable(polled)) {
      Finish(polled);
      return false;
    }
    for (const RecordView& record : batch.records) {
      next_[record.source] = record.offset.Next();
      TailResponse response = DecodeRecord(record, request_.include_personal());
      if (!request_.stream_id().empty() && !Concerns(record)) continue;
      ConsistencyToken token{log_->log_id(), next_};
      response.set_resume_token(FormatToken(token));
      waiting_.push_back(std::move(response));
    }
    for (const EndOfPartition& end : batch.ends) {
      next_[end.source] = std::max(next_[end.source], end.end);
    }
    if (!batch.records.empty() && waiting_.empty()) return ReadMore();
    return true;
  }

  bool Concerns(const RecordView& record) const {
    const auto id = StreamId::FromHex(request_.stream_id());
    return id && record.key && *record.key == id->bytes();
  }

  bool AtEnd() {
    return std::all_of(sources_.begin(), sources_.end(),
                       [this](TopicPartition source) { return next_[source] >= ends_[source]; });
  }

  void Finish(absl::Status status) {
    if (finished_) return;
    finished_ = true;
    reader_.reset();
    writer_.Finish(std::move(status));
  }

  EventLog* const log_;
  const std::shared_ptr<Executor> executor_;
  const TailRequest request_;
  const StreamWriter<TailResponse> writer_;
  std::vector<TopicPartition> sources_;
  size_t missing_ends_ = 0;
  std::map<TopicPartition, Offset> ends_;
  std::map<TopicPartition, Offset> next_;
  std::unique_ptr<LogReader> reader_;
  std::deque<TailResponse> waiting_;
  int64_t sent_ = 0;
  bool finished_ = false;
};

}  // namespace

absl::Status CheckTail(const CallContext& call, const TailRequest& request) {
  FieldViolations violations;
  if (!TopicOf(request.topic())) {
    violations.Add("topic", "required: complaints, inbound, directory, keys, audit or deadletter");
  }
  if (!request.resume_token().empty() && !ParseToken(request.resume_token()).ok()) {
    violations.Add("resume_token", "not a token of this system");
  }
  if (!request.stream_id().empty() && !StreamId::FromHex(request.stream_id())) {
    violations.Add("stream_id", "32 hexadecimal digits");
  }
  if (request.last() < 0) violations.Add("last", "must not be negative");
  if (!violations.empty()) return violations.ToStatus();
  return request.include_personal() ? RequireRole(call.caller(), "personal") : absl::OkStatus();
}

void StartTail(EventLog* log, std::shared_ptr<Executor> executor, TailRequest request,
               StreamWriter<TailResponse> writer) {
  auto tail = std::make_shared<Tail>(log, executor, std::move(request), std::move(writer));
  executor->Post([tail] { tail->Start(); });
}

TailResponse DecodeRecord(const RecordView& record, bool personal) {
  TailResponse response;
  response.set_topic(std::string(TopicName(record.source.topic)));
  response.set_partition(static_cast<uint32_t>(record.source.partition.value()));
  response.set_offset(record.offset.value());
  response.mutable_appended_at()->set_seconds(record.timestamp_ms / 1000);
  response.mutable_appended_at()->set_nanos(static_cast<int32_t>(record.timestamp_ms % 1000) *
                                            1000000);
  response.set_key(absl::BytesToHexString(Absl(record.key.value_or(""))));
  const std::string_view value = record.value.value_or("");
  response.set_value_size(static_cast<uint32_t>(value.size()));
  const auto type = record.Header("ce_type");
  if (record.source.topic == Topic::kInbound &&
      (!type || *type == "redress.event.v1.InboundMessage")) {
    response.set_type_name("InboundMessage");
    personal::v1::InboundItem item;
    if (record.Header("content-type").value_or("") != "application/json" &&
        !item.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      response.set_problem("the bytes are no InboundItem");
    }
    ToStruct(item.message(), response.mutable_payload());
    if (personal) ToStruct(item.personal(), response.mutable_personal());
    return response;
  }
  event::v1::Event event;
  if (!event.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    response.set_problem("the bytes are no event");
    return response;
  }
  ToStruct(event.header(), response.mutable_header());
  DecodePayload(event, personal, &response);
  return response;
}

}  // namespace redress
