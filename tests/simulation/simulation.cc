#include "tests/simulation/simulation.h"

#include <array>
#include <deque>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/domain/fold.h"
#include "libs/domain/lifecycle.h"
#include "libs/domain/payloads.h"
#include "libs/errors/errors.h"
#include "redress/personal/v1/personal.pb.h"
#include "tests/simulation/policy_on_log.h"
#include "tests/simulation/process.h"
#include "tests/simulation/workload.h"

namespace redress::simulation {
namespace {

constexpr int kProcesses = 3;
// In most seeds this one is of an older release, which lacks one of these types (0: none).
constexpr int kOlder = kProcesses - 1;
constexpr uint32_t kLackingTypes[] = {0, 48, 49, 67};
// Complaints that clients submit and act on; few, so that they meet.
constexpr int kComplaints = 8;
constexpr absl::Duration kStorm = absl::Seconds(60);
constexpr absl::Duration kCalm = absl::Minutes(10);
constexpr PartitionCounts kPartitions = {4, 2, 1, 1, 1, 1};

class World {
 public:
  explicit World(uint64_t seed)
      : scheduler_(seed), bus_(&scheduler_, kPartitions), disks_(kProcesses), processes_(kProcesses),
        lacking_(kLackingTypes[seed % std::size(kLackingTypes)]) {}

  Outcome Run() {
    PublishPolicy(&scheduler_, &bus_);
    for (int i = 0; i < kProcesses; ++i) Start(i);
    DrawFaults();
    const absl::Time calm_at = scheduler_.now() + kStorm;
    scheduler_.After(absl::Milliseconds(500), [this, calm_at] { Stir(calm_at); });
    RunUntil(calm_at);
    bus_.set_faults({});
    for (auto& process : processes_) {
      if (process != nullptr && process->paused()) process->Resume();
    }
    for (int i = 0; i < kProcesses; ++i) {
      if (processes_[i] == nullptr) Start(i);
    }
    // Every unit has an owner again: the first process.
    for (OwnershipKind kind : {OwnershipKind::kTakeIn, OwnershipKind::kClassifier, OwnershipKind::kIntake}) {
      std::vector<Partition> units;
      for (int p = 0; p < UnitsOf(kind); ++p) units.push_back(Partition(p));
      processes_[0]->log().SetOwned(kind, units);
    }
    calm_ = true;
    const absl::Time give_up = scheduler_.now() + kCalm;
    while (scheduler_.now() < give_up && !AtRest()) {
      KeepAsking();
      // Time moves with call-backs only: here is one.
      scheduler_.After(absl::Seconds(1), [] {});
      RunUntil(scheduler_.now() + absl::Seconds(1));
    }
    if (!outcome_.failure) Check();
    outcome_.trace = HashOf(trace_);
    Count();
    return std::move(outcome_);
  }

 private:
  void RunUntil(absl::Time time) {
    while (!outcome_.failure && scheduler_.next_time() <= time && scheduler_.RunOne()) {
    }
  }

  void Start(int i) {
    ++births_[i];
    processes_[i] = std::make_unique<Process>(&scheduler_, &bus_, disks_[i], i, i == kOlder ? lacking_ : 0);
  }

  void DrawFaults() {
    SimulatedFaults faults;
    const auto up_to = [this](uint32_t permille) { return static_cast<uint32_t>(scheduler_.random().Below(permille + 1)); };
    faults.max_append_delay = absl::Milliseconds(1 + scheduler_.random().Below(80));
    faults.max_delivery_delay = absl::Milliseconds(1 + scheduler_.random().Below(80));
    faults.max_lateness = absl::Seconds(1 + scheduler_.random().Below(10));
    faults.lost = up_to(60);
    faults.unknown_persisted = up_to(60);
    faults.unknown_lost = up_to(60);
    faults.unknown_late = up_to(60);
    faults.duplicate = up_to(120);
    faults.overtaken = up_to(120);
    faults.gap = up_to(100);
    faults.partial_batch = up_to(200);
    faults.read_unavailable = up_to(50);
    bus_.set_faults(faults);
  }

