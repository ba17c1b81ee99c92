// Oldest and newest offsets of partitions, asked of their leaders: for `EventLog::End` and for the
// check of a reader's start. One request per broker however many partitions are asked.
#pragma once

#include <atomic>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "libs/base/mutex.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/kafka/callback_thread.h"
#include "libs/event_log/kafka/config.h"

namespace redress {

using KafkaOffsets = std::map<TopicPartition, Offset>;

enum class KafkaEdge {
  kOldest,  // of the first record that is kept
  kNewest,  // one past the last visible record
};

// The offset of that edge for each of `partitions` (no duplicates). librdkafka 2.0.2 does not learn
// of a new leader from a refused request and may overstay its time, so this asks in short rounds
// and refreshes the metadata between them. UNAVAILABLE when `timeout` passes; CANCELLED soon after
// `*stop` becomes true (may be null).
absl::StatusOr<KafkaOffsets> QueryKafkaOffsets(rd_kafka_t* handle, const KafkaTopicNames& names,
                                               const std::vector<TopicPartition>& partitions,
                                               KafkaEdge edge, absl::Duration timeout,
                                               const std::atomic<bool>* stop);

// Answers `EventLog::End` on a thread of its own: what is asked while a request is under way goes
// together into the next one, because the running one may have been answered from before the
// question. Thread-safe.
class KafkaEnds {
 public:
  // `handle` and `callbacks` outlive it.
  KafkaEnds(rd_kafka_t* handle, KafkaTopicNames names, absl::Duration timeout,
            CallbackThread* callbacks);
  // Answers what is open with CANCELLED.
  ~KafkaEnds();
  void Ask(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done);

 private:
  struct Question {
    TopicPartition of;
    absl::AnyInvocable<void(absl::StatusOr<Offset>)> done;
  };
  void Run();
  void Answer(std::vector<Question> questions);

  rd_kafka_t* const handle_;
  const KafkaTopicNames names_;
  const absl::Duration timeout_;
  CallbackThread* const callbacks_;
  Mutex mutex_;
  Condition changed_;
  std::vector<Question> questions_;  // guarded by mutex_
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace redress
