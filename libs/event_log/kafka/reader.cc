#include "libs/event_log/kafka/reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/check.h"
#include "libs/base/log.h"
#include "libs/base/status.h"
#include "libs/event_log/kafka/message.h"
#include "libs/event_log/kafka/topics.h"

namespace redress {
namespace {

// Bounds what one poll copies, whatever the caller asks for.
constexpr size_t kMostPerPoll = 8192;
constexpr absl::Duration kAskAgain = absl::Milliseconds(200);
// Who starts does not wait long: several readers are opened one after the other.
constexpr absl::Duration kDoubtAtStart = absl::Seconds(2);

// What one poll copied out of librdkafka's buffers.
struct CopiedMessages {
  std::unique_ptr<char[]> bytes;
  HeaderArena headers;
};

// Where to begin. OUT_OF_RANGE: a start lies outside what the brokers hold.
absl::StatusOr<std::map<TopicPartition, Offset>> CheckStarts(const KafkaOptions& options,
                                                             const KafkaTopicNames& names,
                                                             rd_kafka_t* admin,
                                                             const std::vector<ReadFrom>& starts) {
  std::vector<TopicPartition> partitions;
  for (const ReadFrom& start : starts) partitions.push_back(start.source);
  REDRESS_ASSIGN_OR_RETURN(const auto oldest,
                           QueryKafkaOffsets(admin, names, partitions, KafkaEdge::kOldest,
                                             options.end_timeout, nullptr));
  REDRESS_ASSIGN_OR_RETURN(const auto newest,
                           QueryKafkaOffsets(admin, names, partitions, KafkaEdge::kNewest,
                                             options.end_timeout, nullptr));
  std::map<TopicPartition, Offset> found;
  for (const ReadFrom& start : starts) {
    const Offset low = oldest.at(start.source);
    const Offset high = newest.at(start.source);
    const Offset from = start.Start(low);
    found[start.source] = from;
    if (from >= low && from <= high) continue;
    return absl::OutOfRangeError(
        absl::StrCat(names[static_cast<int>(start.source.topic)], " partition ",
                     start.source.partition.value(), " holds the offsets ", low.value(), " to ",
                     high.value(), ", reading was to start at ", start.from.value()));
  }
  return found;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaReader>> KafkaReader::Open(
    const KafkaOptions& options, rd_kafka_t* admin, CallbackThread* callbacks,
    const std::vector<ReadFrom>& starts) {
  std::unique_ptr<KafkaReader> reader(new KafkaReader(options, callbacks));
  const KafkaDeadline doubt(std::min(options.doubt, kDoubtAtStart));
  auto checked = CheckStarts(options, reader->names_, admin, starts);
  while (absl::IsOutOfRange(checked.status()) && !doubt.Passed()) {
    absl::SleepFor(kAskAgain);
    checked = CheckStarts(options, reader->names_, admin, starts);
  }
  if (absl::IsOutOfRange(checked.status())) {
    reader->broken_ = checked.status();
    return reader;
  }
  REDRESS_RETURN_IF_ERROR(checked.status());
  for (const auto& [source, from] : *checked) reader->progress_[source].from = from;
  REDRESS_RETURN_IF_ERROR(reader->Start());
  return reader;
}

KafkaReader::KafkaReader(const KafkaOptions& options, CallbackThread* callbacks)
    : options_(options), names_(KafkaTopicNamesOf(options)), waker_(std::make_shared<Waker>()) {
  waker_->callbacks = callbacks;
}

KafkaReader::~KafkaReader() {
  StopHandle();
  // Waits for a wake-up that runs now; later ones find nothing.
  MutexLock lock(waker_->mutex);
  waker_->wake = nullptr;
}

void KafkaReader::StopHandle() {
  if (queue_ != nullptr) {
    rd_kafka_queue_cb_event_enable(queue_, nullptr, nullptr);
    rd_kafka_queue_destroy(queue_);
  }
  queue_ = nullptr;
  handle_.reset();
  topics_ = {};
}

absl::Status KafkaReader::Start() {
  KafkaClientConfig config(options_);
  config
      // Needed by `rd_kafka_assign`; nothing joins or commits.
      .Set("group.id", absl::StrCat(options_.topic_prefix, "redress.reader"))
      .Set("enable.auto.commit", "false")
      .Set("enable.auto.offset.store", "false")
      .Set("auto.offset.reset", "error")
      .Set("enable.partition.eof", "true")
      .Set("isolation.level", "read_committed")
      .Set("check.crcs", "true")
      .SetDefault("max.poll.interval.ms", "86400000")
      .SetDefault("fetch.wait.max.ms", "100")
      .SetDefault("fetch.error.backoff.ms", "50")
      .SetDefault("queued.min.messages", "20000")
      .SetDefault("queued.max.messages.kbytes", "16384");
  REDRESS_ASSIGN_OR_RETURN(handle_, config.New(RD_KAFKA_CONSUMER));
  rd_kafka_poll_set_consumer(handle_.get());
  queue_ = rd_kafka_queue_get_consumer(handle_.get());
  rd_kafka_topic_partition_list_t* list =
      rd_kafka_topic_partition_list_new(static_cast<int>(progress_.size()));
  for (const auto& [source, progress] : progress_) {
    rd_kafka_topic_partition_list_add(list, names_[static_cast<int>(source.topic)].c_str(),
                                      source.partition.value())
        ->offset = NextOf(source, progress).value();
  }
  const auto error = rd_kafka_assign(handle_.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  return KafkaStatus(error, "Kafka: assigning the partitions of a reader");
}

// Where a handle that begins (again) reads on. The last record of a topic that trims or compacts
// may be gone by now.
Offset KafkaReader::NextOf(TopicPartition source, const Progress& progress) const {
  if (!progress.last) return progress.from;
  const bool kept = !TopicIsTrimmed(source.topic) && !KafkaTopicIsCompacted(source.topic);
  return kept ? *progress.last : progress.last->Next();
}

void KafkaReader::Doubt(const rd_kafka_message_t& message, const absl::Status& status) {
  Progress& progress = progress_.at({TopicOf(message.rkt), Partition(message.partition)});
  const auto now = std::chrono::steady_clock::now();
  if (!progress.doubted_since) progress.doubted_since = now;
  if (absl::FromChrono(now - *progress.doubted_since) < options_.doubt) {
    doubt_ = status;
  } else {
    broken_ = status;
  }
}

void KafkaReader::StartAgain() {
  Log(LogLevel::kWarning, "kafka",
      "a broker does not know what was read before: reading starts there again",
      {{"error", std::exchange(doubt_, absl::OkStatus()).ToString()}});
  StopHandle();
  for (auto& [source, progress] : progress_) {
    progress.unverified = progress.last && NextOf(source, progress) == *progress.last;
  }
  if (broken_ = Start(); broken_.ok())
    rd_kafka_queue_cb_event_enable(queue_, OnQueueFilled, waker_.get());
}

bool KafkaReader::IsNew(const RecordView& record) {
  Progress& progress = progress_.at(record.source);
  progress.doubted_since.reset();
  if (!std::exchange(progress.unverified, false)) return true;
  if (record.offset != *progress.last || RecordHash(record) != progress.hash) {
    broken_ = absl::OutOfRangeError(absl::StrCat(names_[static_cast<int>(record.source.topic)],
                                                 " partition ", record.source.partition.value(),
                                                 " holds another record at offset ",
                                                 progress.last->value(), " than it did before"));
  }
  return false;
}

void KafkaReader::Remember(const std::vector<RecordView>& delivered) {
  for (auto record = delivered.rbegin(); record != delivered.rend(); ++record) {
    Progress& progress = progress_.at(record->source);
    if (progress.last && *progress.last >= record->offset)
      continue;  // a later one of this partition
    progress.last = record->offset;
    progress.hash = RecordHash(*record);
  }
}

void KafkaReader::SetWake(absl::AnyInvocable<void()> wake) {
  {
    MutexLock lock(waker_->mutex);
    waker_->wake = std::move(wake);
  }
  if (queue_ != nullptr) rd_kafka_queue_cb_event_enable(queue_, OnQueueFilled, waker_.get());
}

// On a thread of librdkafka, with the queue locked: nothing may be called from here that polls.
void KafkaReader::OnQueueFilled(rd_kafka_t* /*handle*/, void* opaque) {
  Waker* waker = static_cast<Waker*>(opaque);
  if (waker->posted.exchange(true)) return;
  waker->callbacks->Post([waker = waker->shared_from_this()] {
    waker->posted = false;
    MutexLock lock(waker->mutex);
    if (waker->wake) waker->wake();
  });
}

absl::Status KafkaReader::Poll(size_t max_records, ReadBatch* batch) {
  batch->Clear();
  if (!broken_.ok()) return broken_;
  const size_t most = std::clamp<size_t>(max_records, 1, kMostPerPoll);
  size_t count = 0;
  do {
    fetched_.resize(most);
    const ssize_t got = rd_kafka_consume_batch_queue(queue_, 0, fetched_.data(), most);
    count = got > 0 ? static_cast<size_t>(got) : 0;
    fetched_.resize(count);
    Take(fetched_, batch);
    if (!doubt_.ok() && broken_.ok()) StartAgain();
    // A full batch of hidden records only: there may be more, for which no wake-up would come.
  } while (count == most && batch->records.empty() && batch->ends.empty() && broken_.ok());
  if (!batch->records.empty() || !batch->ends.empty()) return absl::OkStatus();
  if (!broken_.ok()) return broken_;
  return std::exchange(hiccup_, absl::OkStatus());
}

Topic KafkaReader::TopicOf(const rd_kafka_topic_t* topic) {
  for (int i = 0; i < kTopicCount; ++i) {
    if (topics_[i] == topic) return static_cast<Topic>(i);
  }
  const std::string_view name = rd_kafka_topic_name(topic);
  for (int i = 0; i < kTopicCount; ++i) {
    if (names_[i] != name) continue;
    topics_[i] = topic;
    return static_cast<Topic>(i);
  }
  REDRESS_CHECK(false);  // Only these topics were assigned.
}

void KafkaReader::Take(const std::vector<rd_kafka_message_t*>& messages, ReadBatch* batch) {
  const auto owner = std::make_shared<CopiedMessages>();
  std::vector<RecordView> views;
  views.reserve(messages.size());
  size_t bytes = 0;
  for (const rd_kafka_message_t* message : messages) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      TakeEvent(*message, batch);
      continue;
    }
    RecordView view = KafkaRecordView(*message, TopicOf(message->rkt), &owner->headers);
    // An end that was announced before this record would now lie below what the batch holds.
    std::erase_if(batch->ends,
                  [&](const EndOfPartition& end) { return end.source == view.source; });
    if (IsGenesis(view) || !IsNew(view)) continue;
    bytes += view.key.value_or("").size() + view.value.value_or("").size();
    for (const auto& [name, value] : view.headers) bytes += name.size() + value.size();
    views.push_back(std::move(view));
  }
  Remember(views);
  if (!views.empty()) {
    owner->bytes = std::make_unique_for_overwrite<char[]>(bytes + 1);
    char* next = owner->bytes.get();
    const auto keep = [&next](std::string_view& view) {
      if (!view.empty()) std::memcpy(next, view.data(), view.size());
      view = std::string_view(next, view.size());
      next += view.size();
    };
    for (RecordView& view : views) {
      if (view.key) keep(*view.key);
      if (view.value) keep(*view.value);
      const std::span<HeaderView> headers = owner->headers.Take(view.headers.size());
      std::copy(view.headers.begin(), view.headers.end(), headers.begin());
      for (auto& [name, value] : headers) {
        keep(name);
        keep(value);
      }
      view.headers = headers;
      view.owner = static_cast<uint32_t>(batch->owners.size());
      batch->records.push_back(view);
    }
    batch->owners.push_back(owner);
  }
  for (rd_kafka_message_t* message : messages) rd_kafka_message_destroy(message);
}

void KafkaReader::TakeEvent(const rd_kafka_message_t& message, ReadBatch* batch) {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    const TopicPartition source{TopicOf(message.rkt), Partition(message.partition)};
    progress_.at(source).doubted_since.reset();
    std::erase_if(batch->ends, [&](const EndOfPartition& end) { return end.source == source; });
    batch->ends.push_back({source, Offset(message.offset)});
    return;
  }
  const char* text = rd_kafka_message_errstr(&message);
  const absl::Status status = KafkaStatus(message.err, text != nullptr ? text : "Kafka: reading");
  if (absl::IsOutOfRange(status) && message.rkt != nullptr) {
    Doubt(message, status);
  } else if (absl::IsOutOfRange(status) || absl::IsDataLoss(status)) {
    broken_ = status;
  } else {
    hiccup_ = status;
  }
}

}  // namespace redress