  // One thing happens every few milliseconds while the storm lasts.
  void Stir(absl::Time until) {
    auto& random = scheduler_.random();
    switch (random.Below(12)) {
      case 0: CrashOne(); break;
      case 1: PauseOne(); break;
      case 2: MoveOwnership(); break;
      case 3: StepClock(); break;
      case 4:
      case 5: PublishInbound(); break;
      default: AddClient();
    }
    KeepAsking();
    const absl::Time next = scheduler_.now() + absl::Milliseconds(50 + random.Below(400));
    if (next < until) scheduler_.At(next, [this, until] { Stir(until); });
  }

  void CrashOne() {
    const int i = static_cast<int>(scheduler_.random().Below(kProcesses));
    if (processes_[i] == nullptr) return;
    ++outcome_.met["crash"];
    processes_[i]->Crash();
    processes_[i].reset();
    // Nobody answers those who waited there.
    for (auto& client : clients_) client.waiting = client.waiting && client.calls_at != i;
    disks_[i].intake->LoseBatches(scheduler_.random().Below(4));
    disks_[i].classifier->LoseBatches(scheduler_.random().Below(4));
    scheduler_.After(absl::Milliseconds(scheduler_.random().Below(5000)), [this, i] {
      if (processes_[i] == nullptr) Start(i);
    });
  }

  void PauseOne() {
    const int i = static_cast<int>(scheduler_.random().Below(kProcesses));
    if (processes_[i] == nullptr || processes_[i]->paused()) return;
    ++outcome_.met["pause"];
    // Known by its birth, not by its address: a successor may live where it lived.
    const int birth = births_[i];
    processes_[i]->Pause();
    scheduler_.After(absl::Milliseconds(500 + scheduler_.random().Below(15000)), [this, i, birth] {
      if (processes_[i] != nullptr && births_[i] == birth && processes_[i]->paused()) processes_[i]->Resume();
    });
  }

  static int UnitsOf(OwnershipKind kind) {
    return kind == OwnershipKind::kTakeIn ? kPartitions[1] : kPartitions[0];
  }

  void MoveOwnership() {
    const int i = static_cast<int>(scheduler_.random().Below(kProcesses));
    if (processes_[i] == nullptr) return;
    ++outcome_.met["ownership"];
    for (OwnershipKind kind : {OwnershipKind::kTakeIn, OwnershipKind::kClassifier, OwnershipKind::kIntake}) {
      std::vector<Partition> units;
      for (int p = 0; p < UnitsOf(kind); ++p) {
        if (scheduler_.random().OneIn(2)) units.push_back(Partition(p));
      }
      processes_[i]->log().SetOwned(kind, units);
    }
  }

  void StepClock() {
    const int i = static_cast<int>(scheduler_.random().Below(kProcesses));
    if (processes_[i] == nullptr) return;
    ++outcome_.met["clock"];
    processes_[i]->clock().Step(absl::Milliseconds(static_cast<int64_t>(scheduler_.random().Below(3000)) - 1500));
  }

  void PublishInbound() {
    // Few threads, so that messages meet; some are published twice.
    const int thread = static_cast<int>(scheduler_.random().Below(6));
    const bool again = !published_.empty() && scheduler_.random().OneIn(4);
    const auto [of_thread, key] = again ? published_[scheduler_.random().Below(published_.size())]
                                        : std::make_pair(thread, absl::StrCat("message-", published_.size()));
    if (!again) published_.emplace_back(of_thread, key);
    ++outcome_.met[again ? "inbound again" : "inbound"];
    personal::v1::InboundItem item;
    item.mutable_message()->set_account_id("support");
    item.mutable_message()->set_channel(event::v1::MAIL);
    item.mutable_personal()->set_thread_key(absl::StrCat("thread-", of_thread));
    item.mutable_personal()->set_source_message_key(key);
    item.mutable_personal()->set_body("It is broken.");
    AppendDirectly(&bus_, {Topic::kInbound, Partition(of_thread % kPartitions[1])}, item.SerializeAsString(),
                   item.personal().thread_key(), [this] { --publishing_; });
    ++publishing_;
  }

