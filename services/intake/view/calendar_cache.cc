#include "services/intake/view/calendar_cache.h"

#include "libs/policy/calendar_rules_of.h"

namespace redress::intake {
namespace {

// Years that a calendar is compiled for: no complaint reaches beyond them.
constexpr int kFirstYear = 2000;
constexpr int kLastYear = 2060;

}  // namespace

NamedCalendar CalendarCache::Find(std::string_view hash_bytes) {
  const ContentHash hash = ContentHash::FromBytesOrNone(hash_bytes);
  {
    MutexLock lock(mutex_);
    auto it = compiled_.find(hash);
    if (it != compiled_.end()) return it->second;
  }
  NamedCalendar named;
  if (!hash) {
    named.calendar = std::make_shared<const CompiledCalendar>(CompiledCalendar::AlwaysOpen());
  } else {
    const Directory::Entity part = directory_->Find(EntityId::FromBytesOrNone(hash_bytes));
    policy::v1::Calendar calendar;
    if (part == nullptr || !calendar.ParseFromString(part->definition().policy_part().content())) return named;
    auto compiled = CompiledCalendar::Compile(CalendarRulesOf(calendar), kFirstYear, kLastYear);
    if (!compiled.ok()) return named;
    named.code = calendar.code();
    named.calendar = std::make_shared<const CompiledCalendar>(*std::move(compiled));
  }
  MutexLock lock(mutex_);
  return compiled_.emplace(hash, std::move(named)).first->second;
}

}  // namespace redress::intake
