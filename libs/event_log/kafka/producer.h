// The appending half of `KafkaLog`: one idempotent producer for the process (acks=all, lz4, no
// Nagle, explicit partition). Thread-safe. `done` is called on the producer's own thread, or on the
// call-back thread for appends that never reached librdkafka.
//
// Outcomes. An acknowledged record is kAppended. A record that failed is kNotAppended only when
// librdkafka knows that it never left, or that a broker refused it; else kUnknown. A fatal error of
// the handle (2.0.2 raises one when its sequence numbers no longer fit the broker's) is routine: a
// new handle takes over at once, and what the old one had under way is answered by the same rule,
// so kUnknown for everything that may have been sent.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <thread>

#include "absl/status/statusor.h"
#include "libs/base/mutex.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/kafka/callback_thread.h"
#include "libs/event_log/kafka/config.h"

namespace redress {

class KafkaProducer {
 public:
  // The topics exist. `callbacks` outlives the producer. Waits up to the open timeout for metadata,
  // so that the first append does not.
  static absl::StatusOr<std::unique_ptr<KafkaProducer>> Make(const KafkaOptions& options,
                                                             CallbackThread* callbacks);
  // Answers every append that is still open.
  ~KafkaProducer();

  void Append(TopicPartition to, Record record, AppendDone done);

  // For tests: the handle in use fails as if its sequence had broken.
  void FailFatallyForTest();
  // Handles made so far.
  int handles_made() const { return handles_made_; }

 private:
  // A handle with its topics.
  struct Session {
    ~Session();
    KafkaHandle handle;
    std::array<rd_kafka_topic_t*, kTopicCount> topics{};
    rd_kafka_queue_t* events = nullptr;
  };

  KafkaProducer(const KafkaOptions& options, CallbackThread* callbacks);
  absl::StatusOr<std::unique_ptr<Session>> NewSession() const;
  static void OnDelivery(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque);
  rd_kafka_resp_err_t Produce(TopicPartition to, const Record& record, AppendDone* done);
  void Run();
  void ReplaceSession();
  static void Drain(const Session& session);

  const KafkaOptions options_;
  CallbackThread* const callbacks_;
  Mutex mutex_;
  std::unique_ptr<Session>
      session_;  // written by `thread_` only, under mutex_; used by others under mutex_
  std::atomic<bool> stopping_{false};
  std::atomic<int> handles_made_{0};
  std::thread thread_;
};

}  // namespace redress
