#include "libs/event_log/genesis/genesis.h"

#include "gtest/gtest.h"

namespace redress {
namespace {

// The views of its headers live until the next call.
RecordView ViewOf(const Record& record) {
  static std::vector<HeaderView> headers;
  headers.clear();
  RecordView view;
  view.key = record.key;
  view.value = record.value;
  for (const RecordHeader& header : record.headers) headers.emplace_back(header.name, header.value);
  view.headers = headers;
  view.timestamp_ms = record.timestamp_ms;
  return view;
}

GenesisFacts SomeFacts() {
  GenesisFacts facts;
  facts.log_id = *LogId::FromHex("00112233445566778899aabbccddeeff");
  facts.partitions = 16;
  facts.secret_fingerprint = SecretFingerprint("a secret");
  facts.created_at_us = 1'700'000'000'000'000;
  return facts;
}

TEST(Genesis, SaysWhatItWasMadeWith) {
  const Record record = GenesisRecord(SomeFacts());
  ASSERT_TRUE(IsGenesis(ViewOf(record)));
  const auto facts = ParseGenesis(ViewOf(record));
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->log_id, SomeFacts().log_id);
  EXPECT_EQ(facts->partitions, 16);
  EXPECT_EQ(facts->created_at_us, SomeFacts().created_at_us);
  EXPECT_TRUE(CheckSecret(*facts, "a secret", "here").ok());
}

TEST(Genesis, AnotherSecretIsRefused) {
  const absl::Status status = CheckSecret(SomeFacts(), "another secret", "the log folder");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(std::string(status.message()).find("the log folder"), std::string::npos);
}

TEST(Genesis, AnOrdinaryRecordIsNone) {
  Record record;
  record.value = "x";
  EXPECT_FALSE(IsGenesis(ViewOf(record)));
  EXPECT_EQ(ParseGenesis(ViewOf(record)).status().code(), absl::StatusCode::kDataLoss);
}

TEST(Genesis, GarbageIsDataLoss) {
  Record record = GenesisRecord(SomeFacts());
  record.value = "\xff\xff\xff";
  EXPECT_EQ(ParseGenesis(ViewOf(record)).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace redress
