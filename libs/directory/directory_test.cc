#include "libs/directory/directory.h"

#include <gtest/gtest.h>

#include "libs/base/hash.h"

namespace redress {
namespace {

EntityRow Row(const EntityId& id) {
  EntityRow row;
  row.id = id;
  return row;
}

void AddTeam(Directory* directory, const std::string& code) {
  EntityRow row = Row(EntityIdOf("team", code));
  row.state.mutable_definition()->mutable_team()->set_code(code);
  directory->Apply(row);
}

void Activate(Directory* directory, const std::string& scope, const ContentHash& manifest,
              int64_t from_us) {
  EntityRow row = Row(EntityIdOf("scope", scope));
  auto* activation = row.state.mutable_definition()->mutable_activation();
  activation->set_scope(scope);
  activation->set_manifest(manifest.ToBytes());
  activation->set_effective_from_us(from_us);
  directory->Apply(row);
}

TEST(Directory, ShowsTeamsInTheOrderOfTheirCodes) {
  Directory directory;
  for (const char* code : {"b", "c", "a"}) AddTeam(&directory, code);
  std::string codes;
  for (const auto& [id, team] : directory.Teams()) codes += team->definition().team().code();
  EXPECT_EQ(codes, "abc");
  EXPECT_EQ(directory.CodeOf(EntityIdOf("team", "b").bytes()), "b");
  EXPECT_EQ(directory.CodeOf(EntityIdOf("team", "z").bytes()), EntityIdOf("team", "z").ToHex());
  EXPECT_EQ(directory.CodeOf(""), "");
}

TEST(Directory, WhoDepartedIsKnownByIdAndNotFoundByCode) {
  Directory directory;
  EntityRow row = Row(EntityIdOf("agent", "ann"));
  row.state.mutable_definition()->mutable_agent()->set_code("ann");
  directory.Apply(row);
  EXPECT_NE(directory.FindAgent("ann"), nullptr);
  EXPECT_EQ(directory.Agents().size(), 1u);
  row.state.mutable_definition()->set_departed_at_us(1);
  directory.Apply(row);
  EXPECT_EQ(directory.FindAgent("ann"), nullptr);
  EXPECT_TRUE(directory.Agents().empty());
  EXPECT_EQ(directory.CodeOf(row.id.bytes()), "ann");
}

TEST(Directory, F9_17_ARegionsOwnPolicyGoesBeforeThatForEverywhere) {
  Directory directory;
  EXPECT_FALSE(directory.ActivePolicy("gb", 10));
  Activate(&directory, "", HashOf("everywhere"), 5);
  Activate(&directory, "gb", HashOf("gb"), 20);
  EXPECT_EQ(directory.ActivePolicy("cn", 10), HashOf("everywhere"));
  EXPECT_EQ(directory.ActivePolicy("gb", 10), HashOf("everywhere"))
      << "its own is not in force yet";
  EXPECT_EQ(directory.ActivePolicy("gb", 20), HashOf("gb"));
  EXPECT_FALSE(directory.ActivePolicy("", 4));
}

TEST(Directory, PutsPublishedCalendarsOnTheShelf) {
  Directory directory;
  const uint64_t before = directory.revision();
  EntityRow row = Row(EntityId::FromBytesOrNone(HashOf("content").bytes()));
  auto* part = row.state.mutable_definition()->mutable_policy_part();
  policy::v1::Calendar calendar;
  calendar.set_code("cn");
  part->set_part("calendar");
  part->set_content(calendar.SerializeAsString());
  part->set_hash(HashOf("content").ToBytes());
  directory.Apply(row);
  EXPECT_TRUE(directory.calendars().Has(HashOf("content")));
  EXPECT_EQ(directory.calendars().CodeOf(HashOf("content")), "cn");
  EXPECT_GT(directory.revision(), before);
}

TEST(Directory, AnEntityOfANewerReleaseIsMarked) {
  Directory directory;
  EntityRow row = Row(EntityIdOf("team", "a"));
  EXPECT_FALSE(directory.IsNewer(row.id));
  row.newer = true;
  directory.Apply(row);
  EXPECT_TRUE(directory.IsNewer(row.id));
}

}  // namespace
}  // namespace redress
