// Compiled calendars by the content hash of their policy part: shared by all queries. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "libs/base/ids.h"
#include "libs/base/mutex.h"
#include "libs/directory/directory.h"
#include "libs/domain/calendar/compiled_calendar.h"

namespace redress::intake {

struct NamedCalendar {
  // Code in the policy; empty: round the clock.
  std::string code;
  std::shared_ptr<const CompiledCalendar> calendar;
};

class CalendarCache {
 public:
  // `directory` outlives the cache.
  explicit CalendarCache(const Directory* directory) : directory_(directory) {}

  // The calendar that a clock names (16 bytes; empty: round the clock). Its `calendar` is null while the policy part
  // is not folded here or cannot be compiled.
  NamedCalendar Find(std::string_view hash_bytes);

 private:
  const Directory* const directory_;
  Mutex mutex_;
  std::map<ContentHash, NamedCalendar> compiled_;
};

}  // namespace redress::intake
