#include "libs/event_log/kafka/producer.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/log.h"
#include "libs/base/status.h"

namespace redress {
namespace {

constexpr int kProducerPollMs = 100;

AppendOutcome OutcomeOf(const rd_kafka_message_t& message) {
  AppendOutcome outcome;
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (message.offset >= 0) {
      outcome.kind = AppendOutcome::Kind::kAppended;
      outcome.offset = Offset(message.offset);
    } else {
      // The broker knew a resent batch by its sequence numbers but no longer its place.
      outcome.status = absl::UnavailableError("Kafka: appended, but the broker did not say where");
    }
    return outcome;
  }
  outcome.status = KafkaStatus(message.err, "Kafka: append");
  if (rd_kafka_message_status(&message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED) {
    outcome.kind = AppendOutcome::Kind::kNotAppended;
  }
  return outcome;
}

}  // namespace

KafkaProducer::Session::~Session() {
  if (events != nullptr) rd_kafka_queue_destroy(events);
  for (rd_kafka_topic_t* topic : topics) {
    if (topic != nullptr) rd_kafka_topic_destroy(topic);
  }
}

absl::StatusOr<std::unique_ptr<KafkaProducer>> KafkaProducer::Make(const KafkaOptions& options,
                                                                   CallbackThread* callbacks) {
  std::unique_ptr<KafkaProducer> producer(new KafkaProducer(options, callbacks));
  REDRESS_ASSIGN_OR_RETURN(producer->session_, producer->NewSession());
  ++producer->handles_made_;
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error =
      rd_kafka_metadata(producer->session_->handle.get(), 0, nullptr, &metadata,
                        static_cast<int>(absl::ToInt64Milliseconds(options.open_timeout)));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return KafkaStatus(error, "Kafka: metadata of the producer");
  rd_kafka_metadata_destroy(metadata);
  producer->thread_ = std::thread([self = producer.get()] { self->Run(); });
  return producer;
}

KafkaProducer::KafkaProducer(const KafkaOptions& options, CallbackThread* callbacks)
    : options_(options), callbacks_(callbacks) {}

KafkaProducer::~KafkaProducer() {
  if (!thread_.joinable()) return;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    rd_kafka_queue_yield(session_->events);
  }
  thread_.join();
}

absl::StatusOr<std::unique_ptr<KafkaProducer::Session>> KafkaProducer::NewSession() const {
  KafkaClientConfig config(options_);
  config.SetDefault("linger.ms", absl::StrCat(absl::ToDoubleMilliseconds(options_.linger)))
      .SetDefault("batch.size", "1000000")
      .SetDefault("queue.buffering.max.messages", "50000")
      .SetDefault("queue.buffering.max.kbytes", "65536")
      .SetDefault("compression.codec", "lz4")
      .Set("enable.idempotence", "true")
      .Set("acks", "all")
      // Room for headers and for the frame around a record of the largest size.
      .Set("message.max.bytes", absl::StrCat(kMaxRecordBytes + (64 << 10)))
      .Set("message.timeout.ms", absl::StrCat(absl::ToInt64Milliseconds(options_.append_timeout)));
  rd_kafka_conf_set_dr_msg_cb(config.raw(), OnDelivery);
  auto session = std::make_unique<Session>();
  REDRESS_ASSIGN_OR_RETURN(session->handle, config.New(RD_KAFKA_PRODUCER));
  session->events = rd_kafka_queue_get_main(session->handle.get());
  for (int i = 0; i < kTopicCount; ++i) {
    const std::string name = KafkaTopicName(options_, static_cast<Topic>(i));
    session->topics[i] = rd_kafka_topic_new(session->handle.get(), name.c_str(), nullptr);
    if (session->topics[i] == nullptr) return KafkaStatus(rd_kafka_last_error(), name);
  }
  return session;
}

void KafkaProducer::Append(TopicPartition to, Record record, AppendDone done) {
  const auto fail = [&](absl::Status status, AppendDone failed) {
    callbacks_->Post([status = std::move(status), failed = std::move(failed)]() mutable {
      failed({AppendOutcome::Kind::kNotAppended, Offset(), std::move(status)});
    });
  };
  if (RecordBytes(record) > kMaxRecordBytes) {
    fail(absl::InvalidArgumentError(absl::StrCat("a record of ", RecordBytes(record),
                                                 " bytes; the limit is ", kMaxRecordBytes)),
         std::move(done));
    return;
  }
  auto pending = std::make_unique<AppendDone>(std::move(done));
  const rd_kafka_resp_err_t error = Produce(to, record, pending.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    pending.release();  // `OnDelivery` owns it now.
  } else {
    fail(KafkaStatus(error, "Kafka: append"), std::move(*pending));
  }
}

rd_kafka_resp_err_t KafkaProducer::Produce(TopicPartition to, const Record& record,
                                           AppendDone* done) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
  for (const RecordHeader& header : record.headers) {
    rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  // Null and empty differ by the pointer. librdkafka takes timestamp 0 as "now".
  const void* const key = record.key ? record.key->data() : nullptr;
  const size_t key_size = record.key ? record.key->size() : 0;
  const void* const value = record.value ? record.value->data() : nullptr;
  const size_t value_size = record.value ? record.value->size() : 0;
  rd_kafka_resp_err_t error;
  {
    // Held while producing, so that nothing slips into a handle that is being replaced.
    MutexLock lock(mutex_);
    rd_kafka_topic_t* const topic = session_->topics[static_cast<int>(to.topic)];
    error = rd_kafka_producev(
        session_->handle.get(), RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(to.partition.value()),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_size),
        RD_KAFKA_V_VALUE(const_cast<void*>(value), value_size),
        RD_KAFKA_V_TIMESTAMP(record.timestamp_ms), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_OPAQUE(done), RD_KAFKA_V_END);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
  return error;
}

void KafkaProducer::OnDelivery(rd_kafka_t* /*handle*/, const rd_kafka_message_t* message,
                               void* /*opaque*/) {
  const std::unique_ptr<AppendDone> done(static_cast<AppendDone*>(message->_private));
  (*done)(OutcomeOf(*message));
}

void KafkaProducer::Run() {
  char reason[256];
  while (!stopping_) {
    rd_kafka_t* const handle = session_->handle.get();
    rd_kafka_poll(handle, kProducerPollMs);
    if (rd_kafka_fatal_error(handle, reason, sizeof(reason)) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      Log(LogLevel::kWarning, "kafka", "producer failed, a new one takes over",
          {{"reason", reason}});
      ReplaceSession();
    }
  }
  Drain(*session_);
}

void KafkaProducer::ReplaceSession() {
  auto made = NewSession();
  if (!made.ok()) {
    // Appends fail as not appended meanwhile; the next poll tries again.
    Log(LogLevel::kError, "kafka", made.status().ToString());
    return;
  }
  std::unique_ptr<Session> old;
  {
    MutexLock lock(mutex_);
    old = std::exchange(session_, *std::move(made));
  }
  ++handles_made_;
  Drain(*old);
}

// Everything still open becomes an outcome now, without asking any broker.
void KafkaProducer::Drain(const Session& session) {
  while (rd_kafka_outq_len(session.handle.get()) > 0) {
    rd_kafka_purge(session.handle.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(session.handle.get(), 10);
  }
}

void KafkaProducer::FailFatallyForTest() {
  MutexLock lock(mutex_);
  rd_kafka_test_fatal_error(session_->handle.get(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                            "test");
}

}  // namespace redress
