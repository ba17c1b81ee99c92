#include "tools/terminal/table.h"

#include <sstream>

#include "gtest/gtest.h"

namespace redress {
namespace {

TEST(Table, ColumnsLineUpAlsoWithChineseAndColours) {
  Table table({"code", "name", "x"});
  const TerminalStyle colours{true};
  table.Add({"a", "物流", "1"});
  table.Add({colours.Paint(Colour::kRed, "bcd"), "late", ""});
  std::ostringstream out;
  table.Print(out, {false});
  EXPECT_EQ(out.str(), "code  name  x\na     物流  1\n\033[31mbcd\033[0m   late\n");
}

TEST(TerminalStyle, PaintsOnlyWhereColoursShow) {
  EXPECT_EQ(TerminalStyle{false}.Paint(Colour::kRed, "x"), "x");
  EXPECT_EQ(TerminalStyle{true}.Paint(Colour::kRed, "x"), "\033[31mx\033[0m");
}

TEST(Text, IsShortenedByCellsNotBytes) {
  EXPECT_EQ(Shortened("late again", 20), "late again");
  EXPECT_EQ(Shortened("late again", 5), "late…");
  EXPECT_EQ(Shortened("包裹一直没到", 6), "包裹…");
  EXPECT_EQ(DisplayWidth("包裹a"), 5u);
}

TEST(Times, AreToldInTheTwoLargestNeighbouringUnits) {
  EXPECT_EQ(ShortDuration(absl::Hours(76) + absl::Minutes(20)), "3d4h");
  EXPECT_EQ(ShortDuration(absl::Hours(72) + absl::Seconds(5)), "3d");
  EXPECT_EQ(ShortDuration(-absl::Minutes(61)), "1h1m");
  EXPECT_EQ(ShortDuration(absl::ZeroDuration()), "0s");
  const absl::Time now = absl::FromUnixSeconds(1000000);
  EXPECT_EQ(RelativeTime(now + absl::Seconds(90), now), "in 1m30s");
  EXPECT_EQ(RelativeTime(now - absl::Hours(2), now), "2h ago");
}

}  // namespace
}  // namespace redress
