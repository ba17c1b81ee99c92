// Random schedules of lost, late, repeated and overtaking appends, lagging readers and impatient
// callers over one stream, judged by the production verdict: whatever happens, no request counts
// twice, nobody is told two things, the effective history is serialisable, and everybody gets an
// answer in the end. Canaries leave out one rule of the protocol each and must be found.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "libs/base/hash.h"
#include "libs/base/random.h"
#include "libs/domain/verdict.h"

namespace redress {
namespace {

using event::v1::REMEDIES;
using event::v1::STAGE;
using event::v1::TASKS;

enum class LeftOut { kNothing, kLookUp, kRead, kRefusalEvent };
enum class Answer { kNone, kYes, kNo };
enum class Command { kOpen, kNote, kAddTask, kEndTask, kGrant, kClose, kReopen };
constexpr int kCommands = 7;

// The smallest domain with rules that races can break: closing needs all tasks ended, grants are
// bounded.
struct Account {
  bool exists = false, open = false;
  int tasks = 0, granted = 0;

  bool Allows(Command command) const {
    switch (command) {
      case Command::kOpen:
        return !exists;
      case Command::kNote:
        return exists;
      case Command::kAddTask:
        return open;
      case Command::kEndTask:
        return tasks > 0;
      case Command::kGrant:
        return open && granted < 5;
      case Command::kClose:
        return open && tasks == 0;
      case Command::kReopen:
        return exists && !open;
    }
    return false;
  }
  void Fold(Command command) {
    switch (command) {
      case Command::kOpen:
        exists = open = true;
        break;
      case Command::kNote:
        break;
      case Command::kAddTask:
        ++tasks;
        break;
      case Command::kEndTask:
        --tasks;
        break;
      case Command::kGrant:
        ++granted;
        break;
      case Command::kClose:
        open = false;
        break;
      case Command::kReopen:
        open = true;
        granted = 0;
        break;
    }
  }
};

AspectSet ReadsOf(Command command, LeftOut left_out) {
  switch (command) {
    case Command::kOpen:
    case Command::kNote:
      return {};
    case Command::kAddTask:
    case Command::kReopen:
      return {STAGE};
    case Command::kEndTask:
      return {TASKS};
    case Command::kGrant:
      return {STAGE, REMEDIES};
    case Command::kClose:
      return left_out == LeftOut::kRead ? AspectSet{STAGE} : AspectSet{STAGE, TASKS};
  }
  return {};
}

AspectSet DeclaredWrites(Command command) {
  switch (command) {
    case Command::kOpen:
      return AspectSet::All();
    case Command::kNote:
      return {};
    case Command::kAddTask:
    case Command::kEndTask:
      return {TASKS};
    case Command::kGrant:
      return {REMEDIES};
    case Command::kClose:
      return {STAGE};
    case Command::kReopen:
      return {STAGE, REMEDIES};
  }
  return {};
}

struct LogEntry {
  JudgedHeader header;
  Command command;
  bool refused = false;
};

struct Reader {
  size_t position = 0;
  Head head;
  Account account;
  // Every request id ever folded: intake's look-up.
  std::map<RequestId, Answer> outcomes;
};

struct Caller {
  RequestId request;
  Command command;
  uint64_t sleeps_until = 0;
  Answer answer = Answer::kNone;
};

class Schedule {
 public:
  Schedule(uint64_t seed, LeftOut left_out) : random_(seed), left_out_(left_out), readers_(3) {}

  // Empty when all held.
  std::string Run() {
    for (step_ = 0; step_ < 600 && broken_.empty(); ++step_) Storm();
    for (auto& [entry, due] : in_flight_) log_.push_back(entry);
    in_flight_.clear();
    for (int round = 0; round < 20 && broken_.empty(); ++round) Calm();
    if (broken_.empty()) CheckHistory();
    return broken_;
  }

  std::map<Verdict, int> verdicts() const { return counts_; }

 private:
  void Storm() {
    if (callers_.empty() || random_.OneIn(2)) {
      const bool first = callers_.empty();
      const auto command =
          first ? Command::kOpen : static_cast<Command>(1 + random_.Below(kCommands - 1));
      callers_.push_back(
          {HashedId<RequestId>({"caller", std::to_string(callers_.size())}), command});
    }
    for (Caller& caller : callers_) {
      if (caller.answer != Answer::kNone || step_ < caller.sleeps_until || !random_.OneIn(4))
        continue;
      Ask(caller, readers_[random_.Below(readers_.size())]);
      // Most ask again soon, at any instance; some come back when the window has long moved on.
      caller.sleeps_until =
          step_ + (random_.OneIn(6) ? 150 + random_.Below(300) : 10 + random_.Below(20));
    }
    Deliver();
    for (size_t i = 0; i < readers_.size(); ++i) {
      const bool paused = step_ % 250 >= 120 && step_ / 250 % readers_.size() == i;
      for (uint64_t n = paused ? 0 : random_.Below(5); n > 0; --n) FoldNext(readers_[i]);
    }
  }

  void Calm() {
    for (Reader& reader : readers_) {
      while (reader.position < log_.size()) FoldNext(reader);
    }
    for (Caller& caller : callers_) {
      if (caller.answer != Answer::kNone) continue;
      Ask(caller, readers_[random_.Below(readers_.size())]);
      for (auto& [entry, due] : in_flight_) log_.push_back(entry);
      in_flight_.clear();
      for (Reader& reader : readers_) {
        while (reader.position < log_.size()) FoldNext(reader);
      }
    }
  }

