#include "libs/event_log/kafka/kafka_log.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/status.h"
#include "libs/event_log/kafka/identity.h"
#include "libs/event_log/kafka/ownership.h"
#include "libs/event_log/kafka/reader.h"

namespace redress {
namespace {

constexpr absl::Duration kLookAtTopicsEvery = absl::Seconds(10);

absl::Status CheckOptions(const KafkaOptions& options) {
  if (options.bootstrap_servers.empty()) {
    return absl::InvalidArgumentError("Kafka: no bootstrap servers are named");
  }
  if (options.id_secret.empty())
    return absl::InvalidArgumentError("Kafka: the id secret is required");
  // Longer ones crash librdkafka 2.0.2 in some requests.
  if (options.client_id.empty() || options.client_id.size() > 100) {
    return absl::InvalidArgumentError("Kafka: the client id must have 1 to 100 characters");
  }
  if (options.min_insync_replicas > options.replication_factor) {
    return absl::InvalidArgumentError(
        absl::StrCat("Kafka: min_insync_replicas ", options.min_insync_replicas,
                     " is more than the replication factor ", options.replication_factor));
  }
  for (const int32_t count : options.partitions) {
    if (count < 0) return absl::InvalidArgumentError("Kafka: a negative number of partitions");
  }
  return absl::OkStatus();
}

// A consumer handle, although it never consumes: metadata requests of producers make topics on some
// brokers.
absl::StatusOr<KafkaHandle> NewAdmin(const KafkaOptions& options, KafkaRefusal& refusal) {
  KafkaClientConfig config(options);
  refusal.ListenTo(config);
  // Uncommitted too: with a foreign transaction open, what was acknowledged after its start is
  // durable but not yet visible, and `End` must lie above it.
  config.Set("isolation.level", "read_uncommitted").Set("allow.auto.create.topics", "false");
  return config.New(RD_KAFKA_CONSUMER);
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaLog>> KafkaLog::Open(const KafkaOptions& options,
                                                         const Clock& clock, Random& random) {
  REDRESS_RETURN_IF_ERROR(CheckOptions(options));
  std::unique_ptr<KafkaLog> log(new KafkaLog(options));
  REDRESS_ASSIGN_OR_RETURN(log->admin_, NewAdmin(options, log->refusal_));
  auto counts = EnsureKafkaTopics(log->admin_.get(), options);
  if (!counts.ok()) return log->refusal_.Explain(log->admin_.get(), counts.status());
  log->counts_ = *counts;
  REDRESS_RETURN_IF_ERROR(log->KnowTopics());
  log->callbacks_ = std::make_unique<CallbackThread>();
  REDRESS_ASSIGN_OR_RETURN(log->producer_, KafkaProducer::Make(options, log->callbacks_.get()));
  REDRESS_ASSIGN_OR_RETURN(log->log_id_,
                           EstablishKafkaIdentity(options, log->counts_, log->admin_.get(),
                                                  *log->producer_, clock, random));
  REDRESS_RETURN_IF_ERROR(EnsureKafkaOwnershipTopics(log->admin_.get(), options, log->counts_));
  log->ends_ = std::make_unique<KafkaEnds>(log->admin_.get(), KafkaTopicNamesOf(options),
                                           options.end_timeout, log->callbacks_.get());
  log->watch_ = std::make_unique<KafkaTopicWatch>(log->admin_.get(), KafkaTopicNamesOf(options),
                                                  log->counts_, kLookAtTopicsEvery);
  return log;
}

KafkaLog::~KafkaLog() {
  watch_.reset();
  producer_.reset();
  ends_.reset();
  callbacks_.reset();
  for (rd_kafka_topic_t* topic : admin_topics_) rd_kafka_topic_destroy(topic);
}

absl::Status KafkaLog::KnowTopics() {
  for (const std::string& name : KafkaTopicNamesOf(options_)) {
    rd_kafka_topic_t* topic = rd_kafka_topic_new(admin_.get(), name.c_str(), nullptr);
    if (topic == nullptr) return KafkaStatus(rd_kafka_last_error(), name);
    admin_topics_.push_back(topic);
  }
  return absl::OkStatus();
}

void KafkaLog::CheckExists(TopicPartition tp) const {
  REDRESS_CHECK(tp.partition >= Partition(0) && tp.partition.value() < PartitionCount(tp.topic));
}

void KafkaLog::Append(TopicPartition to, Record record, AppendDone done) {
  CheckExists(to);
  producer_->Append(to, std::move(record), std::move(done));
}

absl::StatusOr<std::unique_ptr<LogReader>> KafkaLog::OpenReader(std::vector<ReadFrom> starts) {
  for (const ReadFrom& start : starts) CheckExists(start.source);
  return KafkaReader::Open(options_, admin_.get(), callbacks_.get(), starts);
}

void KafkaLog::End(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) {
  CheckExists(of);
  ends_->Ask(of, std::move(done));
}

absl::StatusOr<std::unique_ptr<Ownership>> KafkaLog::Own(OwnershipKind kind,
                                                         OwnershipChanged changed) {
  return KafkaOwnership::Join(options_, admin_.get(), kind, std::move(changed));
}

}  // namespace redress
