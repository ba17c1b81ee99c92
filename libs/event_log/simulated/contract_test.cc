// The simulated log, with faults off, against the contract of the port.
#include "libs/event_log/contract/event_log_contract.h"
#include "libs/event_log/simulated/simulated_log.h"

namespace redress {
namespace {

class SimulatedUnderTest final : public LogUnderTest {
 public:
  explicit SimulatedUnderTest(const ContractSetup& setup)
      : scheduler_(++last_seed), log_(&scheduler_, Counts(setup)) {}

  absl::StatusOr<std::unique_ptr<EventLog>> Open() override { return log_.Connect("instance"); }
  bool Step() override { return scheduler_.RunOne(); }
  void Crash(std::unique_ptr<EventLog> log) override {
    static_cast<SimulatedInstance&>(*log).Crash();
  }
  absl::Status Trim(EventLog&, TopicPartition of, Offset before) override {
    log_.Trim(of, before);
    return absl::OkStatus();
  }
  void FailNextAppend(ContractFault fault) override {
    log_.FailNextAppend(fault == ContractFault::kUnknownPersisted
                            ? SimulatedFault::kUnknownPersisted
                            : SimulatedFault::kUnknownLost);
  }
  void SkipOffsets(TopicPartition of) override { log_.SkipOffsets(of, 3); }

 private:
  static PartitionCounts Counts(const ContractSetup& setup) {
    PartitionCounts counts{};
    std::copy(setup.partitions.begin(), setup.partitions.end(), counts.begin());
    return counts;
  }
  // Two logs differ by their seed.
  static inline uint64_t last_seed = 0;

  SimulatedScheduler scheduler_;
  SimulatedLog log_;
};

INSTANTIATE_TEST_SUITE_P(Logs, EventLogContract, ::testing::Values([] {
                           ContractAdapter adapter;
                           adapter.name = "Simulated";
                           adapter.make = [](const ContractSetup& setup) {
                             return std::make_unique<SimulatedUnderTest>(setup);
                           };
                           adapter.opt_outs[ContractCapability::kThreads] =
                               "one thread by design: the same seed gives the same run";
                           return adapter;
                         }()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace redress
