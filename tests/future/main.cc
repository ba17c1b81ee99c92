// redress-future: a release that knows more than this one (future.proto) and, with
// REDRESS_FUTURE_LAYOUT in the environment, keeps its rows in another layout. Test only.
//
//   redress-future append LOG COMPLAINT_ID VERSION AGENT   what it may have written: see Append
//   below redress-future check LOG DATA_DIR                      projections against its fold from
//   zero redress-future …                                       the suite, with the flags of
//   `redress`
//
// LOG: the folder of an embedded log, or HOST:PORT,SECRET_FILE of one on Kafka.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/file.h"
#include "libs/base/hash.h"
#include "libs/base/mutex.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/domain/decision.h"
#include "libs/domain/payloads.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/event_log/kafka/kafka_log.h"
#include "libs/host/process.h"
#include "libs/runtime/event_append.h"
#include "redress/personal/v1/personal.pb.h"
#include "services/suite/modules.h"
#include "tests/future/future.pb.h"
#include "tests/scenarios/fold_check.h"

namespace redress::scenarios {
namespace {

using redress::future::v1::AgentStarred;
using redress::future::v1::ComplaintStarred;

constexpr Aspect kAspectOfTheFuture = static_cast<Aspect>(60);

class Writer {
 public:
  explicit Writer(EventLog* log) : log_(log) {}

  // One event; `request` names its request id. Returns when it is durable.
  absl::Status Write(const StreamId& stream, const std::string& request, uint64_t seen,
                     AspectSet reads, EventDraft draft) {
    EventOrigin origin;
    const absl::Time now = absl::Now();
    origin.event_id = NewEventId(now, random_);
    origin.stream = stream;
    origin.request = HashedId<RequestId>({"future", request});
    origin.seen = Version(seen);
    origin.reads = reads;
    origin.recorded_at_us = ToMicros(now);
    origin.actor.set_kind(event::v1::Actor::SERVICE);
    origin.actor.set_id("future");
    const event::v1::Event event = BuildEvent(origin, draft);
    Mutex mutex;
    Condition done;
    std::optional<AppendOutcome> outcome;
    log_->Append(PlaceOf(event, *log_), RecordOf(event), [&](AppendOutcome result) {
      MutexLock lock(mutex);
      outcome = std::move(result);
      done.NotifyOne();
    });
    MutexLock lock(mutex);
    while (!outcome) done.Wait(lock);
    return outcome->kind == AppendOutcome::Kind::kAppended ? absl::OkStatus() : outcome->status;
  }

