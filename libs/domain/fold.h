// The fold: what an effective event does to the state. Total and pure: no clock, no configuration,
// no other stream, no decryption, no random number. Each aspect is folded from its own former value
// and the event alone, so a service may keep any subset of aspects. A promise kept for ever: golden
// logs fold to the same bytes in every later release.
#pragma once

#include "google/protobuf/message.h"
#include "libs/domain/aspects.h"
#include "redress/event/v1/record.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"
#include "redress/storage/v1/directory_state.pb.h"

namespace redress {

// An effective event, decoded. `payload` is the message that `PayloadInfo` names for its type.
struct FoldedEvent {
  const event::v1::Header& header;
  uint32_t type = 0;
  const google::protobuf::Message& payload;
};

// Applies a complaint event to the aspects that are kept. Types without effect on the state change
// nothing.
void Apply(const FoldedEvent& event, AspectSet kept, storage::v1::ComplaintState* state);

inline void Apply(const FoldedEvent& event, storage::v1::ComplaintState* state) {
  Apply(event, AspectSet::All(), state);
}

// Applies a directory event.
void Apply(const FoldedEvent& event, storage::v1::DirectoryState* state);

// Times in the world and limits of what the state holds (`events.md` §0, rule 8).
inline constexpr int kMaxWaitingIntervals = 256;
inline constexpr int kMaxClocks = 64;
inline constexpr int kMaxFields = 200;
inline constexpr int kMaxParties = 64;

}  // namespace redress
