#include "services/classifier/decide/entities.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace redress::classifier {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "kind text = value" of each entity.
std::vector<std::string> Found(std::string_view words, bool month_first = false) {
  std::vector<std::string> found;
  for (const FoundEntity& entity : FindEntities(words, month_first)) {
    found.push_back(absl::StrCat(std::string(entity.kind), " ",
                                 std::string(words.substr(entity.begin, entity.end - entity.begin)),
                                 " = ", entity.value));
  }
  return found;
}

TEST(Entities, MailAddresses) {
  EXPECT_THAT(Found("Write to Jo.Doe+x@Example.co.uk, not to @shop or a@b."),
              ElementsAre("mail Jo.Doe+x@Example.co.uk = jo.doe+x@example.co.uk"));
  EXPECT_THAT(Found("邮箱13812345678@example.com。"),
              ElementsAre("mail 13812345678@example.com = 13812345678@example.com"));
}

TEST(Entities, TelephoneNumbers) {
  EXPECT_THAT(Found("打13812345678或138 1234 5678"),
              ElementsAre("phone 13812345678 = 13812345678", "phone 138 1234 5678 = 13812345678"));
  EXPECT_THAT(Found("座机010-12345678，热线400-123-4567"),
              ElementsAre("phone 010-12345678 = 01012345678", "phone 400-123-4567 = 4001234567"));
  EXPECT_THAT(
      Found("call +44 7700 900123 or 07700 900123"),
      ElementsAre("phone +44 7700 900123 = +447700900123", "phone 07700 900123 = 07700900123"));
  EXPECT_THAT(Found("(212) 555-0123 / 212-555-0123"),
              ElementsAre("phone (212) 555-0123 = 2125550123", "phone 212-555-0123 = 2125550123"));
  EXPECT_THAT(Found("serial 4911223344556677, 3 of 10, 20260101123456"), IsEmpty());
}

TEST(Entities, AmountsWithTheirCurrency) {
  EXPECT_THAT(Found("退我3699元，还有¥38.6和1.5万元"),
              ElementsAre("amount 3699元 = 369900 CNY", "amount ¥38.6 = 3860 CNY",
                          "amount 1.5万元 = 1500000 CNY"));
  EXPECT_THAT(Found("RMB 300, RMB300, 20块钱, 8美元"),
              ElementsAre("amount RMB 300 = 30000 CNY", "amount RMB300 = 30000 CNY",
                          "amount 20块钱 = 2000 CNY", "amount 8美元 = 800 USD"));
  EXPECT_THAT(Found("$1,299.00 or £45 or 30 EUR or 12 pounds or €9.99 or US$5"),
              ElementsAre("amount $1,299.00 = 129900 USD", "amount £45 = 4500 GBP",
                          "amount 30 EUR = 3000 EUR", "amount 12 pounds = 1200 GBP",
                          "amount €9.99 = 999 EUR", "amount US$5 = 500 USD"));
  EXPECT_THAT(Found("waited 3 weeks, 20 people, version 1.234, $9999999999999999"), IsEmpty());
}

TEST(Entities, Dates) {
  EXPECT_THAT(Found("2026年3月5日下单，11月9日送到，9月1号报修"),
              ElementsAre("date 2026年3月5日 = 2026-03-05", "date 11月9日 = --11-09",
                          "date 9月1号 = --09-01"));
  EXPECT_THAT(Found("on 5th of March 2026, March 5, 2026, 12 Sept and Dec 24"),
              ElementsAre("date 5th of March 2026 = 2026-03-05", "date March 5, 2026 = 2026-03-05",
                          "date 12 Sept = --09-12", "date Dec 24 = --12-24"));
  EXPECT_THAT(Found("2026-03-05 2026/3/5 25.12.2025"),
              ElementsAre("date 2026-03-05 = 2026-03-05", "date 2026/3/5 = 2026-03-05",
                          "date 25.12.2025 = 2025-12-25"));
  EXPECT_THAT(Found("13月40日, 2026-13-01, 31/02/2026, it may 20 times, 192.168.0.1"), IsEmpty());
}

TEST(Entities, DayAndMonthAsTheRegionWritesThem) {
  EXPECT_THAT(Found("03/05/2026", true), ElementsAre("date 03/05/2026 = 2026-03-05"));
  EXPECT_THAT(Found("03/05/2026", false), ElementsAre("date 03/05/2026 = 2026-05-03"));
  EXPECT_THAT(Found("13/05/2026", true), ElementsAre("date 13/05/2026 = 2026-05-13"));
}

TEST(Entities, OrderNumbers) {
  EXPECT_THAT(Found("Order number: LM-3101228, order #44120, my order no. ab1234"),
              ElementsAre("order_number LM-3101228 = LM-3101228", "order_number 44120 = 44120",
                          "order_number ab1234 = AB1234"));
  EXPECT_THAT(
      Found("订单号：LM-31012288；订单编号为20260105，单号 SF1234567"),
      ElementsAre("order_number LM-31012288 = LM-31012288", "order_number 20260105 = 20260105",
                  "order_number SF1234567 = SF1234567"));
  EXPECT_THAT(Found("I ordered 12345678 things, the order is late, 订单一直没到"), IsEmpty());
}

TEST(Entities, MasksAreNothing) {
  EXPECT_THAT(Found("On XX/XX/2023 I sent ${XXXX} to XXXX, account XXXX1234, {$}"), IsEmpty());
}

TEST(Entities, NeverOverlapAndAreBounded) {
  std::string many;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&many, "a", i, "@example.com $5 ");
  const auto found = FindEntities(many, false);
  EXPECT_EQ(found.size(), kMostEntities);
  for (size_t i = 1; i < found.size(); ++i) EXPECT_LE(found[i - 1].end, found[i].begin);
}

TEST(Entities, OddTextsAreRead) {
  for (const std::string_view odd :
       {"",    "@",       "+",      "(",     "1",
        "$",   "元",      "订单",   "order", "1@",
        "May", "31 ",     "2026年", "1.",    "order #",
        "¥",   "5th of ", "(1",     "+1",    "999999999999999999999999"}) {
    EXPECT_THAT(Found(odd), IsEmpty()) << odd;
  }
}

}  // namespace
}  // namespace redress::classifier
