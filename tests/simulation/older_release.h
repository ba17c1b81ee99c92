// The log as an older release sees it: events of one type carry a number that it does not know. The
// header, all that a verdict looks at, is the same. Same thread and lifetime as the log that it
// wraps.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/event_log/forwarding_log.h"
#include "libs/event_log/shared_decode.h"

namespace redress::simulation {

// No release has types up there: what an older one does not know is shown to it as one of them.
inline constexpr uint32_t kBeyondAllTypes = 90'000;

class OlderRelease final : public ForwardingLog {
 public:
  OlderRelease(EventLog* inner, uint32_t unknown_type)
      : ForwardingLog(inner), unknown_type_(unknown_type) {}

  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(std::vector<ReadFrom> starts) override;
  // The record as this release sees it.
  void Show(RecordView* record, ReadBatch* batch);

 private:
  struct Shown {
    std::string value;
    // Decoded once for all services of the process; others decode the record as they know it.
    mutable SharedDecode decode;
  };

  const uint32_t unknown_type_;
  std::map<std::pair<TopicPartition, Offset>, std::shared_ptr<const Shown>> shown_;
};

}  // namespace redress::simulation
