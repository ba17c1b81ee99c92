// How well the default policy classifies the demo complaints, against the category that a person
// chose for each.
#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "services/classifier/decide/assess.h"
#include "services/classifier/testing/small_policy.h"

namespace redress::classifier {
namespace {

using event::v1::Assessment;

struct DemoLine {
  std::string id;
  std::string language;
  std::string subject;
  std::string text;
  std::vector<std::string> expected;
};

std::vector<DemoLine> ReadDemo() {
  const char* root = std::getenv("REDRESS_SOURCE_DIR");
  std::ifstream file(std::string(root == nullptr ? "." : root) + "/deploy/demo/complaints.jsonl");
  std::vector<DemoLine> lines;
  for (std::string json; std::getline(file, json);) {
    google::protobuf::Struct line;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &line).ok()) << json;
    const auto& fields = line.fields();
    if (!fields.contains("expect")) continue;
    const auto text = [&](const char* name) {
      return fields.contains(name) ? fields.at(name).string_value() : std::string();
    };
    const std::string category =
        fields.at("expect").struct_value().fields().at("category").string_value();
    lines.push_back({text("id"), text("language"), text("subject"), text("text"),
                     absl::StrSplit(category, '/')});
  }
  return lines;
}

// Lines of a language whose first `levels` codes are the expected ones.
struct Score {
  int lines = 0;
  std::array<int, 3> right = {};
  double share(size_t level) const { return static_cast<double>(right[level]) / lines; }
};

class DemoAccuracy : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto engine = *TriageEngine::Build(DefaultPolicy());
    for (const DemoLine& line : ReadDemo()) {
      AssessInput input;
      input.subject = line.subject;
      input.text = line.text;
      const Assessment assessment = Assess(input, *engine).assessment;
      languages_right_ += assessment.language() == line.language;
      size_t depth = 0;
      while (depth < 3 &&
             assessment.category(static_cast<int>(depth)).code() == line.expected[depth])
        ++depth;
      for (Score* score : {&all_, line.language == "zh" ? &chinese_ : &english_}) {
        ++score->lines;
        for (size_t level = 0; level < depth; ++level) ++score->right[level];
      }
      sure_ += assessment.abstained_at() == 0;
      sure_and_right_ += assessment.abstained_at() == 0 && depth == 3;
      if (depth < 3 && std::getenv("REDRESS_SHOW_MISSES") != nullptr) {
        std::cout << line.id << " expected " << absl::StrJoin(line.expected, "/") << ", got "
                  << assessment.explained().result() << ", runner-up " << assessment.runner_up()
                  << "\n";
      }
    }
    std::cout << "department / type / cause, per cent: all " << Shares(all_) << ", zh "
              << Shares(chinese_) << ", en " << Shares(english_) << "; sure of " << sure_
              << " lines, right in " << sure_and_right_ << " of them\n";
  }
  static std::string Shares(const Score& score) {
    return absl::StrCat(score.right[0] * 100 / score.lines, " / ",
                        score.right[1] * 100 / score.lines, " / ",
                        score.right[2] * 100 / score.lines, " (", score.lines, " lines)");
  }

  static inline Score all_;
  static inline Score chinese_;
  static inline Score english_;
  static inline int languages_right_ = 0;
  static inline int sure_ = 0;
  static inline int sure_and_right_ = 0;
};

TEST_F(DemoAccuracy, MostCategoriesAreWhatAPersonWouldChoose) {  // F4.5
  ASSERT_GE(all_.lines, 200);
  EXPECT_GE(all_.share(0), 0.90);
  EXPECT_GE(all_.share(1), 0.85);
  EXPECT_GE(all_.share(2), 0.80);
}

TEST_F(DemoAccuracy, NeitherLanguageIsLeftBehind) {
  ASSERT_GE(chinese_.lines, 50);
  ASSERT_GE(english_.lines, 50);
  EXPECT_GE(chinese_.share(0), 0.85);
  EXPECT_GE(english_.share(0), 0.85);
  EXPECT_EQ(languages_right_, all_.lines);
}

TEST_F(DemoAccuracy, BeingSureMeansBeingRightMoreOften) {
  ASSERT_GT(sure_, 0);
  EXPECT_GT(static_cast<double>(sure_and_right_) / sure_, all_.share(2));
}

}  // namespace
}  // namespace redress::classifier
