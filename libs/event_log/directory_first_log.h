// A log whose readers, when they begin at the beginning of everything, deliver the directory before
// the rest. There is no order between topics, and what a complaint means for clocks depends on its
// policy: a projection that is folded from zero with the policies at hand has the rows of one that
// has served all the time. Only that: what is read from stored positions comes as it comes.
// Thread-safe as the inner log is, which it does not own.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "libs/base/status.h"
#include "libs/event_log/forwarding_log.h"

namespace redress {

class DirectoryFirstLog final : public ForwardingLog {
 public:
  explicit DirectoryFirstLog(EventLog* inner) : ForwardingLog(inner) {}
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override {
    std::vector<ReadFrom> directory, others;
    bool from_zero = true;
    for (const ReadFrom& start : starts) {
      from_zero = from_zero && start.from == Offset(0);
      (start.source.topic == Topic::kDirectory ? directory : others).push_back(start);
    }
    if (!from_zero || directory.empty() || others.empty())
      return inner_->OpenReader(std::move(starts));
    REDRESS_ASSIGN_OR_RETURN(auto reader, inner_->OpenReader(directory));
    return std::make_unique<Reader>(inner_, std::move(reader), directory.size(), std::move(others));
  }

 private:
  class Reader final : public LogReader {
   public:
    Reader(EventLog* log, std::unique_ptr<LogReader> directory, size_t partitions,
           std::vector<ReadFrom> others)
        : log_(log),
          reader_(std::move(directory)),
          partitions_(partitions),
          others_(std::move(others)) {}

    absl::Status Poll(size_t max_records, ReadBatch* batch) override {
      if (!others_.empty() && ends_.size() == partitions_) REDRESS_RETURN_IF_ERROR(OpenAll(batch));
      REDRESS_RETURN_IF_ERROR(reader_->Poll(max_records, batch));
      if (others_.empty()) return absl::OkStatus();
      for (const EndOfPartition& end : batch->ends) ends_[end.source] = end.end;
      if (ends_.size() == partitions_) wake_();
      return absl::OkStatus();
    }
    void SetWake(absl::AnyInvocable<void()> wake) override {
      wake_ = std::move(wake);
      reader_->SetWake([this] { wake_(); });
    }

   private:
    // The directory from where it ended, and the others.
    absl::Status OpenAll(ReadBatch* batch) {
      batch->Clear();
      std::vector<ReadFrom> starts = others_;
      for (const auto& [source, end] : ends_) starts.push_back({source, end});
      auto all = log_->OpenReader(std::move(starts));
      if (!all.ok()) {
        wake_();
        return all.status();
      }
      reader_ = *std::move(all);
      reader_->SetWake([this] { wake_(); });
      others_.clear();
      return absl::OkStatus();
    }

    EventLog* const log_;
    absl::AnyInvocable<void()> wake_;
    // After `wake_`, which its wake-ups use until it is gone.
    std::unique_ptr<LogReader> reader_;
    const size_t partitions_;
    // Not opened yet; none: all is read.
    std::vector<ReadFrom> others_;
    std::map<TopicPartition, Offset> ends_;
  };
};

}  // namespace redress
