#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "tests/simulation/checks.h"

namespace redress::simulation {
namespace {

// Void events per effective one, and what a short run may have beyond.
constexpr int kMostVoid = 3;
constexpr int kVoidAtLeast = 60;

class Rest final : public Check {
 public:
  std::string_view name() const override { return "rest"; }

  void OnStep(const Step& step) override { ++(step.effective() ? effective_ : void_); }

  void AtEnd(const Ended& ended) override {
    if (void_ > kMostVoid * effective_ + kVoidAtLeast) {
      return Fail(absl::StrCat(void_, " void events for ", effective_, " effective ones"));
    }
    for (Process* process : ended.processes) {
      for (int s = 0; s < kServices; ++s) CheckRows(ended, *process, s);
    }
  }

 private:
  // What the state asks for stands as a row of work.
  void CheckRows(const Ended& ended, Process& process, int index) {
    Projector& projector = process.service(index).projector();
    const Projection& projection = process.projection(index);
    const auto timers = projection.timer_kinds();
    if (projector.work().parked() > 0)
      return Fail(absl::StrCat("a row of ", process.service(index).name(), " is parked"));
    for (const auto& [stream, head] : ended.heads) {
      const auto row = projector.LoadComplaint(stream);
      if (!row.ok() || (*row)->newer) continue;
      std::vector<WorkItem> work;
      projection.WorkOf(**row, &work);
      for (WorkItem& item : work) {
        item.stream = stream;
        const bool later = timers.count(item.kind) > 0 && FromMicros(item.order) > ended.now;
        if (later || projector.work().Find(item) != nullptr) continue;
        return Fail(absl::StrCat("work of kind ", item.kind, " of ", process.service(index).name(),
                                 " on ", stream.ToHex(), " is asked for, and there is no row"));
      }
    }
  }

  int effective_ = 0;
  int void_ = 0;
};

}  // namespace

std::unique_ptr<Check> CheckRest() { return std::make_unique<Rest>(); }

}  // namespace redress::simulation
