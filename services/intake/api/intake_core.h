// What the API needs of the module behind it: the log, the projection, the command path. The module
// implements it; tests of single calls may too.
//
// Threads: everything may be called from any thread, but for what says "on the service's thread".
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/directory/directory.h"
#include "libs/event_log/event_log.h"
#include "libs/projection/projection_store.h"
#include "libs/runtime/command_path.h"
#include "libs/runtime/executor.h"
#include "libs/runtime/token.h"

namespace redress::intake {

class IntakeCore {
 public:
  virtual ~IntakeCore() = default;

  virtual EventLog& log() = 0;
  virtual const Clock& clock() = 0;
  virtual const Directory& directory() = 0;
  // As of the last flush.
  virtual const ProjectionStore& store() = 0;
  // Of the log: keyed ids are made with it.
  virtual const std::string& secret() = 0;
  // Where questions are answered: one thread that may read the store at length.
  virtual Executor& queries() = 0;

  // Runs `work` on the service's thread; dropped when the service has stopped.
  virtual void OnService(std::function<void()> work) = 0;
  // Calls `done`, on the service's thread, once all that the token names is folded and flushed.
  // INVALID_ARGUMENT: a token of another log; UNAVAILABLE, NOT_CAUGHT_UP: not before `deadline`.
  virtual void WhenFolded(ConsistencyToken token, absl::Time deadline,
                          std::function<void(absl::Status)> done) = 0;
  // Token of what the last flush holds.
  virtual std::string FlushedToken() = 0;

  // On the service's thread; so is `done`.
  virtual void Submit(Command command, CommandDone done) = 0;
  // On the service's thread: the refusal that closed a request, by the outcome that names its
  // place.
  virtual absl::StatusOr<Refusal> RefusalOf(const CommandOutcome& outcome) = 0;
};

// Parses a caller's token and waits for it; `done` on the service's thread.
void WhenReached(IntakeCore* core, const std::string& token, absl::Time deadline,
                 std::function<void(absl::Status)> done);

// Waits until everything is folded that was durable in these partitions when called; `done` on the
// service's thread.
void WhenCaughtUp(IntakeCore* core, std::vector<TopicPartition> partitions, absl::Time deadline,
                  std::function<void(absl::Status)> done);

// Runs a question on the queries' thread, after the token was reached; `fail` instead when it was
// not.
void AskAfter(IntakeCore* core, const std::string& token, absl::Time deadline,
              std::function<void()> ask, std::function<void(absl::Status)> fail);

}  // namespace redress::intake