  struct SimulatedClient : Client {
    int calls_at = -1;
  };

  static StreamId SubmittedComplaint(int number) {
    return HashedId<StreamId>({"complaint", std::to_string(number)});
  }

  void AddClient() {
    SimulatedClient client;
    auto& random = scheduler_.random();
    client.complaint = SubmittedComplaint(static_cast<int>(random.Below(kComplaints)));
    client.wish = random.OneIn(3) ? Wish::kSubmit : static_cast<Wish>(random.Below(kWishes));
    client.argument = static_cast<int>(random.Below(4));
    client.request = HashedId<RequestId>({"client", std::to_string(clients_.size())});
    clients_.push_back(client);
  }

  // Everybody without an answer asks again, sometimes elsewhere while still waiting.
  void KeepAsking() {
    for (size_t c = 0; c < clients_.size(); ++c) {
      SimulatedClient& client = clients_[c];
      if (client.told_yes || client.told_no) {
        // Now and then somebody repeats what is long answered.
        if (calm_ || !scheduler_.random().OneIn(40)) continue;
      } else if (client.waiting && !scheduler_.random().OneIn(10)) {
        continue;
      }
      const int i = static_cast<int>(scheduler_.random().Below(kProcesses));
      if (processes_[i] == nullptr) continue;
      // A release that does not know the event has no such command.
      if (i == kOlder && TypeOf(client.wish) == lacking_) continue;
      client.waiting = true;
      client.calls_at = i;
      ++client.calls;
      processes_[i]->Submit(CommandOf(client, scheduler_.now() + absl::Seconds(15)),
                            [this, c](absl::StatusOr<CommandOutcome> answer) { OnAnswer(c, answer); });
    }
  }

  void OnAnswer(size_t c, const absl::StatusOr<CommandOutcome>& answer) {
    SimulatedClient& client = clients_[c];
    client.waiting = false;
    // Not the whole status: the metadata of an error are a map, whose bytes have no order.
    absl::StrAppend(&trace_, c, answer.ok() ? (answer->refused ? "-" : "+") : ReasonOf(answer.status()));
    if (answer.ok()) {
      ++outcome_.met[answer->replayed ? "replayed" : answer->refused ? "refused" : "answered"];
      (answer->refused ? client.told_no : client.told_yes) = true;
      if (client.told_yes && client.told_no) Fail(absl::StrCat("client ", c, " was told yes and no"));
      return;
    }
    ++outcome_.met[absl::StrCat("error ", ReasonOf(answer.status()))];
    // Not found is no outcome for one who may ask again once somebody has submitted; in the calm it is final.
    if (calm_ && absl::IsNotFound(answer.status())) missing_.insert(c);
  }

  bool AtRest() {
    for (size_t c = 0; c < clients_.size(); ++c) {
      if (!clients_[c].told_yes && !clients_[c].told_no && missing_.count(c) == 0) return false;
    }
    for (auto& process : processes_) {
      if (!process->health().ok()) Fail(absl::StrCat("a process cannot go on: ", process->health().ToString()));
      if (!process->quiet() || !HasFoldedAll(*process)) return false;
    }
    return true;
  }

  bool HasFoldedAll(Process& process) {
    if (publishing_ > 0) return false;
    for (int p = 0; p < kPartitions[1]; ++p) {
      const TopicPartition source{Topic::kInbound, Partition(p)};
      if (process.intake().projector().folded_end(source) < bus_.End(source)) return false;
    }
    for (int p = 0; p < kPartitions[0]; ++p) {
      const TopicPartition source{Topic::kComplaints, Partition(p)};
      for (Service* service : {&process.intake(), &process.classifier()}) {
        if (service->projector().folded_end(source) < bus_.End(source)) return false;
      }
    }
    return true;
  }

