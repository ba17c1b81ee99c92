// What a clock asks of the complaint's state, aspect by aspect and only when it needs the answer:
// so a decider's header records just the aspects that this clock starts, stops, pauses or resets on
// (`events.md` 2.2, types 64, 65).
//
// Borrowed views: whatever is behind them must outlive them and stay unchanged. Not thread-safe.
#pragma once

#include "redress/event/v1/options.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress {

class ClockFacts {
 public:
  virtual ~ClockFacts() = default;

  virtual const storage::v1::StageState& Stage() = 0;
  virtual const storage::v1::LevelState& Level() = 0;
  virtual const storage::v1::ConversationState& Conversation() = 0;
  virtual const storage::v1::WaitingState& Waiting() = 0;
  virtual const storage::v1::OwnershipState& Ownership() = 0;
  virtual const storage::v1::ClocksState& Clocks() = 0;
  // The answer depends on an aspect that has no state yet: it is recorded all the same.
  virtual void Touch(event::v1::Aspect aspect) = 0;
};

// Over anything with the accessors of `StateView` (libs/domain/state_view.h), which records what is
// read.
template <typename View>
class ViewClockFacts final : public ClockFacts {
 public:
  explicit ViewClockFacts(View& view) : view_(view) {}

  const storage::v1::StageState& Stage() override { return view_.stage(); }
  const storage::v1::LevelState& Level() override { return view_.level(); }
  const storage::v1::ConversationState& Conversation() override { return view_.conversation(); }
  const storage::v1::WaitingState& Waiting() override { return view_.waiting(); }
  const storage::v1::OwnershipState& Ownership() override { return view_.ownership(); }
  const storage::v1::ClocksState& Clocks() override { return view_.clocks(); }
  void Touch(event::v1::Aspect aspect) override { view_.Touch(aspect); }

 private:
  View& view_;
};

// Over a whole state, for those who decide nothing: queries, what-if, projecting timer rows.
class StateClockFacts final : public ClockFacts {
 public:
  explicit StateClockFacts(const storage::v1::ComplaintState& state) : state_(state) {}

  const storage::v1::StageState& Stage() override { return state_.stage(); }
  const storage::v1::LevelState& Level() override { return state_.level(); }
  const storage::v1::ConversationState& Conversation() override { return state_.conversation(); }
  const storage::v1::WaitingState& Waiting() override { return state_.waiting(); }
  const storage::v1::OwnershipState& Ownership() override { return state_.ownership(); }
  const storage::v1::ClocksState& Clocks() override { return state_.clocks(); }
  void Touch(event::v1::Aspect) override {}

 private:
  const storage::v1::ComplaintState& state_;
};

}  // namespace redress
