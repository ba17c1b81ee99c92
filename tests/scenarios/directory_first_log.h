// A log whose readers deliver the directory to its end before anything else. Topics have no order between them, and a
// row may rest on what was known when it was made (a timer whose calendar was not known yet lies where it surely fires
// no later). Services that run have had their directory before their complaints; a fold that is held against
// what they left begins like them. For logs that nobody appends to.
#pragma once

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "libs/base/status.h"
#include "libs/event_log/forwarding_log.h"

namespace redress::scenarios {

class DirectoryFirstLog final : public ForwardingLog {
 public:
  explicit DirectoryFirstLog(EventLog* inner) : ForwardingLog(inner) {}

  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override {
    std::vector<ReadFrom> directory;
    std::vector<ReadFrom> rest;
    for (const ReadFrom& start : starts) {
      (start.source.topic == Topic::kDirectory ? directory : rest).push_back(start);
    }
    if (directory.empty() || rest.empty()) return inner_->OpenReader(std::move(starts));
    auto reader = std::make_unique<Reader>();
    for (const ReadFrom& start : directory) reader->unread.insert(start.source);
    REDRESS_ASSIGN_OR_RETURN(reader->directory, inner_->OpenReader(std::move(directory)));
    REDRESS_ASSIGN_OR_RETURN(reader->rest, inner_->OpenReader(std::move(rest)));
    return reader;
  }

 private:
  struct Reader final : LogReader {
    absl::Status Poll(size_t max_records, ReadBatch* batch) override {
      if (unread.empty()) return rest->Poll(max_records, batch);
      REDRESS_RETURN_IF_ERROR(directory->Poll(max_records, batch));
      for (const EndOfPartition& end : batch->ends) unread.erase(end.source);
      // What the others told of meanwhile was not asked for.
      if (unread.empty() && woken) (*woken)();
      return absl::OkStatus();
    }
    void SetWake(absl::AnyInvocable<void()> wake) override {
      woken = std::make_shared<absl::AnyInvocable<void()>>(std::move(wake));
      directory->SetWake([woken = woken] { (*woken)(); });
      rest->SetWake([woken = woken] { (*woken)(); });
    }

    std::shared_ptr<absl::AnyInvocable<void()>> woken;
    std::unique_ptr<LogReader> directory;
    std::unique_ptr<LogReader> rest;
    // Partitions of the directory whose end has not come.
    std::set<TopicPartition> unread;
  };
};

}  // namespace redress::scenarios
