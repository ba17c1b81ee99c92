#include "services/intake/api/inbound_service.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/base/hash.h"
#include "libs/base/mutex.h"
#include "libs/base/text.h"
#include "libs/errors/errors.h"
#include "services/intake/api/roles.h"
#include "services/intake/projection/tables.h"

namespace redress::intake {
namespace {

constexpr int kMaxItems = 1000;

// Answers when every append has had its outcome; those come on threads of the log.
struct Batch {
  explicit Batch(Done<v1::PublishResponse> answer, int size)
      : done(std::move(answer)), missing(size) {
    for (int i = 0; i < size; ++i) response.add_outcomes();
  }
  void Fail(int item, absl::StatusCode code, std::string message) {
    Settle(item, [&](v1::PublishResponse::Outcome* outcome) {
      outcome->mutable_failure()->set_code(static_cast<int32_t>(code));
      outcome->mutable_failure()->set_message(std::move(message));
    });
  }
  template <typename Set>
  void Settle(int item, Set set) {
    {
      MutexLock lock(mutex);
      set(response.mutable_outcomes(item));
      if (--missing > 0) return;
    }
    done(std::move(response));
  }

  Done<v1::PublishResponse> done;
  Mutex mutex;
  int missing;
  v1::PublishResponse response;
};

void OnAppended(const std::shared_ptr<Batch>& batch, int item, Partition partition,
                const AppendOutcome& outcome) {
  if (outcome.kind == AppendOutcome::Kind::kAppended) {
    return batch->Settle(item, [&](v1::PublishResponse::Outcome* answered) {
      answered->mutable_position()->set_partition(static_cast<uint32_t>(partition.value()));
      answered->mutable_position()->set_offset(outcome.offset.value());
    });
  }
  const bool unknown = outcome.kind == AppendOutcome::Kind::kUnknown;
  const absl::StatusCode code = outcome.status.code();
  const bool known_code =
      code == absl::StatusCode::kInvalidArgument || code == absl::StatusCode::kResourceExhausted;
  batch->Fail(item, !unknown && known_code ? code : absl::StatusCode::kUnavailable,
              absl::StrCat(unknown ? "perhaps appended, publish it again: " : "not appended: ",
                           outcome.status.message()));
}

void Publish(IntakeCore* core, const CallContext& call, const v1::PublishRequest& request,
             Done<v1::PublishResponse> done) {
  const auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
  if (!role.ok()) return done(role.status());
  if (request.items().empty() || request.items_size() > kMaxItems) {
    return done(InvalidField("items", absl::StrCat("1 to ", kMaxItems, " items")));
  }
  const int32_t partitions = core->log().PartitionCount(Topic::kInbound);
  auto batch = std::make_shared<Batch>(std::move(done), request.items_size());
  for (int i = 0; i < request.items_size(); ++i) {
    auto record = RecordOfItem(request.items(i), core->secret(), core->clock().Now());
    if (!record.ok()) {
      batch->Fail(i, record.status().code(), std::string(record.status().message()));
      continue;
    }
    const TopicPartition to{Topic::kInbound, InboundPartition(*record->key, partitions)};
    core->log().Append(to, *std::move(record), [batch, i, to](AppendOutcome outcome) {
      OnAppended(batch, i, to.partition, outcome);
    });
  }
}

}  // namespace

Partition InboundPartition(std::string_view key, int32_t partitions) {
  const auto digest = Sha256(key);
  uint64_t first = 0;
  for (int i = 0; i < 8; ++i) first = first << 8 | digest[static_cast<size_t>(i)];
  return Partition(static_cast<int32_t>(first % static_cast<uint64_t>(partitions)));
}

absl::StatusOr<Record> RecordOfItem(const v1::PublishRequest::Item& item, std::string_view secret,
                                    absl::Time now) {
  const auto wrong = [](std::string what) { return absl::InvalidArgumentError(what); };
  Record record;
  record.key = item.key();
  std::string type = item.content_type().empty() ? "application/protobuf" : item.content_type();
  std::string id;
  if (item.has_item()) {
    const std::string& account = item.item().message().account_id();
    const auto& personal = item.item().personal();
    if (record.key->empty()) {
      if (account.empty() || personal.thread_key().empty()) {
        return wrong(
            "key: required, unless the item has message.account_id and personal.thread_key");
      }
      record.key = ThreadOf(secret, account, personal.thread_key()).ToBytes();
    }
    type = "application/protobuf";
    record.value = item.item().SerializeAsString();
    id = ItemOf(secret, account, personal.source_message_key()).ToHex();
  } else if (item.body_case() == v1::PublishRequest::Item::kValue) {
    if (record.key->empty()) return wrong("key: required with value");
    if (type != "application/protobuf" && type != "application/json") {
      return wrong("content_type: application/protobuf or application/json");
    }
    record.value = item.value();
    id = HashOf(*record.value).ToHex();
  } else {
    return wrong("body: value or item is required");
  }
  record.headers = {{"content-type", type},
                    {"ce_specversion", "1.0"},
                    {"ce_id", id},
                    {"ce_source", "/redress/intake/publish"},
                    {"ce_type", "redress.event.v1.InboundMessage"}};
  record.timestamp_ms = absl::ToUnixMillis(now);
  if (const size_t bytes = RecordBytes(record); bytes > kMaxRecordBytes) {
    return wrong(absl::StrCat(bytes, " bytes with key and headers, at most ", kMaxRecordBytes,
                              " are allowed"));
  }
  return record;
}

RpcService MakeInboundService(IntakeCore* core) {
  RpcService service("redress.intake.v1.InboundService");
  service.Unary<v1::PublishRequest, v1::PublishResponse>(
      "Publish", {}, [core](const CallContext& call, const v1::PublishRequest& request, auto done) {
        Publish(core, call, request, std::move(done));
      });
  return service;
}

}  // namespace redress::intake
