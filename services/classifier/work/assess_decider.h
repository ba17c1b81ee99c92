// The classifier's work: a complaint in stage received, with all its history there, gets its
// assessment (`events.md` 2.1). Glue between the folded rows and the pure `Assess`. On the
// service's thread.
#pragma once

#include "libs/projection/overlay.h"
#include "libs/runtime/actor.h"
#include "services/classifier/decide/triage_engines.h"
#include "services/classifier/projection/classifier_projection.h"

namespace redress::classifier {

class AssessDecider final : public WorkDecider {
 public:
  // All must outlive the decider.
  AssessDecider(const Directory* directory, TriageEngines* engines)
      : directory_(directory), engines_(engines) {}
  // Through which texts are read; set once the projector exists, before the first decision.
  void SetOverlay(const Overlay* overlay) { overlay_ = overlay; }

  std::string_view KindName(WorkKind kind) const override;
  OwnershipKind OwnerOf(WorkKind kind) const override { return OwnershipKind::kClassifier; }
  // Triage and taxonomy are always the ones in force for the complaint's region. Waits for "policy"
  // while there is none or its parts are not all folded, for "text" when the text cannot be read
  // here.
  WorkAnswer Decide(const WorkItem& item, const ComplaintRow& row, StateView& view,
                    absl::Time now) override;

 private:
  const Directory* const directory_;
  TriageEngines* const engines_;
  const Overlay* overlay_ = nullptr;
};

}  // namespace redress::classifier
