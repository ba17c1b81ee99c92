#include "services/intake/module.h"

#include <utility>

#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "redress/event/v1/intake.pb.h"
#include "services/intake/api/complaint_service.h"
#include "services/intake/api/directory_service.h"
#include "services/intake/api/inbound_service.h"
#include "services/intake/projection/tables.h"

namespace redress::intake {

IntakeModule::IntakeModule(HostContext host)
    : ServiceModule(std::move(host), "intake", kIntakeLayout),
      queries_(std::make_unique<ThreadExecutor>("intake-queries")) {}

IntakeModule::~IntakeModule() {
  // Questions read the store: they end before it goes.
  queries_->Stop();
  Stop();
}

absl::StatusOr<ServiceParts> IntakeModule::MakeParts() {
  counter_.emplace(host().metrics != nullptr ? IntakeMetrics(*host().metrics) : IntakeMetrics());
  REDRESS_RETURN_IF_ERROR(counter_->CountOpen(ServiceModule::store()));
  projection_.emplace(host().id_secret, &directory_, host().clock);
  projection_->SetObserver(&*counter_);
  decider_.emplace(&*projection_, host().random);
  publisher_.emplace(
      host().policy_file, &directory_, host().clock,
      [this](Command command, CommandDone done) { Submit(std::move(command), std::move(done)); });
  ServiceParts parts;
  parts.projection = &*projection_;
  parts.decider = &*decider_;
  parts.kinds = {kScreen, kDeadLetter, kTakeIn};
  parts.owns = {OwnershipKind::kTakeIn, OwnershipKind::kIntake};
  parts.takes_commands = true;
  parts.older_requests = &*projection_;
  return parts;
}

void IntakeModule::OnMade(Service& service) {
  service_ = &service;
  projection_->SetOverlay(&service.projector().overlay());
  projection_->SetActor(service.actor());
  counter_->SetCounts(
      [&service](OwnershipKind kind, Partition unit) { return service.Counts(kind, unit); });
}

void IntakeModule::OnStop() { queries_->Stop(); }

absl::Status IntakeModule::Ready() const {
  const absl::Status folded = ServiceModule::Ready();
  if (!folded.ok() || host().policy_file.empty()) return folded;
  if (directory_.ActivePolicy("", ToMicros(host().clock->Now()))) return absl::OkStatus();
  return absl::UnavailableError("no policy is active yet: " + host().policy_file +
                                " is being published");
}

void IntakeModule::OnTick(Service& service) {
  if (!service.projector().caught_up()) return;
  // Arms the time-outs of commands whose appends are never read back; everything else wakes the
  // machines by itself.
  service.Pump();
  counter_->PublishOpen();
  publisher_->Step();
}

std::vector<RpcService> IntakeModule::RpcServices() {
  std::vector<RpcService> services;
  services.push_back(MakeComplaintService(this));
  services.push_back(MakeInboundService(this));
  services.push_back(MakeDirectoryService(this));
  return services;
}

void IntakeModule::OnService(std::function<void()> work) {
  OnExecutor([work = std::move(work)](Service&) { work(); });
}

void IntakeModule::WhenFolded(ConsistencyToken token, absl::Time deadline,
                              std::function<void(absl::Status)> done) {
  OnExecutor([token = std::move(token), deadline, done = std::move(done)](Service& service) {
    service.WhenReached(token, deadline, [done](absl::Status reached) {
      if (absl::IsDeadlineExceeded(reached)) {
        reached =
            MakeError(absl::StatusCode::kUnavailable, reason::kNotCaughtUp, Std(reached.message()));
      } else if (absl::IsInvalidArgument(reached)) {
        reached = InvalidField("consistency_token", "of another log");
      }
      done(reached);
    });
  });
}

void IntakeModule::Submit(Command command, CommandDone done) {
  service_->commands()->Submit(std::move(command), std::move(done));
}

absl::StatusOr<Refusal> IntakeModule::RefusalOf(const CommandOutcome& outcome) {
  Projector& projector = service_->projector();
  event::v1::CommandRefused refused;
  bool read = false;
  if (outcome.place.topic == Topic::kDirectory) {
    REDRESS_ASSIGN_OR_RETURN(const EntityRow* row, projector.LoadEntity(outcome.stream));
    REDRESS_ASSIGN_OR_RETURN(
        const auto stored, projector.overlay().Get(DirectoryRefusalKey(row->row, outcome.offset)));
    read = stored && refused.ParseFromString(*stored);
  } else {
    REDRESS_ASSIGN_OR_RETURN(const ComplaintRow* row, projector.LoadComplaint(outcome.stream));
    REDRESS_ASSIGN_OR_RETURN(const auto stored,
                             projector.overlay().Get(HistoryKey(row->row, outcome.offset)));
    event::v1::Event event;
    const auto history = HistoryRow::Decode(stored.value_or(""));
    read = history && event.ParseFromString(history->event) &&
           refused.ParseFromString(event.payload());
  }
  if (!read) return absl::DataLossError("the row of a refusal is damaged: rebuild the projection");
  Refusal refusal{refused.code(), {}};
  for (const auto& detail : refused.details())
    refusal.facts.emplace_back(detail.name(), detail.value());
  return refusal;
}

}  // namespace redress::intake
