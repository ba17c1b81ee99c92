#include "libs/policy/keyword_matcher.h"

#include <initializer_list>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace redress {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

KeywordMatcher Make(std::initializer_list<std::string_view> keywords) {
  KeywordMatcher::Builder builder;
  for (const std::string_view keyword : keywords) EXPECT_TRUE(builder.Add(keyword).ok()) << keyword;
  return std::move(builder).Build();
}

std::vector<uint32_t> Numbers(const KeywordMatcher& matcher, std::string_view text) {
  std::vector<uint32_t> numbers;
  for (const KeywordHit& hit : matcher.Find(text)) numbers.push_back(hit.keyword);
  return numbers;
}

TEST(KeywordMatcher, EnglishIsFoundAtWordBoundariesWithoutRegardToCase) {
  const KeywordMatcher matcher = Make({"late", "not delivered"});
  EXPECT_THAT(Numbers(matcher, "It came LATE and was Not  Delivered."), ElementsAre(0, 1));
  EXPECT_THAT(Numbers(matcher, "My plate is translated later"), IsEmpty());
  EXPECT_THAT(Numbers(matcher, "not\ndelivered"), ElementsAre(1));
}

TEST(KeywordMatcher, ChineseIsFoundAnywhere) {
  const KeywordMatcher matcher = Make({"退款", "退款未到账", "APP"});
  EXPECT_THAT(Numbers(matcher, "我的退款未到账，你们的app打不开"), ElementsAre(0, 1, 2));
  EXPECT_THAT(Numbers(matcher, "ＡＰＰ闪退"), ElementsAre(2));
}

TEST(KeywordMatcher, StarDropsTheRightBoundaryOnly) {
  const KeywordMatcher matcher = Make({"refund*"});
  EXPECT_THAT(Numbers(matcher, "refunded"), ElementsAre(0));
  EXPECT_THAT(Numbers(matcher, "nonrefundable"), IsEmpty());
}

TEST(KeywordMatcher, ApostrophesMayBeTypographicOrLeftOut) {
  const KeywordMatcher matcher = Make({"doesn't work"});
  EXPECT_THAT(Numbers(matcher, "it doesn’t work"), ElementsAre(0));
  EXPECT_THAT(Numbers(matcher, "it doesnt work"), ElementsAre(0));
}

TEST(KeywordMatcher, JoinedTermsMustShareASentence) {
  const KeywordMatcher matcher = Make({"charged + twice", "快递 + 破损"});
  EXPECT_THAT(Numbers(matcher, "You have charged my card of 3.50 twice!"), ElementsAre(0));
  EXPECT_THAT(Numbers(matcher, "You charged my card. I wrote twice."), IsEmpty());
  EXPECT_THAT(Numbers(matcher, "快递送来，盒子破损"), ElementsAre(1));
  EXPECT_THAT(Numbers(matcher, "快递到了。盒子破损"), IsEmpty());
}

TEST(KeywordMatcher, SaysHowOftenAndWhere) {
  const KeywordMatcher matcher = Make({"破损", "box", "box + broken"});
  const std::string text = "破损了，box  broken. The box 破损!";
  EXPECT_THAT(matcher.Find(text), ElementsAre(KeywordHit{0, 2, 0, 6}, KeywordHit{1, 2, 12, 3},
                                              KeywordHit{2, 1, 12, 3}));
}

TEST(KeywordMatcher, SuffixesOfAKeywordAreFoundToo) {
  const KeywordMatcher matcher = Make({"迟迟不发货", "不发货", "发货", "货"});
  EXPECT_THAT(Numbers(matcher, "一直迟迟不发货"), ElementsAre(0, 1, 2, 3));
}

TEST(KeywordMatcher, TheSameTextTwiceGetsTwoNumbers) {
  EXPECT_THAT(Numbers(Make({"late", "late"}), "late"), ElementsAre(0, 1));
}

TEST(KeywordMatcher, BadSpellingsAreRefused) {
  for (const std::string& bad :
       {std::string(), std::string("  "), std::string("*"), std::string("a + "),
        std::string("re*fund"), std::string("a + b + c + d + e"), std::string("你好。"),
        std::string(201, 'a')}) {
    EXPECT_EQ(KeywordMatcher::CheckSpelling(bad).code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_FALSE(KeywordMatcher::Builder().Add(bad).ok()) << bad;
  }
}

TEST(KeywordMatcher, AnyBytesAreLegalText) {
  const KeywordMatcher matcher = Make({"late"});
  std::string text = "late\xEF\xBC";
  for (int c = 255; c >= 0; --c) text.push_back(static_cast<char>(c));
  EXPECT_THAT(Numbers(matcher, text), ElementsAre(0));
  EXPECT_THAT(Numbers(matcher, ""), IsEmpty());
  EXPECT_THAT(Numbers(KeywordMatcher::Builder().Build(), "late"), IsEmpty());
}

TEST(KeywordMatcher, AgreesWithNaiveSearch) {
  // Every word of up to four of three characters: many overlaps.
  const std::vector<std::string> characters = {"一", "丁", "七"};
  std::vector<std::string> words = {""};
  for (size_t i = 0; i < words.size() && words[i].size() < 4 * 3; ++i) {
    for (const std::string& character : characters) words.push_back(words[i] + character);
  }
  words.erase(words.begin());
  KeywordMatcher::Builder builder;
  for (size_t i = 0; i < words.size(); i += 2) ASSERT_TRUE(builder.Add(words[i]).ok());
  const KeywordMatcher matcher = std::move(builder).Build();

  std::string text;
  uint32_t seed = 7;
  for (int i = 0; i < 60; ++i) {
    seed = seed * 1103515245 + 12345;
    text += characters[(seed >> 16) % characters.size()];
  }
  std::vector<KeywordHit> expected;
  for (size_t i = 0; i < words.size(); i += 2) {
    KeywordHit hit{static_cast<uint32_t>(i / 2), 0, 0, static_cast<uint32_t>(words[i].size())};
    for (size_t at = text.find(words[i]); at != std::string::npos;
         at = text.find(words[i], at + 1)) {
      if (hit.count++ == 0) hit.first = static_cast<uint32_t>(at);
    }
    if (hit.count > 0) expected.push_back(hit);
  }
  EXPECT_EQ(matcher.Find(text), expected);
}

}  // namespace
}  // namespace redress
