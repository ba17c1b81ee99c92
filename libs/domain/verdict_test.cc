#include "libs/domain/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/hash.h"
#include "libs/base/random.h"

namespace redress {
namespace {

using event::v1::CONVERSATION;
using event::v1::OWNERSHIP;
using event::v1::STAGE;

const StreamId kStream = HashedId<StreamId>({"test", "stream"});

RequestId Request(uint64_t n) { return HashedId<RequestId>({"request", std::to_string(n)}); }

JudgedHeader HeaderOf(uint64_t request, uint64_t seen, AspectSet reads = {},
                      AspectSet writes = {}) {
  return {.stream = kStream,
          .request = Request(request),
          .event = HashedId<EventId>({"event", std::to_string(request), std::to_string(seen)}),
          .seen = Version(seen),
          .reads = reads,
          .writes = writes};
}

JudgedHeader Opener(uint64_t request) {
  JudgedHeader header = HeaderOf(request, 0);
  header.opens = true;
  return header;
}

// A head at this version: opened by request 1, then requests 2, 3, … that write the given aspects.
Head HeadAt(uint64_t version, AspectSet writes = {CONVERSATION}) {
  Head head;
  for (uint64_t n = 1; n <= version; ++n) {
    head.Accept(n == 1 ? Opener(1) : HeaderOf(n, n - 1, {}, writes),
                Offset(static_cast<int64_t>(n)), false);
  }
  return head;
}

event::v1::Header WireHeader() {
  event::v1::Header header;
  header.set_stream_id(std::string(16, 's'));
  header.set_request_id(std::string(16, 'r'));
  header.set_event_id(std::string(16, 'e'));
  header.set_seen(7);
  header.set_reads(0b101);
  header.set_writes(0b10);
  return header;
}

TEST(ReadHeader, GivesWhatTheVerdictLooksAt) {
  event::v1::Header wire = WireHeader();
  wire.set_opens(true);
  wire.set_command_hash(std::string(16, 'c'));
  const auto header = ReadHeader(wire);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->stream.bytes(), std::string(16, 's'));
  EXPECT_EQ(header->request.bytes(), std::string(16, 'r'));
  EXPECT_EQ(header->event.bytes(), std::string(16, 'e'));
  EXPECT_EQ(header->command_hash.bytes(), std::string(16, 'c'));
  EXPECT_EQ(header->seen, Version(7));
  EXPECT_EQ(header->reads, AspectSet(0b101));
  EXPECT_EQ(header->writes, AspectSet(0b10));
  EXPECT_TRUE(header->opens);
}

TEST(ReadHeader, IsMalformedUnlessEveryIdHasSixteenBytes) {
  EXPECT_TRUE(ReadHeader(WireHeader()).has_value());
  for (size_t size : {0, 1, 15, 17, 32}) {
    event::v1::Header wire = WireHeader();
    wire.set_stream_id(std::string(size, 's'));
    EXPECT_FALSE(ReadHeader(wire).has_value()) << size;
    wire = WireHeader();
    wire.set_request_id(std::string(size, 'r'));
    EXPECT_FALSE(ReadHeader(wire).has_value()) << size;
    wire = WireHeader();
    wire.set_event_id(std::string(size, 'e'));
    EXPECT_FALSE(ReadHeader(wire).has_value()) << size;
    wire = WireHeader();
    wire.set_command_hash(std::string(size, 'c'));
    EXPECT_EQ(ReadHeader(wire).has_value(), size == 0)
        << "a command hash may be absent, never cut; " << size;
  }
}

TEST(Judge, AnOpeningEventCreatesItsStream) {
  EXPECT_EQ(Judge(Head(), Opener(1)), Verdict::kEffective);
}

TEST(Judge, WithoutAStreamAnythingElseIsUnknown) {
  EXPECT_EQ(Judge(Head(), HeaderOf(1, 0)), Verdict::kUnknown);
}

TEST(Judge, ADecisionFromTheFutureIsUnknown) {
  const Head head = HeadAt(3);
  EXPECT_EQ(Judge(head, HeaderOf(9, 3)), Verdict::kEffective);
  EXPECT_EQ(Judge(head, HeaderOf(9, 4)), Verdict::kUnknown);
  EXPECT_EQ(Judge(head, HeaderOf(9, ~uint64_t{0})), Verdict::kUnknown);
}

TEST(Judge, ASecondOpenerConflictsWhateverItsHeaderSays) {
  const Head head = HeadAt(2, {});
  JudgedHeader second = Opener(9);
  EXPECT_EQ(Judge(head, second), Verdict::kConflict);
  second.seen = Version(2);
  EXPECT_EQ(Judge(head, second), Verdict::kConflict);
  second.seen = Version(99);
  EXPECT_EQ(Judge(head, second), Verdict::kConflict);
}

TEST(Judge, ASecondOpenerBeyondTheWindowIsTooOld) {
  EXPECT_EQ(Judge(HeadAt(kWindow), Opener(99)), Verdict::kConflict);
  EXPECT_EQ(Judge(HeadAt(kWindow + 1), Opener(99)), Verdict::kTooOld);
}

TEST(Judge, TheSameOpenerTwiceIsADuplicate) {
  EXPECT_EQ(Judge(HeadAt(1), Opener(1)), Verdict::kDuplicate);
}

TEST(Judge, AClosedRequestIsADuplicateBeforeAllElse) {
  const Head head = HeadAt(kWindow, {STAGE});
  EXPECT_EQ(Judge(head, HeaderOf(5, 0, AspectSet::All())), Verdict::kDuplicate)
      << "also in conflict";
  EXPECT_EQ(Judge(head, HeaderOf(5, 1000)), Verdict::kDuplicate) << "also from the future";
  EXPECT_EQ(Judge(HeadAt(kWindow + 2), HeaderOf(5, 0)), Verdict::kDuplicate) << "also too old";
}

TEST(Judge, UnknownComesBeforeTooOldAndTooOldBeforeConflict) {
  EXPECT_EQ(Judge(HeadAt(2, {STAGE}), HeaderOf(9, 3, {STAGE})), Verdict::kUnknown);
  EXPECT_EQ(Judge(HeadAt(kWindow + 2, {STAGE}), HeaderOf(999, 1, {STAGE})), Verdict::kTooOld);
}

TEST(Judge, TheWindowIsSixtyFourVersions) {
  const Head head = HeadAt(100);
  EXPECT_EQ(Judge(head, HeaderOf(999, 100 - 63)), Verdict::kEffective);
  EXPECT_EQ(Judge(head, HeaderOf(999, 100 - 64)), Verdict::kEffective);
  EXPECT_EQ(Judge(head, HeaderOf(999, 100 - 65)), Verdict::kTooOld);
}

TEST(Judge, ExactlySixtyFourRequestsAreRemembered) {
  const Head head = HeadAt(100);
  ASSERT_EQ(head.closed().size(), kWindow);
  EXPECT_EQ(Judge(head, HeaderOf(100 - 63, 100)), Verdict::kDuplicate);
  EXPECT_EQ(Judge(head, HeaderOf(100 - 64, 100)), Verdict::kEffective)
      << "left the window: the look-up's part";
}

TEST(Judge, AnAspectReadAndWrittenSinceConflicts) {
  Head head = HeadAt(1);
  head.Accept(HeaderOf(2, 1, {}, {OWNERSHIP}), Offset(2), false);
  EXPECT_EQ(Judge(head, HeaderOf(9, 1, {OWNERSHIP})), Verdict::kConflict);
  EXPECT_EQ(Judge(head, HeaderOf(9, 1, {STAGE, OWNERSHIP})), Verdict::kConflict);
  EXPECT_EQ(Judge(head, HeaderOf(9, 1, {STAGE})), Verdict::kEffective);
  EXPECT_EQ(Judge(head, HeaderOf(9, 2, {OWNERSHIP})), Verdict::kEffective)
      << "it has seen the write";
  EXPECT_EQ(Judge(head, HeaderOf(9, 1, {}, {OWNERSHIP})), Verdict::kEffective)
      << "blind writes do not conflict";
}

TEST(Judge, KnowsAspectsThatNobodyHasNamedYet) {
  const AspectSet bit63(uint64_t{1} << 63);
  Head head = HeadAt(1);
  head.Accept(HeaderOf(2, 1, {}, bit63), Offset(2), false);
  EXPECT_EQ(Judge(head, HeaderOf(9, 1, bit63)), Verdict::kConflict);
  EXPECT_EQ(Judge(head, HeaderOf(9, 1, AspectSet(uint64_t{1} << 62))), Verdict::kEffective);
}

TEST(Judge, WhatReadsNothingNeverConflicts) {
  EXPECT_EQ(Judge(HeadAt(50, AspectSet::All()), HeaderOf(9000, 1)), Verdict::kEffective);
}

TEST(Head, AnOpeningEventWritesEveryAspect) {
  const Head head = HeadAt(1);
  for (int bit = 0; bit < 64; ++bit)
    EXPECT_EQ(head.changed(static_cast<Aspect>(bit)), Version(1)) << bit;
}

TEST(Head, WritesNothingForARefusalButClosesItsRequest) {
  Head head = HeadAt(1);
  head.Accept(HeaderOf(2, 1, {STAGE}), Offset(17), /*refused=*/true);
  EXPECT_EQ(head.version(), Version(2));
  EXPECT_EQ(head.changed(STAGE), Version(1));
  const ClosedRequest* closed = head.FindClosed(Request(2));
  ASSERT_NE(closed, nullptr);
  EXPECT_TRUE(closed->refused);
  EXPECT_EQ(closed->offset, Offset(17));
  EXPECT_EQ(head.FindClosed(Request(3)), nullptr);
}

TEST(Head, HandsOverTheRequestThatLeavesTheWindow) {
  Head head = HeadAt(kWindow);
  const auto left = head.Accept(HeaderOf(65, 64), Offset(65), false);
  ASSERT_TRUE(left.has_value());
  EXPECT_EQ(left->request, Request(1));
  EXPECT_EQ(left->offset, Offset(1));
  EXPECT_EQ(head.closed().size(), kWindow);
  EXPECT_EQ(HeadAt(63).Accept(HeaderOf(64, 63), Offset(64), false), std::nullopt);
}

TEST(Head, ChangedSinceNamesTheAspectsThatTheEtagCannotKnow) {
  Head head = HeadAt(1);
  head.Accept(HeaderOf(2, 1, {}, {OWNERSHIP, CONVERSATION}), Offset(2), false);
  EXPECT_EQ(head.ChangedSince({STAGE, OWNERSHIP}, Version(1)), AspectSet({OWNERSHIP}));
  EXPECT_TRUE(head.ChangedSince(AspectSet::All(), Version(2)).empty());
}

// A head after `events` random effective events.
Head RandomHead(uint64_t seed, uint64_t events) {
  SeededRandom random(seed);
  Head head;
  for (uint64_t n = 1; n <= events; ++n) {
    const AspectSet writes(random.Next() & random.Next() & random.Next());
    JudgedHeader header = HeaderOf(random.Next(), n - 1, {}, writes);
    header.opens = n == 1;
    if (random.OneIn(2))
      header.command_hash = HashedId<ContentHash>({"command", std::to_string(n)});
    head.Accept(header, Offset(static_cast<int64_t>(random.Next() >> 1)), random.OneIn(5));
  }
  return head;
}

TEST(HeadEncoding, RoundTripsRandomHeads) {
  EXPECT_EQ(Head::Decode(Head().Encode()), Head());
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Head head = RandomHead(seed, seed < 4 ? seed : seed * 3);
    const auto decoded = Head::Decode(head.Encode());
    ASSERT_TRUE(decoded.has_value()) << seed;
    EXPECT_EQ(*decoded, head) << seed;
    EXPECT_EQ(decoded->Encode(), head.Encode()) << seed;
  }
}

