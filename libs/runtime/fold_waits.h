// Who waits for a part of the log to be folded, or folded and flushed. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <vector>

#include "libs/event_log/event_log.h"
#include "libs/event_log/partition_map.h"

namespace redress {

class FoldWaits {
 public:
  enum class Until { kFolded, kFlushed };

  // `done` is called by the `Folded` that reaches `end`; until `kFlushed`, by the first `Flushed`
  // after it, or at once when all is flushed by then.
  void Add(TopicPartition source, Offset end, Until until, std::function<void()> done);
  // Everything of the partition below `end` is folded. `all_flushed`: and nothing waits to be
  // flushed.
  void Folded(TopicPartition source, Offset end, bool all_flushed);
  // What was folded is flushed.
  void Flushed();

  // How many wait for a partition of the topic to be folded.
  size_t of(Topic topic) const { return of_topic_[static_cast<size_t>(topic)]; }

 private:
  struct Wait {
    Offset end;
    Until until;
    std::function<void()> done;
  };

  PartitionMap<std::vector<Wait>> for_fold_;
  std::array<size_t, kTopicCount> of_topic_{};
  std::vector<std::function<void()>> for_flush_;
};

}  // namespace redress
