// What the classifier makes of the log: complaints that are not assessed yet with their texts, and
// the explanation of each assessment. On the service's thread, but for the look-ups of stored rows.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/directory/directory.h"
#include "libs/metrics/domain_metrics.h"
#include "libs/runtime/projection.h"
#include "redress/event/v1/shared.pb.h"
#include "redress/personal/v1/personal.pb.h"

namespace redress::classifier {

// Kinds of work.
inline constexpr WorkKind kAssess = 1;

// Tables; layout in docs/formats/projection.md. A change of it is a rebuild.
inline constexpr char kTextTable = 'T';
inline constexpr char kExplainedTable = 'X';
std::string TextKey(const RowNumber& row);
std::string ExplainedKey(const RowNumber& row);

// Why the assessment came out as it did; the folded state keeps only what came out.
struct ExplainedRow {
  // Manifest that it was decided by.
  ContentHash policy;
  event::v1::Explained explained;

  static std::string Encode(const ContentHash& policy, const event::v1::Explained& explained);
  static std::optional<ExplainedRow> Decode(std::string_view bytes);
};

// Where a complaint stands among those to be assessed: by the time of receipt, those whose sender
// waits for an answer some minutes earlier. µs.
int64_t AssessOrder(event::v1::Channel channel, int64_t received_at_us);

class ClassifierProjection final : public Projection {
 public:
  // Says whether what happens in a partition now is counted here (libs/metrics/domain_metrics.h).
  using Counts = std::function<bool(Partition)>;

  // `directory` must outlive the projection.
  explicit ClassifierProjection(Directory* directory) : directory_(directory) {}
  void SetMetrics(ClassifierMetrics metrics, Counts counts);

  AspectSet kept() const override;
  absl::Status Start(const ProjectionStore& store) override { return directory_->Load(store); }
  absl::Status OnComplaint(const JudgedRecord& record, const ComplaintRow& row, Rows rows) override;
  absl::Status OnDirectory(const JudgedRecord& record, const EntityRow& row, Rows rows) override;
  void WorkOf(const ComplaintRow& row, std::vector<WorkItem>* work) const override;

  Directory& directory() const { return *directory_; }

 private:
  absl::Status KeepText(const JudgedRecord& record, const ComplaintRow& row, Rows rows);
  void Count(const JudgedRecord& record, const ComplaintRow& row) const;

  Directory* const directory_;
  ClassifierMetrics metrics_;
  Counts counts_;
};

// The text of an unassessed complaint, through the overlay: the parts of the companion that the
// classifier reads. Nothing when there is none, or when it is sealed under a key that this release
// cannot open.
absl::StatusOr<std::optional<personal::v1::ComplaintReceivedPersonal>> FindText(
    const Overlay& overlay, const RowNumber& row);

}  // namespace redress::classifier
