#include "services/intake/api/complaint_filter.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/api/proto_time.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "services/intake/api/request_check.h"
#include "services/intake/view/complaint_view.h"

namespace redress::intake {
namespace {

template <typename List, typename Value>
bool AnyOf(const List& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

absl::StatusOr<FilterMatcher> FilterMatcher::Of(const v1::ComplaintFilter& filter) {
  FilterMatcher matcher;
  RequestCheck check;
  for (int i = 0; i < filter.stages_size(); ++i) {
    check.Enum(absl::StrCat("filter.stages[", i, "]"), filter.stages(i), api::v1::Stage_IsValid,
               true);
  }
  for (int i = 0; i < filter.channels_size(); ++i) {
    check.Enum(absl::StrCat("filter.channels[", i, "]"), filter.channels(i),
               event::v1::Channel_IsValid, true);
  }
  if (filter.category_prefix_size() > 3) check.Add("filter.category_prefix", "one to three codes");
  for (int i = 0; i < filter.complaints_size(); ++i) {
    const auto name = ParseComplaintName(filter.complaints(i));
    if (!name.ok()) {
      check.Add(absl::StrCat("filter.complaints[", i, "]"), "neither an id nor a tracking code");
    } else if (name->id) {
      matcher.ids_.insert(name->id);
    } else {
      matcher.codes_.insert(name->code);
    }
  }
  if (filter.received().has_from()) matcher.from_us_ = FromTimestamp(filter.received().from());
  if (filter.received().has_until()) {
    matcher.until_us_ = FromTimestamp(filter.received().until());
    if (matcher.until_us_ <= matcher.from_us_)
      check.Add("filter.received", "until must lie after from");
  }
  REDRESS_RETURN_IF_ERROR(check.ToStatus());
  for (const std::string& code : filter.teams())
    matcher.teams_.insert(EntityIdOf("team", code).ToBytes());
  for (const std::string& code : filter.owners())
    matcher.owners_.insert(EntityIdOf("agent", code).ToBytes());
  matcher.filter_ = filter;
  return matcher;
}

bool FilterMatcher::MatchesAssignment(const ComplaintRow& row) const {
  const auto& state = row.state;
  if (!teams_.empty() && teams_.count(state.ownership().team_id()) == 0) return false;
  if (!owners_.empty() && owners_.count(state.ownership().owner_id()) == 0) return false;
  if (filter_.unassigned() && QueueReasonOf(state).empty()) return false;
  if (!filter_.breached()) return true;
  const auto& clocks = state.clocks();
  return std::any_of(clocks.fired().begin(), clocks.fired().end(), [&](const auto& fired) {
    if (fired.threshold_percent() != 0) return false;
    return std::any_of(clocks.clocks().begin(), clocks.clocks().end(), [&](const auto& clock) {
      return clock.clock_id() == fired.clock_id() && clock.cycle() == state.stage().cycle();
    });
  });
}

bool FilterMatcher::MatchesRecord(const ComplaintRow& row) const {
  const auto& record = row.state.record();
  if (!AnyOf(filter_.channels(), static_cast<int>(record.channel())) ||
      !AnyOf(filter_.regions(), record.region()) ||
      !AnyOf(filter_.product_lines(), record.product_line())) {
    return false;
  }
  const int64_t received = row.state.stage().received_at_us();
  if (received < from_us_ || (until_us_ != 0 && received >= until_us_)) return false;
  if (ids_.empty() && codes_.empty()) return true;
  return ids_.count(row.id) > 0 || codes_.count(record.tracking_code()) > 0;
}

bool FilterMatcher::Matches(const ComplaintRow& row) const {
  const auto& state = row.state;
  if (!AnyOf(filter_.stages(), static_cast<int>(StageOf(state.stage().stage())))) return false;
  if (!AnyOf(filter_.levels(), state.level().level())) return false;
  const auto& assessment = state.assessment().assessment();
  if (!AnyOf(filter_.priority_bands(), assessment.priority().band())) return false;
  for (int i = 0; i < filter_.category_prefix_size(); ++i) {
    if (i >= assessment.category_size() ||
        assessment.category(i).code() != filter_.category_prefix(i))
      return false;
  }
  return MatchesRecord(row) && MatchesAssignment(row);
}

}  // namespace redress::intake
