// What one record was decoded to, made by whichever reader of this process comes first and shared
// by the others: five services in one process parse an event once (architecture §7). The log
// neither knows nor looks at the value; all readers of a topic must make the same type of it. Lives
// and dies with the batch that the record came in. Thread-safe.
#pragma once

#include <memory>

#include "libs/base/mutex.h"

namespace redress {

class SharedDecode {
 public:
  SharedDecode() = default;
  SharedDecode(const SharedDecode&) = delete;
  SharedDecode& operator=(const SharedDecode&) = delete;

  // `make` gives a std::shared_ptr<const T>; it is called for the first caller only, the others
  // wait for it.
  template <typename T, typename Make>
  std::shared_ptr<const T> Get(Make make) {
    once_.Call([&] { value_ = make(); });
    return std::static_pointer_cast<const T>(value_);
  }

 private:
  Once once_;
  std::shared_ptr<const void> value_;
};

}  // namespace redress
