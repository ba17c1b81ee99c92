// Where the header views of a batch of records stand: in few allocations, at addresses that stay.
// One thread while it is filled; immutable afterwards.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "libs/event_log/event_log.h"

namespace redress {

class HeaderArena {
 public:
  // Room for `count` headers, valid as long as the arena.
  std::span<HeaderView> Take(size_t count) {
    if (count > left_) {
      left_ = std::max(count, kChunk);
      chunks_.push_back(std::make_unique<HeaderView[]>(left_));
      next_ = chunks_.back().get();
    }
    const std::span<HeaderView> taken(next_, count);
    next_ += count;
    left_ -= count;
    return taken;
  }

 private:
  static constexpr size_t kChunk = 256;

  std::vector<std::unique_ptr<HeaderView[]>> chunks_;
  HeaderView* next_ = nullptr;
  size_t left_ = 0;
};

}  // namespace redress
