#include "libs/event_log/kafka/offsets.h"

#include <memory>
#include <set>
#include <string>

#include "absl/time/clock.h"

namespace redress {
namespace {

constexpr int kRoundMs = 1000;
constexpr absl::Duration kPause = absl::Milliseconds(20);

struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

// One round; the error of the first partition that has one.
rd_kafka_resp_err_t AskOnce(rd_kafka_t* handle, const KafkaTopicNames& names,
                            const std::vector<TopicPartition>& partitions, KafkaEdge edge,
                            int timeout_ms, KafkaOffsets* answers) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& tp : partitions) {
    const std::string& name = names[static_cast<int>(tp.topic)];
    rd_kafka_topic_partition_list_add(list.get(), name.c_str(), tp.partition.value())->offset =
        edge == KafkaEdge::kOldest ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
  }
  // The special timestamps -2 and -1 of ListOffsets; unlike rd_kafka_query_watermark_offsets it
  // takes many.
  rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(handle, list.get(), timeout_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  // The list keeps its order.
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& element = list->elems[i];
    if (element.err != RD_KAFKA_RESP_ERR_NO_ERROR) return element.err;
    if (element.offset < 0) return RD_KAFKA_RESP_ERR__WAIT_COORD;  // not answered
    (*answers)[partitions[i]] = Offset(element.offset);
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

absl::StatusOr<KafkaOffsets> QueryKafkaOffsets(rd_kafka_t* handle, const KafkaTopicNames& names,
                                               const std::vector<TopicPartition>& partitions,
                                               KafkaEdge edge, absl::Duration timeout,
                                               const std::atomic<bool>* stop) {
  const KafkaDeadline deadline(timeout);
  while (true) {
    KafkaOffsets answers;
    const auto error =
        AskOnce(handle, names, partitions, edge, deadline.LeftMs(kRoundMs), &answers);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return answers;
    if (stop != nullptr && *stop) return absl::CancelledError("the log closes");
    if (deadline.Passed()) return KafkaStatus(error, "Kafka: offsets of partitions");
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto refreshed =
        rd_kafka_metadata(handle, 0, nullptr, &metadata, deadline.LeftMs(kRoundMs));
    if (refreshed == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(metadata);
    absl::SleepFor(kPause);
  }
}

KafkaEnds::KafkaEnds(rd_kafka_t* handle, KafkaTopicNames names, absl::Duration timeout,
                     CallbackThread* callbacks)
    : handle_(handle),
      names_(std::move(names)),
      timeout_(timeout),
      callbacks_(callbacks),
      thread_([this] { Run(); }) {}

KafkaEnds::~KafkaEnds() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void KafkaEnds::Ask(TopicPartition of, absl::AnyInvocable<void(absl::StatusOr<Offset>)> done) {
  {
    MutexLock lock(mutex_);
    questions_.push_back({of, std::move(done)});
  }
  changed_.NotifyOne();
}

void KafkaEnds::Run() {
  while (true) {
    std::vector<Question> questions;
    {
      MutexLock lock(mutex_);
      while (questions_.empty() && !stopping_) changed_.Wait(lock);
      if (questions_.empty()) return;
      questions.swap(questions_);
    }
    Answer(std::move(questions));
  }
}

void KafkaEnds::Answer(std::vector<Question> questions) {
  std::set<TopicPartition> distinct;
  for (const Question& question : questions) distinct.insert(question.of);
  const std::vector<TopicPartition> partitions(distinct.begin(), distinct.end());
  absl::StatusOr<KafkaOffsets> ends =
      stopping_ ? absl::StatusOr<KafkaOffsets>(absl::CancelledError("the log closes"))
                : QueryKafkaOffsets(handle_, names_, partitions, KafkaEdge::kNewest, timeout_,
                                    &stopping_);
  callbacks_->Post([ends = std::move(ends), questions = std::move(questions)]() mutable {
    for (Question& question : questions) {
      if (ends.ok()) {
        question.done(ends->at(question.of));
      } else {
        question.done(ends.status());
      }
    }
  });
}

}  // namespace redress
