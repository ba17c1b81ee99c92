// What a service makes of the log: the interface between the projector (which decodes, judges and
// folds) and the rows of one service. Implementations are pure but for the rows that they change.
// One thread.
#pragma once

#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "libs/domain/aspects.h"
#include "libs/domain/payloads.h"
#include "libs/domain/verdict.h"
#include "libs/event_log/event_log.h"
#include "libs/projection/overlay.h"
#include "libs/runtime/stream_table.h"
#include "libs/runtime/work_table.h"
#include "redress/event/v1/record.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"
#include "redress/storage/v1/directory_state.pb.h"

namespace redress {

using ComplaintRow = StreamRow<storage::v1::ComplaintState>;
using EntityRow = StreamRow<storage::v1::DirectoryState>;

// A record of the complaint or directory topic with its verdict.
struct JudgedRecord {
  const RecordView& record;
  Ordinal ordinal;
  // Empty event when the record is malformed.
  const event::v1::Event& event;
  const JudgedHeader& header;
  Verdict verdict;
  // Null when this release does not know the type.
  const PayloadInfo* info = nullptr;
  // Null when not known, not parsable or not wanted.
  const google::protobuf::Message* payload = nullptr;
  // A closed request that this event pushed out of the head's window.
  std::optional<ClosedRequest> left_window;

  bool effective() const { return verdict == Verdict::kEffective; }
  template <typename P>
  const P* As() const {
    if (payload == nullptr || payload->GetDescriptor() != P::descriptor()) return nullptr;
    return static_cast<const P*>(payload);
  }
};

// Where a projection puts its rows.
struct Rows {
  Overlay& overlay;
  WorkTable& work;
  // Asks `WorkOf` of a complaint again: something outside its state that its work rests on (the
  // directory) changed.
  absl::FunctionRef<absl::Status(const StreamId&)> refresh_work;
};

class Projection {
 public:
  virtual ~Projection() = default;

  // Topics folded. Complaints and directory always; intake also folds inbound.
  virtual std::vector<Topic> topics() const { return {Topic::kDirectory, Topic::kComplaints}; }
  // Of these, the topics that bring work from outside. They are read no further ahead of that work
  // than `Projector::Options::most_work_ahead`: a backlog waits on the log, where it lies already,
  // and does not pass through the store.
  virtual std::vector<Topic> supply() const { return {}; }
  // Further work that what came of the supply lately means for others.
  virtual size_t supplied_to_others(absl::Time now) { return 0; }
  // Aspects of a complaint that this service keeps; reading another is a bug.
  virtual AspectSet kept() const = 0;
  // True when the payload of this type is looked at though it writes no aspect that is kept.
  virtual bool WantsPayload(const PayloadInfo& info) const { return false; }

  // After judge and fold, for every record, void ones included. `row` holds the state after it.
  virtual absl::Status OnComplaint(const JudgedRecord& record, const ComplaintRow& row, Rows rows) {
    return absl::OkStatus();
  }
  virtual absl::Status OnDirectory(const JudgedRecord& record, const EntityRow& row, Rows rows) {
    return absl::OkStatus();
  }
  // A record of a topic whose records are not judged (inbound, dead letters), as it came.
  virtual absl::Status OnPlainRecord(const RecordView& record, Ordinal ordinal, Rows rows) {
    return absl::OkStatus();
  }
  // A complaint record that does not decode.
  virtual absl::Status OnMalformed(const RecordView& record, Rows rows) { return absl::OkStatus(); }

  // The work that the folded state asks for: a pure predicate. `unit` is filled in by the
  // projector.
  virtual void WorkOf(const ComplaintRow& row, std::vector<WorkItem>* work) const {}

  // Kinds of work whose order is a due time.
  virtual std::set<WorkKind> timer_kinds() const { return {}; }

  // Called once before folding starts: rebuild in-memory indexes from what is stored.
  virtual absl::Status Start(const ProjectionStore& store) { return absl::OkStatus(); }
};

}  // namespace redress
