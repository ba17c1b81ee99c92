#include "libs/event_log/event_log.h"

#include <array>

#include "gtest/gtest.h"

namespace redress {
namespace {

// The vectors of docs/formats/partition_hash.md, computed outside this code base. Do not change.
TEST(PartitionOf, IsTheFirstEightBytesBigEndianModuloTheCount) {
  constexpr std::array<int32_t, 6> kCounts = {1, 2, 3, 7, 12, 16};
  struct Vector {
    std::string_view id;
    std::array<int32_t, 6> partitions;
  };
  constexpr Vector kVectors[] = {
      {"00000000000000000000000000000000", {0, 0, 0, 0, 0, 0}},
      {"00000000000000010000000000000000", {0, 1, 1, 1, 1, 1}},
      {"000000000000000fffffffffffffffff", {0, 1, 0, 1, 3, 15}},
      {"00000000000000100123456789abcdef", {0, 0, 1, 2, 4, 0}},
      {"00112233445566778899aabbccddeeff", {0, 1, 2, 4, 11, 7}},
      {"0190b4c2e3d47a1b8c2d3e4f50617283", {0, 1, 0, 0, 3, 11}},
      {"7fffffffffffffff0000000000000000", {0, 1, 1, 0, 7, 15}},
      {"80000000000000000000000000000000", {0, 0, 2, 1, 8, 0}},
      {"fffffffffffffffe0011223344556677", {0, 0, 2, 0, 2, 14}},
      {"ffffffffffffffffffffffffffffffff", {0, 1, 0, 1, 3, 15}},
  };
  for (const Vector& vector : kVectors) {
    const auto id = StreamId::FromHex(vector.id);
    ASSERT_TRUE(id.has_value()) << vector.id;
    for (size_t i = 0; i < kCounts.size(); ++i) {
      EXPECT_EQ(PartitionOf(*id, kCounts[i]).value(), vector.partitions[i])
          << vector.id << " mod " << kCounts[i];
    }
  }
}

TEST(TopicName, IsFoundAgain) {
  for (int i = 0; i < kTopicCount; ++i) {
    EXPECT_EQ(TopicFromName(TopicName(static_cast<Topic>(i))), static_cast<Topic>(i));
  }
  EXPECT_FALSE(TopicFromName("redress.complaints.v2").has_value());
}

TEST(RecordHash, TellsNullFromEmptyAndSeesHeadersButNotTheTime) {
  RecordView record;
  record.key = "k";
  record.value = "v";
  const uint64_t hash = RecordHash(record);
  record.timestamp_ms = 7;
  EXPECT_EQ(RecordHash(record), hash);
  const HeaderView header("a", "");
  record.headers = {&header, 1};
  EXPECT_NE(RecordHash(record), hash);
  RecordView null_value;
  RecordView empty_value;
  empty_value.value = "";
  EXPECT_NE(RecordHash(null_value), RecordHash(empty_value));
}

}  // namespace
}  // namespace redress
