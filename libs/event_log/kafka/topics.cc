#include "libs/event_log/kafka/topics.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "libs/base/status.h"
#include "libs/event_log/ownership_units.h"

namespace redress {
namespace {

// One topic as it should be.
struct WantedTopic {
  std::string name;
  std::optional<Topic> topic;  // nothing: an ownership topic
  int32_t partitions = 0;      // 0: any
  std::map<std::string, std::string> settings;
};

// Name to partition count of the topics that exist and whose partitions all have a leader.
using Existing = std::map<std::string, int32_t>;

struct QueueDeleter {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct EventDeleter {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
using Queue = std::unique_ptr<rd_kafka_queue_t, QueueDeleter>;
using Event = std::unique_ptr<rd_kafka_event_t, EventDeleter>;

absl::Duration RetentionOf(const KafkaOptions& options, Topic topic) {
  switch (topic) {
    case Topic::kInbound:
      return options.inbound_retention;
    case Topic::kDeadLetter:
      return options.dead_letter_retention;
    default:
      return absl::InfiniteDuration();
  }
}

std::map<std::string, std::string> SettingsOf(const KafkaOptions& options, Topic topic) {
  const absl::Duration retention = RetentionOf(options, topic);
  const bool for_ever = retention == absl::InfiniteDuration();
  std::map<std::string, std::string> settings = {
      {"cleanup.policy", KafkaTopicIsCompacted(topic) ? "compact" : "delete"},
      {"retention.ms", for_ever ? "-1" : absl::StrCat(absl::ToInt64Milliseconds(retention))},
      {"retention.bytes", "-1"},
      {"min.insync.replicas", absl::StrCat(options.min_insync_replicas)},
      {"message.timestamp.type", "CreateTime"},
      {"message.timestamp.after.max.ms", absl::StrCat(INT64_MAX)},
      {"max.message.bytes", absl::StrCat(kMaxRecordBytes + (64 << 10))},
      {"unclean.leader.election.enable", "false"},
  };
  if (KafkaTopicIsCompacted(topic)) {
    // Erased keys are gone from the disks within a week, whatever the traffic.
    settings["max.compaction.lag.ms"] =
        absl::StrCat(absl::ToInt64Milliseconds(absl::Hours(24 * 7)));
  }
  return settings;
}

std::vector<WantedTopic> WantedEventTopics(const KafkaOptions& options) {
  std::vector<WantedTopic> wanted;
  for (int i = 0; i < kTopicCount; ++i) {
    const Topic topic = static_cast<Topic>(i);
    wanted.push_back(
        {KafkaTopicName(options, topic), topic, options.partitions[i], SettingsOf(options, topic)});
  }
  return wanted;
}

std::vector<WantedTopic> WantedOwnershipTopics(const KafkaOptions& options,
                                               const PartitionCounts& counts) {
  std::vector<WantedTopic> wanted;
  for (int i = 0; i < kOwnershipKindCount; ++i) {
    const OwnershipKind kind = static_cast<OwnershipKind>(i);
    wanted.push_back(
        {KafkaOwnershipTopicName(options, kind), std::nullopt, KafkaUnitsOf(kind, counts), {}});
  }
  return wanted;
}

// Topics that exist and have their leaders; into `leaderless` the names of those that have not, as
// after a restart of their broker.
absl::StatusOr<Existing> FindTopics(rd_kafka_t* handle, const std::vector<WantedTopic>& wanted,
                                    int timeout_ms, std::set<std::string>* leaderless) {
  // `rd_kafka_metadata` asks for the topics that the handle knows, hence a topic object for each.
  std::vector<rd_kafka_topic_t*> known;
  for (const WantedTopic& topic : wanted) {
    known.push_back(rd_kafka_topic_new(handle, topic.name.c_str(), nullptr));
  }
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(handle, 0, nullptr, &metadata, timeout_ms);
  for (rd_kafka_topic_t* topic : known) rd_kafka_topic_destroy(topic);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaStatus(error, "Kafka: list of topics");
  Existing existing;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = metadata->topics[i];
    bool led = topic.err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    if (led && (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR || topic.partition_cnt == 0)) continue;
    for (int p = 0; p < topic.partition_cnt; ++p) led = led && topic.partitions[p].leader >= 0;
    if (led) {
      existing[topic.topic] = topic.partition_cnt;
    } else {
      leaderless->insert(topic.topic);
    }
  }
  rd_kafka_metadata_destroy(metadata);
  return existing;
}

// Brokers that have just started, or of which one has just made a topic, do not all know of each
// other and of it: they are asked again until the time is over.
absl::Status UntilAvailable(const KafkaDeadline& deadline, absl::FunctionRef<absl::Status()> ask) {
  while (true) {
    absl::Status status = ask();
    if (!absl::IsUnavailable(status) || deadline.Passed()) return status;
    absl::SleepFor(absl::Milliseconds(50));
  }
}

absl::Status Made(const rd_kafka_topic_result_t& result) {
  const auto error = rd_kafka_topic_result_error(&result);
  // Another instance was faster: what it made is checked below like any other.
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    return absl::OkStatus();
  const char* text = rd_kafka_topic_result_error_string(&result);
  const std::string problem =
      absl::StrCat("topic ", rd_kafka_topic_result_name(&result),
                   " could not be made: ", text != nullptr ? text : rd_kafka_err2str(error));
  // Fewer brokers than replicas, or no controller: others may be about to start.
  const bool too_early = error == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR ||
                         error == RD_KAFKA_RESP_ERR_NOT_CONTROLLER ||
                         error == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT;
  return too_early ? absl::UnavailableError(problem) : absl::FailedPreconditionError(problem);
}

absl::Status CreateTopics(rd_kafka_t* handle, const KafkaOptions& options,
                          const std::vector<const WantedTopic*>& missing, int timeout_ms) {
  std::vector<rd_kafka_NewTopic_t*> requests;
  char reason[256];
  absl::Status status;
  for (const WantedTopic* topic : missing) {
    rd_kafka_NewTopic_t* request = rd_kafka_NewTopic_new(
        topic->name.c_str(), topic->partitions, options.replication_factor, reason, sizeof(reason));
    if (request == nullptr) {
      status = absl::InvalidArgumentError(absl::StrCat("topic ", topic->name, ": ", reason));
      break;
    }
    for (const auto& [name, value] : topic->settings) {
      rd_kafka_NewTopic_set_config(request, name.c_str(), value.c_str());
    }
    requests.push_back(request);
  }
  if (status.ok()) {
    const Queue queue(rd_kafka_queue_new(handle));
    rd_kafka_CreateTopics(handle, requests.data(), requests.size(), nullptr, queue.get());
    const Event event(rd_kafka_queue_poll(queue.get(), timeout_ms));
    if (event == nullptr || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      status = absl::UnavailableError("Kafka: topics could not be made in time");
    } else {
      size_t count = 0;
      const auto* results = rd_kafka_CreateTopics_result_topics(
          rd_kafka_event_CreateTopics_result(event.get()), &count);
      for (size_t i = 0; i < count && status.ok(); ++i) status = Made(*results[i]);
    }
  }
  rd_kafka_NewTopic_destroy_array(requests.data(), requests.size());
  return status;
}

// The topics exist afterwards; their settings are not looked at.
absl::StatusOr<Existing> FindOrMake(rd_kafka_t* handle, const KafkaOptions& options,
                                    const std::vector<WantedTopic>& wanted,
                                    const KafkaDeadline& deadline) {
  bool made = false;
  while (true) {
    std::set<std::string> leaderless;
    REDRESS_ASSIGN_OR_RETURN(Existing existing,
                             FindTopics(handle, wanted, deadline.LeftMs(1 << 30), &leaderless));
    std::vector<const WantedTopic*> missing;
    std::vector<std::string> names;
    for (const WantedTopic& topic : wanted) {
      if (existing.contains(topic.name)) continue;
      names.push_back(topic.name);
      if (!leaderless.contains(topic.name)) missing.push_back(&topic);
    }
    if (names.empty()) return existing;
    if (!missing.empty() && !options.create_topics) {
      return absl::FailedPreconditionError(
          absl::StrCat("missing on Kafka, or without a leader: ", absl::StrJoin(names, ", "),
                       "; make them, or let Redress do it"));
    }
    if (deadline.Passed()) {
      return absl::UnavailableError(
          absl::StrCat("Kafka: no leader yet for ", absl::StrJoin(names, ", ")));
    }
    if (!missing.empty() && !made) {
      for (const WantedTopic* topic : missing) {
        if (topic->partitions <= 0) {
          return absl::InvalidArgumentError(
              absl::StrCat("topic ", topic->name, " is to be made: with how many partitions?"));
        }
      }
      REDRESS_RETURN_IF_ERROR(UntilAvailable(deadline, [&] {
        return CreateTopics(handle, options, missing, deadline.LeftMs(1 << 30));
      }));
      made = true;
    } else {
      // Without a leader for now, or made, but the broker asked last has not heard of all of it.
      absl::SleepFor(absl::Milliseconds(10));
    }
  }
}

absl::Status CheckSettings(const WantedTopic& topic,
                           const std::map<std::string, std::string>& found) {
  const auto differs = [&](const std::string& name, const std::string& wanted) {
    return absl::FailedPreconditionError(absl::StrCat(
        "topic ", topic.name, " has ", name, "=", found.contains(name) ? found.at(name) : "(unset)",
        ", Redress needs ", wanted));
  };
  for (const char* name : {"cleanup.policy", "message.timestamp.type", "retention.bytes"}) {
    const std::string& wanted = topic.settings.at(name);
    if (!found.contains(name) || found.at(name) != wanted) return differs(name, wanted);
  }
  // How long a topic with a bounded time keeps its records is the operator's choice; "for ever" is
  // not.
  const std::string& retention = topic.settings.at("retention.ms");
  if (retention == "-1" && *topic.topic != Topic::kInbound &&
      !KafkaTopicIsCompacted(*topic.topic) &&
      (!found.contains("retention.ms") || found.at("retention.ms") != "-1")) {
    return differs("retention.ms", "-1 (kept for ever)");
  }
  int64_t bytes = 0;
  if (!found.contains("max.message.bytes") ||
      !absl::SimpleAtoi(found.at("max.message.bytes"), &bytes) ||
      bytes < static_cast<int64_t>(kMaxRecordBytes) + 1024) {
    return differs("max.message.bytes", topic.settings.at("max.message.bytes"));
  }
  return absl::OkStatus();
}

absl::Status CheckAllSettings(rd_kafka_t* handle, const std::vector<WantedTopic>& wanted,
                              int timeout_ms) {
  std::vector<rd_kafka_ConfigResource_t*> requests;
  for (const WantedTopic& topic : wanted) {
    requests.push_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.name.c_str()));
  }
  const Queue queue(rd_kafka_queue_new(handle));
  rd_kafka_DescribeConfigs(handle, requests.data(), requests.size(), nullptr, queue.get());
  const Event event(rd_kafka_queue_poll(queue.get(), timeout_ms));
  rd_kafka_ConfigResource_destroy_array(requests.data(), requests.size());
  if (event == nullptr)
    return absl::UnavailableError("Kafka: settings of the topics could not be read in time");
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return KafkaStatus(rd_kafka_event_error(event.get()), "Kafka: settings of the topics");
  }
  size_t count = 0;
  const auto* resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  for (size_t r = 0; r < count; ++r) {
    const std::string name = rd_kafka_ConfigResource_name(resources[r]);
    const auto error = rd_kafka_ConfigResource_error(resources[r]);
    REDRESS_RETURN_IF_ERROR(KafkaStatus(error, "Kafka: settings of " + name));
    size_t entries = 0;
    const auto* configs = rd_kafka_ConfigResource_configs(resources[r], &entries);
    std::map<std::string, std::string> found;
    for (size_t i = 0; i < entries; ++i) {
      const char* value = rd_kafka_ConfigEntry_value(configs[i]);
      if (value != nullptr) found[rd_kafka_ConfigEntry_name(configs[i])] = value;
    }
    for (const WantedTopic& topic : wanted) {
      if (topic.name == name) REDRESS_RETURN_IF_ERROR(CheckSettings(topic, found));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPartitions(const std::vector<WantedTopic>& wanted, const Existing& existing) {
  for (const WantedTopic& topic : wanted) {
    if (topic.partitions == 0 || existing.at(topic.name) == topic.partitions) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "topic ", KafkaPartitionsDiffer(topic.name, existing.at(topic.name), topic.partitions)));
  }
  return absl::OkStatus();
}

}  // namespace