  void Fail(std::string what) {
    if (!outcome_.failure) outcome_.failure = std::move(what);
  }

  // The log folded once more, by nothing but Judge and Apply.
  void Check() {
    if (!AtRest()) return Fail(WhatIsLeft());
    std::map<StreamId, Head> heads;
    std::map<StreamId, ComplaintState> states;
    std::map<RequestId, int> effects;
    std::map<RequestId, int> refusals;
    std::map<std::string, int> items;
    std::set<StreamId> lacking;
    for (int p = 0; p < kPartitions[0]; ++p) {
      for (const auto& stored : bus_.Records({Topic::kComplaints, Partition(p)})) {
        event::v1::Event event;
        if (stored->instance.empty() || !event.ParseFromString(*stored->record.value)) continue;
        const auto header = *ReadHeader(event.header());
        Head& head = heads[header.stream];
        const Verdict verdict = Judge(head, header);
        absl::StrAppend(&trace_, header.event.ToHex(), static_cast<int>(verdict));
        ++outcome_.met[absl::StrCat("verdict ", std::string(VerdictName(verdict)))];
        if (verdict != Verdict::kEffective) continue;
        const PayloadInfo& info = *FindPayload(event.type());
        const std::unique_ptr<google::protobuf::Message> payload(info.prototype->New());
        payload->ParseFromString(event.payload());
        ComplaintState& state = states[header.stream];
        if (!LifecycleOf(info.number, state.stage().stage(), state.stage().ever_assessed()).allowed &&
            (head.exists() || info.number != 1)) {
          return Fail(absl::StrCat("illegal: ", info.name, " in stage ", std::string(StageName(state.stage().stage()))));
        }
        const bool refused = info.number == 83;
        ++(refused ? refusals : effects)[header.request];
        head.Accept(header, stored->offset, refused);
        if (info.number == lacking_) lacking.insert(header.stream);
        Apply({event.header(), event.type(), *payload}, &state);
        CountItem(*payload, &items);
      }
    }
    CheckAnswers(effects, refusals);
    CheckItems(items);
    CheckReplicas(heads, states);
    CheckOlder(lacking);
  }

  static void CountItem(const google::protobuf::Message& payload, std::map<std::string, int>* items) {
    if (payload.GetDescriptor() == event::v1::ComplaintReceived::descriptor()) {
      ++(*items)[static_cast<const event::v1::ComplaintReceived&>(payload).source_item()];
    } else if (payload.GetDescriptor() == event::v1::MessageAdded::descriptor()) {
      ++(*items)[static_cast<const event::v1::MessageAdded&>(payload).source_item()];
    }
  }

  void CheckAnswers(const std::map<RequestId, int>& effects, const std::map<RequestId, int>& refusals) {
    for (const auto& [request, count] : effects) {
      if (count > 1) return Fail(absl::StrCat("request ", request.ToHex(), " was effective ", count, " times"));
      if (refusals.count(request) > 0) return Fail("a request was effective and refused");
    }
    for (size_t c = 0; c < clients_.size(); ++c) {
      const bool happened = effects.count(clients_[c].request) > 0;
      if (clients_[c].told_yes && !happened) return Fail(absl::StrCat("client ", c, " was told yes, without effect"));
      if (clients_[c].told_no && happened) return Fail(absl::StrCat("client ", c, " was told no, with effect"));
    }
  }

  // Every published message is in exactly one place.
  void CheckItems(const std::map<std::string, int>& items) {
    for (const auto& [thread, key] : published_) {
      const auto it = items.find(intake::ItemOf(kSecret, "support", key).ToBytes());
      const int count = it == items.end() ? 0 : it->second;
      if (count != 1) return Fail(absl::StrCat("message ", key, " was taken in ", count, " times"));
    }
  }

