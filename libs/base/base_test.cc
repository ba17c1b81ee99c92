#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "libs/base/file.h"
#include "libs/base/hash.h"
#include "libs/base/ids.h"
#include "libs/base/log.h"
#include "libs/base/random.h"
#include "libs/base/time.h"
#include "libs/base/utf8.h"

namespace redress {
namespace {

TEST(Id16, IsNoneUnlessExactlySixteenBytes) {
  EXPECT_FALSE(StreamId::FromBytes("short").has_value());
  EXPECT_TRUE(StreamId::FromBytesOrNone("short").is_none());
  const auto id = StreamId::FromHex("000102030405060708090a0b0c0d0e0f");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->Prefix64(), 0x0001020304050607u);
  EXPECT_EQ(id->ToHex(), "000102030405060708090a0b0c0d0e0f");
  EXPECT_FALSE(StreamId::FromHex("zz0102030405060708090a0b0c0d0e0f").has_value());
}

TEST(Hash, MatchesPublishedVectors) {
  const auto digest = Sha256("abc");
  EXPECT_EQ(
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest.data()), 32)),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const auto mac = HmacSha256("Jefe", "what do ya want for nothing?");  // RFC 4231, case 2
  EXPECT_EQ(
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(mac.data()), 32)),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hash, PartsCannotBeShifted) {
  EXPECT_NE(HashedId<RequestId>({"ab", "c"}), HashedId<RequestId>({"a", "bc"}));
  EXPECT_EQ(LengthPrefixed({"a", ""}), std::string("\0\0\0\1a\0\0\0\0", 9));
}

TEST(TrackingCode, FindsEverySingleWrongCharacter) {
  const std::string code = TrackingCodeOf(EntityIdOf("test", "1"));
  EXPECT_EQ(code.size(), 16u);
  EXPECT_EQ(CanonicalTrackingCode(code), code);
  const std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  for (size_t i = 0; i < code.size(); ++i) {
    if (code[i] == '-') continue;
    for (char c : alphabet) {
      if (c == code[i]) continue;
      std::string wrong = code;
      wrong[i] = c;
      EXPECT_EQ(CanonicalTrackingCode(wrong), "") << wrong;
    }
  }
}

TEST(TrackingCode, IsReadAsPeopleWriteIt) {
  const std::string code = TrackingCodeOf(EntityIdOf("test", "2"));
  std::string typed = " ";
  for (char c : code) {
    if (c != '-') typed += static_cast<char>(std::tolower(c));
  }
  EXPECT_EQ(CanonicalTrackingCode(typed), code);
  EXPECT_EQ(CanonicalTrackingCode("ABCD"), "");
  EXPECT_EQ(CanonicalTrackingCode("这不是代码"), "");
}

TEST(EventIds, AreVersionSevenAndOrderedByTime) {
  SeededRandom random(1);
  const EventId a = NewEventId(absl::FromUnixMillis(1000), random);
  const EventId b = NewEventId(absl::FromUnixMillis(1001), random);
  EXPECT_LT(a, b);
  EXPECT_EQ(static_cast<uint8_t>(a.bytes()[6]) >> 4, 7);
  EXPECT_EQ(static_cast<uint8_t>(a.bytes()[8]) >> 6, 2);
}

TEST(NewEventId, TellsWhenItWasMade) {
  SeededRandom random(7);
  const absl::Time now = absl::FromUnixMillis(1'772'357'400'123);
  EXPECT_EQ(TimeOf(NewEventId(now, random)), now);
}

TEST(Utf8, RejectsOverlongSurrogatesAndTruncation) {
  EXPECT_TRUE(IsUtf8("plain, 投诉, 😀"));
  EXPECT_TRUE(IsUtf8("eight letters, and eight, 投诉 and more of them"));
  EXPECT_FALSE(IsUtf8("eight letters, seven b\x80"));
  EXPECT_FALSE(IsUtf8("eight letters\xff, and more of them"));
  EXPECT_FALSE(IsUtf8("\xc0\xaf"));
  EXPECT_FALSE(IsUtf8("\xed\xa0\x80"));
  EXPECT_FALSE(IsUtf8("\xf4\x90\x80\x80"));
  EXPECT_FALSE(IsUtf8("投\xe8\xaf"));
  EXPECT_EQ(ReplaceInvalidUtf8("a\377b"), "a\uFFFDb");
  EXPECT_EQ(Utf8Prefix("投诉", 4), "投");
}

TEST(Rfc3339, WritesMicrosecondsOfUtc) {
  EXPECT_EQ(Rfc3339(1'772'357'400'000'250), "2026-03-01T09:30:00.000250Z");
  EXPECT_EQ(Rfc3339(1'772'357'400'999'999), "2026-03-01T09:30:00.999999Z");
  EXPECT_EQ(Rfc3339(1'772'357'401'000'000), "2026-03-01T09:30:01.000000Z");
  EXPECT_EQ(Rfc3339(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(Rfc3339(-1), "1969-12-31T23:59:59.999999Z");
}

TEST(ReadFile, ReadsAllBytes) {
  const std::string path = ::testing::TempDir() + "/read_file_test";
  for (const size_t size : {0, 1, 64 << 10, (64 << 10) + 1}) {
    const std::string bytes(size, '\0');
    std::ofstream(path, std::ios::binary) << bytes;
    const auto read = ReadFile(path);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, bytes);
  }
  EXPECT_EQ(ReadFile(path, 100).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReadFile("/dev/zero", 100).status().code(), absl::StatusCode::kResourceExhausted);
  std::filesystem::remove(path);
}

TEST(ReadFile, NamesTheFileAndTheReason) {
  EXPECT_EQ(ReadFile("/no/such/file").status().code(), absl::StatusCode::kNotFound);
  const absl::Status folder = ReadFile(::testing::TempDir()).status();
  EXPECT_EQ(folder.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(folder.message(), ::testing::TempDir() + ": cannot be read: Is a directory");
}

TEST(LogValue, QuotesWhatJsonForbids) {
  EXPECT_EQ(LogValue::Quoted("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\n\\u0001\"");
}

}  // namespace
}  // namespace redress
