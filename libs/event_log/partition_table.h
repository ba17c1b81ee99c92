// The partitions of a log, numbered densely over all topics, so that per-partition facts stand in
// plain arrays. Immutable after construction; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "libs/event_log/event_log.h"

namespace redress {

using PartitionCounts = std::array<int32_t, kTopicCount>;

class PartitionTable {
 public:
  PartitionTable() = default;
  explicit PartitionTable(const PartitionCounts& counts) : counts_(counts) {
    for (int topic = 0; topic < kTopicCount; ++topic) {
      first_[topic] = static_cast<int>(all_.size());
      for (int32_t p = 0; p < counts[topic]; ++p)
        all_.push_back({static_cast<Topic>(topic), Partition(p)});
    }
  }

  int32_t count(Topic topic) const { return counts_[static_cast<int>(topic)]; }
  const std::vector<TopicPartition>& all() const { return all_; }
  int size() const { return static_cast<int>(all_.size()); }
  // -1 when there is no such partition.
  int IndexOf(TopicPartition tp) const {
    if (tp.partition.value() < 0 || tp.partition.value() >= count(tp.topic)) return -1;
    return first_[static_cast<int>(tp.topic)] + tp.partition.value();
  }

 private:
  PartitionCounts counts_{};
  std::array<int, kTopicCount> first_{};
  std::vector<TopicPartition> all_;
};

}  // namespace redress
