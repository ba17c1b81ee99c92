// Reading the simulated log through one instance. Internal to the simulated log.
#pragma once

#include <memory>
#include <vector>

#include "libs/event_log/event_log.h"
#include "libs/event_log/simulated/instance_state.h"
#include "libs/event_log/simulated/simulated_log.h"

namespace redress {

class SimulatedReader final : public LogReader {
 public:
  SimulatedReader(SimulatedLog* log, std::shared_ptr<InstanceState> instance,
                  const std::vector<ReadFrom>& starts);

  absl::Status Poll(size_t max_records, ReadBatch* batch) override;
  void SetWake(absl::AnyInvocable<void()> wake) override { wake_->wake = std::move(wake); }

 private:
  struct Source {
    TopicPartition tp;
    int partition = 0;
    Offset position;
    Offset announced{-1};
  };

  absl::Status Check();
  // True: the source has nothing more to see.
  bool ReadSource(Source* source, size_t max_records, ReadBatch* batch);

  SimulatedLog* const log_;
  const std::shared_ptr<InstanceState> instance_;
  const std::shared_ptr<SimulatedWake> wake_ = std::make_shared<SimulatedWake>();
  std::vector<Source> sources_;
  // A start beyond the end stays an error when the log grows.
  absl::Status start_error_;
  bool started_ = false;
};

}  // namespace redress