TEST(HeadEncoding, KeepsAspectsWrittenLongAgo) {
  // 253 … 256 versions ago: the last distance of one byte and the first of nine.
  for (uint64_t version : {254, 255, 256, 257, 5000}) {
    const Head head = HeadAt(version, {CONVERSATION});
    const auto decoded = Head::Decode(head.Encode());
    ASSERT_TRUE(decoded.has_value()) << version;
    EXPECT_EQ(decoded->changed(STAGE), Version(1)) << version;
    EXPECT_EQ(decoded->changed(CONVERSATION), Version(version)) << version;
  }
}

TEST(HeadEncoding, RefusesTruncatedAndTrailingBytes) {
  for (const Head& head : {Head(), HeadAt(1), HeadAt(3), HeadAt(300, {STAGE})}) {
    const std::string bytes = head.Encode();
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(Head::Decode(std::string_view(bytes).substr(0, size)).has_value()) << size;
    }
    EXPECT_FALSE(Head::Decode(bytes + '\0').has_value());
  }
}

TEST(HeadEncoding, RefusesAnotherEncoding) {
  std::string bytes = HeadAt(2).Encode();
  bytes[0] = 2;
  EXPECT_FALSE(Head::Decode(bytes).has_value());
}

TEST(HeadEncoding, IsSmallForAYoungStream) {
  EXPECT_EQ(HeadAt(1).Encode().size(), 1u + 8 + 8 + 1 + 57);
}

TEST(VerdictName, IsForMetricsAndPeople) {
  EXPECT_EQ(VerdictName(Verdict::kEffective), "effective");
  EXPECT_EQ(VerdictName(Verdict::kMalformed), "malformed");
  EXPECT_EQ(VerdictName(Verdict::kDuplicate), "duplicate");
  EXPECT_EQ(VerdictName(Verdict::kUnknown), "unknown");
  EXPECT_EQ(VerdictName(Verdict::kTooOld), "too_old");
  EXPECT_EQ(VerdictName(Verdict::kConflict), "conflict");
}

}  // namespace
}  // namespace redress
