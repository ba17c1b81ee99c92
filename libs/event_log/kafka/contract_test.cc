// The Kafka adapter against the contract of the port, on a real broker.
#include "libs/event_log/contract/event_log_contract.h"
#include "libs/event_log/fault/faulty_log.h"
#include "libs/event_log/kafka/test_log.h"

namespace redress {
namespace {

// The unknown outcomes of a real broker are in broker_fault_test.cc; here they are made, so that
// each test knows whether the record is there.
class KafkaUnderTest final : public LogUnderTest {
 public:
  KafkaUnderTest(const TestBroker& broker, const ContractSetup& setup)
      : options_(KafkaTestOptions(broker)) {
    std::copy(setup.partitions.begin(), setup.partitions.end(), options_.partitions.begin());
  }

  absl::StatusOr<std::unique_ptr<EventLog>> Open() override {
    auto log = OpenKafka(options_);
    if (!log.ok()) return log.status();
    return std::make_unique<OwningFaultyLog<KafkaLog>>(
        *std::move(log), [this](TopicPartition, const Record&) {
          MutexLock lock(mutex_);
          return std::exchange(next_fault_, AppendFault::kNone);
        });
  }

  absl::Status Trim(EventLog&, TopicPartition of, Offset before) override {
    KafkaClientConfig config(options_);
    auto handle = config.New(RD_KAFKA_PRODUCER);
    if (!handle.ok()) return handle.status();
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    const std::string topic = KafkaTopicName(options_, of.topic);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), of.partition.value())->offset =
        before.value();
    rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_t* queue = rd_kafka_queue_new(handle->get());
    rd_kafka_DeleteRecords(handle->get(), &request, 1, nullptr, queue);
    rd_kafka_DeleteRecords_destroy(request);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 20000);
    const absl::Status status = event == nullptr ? absl::UnavailableError("trim")
                                                 : KafkaStatus(rd_kafka_event_error(event), "trim");
    if (event != nullptr) rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return status;
  }

  void FailNextAppend(ContractFault fault) override {
    MutexLock lock(mutex_);
    next_fault_ = fault == ContractFault::kUnknownPersisted ? AppendFault::kUnknownPersisted
                                                            : AppendFault::kUnknownLost;
  }

  // A transaction that is aborted leaves a record that nobody may see and a control record.
  void SkipOffsets(TopicPartition of) override {
    KafkaClientConfig config(options_);
    config.Set("transactional.id", options_.topic_prefix + "aborts");
    auto handle = config.New(RD_KAFKA_PRODUCER);
    ASSERT_TRUE(handle.ok()) << handle.status();
    const auto expect_ok = [](rd_kafka_error_t* error) {
      EXPECT_EQ(error, nullptr) << rd_kafka_error_string(error);
      if (error != nullptr) rd_kafka_error_destroy(error);
    };
    rd_kafka_t* const rk = handle->get();
    expect_ok(rd_kafka_init_transactions(rk, 20000));
    expect_ok(rd_kafka_begin_transaction(rk));
    const std::string topic = KafkaTopicName(options_, of.topic);
    EXPECT_EQ(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic.c_str()),
                                RD_KAFKA_V_PARTITION(of.partition.value()),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                RD_KAFKA_V_VALUE(const_cast<char*>("aborted"), 7), RD_KAFKA_V_END),
              RD_KAFKA_RESP_ERR_NO_ERROR);
    EXPECT_EQ(rd_kafka_flush(rk, 20000), RD_KAFKA_RESP_ERR_NO_ERROR);
    expect_ok(rd_kafka_abort_transaction(rk, -1));
  }

 private:
  KafkaOptions options_;
  Mutex mutex_;
  AppendFault next_fault_ = AppendFault::kNone;
};

ContractAdapter Adapter() {
  ContractAdapter adapter;
  adapter.name = "Kafka";
  adapter.skip_reason = TestBroker::UnavailableReason();
  adapter.make = [](const ContractSetup& setup) -> std::unique_ptr<LogUnderTest> {
    const auto broker = TestBroker::Shared();
    if (!broker.ok()) {
      ADD_FAILURE() << broker.status();
      return nullptr;
    }
    return std::make_unique<KafkaUnderTest>(**broker, setup);
  };
  adapter.patience = absl::Seconds(40);
  return adapter;
}

INSTANTIATE_TEST_SUITE_P(Logs, EventLogContract, ::testing::Values(Adapter()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace redress
