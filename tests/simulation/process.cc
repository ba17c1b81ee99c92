#include "tests/simulation/process.h"

namespace redress::simulation {

Process::Process(SimulatedScheduler* scheduler, SimulatedLog* bus, Disks disks, int number, uint32_t unknown_type)
    : log_(bus->Connect("process-" + std::to_string(number))),
      older_(log_.get(), unknown_type),
      seen_log_(unknown_type == 0 ? static_cast<EventLog*>(log_.get()) : &older_),
      executor_(scheduler, absl::Milliseconds(2)),
      random_(scheduler->random().Next()),
      clock_(&scheduler->clock()),
      intake_store_(NewMemoryStore(disks.intake)),
      intake_projection_(kSecret, &intake_directory_, &clock_),
      take_in_(&intake_projection_, &random_),
      classifier_store_(NewMemoryStore(disks.classifier)),
      classifier_projection_(&classifier_directory_),
      assess_(&classifier_directory_, &engines_) {
  ServiceParts intake;
  intake.name = "intake";
  intake.projection = &intake_projection_;
  intake.decider = &take_in_;
  intake.kinds = {intake::kScreen, intake::kDeadLetter, intake::kTakeIn};
  intake.owns = {OwnershipKind::kTakeIn, OwnershipKind::kIntake};
  intake.takes_commands = true;
  intake.older_requests = &intake_projection_;
  intake_ = std::make_unique<Service>(std::move(intake),
                                      Ports{seen_log_, intake_store_.get(), &clock_, &random_, &executor_});
  intake_projection_.SetOverlay(&intake_->projector().overlay());
  intake_projection_.SetActor(intake_->actor());

  ServiceParts classifier;
  classifier.name = "classifier";
  classifier.projection = &classifier_projection_;
  classifier.decider = &assess_;
  classifier.kinds = {classifier::kAssess};
  classifier.owns = {OwnershipKind::kClassifier};
  classifier_ = std::make_unique<Service>(std::move(classifier),
                                          Ports{seen_log_, classifier_store_.get(), &clock_, &random_, &executor_});
  assess_.SetOverlay(&classifier_->projector().overlay());
  executor_.Post([this] {
    started_ = intake_->Start();
    if (started_.ok()) started_ = classifier_->Start();
  });
}

Process::~Process() { Crash(); }

void Process::Crash() {
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

void Process::Submit(Command command, CommandDone done) {
  executor_.Post([this, command = std::move(command), done = std::move(done)]() mutable {
    intake_->commands()->Submit(std::move(command), std::move(done));
    intake_->Pump();
  });
}

bool Process::quiet() {
  for (Service* service : {intake_.get(), classifier_.get()}) {
    if (!service->projector().caught_up() || service->projector().work().size() > 0) return false;
    if (service->actor()->in_flight() > 0) return false;
  }
  return intake_->commands()->in_flight() == 0;
}

absl::Status Process::health() const {
  if (!started_.ok()) return started_;
  if (!intake_->health().ok()) return intake_->health();
  return classifier_->health();
}

}  // namespace redress::simulation
