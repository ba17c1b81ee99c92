// How a decider sees a complaint: every accessor records that its aspect was read, and the header
// of the event gets that mask (architecture §3: reads are recorded, not declared). Reading an
// aspect that the service does not keep is a bug. One decision, one view; not thread-safe.
#pragma once

#include "libs/base/check.h"
#include "libs/domain/aspects.h"
#include "redress/storage/v1/complaint_state.pb.h"
#include "redress/storage/v1/directory_state.pb.h"

namespace redress {

using storage::v1::ComplaintState;
using storage::v1::DirectoryState;

class StateView {
 public:
  // `state` must outlive the view.
  StateView(const ComplaintState& state, AspectSet kept) : state_(state), kept_(kept) {}

  const storage::v1::StageState& stage() { return Read(event::v1::STAGE).stage(); }
  const storage::v1::OwnershipState& ownership() { return Read(event::v1::OWNERSHIP).ownership(); }
  const storage::v1::RecusalState& recusal() { return Read(event::v1::RECUSAL).recusal(); }
  const storage::v1::LevelState& level() { return Read(event::v1::LEVEL).level(); }
  const storage::v1::TriggersState& triggers() { return Read(event::v1::TRIGGERS).triggers(); }
  const storage::v1::AssessmentState& assessment() {
    return Read(event::v1::ASSESSMENT).assessment();
  }
  const storage::v1::ConversationState& conversation() {
    return Read(event::v1::CONVERSATION).conversation();
  }
  const storage::v1::ThreadState& thread() { return Read(event::v1::THREAD).thread(); }
  const storage::v1::PartyState& party() { return Read(event::v1::PARTY).party(); }
  const storage::v1::RecordState& record() { return Read(event::v1::RECORD).record(); }
  const storage::v1::ClocksState& clocks() { return Read(event::v1::CLOCKS).clocks(); }
  const storage::v1::WaitingState& waiting() { return Read(event::v1::WAITING).waiting(); }
  const storage::v1::PolicyState& policy() { return Read(event::v1::POLICY).policy(); }
  // Aspects without state yet, which a decider must all the same have asked for.
  void Touch(Aspect aspect) { reads_.Add(aspect); }

  // The state without recording: only for values that the event names (`explained.inputs`, `basis`)
  // and whose change a row of work answers (`events.md` §0, rule 1).
  const ComplaintState& Input(Aspect aspect) const {
    REDRESS_CHECK(kept_.Has(aspect));
    return state_;
  }

  AspectSet reads() const { return reads_; }

 private:
  const ComplaintState& Read(Aspect aspect) {
    REDRESS_CHECK(kept_.Has(aspect));
    reads_.Add(aspect);
    return state_;
  }

  const ComplaintState& state_;
  const AspectSet kept_;
  AspectSet reads_;
};

// The same for a directory entity.
class EntityView {
 public:
  explicit EntityView(const DirectoryState& state) : state_(state) {}

  const storage::v1::DefinitionState& definition() {
    return Read(event::v1::DEFINITION).definition();
  }
  const storage::v1::SkillsState& skills() { return Read(event::v1::SKILLS).skills(); }
  const storage::v1::CapacityState& capacity() { return Read(event::v1::CAPACITY).capacity(); }
  const storage::v1::PresenceState& presence() { return Read(event::v1::PRESENCE).presence(); }
  AspectSet reads() const { return reads_; }

 private:
  const DirectoryState& Read(Aspect aspect) {
    reads_.Add(aspect);
    return state_;
  }

  const DirectoryState& state_;
  AspectSet reads_;
};

}  // namespace redress
