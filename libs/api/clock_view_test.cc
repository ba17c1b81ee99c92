#include "libs/api/clock_view.h"

#include <gtest/gtest.h>

#include "libs/api/proto_time.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"

namespace redress {
namespace {

using api::v1::ClockView;
using event::v1::ClockSpec;

constexpr int64_t kHourMs = 3'600'000;
const absl::Time kReceived = absl::FromUnixSeconds(1'800'000'000);

// A complaint just received, with clocks of so many hours each.
storage::v1::ComplaintState StateWith(std::initializer_list<int> hours) {
  storage::v1::ComplaintState state;
  state.mutable_stage()->set_stage(storage::v1::StageState::ASSESSED);
  state.mutable_stage()->set_cycle(1);
  state.mutable_stage()->set_received_at_us(ToMicros(kReceived));
  for (const int target : hours) {
    auto* clock = state.mutable_clocks()->add_clocks();
    clock->set_clock_id(HashedId<EventId>({"clock", std::to_string(target)}).ToBytes());
    clock->set_kind(ClockSpec::FIRST_RESPONSE_CLOCK);
    clock->set_counts_from_us(ToMicros(kReceived));
    clock->set_target_ms(target * kHourMs);
    clock->set_starts_on(ClockSpec::RECEIVED);
    clock->add_stops_on(ClockSpec::FIRST_RESPONSE_GIVEN);
  }
  return state;
}

TEST(ClockViews, ComeSoonestDueFirst) {
  const auto views =
      ClockViewsOf(StateWith({48, 24}), CalendarShelf(), kReceived + absl::Hours(12));
  ASSERT_EQ(views.size(), 2u);
  EXPECT_EQ(views[0].due_at().seconds(), absl::ToUnixSeconds(kReceived + absl::Hours(24)));
  EXPECT_EQ(views[0].consumed_percent(), 50u);
  EXPECT_EQ(views[0].consumed().seconds(), 12 * 3600);
  EXPECT_EQ(views[0].target().seconds(), 24 * 3600);
  EXPECT_EQ(views[0].state(), ClockView::STATE_RUNNING);
  EXPECT_EQ(views[0].calendar(), "");
  EXPECT_EQ(views[1].consumed_percent(), 25u);
}

TEST(ClockViews, SayWhatIsLateAndByHowMuch) {
  auto state = StateWith({1});
  auto* warned = state.mutable_clocks()->add_fired();
  warned->set_clock_id(state.clocks().clocks(0).clock_id());
  warned->set_threshold_percent(80);
  const auto late = ClockViewsOf(state, CalendarShelf(), kReceived + absl::Hours(3));
  EXPECT_TRUE(late[0].breached());
  EXPECT_EQ(late[0].state(), ClockView::STATE_BREACHED);
  EXPECT_EQ(late[0].consumed_percent(), 300u);
  ASSERT_EQ(late[0].warned_percent_size(), 1);
  EXPECT_EQ(late[0].warned_percent(0), 80u);
  const auto very_late =
      ClockViewsOf(state, CalendarShelf(), kReceived + absl::Hours(24 * 365 * 30));
  EXPECT_EQ(very_late[0].consumed_percent(), 1'000'000u) << "enough digits";
}

TEST(ClockViews, AClockWhoseCalendarIsNotThereYetIsListedWithoutTimes) {
  auto state = StateWith({24});
  const ContentHash calendar = HashOf("a calendar");
  state.mutable_clocks()->mutable_clocks(0)->set_calendar(calendar.ToBytes());
  const auto views = ClockViewsOf(state, CalendarShelf(), kReceived + absl::Hours(1));
  ASSERT_EQ(views.size(), 1u);
  EXPECT_FALSE(views[0].has_due_at());
  EXPECT_EQ(views[0].calendar(), calendar.ToHex());
  EXPECT_EQ(views[0].target().seconds(), 24 * 3600);
}

TEST(ProtoTime, KeepsMicrosecondsOnBothSidesOfTheEpoch) {
  for (const int64_t us :
       {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{1'800'000'000'123'456}, int64_t{-999'999}}) {
    const auto time = ToTimestamp(us);
    EXPECT_GE(time.nanos(), 0);
    EXPECT_EQ(FromTimestamp(time), us);
  }
  EXPECT_EQ(ToDuration(int64_t{1500}).nanos(), 500'000'000);
  EXPECT_EQ(ToDuration(absl::Milliseconds(1500)).seconds(), 1);
}

}  // namespace
}  // namespace redress
