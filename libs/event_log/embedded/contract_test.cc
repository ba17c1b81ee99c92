// The embedded log against the contract of the port, as it is and with a chain so short that every
// reader keeps falling off it.
#include <map>

#include "libs/event_log/contract/event_log_contract.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/event_log/embedded/test_folder.h"
#include "libs/event_log/fault/faulty_log.h"

namespace redress {
namespace {

class EmbeddedUnderTest final : public LogUnderTest {
 public:
  EmbeddedUnderTest(const ContractSetup& setup, size_t max_chain_bytes)
      : options_(TestOptions(folder_.path())) {
    options_.max_chain_bytes = max_chain_bytes;
    options_.partitions.emplace();
    std::copy(setup.partitions.begin(), setup.partitions.end(), options_.partitions->begin());
    options_.gap = [this](TopicPartition tp) {
      MutexLock lock(mutex_);
      return std::exchange(gaps_[tp], 0);
    };
  }

  absl::StatusOr<std::unique_ptr<EventLog>> Open() override {
    auto log = EmbeddedLog::Open(options_);
    if (!log.ok()) return log.status();
    return std::make_unique<OwningFaultyLog<EmbeddedLog>>(
        *std::move(log), [this](TopicPartition, const Record&) {
          MutexLock lock(mutex_);
          return std::exchange(next_fault_, AppendFault::kNone);
        });
  }

  // Copies the files as they are while the log works, which is what a crash would leave.
  void Crash(std::unique_ptr<EventLog> log) override {
    const std::string copy = folder_.path() + ".crashed";
    std::error_code error;
    do {
      // A file may go away while it is copied: then the copy is of no moment that was.
      std::filesystem::remove_all(copy);
      std::filesystem::copy(folder_.path(), copy, std::filesystem::copy_options::recursive, error);
    } while (error);
    log.reset();
    std::filesystem::remove_all(folder_.path());
    std::filesystem::rename(copy, folder_.path());
  }

  absl::Status Trim(EventLog& log, TopicPartition of, Offset before) override {
    return static_cast<OwningFaultyLog<EmbeddedLog>&>(log).owned().TrimBefore(of, before);
  }
  void FailNextAppend(ContractFault fault) override {
    MutexLock lock(mutex_);
    next_fault_ = fault == ContractFault::kUnknownPersisted ? AppendFault::kUnknownPersisted
                                                            : AppendFault::kUnknownLost;
  }
  void SkipOffsets(TopicPartition of) override {
    MutexLock lock(mutex_);
    gaps_[of] = 3;
  }

 private:
  TestFolder folder_;
  EmbeddedLogOptions options_;
  Mutex mutex_;
  std::map<TopicPartition, int64_t> gaps_;
  AppendFault next_fault_ = AppendFault::kNone;
};

ContractAdapter Adapter(const std::string& name, size_t max_chain_bytes) {
  ContractAdapter adapter;
  adapter.name = name;
  adapter.make = [max_chain_bytes](const ContractSetup& setup) {
    return std::make_unique<EmbeddedUnderTest>(setup, max_chain_bytes);
  };
  return adapter;
}

INSTANTIATE_TEST_SUITE_P(Logs, EventLogContract,
                         ::testing::Values(Adapter("Embedded", 32 << 20),
                                           Adapter("EmbeddedShortChain", 1)),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace redress
