#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "redress/event/v1/options.pb.h"
#include "tests/compat/descriptor_check.h"
#include "tests/compat/golden_log.h"
#include "tests/compat/golden_stories.h"

namespace redress::compat {
namespace {

using google::protobuf::FileDescriptorSet;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::filesystem::path Folder() {
  const char* source = std::getenv("REDRESS_SOURCE_DIR");
  return std::filesystem::path(source == nullptr ? "." : source) / "tests/compat";
}

std::vector<GoldenLog> Logs() {
  auto logs = ReadLogs(Folder() / "golden");
  EXPECT_TRUE(logs.ok()) << logs.status();
  return logs.ok() ? *std::move(logs) : std::vector<GoldenLog>();
}

TEST(GoldenLogs, FoldToTheSameBytesForEver) {
  const auto committed = ReadOutcomes(Folder() / "golden/states.txt");
  ASSERT_TRUE(committed.ok()) << committed.status();
  const auto logs = Logs();
  ASSERT_EQ(logs.size(), committed->size())
      << "a golden log without outcome, or an outcome without log";
  for (const GoldenLog& log : logs) {
    ASSERT_EQ(committed->count(log.name), 1u) << log.name;
    const auto outcome = FoldLog(log);
    ASSERT_TRUE(outcome.ok()) << log.name << ": " << outcome.status();
    EXPECT_EQ(*outcome, committed->at(log.name)) << log.name;
  }
}

TEST(GoldenLogs, ExistForEveryPayloadTypeSchemaVersionAndStory) {
  std::set<std::string> names;
  for (const GoldenLog& log : Logs()) names.insert(log.name);
  for (const GoldenLog& story : CurrentStories()) {
    EXPECT_EQ(names.count(story.name), 1u)
        << story.name << ": run update_goldens tests/compat --update-new";
  }
}

TEST(GoldenLogs, HoldEveryVerdict) {
  std::set<char> verdicts;
  for (const GoldenLog& log : Logs()) {
    const auto outcome = FoldLog(log);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    const auto digits = outcome->find("verdicts");
    if (digits != outcome->end()) verdicts.insert(digits->second.begin(), digits->second.end());
  }
  EXPECT_THAT(verdicts, ElementsAre('0', '1', '2', '3', '4', '5'));
}

TEST(GoldenLogs, StoriesAreWrittenAlikeEveryTime) {
  const auto once = CurrentStories();
  const auto again = CurrentStories();
  ASSERT_EQ(once.size(), again.size());
  for (size_t i = 0; i < once.size(); ++i)
    EXPECT_EQ(EncodeLog(once[i]), EncodeLog(again[i])) << once[i].name;
}

TEST(GoldenLogs, AChangedRecordIsNoticed) {
  GoldenLog log = Logs().at(0);
  const auto before = FoldLog(log);
  ASSERT_TRUE(before.ok());
  log.records.back().pop_back();
  const auto after = FoldLog(log);
  EXPECT_TRUE(!after.ok() || *after != *before);
  log.records.back() = "\x0a\xff";
  EXPECT_EQ(FoldLog(log).status().code(), absl::StatusCode::kDataLoss);
}

FileDescriptorSet Golden() {
  FileDescriptorSet golden;
  std::ifstream in(Folder() / "descriptors.bin", std::ios::binary);
  EXPECT_TRUE(in && golden.ParseFromIstream(&in));
  return golden;
}

TEST(GoldenDescriptors, NothingOnTheLogIsLostOrChanged) {
  EXPECT_THAT(Incompatibilities(Golden(), CurrentDescriptors()), IsEmpty());
}

TEST(GoldenDescriptors, KnowEverythingThatIsReleasedNow) {
  EXPECT_THAT(Incompatibilities(CurrentDescriptors(), Golden()), IsEmpty())
      << "additions: run update_goldens tests/compat --update-new";
}

// The named file of the current set, to be spoilt.
google::protobuf::FileDescriptorProto* FileOf(FileDescriptorSet* set, const std::string& name) {
  for (auto& file : *set->mutable_file()) {
    if (file.name() == name) return &file;
  }
  ADD_FAILURE() << name;
  return set->add_file();
}

// What the check says when a message of the assessment file was changed.
std::vector<std::string> AfterChange(void (*change)(google::protobuf::DescriptorProto* assessed)) {
  FileDescriptorSet spoilt = CurrentDescriptors();
  for (auto& message :
       *FileOf(&spoilt, "redress/event/v1/assessment.proto")->mutable_message_type()) {
    if (message.name() == "ComplaintAssessed") change(&message);
  }
  return Incompatibilities(CurrentDescriptors(), spoilt);
}

TEST(GoldenDescriptors, CheckFindsALostField) {
  EXPECT_THAT(AfterChange([](auto* assessed) { assessed->mutable_field()->RemoveLast(); }),
              ElementsAre(HasSubstr("triggers = 2 is gone")));
}

TEST(GoldenDescriptors, CheckFindsARenamedField) {
  EXPECT_THAT(
      AfterChange([](auto* assessed) { assessed->mutable_field(0)->set_name("judgement"); }),
      Contains(HasSubstr("name was assessment, is judgement")));
}

TEST(GoldenDescriptors, CheckFindsAnotherNumber) {
  EXPECT_THAT(AfterChange([](auto* assessed) { assessed->mutable_field(1)->set_number(7); }),
              ElementsAre(HasSubstr("triggers = 2 is gone")));
}

TEST(GoldenDescriptors, CheckFindsAnotherType) {
  EXPECT_THAT(AfterChange([](auto* assessed) {
                assessed->mutable_field(1)->set_label(
                    google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
              }),
              Contains(HasSubstr("repeated was 1, is 0")));
}

TEST(GoldenDescriptors, CheckFindsALostWrite) {
  EXPECT_THAT(AfterChange([](auto* assessed) {
                auto* type = assessed->mutable_options()->MutableExtension(event::v1::payload_type);
                type->mutable_writes()->RemoveLast();
              }),
              ElementsAre(HasSubstr("writes was stage level triggers assessment")));
}

TEST(GoldenDescriptors, CheckFindsAnotherPayloadNumber) {
  EXPECT_THAT(
      AfterChange([](auto* assessed) {
        assessed->mutable_options()->MutableExtension(event::v1::payload_type)->set_number(99);
      }),
      ElementsAre(HasSubstr("payload number was 13, is 99")));
}

TEST(GoldenDescriptors, CheckFindsALostEnumValue) {
  FileDescriptorSet spoilt = CurrentDescriptors();
  for (auto& type : *FileOf(&spoilt, "redress/event/v1/shared.proto")->mutable_enum_type()) {
    if (type.name() == "Channel") type.mutable_value()->RemoveLast();
  }
  EXPECT_THAT(Incompatibilities(CurrentDescriptors(), spoilt),
              ElementsAre(HasSubstr("LETTER = 10 is gone")));
}

TEST(GoldenDescriptors, CheckWelcomesAdditions) {
  EXPECT_THAT(AfterChange([](auto* assessed) {
                auto* field = assessed->add_field();
                field->set_name("later");
                field->set_number(50);
                field->set_type(google::protobuf::FieldDescriptorProto::TYPE_BYTES);
                field->set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
                auto* type = assessed->mutable_options()->MutableExtension(event::v1::payload_type);
                type->add_writes(event::v1::CLOCKS);
                type->set_schema_version(2);
              }),
              IsEmpty());
}

}  // namespace
}  // namespace redress::compat
