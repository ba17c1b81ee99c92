// How each aspect of a complaint changes: small functions of (former value, event), used by the
// fold only.
#pragma once

#include <string>

#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/clocks.pb.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/event/v1/ownership.pb.h"
#include "redress/event/v1/record.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"

namespace redress::fold {

using event::v1::Header;
template <typename T>
using Repeated = google::protobuf::RepeatedPtrField<T>;

// stage
void ReceiveStage(const Header& header, const event::v1::ComplaintReceived& received,
                  storage::v1::StageState* stage);
void EnterStage(const Header& header, storage::v1::StageState::Stage entered,
                storage::v1::StageState* stage);

// record
void ReceiveRecord(const Header& header, const event::v1::ComplaintReceived& received,
                   storage::v1::RecordState* record);
void SetFields(const event::v1::FormFieldsSet& set, storage::v1::RecordState* record);

// conversation, thread
void ReceiveConversation(const Header& header, const event::v1::ComplaintReceived& received,
                         storage::v1::ConversationState* conversation);
void AddMessage(const Header& header, const event::v1::MessageAdded& added,
                storage::v1::ConversationState* conversation);
void SendFinalResponse(const Header& header, const event::v1::Message& message,
                       storage::v1::ConversationState* conversation);
void ReceiveThread(const event::v1::ComplaintReceived& received, storage::v1::ThreadState* thread);
// A new conversation, or a known one that goes on in another complaint (`continued_as`, empty: it
// does not).
void SetThread(const event::v1::MessageAdded::Thread& set, const std::string& continued_as,
               storage::v1::ThreadState* thread);

// assessment, level, triggers
void Assess(const Header& header, const event::v1::Assessment& assessed,
            storage::v1::AssessmentState* assessment);
void Correct(const Header& header, const event::v1::AssessmentCorrected& corrected,
             storage::v1::AssessmentState* assessment);
void EnterLevel(const Header& header, uint32_t entered, storage::v1::LevelState* level);
void OpenTriggers(const Header& header, const Repeated<event::v1::Trigger>& opened,
                  storage::v1::TriggersState* triggers);
void CloseTriggers(const Repeated<std::string>& ids, storage::v1::TriggersState* triggers);

// ownership
void Queue(const Header& header, const event::v1::ComplaintQueued& queued,
           storage::v1::OwnershipState* ownership);
void Assign(const Header& header, const event::v1::ComplaintAssigned& assigned,
            storage::v1::OwnershipState* ownership);
void MoveOwnership(const Header& header, const std::string& team_id,
                   event::v1::ComplaintEscalated::OwnerAfter owner_after,
                   storage::v1::OwnershipState* ownership);

// clocks, waiting
struct Firing {
  const std::string& clock_id;
  uint32_t threshold_percent;
  uint32_t generation;
  int64_t fired_at_us;
  int64_t due_at_us;
};
void SetClocks(const Header& header, const event::v1::ClocksSet& set,
               storage::v1::ClocksState* clocks);
void Fire(const Firing& firing, const Header& header, storage::v1::ClocksState* clocks);
void StartWaiting(const Header& header, const event::v1::Waiting& started,
                  storage::v1::WaitingState* waiting);
void EndWaiting(event::v1::Waiting::On on, int64_t at_us, storage::v1::WaitingState* waiting);
void EndAllWaiting(int64_t at_us, storage::v1::WaitingState* waiting);

}  // namespace redress::fold
