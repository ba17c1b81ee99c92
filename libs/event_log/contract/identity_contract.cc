// Identity, partitions and ownership: point 8 of architecture §2 and the units of an instance.
#include <set>

#include "libs/event_log/contract/event_log_contract.h"
#include "libs/event_log/contract/suites.h"
#include "libs/event_log/genesis/genesis.h"

namespace redress {

using ::testing::ElementsAre;

void LinkIdentityContract() {}

TEST_P(EventLogContract, P8_PartitionCountsAreThoseItWasMadeWith) {
  const ContractSetup setup;
  for (int topic = 0; topic < kTopicCount; ++topic) {
    EXPECT_EQ(log().PartitionCount(static_cast<Topic>(topic)), setup.partitions[topic]) << topic;
  }
}

TEST_P(EventLogContract, P8_TheLogIdStaysAndTwoLogsDiffer) {
  const LogId id = log().log_id();
  EXPECT_FALSE(id.is_none());
  const auto other = GetParam().make(ContractSetup());
  auto other_log = other->Open();
  ASSERT_TRUE(other_log.ok()) << other_log.status();
  EXPECT_NE((*other_log)->log_id(), id);
  other_log->reset();
  if (OptedOut(ContractCapability::kReopen)) return;
  Reopen();
  EXPECT_EQ(log().log_id(), id);
}

TEST_P(EventLogContract, P8_GenesisIsNeverDelivered) {
  const ContractSetup setup;
  for (int topic = 0; topic < kTopicCount; ++topic) {
    for (int p = 0; p < setup.partitions[topic]; ++p) {
      EXPECT_TRUE(ReadAll({static_cast<Topic>(topic), Partition(p)}).empty()) << topic << "/" << p;
    }
  }
}

TEST_P(EventLogContract, P8_TheFirstGenesisWins) {
  const LogId id = log().log_id();
  GenesisFacts other;
  other.log_id = *LogId::FromHex("00112233445566778899aabbccddeeff");
  other.partitions = 4;
  MustAppend(Complaints(0), Text("before"));
  MustAppend(Complaints(0), GenesisRecord(other));
  MustAppend(Complaints(0), Text("after"));
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0))), ElementsAre("before", "after"));
  if (OptedOut(ContractCapability::kReopen)) return;
  Reopen();
  EXPECT_EQ(log().log_id(), id);
  EXPECT_THAT(ValuesOf(ReadAll(Complaints(0))), ElementsAre("before", "after"));
}

TEST_P(EventLogContract, P8_ARecordReadAgainHashesAlike) {
  Record record = Text("value");
  record.headers = {{"ce_type", "x"}};
  const Offset offset = MustAppend(Complaints(0), record);
  const auto first = ReadAll(Complaints(0));
  ASSERT_EQ(first.size(), 1u);
  MustAppend(Complaints(0), Text("another"));
  const auto again = ReadAll(Complaints(0), offset);
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again[0].hash, first[0].hash);
  EXPECT_NE(again[1].hash, first[0].hash);
}

TEST_P(EventLogContract, OwnershipGivesAllUnitsToTheOnlyInstance) {
  const ContractSetup setup;
  const std::map<OwnershipKind, int32_t> units = {
      {OwnershipKind::kIntake, setup.partitions[static_cast<int>(Topic::kComplaints)]},
      {OwnershipKind::kClassifier, setup.partitions[static_cast<int>(Topic::kComplaints)]},
      {OwnershipKind::kSlaTimer, setup.partitions[static_cast<int>(Topic::kComplaints)]},
      {OwnershipKind::kTakeIn, setup.partitions[static_cast<int>(Topic::kInbound)]},
      {OwnershipKind::kRouter, 1},
      {OwnershipKind::kAnalytics, 1}};
  for (const auto& [kind, count] : units) {
    std::optional<std::set<Partition>> owned;
    auto ownership = log().Own(kind, [&](std::vector<Partition> now) {
      {
        MutexLock lock(mutex_);
        owned.emplace(now.begin(), now.end());
      }
      Notify();
    });
    ASSERT_TRUE(ownership.ok()) << ownership.status();
    EXPECT_TRUE(WaitUntil([&] {
      MutexLock lock(mutex_);
      return owned && owned->size() == static_cast<size_t>(count);
    })) << OwnershipKindName(kind);
    ownership->reset();  // No call-back comes after this.
    if (!owned) continue;
    for (int unit = 0; unit < count; ++unit) EXPECT_TRUE(owned->contains(Partition(unit)));
  }
}

}  // namespace redress
