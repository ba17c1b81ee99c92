#include "libs/event_log/kafka/identity.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/mutex.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/event_log/genesis/genesis.h"
#include "libs/event_log/kafka/message.h"
#include "libs/event_log/kafka/offsets.h"

namespace redress {
namespace {

// What stands first in a partition.
struct FirstRecord {
  Offset offset;
  // Nothing: no record is there; `offset` is the end.
  std::optional<absl::StatusOr<GenesisFacts>> genesis;
};
using FirstRecords = std::map<TopicPartition, FirstRecord>;

std::string Describe(const KafkaOptions& options, TopicPartition of) {
  return absl::StrCat(KafkaTopicName(options, of.topic), " partition ", of.partition.value());
}

absl::StatusOr<KafkaHandle> NewScanner(const KafkaOptions& options) {
  KafkaClientConfig config(options);
  config.Set("group.id", absl::StrCat(options.topic_prefix, "redress.reader"))
      .Set("enable.auto.commit", "false")
      .Set("enable.auto.offset.store", "false")
      .Set("auto.offset.reset", "error")
      .Set("enable.partition.eof", "true")
      .Set("isolation.level", "read_committed")
      // One record per partition is wanted, so that little more should come.
      .Set("fetch.message.max.bytes", "65536")
      .Set("fetch.wait.max.ms", "10")
      .Set("queued.min.messages", "1");
  return config.New(RD_KAFKA_CONSUMER);
}

// Reads until each partition of `starts` has shown its first record or its end.
absl::Status ReadFirstRecords(const KafkaOptions& options, const std::vector<ReadFrom>& starts,
                              const KafkaDeadline& deadline, FirstRecords* found) {
  REDRESS_ASSIGN_OR_RETURN(const KafkaHandle scanner, NewScanner(options));
  std::map<std::string, Topic> topics;
  rd_kafka_topic_partition_list_t* list =
      rd_kafka_topic_partition_list_new(static_cast<int>(starts.size()));
  for (const ReadFrom& start : starts) {
    const std::string name = KafkaTopicName(options, start.source.topic);
    rd_kafka_topic_partition_list_add(list, name.c_str(), start.source.partition.value())->offset =
        start.from.value();
    topics[name] = start.source.topic;
  }
  const auto assigned = rd_kafka_assign(scanner.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  REDRESS_RETURN_IF_ERROR(KafkaStatus(assigned, "Kafka: reading the first records"));

  std::set<TopicPartition> seen;
  while (seen.size() < starts.size()) {
    if (deadline.Passed())
      return absl::UnavailableError("Kafka: the first records could not be read in time");
    const std::unique_ptr<rd_kafka_message_t, decltype(&rd_kafka_message_destroy)> message(
        rd_kafka_consumer_poll(scanner.get(), deadline.LeftMs(200)), rd_kafka_message_destroy);
    if (message == nullptr || message->rkt == nullptr) continue;
    const Topic topic = topics.at(rd_kafka_topic_name(message->rkt));
    const TopicPartition of{topic, Partition(message->partition)};
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (seen.insert(of).second) (*found)[of] = {Offset(message->offset), std::nullopt};
    } else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (!seen.insert(of).second) continue;
      HeaderArena headers;
      (*found)[of] = {Offset(message->offset),
                      ParseGenesis(KafkaRecordView(*message, topic, &headers))};
    } else if (const absl::Status status = KafkaStatus(message->err, Describe(options, of));
               !absl::IsUnavailable(status)) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<FirstRecords> ScanFirstRecords(const KafkaOptions& options, rd_kafka_t* admin,
                                              const std::vector<TopicPartition>& partitions,
                                              const KafkaDeadline& deadline) {
  const KafkaTopicNames names = KafkaTopicNamesOf(options);
  const absl::Duration left = absl::Milliseconds(deadline.LeftMs(1 << 30));
  REDRESS_ASSIGN_OR_RETURN(const auto oldest, QueryKafkaOffsets(admin, names, partitions,
                                                                KafkaEdge::kOldest, left, nullptr));
  REDRESS_ASSIGN_OR_RETURN(const auto newest, QueryKafkaOffsets(admin, names, partitions,
                                                                KafkaEdge::kNewest, left, nullptr));
  FirstRecords found;
  std::vector<ReadFrom> starts;
  for (const auto& [of, low] : oldest) {
    if (newest.at(of) > low) {
      // An explicit offset: "the beginning" would be looked up again, after half a second of
      // waiting for leaders.
      starts.push_back({of, low});
    } else {
      found[of] = {low, std::nullopt};
    }
  }
  if (!starts.empty()) REDRESS_RETURN_IF_ERROR(ReadFirstRecords(options, starts, deadline, &found));
  return found;
}

// Waits for the outcome. An unknown one is fine: the next scan shows what is there.
void AppendGenesis(KafkaProducer& producer, const std::vector<TopicPartition>& empty,
                   const PartitionCounts& counts, GenesisFacts facts) {
  // Shared with the call-backs, which come in any case.
  struct Outcomes {
    Mutex mutex;
    Condition changed;
    size_t open;
  };
  auto outcomes = std::make_shared<Outcomes>();
  outcomes->open = empty.size();
  for (const TopicPartition& tp : empty) {
    facts.partitions = counts[static_cast<int>(tp.topic)];
    producer.Append(tp, GenesisRecord(facts), [outcomes](const AppendOutcome&) {
      MutexLock lock(outcomes->mutex);
      if (--outcomes->open == 0) outcomes->changed.NotifyAll();
    });
  }
  MutexLock lock(outcomes->mutex);
  while (outcomes->open > 0) outcomes->changed.Wait(lock);
}

absl::Status CheckOne(const KafkaOptions& options, const PartitionCounts& counts, TopicPartition of,
                      const FirstRecord& first, const LogId& log_id) {
  const std::string where = Describe(options, of);
  if (!first.genesis || !first.genesis->ok()) {
    if (first.offset > Offset(0) && TopicIsTrimmed(of.topic)) return absl::OkStatus();
    if (first.genesis && absl::IsFailedPrecondition(first.genesis->status()))
      return first.genesis->status();
    return absl::FailedPreconditionError(
        where +
        (first.genesis
             ? " begins with a record that is not Redress's: the topic belongs to something else"
             : " has lost its first records: it was trimmed or made anew"));
  }
  const GenesisFacts& facts = **first.genesis;
  if (facts.log_id != log_id) {
    return absl::FailedPreconditionError(
        absl::StrCat(where, " belongs to the log ", facts.log_id.ToHex(), ", ",
                     KafkaTopicName(options, Topic::kComplaints), " to ", log_id.ToHex()));
  }
  const int32_t count = counts[static_cast<int>(of.topic)];
  if (facts.partitions != count) {
    return absl::FailedPreconditionError(absl::StrCat(where, " was made with ", facts.partitions,
                                                      " partitions in its topic, now there are ",
                                                      count));
  }
  return CheckSecret(facts, options.id_secret, absl::StrCat("Kafka (", where, ")"));
}

absl::Status TooLate() {
  return absl::UnavailableError("Kafka: genesis records could not be appended in time");
}

std::vector<TopicPartition> PartitionsWithGenesis(const PartitionCounts& counts) {
  std::vector<TopicPartition> all;
  for (int i = 0; i < kTopicCount; ++i) {
    const Topic topic = static_cast<Topic>(i);
    if (KafkaTopicIsCompacted(topic)) continue;
    for (int p = 0; p < counts[i]; ++p) all.push_back({topic, Partition(p)});
  }
  return all;
}

}  // namespace

absl::StatusOr<LogId> EstablishKafkaIdentity(const KafkaOptions& options,
                                             const PartitionCounts& counts, rd_kafka_t* admin,
                                             KafkaProducer& producer, const Clock& clock,
                                             Random& random) {
  const KafkaDeadline deadline(options.open_timeout);
  const TopicPartition decider{Topic::kComplaints, Partition(0)};
  const std::vector<TopicPartition> all = PartitionsWithGenesis(counts);
  GenesisFacts facts;
  facts.log_id = options.log_id ? options.log_id
                                : LogId::FromBytesOrNone(NewEventId(clock.Now(), random).bytes());
  facts.secret_fingerprint = SecretFingerprint(options.id_secret);
  facts.created_at_us = ToMicros(clock.Now());
  while (true) {
    REDRESS_ASSIGN_OR_RETURN(const FirstRecords first,
                             ScanFirstRecords(options, admin, all, deadline));
    const FirstRecord& deciding = first.at(decider);
    if (!deciding.genesis && deciding.offset == Offset(0)) {
      AppendGenesis(producer, {decider}, counts, facts);
      if (deadline.Passed()) return TooLate();
      continue;
    }
    if (deciding.genesis && deciding.genesis->ok()) facts.log_id = (*deciding.genesis)->log_id;
    REDRESS_RETURN_IF_ERROR(CheckOne(options, counts, decider, deciding, facts.log_id));

    std::vector<TopicPartition> empty;
    for (const auto& [of, record] : first) {
      if (!record.genesis && record.offset == Offset(0)) empty.push_back(of);
    }
    if (empty.empty()) {
      for (const auto& [of, record] : first) {
        REDRESS_RETURN_IF_ERROR(CheckOne(options, counts, of, record, facts.log_id));
      }
      return facts.log_id;
    }
    AppendGenesis(producer, empty, counts, facts);
    if (deadline.Passed()) return TooLate();
  }
}

}  // namespace redress
