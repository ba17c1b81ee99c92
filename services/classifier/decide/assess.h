// The assessment of a complaint: category, scores, emotion, priority, initial level, what it names
// and why, by the rules of a policy (`ComplaintAssessed`, F4-F7). A pure function of its input and
// the policy: deciding again gives the same bytes. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/repeated_field.h"
#include "redress/event/v1/assessment.pb.h"
#include "redress/event/v1/shared.pb.h"
#include "redress/personal/v1/personal.pb.h"
#include "services/classifier/decide/triage_engine.h"

namespace redress::classifier {

struct AssessInput {
  // 16 bytes; names the assessment and, hashed with their kinds, its triggers.
  std::string assessment_id;
  // Views live during the call. HTML, other bytes than UTF-8 and emptiness are all welcome.
  std::string_view subject;
  std::string_view text;
  // BCP 47, as declared; the text's own letters decide where there are enough.
  std::string language;
  event::v1::Channel channel = event::v1::CHANNEL_UNSPECIFIED;
  // At stake, as declared; none: the largest that the text names.
  std::optional<event::v1::Money> amount;
  std::string product_line;
  std::string region;
  // Up to three codes, as the source declared them.
  std::vector<std::string> declared_category;
  // The source's own labels and its code: through the policy's label map.
  std::vector<std::string> labels;
  std::string source;
  // Order numbers that came with the record.
  std::vector<std::string> order_refs;
};

struct AssessmentResult {
  event::v1::Assessment assessment;
  google::protobuf::RepeatedPtrField<event::v1::Trigger> triggers;
  personal::v1::ComplaintAssessedPersonal personal;
};

// The category comes from the text; where that shows none, it is the declared one, else that of a
// known label, else the taxonomy's `unclassified`. Triggers: 1 asked for a higher person, 3 legal
// or compliance risk, 4 emotion.
AssessmentResult Assess(const AssessInput& input, const TriageEngine& engine);

}  // namespace redress::classifier
