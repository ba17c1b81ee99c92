// Bytes that are on the log or in people's hands: hashes, ids, tracking codes, partitions, the
// head's encoding. The vectors stand in docs/formats/keys.md and verdict.md as well; they were
// computed outside this code base.
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "libs/base/hash.h"
#include "libs/domain/verdict.h"
#include "libs/event_log/event_log.h"
#include "libs/event_log/genesis/genesis.h"
#include "redress/event/v1/record.pb.h"

namespace redress {
namespace {

constexpr std::string_view kSecret = "a secret of the log";

ComplaintId SampleComplaint() {
  return KeyedId<ComplaintId>(kSecret,
                              {"complaint-of-thread", "mail:care-uk", "<7f31.first@example.com>"});
}

TEST(Keys, LengthPrefixesAreFourBytesBigEndian) {
  EXPECT_EQ(absl::BytesToHexString(LengthPrefixed({"a", "", "bc"})),
            "0000000161"
            "00000000"
            "000000026263");
}

TEST(Keys, HashedIds) {
  EXPECT_EQ(HashedId<RequestId>({"a", "bc"}).ToHex(), "b534ce16ac9c8b36823f39a395ce8e0e");
  EXPECT_EQ(HashedId<RequestId>({"投诉", ""}).ToHex(), "59a987402cba8c8e954758e8f2d3fc20");
  EXPECT_EQ(HashedId<RequestId>({}).ToHex(), "e3b0c44298fc1c149afbf4c8996fb924");
}

TEST(Keys, ContentHashes) {
  EXPECT_EQ(HashOf("content").ToHex(), "ed7002b439e9ac845f22357d822bac14");
}

TEST(Keys, EntityIds) {
  EXPECT_EQ(EntityIdOf("team", "parcels").ToHex(), "efd6b21c0b1852c50454d4b3f1ce3fbe");
  EXPECT_EQ(EntityIdOf("agent", "a17").ToHex(), "e25ee1a1ee6d7e10a1c42ddcb2e63768");
}

TEST(Keys, KeyedIds) { EXPECT_EQ(SampleComplaint().ToHex(), "1852a70e1b4989a69aebd1169f34cbd0"); }

TEST(Keys, RequestIdsAndInnerIds) {
  const std::string cause = absl::HexStringToBytes("000102030405060708090a0b0c0d0e0f");
  const std::string stream = SampleComplaint().ToBytes();
  EXPECT_EQ(HashedId<RequestId>({"work", "assess", stream, "", cause, ""}).ToHex(),
            "fea19b628f395c8b5d09e425d50c20ba");
  EXPECT_EQ(HashedId<RequestId>({"work", "timer", stream, "", cause, "1767600000000000"}).ToHex(),
            "9afe58a28c8990fc01b8b3c1ee1522ab");
  const auto item =
      KeyedId<StreamId>(kSecret, {"item", "mail:care-uk", "<7f31.first@example.com>"});
  EXPECT_EQ(item.ToHex(), "b04e82632cef6f7e253c9651860495c2");
  const auto take_in = HashedId<RequestId>({"work", "take-in", item.bytes()});
  EXPECT_EQ(take_in.ToHex(), "4fbcf6592c839edb6dfcd253d0de3129");
  EXPECT_EQ(HashedId<EventId>({"inner", take_in.bytes(), "message"}).ToHex(),
            "83ea766faf98012e424c24147b95778c");
}

TEST(Keys, TrackingCodes) {
  EXPECT_EQ(TrackingCodeOf(SampleComplaint()), "1PRZ-WGRF-WV43-F");
  EXPECT_EQ(TrackingCodeOf(ComplaintId()), "F53Y-NHVN-HAMC-8");
  EXPECT_EQ(CanonicalTrackingCode("lprz wgrf wv43 f"), "1PRZ-WGRF-WV43-F");
}

TEST(Keys, Partitions) {
  EXPECT_EQ(PartitionOf(SampleComplaint(), 16), Partition(6));
  EXPECT_EQ(PartitionOf(SampleComplaint(), 10), Partition(0));
  EXPECT_EQ(PartitionOf(SampleComplaint(), 1), Partition(0));
  EXPECT_EQ(PartitionOf(*StreamId::FromHex("ffffffffffffffff0000000000000000"), 7), Partition(1));
}

TEST(Genesis, Record) {
  const Record record =
      GenesisRecord({.log_id = *LogId::FromHex("000102030405060708090a0b0c0d0e0f"),
                     .partitions = 16,
                     .secret_fingerprint = SecretFingerprint(kSecret),
                     .created_at_us = 1'767'600'000'000'000});
  EXPECT_EQ(absl::BytesToHexString(SecretFingerprint(kSecret)), "790f3cc0f0712c9c");
  EXPECT_EQ(absl::BytesToHexString(*record.value),
            "0a10000102030405060708090a0b0c0d0e0f"
            "1010"
            "1a08626536342d6d6f64"
            "2208790f3cc0f0712c9c"
            "2880c0eb90f7f39103");
}

JudgedHeader HeaderOf(std::string_view request, uint64_t seen, AspectSet writes) {
  return {.stream = *StreamId::FromBytes(std::string(16, 's')),
          .request = *RequestId::FromBytes(request),
          .event = *EventId::FromBytes(std::string(16, 'e')),
          .opens = seen == 0,
          .seen = Version(seen),
          .writes = writes};
}

const std::string kEvent = "65656565656565656565656565656565";
const std::string kNoHash = "00000000000000000000000000000000";

TEST(HeadBytes, OfNothing) {
  EXPECT_EQ(absl::BytesToHexString(Head().Encode()),
            "01"
            "0000000000000000"
            "0000000000000000"
            "00");
}

TEST(HeadBytes, OfAStreamThatWasJustOpened) {
  Head head;
  head.Accept(HeaderOf("first request ..", 0, {}), Offset(7), false);
  EXPECT_EQ(absl::BytesToHexString(head.Encode()),
            "01"
            "0000000000000001"
            "0000000000000000"
            "01"
            "66697273742072657175657374202e2e" +
                kEvent + kNoHash +
                "0000000000000007"
                "00");
}

TEST(HeadBytes, OfASecondEvent) {
  Head head;
  head.Accept(HeaderOf("first request ..", 0, {}), Offset(7), false);
  JudgedHeader second = HeaderOf("second request .", 1, {event::v1::OWNERSHIP});
  second.command_hash = *ContentHash::FromBytes("the command hash");
  head.Accept(second, Offset(300), true);
  // Every aspect but ownership (bit 1) was written one version ago.
  std::string ages;
  for (int bit = 0; bit < 64; ++bit) ages += bit == 1 ? "00" : "01";
  EXPECT_EQ(absl::BytesToHexString(head.Encode()),
            "01"
            "0000000000000002"
            "ffffffffffffffff" +
                ages +
                "02"
                "66697273742072657175657374202e2e" +
                kEvent + kNoHash +
                "0000000000000007"
                "00"
                "7365636f6e642072657175657374202e" +
                kEvent +
                "74686520636f6d6d616e642068617368"
                "000000000000012c"
                "01");
}

TEST(HeadBytes, OfAnAspectWrittenLongAgo) {
  Head head;
  std::string request = "request 00000000";
  for (uint64_t n = 1; n <= 256; ++n) {
    request[15] = static_cast<char>(n);
    head.Accept(HeaderOf(request, n - 1, {event::v1::STAGE}), Offset(static_cast<int64_t>(n)),
                false);
  }
  const std::string bytes = head.Encode();
  EXPECT_EQ(absl::BytesToHexString(bytes.substr(0, 17 + 1 + 9 + 9)),
            "01"
            "0000000000000100"
            "ffffffffffffffff"
            "00"
            "ff"
            "0000000000000001"
            "ff"
            "0000000000000001");
  EXPECT_EQ(bytes.size(), 17u + 1 + 63 * 9 + 1 + 64 * 57);
}

}  // namespace
}  // namespace redress
