#include "tests/simulation/automatic_writer.h"

#include <string>
#include <utility>

#include "libs/base/check.h"
#include "libs/domain/lifecycle.h"
#include "libs/projection/memory/memory_store.h"
#include "redress/event/v1/ownership.pb.h"
#include "tests/simulation/small_suite.h"

namespace redress::simulation {
namespace {

constexpr WorkKind kBusy = 1;

bool MayQueue(const storage::v1::StageState& stage) {
  static const uint32_t type = PayloadOf<event::v1::ComplaintQueued>().number;
  return LifecycleOf(type, stage.stage(), stage.ever_assessed()).allowed;
}

}  // namespace

struct AutomaticWriter::Work final : Projection, WorkDecider {
  explicit Work(const StreamId& complaint) : complaint(complaint) {}

  AspectSet kept() const override { return {event::v1::STAGE}; }
  void WorkOf(const ComplaintRow& row, std::vector<WorkItem>* work) const override {
    if (row.id != complaint || !MayQueue(row.state.stage())) return;
    WorkItem item;
    item.kind = kBusy;
    item.subject = std::to_string(row.head.version().value());
    item.cause = EventId::FromBytesOrNone(row.state.stage().entered_by());
    work->push_back(std::move(item));
  }

  std::string_view KindName(WorkKind) const override { return "busy"; }
  OwnershipKind OwnerOf(WorkKind) const override { return OwnershipKind::kClassifier; }
  WorkAnswer Decide(const WorkItem&, const ComplaintRow&, StateView& view, absl::Time) override {
    if (!MayQueue(view.stage())) return WorkIsStale{};
    event::v1::ComplaintQueued queued;
    queued.set_team_id(TeamId());
    queued.set_cause(event::v1::ComplaintQueued::TRANSFERRED);
    queued.set_reason("no_capacity");
    WorkEvent answer;
    answer.policy = SmallPolicy().manifest_hash();
    answer.draft = EventDraft::Of(std::move(queued));
    return answer;
  }

  const StreamId complaint;
};

AutomaticWriter::AutomaticWriter(SimulatedScheduler* scheduler, EventLog* log, Clock* clock,
                                 const StreamId& complaint, Bug bug)
    : work_(std::make_unique<Work>(complaint)),
      store_(NewMemoryStore()),
      executor_(scheduler, absl::Milliseconds(2)),
      random_(scheduler->random().Next()) {
  ServiceParts parts;
  parts.name = "automatic";
  parts.projection = work_.get();
  parts.decider = work_.get();
  parts.kinds = {kBusy};
  parts.owns = {OwnershipKind::kClassifier};
  if (bug == Bug::kNoHoldAfterLoss) parts.actor.hold_after_loss = absl::ZeroDuration();
  service_ = std::make_unique<Service>(std::move(parts),
                                       Ports{log, store_.get(), clock, &random_, &executor_});
  executor_.Post([this] { REDRESS_CHECK(service_->Start().ok()); });
}

AutomaticWriter::~AutomaticWriter() { executor_.Crash(); }

}  // namespace redress::simulation
