#include "libs/runtime/counters.h"

#include "libs/domain/payloads.h"

namespace redress {

RuntimeCounters::RuntimeCounters() {
  events.push_back(std::make_unique<TypeCounter>());
  events.front()->name = "unknown";
  for (const PayloadInfo* info : AllPayloads()) {
    if (info->record_only) continue;
    auto counter = std::make_unique<TypeCounter>();
    counter->type = info->number;
    counter->name = info->name;
    by_type_.emplace(counter->type, counter.get());
    events.push_back(std::move(counter));
  }
}

TypeCounter& RuntimeCounters::EventsOf(uint32_t type) {
  const auto found = by_type_.find(type);
  return found != by_type_.end() ? *found->second : *events.front();
}

}  // namespace redress
