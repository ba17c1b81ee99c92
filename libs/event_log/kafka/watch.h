// Looks at the topics of an open log now and then: one that was deleted, or that an operator gave
// more partitions, is told once in an error line, and told again when it is as it was. Nothing
// ends: what is on the log stays right, but nobody reads a new inbound partition, and no process
// starts on such topics any more.
#pragma once

#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/mutex.h"
#include "libs/event_log/kafka/config.h"
#include "libs/event_log/partition_table.h"

namespace redress {

class KafkaTopicWatch {
 public:
  // `handle` knows the topics (they are part of its metadata requests) and outlives the watch.
  KafkaTopicWatch(rd_kafka_t* handle, KafkaTopicNames names, PartitionCounts counts,
                  absl::Duration interval);
  ~KafkaTopicWatch();

 private:
  void Run();
  // What is wrong, one text per topic; UNAVAILABLE: nobody answered.
  absl::StatusOr<std::vector<std::string>> Look();

  rd_kafka_t* const handle_;
  const KafkaTopicNames names_;
  const PartitionCounts counts_;
  const absl::Duration interval_;
  Mutex mutex_;
  Condition changed_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace redress
