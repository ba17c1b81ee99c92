// Facts by partition at a cost of two array look-ups: what the hot loops hold per partition. A
// value type; its memory grows with the highest partition used.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "libs/event_log/event_log.h"

namespace redress {

template <typename T>
class PartitionMap {
 public:
  // Null when nothing was put there. Valid until the next `At` of a new partition.
  const T* Find(TopicPartition of) const {
    const auto& topic = topics_[static_cast<size_t>(of.topic)];
    const auto index = static_cast<size_t>(of.partition.value());
    return of.partition.value() >= 0 && index < topic.size() && topic[index] ? &*topic[index]
                                                                             : nullptr;
  }
  T* Find(TopicPartition of) { return const_cast<T*>(std::as_const(*this).Find(of)); }
  // Makes it where it is missing. `of.partition` is not negative.
  T& At(TopicPartition of) {
    auto& topic = topics_[static_cast<size_t>(of.topic)];
    const auto index = static_cast<size_t>(of.partition.value());
    if (index >= topic.size()) topic.resize(index + 1);
    if (!topic[index]) topic[index].emplace();
    return *topic[index];
  }
  // Calls `visit(partition, value)` for each, by topic and partition.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (int topic = 0; topic < kTopicCount; ++topic) {
      const auto& values = topics_[static_cast<size_t>(topic)];
      for (size_t p = 0; p < values.size(); ++p) {
        if (values[p])
          visit(TopicPartition{static_cast<Topic>(topic), Partition(static_cast<int32_t>(p))},
                *values[p]);
      }
    }
  }

 private:
  std::array<std::vector<std::optional<T>>, kTopicCount> topics_;
};

}  // namespace redress
