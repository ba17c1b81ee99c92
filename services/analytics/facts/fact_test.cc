#include "services/analytics/facts/fact.h"

#include <gtest/gtest.h>

namespace redress::analytics {
namespace {

using S = storage::v1::StageState;

storage::v1::ComplaintState State() {
  storage::v1::ComplaintState state;
  state.mutable_stage()->set_stage(S::ASSESSED);
  state.mutable_stage()->set_cycle(1);
  state.mutable_stage()->set_received_at_us(1'000'000);
  auto* clock = state.mutable_clocks()->add_clocks();
  clock->set_clock_id("0123456789abcdef");
  clock->set_kind(event::v1::ClockSpec::FIRST_RESPONSE_CLOCK);
  clock->set_counts_from_us(1'000'000);
  clock->set_target_ms(1000);
  clock->set_starts_on(event::v1::ClockSpec::RECEIVED);
  clock->add_stops_on(event::v1::ClockSpec::FIRST_RESPONSE_GIVEN);
  return state;
}

void TellFirstResponse(storage::v1::ComplaintState* state, int64_t at_us) {
  auto* told = state->mutable_conversation()->add_told();
  told->set_purpose(event::v1::FIRST_RESPONSE);
  told->set_first_at_us(at_us);
  told->set_last_at_us(at_us);
}

TEST(Fact, ARunningPromiseIsNeitherKeptNorMissed) {
  EXPECT_EQ(MakeFact(State(), {}).promises_size(), 0);
}

TEST(Fact, APromiseThatEndedWithoutABreachWasKept) {
  auto state = State();
  TellFirstResponse(&state, 1'500'000);
  const ComplaintFact fact = MakeFact(state, {});
  ASSERT_EQ(fact.promises_size(), 1);
  EXPECT_FALSE(fact.promises(0).missed());
  EXPECT_EQ(fact.first_response_at_us(), 1'500'000);
}

TEST(Fact, ABreachOnTheLogStaysMissedWhateverFollows) {
  auto state = State();
  state.mutable_clocks()->add_fired()->set_clock_id("0123456789abcdef");
  const ComplaintFact missed = MakeFact(state, {});
  ASSERT_EQ(missed.promises_size(), 1);
  EXPECT_TRUE(missed.promises(0).missed());
  TellFirstResponse(&state, 9'000'000);
  state.mutable_clocks()->clear_clocks();
  state.mutable_clocks()->clear_fired();
  EXPECT_TRUE(MakeFact(state, missed).promises(0).missed());
}

TEST(Fact, AReopenedComplaintIsNotResolved) {
  auto state = State();
  state.mutable_stage()->set_cycle(2);
  const ComplaintFact fact = MakeFact(state, {});
  EXPECT_EQ(fact.reopenings(), 1u);
  EXPECT_EQ(fact.resolved_at_us(), 0);
}

}  // namespace
}  // namespace redress::analytics
