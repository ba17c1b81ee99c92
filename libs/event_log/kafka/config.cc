#include "libs/event_log/kafka/config.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/log.h"

namespace redress {
namespace {

void OnLog(const rd_kafka_t* /*handle*/, int level, const char* facility, const char* text) {
  // Syslog levels; librdkafka says at 3 and 4 what it then mends by itself, so nothing here is an
  // error. CONFWARN: the extra properties go to every handle, also to those that they do not
  // concern.
  const bool worth_it = level <= 4 && std::string_view(facility) != "CONFWARN";
  Log(worth_it ? LogLevel::kWarning : LogLevel::kDebug, "kafka", text, {{"facility", facility}});
}

bool IsRefusal(int error) {
  return error == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
         error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED || error == RD_KAFKA_RESP_ERR__SSL;
}

void LogError(rd_kafka_t* /*handle*/, int error, const char* reason, void* /*opaque*/) {
  const char* const name = rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(error));
  if (IsRefusal(error)) {
    Log(LogLevel::kError, "kafka", "the brokers refuse our credentials",
        {{"reason", reason}, {"error", name}});
  } else {
    Log(LogLevel::kWarning, "kafka", reason, {{"error", name}});
  }
}

}  // namespace

std::string KafkaTopicName(const KafkaOptions& options, Topic topic) {
  return options.topic_prefix + std::string(TopicName(topic));
}

std::string KafkaOwnershipTopicName(const KafkaOptions& options, OwnershipKind kind) {
  return absl::StrCat(options.topic_prefix, "redress.ownership.",
                      std::string(OwnershipKindName(kind)), ".v1");
}

KafkaTopicNames KafkaTopicNamesOf(const KafkaOptions& options) {
  KafkaTopicNames names;
  for (int i = 0; i < kTopicCount; ++i) names[i] = KafkaTopicName(options, static_cast<Topic>(i));
  return names;
}

KafkaClientConfig::KafkaClientConfig(const KafkaOptions& options)
    : options_(options), conf_(rd_kafka_conf_new()) {
  rd_kafka_conf_set_log_cb(conf_, OnLog);
  rd_kafka_conf_set_error_cb(conf_, LogError);
  // With Nagle's algorithm (2.0.2's default) small requests wait for the acknowledgement of earlier
  // ones.
  SetDefault("socket.nagle.disable", "true");
  SetDefault("reconnect.backoff.ms", "50");
  SetDefault("reconnect.backoff.max.ms", "1000");
  SetDefault("topic.metadata.refresh.interval.ms", "10000");
  // A broker that hangs keeps its connections: what waits for it is not asked of the next leader
  // before this. Shortly after the cluster has missed the broker (broker.session.timeout.ms, 9 s):
  // sooner there is no other leader, and later it is time lost. Sending again is safe, appends
  // carry sequence numbers.
  SetDefault("socket.timeout.ms", "10000");
  // The brokers close idle connections by design; that is not worth a warning.
  SetDefault("log.connection.close", "false");
  for (const auto& [name, value] : options.properties) Set(name, value);
  Set("bootstrap.servers", options.bootstrap_servers);
  Set("client.id", options.client_id);
}

KafkaClientConfig::~KafkaClientConfig() {
  if (conf_ != nullptr) rd_kafka_conf_destroy(conf_);
}

KafkaClientConfig& KafkaClientConfig::Set(std::string_view name, std::string_view value) {
  char reason[256];
  const std::string property(name);
  if (rd_kafka_conf_set(conf_, property.c_str(), std::string(value).c_str(), reason,
                        sizeof(reason)) != RD_KAFKA_CONF_OK &&
      status_.ok()) {
    // The reason may repeat the value, which may be a password: the name says enough.
    status_ = absl::InvalidArgumentError(
        absl::StrCat("Kafka property '", property, "' is unknown or its value is refused"));
  }
  return *this;
}

KafkaClientConfig& KafkaClientConfig::SetDefault(std::string_view name, std::string_view value) {
  for (const auto& property : options_.properties) {
    if (property.first == name) return *this;
  }
  return Set(name, value);
}

absl::StatusOr<KafkaHandle> KafkaClientConfig::New(rd_kafka_type_t type) {
  REDRESS_CHECK(conf_ != nullptr);
  if (!status_.ok()) return status_;
  char reason[512];
  rd_kafka_t* handle = rd_kafka_new(type, conf_, reason, sizeof(reason));
  if (handle == nullptr) return absl::InvalidArgumentError(absl::StrCat("Kafka client: ", reason));
  conf_ = nullptr;  // The handle owns it now.
  return KafkaHandle(handle);
}

void KafkaRefusal::ListenTo(KafkaClientConfig& config) {
  rd_kafka_conf_set_opaque(config.raw(), this);
  rd_kafka_conf_set_error_cb(config.raw(), OnError);
}

void KafkaRefusal::OnError(rd_kafka_t* handle, int error, const char* reason, void* self) {
  LogError(handle, error, reason, nullptr);
  if (!IsRefusal(error)) return;
  auto* refusal = static_cast<KafkaRefusal*>(self);
  MutexLock lock(refusal->mutex_);
  refusal->said_ = reason;
}

absl::Status KafkaRefusal::Explain(rd_kafka_t* handle, absl::Status failed) {
  // Serves the call-backs that wait.
  rd_kafka_poll(handle, 0);
  MutexLock lock(mutex_);
  if (failed.ok() || said_.empty()) return failed;
  return absl::PermissionDeniedError(
      absl::StrCat("Kafka: the brokers refuse our credentials: ", said_));
}

absl::Status KafkaStatus(rd_kafka_resp_err_t error, std::string_view what) {
  const std::string text = absl::StrCat(std::string(what), ": ", rd_kafka_err2str(error));
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return absl::OkStatus();
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
      return absl::InvalidArgumentError(text);
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return absl::ResourceExhaustedError(text);
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return absl::OutOfRangeError(text);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
      return absl::PermissionDeniedError(text);
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
      return absl::DataLossError(text);
    default:
      return absl::UnavailableError(text);
  }
}

int KafkaDeadline::LeftMs(int bound_ms) const {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now())
          .count();
  return static_cast<int>(std::clamp<int64_t>(left, 1, bound_ms));
}

}  // namespace redress