  // The older release knows where it stands: it marks exactly the complaints that hold what it lacks.
  void CheckOlder(const std::set<StreamId>& lacking) {
    if (lacking_ == 0) return;
    for (Service* service : {&processes_[kOlder]->intake(), &processes_[kOlder]->classifier()}) {
      for (int complaint = 0; complaint < kComplaints; ++complaint) {
        const StreamId stream = SubmittedComplaint(complaint);
        auto row = service->projector().LoadComplaint(stream);
        if (!row.ok()) return Fail(row.status().ToString());
        if ((*row)->newer == (lacking.count(stream) > 0)) continue;
        return Fail(absl::StrCat(service->name(), " of the older release takes ", stream.ToHex(), " for ",
                                 (*row)->newer ? "newer than it is" : "one that it understands"));
      }
    }
    outcome_.met["older release"] += lacking.size();
  }

  void CheckReplicas(std::map<StreamId, Head>& heads, std::map<StreamId, ComplaintState>& states) {
    for (auto& process : processes_) {
      for (Service* service : {&process->intake(), &process->classifier()}) {
        if (service->counters().illegal_transitions > 0) return Fail("a fold met an illegal transition");
        if (service->counters().duplicate_with_row > 0) return Fail("a duplicate left its row of work");
        for (auto& [stream, head] : heads) {
          auto row = service->projector().LoadComplaint(stream);
          if (!row.ok()) return Fail(row.status().ToString());
          if (!((*row)->head == head)) return Fail(absl::StrCat("heads of ", stream.ToHex(), " differ"));
          // Of a complaint that it does not understand a release keeps the head only.
          if ((*row)->newer) continue;
          ComplaintState expected = states[stream];
          KeepOnly(service->projector().kept(), &expected);
          if ((*row)->state.SerializeAsString() != expected.SerializeAsString()) {
            return Fail(absl::StrCat("states of ", stream.ToHex(), " differ in ", service->name()));
          }
        }
      }
    }
  }

  std::string WhatIsLeft() {
    std::string left = "no rest:";
    for (size_t c = 0; c < clients_.size(); ++c) {
      if (!clients_[c].told_yes && !clients_[c].told_no && missing_.count(c) == 0) absl::StrAppend(&left, " client ", c);
    }
    for (auto& process : processes_) {
      for (Service* service : {&process->intake(), &process->classifier()}) {
        absl::StrAppend(&left, " ", service->name(), " work ", service->projector().work().size(), " in flight ",
                        service->actor()->in_flight());
      }
    }
    return left;
  }

  void Count() {
    const SimulatedCounts& counts = bus_.counts();
    outcome_.met["lost"] += counts.lost;
    outcome_.met["unknown persisted"] += counts.unknown_persisted;
    outcome_.met["unknown lost"] += counts.unknown_lost;
    outcome_.met["unknown late"] += counts.unknown_late;
    outcome_.met["duplicated"] += counts.duplicated;
    outcome_.met["overtaken"] += counts.overtaken;
    outcome_.met["gap"] += counts.gaps;
  }

  SimulatedScheduler scheduler_;
  SimulatedLog bus_;
  std::vector<Disks> disks_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::array<int, kProcesses> births_{};
  std::deque<SimulatedClient> clients_;
  std::vector<std::pair<int, std::string>> published_;
  // Appends of adapters that are not answered yet.
  int publishing_ = 0;
  // Clients whose complaint was never submitted.
  std::set<size_t> missing_;
  bool calm_ = false;
  // The type that the older release does not know.
  const uint32_t lacking_;
  std::string trace_;
  Outcome outcome_;
};

}  // namespace

Outcome Run(uint64_t seed) { return World(seed).Run(); }

}  // namespace redress::simulation
