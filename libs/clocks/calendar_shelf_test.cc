#include "libs/clocks/calendar_shelf.h"

#include <gtest/gtest.h>

#include "libs/base/hash.h"

namespace redress {
namespace {

// Mondays, nine to five, UTC.
event::v1::PolicyPartPublished Mondays() {
  policy::v1::Calendar calendar;
  calendar.set_code("mondays");
  calendar.set_time_zone("UTC");
  auto* week = calendar.add_week();
  week->add_days(policy::v1::Calendar::MON);
  auto* window = week->add_windows();
  window->set_start_minute(9 * 60);
  window->set_end_minute(17 * 60);
  calendar.mutable_working_day()->set_ms(8 * 3'600'000);
  event::v1::PolicyPartPublished part;
  part.set_part("calendar");
  part.set_code("mondays");
  part.set_content(calendar.SerializeAsString());
  part.set_hash(HashOf(part.content()).ToBytes());
  return part;
}

ContentHash HashOfPart(const event::v1::PolicyPartPublished& part) {
  return ContentHash::FromBytesOrNone(part.hash());
}

TEST(CalendarShelf, RoundTheClockIsAlwaysThere) {
  const CalendarShelf shelf;
  EXPECT_TRUE(shelf.Has(ContentHash()));
  EXPECT_TRUE((*shelf.Find(ContentHash(), 2000, 2001))->always_open());
  EXPECT_EQ(shelf.CodeOf(ContentHash()), "");
  EXPECT_EQ(shelf.RulesOf(ContentHash()), nullptr);
}

TEST(CalendarShelf, WhatIsNotPublishedYetIsNotFoundAndNamedByItsHash) {
  const CalendarShelf shelf;
  const ContentHash hash = HashOfPart(Mondays());
  EXPECT_FALSE(shelf.Has(hash));
  EXPECT_TRUE(absl::IsNotFound(shelf.Find(hash, 2024, 2025).status()));
  EXPECT_EQ(shelf.CodeOf(hash), hash.ToHex());
}

TEST(CalendarShelf, CompilesForTheYearsAskedForAndKeepsThoseItHad) {
  CalendarShelf shelf;
  shelf.Add(Mondays());
  const ContentHash hash = HashOfPart(Mondays());
  const auto first = shelf.Find(hash, 2024, 2025);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*shelf.Find(hash, 2025, 2025), *first) << "one for all who ask";
  const auto longer = shelf.Find(hash, 2030, 2031);
  ASSERT_TRUE(longer.ok()) << longer.status();
  EXPECT_EQ(*shelf.Find(hash, 2024, 2031), *longer);
  EXPECT_EQ(shelf.CodeOf(hash), "mondays");
  EXPECT_EQ(shelf.RulesOf(hash)->week_size(), 1);
}

TEST(CalendarShelf, PassesOverWhatIsNoCalendar) {
  CalendarShelf shelf;
  auto other = Mondays();
  other.set_part("teams");
  shelf.Add(other);
  auto garbage = Mondays();
  garbage.set_content("\xff\xff");
  garbage.set_hash(HashOf("garbage").ToBytes());
  shelf.Add(garbage);
  EXPECT_FALSE(shelf.Has(HashOfPart(other)));
  EXPECT_FALSE(shelf.Has(HashOfPart(garbage)));
}

}  // namespace
}  // namespace redress
