// A complaint in the few words that fit a table. Pure.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "redress/api/v1/complaint.pb.h"
#include "tools/terminal/table.h"

namespace redress {

absl::Time TimeOf(const google::protobuf::Timestamp& time);
// "department/type/cause"; "-" before the assessment.
std::string CategoryWords(const api::v1::Complaint& complaint);
// "1 critical 812".
std::string PriorityWords(const api::v1::Complaint& complaint, const TerminalStyle& style);
// The owner's code, or "queue TEAM: no capacity".
std::string OwnerWords(const api::v1::Complaint& complaint, const TerminalStyle& style);
// "first response 35% in 2h10m; L1 breached 3d ago": those that run, are paused or were missed.
std::string ClockWords(const api::v1::Complaint& complaint, absl::Time now,
                       const TerminalStyle& style);

// The same in short, for tables: what was missed, and what is due next.
std::string NextClockWords(const api::v1::Complaint& complaint, absl::Time now,
                           const TerminalStyle& style);

}  // namespace redress
