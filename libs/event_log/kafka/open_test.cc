// Opening a log on Kafka: what is made, what is checked, and what is refused with what words.
#include <map>
#include <thread>

#include "gmock/gmock.h"
#include "libs/event_log/genesis/genesis.h"
#include "libs/event_log/kafka/test_log.h"

namespace redress {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class KafkaOpen : public KafkaTest {
 protected:
  // Opens and closes, and returns the log's id.
  absl::StatusOr<LogId> OpenOnce() {
    const auto log = OpenKafka(options_);
    if (!log.ok()) return log.status();
    return (*log)->log_id();
  }
  void ExpectRefused(const std::string& because) {
    const auto log = OpenKafka(options_);
    EXPECT_EQ(log.status().code(), absl::StatusCode::kFailedPrecondition) << log.status();
    EXPECT_THAT(std::string(log.status().message()), HasSubstr(because));
    EXPECT_THAT(std::string(log.status().message()), HasSubstr(options_.topic_prefix))
        << "which topic?";
  }
  // As an operator would, by hand.
  void MakeTopic(Topic topic, int partitions, const std::map<std::string, std::string>& settings) {
    KafkaClientConfig config(options_);
    auto handle = config.New(RD_KAFKA_CONSUMER);
    ASSERT_TRUE(handle.ok());
    char reason[256];
    rd_kafka_NewTopic_t* request = rd_kafka_NewTopic_new(KafkaTopicName(options_, topic).c_str(),
                                                         partitions, 1, reason, sizeof(reason));
    ASSERT_NE(request, nullptr) << reason;
    for (const auto& [name, value] : settings)
      rd_kafka_NewTopic_set_config(request, name.c_str(), value.c_str());
    rd_kafka_queue_t* queue = rd_kafka_queue_new(handle->get());
    rd_kafka_CreateTopics(handle->get(), &request, 1, nullptr, queue);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 20000);
    ASSERT_NE(event, nullptr);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy(request);
  }
  // Appends to a topic that no log stands on yet.
  void AppendRaw(TopicPartition to, const Record& record) {
    CallbackThread callbacks;
    auto producer = KafkaProducer::Make(options_, &callbacks);
    ASSERT_TRUE(producer.ok()) << producer.status();
    Mailbox<AppendOutcome> outcomes;
    (*producer)->Append(to, record,
                        [&](AppendOutcome outcome) { outcomes.Put(std::move(outcome)); });
    ASSERT_EQ(outcomes.AwaitCount(1).at(0).kind, AppendOutcome::Kind::kAppended);
  }

  const std::map<std::string, std::string> settings_ = {{"retention.ms", "-1"},
                                                        {"max.message.bytes", "1200000"}};
};

TEST_F(KafkaOpen, ALogThatIsOpenedAgainHasTheSameId) {
  const auto first = OpenOnce();
  ASSERT_TRUE(first.ok()) << first.status();
  options_.create_topics = false;
  EXPECT_EQ(*OpenOnce(), *first);
  options_.partitions = {};
  EXPECT_EQ(*OpenOnce(), *first) << "without expectations the topics are taken as they are";
}

TEST_F(KafkaOpen, InstancesThatMakeALogTogetherAgreeOnItsId) {
  std::vector<absl::StatusOr<LogId>> ids(3, absl::UnknownError("not opened"));
  std::vector<std::thread> instances;
  for (auto& id : ids) {
    instances.emplace_back([this, &id] { id = OpenOnce(); });
  }
  for (std::thread& instance : instances) instance.join();
  for (const auto& id : ids) {
    ASSERT_TRUE(id.ok()) << id.status();
    EXPECT_EQ(*id, *ids[0]);
  }
}

TEST_F(KafkaOpen, AnotherPartitionCountIsRefused) {
  ASSERT_TRUE(OpenOnce().ok());
  options_.partitions[static_cast<int>(Topic::kComplaints)] = 8;
  ExpectRefused("redress.complaints.v1 has 4 partitions, not 8");
}

TEST_F(KafkaOpen, AnotherSecretIsRefused) {
  ASSERT_TRUE(OpenOnce().ok());
  options_.id_secret = "another secret";
  ExpectRefused("secret");
}

TEST_F(KafkaOpen, MissingTopicsAreNamedWhenTheyAreNotToBeMade) {
  options_.create_topics = false;
  ExpectRefused("redress.complaints.v1");
}

TEST_F(KafkaOpen, AComplaintTopicThatForgetsIsRefused) {
  auto forgetful = settings_;
  forgetful["retention.ms"] = "604800000";
  MakeTopic(Topic::kComplaints, 4, forgetful);
  ExpectRefused("redress.complaints.v1 has retention.ms=604800000");
}

