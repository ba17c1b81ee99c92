// What the units of an ownership are (architecture §4): partitions of a topic, or one unit for all.
// Pure.
#pragma once

#include "libs/event_log/event_log.h"

namespace redress {

// One router sees all agents' load; analytics' alerts and reports have one owner too. Their only
// unit is 0.
inline bool IsSingleUnit(OwnershipKind kind) {
  return kind == OwnershipKind::kRouter || kind == OwnershipKind::kAnalytics;
}

// The topic whose partitions are worked on, and are the units where there are several.
inline Topic TopicOfUnits(OwnershipKind kind) {
  return kind == OwnershipKind::kTakeIn ? Topic::kInbound : Topic::kComplaints;
}

}  // namespace redress
