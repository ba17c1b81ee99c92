// What every command on a complaint carries into its decider, and the ids that are made from it.
//
// The deciders are pure: (state, input, now) → one event or a refusal. What a command needs from
// elsewhere (policy, directory, texts) comes in as values; reads go through the view, so that the
// event carries its footprint. Preconditions: `events.md` 2.2; stages: 1.4.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/hash.h"
#include "libs/base/ids.h"

namespace redress::intake {

struct CommandFacts {
  RequestId request;
  int64_t now_us = 0;
};

// Hash of (request id, index): deciding again yields the same ids inside the event
// (`events.md` 4.1).
inline std::string InnerId(const RequestId& request, std::string_view index) {
  return HashedId<EventId>({"inner", request.bytes(), index}).ToBytes();
}

}  // namespace redress::intake
