#include "libs/event_log/embedded/record_codec.h"

#include "gtest/gtest.h"
#include "libs/base/random.h"

namespace redress {
namespace {

TEST(RecordCodec, TheBytesAreThoseOfTheFormat) {
  Record record;
  record.key = "k";
  record.value = "vv";
  record.headers = {{"n", ""}};
  record.timestamp_ms = 258;
  EXPECT_EQ(EncodeRecord(record),
            std::string("\x01\x03\0\0\0\0\0\0\x01\x02\x01k\x01\x01n\0vv", 18));
  record.key.reset();
  record.value.reset();
  record.headers.clear();
  record.timestamp_ms = -1;
  EXPECT_EQ(EncodeRecord(record), std::string("\x01\0\xff\xff\xff\xff\xff\xff\xff\xff\0", 11));
}

TEST(RecordCodec, KeysSortByTopicPartitionOffset) {
  const TopicPartition tp{Topic::kInbound, Partition(300)};
  EXPECT_EQ(RecordKey(tp, Offset(259)), std::string("\x01\0\0\x01\x2c\0\0\0\0\0\0\x01\x03", 13));
  EXPECT_LT(RecordKey(tp, Offset(255)), RecordKey(tp, Offset(256)));
  const auto parsed = ParseRecordKey(RecordKey(tp, Offset(259)));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->first, tp);
  EXPECT_EQ(parsed->second, Offset(259));
  EXPECT_FALSE(ParseRecordKey("\377format"));
}

TEST(RecordCodec, DamagedBytesAreAnErrorAndNeverRead) {
  SeededRandom random(1);
  Record record;
  record.key = std::string(200, 'k');
  record.value = "v";
  record.headers = {{"a", "b"}, {"c", std::string(300, 'd')}};
  const std::string good = EncodeRecord(record);
  RecordView view;
  HeaderArena headers;
  ASSERT_TRUE(DecodeRecord(good, &headers, &view).ok());
  for (size_t size = 0; size + record.value->size() < good.size(); ++size) {
    // A copy of its own, so that a sanitizer sees a read beyond it.
    const std::string cut(good.data(), size);
    EXPECT_EQ(DecodeRecord(cut, &headers, &view).code(), absl::StatusCode::kDataLoss) << size;
  }
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    bad[random.Below(bad.size())] = static_cast<char>(random.Next());
    HeaderArena taken;
    const absl::Status status = DecodeRecord(bad, &taken, &view);
    EXPECT_TRUE(status.ok() || absl::IsDataLoss(status));
  }
}

}  // namespace
}  // namespace redress
