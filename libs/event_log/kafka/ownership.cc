#include "libs/event_log/kafka/ownership.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/log.h"
#include "libs/base/status.h"

namespace redress {
namespace {

constexpr int kConsumerPollMs = 200;
constexpr int kAskMs = 2000;
constexpr int kLeaveMs = 3000;

// True when the group's coordinator answers now: librdkafka 2.0.2 crashes when it leaves a group
// whose coordinator is down. Not to be asked by the member's own handle: there the question would
// stand behind a fetch that waits for seconds.
bool CoordinatorAnswers(rd_kafka_t* handle, const std::string& group) {
  const rd_kafka_group_list* groups = nullptr;
  if (rd_kafka_list_groups(handle, group.c_str(), &groups, kAskMs) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return false;
  bool answers = false;
  for (int i = 0; i < groups->group_cnt; ++i) {
    answers = answers || groups->groups[i].err == RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  rd_kafka_group_list_destroy(groups);
  return answers;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaOwnership>> KafkaOwnership::Join(const KafkaOptions& options,
                                                                     rd_kafka_t* admin,
                                                                     OwnershipKind kind,
                                                                     OwnershipChanged changed) {
  std::unique_ptr<KafkaOwnership> ownership(new KafkaOwnership(admin, std::move(changed)));
  const std::string topic = KafkaOwnershipTopicName(options, kind);
  ownership->group_ = topic;
  const int64_t session_ms = absl::ToInt64Milliseconds(options.session_timeout);
  KafkaClientConfig config(options);
  config.Set("group.id", topic)
      .Set("partition.assignment.strategy", "range")
      .Set("session.timeout.ms", absl::StrCat(session_ms))
      // The others hear of a change with their next heartbeat.
      .Set("heartbeat.interval.ms", absl::StrCat(std::clamp<int64_t>(session_ms / 4, 100, 1000)))
      .Set("enable.auto.commit", "false")
      .Set("enable.auto.offset.store", "false")
      // The topic is empty and stays so: wait long for what never comes, but not so long that other
      // requests on the connection run out of time behind it.
      .Set("auto.offset.reset", "latest")
      .Set("fetch.wait.max.ms", "3000");
  rd_kafka_conf_set_opaque(config.raw(), ownership.get());
  rd_kafka_conf_set_rebalance_cb(config.raw(), OnRebalance);
  REDRESS_ASSIGN_OR_RETURN(ownership->handle_, config.New(RD_KAFKA_CONSUMER));
  rd_kafka_t* const handle = ownership->handle_.get();
  rd_kafka_poll_set_consumer(handle);
  ownership->queue_ = rd_kafka_queue_get_consumer(handle);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto error = rd_kafka_subscribe(handle, list);
  rd_kafka_topic_partition_list_destroy(list);
  REDRESS_RETURN_IF_ERROR(KafkaStatus(error, "Kafka: joining the group " + topic));
  ownership->thread_ = std::thread([self = ownership.get()] { self->Run(); });
  return ownership;
}

KafkaOwnership::~KafkaOwnership() {
  stopping_ = true;
  if (queue_ != nullptr) rd_kafka_queue_yield(queue_);
  if (thread_.joinable()) thread_.join();
  if (queue_ != nullptr) rd_kafka_queue_destroy(queue_);
}

void KafkaOwnership::OnRebalance(rd_kafka_t* handle, rd_kafka_resp_err_t what,
                                 rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto* self = static_cast<KafkaOwnership*>(opaque);
  std::vector<Partition> owned;
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    for (int i = 0; i < partitions->cnt; ++i) {
      // Nothing is committed, so that there is nothing to ask the coordinator for.
      partitions->elems[i].offset = RD_KAFKA_OFFSET_END;
      owned.push_back(Partition(partitions->elems[i].partition));
    }
    std::sort(owned.begin(), owned.end());
    rd_kafka_assign(handle, partitions);
  } else {
    rd_kafka_assign(handle, nullptr);
  }
  // The last rebalance of all answers our own leaving.
  if (!self->stopping_) self->changed_(std::move(owned));
}

void KafkaOwnership::Run() {
  while (!stopping_) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(handle_.get(), kConsumerPollMs);
    if (message == nullptr) continue;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      Log(LogLevel::kWarning, "kafka", "ownership group",
          {{"group", group_}, {"error", rd_kafka_message_errstr(message)}});
    }
    rd_kafka_message_destroy(message);
  }
  Leave();
}

void KafkaOwnership::Leave() {
  if (!CoordinatorAnswers(admin_, group_)) return;
  rd_kafka_error_t* error = rd_kafka_consumer_close_queue(handle_.get(), queue_);
  if (error != nullptr) {
    rd_kafka_error_destroy(error);
    return;
  }
  const KafkaDeadline deadline(absl::Milliseconds(kLeaveMs));
  while (!rd_kafka_consumer_closed(handle_.get()) && !deadline.Passed()) {
    // Serves the rebalance call-back.
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue_, deadline.LeftMs(50));
    if (event == nullptr) continue;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
      rd_kafka_assign(handle_.get(), nullptr);
    rd_kafka_event_destroy(event);
  }
}

}  // namespace redress
