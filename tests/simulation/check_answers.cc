#include <algorithm>

#include "absl/strings/str_cat.h"
#include "redress/event/v1/intake.pb.h"
#include "services/intake/projection/tables.h"
#include "tests/simulation/checks.h"

namespace redress::simulation {
namespace {

// After the faults have stopped nobody loses more often than automatic traffic can explain.
constexpr int kMostLostRaces = 3;
// A person loses to what was on its way, and to what others sent before they saw the loss; then
// work waits for a while.
constexpr int kMostLostTries = 4;

class Answers final : public Check {
 public:
  explicit Answers(const std::deque<Client>& clients) : clients_(clients) {}
  std::string_view name() const override { return "answers"; }

  void OnStep(const Step& step) override {
    if (step.verdict == Verdict::kConflict && !LostToPeople(step)) ++lost_[step.header.request];
    if (!step.effective()) return;
    if (step.event.header().actor().kind() == event::v1::Actor::PERSON) {
      by_people_[step.header.stream].emplace_back(step.head.version().value() + 1,
                                                  step.header.writes);
    }
    ++(step.refused() ? refusals_ : effects_)[step.header.request];
  }

  void OnEntityStep(const EntityStep& step) override {
    if (step.effective()) ++(step.refused ? refusals_ : effects_)[step.header.request];
  }

  void AtEnd(const Ended&) override {
    for (const auto& [request, count] : effects_) {
      if (count > 1)
        return Fail(absl::StrCat("request ", request.ToHex(), " was effective ", count, " times"));
      if (refusals_.count(request) > 0)
        return Fail("request " + request.ToHex() + " was effective and refused");
    }
    for (size_t c = 0; c < clients_.size(); ++c) CheckClient(c, clients_[c]);
  }

 private:
  // Somebody else wrote what this one had read.
  bool LostToPeople(const Step& step) {
    const auto& writes = by_people_[step.header.stream];
    return std::any_of(writes.begin(), writes.end(), [&](const auto& write) {
      return write.first > step.header.seen.value() && !(write.second & step.header.reads).empty();
    });
  }

  void CheckClient(size_t c, const Client& client) {
    const bool happened = effects_.count(client.request) > 0;
    if (client.told_yes && client.told_no) Fail(absl::StrCat("client ", c, " was told yes and no"));
    if (client.told_yes && !happened)
      Fail(absl::StrCat("client ", c, " was told yes, without effect"));
    if (client.told_no && happened) Fail(absl::StrCat("client ", c, " was told no, with effect"));
    if (client.told_no && refusals_.count(client.request) == 0) {
      Fail(absl::StrCat("client ", c, " was told no, and nothing on the log says so"));
    }
    const auto lost = lost_.find(client.request);
    if (client.hurried && lost != lost_.end() && lost->second > kMostLostTries) {
      Fail(absl::StrCat("client ", c, " lost ", lost->second, " times against automatic work"));
    }
    if (client.lost_races > kMostLostRaces) {
      Fail(absl::StrCat("client ", c, " lost ", client.lost_races,
                        " rounds of races after the faults had stopped"));
    }
  }

  const std::deque<Client>& clients_;
  std::map<RequestId, int> effects_;
  std::map<RequestId, int> refusals_;
  // Tries that automatic work undid.
  std::map<RequestId, int> lost_;
  // What people wrote, by the version that it made.
  std::map<StreamId, std::vector<std::pair<uint64_t, AspectSet>>> by_people_;
};

class Items final : public Check {
 public:
  std::string_view name() const override { return "items"; }

  void OnStep(const Step& step) override {
    if (!step.effective()) return;
    if (const auto* received = step.As<event::v1::ComplaintReceived>())
      ++items_[received->source_item()];
    if (const auto* added = step.As<event::v1::MessageAdded>()) ++items_[added->source_item()];
  }

  void AtEnd(const Ended& ended) override {
    for (const std::string& key : ended.published) {
      const auto it = items_.find(intake::ItemOf(kSecret, "support", key).ToBytes());
      const int count = it == items_.end() ? 0 : it->second;
      if (count != 1) return Fail(absl::StrCat("message ", key, " was taken in ", count, " times"));
    }
  }

 private:
  std::map<std::string, int> items_;
};

}  // namespace

std::unique_ptr<Check> CheckAnswers(const std::deque<Client>& clients) {
  return std::make_unique<Answers>(clients);
}
std::unique_ptr<Check> CheckItems() { return std::make_unique<Items>(); }

}  // namespace redress::simulation
