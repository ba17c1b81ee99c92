// Texts and personal data of a complaint, read from the sealed parts of its history: never kept in
// rows of their own, so that erasing a key makes them unreadable everywhere at once. Pure.
#pragma once

#include "libs/directory/directory.h"
#include "redress/api/v1/complaint.pb.h"
#include "services/intake/view/stored_complaint.h"

namespace redress::intake {

inline constexpr int kHeadlineCharacters = 120;

// First words of the opening message.
void SetHeadline(const HistoryStep& opening, api::v1::Complaint* out);

// Messages, notes, parties, order references and personal field values that this step brought.
// Called for the effective steps in order, on a view made of the state.
void AddTexts(const HistoryStep& step, const Directory& directory, api::v1::Complaint* out);

}  // namespace redress::intake
