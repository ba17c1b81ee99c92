// Clients: each wants one command to be carried out and does not rest before it has the answer. It
// repeats the same request id, at any instance, after a time-out or an answer that is not final,
// and notes what it was told.
#pragma once

#include <optional>
#include <string>

#include "libs/runtime/command_path.h"

namespace redress::simulation {

enum class Wish {
  kSubmit,
  kMessage,
  kNote,
  kWaitingStart,
  kWaitingEnd,
  kInvestigate,
  kResolve,
  kClose,
  kReopen,
  kWithdraw,
  kAssign,
  kRelease,
  kEscalate,
  kDeescalate,
  kCorrect,
  kPresence,
};
inline constexpr int kWishes = 16;

// Stands in everything that is sealed, and must stand nowhere else.
inline constexpr char kSecretText[] = "Zebra-Crossing-7719";

struct Client {
  RequestId request;
  // Or the agent, of whom kPresence is.
  StreamId complaint;
  Wish wish = Wish::kSubmit;
  int argument = 0;
  // The version on which the client decided; nothing: it does not care.
  std::optional<Version> etag;
  // The final answers it was given: never both.
  bool told_yes = false;
  bool told_no = false;
  // Found nothing after the faults had stopped: final as well.
  bool told_missing = false;
  bool waiting = false;
  // Asks where automatic work never ends.
  bool hurried = false;
  // After an answer that is not final it takes its time.
  absl::Time asks_again = absl::InfinitePast();
  int calls = 0;
  // Answers "lost the race" after the faults had stopped.
  int lost_races = 0;
  // What it has seen: every read and every answer, and the newest version of its complaint therein.
  ConsistencyToken token;
  Version seen;
  bool of_agent() const { return wish == Wish::kPresence; }
  bool answered() const { return told_yes || told_no || told_missing; }
};

// Payload type of the event that the wish makes.
uint32_t TypeOf(Wish wish);
// "submit", …
std::string_view WishName(Wish wish);

// What the production decider answers on this state at this time; kPresence needs no state.
absl::StatusOr<Decision> DecideWish(const Client& client, StateView& view, bool exists,
                                    int64_t now_us);

Decision DecidePresence(const Client& client, int64_t now_us);

// The command a client gives.
Command CommandOf(const Client& client, const LogId& log, absl::Time deadline);

}  // namespace redress::simulation
