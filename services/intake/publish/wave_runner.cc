#include "services/intake/publish/wave_runner.h"

#include <utility>

namespace redress::intake {
namespace {

struct Run : std::enable_shared_from_this<Run> {
  SubmitCommand submit;
  std::vector<CommandWave> waves;
  std::function<void(absl::StatusOr<std::vector<CommandOutcome>>)> done;
  size_t next = 0;
  size_t missing = 0;
  absl::Status failed;
  std::vector<CommandOutcome> outcomes;

  void NextWave() {
    while (next < waves.size() && waves[next].empty()) ++next;
    if (!failed.ok()) return done(failed);
    if (next == waves.size()) return done(std::move(outcomes));
    CommandWave wave = std::move(waves[next++]);
    missing = wave.size();
    for (Command& command : wave) {
      submit(std::move(command),
             [self = shared_from_this()](absl::StatusOr<CommandOutcome> outcome) {
               if (outcome.ok()) {
                 self->outcomes.push_back(*std::move(outcome));
               } else if (!absl::IsAlreadyExists(outcome.status())) {
                 self->failed = outcome.status();
               }
               if (--self->missing == 0) self->NextWave();
             });
    }
  }
};

}  // namespace

void RunWaves(SubmitCommand submit, std::vector<CommandWave> waves,
              std::function<void(absl::StatusOr<std::vector<CommandOutcome>>)> done) {
  auto run = std::make_shared<Run>();
  run->submit = std::move(submit);
  run->waves = std::move(waves);
  run->done = std::move(done);
  run->NextWave();
}

}  // namespace redress::intake
