// The complaints of the run: the demo set, over and over, each time under a source id of its own.
// Machine mail, replies and repeated lines are left out: each text opens a complaint. Immutable;
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "redress/intake/v1/complaint_commands.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress::perf {

class DemoTexts {
 public:
  // FAILED_PRECONDITION unless the texts have a median of at least 200 characters and two fifths
  // are Chinese.
  static absl::StatusOr<DemoTexts> Load(const std::string& path);

  // Complaint `number` of the run, received and sent now. `sent_us`: when it should have been sent,
  // µs; the event carries it as time of occurrence, which is how the observer knows it.
  intake::v1::SubmitComplaintRequest Submission(uint64_t number, int64_t sent_us) const;
  void FillItem(uint64_t number, int64_t sent_us, personal::v1::InboundItem* item) const;

  size_t size() const { return submissions_.size(); }
  // Characters, not bytes.
  size_t median_characters() const { return median_characters_; }
  double chinese_share() const { return chinese_share_; }
  // Mean size of a serialised submission.
  size_t mean_bytes() const;

 private:
  DemoTexts() = default;
  absl::Status Check(const std::string& path);

  std::vector<intake::v1::SubmitComplaintRequest> submissions_;
  std::vector<personal::v1::InboundItem> items_;
  size_t median_characters_ = 0;
  double chinese_share_ = 0;
};

}  // namespace redress::perf
