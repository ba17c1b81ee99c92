#include "tests/simulation/process.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/older_release.h"
#include "tests/simulation/planted_rows.h"

namespace redress::simulation {

Process::Process(const Surroundings& around, const Disks& disks, int number, uint32_t unknown_type,
                 std::function<void(Site)> at_site)
    : around_(around),
      at_site_(std::move(at_site)),
      log_(around.bus->Connect("process-" + std::to_string(number))),
      executor_(around.scheduler, absl::Milliseconds(2)),
      random_(around.scheduler->random().Next()),
      clock_(&around.scheduler->clock()) {
  EventLog* seen = log_.get();
  if (unknown_type != 0) {
    older_ = std::make_unique<OlderRelease>(seen, unknown_type);
    seen = older_.get();
  }
  if (around.bug != Bug::kNone) {
    planted_ = std::make_unique<PlantedLog>(
        seen, around.bug, around.rule, number == 0,
        [this](const RequestId& request, const event::v1::Event& event) {
          AnswerEarly(request, event);
        });
    seen = planted_.get();
  }
  Fate* const fate = this;
  for (int i = 0; i < kServices; ++i) {
    rooms_[i] = MakeRoom(i, &clock_, &random_, around.metrics);
    rooms_[i]->log = std::make_unique<SiteLog>(
        seen, fate, [this, i](const Record& record) { NoteAppend(i, record); });
    MakeService(i, around, disks);
  }
  executor_.Post([this] {
    for (auto& room : rooms_) {
      if (started_.ok() && !dead_) started_ = room->service->Start();
    }
  });
}

void Process::MakeService(int index, const Surroundings& around, const Disks& disks) {
  Room& room = *rooms_[index];
  room.store = NewSiteStore(WithPlantedRows(disks[index]->Open(), index, around.bug), this);
  ServiceParts parts = room.Parts();
  room.projection = parts.projection;
  parts.name = std::string(ServiceName(index));
  parts.projector.timer_window = around.timer_window;
  parts.projector.flush_interval = around.flush_interval;
  // The few messages of a run are enough to be held back.
  parts.projector.most_work_ahead = 3;
  if (around.bug == Bug::kNoHoldAfterLoss) parts.actor.hold_after_loss = absl::ZeroDuration();
  if (parts.decider != nullptr) {
    Fate* const fate = this;
    room.witness = std::make_unique<Witness>(parts.name, parts.decider, fate, &random_, &executor_,
                                             around.bug);
    parts.decider = room.witness.get();
  }
  if (around.bug == Bug::kNoOlderRequests && parts.older_requests != nullptr) {
    room.older_requests = NewForgetfulIndex();
    parts.older_requests = room.older_requests.get();
  }
  room.service = std::make_unique<Service>(
      std::move(parts), Ports{room.log.get(), room.store.get(), &clock_, &random_, &executor_});
  if (room.witness != nullptr) room.witness->SetWork(&room.service->projector().work());
  room.OnMade(*room.service);
}

Process::~Process() { Kill(); }

void Process::Kill() {
  dead_ = true;
  executor_.Crash();
  log_->Crash();
}

void Process::Pause() {
  paused_ = true;
  executor_.Pause();
  log_->Pause();
}

void Process::Resume() {
  paused_ = false;
  log_->Resume();
  executor_.Resume();
}

void Process::NoteAppend(int index, const Record& record) {
  Witness* witness = rooms_[index]->witness.get();
  const std::string work = witness == nullptr ? "" : witness->TakeAppending();
  if (work.empty()) return;
  event::v1::Event event;
  event.ParseFromString(*record.value);
  if (!around_.work_book->Note(work, RequestId::FromBytesOrNone(event.header().request_id()))) {
    around_.fail("the same work was given another request id: " + work);
  }
}

void Process::AnswerEarly(const RequestId& request, const event::v1::Event& event) {
  const auto waiting = early_.extract(request);
  if (waiting.empty() || dead_) return;
  CommandOutcome outcome;
  outcome.event = EventId::FromBytesOrNone(event.header().event_id());
  outcome.refused = event.type() == PayloadOf<event::v1::CommandRefused>().number;
  waiting.mapped()(std::move(outcome));
}

Command Process::Watched(Command command) {
  if (command.directory) {
    command.decide_entity = [this, decide = std::move(command.decide_entity)](
                                EntityView& view, const CommandContext& context) {
      At(Site::kDecidesCommand);
      return decide(view, context);
    };
    return command;
  }
  auto decide = std::move(command.decide);
  command.decide = [this, decide](StateView& view,
                                  const CommandContext& context) -> absl::StatusOr<Decision> {
    At(Site::kDecidesCommand);
    absl::StatusOr<Decision> decision = decide(view, context);
    const bool refused = decision.ok() && std::holds_alternative<Refusal>(*decision);
    if (refused && around_.bug == Bug::kRefusalWithoutEvent)
      return absl::FailedPreconditionError("refused");
    return decision;
  };
  return command;
}

void Process::Submit(Command command, CommandDone done) {
  CommandDone answer = [this, done = std::move(done)](absl::StatusOr<CommandOutcome> outcome) {
    At(Site::kBeforeAnswer);
    if (dead_) return;
    done(std::move(outcome));
    At(Site::kAfterAnswer);
  };
  executor_.Post(
      [this, command = Watched(std::move(command)), answer = std::move(answer)]() mutable {
        At(Site::kTakesCommand);
        if (dead_) return;
        if (around_.bug == Bug::kAnswerAtAppend) early_[command.request] = answer;
        if (planted_ != nullptr && command.etag)
          planted_->SetEtag(command.request, command.etag->version);
        Service& intake = service(kIntake);
        intake.commands()->Submit(std::move(command), std::move(answer));
        intake.Pump();
      });
}

void Process::WhenReached(int service, const ConsistencyToken& token, absl::Time deadline,
                          std::function<void(absl::Status)> done) {
  executor_.Post([this, service, token, deadline, done = std::move(done)]() mutable {
    this->service(service).WhenReached(token, deadline,
                                       [this, done = std::move(done)](absl::Status reached) {
                                         if (!dead_) done(std::move(reached));
                                       });
  });
}

absl::Status Process::health() const {
  if (!started_.ok()) return started_;
  for (const auto& room : rooms_) {
    if (!room->service->health().ok()) return room->service->health();
  }
  return absl::OkStatus();
}

}  // namespace redress::simulation
