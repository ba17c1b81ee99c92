#include "tests/simulation/witness.h"

#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "redress/event/v1/ownership.pb.h"

namespace redress::simulation {
namespace {

// A complaint put back because its owner was given more than fits.
bool Heals(const WorkAnswer& answer) {
  const auto* event = std::get_if<WorkEvent>(&answer);
  if (event == nullptr ||
      event->draft.payload->GetDescriptor() != event::v1::ComplaintQueued::descriptor())
    return false;
  const auto& queued = static_cast<const event::v1::ComplaintQueued&>(*event->draft.payload);
  return queued.cause() == event::v1::ComplaintQueued::OVER_CAPACITY;
}

}  // namespace

WorkAnswer Witness::Decide(const WorkItem& item, const ComplaintRow& row, StateView& view,
                           absl::Time now) {
  fate_->At(Site::kDecidesWork);
  WorkAnswer answer = inner_->Decide(item, row, view, now);
  if (bug_ == Bug::kNoHealAfterTwoRouters && Heals(answer)) return WorkIsStale{};
  if (auto* event = std::get_if<WorkEvent>(&answer)) {
    if (bug_ == Bug::kReturningRequestId && !event->request) {
      event->request =
          HashedId<RequestId>({inner_->KindName(item.kind), item.stream.bytes(), item.subject});
    }
    if (bug_ == Bug::kRandomRequestId && !event->request) {
      event->request = RequestId::FromBytesOrNone(NewEventId(now, *random_).bytes());
    }
  }
  return answer;
}

void Witness::OnInFlight(const WorkItem& item, const google::protobuf::Message* payload) {
  inner_->OnInFlight(item, payload);
  appending_ = absl::StrCat(service_, "/", std::string(inner_->KindName(item.kind)), "/",
                            item.stream.ToHex(), "/", item.subject, "/", item.cause.ToHex(), "/",
                            item.not_before_us);
  if (bug_ == Bug::kRowRemovedAtAppend) {
    executor_->Post([work = work_, item] { work->Remove(item); });
  }
}

}  // namespace redress::simulation
