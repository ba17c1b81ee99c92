#include "libs/domain/priority/priority.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "libs/base/hash.h"
#include "libs/base/random.h"

namespace redress {
namespace {

using absl::Hours;

const absl::Time kMonday = absl::FromUnixSeconds(1709542800);
constexpr BandFloors kFloors = {1150, 850, 600};
constexpr PriorityWeights kWeights = {.severity = 90,
                                      .urgency = 80,
                                      .impact = 60,
                                      .value = 30,
                                      .emotion = 40,
                                      .safety_bonus = 300,
                                      .legal_bonus = 120};

ComplaintId Id(int n) { return EntityIdOf("complaint", std::to_string(n)); }

TEST(Priority, F6_4_EveryNamedInputMovesTheScore) {
  const PriorityFacts least;
  EXPECT_EQ(BaseScore(least, kWeights), 260);
  EXPECT_EQ(BaseScore({5, 5, 5, 5, 100, false, false}, kWeights), 1500);
  EXPECT_EQ(BaseScore({.severity = 2}, kWeights), 350);
  EXPECT_EQ(BaseScore({.urgency = 2}, kWeights), 340);
  EXPECT_EQ(BaseScore({.impact = 2}, kWeights), 320);
  EXPECT_EQ(BaseScore({.value = 2}, kWeights), 290);
  EXPECT_EQ(BaseScore({.emotion_percent = 51}, kWeights), 362);
  EXPECT_EQ(BaseScore({.safety = true, .legal_risk = true}, kWeights), 680);
}

TEST(Priority, BandsAreHalfOpenFromTheirFloors) {
  EXPECT_EQ(BandOf(2000, kFloors), 1u);
  EXPECT_EQ(BandOf(1150, kFloors), 1u);
  EXPECT_EQ(BandOf(1149, kFloors), 2u);
  EXPECT_EQ(BandOf(850, kFloors), 2u);
  EXPECT_EQ(BandOf(600, kFloors), 3u);
  EXPECT_EQ(BandOf(599, kFloors), 4u);
  EXPECT_EQ(BandOf(-5, kFloors), 4u);
}

TEST(Priority, ACorrectedBandMovesTheScoreJustIntoIt) {
  EXPECT_EQ(ScoreInBand(700, 1, kFloors), 1150);
  EXPECT_EQ(ScoreInBand(700, 2, kFloors), 850);
  EXPECT_EQ(ScoreInBand(700, 3, kFloors), 700);
  EXPECT_EQ(ScoreInBand(700, 4, kFloors), 599);
  EXPECT_EQ(ScoreInBand(1300, 3, kFloors), 849);
  for (int64_t score = 0; score < 1600; score += 13) {
    for (uint32_t band = 1; band <= 4; ++band) {
      EXPECT_EQ(BandOf(ScoreInBand(score, band, kFloors), kFloors), band);
    }
  }
}

TEST(Priority, WaitingRaisesTheScore) {
  EXPECT_EQ(AgedScore(600, kMonday, 5, kMonday + Hours(10)), 650);
  EXPECT_EQ(AgedScore(600, kMonday, 5, kMonday + absl::Minutes(71)), 605);
  EXPECT_EQ(AgedScore(600, kMonday, 5, kMonday - Hours(1)), 600);
}

TEST(PriorityKey, F6_3_HigherScoreFirstThenLongerWaitThenId) {
  const auto key = [](int id, int64_t score, absl::Time received) {
    return PriorityKey::Of(Id(id), score, BandOf(score, kFloors), received, 5);
  };
  EXPECT_LT(key(1, 800, kMonday), key(2, 700, kMonday));
  EXPECT_LT(key(1, 700, kMonday), key(2, 700, kMonday + absl::Milliseconds(1)));
  // Ten hours are worth 50 points.
  EXPECT_LT(key(1, 700, kMonday), key(2, 749, kMonday + Hours(10)));
  EXPECT_GT(key(1, 700, kMonday), key(2, 751, kMonday + Hours(10)));
  // Just as many points: who came first.
  EXPECT_LT(key(1, 700, kMonday), key(2, 750, kMonday + Hours(10)));
  EXPECT_NE(key(1, 700, kMonday), key(2, 700, kMonday));
}

TEST(PriorityKey, F6_5_CriticalBeforeAllOthersHoweverLongTheyWait) {
  const auto critical = PriorityKey::Of(Id(1), 1150, 1, kMonday + Hours(5000), 5);
  const auto old = PriorityKey::Of(Id(2), 1149, 2, kMonday, 5);
  EXPECT_LT(critical, old);
}

TEST(PriorityKey, OrderIsThatOfTheAgedScoresAtAnyTime) {
  SeededRandom random(7);
  struct Waiting {
    PriorityKey key;
    int64_t score;
    absl::Time received;
  };
  std::vector<Waiting> queue;
  for (int i = 0; i < 400; ++i) {
    const auto score = static_cast<int64_t>(random.Below(1100));
    const absl::Time received = kMonday - absl::Seconds(random.Below(3'000'000));
    queue.push_back(
        {PriorityKey::Of(Id(i), score, BandOf(score, kFloors), received, 5), score, received});
  }
  std::sort(queue.begin(), queue.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  for (const absl::Duration later : {Hours(0), Hours(30), Hours(3000)}) {
    for (size_t i = 1; i < queue.size(); ++i) {
      const auto aged = [&](const Waiting& waiting) {
        return AgedScore(waiting.score, waiting.received, 5, kMonday + later);
      };
      // Shown scores are whole points, so neighbours may differ by the rounding.
      ASSERT_GE(aged(queue[i - 1]) + 1, aged(queue[i]));
    }
  }
}

TEST(PriorityKey, DoesNotOverflowAtItsBounds) {
  const absl::Time late = absl::FromUnixSeconds(10'413'792'000);   // 2300
  const absl::Time early = absl::FromUnixSeconds(-2'208'988'800);  // 1900
  EXPECT_LT(PriorityKey::Of(Id(1), 1'000'000'000, 2, late, 100'000),
            PriorityKey::Of(Id(2), -1'000'000'000, 2, late, 100'000));
  // 400 years at 100,000 points an hour.
  EXPECT_LT(PriorityKey::Of(Id(1), -1'000'000'000, 2, early, 100'000),
            PriorityKey::Of(Id(2), 1'000'000'000, 2, late, 100'000));
}

}  // namespace
}  // namespace redress
