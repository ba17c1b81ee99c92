// The adapter of the port `EventLog` for Apache Kafka 3.6 and later: for more than one process or
// machine. Contract: libs/event_log/event_log.h and architecture §2; what stands in which topic:
// docs/formats.
//
// Threads: as the port says. Of its own it has one for delivery reports, one for call-backs, one
// for `End`, one that looks at the topics, one per ownership; librdkafka adds a few per handle.
// Readers and ownerships must be destroyed before the log.
//
// What is particular to Kafka:
//  * An outcome is kUnknown whenever a record may have left and no broker answered: time-out, fatal
//  producer
//    error, closing. kNotAppended: refused, too large, or surely never sent.
//  * The compacted keys topic has no genesis record and takes no null keys (kNotAppended,
//  INVALID_ARGUMENT),
//    because Kafka refuses them there.
//  * A record whose timestamp is 0 gets the time of the append.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/kafka/callback_thread.h"
#include "libs/event_log/kafka/config.h"
#include "libs/event_log/kafka/offsets.h"
#include "libs/event_log/kafka/producer.h"
#include "libs/event_log/kafka/topics.h"
#include "libs/event_log/kafka/watch.h"

namespace redress {

class KafkaLog final : public EventLog {
 public:
  // Makes or checks the topics and the genesis records; blocks, at most about the open timeout.
  // `clock` and `random` are used here only, for the identity of a new log. INVALID_ARGUMENT: an
  // option; FAILED_PRECONDITION: topics or log are not what the options say (one line that says
  // what differs); PERMISSION_DENIED: the brokers refuse our credentials; UNAVAILABLE: no broker
  // answers, try again.
  static absl::StatusOr<std::unique_ptr<KafkaLog>> Open(const KafkaOptions& options,
                                                        const Clock& clock, Random& random);
  ~KafkaLog() override;

  LogId log_id() const override { return log_id_; }
  int32_t PartitionCount(Topic topic) const override { return counts_[static_cast<int>(topic)]; }
  void Append(TopicPartition to, Record record, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override;
  void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) override;
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind,
                                                 OwnershipChanged changed) override;

 private:
  explicit KafkaLog(const KafkaOptions& options) : options_(options) {}
  // Makes topic objects on the admin handle, so that its metadata requests cover the log's topics.
  absl::Status KnowTopics();
  // A programming error of the caller otherwise.
  void CheckExists(TopicPartition tp) const;

  const KafkaOptions options_;
  PartitionCounts counts_{};
  LogId log_id_;
  KafkaRefusal refusal_;
  // Destroyed in reverse order: producer and ends answer what is open through the call-back thread.
  KafkaHandle admin_;
  std::vector<rd_kafka_topic_t*> admin_topics_;
  std::unique_ptr<CallbackThread> callbacks_;
  std::unique_ptr<KafkaEnds> ends_;
  std::unique_ptr<KafkaProducer> producer_;
  std::unique_ptr<KafkaTopicWatch> watch_;
};

}  // namespace redress
