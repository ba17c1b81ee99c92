// The decider of a service's work as one process asks it: every decision is a crash site, and which
// request id each piece of work was given is noted, for the same work must have the same at every
// instance. Bugs of actors are planted here. On the service's thread; everything given outlives it.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "libs/base/random.h"
#include "libs/runtime/service.h"
#include "tests/simulation/bugs.h"
#include "tests/simulation/sites.h"

namespace redress::simulation {

// Request id by the work that was answered, of all instances of a world.
class WorkBook {
 public:
  // Notes what the work's answer was appended as. False: the same work had another request id
  // before.
  bool Note(const std::string& work, const RequestId& request) {
    return requests_.emplace(work, request).first->second == request;
  }

 private:
  std::map<std::string, RequestId> requests_;
};

class Witness final : public WorkDecider {
 public:
  Witness(std::string service, WorkDecider* inner, Fate* fate, Random* random, Executor* executor,
          Bug bug)
      : service_(std::move(service)),
        inner_(inner),
        fate_(fate),
        random_(random),
        executor_(executor),
        bug_(bug) {}
  // Once the service is made.
  void SetWork(WorkTable* work) { work_ = work; }

  std::string_view KindName(WorkKind kind) const override { return inner_->KindName(kind); }
  OwnershipKind OwnerOf(WorkKind kind) const override { return inner_->OwnerOf(kind); }
  absl::StatusOr<StreamId> TargetOf(const WorkItem& item) override {
    return inner_->TargetOf(item);
  }
  WorkAnswer Decide(const WorkItem& item, const ComplaintRow& row, StateView& view,
                    absl::Time now) override;
  void OnInFlight(const WorkItem& item, const google::protobuf::Message* payload) override;
  void OnLanded(const WorkItem& item) override { inner_->OnLanded(item); }

  // The work whose event is appended next, in words, or empty: taken by the log just below.
  std::string TakeAppending() { return std::exchange(appending_, std::string()); }

 private:
  const std::string service_;
  WorkDecider* const inner_;
  Fate* const fate_;
  Random* const random_;
  Executor* const executor_;
  const Bug bug_;
  WorkTable* work_ = nullptr;
  std::string appending_;
};

}  // namespace redress::simulation
