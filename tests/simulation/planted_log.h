// The log with a bug planted: what one process appends or reads is not what a correct one would. Rewritten alike for
// every process and at every reading, so that only the checks can tell. Same thread and lifetime as the log wrapped.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libs/domain/verdict.h"
#include "libs/event_log/simulated/simulated_log.h"
#include "redress/event/v1/record.pb.h"
#include "tests/simulation/bugs.h"

namespace redress::simulation {

// A rule of the verdict left out: every complaint record as readers without that rule judge it. One per world.
class LeftOutRule {
 public:
  LeftOutRule(const SimulatedLog* bus, Bug bug) : bus_(bus), bug_(bug) {}
  // The event as the rule's absence makes it, or null where nothing changes.
  std::shared_ptr<const std::string> Rewritten(TopicPartition source, Offset offset);

 private:
  struct Place {
    size_t done = 0;
    std::map<Offset, std::shared_ptr<const std::string>> rewritten;
  };
  bool Change(const JudgedHeader& header, const Head& head, Offset offset, event::v1::Header* out) const;

  const SimulatedLog* const bus_;
  const Bug bug_;
  std::map<TopicPartition, Place> places_;
  std::map<StreamId, Head> heads_;
};

class PlantedLog final : public EventLog {
 public:
  // `answer_early`: told of an event's request id as soon as it is appended (kAnswerAtAppend). `garbles`: this process
  // is of the release that alone can parse what it writes (kOneReleasePayload).
  PlantedLog(EventLog* inner, Bug bug, LeftOutRule* rule, bool garbles,
             std::function<void(const RequestId&, const event::v1::Event&)> answer_early)
      : inner_(inner), bug_(bug), rule_(rule), garbles_(garbles), answer_early_(std::move(answer_early)) {}

  LogId log_id() const override { return inner_->log_id(); }
  int32_t PartitionCount(Topic topic) const override { return inner_->PartitionCount(topic); }
  void Append(TopicPartition to, Record record, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override;
  void End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) override {
    inner_->End(of, std::move(done));
  }
  absl::StatusOr<std::unique_ptr<Ownership>> Own(OwnershipKind kind, OwnershipChanged changed) override {
    return inner_->Own(kind, std::move(changed));
  }

  // The etag with which a command came: kEtagAsSeen.
  void SetEtag(const RequestId& request, Version version) { etags_[request] = version; }
  // Own events read back no longer count as appended (kDecideOnUnfolded).
  void OnRead(const RecordView& record);
  // What a reader of this process makes of a record; null: as it is.
  std::shared_ptr<const std::string> AsRead(const RecordView& record) const;
  bool Skips(const RecordView& record) const;

 private:
  bool Change(event::v1::Event* event);

  EventLog* const inner_;
  const Bug bug_;
  LeftOutRule* const rule_;
  const bool garbles_;
  const std::function<void(const RequestId&, const event::v1::Event&)> answer_early_;
  std::map<RequestId, Version> etags_;
  std::map<StreamId, std::set<EventId>> unread_;
};

}  // namespace redress::simulation
