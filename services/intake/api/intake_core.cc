#include "services/intake/api/intake_core.h"

#include <memory>

#include "libs/base/text.h"
#include "libs/errors/errors.h"

namespace redress::intake {

void WhenReached(IntakeCore* core, const std::string& token, absl::Time deadline,
                 std::function<void(absl::Status)> done) {
  auto parsed = ParseToken(token);
  if (!parsed.ok()) {
    core->OnService([done = std::move(done)] {
      done(InvalidField("consistency_token", "not a token of this system"));
    });
    return;
  }
  core->WhenFolded(*std::move(parsed), deadline, std::move(done));
}

void WhenCaughtUp(IntakeCore* core, std::vector<TopicPartition> partitions, absl::Time deadline,
                  std::function<void(absl::Status)> done) {
  // Touched on the service's thread only.
  struct Pending {
    ConsistencyToken token;
    size_t missing;
    absl::Status failed;
    std::function<void(absl::Status)> done;
  };
  auto pending = std::make_shared<Pending>(
      Pending{{core->log().log_id(), {}}, partitions.size(), absl::OkStatus(), std::move(done)});
  for (const TopicPartition source : partitions) {
    core->log().End(source, [core, pending, source, deadline](absl::StatusOr<Offset> end) {
      core->OnService([core, pending, source, deadline, end = std::move(end)] {
        if (end.ok()) {
          pending->token.ends[source] = *end;
        } else {
          pending->failed = end.status();
        }
        if (--pending->missing > 0) return;
        if (!pending->failed.ok()) {
          return pending->done(MakeError(absl::StatusCode::kUnavailable, reason::kNotCaughtUp,
                                         Std(pending->failed.message())));
        }
        core->WhenFolded(std::move(pending->token), deadline, std::move(pending->done));
      });
    });
  }
}

void AskAfter(IntakeCore* core, const std::string& token, absl::Time deadline,
              std::function<void()> ask, std::function<void(absl::Status)> fail) {
  if (token.empty()) return core->queries().Post([ask = std::move(ask)] { ask(); });
  WhenReached(core, token, deadline,
              [core, ask = std::move(ask), fail = std::move(fail)](absl::Status reached) {
                if (!reached.ok()) return fail(reached);
                core->queries().Post([ask] { ask(); });
              });
}

}  // namespace redress::intake
