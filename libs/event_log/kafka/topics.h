// The topics of a log on Kafka: made with their settings, or checked when they exist. Used while
// opening; blocks.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/kafka/config.h"
#include "libs/event_log/partition_table.h"

namespace redress {

// Number of units of a kind, given the partitions of the topics.
int32_t KafkaUnitsOf(OwnershipKind kind, const PartitionCounts& counts);

// True when the topic keeps the latest record per key only. Kafka refuses null keys there, so that
// it has no genesis record.
bool KafkaTopicIsCompacted(Topic topic);

// What is said of a topic whose partitions are not as many as they should be.
std::string KafkaPartitionsDiffer(const std::string& topic, int32_t found, int32_t wanted);

// The six event topics exist, with the partitions, retention, clean-up and record size that the log
// needs; the partition counts are returned. Missing ones are made when `options.create_topics` says
// so (also by several at once). FAILED_PRECONDITION: one line that names the topic, what it has and
// what it should have. UNAVAILABLE: no broker answered within the open timeout, or there are fewer
// brokers than replicas.
absl::StatusOr<PartitionCounts> EnsureKafkaTopics(rd_kafka_t* handle, const KafkaOptions& options);

// The same for the empty ownership topics, whose partitions are the units.
absl::Status EnsureKafkaOwnershipTopics(rd_kafka_t* handle, const KafkaOptions& options,
                                        const PartitionCounts& counts);

}  // namespace redress