  // The command path: look the request up, decide on the folded state, append.
  void Ask(Caller& caller, Reader& reader) {
    const auto known = reader.outcomes.find(caller.request);
    const ClosedRequest* closed = reader.head.FindClosed(caller.request);
    if (left_out_ != LeftOut::kLookUp && known != reader.outcomes.end()) {
      caller.answer = known->second;
      return;
    }
    if (closed != nullptr) {
      caller.answer = closed->refused ? Answer::kNo : Answer::kYes;
      return;
    }
    LogEntry entry{.command = caller.command};
    entry.header.request = caller.request;
    entry.header.event = HashedId<EventId>({"event", std::to_string(++events_)});
    entry.header.seen = reader.head.version();
    entry.header.reads = ReadsOf(caller.command, left_out_);
    entry.header.writes = DeclaredWrites(caller.command);
    entry.header.opens = caller.command == Command::kOpen;
    if (!reader.account.Allows(caller.command)) {
      if (!reader.account.exists) return;  // "not found" is not final
      if (left_out_ == LeftOut::kRefusalEvent) {
        caller.answer = Answer::kNo;
        return;
      }
      entry.refused = true;
      entry.header.opens = false;
      entry.header.writes = {};
    }
    for (uint64_t copies = random_.OneIn(6) ? 2 : 1; copies > 0; --copies) {
      if (random_.OneIn(10)) continue;  // lost
      in_flight_.push_back(
          {entry, step_ + (random_.OneIn(5) ? random_.Below(200) : random_.Below(6))});
    }
  }

  void Deliver() {
    std::vector<std::pair<LogEntry, uint64_t>> waiting;
    for (auto& [entry, due] : in_flight_) {
      if (due <= step_ && !random_.OneIn(3)) {
        log_.push_back(entry);
      } else {
        waiting.push_back({entry, due});
      }
    }
    in_flight_ = std::move(waiting);
  }

  void FoldNext(Reader& reader) {
    if (reader.position >= log_.size()) return;
    const LogEntry& entry = log_[reader.position];
    const Verdict verdict = Judge(reader.head, entry.header);
    const auto [agreed, first] = verdicts_.try_emplace(reader.position, verdict);
    if (agreed->second != verdict) broken_ = "readers reached different verdicts";
    if (first) ++counts_[verdict];
    if (verdict == Verdict::kEffective) {
      reader.head.Accept(entry.header, Offset(static_cast<int64_t>(reader.position)),
                         entry.refused);
      reader.outcomes.try_emplace(entry.header.request, entry.refused ? Answer::kNo : Answer::kYes);
      if (!entry.refused) reader.account.Fold(entry.command);
    }
    ++reader.position;
    // A reader may crash at any time: what it stored is all it knows.
    if (random_.OneIn(30)) reader.head = *Head::Decode(reader.head.Encode());
  }

  void CheckHistory() {
    Account account;
    std::map<RequestId, int> effects, refusals;
    for (size_t i = 0; i < log_.size(); ++i) {
      if (verdicts_.at(i) != Verdict::kEffective) continue;
      const LogEntry& entry = log_[i];
      ++(entry.refused ? refusals : effects)[entry.header.request];
      if (entry.refused) continue;
      if (!account.Allows(entry.command)) broken_ = "the effective history is not serialisable";
      account.Fold(entry.command);
    }
    for (const auto& [request, n] : effects) {
      if (n > 1) broken_ = "a request is effective twice";
      if (refusals.count(request) != 0) broken_ = "a request is effective and refused";
    }
    for (const Caller& caller : callers_) {
      if (caller.answer == Answer::kNone) broken_ = "a caller never got an answer";
      if (caller.answer == Answer::kYes && effects.count(caller.request) == 0)
        broken_ = "yes without effect";
      if (caller.answer == Answer::kNo && effects.count(caller.request) != 0)
        broken_ = "no with effect";
    }
  }

  SeededRandom random_;
  const LeftOut left_out_;
  uint64_t step_ = 0, events_ = 0;
  std::vector<Reader> readers_;
  std::vector<Caller> callers_;
  std::vector<LogEntry> log_;
  std::vector<std::pair<LogEntry, uint64_t>> in_flight_;
  std::map<size_t, Verdict> verdicts_;
  std::map<Verdict, int> counts_;
  std::string broken_;
};

constexpr uint64_t kSeeds = 40;

TEST(VerdictUnderAdversarialSchedules, HoldsItsPromises) {
  std::map<Verdict, int> reached;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Schedule schedule(seed, LeftOut::kNothing);
    EXPECT_EQ(schedule.Run(), "") << "seed " << seed;
    for (const auto& [verdict, count] : schedule.verdicts()) reached[verdict] += count;
  }
  for (Verdict verdict :
       {Verdict::kEffective, Verdict::kDuplicate, Verdict::kTooOld, Verdict::kConflict}) {
    EXPECT_GT(reached[verdict], 0) << "the schedules never reach " << VerdictName(verdict);
  }
}

// Number of seeds on which something broke.
int Broken(LeftOut left_out) {
  int broken = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) broken += !Schedule(seed, left_out).Run().empty();
  return broken;
}

TEST(VerdictUnderAdversarialSchedules, CanaryWithoutLookUpOfOldRequestsIsFound) {
  EXPECT_GT(Broken(LeftOut::kLookUp), 0);
}

TEST(VerdictUnderAdversarialSchedules, CanaryWithAnUnrecordedReadIsFound) {
  EXPECT_GT(Broken(LeftOut::kRead), 0);
}

TEST(VerdictUnderAdversarialSchedules, CanaryWithRefusalsThatAreNoEventsIsFound) {
  EXPECT_GT(Broken(LeftOut::kRefusalEvent), 0);
}

}  // namespace
}  // namespace redress
