#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "redress/event/v1/clocks.pb.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/due_oracle.h"

namespace redress::simulation {
namespace {

using event::v1::ClockSpec;
using Stage = storage::v1::StageState;

// Clocks count whole milliseconds.
constexpr int64_t kRoundingUs = 1000;

const ClockSpec* FindSpec(const ComplaintState& state, const std::string& clock_id) {
  for (const ClockSpec& spec : state.clocks().clocks()) {
    if (spec.clock_id() == clock_id) return &spec;
  }
  return nullptr;
}

class Clocks final : public Check {
 public:
  std::string_view name() const override { return "clocks"; }

  void OnStep(const Step& step) override {
    const auto* breached = step.effective() ? step.As<event::v1::ClockBreached>() : nullptr;
    if (breached == nullptr) return;
    const std::string of =
        absl::StrCat("breach ", step.header.event.ToHex(), " of ", step.header.stream.ToHex());
    if (!breached_.insert({step.header.stream, breached->clock_id()}).second)
      return Fail(of + " was raised before");
    const ClockSpec* spec = FindSpec(step.before, breached->clock_id());
    if (spec == nullptr) return Fail(of + " is of a clock that nobody set");
    const auto due = DueByMinutes(*spec, step.before.waiting());
    if (!due) return Fail(of + " though a pause leaves its due time open");
    if (std::abs(*due - breached->due_at_us()) > kRoundingUs) {
      return Fail(absl::StrCat(of, " is due at ", breached->due_at_us(), ", by minutes at ", *due));
    }
    if (StandsStill(*spec, step.before.waiting(), breached->due_at_us()))
      return Fail(of + " is due inside a pause");
    if (breached->fired_at_us() < breached->due_at_us()) Fail(of + " was raised before it was due");
  }

  void AtEnd(const Ended& ended) override {
    for (const auto& [stream, state] : ended.states) {
      const auto stage = state.stage().stage();
      if (stage != Stage::RECEIVED && stage != Stage::ASSESSED && stage != Stage::INVESTIGATING)
        continue;
      for (const ClockSpec& spec : state.clocks().clocks()) {
        if (!RunsOn(spec, state)) continue;
        const auto due = DueByMinutes(spec, state.waiting());
        if (!due || FromMicros(*due) + kLateness > ended.now) continue;
        if (breached_.count({stream, spec.clock_id()}) > 0) continue;
        return Fail(absl::StrCat("a clock of ", stream.ToHex(), " (",
                                 ClockSpec::Kind_Name(spec.kind()), " of level ", spec.level(),
                                 ") was due at ", Rfc3339(*due), " and nobody said so"));
      }
    }
  }

 private:
  // Of the present level and round, and nothing has stopped it. Precondition: the complaint is
  // open.
  static bool RunsOn(const ClockSpec& spec, const ComplaintState& state) {
    if (spec.cycle() != state.stage().cycle()) return false;
    if (spec.kind() == ClockSpec::LEVEL_RESOLUTION) {
      if (spec.level() != state.level().level()) return false;
      // The level was left and entered again: the later clock counts.
      for (const ClockSpec& other : state.clocks().clocks()) {
        if (other.kind() == spec.kind() && other.level() == spec.level() &&
            other.counts_from_us() > spec.counts_from_us()) {
          return false;
        }
      }
      return true;
    }
    for (const auto& told : state.conversation().told()) {
      if (told.purpose() == event::v1::FIRST_RESPONSE ||
          told.purpose() == event::v1::FINAL_RESPONSE)
        return false;
    }
    return true;
  }

  std::set<std::pair<StreamId, std::string>> breached_;
};

}  // namespace

std::unique_ptr<Check> CheckClocks() { return std::make_unique<Clocks>(); }

}  // namespace redress::simulation
