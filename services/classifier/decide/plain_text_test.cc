#include "services/classifier/decide/plain_text.h"

#include "gtest/gtest.h"
#include "libs/base/utf8.h"

namespace redress::classifier {
namespace {

std::string Words(std::string_view text) { return ReadPlainText("", text).words; }

TEST(PlainText, SubjectAndTextAreTwoSentences) {
  const PlainText plain = ReadPlainText("Late parcel", "Where is it");
  EXPECT_EQ(plain.words, "Late parcel\n\nWhere is it");
  EXPECT_EQ(plain.subject_size, 11u);
  EXPECT_EQ(ReadPlainText("Only a subject", "").words, "Only a subject");
  EXPECT_EQ(ReadPlainText("", "").words, "");
}

TEST(PlainText, MarkupBecomesBlanks) {
  EXPECT_EQ(Words("<p>It&nbsp;broke.</p>"), " It broke. ");
  EXPECT_EQ(Words("a<!-- hidden -->b<BR/>c"), "a b c");
  EXPECT_EQ(Words("a<style type='x'>p {color: red}</STYLE >b"), "a b");
  EXPECT_EQ(Words("<script>alert(1)</script>"), " ");
  EXPECT_EQ(Words("weight < 3 kg and > 2 kg"), "weight < 3 kg and > 2 kg");
  EXPECT_EQ(Words("<unfinished"), "<unfinished");
}

TEST(PlainText, CharacterReferencesBecomeCharacters) {
  EXPECT_EQ(Words("Tom &amp; Ann &lt;3 &quot;fine&quot; don&#39;t &#x4E2D;&#22269; &pound;5"),
            "Tom & Ann <3 \"fine\" don't 中国 £5");
  EXPECT_EQ(Words("R&D; &unknown; &#xZZ; &#99999999; & &"),
            "R&D; &unknown; &#xZZ; &#99999999; & &");
  EXPECT_EQ(Words("&#0;&#xD800;"), "  ") << "no control characters, no surrogates";
}

TEST(PlainText, IsValidUtf8WhateverComesIn) {
  EXPECT_TRUE(IsUtf8(Words("caf\xC3 \xFF\xFE \xED\xA0\x80 ok")));
  EXPECT_EQ(Words("😡 emoji 👍🏽 stay"), "😡 emoji 👍🏽 stay");
}

TEST(PlainText, FullWidthDigitsAndLettersAreNarrow) {
  EXPECT_EQ(Words("订单１２３ＡＢｚ，完"), "订单123ABz，完");
}

TEST(Language, IsTheOneWhoseLettersPrevail) {
  EXPECT_EQ(LanguageOf("手机坏了，客服不理我", ""), "zh");
  EXPECT_EQ(LanguageOf("The phone is broken", ""), "en");
  EXPECT_EQ(LanguageOf("我的 iPhone 坏了，屏幕碎了", "en"), "zh");
  EXPECT_EQ(LanguageOf("My 小米 phone stopped working yesterday", "zh"), "en");
}

TEST(Language, WithoutLettersIsTheHint) {
  EXPECT_EQ(LanguageOf("???", "zh-CN"), "zh");
  EXPECT_EQ(LanguageOf("😡😡😡 123", "en"), "en");
  EXPECT_EQ(LanguageOf("", ""), "");
}

TEST(Shouting, CountsMarksAndCapitalWords) {
  const Shouting shouting = ShoutingIn("THIS IS BAD!! 太过分了！！！ I want MY MONEY");
  EXPECT_EQ(shouting.exclamation_marks, 5u);
  EXPECT_EQ(shouting.capital_words, 3u);
}

TEST(Shouting, MasksAndModelNumbersAreNoCapitals) {
  EXPECT_EQ(ShoutingIn("XXXX XXXX on XX/XX/XXXX, model AB12C").capital_words, 0u);
  EXPECT_EQ(ShoutingIn("ABCd aBCD 1ABC ABC1 AB").capital_words, 0u);
  EXPECT_EQ(ShoutingIn("ABC，XXY-DEF").capital_words, 3u);
}

}  // namespace
}  // namespace redress::classifier
