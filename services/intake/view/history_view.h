// One event of a complaint as people read it: verdict, actor, a line of English, the reason,
// payload as JSON. Pure.
#pragma once

#include <string>

#include "google/protobuf/message.h"
#include "libs/directory/directory.h"
#include "redress/api/v1/history.pb.h"
#include "services/intake/view/stored_complaint.h"

namespace redress::intake {

api::v1::Verdict VerdictOf(Verdict verdict);

// `personal`: also the sealed parts that are readable here.
api::v1::HistoryEntry ViewOfStep(const HistoryStep& step, bool personal,
                                 const Directory& directory);

// One line in English, without personal data. `payload` is the message of a known type.
std::string SummaryOf(const google::protobuf::Message& payload, const Directory& directory);

}  // namespace redress::intake
