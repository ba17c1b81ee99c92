#include "libs/runtime/fold_waits.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace redress {

void FoldWaits::Add(TopicPartition source, Offset end, Until until, std::function<void()> done) {
  for_fold_.At(source).push_back({end, until, std::move(done)});
  ++of_topic_[static_cast<size_t>(source.topic)];
}

void FoldWaits::Folded(TopicPartition source, Offset end, bool all_flushed) {
  if (of(source.topic) == 0) return;
  std::vector<Wait>& waiting = for_fold_.At(source);
  const auto reached = std::stable_partition(waiting.begin(), waiting.end(),
                                             [end](const Wait& wait) { return wait.end > end; });
  // Taken out before any is called: they may wait anew.
  std::vector<Wait> ready(std::make_move_iterator(reached), std::make_move_iterator(waiting.end()));
  waiting.erase(reached, waiting.end());
  of_topic_[static_cast<size_t>(source.topic)] -= ready.size();
  for (Wait& wait : ready) {
    if (wait.until == Until::kFlushed && !all_flushed) {
      for_flush_.push_back(std::move(wait.done));
    } else {
      wait.done();
    }
  }
}

void FoldWaits::Flushed() {
  std::vector<std::function<void()>> ready;
  ready.swap(for_flush_);
  for (auto& done : ready) done();
}

}  // namespace redress
