// The tree keeps the rules of architecture §5; and each check finds a tree that breaks its rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/contract/rules.h"

namespace redress::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::vector<SourceFile>& Tree() {
  static const auto& tree = *new std::vector<SourceFile>([] {
    const char* root = std::getenv("REDRESS_SOURCE_DIR");
    auto read = ReadTree(root == nullptr ? "." : root, {"libs", "services", "proto", "tests",
                                                        "tools", "cmake", "deploy", "docs"});
    if (!read.ok()) ADD_FAILURE() << read.status();
    return read.ok() ? *std::move(read) : std::vector<SourceFile>();
  }());
  return tree;
}

TEST(Tree, IsRead) {
  EXPECT_GT(Tree().size(), 100u);
  int includes = 0;
  for (const SourceFile& file : Tree()) includes += static_cast<int>(file.includes.size());
  EXPECT_GT(includes, 500);
}

TEST(Tree, RoomsIncludeOnlyWhatTheyMay) {
  for (const RoomRule& rule : RoomRules()) EXPECT_THAT(Broken(rule, Tree()), IsEmpty());
}

TEST(Tree, HeadersAreIncludedOnlyWhereTheyMayBe) {
  for (const HeaderRule& rule : HeaderRules()) EXPECT_THAT(Broken(rule, Tree()), IsEmpty());
}

TEST(Tree, WordsStandOnlyWhereTheyMay) {
  for (const WordRule& rule : WordRules()) EXPECT_THAT(Broken(rule, Tree()), IsEmpty());
}

TEST(Tree, ServicesNeverIncludeEachOther) {
  EXPECT_THAT(ServicesThatIncludeOthers(Tree()), IsEmpty());
}

TEST(Tree, RoomsDoNotGoInCircles) { EXPECT_THAT(CirclesOfRooms(Tree()), IsEmpty()); }

TEST(Rules, AreAboutFilesThatExist) {
  for (const RoomRule& rule : RoomRules()) {
    int covered = 0;
    for (const SourceFile& file : Tree()) covered += MatchesAny(rule.files, file.path);
    EXPECT_GT(covered, 0) << rule.why;
  }
}

SourceFile FileThat(std::string path, const std::string& includes) {
  return MakeSourceFile(std::move(path), "// A file.\n#include \"" + includes + "\"\n");
}

// Number of rules of a kind that the one file breaks.
template <typename Rules>
std::vector<std::string> AllBroken(const Rules& rules, const SourceFile& file) {
  std::vector<std::string> all;
  for (const auto& rule : rules) {
    for (std::string& sentence : Broken(rule, {file})) all.push_back(std::move(sentence));
  }
  return all;
}

TEST(Checks, ReadIncludesOfBothKinds) {
  const SourceFile file = MakeSourceFile(
      "a.cc", "#include <vector>\n  #include \"libs/base/ids.h\"\n// #include <no>\n");
  EXPECT_THAT(file.includes, ElementsAre("vector", "libs/base/ids.h"));
}

TEST(Checks, FindADomainThatKnowsMoreThanItMay) {
  EXPECT_THAT(AllBroken(RoomRules(), FileThat("libs/domain/fold.cc", "libs/projection/overlay.h")),
              SizeIs(1));
  EXPECT_THAT(
      AllBroken(RoomRules(), FileThat("libs/domain/fold.cc", "redress/personal/v1/personal.pb.h")),
      SizeIs(1));
  EXPECT_THAT(
      AllBroken(RoomRules(), FileThat("libs/domain/fold.cc", "redress/event/v1/record.pb.h")),
      IsEmpty());
  EXPECT_THAT(AllBroken(RoomRules(), FileThat("libs/domain/fold_test.cc", "libs/testing/given.h")),
              IsEmpty());
}

TEST(Checks, FindAHeaderOutOfPlace) {
  const auto broken = [](const char* path, const char* include) {
    return AllBroken(HeaderRules(), FileThat(path, include)).size();
  };
  EXPECT_EQ(broken("libs/runtime/actor.h", "grpcpp/grpcpp.h"), 1u);
  EXPECT_EQ(
      broken("services/intake/decide/decide.cc", "redress/intake/v1/complaint_service.grpc.pb.h"),
      1u);
  EXPECT_EQ(
      broken("services/intake/api/commands.cc", "redress/intake/v1/complaint_service.grpc.pb.h"),
      0u);
  EXPECT_EQ(broken("libs/runtime/projector.cc", "redress/personal/v1/personal.pb.h"), 1u);
  EXPECT_EQ(broken("libs/privacy/seal.cc", "redress/personal/v1/personal.pb.h"), 0u);
  EXPECT_EQ(broken("libs/runtime/actor.cc", "mutex"), 1u);
  EXPECT_EQ(broken("libs/base/mutex.h", "mutex"), 0u);
  EXPECT_EQ(broken("libs/runtime/actor.cc", "libs/testing/given.h"), 1u);
  EXPECT_EQ(broken("libs/runtime/actor_test.cc", "libs/testing/given.h"), 0u);
  EXPECT_EQ(broken("libs/runtime/actor.cc", "services/intake/decide/decide.h"), 1u);
  EXPECT_EQ(broken("services/router/projection/rows.cc", "rocksdb/db.h"), 1u);
}

TEST(Checks, FindAWordOutOfPlace) {
  const auto broken = [](const char* path, std::string text) {
    return AllBroken(WordRules(), MakeSourceFile(path, std::move(text))).size();
  };
  EXPECT_EQ(broken("libs/runtime/actor.cc", "const auto now = absl::Now();"), 1u);
  EXPECT_EQ(broken("libs/base/clock.h", "const auto now = absl::Now();"), 0u);
  EXPECT_EQ(broken("tools/setup", std::string("cd /") + "work/main"), 1u);
  EXPECT_EQ(broken("services/router/main.cc", "#include \"services/router/work/rows.h\""), 0u);
  EXPECT_EQ(broken("proto/redress/event/v1/new.proto", "message M {\n  double share = 1;\n}"), 1u);
}

TEST(Checks, FindServicesThatIncludeEachOther) {
  EXPECT_THAT(
      ServicesThatIncludeOthers({FileThat("services/router/main.cc", "services/intake/api/api.h")}),
      ElementsAre(HasSubstr("services/router/main.cc has services/intake/api/api.h")));
  EXPECT_THAT(
      ServicesThatIncludeOthers({FileThat("services/suite/main.cc", "services/intake/api/api.h"),
                                 FileThat("services/intake/main.cc", "services/intake/api/api.h")}),
      IsEmpty());
}

TEST(Checks, FindCircles) {
  EXPECT_THAT(
      CirclesOfRooms({FileThat("libs/a/a.h", "libs/b/b.h"), FileThat("libs/b/b.h", "libs/c/c.h"),
                      FileThat("libs/c/c.h", "libs/a/other.h")}),
      ElementsAre("libs/a -> libs/b -> libs/c -> libs/a"));
  EXPECT_THAT(CirclesOfRooms({FileThat("libs/a/a.h", "libs/b/b.h"),
                              FileThat("libs/b/b_test.cc", "libs/a/a.h")}),
              IsEmpty());
}

}  // namespace
}  // namespace redress::contract
