#include "libs/runtime/command_path.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/domain/payloads.h"
#include "libs/errors/errors.h"
#include "libs/runtime/decision_time.h"
#include "libs/runtime/event_append.h"

namespace redress {

namespace {

absl::Status Unavailable(std::string_view reason, std::string_view message) {
  return MakeError(absl::StatusCode::kUnavailable, reason, message);
}

}  // namespace

struct CommandPath::Call {
  CallId id = 0;
  Command command;
  CommandDone done;
  absl::Time started;
  int tries = 0;
  // Events appended by this call and not judged yet.
  std::vector<EventId> unjudged;
  // All events of this call, each with its refusal when it is one; the latest last.
  std::vector<std::pair<EventId, std::optional<Refusal>>> events;
  absl::Time append_expires = absl::InfiniteFuture();
  bool missing_checked = false;
};

CommandPath::CommandPath(Options options, EventLog* log, Projector* projector,
                         ClosedRequestIndex* index, Clock* clock, Random* random,
                         Executor* executor, RuntimeCounters* counters)
    : options_(std::move(options)),
      log_(log),
      projector_(projector),
      index_(index),
      clock_(clock),
      random_(random),
      executor_(executor),
      counters_(counters) {
  projector_->AddListener(this);
}

CommandPath::~CommandPath() = default;

TopicPartition CommandPath::PlaceOfStream(const Call& call) const {
  const Topic topic = call.command.directory ? Topic::kDirectory : Topic::kComplaints;
  return {topic, PartitionOf(call.command.stream, log_->PartitionCount(topic))};
}

void CommandPath::Submit(Command command, CommandDone done) {
  ++counters_->commands;
  if (!projector_->caught_up()) {
    done(Unavailable(reason::kNotCaughtUp, "still reading the log: not ready to decide"));
    return;
  }
  std::deque<CallId>& queue = by_stream_[command.stream];
  if (calls_.size() >= options_.max_in_flight || queue.size() >= options_.max_waiting_per_stream) {
    done(WithRetryDelay(MakeError(absl::StatusCode::kResourceExhausted, reason::kOverloaded,
                                  absl::StrCat("too many commands in flight (", calls_.size(),
                                               " in all, ", queue.size(), " on this complaint)")),
                        absl::Milliseconds(200)));
    if (queue.empty()) by_stream_.erase(command.stream);
    return;
  }
  auto call = std::make_unique<Call>();
  call->id = next_id_++;
  call->command = std::move(command);
  call->done = std::move(done);
  call->started = clock_->Now();
  if (call->command.deadline != absl::InfiniteFuture())
    timeouts_[{call->command.deadline, call->id}] = true;
  Call* begun = call.get();
  calls_[call->id] = std::move(call);
  counters_->commands_in_flight = static_cast<int64_t>(calls_.size());
  queue.push_back(begun->id);
  if (queue.size() == 1) Begin(begun);
}

absl::StatusOr<Version> CommandPath::FoldedVersion(const Command& command) {
  if (command.directory) {
    REDRESS_ASSIGN_OR_RETURN(const EntityRow* row, projector_->LoadEntity(command.stream));
    return row->head.version();
  }
  REDRESS_ASSIGN_OR_RETURN(const ComplaintRow* row, projector_->LoadComplaint(command.stream));
  return row->head.version();
}

void CommandPath::Begin(Call* call) {
  const Command& command = call->command;
  if (command.etag) {
    // An etag newer than what is folded: wait, as for a token.
    const absl::StatusOr<Version> folded = FoldedVersion(command);
    if (!folded.ok()) return Finish(call, folded.status());
    if (*folded < command.etag->version) {
      const TopicPartition source = PlaceOfStream(*call);
      std::weak_ptr<bool> alive = alive_;
      projector_->WhenFolded(source, projector_->folded_end(source).Next(),
                             FoldWaits::Until::kFolded, [this, alive, id = call->id] {
                               if (alive.expired()) return;
                               auto it = calls_.find(id);
                               if (it != calls_.end()) Begin(it->second.get());
                             });
      return;
    }
  }
  Decide(call);
}

void CommandPath::Decide(Call* call) {
  if (call->command.directory) {
    auto row = projector_->LoadEntity(call->command.stream);
    if (!row.ok()) return Finish(call, row.status());
    DecideOn(call, **row);
  } else {
    auto row = projector_->LoadComplaint(call->command.stream);
    if (!row.ok()) return Finish(call, row.status());
    DecideOn(call, **row);
  }
}

template <typename Row>
void CommandPath::DecideOn(Call* call, const Row& row) {
  const Command& command = call->command;
  if (AnswerIfClosed(call, row.head, row.row)) return;
  if (!row.head.exists() && !command.may_open) return CheckMissing(call);
  if (row.newer) {
    return Finish(call, Unavailable(reason::kUpgrade,
                                    "this complaint holds an event of a newer release: upgrade "
                                    "this instance or ask another"));
  }
  const absl::Time now = DecisionTime(clock_->Now(), row.newest_recorded_us);
  CommandContext context{now};
  if constexpr (std::is_same_v<Row, ComplaintRow>) {
    context.complaint = &row;
    StateView view(row.state, projector_->kept());
    auto decision = command.decide(view, context);
    AfterDecision(call, std::move(decision), view.reads(), row.head, now);
  } else {
    context.entity = &row;
    EntityView view(row.state);
    auto decision = command.decide_entity(view, context);
    AfterDecision(call, std::move(decision), view.reads(), row.head, now);
  }
}

bool CommandPath::AnswerIfClosed(Call* call, const Head& head, const RowNumber& row) {
  if (const ClosedRequest* closed = head.FindClosed(call->command.request)) {
    AnswerClosed(call, *closed, head);
    return true;
  }
  // Older ids than the window holds: kept in rows, so that a key is honoured for ever.
  if (index_ == nullptr || head.version().value() <= kWindow) return false;
  auto older = index_->Find(PlaceOfStream(*call).topic, row, call->command.request);
  if (!older.ok()) {
    Finish(call, older.status());
    return true;
  }
  if (!older->has_value()) return false;
  AnswerClosed(call, **older, head);
  return true;
}

void CommandPath::AnswerClosed(Call* call, const ClosedRequest& closed, const Head& head) {
  const Command& command = call->command;
  if (command.command_hash && closed.command_hash && closed.command_hash != command.command_hash) {
    return Finish(
        call,
        MakeError(absl::StatusCode::kAlreadyExists, reason::kRequestIdReused,
                  "request_id: already used for another command; use a new one for a new command"));
  }
  CommandOutcome outcome;
  outcome.stream = command.stream;
  outcome.event = closed.event;
  outcome.place = PlaceOfStream(*call);
  outcome.offset = closed.offset;
  outcome.version = head.version();
  outcome.refused = closed.refused;
  // An event of this very call is no replay.
  outcome.replayed = true;
  for (const auto& [event, refusal] : call->events) {
    if (event != closed.event) continue;
    outcome.replayed = false;
    if (refusal) outcome.refusal = *refusal;
  }
  if (outcome.replayed) ++counters_->command_replays;
  Finish(call, std::move(outcome));
}

void CommandPath::CheckMissing(Call* call) {
  if (call->missing_checked) {
    return Finish(call, MakeError(absl::StatusCode::kNotFound, reason::kNotFound,
                                  call->command.directory ? "no such directory entity"
                                                          : "no such complaint"));
  }
  // "Not found" only after folding everything that was durable when the call came.
  const TopicPartition source = PlaceOfStream(*call);
  std::weak_ptr<bool> alive = alive_;
  // The answer may come when this command path is gone: its executor outlives it.
  log_->End(source,
            [this, executor = executor_, alive, source, id = call->id](absl::StatusOr<Offset> end) {
              executor->Post([this, alive, source, id, end = std::move(end)] {
                if (alive.expired()) return;
                auto it = calls_.find(id);
                if (it == calls_.end()) return;
                if (!end.ok()) {
                  return Finish(it->second.get(),
                                Unavailable(reason::kNotCaughtUp, Std(end.status().message())));
                }
                projector_->WhenFolded(source, *end, FoldWaits::Until::kFolded, [this, alive, id] {
                  if (alive.expired()) return;
                  auto found = calls_.find(id);
                  if (found == calls_.end()) return;
                  found->second->missing_checked = true;
                  Decide(found->second.get());
                });
              });
            });
}

void CommandPath::AfterDecision(Call* call, absl::StatusOr<Decision> decision, AspectSet reads,
                                const Head& head, absl::Time decided_at) {
  if (!decision.ok()) return Finish(call, decision.status());
  const auto* refusal = std::get_if<Refusal>(&*decision);
  EventDraft refused;
  if (refusal != nullptr) refused = RefusalDraft(call->command.type, *refusal);
  const EventDraft& draft = refusal != nullptr ? refused : std::get<EventDraft>(*decision);
  if (call->command.etag && head.exists()) {
    const AspectSet touched = reads | WritesOf(*draft.payload);
    const AspectSet changed = head.ChangedSince(touched, call->command.etag->version);
    if (!changed.empty()) {
      return Finish(call,
                    MakeError(absl::StatusCode::kAborted, reason::kChanged,
                              absl::StrCat("changed since the etag was taken: ", changed.ToString(),
                                           "; read the complaint again and decide anew"),
                              {{"aspects", changed.ToString()}}));
    }
  }
  const EventId event = AppendDecision(call, draft, reads, head.version(), decided_at);
  call->events.emplace_back(event,
                            refusal != nullptr ? std::optional<Refusal>(*refusal) : std::nullopt);
}

EventId CommandPath::AppendDecision(Call* call, const EventDraft& draft, AspectSet reads,
                                    Version seen, absl::Time decided_at) {
  const Command& command = call->command;
  const absl::Time now = clock_->Now();
  EventOrigin origin;
  origin.event_id = NewEventId(now, *random_);
  origin.stream = command.stream;
  origin.request = command.request;
  origin.opens = seen == Version(0) && command.may_open;
  origin.seen = seen;
  origin.reads = reads;
  origin.recorded_at_us = ToMicros(decided_at);
  origin.actor = command.actor;
  origin.command_hash = command.command_hash;
  origin.origin = command.origin;
  if (command.policy) origin.policy = command.policy();
  const event::v1::Event event = BuildEvent(origin, draft);
  call->unjudged.push_back(origin.event_id);
  call->append_expires = now + options_.append_timeout;
  timeouts_[{call->append_expires, call->id}] = true;
  ++call->tries;
  by_event_[origin.event_id] = call->id;
  std::weak_ptr<bool> alive = alive_;
  // Not where the type lives: a refusal stands on the stream that it is about.
  log_->Append(PlaceOfStream(*call), RecordOf(event),
               [this, executor = executor_, alive, id = call->id,
                event_id = origin.event_id](AppendOutcome outcome) {
                 if (outcome.kind == AppendOutcome::Kind::kAppended) return;
                 executor->Post([this, alive, id, event_id, outcome = std::move(outcome)] {
                   if (!alive.expired()) OnAppended(id, event_id, outcome);
                 });
               });
  return origin.event_id;
}

void CommandPath::OnAppended(CallId id, const EventId& event, const AppendOutcome& outcome) {
  auto it = calls_.find(id);
  // Unknown is no answer: the event may still be read back, or the time-out appends it again.
  if (it == calls_.end() || outcome.kind == AppendOutcome::Kind::kUnknown) return;
  Call* call = it->second.get();
  std::erase(call->unjudged, event);
  by_event_.erase(event);
  if (!call->unjudged.empty()) return;  // an earlier try may still decide it
  if (absl::IsResourceExhausted(outcome.status)) {
    return Finish(
        call, WithRetryDelay(MakeError(absl::StatusCode::kResourceExhausted, reason::kOverloaded,
                                       Std(outcome.status.message())),
                             absl::Seconds(1)));
  }
  Finish(call, outcome.status);
}

void CommandPath::OnJudged(TopicPartition, Offset offset, const JudgedHeader& header,
                           Verdict verdict) {
  auto found = by_event_.find(header.event);
  if (found == by_event_.end()) return;
  auto it = calls_.find(found->second);
  by_event_.erase(found);
  if (it == calls_.end()) return;
  Call* call = it->second.get();
  std::erase(call->unjudged, header.event);
  if (verdict == Verdict::kEffective || verdict == Verdict::kDuplicate) {
    // Closed now, by this event or an earlier one: the folded head has the one outcome.
    Decide(call);
    return;
  }
  ++counters_->command_conflicts;
  if (!call->events.empty() && header.event == call->events.back().first)
    Again(call, VerdictName(verdict).data());
}

void CommandPath::Again(Call* call, const char* why) {
  if (call->tries < options_.max_tries && clock_->Now() < call->command.deadline)
    return Decide(call);
  if (!call->unjudged.empty()) return;  // the deadline answers
  Finish(call, MakeError(absl::StatusCode::kAborted, reason::kConflict,
                         absl::StrCat("lost against other changes ", call->tries, " times (", why,
                                      "): try again")));
}

absl::Time CommandPath::next_wake() const {
  return timeouts_.empty() ? absl::InfiniteFuture() : timeouts_.begin()->first.first;
}

void CommandPath::Step() {
  const absl::Time now = clock_->Now();
  while (!timeouts_.empty() && timeouts_.begin()->first.first <= now) {
    const CallId id = timeouts_.begin()->first.second;
    timeouts_.erase(timeouts_.begin());
    auto it = calls_.find(id);
    if (it == calls_.end()) continue;
    Call* call = it->second.get();
    if (call->command.deadline <= now) {
      if (call->unjudged.empty()) {
        Finish(call, Unavailable(reason::kNotCaughtUp,
                                 "no time left before a decision was appended: try again"));
      } else {
        ++counters_->command_unknown;
        Finish(call,
               Unavailable(reason::kOutcomeUnknown,
                           "appended, but not read back in time: repeat with the same request id"));
      }
    } else if (call->append_expires <= now && !call->unjudged.empty() &&
               call->tries < options_.max_tries) {
      // Lost or late: the same request id makes a second copy harmless.
      Decide(call);
    }
  }
}

void CommandPath::Finish(Call* call, absl::StatusOr<CommandOutcome> outcome) {
  if (outcome.ok() && outcome->refused && !outcome->replayed) ++counters_->command_refusals;
  counters_->command_latency.Record(absl::ToInt64Microseconds(clock_->Now() - call->started));
  for (const EventId& event : call->unjudged) by_event_.erase(event);
  const StreamId stream = call->command.stream;
  const CallId id = call->id;
  CommandDone done = std::move(call->done);
  auto& queue = by_stream_[stream];
  const bool was_first = !queue.empty() && queue.front() == id;
  std::erase(queue, id);
  calls_.erase(id);
  counters_->commands_in_flight = static_cast<int64_t>(calls_.size());
  done(std::move(outcome));
  if (was_first) StartNext(stream);
}

void CommandPath::StartNext(const StreamId& stream) {
  auto it = by_stream_.find(stream);
  if (it == by_stream_.end()) return;
  if (it->second.empty()) {
    by_stream_.erase(it);
    return;
  }
  auto next = calls_.find(it->second.front());
  REDRESS_CHECK(next != calls_.end());
  Begin(next->second.get());
}

}  // namespace redress
