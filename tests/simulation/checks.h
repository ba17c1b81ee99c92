// The invariants of a run, each a small class of its own: they look at every record of the
// complaint log with its verdict, in log order per partition, and at the world at its end. The fold
// they rest on is nothing but Judge and Apply over what is on the log, from zero.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libs/domain/payloads.h"
#include "libs/domain/verdict.h"
#include "libs/event_log/simulated/simulated_log.h"
#include "redress/event/v1/record.pb.h"
#include "redress/storage/v1/complaint_state.pb.h"
#include "redress/storage/v1/directory_state.pb.h"
#include "tests/simulation/process.h"
#include "tests/simulation/workload.h"

namespace redress::simulation {

using storage::v1::ComplaintState;

// An instance's own clock may be this far off, and work takes its time.
inline constexpr absl::Duration kLateness = absl::Seconds(30);

// One record of the complaint topic.
struct Step {
  TopicPartition place;
  Offset offset;
  // The bytes on the log, and what they say.
  std::string_view value;
  const event::v1::Event& event;
  const JudgedHeader& header;
  Verdict verdict;
  const PayloadInfo& info;
  // Null: it does not parse.
  const google::protobuf::Message* payload;
  // Of the complaint, before the event and (the same for a void one) after it.
  const Head& head;
  const ComplaintState& before;
  const ComplaintState& after;

  bool effective() const { return verdict == Verdict::kEffective; }
  bool refused() const { return info.number == PayloadOf<event::v1::CommandRefused>().number; }
  template <typename P>
  const P* As() const {
    if (payload == nullptr || payload->GetDescriptor() != P::descriptor()) return nullptr;
    return static_cast<const P*>(payload);
  }
};

// One record of the directory topic.
struct EntityStep {
  std::string_view value;
  const event::v1::Event& event;
  const JudgedHeader& header;
  Verdict verdict;
  bool refused = false;

  bool effective() const { return verdict == Verdict::kEffective; }
};

// The world when it has come to rest.
struct Ended {
  absl::Time now;
  const SimulatedLog& bus;
  const std::deque<Client>& clients;
  const std::vector<Process*>& processes;
  // Source keys of messages that adapters published.
  const std::set<std::string>& published;
  // The process of an older release (index), and the type that it does not know; 0: none.
  int older = 0;
  uint32_t lacking = 0;
  // The fold from zero.
  std::map<StreamId, Head> heads;
  std::map<StreamId, ComplaintState> states;
  std::map<EntityId, Head> entity_heads;
  std::map<EntityId, storage::v1::DirectoryState> entities;
};

class Check {
 public:
  virtual ~Check() = default;
  virtual std::string_view name() const = 0;
  virtual void OnStep(const Step& step) {}
  virtual void OnEntityStep(const EntityStep& step) {}
  virtual void AtEnd(const Ended& ended) {}
  // The first thing that was wrong; empty: nothing.
  const std::string& failure() const { return failure_; }

 protected:
  void Fail(std::string what) {
    if (failure_.empty()) failure_ = std::move(what);
  }

 private:
  std::string failure_;
};

// (1), (2), (12): what clients were told is what happened, once; a person's command does not lose
// race after race.
std::unique_ptr<Check> CheckAnswers(const std::deque<Client>& clients);
// Every published message is in exactly one place.
std::unique_ptr<Check> CheckItems();
// (3), (4): heads and states of every replica are those of the fold from zero; the older release
// marks exactly what it does not understand.
std::unique_ptr<Check> CheckReplicas();
// (5): every effective event, decided again on the serial state before it, is allowed and the same;
// nothing that it read had really changed; it changed what it declared; its payload is one that its
// release can parse.
std::unique_ptr<Check> CheckSerial(const std::deque<Client>& clients);
// (6): a complaint has one owner; whom the router gave too much gets rid of it, and so does who is
// away; nobody waits while there is room.
std::unique_ptr<Check> CheckOwners();
// (7): each breach is raised once, at the due time that a minute-stepping oracle finds; none that
// was due is missing.
std::unique_ptr<Check> CheckClocks();
// (9): nothing is left to do, no row was lost, few events are void.
std::unique_ptr<Check> CheckRest();
// (10): what is sealed stands nowhere else, not in `metrics` either, which may be null.
std::unique_ptr<Check> CheckSecrets(Metrics* metrics, std::map<std::string, uint64_t>* met);

// (11): a service that reads the log with its partitions and topics interleaved otherwise, as
// `seed` has it, ends with the same rows.
std::unique_ptr<Check> CheckInterleaving(uint64_t seed);

// Folds the log from zero into `ended` and shows it to the checks; then the end. The first failure
// with the name of its check, or nothing. `on_step` sees every record.
std::string RunChecks(const std::vector<std::unique_ptr<Check>>& checks, Ended* ended,
                      const std::function<void(const Step&)>& on_step);

}  // namespace redress::simulation
