// Clients: each wants one command to be carried out and does not rest before it has the answer. It repeats the same
// request id, at any instance, after a time-out or an answer that is not final, and notes what it was told.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "libs/event_log/simulated/scheduler.h"
#include "libs/runtime/command_path.h"

namespace redress::simulation {

enum class Wish { kSubmit, kMessage, kNote, kWaitingStart, kWaitingEnd, kResolve, kReopen, kWithdraw, kAssign };
inline constexpr int kWishes = 9;

struct Client {
  RequestId request;
  StreamId complaint;
  Wish wish = Wish::kSubmit;
  int argument = 0;
  // The final answers it was given: never both.
  bool told_yes = false;
  bool told_no = false;
  bool waiting = false;
  int calls = 0;
};

// Payload type of the event that the wish makes.
uint32_t TypeOf(Wish wish);

// The command a client gives, with the production deciders.
Command CommandOf(const Client& client, absl::Time deadline);

}  // namespace redress::simulation
