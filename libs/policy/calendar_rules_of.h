// From the calendar of a policy to the rules that libs/domain/calendar compiles. Pure, thread-safe.
#pragma once

#include "libs/domain/calendar/calendar_rules.h"
#include "redress/policy/v1/calendar.pb.h"

namespace redress {

// Every field taken over; holidays longer than ten years are cut there. Whether the rules make
// sense: CheckRules.
CalendarRules CalendarRulesOf(const policy::v1::Calendar& calendar);

}  // namespace redress