int32_t KafkaUnitsOf(OwnershipKind kind, const PartitionCounts& counts) {
  return IsSingleUnit(kind) ? 1 : counts[static_cast<int>(TopicOfUnits(kind))];
}

bool KafkaTopicIsCompacted(Topic topic) { return topic == Topic::kKeys; }

std::string KafkaPartitionsDiffer(const std::string& topic, int32_t found, int32_t wanted) {
  return absl::StrCat(topic, " has ", found, " partitions, not ", wanted,
                      "; the number is fixed when a log is made");
}

absl::StatusOr<PartitionCounts> EnsureKafkaTopics(rd_kafka_t* handle, const KafkaOptions& options) {
  const KafkaDeadline deadline(options.open_timeout);
  const std::vector<WantedTopic> events = WantedEventTopics(options);
  REDRESS_ASSIGN_OR_RETURN(const Existing existing, FindOrMake(handle, options, events, deadline));
  REDRESS_RETURN_IF_ERROR(CheckPartitions(events, existing));
  REDRESS_RETURN_IF_ERROR(UntilAvailable(
      deadline, [&] { return CheckAllSettings(handle, events, deadline.LeftMs(1 << 30)); }));
  PartitionCounts counts{};
  for (const WantedTopic& topic : events)
    counts[static_cast<int>(*topic.topic)] = existing.at(topic.name);
  return counts;
}

absl::Status EnsureKafkaOwnershipTopics(rd_kafka_t* handle, const KafkaOptions& options,
                                        const PartitionCounts& counts) {
  const KafkaDeadline deadline(options.open_timeout);
  const std::vector<WantedTopic> shared = WantedOwnershipTopics(options, counts);
  REDRESS_ASSIGN_OR_RETURN(const Existing found, FindOrMake(handle, options, shared, deadline));
  return CheckPartitions(shared, found);
}

}  // namespace redress
