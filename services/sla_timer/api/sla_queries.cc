#include "services/sla_timer/api/sla_queries.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "absl/strings/escaping.h"
#include "libs/api/clock_view.h"
#include "libs/api/proto_time.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/domain/explanation.h"
#include "libs/errors/errors.h"
#include "services/sla_timer/api/clock_stretches.h"
#include "services/sla_timer/projection/sla_projection.h"
#include "services/sla_timer/projection/sla_tables.h"

namespace redress::sla_timer {
namespace {

using sla::v1::DueClock;
using sla::v1::ExplainClockRequest;
using sla::v1::ExplainClockResponse;
using sla::v1::ListClocksRequest;
using sla::v1::ListClocksResponse;
using sla::v1::ListDueSoonRequest;
using sla::v1::ListDueSoonResponse;

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 500;
constexpr absl::Duration kDefaultSpan = absl::Hours(24);
constexpr absl::Duration kLongestSpan = absl::Hours(24 * 30);

// Where a clock stands in the list: missed ones (0) by due time, then the others (1) by what
// happens next.
struct DuePlace {
  uint8_t group = 0;
  int64_t at_us = 0;
  ComplaintId complaint;
  std::string clock_id;
  friend auto operator<=>(const DuePlace&, const DuePlace&) = default;
};

std::string TokenOf(const DuePlace& place) {
  return absl::WebSafeBase64Escape(RowKey(static_cast<char>('0' + place.group))
                                       .I64(place.at_us)
                                       .Id(place.complaint)
                                       .Bytes(place.clock_id)
                                       .str());
}

absl::StatusOr<DuePlace> ReadToken(const std::string& token) {
  std::string key;
  DuePlace place;
  if (!absl::WebSafeBase64Unescape(token, &key) || key.empty() ||
      (key[0] != '0' && key[0] != '1')) {
    return InvalidField("page_token", "is none of ListDueSoon");
  }
  place.group = static_cast<uint8_t>(key[0] - '0');
  RowKeyReader reader(key);
  place.at_us = reader.I64();
  place.complaint = reader.Id<ComplaintId>();
  place.clock_id = std::string(reader.rest());
  if (!reader.ok()) return InvalidField("page_token", "is none of ListDueSoon");
  return place;
}

// The page under construction. Clocks may be offered in any order up to a bound: those at or before
// it leave the stack in order once nothing earlier can come.
class DuePage {
 public:
  DuePage(size_t size, std::optional<DuePlace> after) : size_(size), after_(std::move(after)) {}

  void Offer(DuePlace place, DueClock clock) {
    if (after_ && place <= *after_) return;
    pending_.emplace(std::move(place), std::move(clock));
    // One more than the page, to know that there is another.
    if (pending_.size() > size_ + 1) pending_.erase(std::prev(pending_.end()));
  }
  // Nothing that comes at or after `at_us` of the group can be on the page any more.
  bool IsFullBefore(uint8_t group, int64_t at_us) const {
    if (pending_.size() <= size_) return false;
    const DuePlace& last = pending_.rbegin()->first;
    return std::tie(last.group, last.at_us) < std::tie(group, at_us);
  }
  ListDueSoonResponse Take() {
    ListDueSoonResponse response;
    const DuePlace* last = nullptr;
    for (auto& [place, clock] : pending_) {
      if (response.clocks_size() == static_cast<int>(size_)) {
        response.set_next_page_token(TokenOf(*last));
        break;
      }
      *response.add_clocks() = std::move(clock);
      last = &place;
    }
    return response;
  }

