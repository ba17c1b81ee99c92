// The business calendars that policies have published, by content hash, compiled when first asked
// for. A clock names its calendar by that hash (`ClockSpec.calendar`), so a calendar found here is
// the one it was set with, whatever policy is in force now.
//
// Filled on the service's thread as directory events are folded (libs/directory); read from any
// thread. Compiled calendars are immutable and shared.
#pragma once

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "libs/base/ids.h"
#include "libs/base/mutex.h"
#include "libs/domain/calendar/compiled_calendar.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/policy/v1/calendar.pb.h"

namespace redress {

class CalendarShelf {
 public:
  using Calendar = std::shared_ptr<const CompiledCalendar>;
  using Rules = std::shared_ptr<const policy::v1::Calendar>;

  CalendarShelf();

  // Puts the calendar of a published policy part on the shelf; other parts, and content that is no
  // calendar (of a later release), are passed over.
  void Add(const event::v1::PolicyPartPublished& part);

  // None stands for 24 × 7, which is always there.
  bool Has(const ContentHash& hash) const;
  // Compiled for at least the years given, both included. NOT_FOUND: not published yet, ask again
  // later; otherwise as `CompiledCalendar::Compile`.
  absl::StatusOr<Calendar> Find(const ContentHash& hash, int from_year, int to_year) const;
  // What it says; null: 24 × 7 or not published yet.
  Rules RulesOf(const ContentHash& hash) const;
  // Its code in the policy; its hash in hexadecimal when not published yet; empty: 24 × 7.
  std::string CodeOf(const ContentHash& hash) const;

 private:
  struct Entry {
    Rules rules;
    Calendar compiled;
    // Of `compiled`.
    int from_year = 0;
    int to_year = 0;
  };

  mutable Mutex mutex_;
  mutable absl::flat_hash_map<ContentHash, Entry> entries_;
  const Calendar always_open_;
};

}  // namespace redress
