#include <array>
#include <optional>

#include "absl/strings/str_cat.h"
#include "libs/domain/lifecycle.h"
#include "libs/domain/state_view.h"
#include "redress/event/v1/intake.pb.h"
#include "tests/simulation/checks.h"

namespace redress::simulation {
namespace {

// The bytes of every aspect of a state; none where it was never written.
using AspectBytes = std::array<std::optional<std::string>, 64>;

// Aspects whose value differs from that in `bytes`, which then says what `state` says: field number
// = aspect + 1.
AspectSet TakeChanges(const ComplaintState& state, AspectBytes* bytes) {
  static const auto* const descriptor = ComplaintState::descriptor();
  AspectSet changed;
  const auto* reflection = state.GetReflection();
  std::string has;
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    const int aspect = field->number() - 1;
    std::optional<std::string>& had = (*bytes)[static_cast<size_t>(aspect)];
    if (!reflection->HasField(state, field)) {
      if (!had) continue;
      had.reset();
    } else {
      reflection->GetMessage(state, field).SerializeToString(&has);
      if (had == has) continue;
      had = has;
    }
    changed.Add(static_cast<Aspect>(aspect));
  }
  return changed;
}

class Serial final : public Check {
 public:
  explicit Serial(const std::deque<Client>& clients) {
    for (const Client& client : clients) clients_[client.request] = &client;
  }
  std::string_view name() const override { return "serial history"; }

  void OnStep(const Step& step) override {
    if (!step.effective()) return;
    if (step.payload == nullptr) {
      return Fail(absl::StrCat("a payload of ", step.info.name,
                               " does not parse in a release that knows the type"));
    }
    CheckAllowed(step);
    CheckMasks(step);
    DecideAgain(step);
  }

 private:
  std::string Of(const Step& step) const {
    return absl::StrCat(step.info.name, " ", step.header.event.ToHex(), " of ",
                        step.header.stream.ToHex());
  }

  void CheckAllowed(const Step& step) {
    if (!step.head.exists()) {
      if (!step.header.opens) Fail("a complaint begins without being opened: " + Of(step));
      return;
    }
    if (step.header.opens) return Fail("a complaint is opened twice: " + Of(step));
    const auto& stage = step.before.stage();
    if (!LifecycleOf(step.info.number, stage.stage(), stage.ever_assessed()).allowed) {
      Fail(absl::StrCat(Of(step), " is not allowed in stage ",
                        std::string(StageName(stage.stage()))));
    }
  }

  // By what really changed, not by what was declared.
  void CheckMasks(const Step& step) {
    auto& changed_at = changed_at_[step.header.stream];
    const uint64_t version = step.head.version().value() + 1;
    const AspectSet changed = TakeChanges(step.after, &bytes_[step.header.stream]);
    if (!step.header.opens) {
      if (!step.header.writes.Contains(changed)) {
        Fail(absl::StrCat(Of(step), " changed what it does not declare: ", changed.ToString()));
      }
      for (int aspect = 0; aspect < 64; ++aspect) {
        if (step.header.reads.Has(static_cast<Aspect>(aspect)) &&
            changed_at[aspect] > step.header.seen.value()) {
          Fail(Of(step) + " read what had changed");
        }
      }
    }
    for (int aspect = 0; aspect < 64; ++aspect) {
      if (changed.Has(static_cast<Aspect>(aspect))) changed_at[aspect] = version;
    }
  }

  void DecideAgain(const Step& step) {
    const auto it = clients_.find(step.header.request);
    if (it == clients_.end()) return;
    StateView view(step.before, AspectSet::All());
    const auto decision =
        DecideWish(*it->second, view, step.head.exists(), step.event.header().recorded_at_us());
    if (!decision.ok())
      return Fail(Of(step) + " cannot be decided again: " + decision.status().ToString());
    const auto* refusal = std::get_if<Refusal>(&*decision);
    if ((refusal != nullptr) != step.refused()) {
      return Fail(absl::StrCat(Of(step), " would be ", refusal != nullptr ? "refused" : "allowed",
                               " on its serial state"));
    }
    if (refusal != nullptr) {
      const auto* refused = step.As<event::v1::CommandRefused>();
      if (refused->code() != refusal->code)
        Fail(Of(step) + " would be refused for another reason on its serial state");
      return;
    }
    if (std::get<EventDraft>(*decision).payload->SerializeAsString() != step.event.payload()) {
      Fail(Of(step) + " would say something else on its serial state");
    }
  }

  std::map<RequestId, const Client*> clients_;
  std::map<StreamId, std::array<uint64_t, 64>> changed_at_;
  // As of the latest effective event.
  std::map<StreamId, AspectBytes> bytes_;
};

}  // namespace

std::unique_ptr<Check> CheckSerial(const std::deque<Client>& clients) {
  return std::make_unique<Serial>(clients);
}

}  // namespace redress::simulation
