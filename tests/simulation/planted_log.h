// The log with a bug planted: what one process appends or reads is not what a correct one would.
// Rewritten alike for every process and at every reading, so that only the checks can tell. Same
// thread and lifetime as the log wrapped.
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
#include "libs/event_log/forwarding_log.h"
#include "libs/event_log/simulated/simulated_log.h"
#include "redress/event/v1/record.pb.h"
#include "tests/simulation/bugs.h"

namespace redress::simulation {

// A rule of the verdict left out: every complaint record as readers without that rule judge it. One
// per world.
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
  bool Change(const JudgedHeader& header, const Head& head, Offset offset,
              event::v1::Header* out) const;

  const SimulatedLog* const bus_;
  const Bug bug_;
  std::map<TopicPartition, Place> places_;
  std::map<StreamId, Head> heads_;
};

class PlantedLog final : public ForwardingLog {
 public:
  // `answer_early`: told of an event's request id as soon as it is appended (kAnswerAtAppend).
  // `garbles`: this process is of the release that alone can parse what it writes
  // (kOneReleasePayload).
  PlantedLog(EventLog* inner, Bug bug, LeftOutRule* rule, bool garbles,
             std::function<void(const RequestId&, const event::v1::Event&)> answer_early)
      : ForwardingLog(inner),
        bug_(bug),
        rule_(rule),
        garbles_(garbles),
        answer_early_(std::move(answer_early)) {}

  void Append(TopicPartition to, Record record, AppendDone done) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override;

  // The etag with which a command came: kEtagAsSeen.
  void SetEtag(const RequestId& request, Version version) { etags_[request] = version; }
  // Own events read back no longer count as appended (kDecideOnUnfolded).
  void OnRead(const RecordView& record);
  // What a reader of this process makes of a record; null: as it is.
  std::shared_ptr<const std::string> AsRead(const RecordView& record) const;
  bool Skips(const RecordView& record) const;

 private:
  bool Change(event::v1::Event* event);

  const Bug bug_;
  LeftOutRule* const rule_;
  const bool garbles_;
  const std::function<void(const RequestId&, const event::v1::Event&)> answer_early_;
  std::map<RequestId, Version> etags_;
  std::map<StreamId, std::set<EventId>> unread_;
};

}  // namespace redress::simulation
