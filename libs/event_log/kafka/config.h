// What a `KafkaLog` is told, and how librdkafka handles are made from it: the settings that keep
// the contract of the port are fixed here, in one place. Used while opening and by every part of
// the adapter; values only.
#pragma once

#include <librdkafka/rdkafka.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/mutex.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/partition_table.h"

namespace redress {

struct KafkaOptions {
  // "host:port,host:port". Name several: a client that knows one only cannot start while that one
  // is down.
  std::string bootstrap_servers;
  // The secret that complaint ids are made with; required. The log remembers its fingerprint and
  // refuses others.
  std::string id_secret;
  // Short; appears in the broker's logs and metrics.
  std::string client_id = "redress";
  // Put before every topic and group name, so that several installations can share a cluster, e.g.
  // "staging.".
  std::string topic_prefix;
  // Further librdkafka properties, for instance those of SASL and TLS. They cannot override what
  // the contract rests on (acks, idempotence, offset reset, isolation); an unknown one is refused
  // by name.
  std::vector<std::pair<std::string, std::string>> properties;

  // Makes the topics that are missing; without it a missing topic is an error.
  bool create_topics = false;
  // By `Topic`: what topics are made with, and what existing ones must have. 0: take an existing
  // one as it is.
  PartitionCounts partitions = {16, 16, 1, 1, 1, 1};
  int replication_factor = 1;
  int min_insync_replicas = 1;
  // Identity of a new log; none: one is made. Given when topics are to take up the records of
  // another log.
  LogId log_id;
  // How long inbound messages and dead letters are kept in topics that are made; the other topics
  // are kept for ever.
  absl::Duration inbound_retention = absl::InfiniteDuration();
  absl::Duration dead_letter_retention = absl::InfiniteDuration();

  // So many copies of topics that are made; of three and more, two have a record before it is
  // acknowledged.
  void SetReplication(int replicas) {
    replication_factor = replicas;
    min_insync_replicas = replicas > 2 ? 2 : 1;
  }

  absl::Duration open_timeout = absl::Seconds(30);
  // After this an append that got no answer is reported: kNotAppended when it surely never left,
  // else kUnknown.
  absl::Duration append_timeout = absl::Seconds(30);
  absl::Duration end_timeout = absl::Seconds(10);
  // So long a broker's word that a partition ends before what was read of it is doubted: one that
  // hung takes itself for the leader until it has heard otherwise, and knows nothing of what came
  // since.
  absl::Duration doubt = absl::Seconds(10);
  // Waiting to fill a batch.
  absl::Duration linger = absl::Milliseconds(1);
  // An instance that is silent this long loses its units to the others. Brokers accept 6 s and more
  // by default.
  absl::Duration session_timeout = absl::Seconds(6);
};

// Names on the cluster, prefix included.
std::string KafkaTopicName(const KafkaOptions& options, Topic topic);
std::string KafkaOwnershipTopicName(const KafkaOptions& options, OwnershipKind kind);

// Names of all six topics by `Topic`, for look-up without allocation.
using KafkaTopicNames = std::array<std::string, kTopicCount>;
KafkaTopicNames KafkaTopicNamesOf(const KafkaOptions& options);

struct KafkaHandleCloser {
  // Leaving a consumer group is done explicitly where there is one (`KafkaOwnership`); destroying
  // never talks to a coordinator, which crashes librdkafka 2.0.2 when it is down.
  void operator()(rd_kafka_t* handle) const {
    rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
};
using KafkaHandle = std::unique_ptr<rd_kafka_t, KafkaHandleCloser>;

// Collects settings and makes a handle. The first setting that is refused is what `New` returns.
class KafkaClientConfig {
 public:
  // Starts with the connection settings and the extra properties of `options`.
  explicit KafkaClientConfig(const KafkaOptions& options);
  ~KafkaClientConfig();
  KafkaClientConfig(const KafkaClientConfig&) = delete;
  KafkaClientConfig& operator=(const KafkaClientConfig&) = delete;

  KafkaClientConfig& Set(std::string_view name, std::string_view value);
  // A default that `KafkaOptions::properties` may override.
  KafkaClientConfig& SetDefault(std::string_view name, std::string_view value);
  // For call-backs; `opaque` is handed to them.
  rd_kafka_conf_t* raw() { return conf_; }

  // INVALID_ARGUMENT names the setting that was refused. To be called once.
  absl::StatusOr<KafkaHandle> New(rd_kafka_type_t type);

 private:
  const KafkaOptions& options_;
  rd_kafka_conf_t* conf_;
  absl::Status status_;
};

// The last "no" of the brokers to who we are (user, password, certificate), for handles that ask
// once and would otherwise only see that nothing comes. Thread-safe.
class KafkaRefusal {
 public:
  // Call-backs of `config`'s handle tell it; it outlives the handle.
  void ListenTo(KafkaClientConfig& config);
  // `failed`, or PERMISSION_DENIED with what the brokers said when they refused `handle`.
  absl::Status Explain(rd_kafka_t* handle, absl::Status failed);

 private:
  static void OnError(rd_kafka_t* handle, int error, const char* reason, void* self);
  Mutex mutex_;
  std::string said_;  // guarded by mutex_
};

// An error of librdkafka as a status: UNAVAILABLE unless it is known to be of another kind.
absl::Status KafkaStatus(rd_kafka_resp_err_t error, std::string_view what);

// A point in time by a clock that never steps.
class KafkaDeadline {
 public:
  explicit KafkaDeadline(absl::Duration from_now)
      : at_(std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(from_now)) {}
  bool Passed() const { return std::chrono::steady_clock::now() >= at_; }
  // What is left in ms, at most `bound_ms` and at least 1.
  int LeftMs(int bound_ms) const;

 private:
  std::chrono::steady_clock::time_point at_;
};

}  // namespace redress