 private:
  EventLog* const log_;
  SystemRandom random_;
};

// The modules of today; if wanted each with rows of a layout to come.
std::vector<ModuleFactory> FutureModules() {
  std::vector<ModuleFactory> modules = SuiteModules();
  if (std::getenv("REDRESS_FUTURE_LAYOUT") == nullptr) return modules;
  for (ModuleFactory& module : modules) {
    module.make = [make = module.make](HostContext host) {
      host.later_layouts = 1;
      return make(std::move(host));
    };
  }
  return modules;
}

EventDraft Starred(uint32_t stars) {
  ComplaintStarred starred;
  starred.set_stars(stars);
  return EventDraft::Of(std::move(starred));
}

EventDraft ColouredNote() {
  redress::future::v1::NoteAdded added;
  added.mutable_note()->set_note_id(HashedId<EventId>({"future", "note"}).ToBytes());
  added.set_colour("green");
  personal::v1::NoteAddedPersonal personal;
  personal.mutable_note()->set_text("A note in green.");
  return EventDraft::Of(std::move(added), personal.SerializeAsString());
}

// Each verdict once and more: effective, duplicate, conflict on the aspect of the future, unknown.
absl::Status Append(EventLog* log, const ComplaintId& complaint, uint64_t version,
                    const std::string& agent) {
  Writer writer(log);
  const AspectSet starred{kAspectOfTheFuture};
  const AspectSet stage_and_starred{event::v1::STAGE, kAspectOfTheFuture};
  REDRESS_RETURN_IF_ERROR(writer.Write(complaint, "first", version, stage_and_starred, Starred(1)));
  REDRESS_RETURN_IF_ERROR(writer.Write(complaint, "first", version, stage_and_starred, Starred(1)));
  REDRESS_RETURN_IF_ERROR(writer.Write(complaint, "second", version, starred, Starred(2)));
  REDRESS_RETURN_IF_ERROR(writer.Write(complaint, "note", version, {}, ColouredNote()));
  REDRESS_RETURN_IF_ERROR(writer.Write(complaint, "second", version + 1, starred, Starred(2)));
  REDRESS_RETURN_IF_ERROR(writer.Write(complaint, "third", version + 50, {}, Starred(3)));
  AgentStarred star;
  const EntityId entity = EntityIdOf("agent", agent);
  star.set_agent_id(entity.ToBytes());
  return writer.Write(entity, "agent", 1, {}, EventDraft::Of(std::move(star)));
}

struct OpenedLog {
  std::unique_ptr<EventLog> log;
  std::string id_secret;
};

absl::StatusOr<OpenedLog> OpenLog(const std::string& named, const Clock& clock, Random& random) {
  if (const size_t comma = named.find(','); comma != std::string::npos) {
    KafkaOptions options;
    options.bootstrap_servers = named.substr(0, comma);
    REDRESS_ASSIGN_OR_RETURN(options.id_secret, ReadFile(named.substr(comma + 1)));
    REDRESS_ASSIGN_OR_RETURN(auto log, KafkaLog::Open(options, clock, random));
    return OpenedLog{std::move(log), options.id_secret};
  }
  EmbeddedLogOptions options;
  options.folder = named;
  options.random = &random;
  options.clock = &clock;
  REDRESS_ASSIGN_OR_RETURN(auto log, EmbeddedLog::Open(std::move(options)));
  std::string secret = log->id_secret();
  return OpenedLog{std::move(log), std::move(secret)};
}

absl::Status RunAppend(const std::vector<std::string>& words) {
  SystemClock clock;
  SystemRandom random;
  uint64_t version = 0;
  if (words.size() != 5 || !absl::SimpleAtoi(words[3], &version))
    return absl::InvalidArgumentError("wrong usage");
  const auto complaint = ComplaintId::FromHex(words[2]);
  if (!complaint) return absl::InvalidArgumentError("COMPLAINT_ID: 32 hexadecimal digits");
  REDRESS_ASSIGN_OR_RETURN(const OpenedLog opened, OpenLog(words[1], clock, random));
  return Append(opened.log.get(), *complaint, version, words[4]);
}

absl::Status RunCheck(const std::vector<std::string>& words) {
  SystemClock clock;
  SystemRandom random;
  if (words.size() != 3) return absl::InvalidArgumentError("wrong usage");
  std::vector<LeftBehind> projections;
  for (const ModuleFactory& factory : SuiteModules())
    projections.push_back({factory.name, words[2]});
  const std::string scratch = words[2] + "/from_zero";
  ProjectionCheck check(FutureModules());
  REDRESS_ASSIGN_OR_RETURN(const OpenedLog opened, OpenLog(words[1], clock, random));
  const absl::Status checked = check.Run(opened.log.get(), opened.id_secret, projections, scratch);
  std::filesystem::remove_all(scratch);
  return checked;
}

}  // namespace
}  // namespace redress::scenarios

int main(int argc, char** argv) {
  redress::RegisterPayloads(redress::future::v1::ComplaintStarred::descriptor()->file());
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string mode = words.empty() ? "" : words[0];
  if (mode != "append" && mode != "check") {
    return redress::RunProcess(argc, argv, "Redress of the future, for a test",
                               redress::scenarios::FutureModules());
  }
  const absl::Status done =
      mode == "append" ? redress::scenarios::RunAppend(words) : redress::scenarios::RunCheck(words);
  if (!done.ok()) std::cerr << done.message() << "\n";
  return done.ok() ? 0 : 1;
}
