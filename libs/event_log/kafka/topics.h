// The topics of a log on Kafka: made with their settings, or checked when they exist. Used while
// opening; blocks.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/kafka/config.h"
#include "libs/event_log/partition_table.h"

namespace redress {

// Number of units of a kind, given the partitions of the topics.
int32_t KafkaUnitsOf(OwnershipKind kind, const PartitionCounts& counts);

// True when records of that topic go away with time, so that its first one may.
bool KafkaTopicIsTrimmed(Topic topic);
// True when the topic keeps the latest record per key only. Kafka refuses null keys there, so that
// it has no genesis record.
bool KafkaTopicIsCompacted(Topic topic);

// The six event topics exist, with the partitions, retention, clean-up and record size that the log
// needs; the partition counts are returned. Missing ones are made when `options.create_topics` says
// so (also by several at once). FAILED_PRECONDITION: one line that names the topic, what it has and
// what it should have. UNAVAILABLE: no broker answered within the open timeout.
absl::StatusOr<PartitionCounts> EnsureKafkaTopics(rd_kafka_t* handle, const KafkaOptions& options);

// The same for the empty ownership topics, whose partitions are the units.
absl::Status EnsureKafkaOwnershipTopics(rd_kafka_t* handle, const KafkaOptions& options,
                                        const PartitionCounts& counts);

}  // namespace redress
