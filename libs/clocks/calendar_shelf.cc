#include "libs/clocks/calendar_shelf.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/policy/calendar_rules_of.h"

namespace redress {

CalendarShelf::CalendarShelf()
    : always_open_(std::make_shared<const CompiledCalendar>(CompiledCalendar::AlwaysOpen())) {}

void CalendarShelf::Add(const event::v1::PolicyPartPublished& part) {
  if (part.part() != "calendar") return;
  auto rules = std::make_shared<policy::v1::Calendar>();
  if (!rules->ParseFromString(part.content())) return;
  MutexLock lock(mutex_);
  entries_.try_emplace(ContentHash::FromBytesOrNone(part.hash()),
                       Entry{std::move(rules), nullptr, 0, 0});
}

bool CalendarShelf::Has(const ContentHash& hash) const {
  if (!hash) return true;
  MutexLock lock(mutex_);
  return entries_.contains(hash);
}

CalendarShelf::Rules CalendarShelf::RulesOf(const ContentHash& hash) const {
  MutexLock lock(mutex_);
  auto it = entries_.find(hash);
  return it == entries_.end() ? nullptr : it->second.rules;
}

std::string CalendarShelf::CodeOf(const ContentHash& hash) const {
  if (!hash) return "";
  const Rules rules = RulesOf(hash);
  return rules == nullptr ? hash.ToHex() : rules->code();
}

absl::StatusOr<CalendarShelf::Calendar> CalendarShelf::Find(const ContentHash& hash, int from_year,
                                                            int to_year) const {
  if (!hash) return always_open_;
  Entry found;
  {
    MutexLock lock(mutex_);
    auto it = entries_.find(hash);
    if (it == entries_.end()) {
      return absl::NotFoundError(absl::StrCat("calendar ", hash.ToHex(), " is not published"));
    }
    found = it->second;
  }
  const bool covered = found.from_year <= from_year && to_year <= found.to_year;
  if (found.compiled != nullptr && covered) return found.compiled;
  // A longer one says the same about the years that the shorter one had. Compiled outside of the
  // lock: others who want it meanwhile do the same work, none waits.
  if (found.compiled != nullptr) {
    from_year = std::min(from_year, found.from_year);
    to_year = std::max(to_year, found.to_year);
  }
  REDRESS_ASSIGN_OR_RETURN(
      auto compiled, CompiledCalendar::Compile(CalendarRulesOf(*found.rules), from_year, to_year));
  auto shared = std::make_shared<const CompiledCalendar>(std::move(compiled));
  MutexLock lock(mutex_);
  Entry& entry = entries_[hash];
  entry.compiled = shared;
  entry.from_year = from_year;
  entry.to_year = to_year;
  return shared;
}

}  // namespace redress