TEST_F(KafkaOpen, ACompactedComplaintTopicIsRefused) {
  auto compacted = settings_;
  compacted["cleanup.policy"] = "compact";
  MakeTopic(Topic::kComplaints, 4, compacted);
  ExpectRefused("redress.complaints.v1 has cleanup.policy=compact");
}

TEST_F(KafkaOpen, ATopicThatRefusesLargeRecordsIsRefused) {
  auto small = settings_;
  small["max.message.bytes"] = "100000";
  MakeTopic(Topic::kInbound, 2, small);
  ExpectRefused("redress.inbound.v1 has max.message.bytes=100000");
}

TEST_F(KafkaOpen, AnInboundTopicMayForget) {
  auto forgetful = settings_;
  forgetful["retention.ms"] = "604800000";
  MakeTopic(Topic::kInbound, 2, forgetful);
  const auto id = OpenOnce();
  EXPECT_TRUE(id.ok()) << id.status();
}

TEST_F(KafkaOpen, AKeysTopicThatKeepsOldKeysIsRefused) {
  MakeTopic(Topic::kKeys, 1, settings_);
  ExpectRefused("redress.keys.v1 has cleanup.policy=delete");
}

TEST_F(KafkaOpen, AForeignFirstRecordIsRefused) {
  MakeTopic(Topic::kComplaints, 4, settings_);
  AppendRaw(Complaints(2), TextRecord("not ours"));
  ExpectRefused("redress.complaints.v1 partition 2 begins with a record that is not Redress's");
}

TEST_F(KafkaOpen, APartitionOfAnotherLogIsRefused) {
  MakeTopic(Topic::kInbound, 2, settings_);
  GenesisFacts other;
  other.log_id = *LogId::FromHex("00112233445566778899aabbccddeeff");
  other.partitions = 2;
  other.secret_fingerprint = SecretFingerprint(options_.id_secret);
  AppendRaw({Topic::kInbound, Partition(1)}, GenesisRecord(other));
  ExpectRefused(
      "redress.inbound.v1 partition 1 belongs to the log 00112233445566778899aabbccddeeff");
}

TEST_F(KafkaOpen, ATopicThatHasGrownPartitionsIsRefused) {
  ASSERT_TRUE(OpenOnce().ok());
  KafkaClientConfig config(options_);
  auto handle = config.New(RD_KAFKA_CONSUMER);
  ASSERT_TRUE(handle.ok());
  char reason[256];
  const std::string topic = KafkaTopicName(options_, Topic::kInbound);
  rd_kafka_NewPartitions_t* request =
      rd_kafka_NewPartitions_new(topic.c_str(), 3, reason, sizeof(reason));
  ASSERT_NE(request, nullptr) << reason;
  rd_kafka_queue_t* queue = rd_kafka_queue_new(handle->get());
  rd_kafka_CreatePartitions(handle->get(), &request, 1, nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 20000);
  ASSERT_NE(event, nullptr);
  rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewPartitions_destroy(request);
  // The broker answers before it has heard of it itself.
  const KafkaDeadline deadline(absl::Seconds(20));
  while (OpenOnce().ok() && !deadline.Passed()) absl::SleepFor(absl::Milliseconds(10));
  ExpectRefused("redress.inbound.v1 has 3 partitions, not 2");
  options_.partitions[static_cast<int>(Topic::kInbound)] = 0;
  ExpectRefused("was made with 2 partitions");
}

TEST_F(KafkaOpen, ExtraPropertiesCannotWeakenTheContract) {
  options_.properties = {{"enable.idempotence", "false"}, {"acks", "0"}, {"linger.ms", "0"}};
  auto log = OpenKafka(options_);
  ASSERT_TRUE(log.ok()) << log.status();
  const AppendOutcome outcome = AppendAndWait(**log, Complaints(0), TextRecord("x"));
  EXPECT_EQ(outcome.kind, AppendOutcome::Kind::kAppended)
      << "with acks=0 nobody would know the offset";
}

TEST_F(KafkaOpen, AnUnknownPropertyIsNamedAndItsValueIsNot) {
  options_.properties = {{"sasl.pasword", "hunter2"}};
  const auto log = OpenKafka(options_);
  EXPECT_EQ(log.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(log.status().message()),
              AllOf(HasSubstr("sasl.pasword"), Not(HasSubstr("hunter2"))));
}

// These need no broker.

TEST(KafkaOptions, TheSecretIsRequired) {
  KafkaOptions options;
  options.bootstrap_servers = "127.0.0.1:1";
  EXPECT_EQ(OpenKafka(options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(KafkaOptions, NoBrokerIsUnavailableInTime) {
  KafkaOptions options;
  options.bootstrap_servers = "127.0.0.1:1";
  options.id_secret = "s";
  options.open_timeout = absl::Seconds(1);
  const KafkaDeadline deadline(absl::Seconds(10));
  EXPECT_EQ(OpenKafka(options).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(deadline.Passed());
}

}  // namespace
}  // namespace redress
