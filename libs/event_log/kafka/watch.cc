#include "libs/event_log/kafka/watch.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/log.h"
#include "libs/base/status.h"
#include "libs/event_log/kafka/topics.h"

namespace redress {
namespace {

constexpr int kLookMs = 2000;

}  // namespace

KafkaTopicWatch::KafkaTopicWatch(rd_kafka_t* handle, KafkaTopicNames names, PartitionCounts counts,
                                 absl::Duration interval)
    : handle_(handle),
      names_(std::move(names)),
      counts_(counts),
      interval_(interval),
      thread_([this] { Run(); }) {}

KafkaTopicWatch::~KafkaTopicWatch() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void KafkaTopicWatch::Run() {
  std::vector<std::string> seen, told;
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!stopping_) changed_.WaitFor(lock, interval_);
      if (stopping_) return;
    }
    auto looked = Look();
    if (!looked.ok()) continue;
    // Seen twice in a row: a broker that has just started may not know everything yet.
    if (*looked == seen && seen != told) {
      for (const std::string& wrong : seen) {
        Log(LogLevel::kError, "kafka", "a topic is not what it was when this process started",
            {{"topic", wrong}});
      }
      if (seen.empty())
        Log(LogLevel::kInfo, "kafka", "all topics are what they were when this process started");
      told = seen;
    }
    seen = *std::move(looked);
  }
}

absl::StatusOr<std::vector<std::string>> KafkaTopicWatch::Look() {
  const rd_kafka_metadata_t* metadata = nullptr;
  REDRESS_RETURN_IF_ERROR(KafkaStatus(rd_kafka_metadata(handle_, 0, nullptr, &metadata, kLookMs),
                                      "Kafka: list of topics"));
  std::vector<std::string> wrong;
  for (int t = 0; t < kTopicCount; ++t) {
    const rd_kafka_metadata_topic_t* found = nullptr;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
      if (names_[t] == metadata->topics[i].topic) found = &metadata->topics[i];
    }
    if (found == nullptr || found->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
      wrong.push_back(absl::StrCat(names_[t], " is missing"));
    } else if (found->err == RD_KAFKA_RESP_ERR_NO_ERROR && found->partition_cnt != counts_[t]) {
      wrong.push_back(KafkaPartitionsDiffer(names_[t], found->partition_cnt, counts_[t]));
    }
  }
  rd_kafka_metadata_destroy(metadata);
  return wrong;
}

}  // namespace redress