 private:
  const size_t size_;
  const std::optional<DuePlace> after_;
  std::map<DuePlace, DueClock> pending_;
};

// What the list shows of one complaint, beside the clock.
struct Owned {
  std::string team;
  std::string owner;
};

DueClock DueOf(const ComplaintRow& row, const event::v1::ClockSpec& spec,
               const ClockReading& reading, const Owned& owned, const CalendarShelf& calendars,
               absl::Time now) {
  DueClock due;
  due.set_complaint_id(row.id.ToHex());
  due.set_tracking_code(row.state.record().tracking_code());
  *due.mutable_clock() = ClockViewOf(spec, reading, row.state, calendars, now);
  if (reading.next) {
    due.set_next(reading.next->breach ? DueClock::WHAT_BREACH : DueClock::WHAT_WARNING);
    *due.mutable_next_at() = ToTimestamp(reading.next->at);
  }
  due.set_team(owned.team);
  due.set_owner(owned.owner);
  return due;
}

absl::StatusOr<absl::Duration> SpanOf(const ListDueSoonRequest& request) {
  if (!request.has_within()) return kDefaultSpan;
  const absl::Duration within =
      absl::Seconds(request.within().seconds()) + absl::Nanoseconds(request.within().nanos());
  if (within <= absl::ZeroDuration() || within > kLongestSpan) {
    return InvalidField("within", "must be more than nothing and at most 30 days");
  }
  return within;
}

}  // namespace

absl::StatusOr<ComplaintRow> SlaQueries::Find(std::string_view complaint) const {
  const auto id = ComplaintId::FromHex(complaint);
  if (!id) {
    // Tracking codes are looked up by intake: an index of them in every service would be written
    // for each complaint.
    return InvalidField("complaint",
                        "is no complaint id; give its 32 hexadecimal digits "
                        "(ComplaintService.GetComplaint finds them "
                        "by tracking code)");
  }
  return Load(*id);
}

absl::StatusOr<ComplaintRow> SlaQueries::Load(const ComplaintId& complaint) const {
  REDRESS_ASSIGN_OR_RETURN(const auto stored,
                           store_->Get(RowKey(kStreamTable).Id(complaint).str()));
  if (!stored) {
    return MakeError(absl::StatusCode::kNotFound, reason::kNotFound,
                     "there is no complaint of that id");
  }
  return ComplaintRow::Decode(complaint, *stored);
}

absl::StatusOr<ListClocksResponse> SlaQueries::ListClocks(const ListClocksRequest& request) const {
  REDRESS_ASSIGN_OR_RETURN(const ComplaintRow row, Find(request.complaint()));
  absl::Time at = clock_->Now();
  if (request.has_at()) {
    at = absl::FromUnixSeconds(request.at().seconds()) + absl::Nanoseconds(request.at().nanos());
    if (at < absl::FromUnixSeconds(0) || at > clock_->Now() + absl::Hours(24 * 366 * 10)) {
      return InvalidField("at", "must lie between 1970 and ten years ahead");
    }
  }
  ListClocksResponse response;
  for (auto& view : ClockViewsOf(row.state, directory_->calendars(), at))
    *response.add_clocks() = std::move(view);
  return response;
}

absl::StatusOr<ListDueSoonResponse> SlaQueries::ListDueSoon(
    const ListDueSoonRequest& request) const {
  REDRESS_ASSIGN_OR_RETURN(const absl::Duration within, SpanOf(request));
  if (request.page_size() < 0 || request.page_size() > kMaxPage) {
    return InvalidField("page_size", "must be 0 to 500");
  }
  std::optional<DuePlace> after;
  if (!request.page_token().empty()) {
    REDRESS_ASSIGN_OR_RETURN(after, ReadToken(request.page_token()));
  }
  const absl::Time now = clock_->Now();
  const int64_t until_us = ToMicros(now + within);
  const std::set<std::string> teams(request.teams().begin(), request.teams().end());
  DuePage page(static_cast<size_t>(request.page_size() == 0 ? kDefaultPage : request.page_size()),
               after);
  absl::Status failed;
  // Offers the clocks of one complaint: of a missed one only that clock, else every one that fires
  // in time.
  const auto offer = [&](const ComplaintId& complaint, std::string_view missed_clock,
                         int64_t missed_us) {
    const auto row = Load(complaint);
    if (!row.ok()) {
      failed = row.status();
      return;
    }
    const auto& ownership = row->state.ownership();
    const Owned owned{directory_->CodeOf(ownership.team_id()),
                      directory_->CodeOf(ownership.owner_id())};
    if (!teams.empty() && teams.count(owned.team) == 0) return;
    StateClockFacts facts(row->state);
    for (const auto& spec : row->state.clocks().clocks()) {
      if (!missed_clock.empty() && spec.clock_id() != missed_clock) continue;
      const auto reading = ReadClock(spec, facts, directory_->calendars(), now);
      if (!reading.ok()) continue;
      if (missed_clock.empty() && (!reading->next || ToMicros(reading->next->at) > until_us))
        continue;
      const int64_t at_us = missed_clock.empty() ? ToMicros(reading->next->at) : missed_us;
      const uint8_t group = missed_clock.empty() ? 1 : 0;
      page.Offer({group, at_us, complaint, spec.clock_id()},
                 DueOf(*row, spec, *reading, owned, directory_->calendars(), now));
    }
  };

  if (request.include_breached() && (!after || after->group == 0)) {
    const std::string from =
        after ? RowKey(kBreachedTable).I64(after->at_us).str() : std::string(1, kBreachedTable);
    REDRESS_RETURN_IF_ERROR(store_->Scan(from, AfterPrefix(std::string(1, kBreachedTable)), false,
                                         [&](std::string_view key, std::string_view) {
                                           RowKeyReader reader(key);
                                           const int64_t due_us = reader.I64();
                                           const auto complaint = reader.Id<ComplaintId>();
                                           offer(complaint, reader.rest(), due_us);
                                           return failed.ok() && !page.IsFullBefore(0, due_us);
                                         }));
  }
  // A timer row stands at the first firing of its complaint: later complaints have nothing earlier.
  const std::string first = RowKey(kWorkTable).Byte(kTimer).str();
  const std::string last = RowKey(kWorkTable).Byte(kTimer).I64(until_us + 1).str();
  REDRESS_RETURN_IF_ERROR(failed);
  REDRESS_RETURN_IF_ERROR(
      store_->Scan(first, last, false, [&](std::string_view key, std::string_view) {
        RowKeyReader reader(key);
        reader.Byte();
        const int64_t order = reader.I64();
        if (page.IsFullBefore(1, order)) return false;
        offer(reader.Id<ComplaintId>(), {}, 0);
        return failed.ok();
      }));
  REDRESS_RETURN_IF_ERROR(failed);
  return page.Take();
}

absl::StatusOr<ExplainClockResponse> SlaQueries::ExplainClock(
    const ExplainClockRequest& request) const {
  REDRESS_ASSIGN_OR_RETURN(const ComplaintRow row, Find(request.complaint()));
  const auto wanted = EventId::FromHex(request.clock_id());
  if (!request.clock_id().empty() && !wanted) {
    return InvalidField("clock_id", "must have 32 hexadecimal digits");
  }
  const absl::Time now = clock_->Now();
  ExplainClockResponse response;
  StateClockFacts facts(row.state);
  for (const auto& spec : row.state.clocks().clocks()) {
    if (wanted && spec.clock_id() != wanted->bytes()) continue;
    const auto reading = ReadClock(spec, facts, directory_->calendars(), now);
    if (!reading.ok()) continue;
    auto* entry = response.add_clocks();
    *entry->mutable_clock() = ClockViewOf(spec, *reading, row.state, directory_->calendars(), now);
    for (auto& stretch : StretchesOf(spec, *reading, row.state, directory_->calendars(), now)) {
      *entry->add_stretches() = std::move(stretch);
    }
  }
  if (wanted && response.clocks().empty()) {
    return MakeError(absl::StatusCode::kNotFound, reason::kNotFound,
                     "the complaint has no such clock now");
  }
  REDRESS_ASSIGN_OR_RETURN(const auto explained, store_->Get(ExplainedKey(row.row)));
  if (explained) {
    if (!response.mutable_explained()->ParseFromString(*explained))
      return absl::DataLossError("the explanation of the clocks is damaged");
    AddInputs(row.state.clocks().basis(), response.mutable_explained());
  }
  return response;
}

}  // namespace redress::sla_timer
