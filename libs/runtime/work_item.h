// Work: what is still to be done, as a row of the projection (architecture §4). A row exists only
// while an event must follow; folding that event removes it.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "libs/base/ids.h"

namespace redress {

// Kinds are numbered per service, from 1.
using WorkKind = uint8_t;

struct WorkItem {
  WorkKind kind = 0;
  // The stream whose state makes the row true; for inbound items the conversation.
  StreamId stream;
  // Unique among the rows of one kind and stream, e.g. a clock id; often empty.
  std::string subject;
  // Lower is sooner. A timer's order is its due time, µs.
  int64_t order = 0;
  // Timers: not acted on before; 0: at once.
  int64_t not_before_us = 0;
  // The event that made the row true, or the latest answer that left it true: part of the request
  // id.
  EventId cause;
  // Which owner acts.
  Partition unit;

  friend bool operator==(const WorkItem&, const WorkItem&) = default;
  auto identity() const { return std::tie(kind, stream, subject); }
};

}  // namespace redress
