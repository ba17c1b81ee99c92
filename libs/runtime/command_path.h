// The command path: look up the request id, load the folded state, decide, append, wait for the
// read-back, answer with the verdict (architecture §3-4). A caller is answered only after its event
// was read back and judged; a request id has one outcome for ever. A step machine. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/domain/decision.h"
#include "libs/domain/state_view.h"
#include "libs/event_log/event_log.h"
#include "libs/runtime/counters.h"
#include "libs/runtime/executor.h"
#include "libs/runtime/projector.h"
#include "libs/runtime/token.h"

namespace redress {

// What a decider of a command sees beside the state.
struct CommandContext {
  absl::Time now;
  // None: nothing folded before this.
  const ComplaintRow* complaint = nullptr;
  const EntityRow* entity = nullptr;
};

// One command, ready to be decided any number of times.
struct Command {
  StreamId stream;
  // Directory entity instead of a complaint.
  bool directory = false;
  // The command creates the stream when it does not exist; otherwise a missing one is NOT_FOUND.
  bool may_open = false;
  RequestId request;
  ContentHash command_hash;
  event::v1::Actor actor;
  event::v1::Origin origin = event::v1::LIVE;
  // Payload type number, named in a refusal.
  uint32_t type = 0;
  std::optional<Etag> etag;
  absl::Time deadline = absl::InfiniteFuture();
  // Pure. Exactly one is set; an error status is answered at once and is not final.
  std::function<absl::StatusOr<Decision>(StateView&, const CommandContext&)> decide;
  std::function<absl::StatusOr<Decision>(EntityView&, const CommandContext&)> decide_entity;
  // Policy version that the decider used.
  std::function<ContentHash()> policy;
};

// An answered command: its one outcome.
struct CommandOutcome {
  StreamId stream;
  EventId event;
  TopicPartition place;
  Offset offset;
  Version version;
  // Answered from an earlier call with the same request id.
  bool replayed = false;
  bool refused = false;
  // When refused now; a replayed refusal is read from the log by its offset.
  Refusal refusal;
};

// Errors carry one of libs/errors/reasons.h: NOT_FOUND · REQUEST_ID_REUSED · CHANGED (aspects
// named) · CONFLICT · OUTCOME_UNKNOWN · UPGRADE · OVERLOADED · NOT_CAUGHT_UP.
using CommandDone = std::function<void(absl::StatusOr<CommandOutcome>)>;

// Request ids that left the window of 64: intake keeps them in rows of its own. `topic` tells
// complaints from directory entities: their row numbers may be alike.
class ClosedRequestIndex {
 public:
  virtual ~ClosedRequestIndex() = default;
  virtual absl::StatusOr<std::optional<ClosedRequest>> Find(Topic topic, const RowNumber& row,
                                                            const RequestId& request) = 0;
};

class CommandPath final : public JudgedListener {
 public:
  struct Options {
    std::string service = "intake";
    int max_tries = 6;
    size_t max_in_flight = 2000;
    size_t max_waiting_per_stream = 32;
    // After this long without a read-back the same request is appended again.
    absl::Duration append_timeout = absl::Seconds(2);
  };

  // `index` may be null where no older request ids exist (directory only, tests). All must outlive
  // the path.
  CommandPath(Options options, EventLog* log, Projector* projector, ClosedRequestIndex* index,
              Clock* clock, Random* random, Executor* executor, RuntimeCounters* counters);
  ~CommandPath() override;

  // `done` is called exactly once, on the executor.
  void Submit(Command command, CommandDone done);

  // Ends what ran out of time. Call at `next_wake`.
  void Step();
  absl::Time next_wake() const;

  void OnJudged(TopicPartition source, Offset offset, const JudgedHeader& header,
                Verdict verdict) override;
  size_t in_flight() const { return calls_.size(); }

 private:
  struct Call;
  using CallId = uint64_t;

  void Begin(Call* call);
  absl::StatusOr<Version> FoldedVersion(const Command& command);
  void Decide(Call* call);
  template <typename Row>
  void DecideOn(Call* call, const Row& row);
  void AfterDecision(Call* call, absl::StatusOr<Decision> decision, AspectSet reads,
                     const Head& head, absl::Time decided_at);
  EventId AppendDecision(Call* call, const EventDraft& draft, AspectSet reads, Version seen,
                         absl::Time decided_at);
  void OnAppended(CallId id, const EventId& event, const AppendOutcome& outcome);
  void CheckMissing(Call* call);
  bool AnswerIfClosed(Call* call, const Head& head, const RowNumber& row);
  void AnswerClosed(Call* call, const ClosedRequest& closed, const Head& head);
  void Again(Call* call, const char* why);
  void Finish(Call* call, absl::StatusOr<CommandOutcome> outcome);
  void StartNext(const StreamId& stream);
  TopicPartition PlaceOfStream(const Call& call) const;

  const Options options_;
  EventLog* const log_;
  Projector* const projector_;
  ClosedRequestIndex* const index_;
  Clock* const clock_;
  Random* const random_;
  Executor* const executor_;
  RuntimeCounters* const counters_;

  CallId next_id_ = 1;
  std::map<CallId, std::unique_ptr<Call>> calls_;
  absl::flat_hash_map<EventId, CallId> by_event_;
  // Per stream: the call in flight first, then those that wait their turn.
  absl::flat_hash_map<StreamId, std::deque<CallId>> by_stream_;
  std::map<std::pair<absl::Time, CallId>, bool> timeouts_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace redress
