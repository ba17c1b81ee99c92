// Reading from Kafka: a consumer handle per reader that is told its partitions and offsets (no
// group, no commits, no reset of offsets). One thread at a time, as the port says; the wake-up
// comes on the call-back thread.
//
// librdkafka 2.0.2 sends no leader epochs, so that a broker which hung or was cut off may answer as
// the leader that it no longer is: "no such offset", though the record was read long ago. Such an
// answer is doubted for a while: the reader begins again at the last record that it delivered of
// each partition, and goes on when it finds that one there.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/mutex.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/kafka/callback_thread.h"
#include "libs/event_log/kafka/config.h"
#include "libs/event_log/kafka/offsets.h"

namespace redress {

class KafkaReader final : public LogReader {
 public:
  // Checks the starts against the oldest and newest offsets first: a broker that lost the end of a
  // partition would otherwise let a reader wait there in silence until the log has regrown. A start
  // outside makes a reader whose polls return OUT_OF_RANGE. `admin` is used here only; `callbacks`
  // outlives the reader. UNAVAILABLE: the offsets could not be asked.
  static absl::StatusOr<std::unique_ptr<KafkaReader>> Open(const KafkaOptions& options,
                                                           rd_kafka_t* admin,
                                                           CallbackThread* callbacks,
                                                           const std::vector<ReadFrom>& starts);
  ~KafkaReader() override;

  absl::Status Poll(size_t max_records, ReadBatch* batch) override;
  void SetWake(absl::AnyInvocable<void()> wake) override;

 private:
  // Shared with the wake-ups under way.
  struct Waker : std::enable_shared_from_this<Waker> {
    Mutex mutex;
    absl::AnyInvocable<void()> wake;  // guarded by mutex; none when the reader is gone
    std::atomic<bool> posted{false};
    CallbackThread* callbacks = nullptr;
  };

  KafkaReader(const KafkaOptions& options, CallbackThread* callbacks);
  // Of one partition: where it began, and the last record delivered.
  struct Progress {
    Offset from;
    std::optional<Offset> last;
    uint64_t hash = 0;
    // Begun again: the record at `last` is to come first.
    bool unverified = false;
    // When a broker first said that it has nothing there; none: no doubt.
    std::optional<std::chrono::steady_clock::time_point> doubted_since;
  };

  absl::Status Start();
  void StopHandle();
  Offset NextOf(TopicPartition source, const Progress& progress) const;
  void Doubt(const rd_kafka_message_t& message, const absl::Status& status);
  void StartAgain();
  // False: the record was delivered before, or is another one than then (`broken_`).
  bool IsNew(const RecordView& record);
  void Remember(const std::vector<RecordView>& delivered);
  static void OnQueueFilled(rd_kafka_t* handle, void* waker);
  Topic TopicOf(const rd_kafka_topic_t* topic);
  // Puts `messages` into the batch and destroys them. Their bytes are copied, so that neither the
  // handle nor a whole response of the broker lives as long as the batch.
  void Take(const std::vector<rd_kafka_message_t*>& messages, ReadBatch* batch);
  void TakeEvent(const rd_kafka_message_t& message, ReadBatch* batch);

  const KafkaOptions options_;
  const KafkaTopicNames names_;
  const std::shared_ptr<Waker> waker_;
  KafkaHandle handle_;
  rd_kafka_queue_t* queue_ = nullptr;
  // The last answer of `TopicOf` by topic: names are compared once per topic object.
  std::array<const rd_kafka_topic_t*, kTopicCount> topics_{};
  std::vector<rd_kafka_message_t*> fetched_;
  std::map<TopicPartition, Progress> progress_;
  // Not OK: reading is to begin again.
  absl::Status doubt_;
  // Out of range or damaged: stays.
  absl::Status broken_;
  // To be told once.
  absl::Status hiccup_;
};

}  // namespace redress
