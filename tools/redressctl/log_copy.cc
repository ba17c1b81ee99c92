#include "libs/event_log/copy/log_copy.h"

#include <atomic>
#include <csignal>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/event_log/kafka/kafka_log.h"
#include "tools/redressctl/commands.h"

namespace redress::ctl {
namespace {

std::atomic<bool> stopped = false;

// Ctrl-C ends a copy between two records; what is there stays.
void StopOnSignal() {
  const auto stop = [](int) { stopped = true; };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
}

absl::StatusOr<KafkaOptions> TargetOf(const LogCopyFlags& flags, const EmbeddedLog& source) {
  KafkaOptions target;
  target.bootstrap_servers = flags.kafka;
  target.id_secret = source.id_secret();
  target.log_id = source.log_id();
  target.client_id = "redressctl";
  target.create_topics = true;
  target.SetReplication(flags.replication);
  for (int topic = 0; topic < kTopicCount; ++topic) {
    target.partitions[static_cast<size_t>(topic)] =
        source.PartitionCount(static_cast<Topic>(topic));
  }
  for (const std::string& property : flags.properties) {
    const std::pair<std::string, std::string> split =
        absl::StrSplit(property, absl::MaxSplits('=', 1));
    if (split.second.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--kafka-property ", property, ": name=value"));
    }
    target.properties.push_back(split);
  }
  return target;
}

void ShowProgress(Session& session, const LogCopyCounts& counts) {
  const uint64_t done = counts.present + counts.copied;
  if (session.json) {
    session.out() << "{\"total\": " << counts.total << ", \"present\": " << counts.present
                  << ", \"copied\": " << counts.copied << "}\n";
  } else {
    session.err() << "\r" << done << " of " << counts.total << " records" << std::flush;
  }
}

}  // namespace

int LogCopy(Session& session, const LogCopyFlags& flags) {
  SystemClock clock;
  SystemRandom random;
  EmbeddedLogOptions options;
  options.folder = flags.from;
  options.clock = &clock;
  options.random = &random;
  options.must_exist = true;
  const auto source = EmbeddedLog::Open(std::move(options));
  if (!source.ok()) return session.Fail(source.status());
  const auto target_options = TargetOf(flags, **source);
  if (!target_options.ok()) {
    session.err() << target_options.status().message() << "\n";
    return kUsage;
  }
  const auto target = KafkaLog::Open(*target_options, clock, random);
  if (!target.ok()) return session.Fail(target.status());

  StopOnSignal();
  LogCopyOptions copy;
  copy.stop = &stopped;
  copy.progress = [&session](const LogCopyCounts& counts) { ShowProgress(session, counts); };
  const auto counts = CopyLog(source->get(), target->get(), copy);
  if (!session.json) session.err() << "\n";
  if (!counts.ok()) return session.Fail(counts.status());
  if (flags.keep) return kOk;
  const absl::Status sealed =
      (*source)->Seal(absl::StrCat("its records were copied to Kafka (", flags.kafka,
                                   "); start with --log kafka, --kafka and "
                                   "--id-secret-file ",
                                   flags.from, "/secret"));
  if (!sealed.ok()) return session.Fail(sealed);
  if (!session.json) {
    session.out() << "Copied. The log in " << flags.from
                  << " is sealed; start with --log kafka --kafka " << flags.kafka
                  << " --id-secret-file " << flags.from
                  << "/secret, and the same data folder: projections go on.\n";
  }
  return kOk;
}

}  // namespace redress::ctl
