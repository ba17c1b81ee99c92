// Files of complaints: rows, columns, times, and the calls that they become.
#include <sstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/feed/rows/column_map.h"
#include "tools/feed/rows/row.h"
#include "tools/feed/rows/row_file.h"
#include "tools/feed/rows/row_request.h"
#include "tools/feed/rows/row_time.h"

namespace redress::feed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

std::vector<RowResult> All(RowReader& reader) {
  std::vector<RowResult> rows;
  while (auto next = reader.Next()) rows.push_back(*std::move(next));
  return rows;
}

std::vector<RowResult> Csv(const std::string& text) {
  std::istringstream in(text);
  auto reader = ReadCsv(in);
  EXPECT_TRUE(reader.ok()) << reader.status();
  return reader.ok() ? All(**reader) : std::vector<RowResult>();
}

std::vector<RowResult> Json(const std::string& text) {
  std::istringstream in(text);
  return All(*ReadJsonLines(in));
}

const Row& RowOf(const RowResult& result) {
  static const Row none;
  const Row* row = std::get_if<Row>(&result);
  EXPECT_NE(row, nullptr) << (row == nullptr ? std::get<RowProblem>(result).reason : "");
  return row == nullptr ? none : *row;
}

std::string ProblemOf(const RowResult& result) {
  const auto* problem = std::get_if<RowProblem>(&result);
  return problem == nullptr
             ? ""
             : absl::StrCat(problem->line, " ", problem->field, ": ", problem->reason);
}

TEST(Csv, QuotesHoldSeparatorsQuotesAndLineEnds) {
  const auto rows = Csv("id,text\r\n1,\"late, again\r\nand \"\"sorry\"\"\"\r\n2,plain\r\n");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_THAT(RowOf(rows[0]).values,
              ElementsAre(Pair("id", "1"), Pair("text", "late, again\r\nand \"sorry\"")));
  EXPECT_EQ(RowOf(rows[0]).line, 2);
  EXPECT_EQ(RowOf(rows[1]).line, 4);
}

TEST(Csv, LastRowNeedsNoLineEndAndEmptyCellsStay) {
  const auto rows = Csv("a,b,c\n1,,\n,\"\",3");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_THAT(RowOf(rows[0]).values, ElementsAre(Pair("a", "1"), Pair("b", ""), Pair("c", "")));
  EXPECT_THAT(RowOf(rows[1]).values, ElementsAre(Pair("a", ""), Pair("b", ""), Pair("c", "3")));
}

TEST(Csv, HeaderTellsTheSeparatorAndMayBeginWithAByteOrderMark) {
  EXPECT_EQ(RowOf(Csv("\xEF\xBB\xBFid;text\n1;a, b\n").at(0)).Find("text"), "a, b");
  EXPECT_EQ(RowOf(Csv("id\t\"x,y,z\"\n1\tq\n").at(0)).Find("x,y,z"), "q");
}

TEST(Csv, EveryRowThatIsNotWholeIsAProblemWithItsLine) {
  const auto rows = Csv("a,b\n1\n\n1,2\n\"x\"y,2\n1,\xff\n1,\"open\n");
  ASSERT_THAT(rows, SizeIs(6));
  EXPECT_EQ(ProblemOf(rows[0]), "2 row: 1 cells, the header row has 2");
  EXPECT_EQ(ProblemOf(rows[1]), "3 row: empty line");
  EXPECT_EQ(ProblemOf(rows[2]), "");
  EXPECT_EQ(ProblemOf(rows[3]), "5 row: text after a closing quote");
  EXPECT_EQ(ProblemOf(rows[4]), "6 b: not UTF-8");
  EXPECT_EQ(ProblemOf(rows[5]), "7 row: a quote is not closed");
}

TEST(Csv, NeedsAHeaderRow) {
  std::istringstream empty("");
  EXPECT_FALSE(ReadCsv(empty).ok());
  std::istringstream blank("\n1,2\n");
  EXPECT_FALSE(ReadCsv(blank).ok());
}

TEST(Csv, TwoColumnsOfOneNameAreToldApart) {
  EXPECT_THAT(RowOf(Csv("a,a,\n1,2,3\n").at(0)).values,
              ElementsAre(Pair("a", "1"), Pair("a_2", "2"), Pair("column_3", "3")));
}

TEST(JsonLines, NestedObjectsBecomeDottedNamesAndListsStayJson) {
  const auto rows =
      Json(R"({"id": 7, "extra": {"x": {"y": true}, "z": null}, "l": [1, "a"], "p": 2.5})");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_THAT(RowOf(rows[0]).values,
              ElementsAre(Pair("extra.x.y", "true"), Pair("extra.z", ""), Pair("id", "7"),
                          Pair("l", "[1,\"a\"]"), Pair("p", "2.5")));
}

TEST(JsonLines, EveryLineIsARowOrAProblem) {
  const auto rows = Json("{\"a\": 1}\n\n[1]\nnot json\n\xff\n{\"a\": 2}");
  ASSERT_THAT(rows, SizeIs(6));
  EXPECT_EQ(ProblemOf(rows[1]), "2 row: empty line");
  EXPECT_THAT(ProblemOf(rows[2]), HasSubstr("3 row: not a JSON object"));
  EXPECT_THAT(ProblemOf(rows[3]), HasSubstr("4 row: not a JSON object"));
  EXPECT_EQ(ProblemOf(rows[4]), "5 row: not UTF-8");
  EXPECT_EQ(RowOf(rows[5]).line, 6);
}

TEST(JsonLines, ALineBeyondTheBoundIsReadPast) {
  const auto rows =
      Json("{\"text\": \"" + std::string(kMaxRowBytes, 'x') + "\"}\n{\"text\": \"y\"}\n");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(ProblemOf(rows[0]), absl::StrCat("1 row: longer than ", kMaxRowBytes, " bytes"));
  EXPECT_EQ(RowOf(rows[1]).Find("text"), "y");
}

std::string Parsed(std::string_view text, absl::TimeZone zone = absl::UTCTimeZone()) {
  const auto time = ParseRowTime(text, zone);
  return time ? absl::FormatTime("%Y-%m-%d %H:%M:%E*S", *time, absl::UTCTimeZone()) : "none";
}

TEST(RowTime, FormsThatSourcesWrite) {
  for (const char* text :
       {"2015-02-24T11:35:52-08:00", "2015-02-24T19:35:52Z", "2015-02-24T19:35:52",
        "2015-02-24 19:35:52", "2015-02-24 11:35:52 -0800", "2015/2/24 19:35:52",
        "02/24/2015 07:35:52 PM", "02/24/2015 19:35:52", "24/02/2015 19:35:52",
        "24.02.2015 19:35:52", "Tue, 24 Feb 2015 11:35:52 -0800", "Tue Feb 24 11:35:52 -0800 2015",
        "2015年2月24日 19:35:52", "2015年02月24日19时35分52秒", "20150224193552", "1424806552",
        "1424806552000", "1424806552000000", "  2015-02-24T19:35:52Z "}) {
    EXPECT_EQ(Parsed(text), "2015-02-24 19:35:52") << text;
  }
  EXPECT_EQ(Parsed("2015-02-24T19:35:52.250+00:00"), "2015-02-24 19:35:52.25");
  for (const char* text : {"2015-02-24", "2015/02/24", "02/24/2015", "24/02/2015", "24.02.2015",
                           "20150224", "2015年2月24日", "24 Feb 2015", "Feb 24, 2015"}) {
    EXPECT_EQ(Parsed(text), "2015-02-24 00:00:00") << text;
  }
}

TEST(RowTime, WithoutZoneTheGivenOneHolds) {
  const absl::TimeZone east = absl::FixedTimeZone(8 * 3600);
  EXPECT_EQ(Parsed("2019-02-28T11:25:05", east), "2019-02-28 03:25:05");
  EXPECT_EQ(Parsed("2019-02-28T11:25:05Z", east), "2019-02-28 11:25:05");
}

TEST(RowTime, WhatIsNoTimeIsNone) {
  for (const char* text : {"", "soon", "2015-13-01", "20151301", "24-02-20", "0", "12345",
                           "2015-02-24T25:00:00", "9999999999999999999"}) {
    EXPECT_EQ(Parsed(text), "none") << text;
  }
}

TEST(ColumnMap, RolesAsGiven) {
  const auto map = ParseColumnMap("text=Narrative, time=Date received,category=product/issue");
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_THAT(map->columns.at(Role::kText), ElementsAre("Narrative"));
  EXPECT_THAT(map->columns.at(Role::kTime), ElementsAre("Date received"));
  EXPECT_THAT(map->columns.at(Role::kCategory), ElementsAre("product", "issue"));
}

TEST(ColumnMap, WrongSpecificationsSayWhatWouldBeRight) {
  EXPECT_THAT(ParseColumnMap("words=a").status().message(),
              HasSubstr("text, subject, time, id, channel"));
  EXPECT_THAT(ParseColumnMap("text").status().message(), HasSubstr("ROLE=COLUMN"));
  EXPECT_THAT(ParseColumnMap("text=a,text=b").status().message(), HasSubstr("given twice"));
  EXPECT_THAT(ParseColumnMap("category=a/b/c/d").status().message(), HasSubstr("one to three"));
}

TEST(ColumnMap, UsualNamesAreRecognised) {
  const auto map =
      MapColumns({}, {"id", "text", "lang", "label_l1", "label_l2", "label_l3", "sentiment",
                      "channel", "product", "region", "created_at", "extra.title"});
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_THAT(map->columns.at(Role::kCategory), ElementsAre("label_l1", "label_l2", "label_l3"));
  EXPECT_THAT(map->columns.at(Role::kTime), ElementsAre("created_at"));
  EXPECT_THAT(map->columns.at(Role::kLang), ElementsAre("lang"));
  EXPECT_FALSE(map->Takes("sentiment"));
  EXPECT_FALSE(map->Takes("extra.title"));
}

TEST(ColumnMap, FilesWithoutTextAreTakenByTheirCategory) {
  const auto map = MapColumns(
      {}, {"id", "created_at", "closed_at", "label_l1", "label_l2", "label_l3", "status"});
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_FALSE(map->Has(Role::kText));
  EXPECT_TRUE(map->Has(Role::kCategory));
}

TEST(ColumnMap, WhatIsGivenWinsAndMustExist) {
  ColumnMap given = *ParseColumnMap("text=words");
  const auto map = MapColumns(given, {"words", "text"});
  ASSERT_TRUE(map.ok());
  EXPECT_THAT(map->columns.at(Role::kText), ElementsAre("words"));
  EXPECT_THAT(MapColumns(given, {"text"}).status().message(),
              HasSubstr("no such column; there are text"));
  EXPECT_THAT(MapColumns({}, {"a", "b"}).status().message(),
              HasSubstr("--map text=COLUMN; there are a, b"));
}

class RowRequests : public ::testing::Test {
 protected:
  intake::v1::SubmitComplaintRequest Request(Row row) {
    auto made = Make(std::move(row));
    const auto* problem = std::get_if<RowProblem>(&made);
    EXPECT_EQ(problem, nullptr) << problem->field << ": " << problem->reason;
    return problem == nullptr ? std::get<intake::v1::SubmitComplaintRequest>(std::move(made))
                              : intake::v1::SubmitComplaintRequest();
  }
  std::string Problem(Row row) {
    const auto made = Make(std::move(row));
    const auto* problem = std::get_if<RowProblem>(&made);
    return problem == nullptr
               ? ""
               : absl::StrCat(problem->line, " ", problem->field, ": ", problem->reason);
  }
  std::variant<intake::v1::SubmitComplaintRequest, RowProblem> Make(Row row) {
    RowMeaning meaning;
    meaning.source = "old.jsonl";
    meaning.map = map;
    meaning.required = required;
    meaning.now = absl::FromCivil(absl::CivilDay(2026, 1, 1), absl::UTCTimeZone());
    return RequestOfRow(row, meaning);
  }

  ColumnMap map = *ParseColumnMap(
      "text=text,time=at,id=id,channel=channel,category=c1/c2,region=region,lang=lang");
  std::set<Role> required;
};

TEST_F(RowRequests, RolesGoWhereTheyBelongAndTheRestIsKeptSealed) {
  const auto request = Request({5,
                                {{"id", "r1"},
                                 {"text", " broken "},
                                 {"at", "2025-03-01T10:00:00Z"},
                                 {"channel", "Web"},
                                 {"region", "FL"},
                                 {"lang", "en"},
                                 {"company", "Acme"},
                                 {"empty", ""}}});
  EXPECT_EQ(request.text(), "broken");
  EXPECT_EQ(request.source_id().source(), "old.jsonl");
  EXPECT_EQ(request.source_id().row_key(), "r1");
  EXPECT_EQ(request.occurred_at().seconds(), 1740823200);
  EXPECT_FALSE(request.has_received_at());
  EXPECT_EQ(request.channel(), event::v1::WEB_FORM);
  EXPECT_EQ(request.region(), "FL");
  EXPECT_EQ(request.language(), "en");
  ASSERT_EQ(request.fields_size(), 1);
  EXPECT_EQ(request.fields(0).field_id(), "company");
  EXPECT_EQ(request.fields(0).text(), "Acme");
  EXPECT_TRUE(request.fields(0).personal());
}

TEST_F(RowRequests, RequestIdIsOfSourceAndRowKeyOnly) {
  const auto one = Request({1, {{"id", "r1"}, {"text", "a"}}});
  const auto same = Request({9, {{"id", "r1"}, {"text", "b"}}});
  const auto other = Request({1, {{"id", "r2"}, {"text", "a"}}});
  EXPECT_EQ(one.request_id(), same.request_id());
  EXPECT_NE(one.request_id(), other.request_id());
}

TEST_F(RowRequests, WithoutIdTheLineIsTheKeyAndNeverMeetsARealId) {
  EXPECT_EQ(Request({7, {{"text", "a"}}}).source_id().row_key(), "line:7");
  map.columns.erase(Role::kId);
  EXPECT_EQ(Request({7, {{"text", "a"}}}).source_id().row_key(), "7");
}

TEST_F(RowRequests, CategoryIsDeclaredOnlyWithoutText) {
  const auto declared = Request({1, {{"c1", "logistics"}, {"c2", "late_delivery"}}});
  EXPECT_THAT(declared.declared_category(), ElementsAre("logistics", "late_delivery"));
  const auto foreign = Request({1, {{"c1", "Debt"}, {"c2", "Not mine"}}});
  EXPECT_THAT(foreign.declared_category(), IsEmpty());
  EXPECT_THAT(foreign.labels(), ElementsAre("Debt", "Not mine"));
  const auto both = Request({1, {{"text", "a"}, {"c1", "Debt"}}});
  EXPECT_THAT(both.declared_category(), IsEmpty());
  EXPECT_THAT(both.labels(), ElementsAre("Debt"));
  EXPECT_EQ(Problem({3, {{"id", "x"}, {"text", "  "}}}), "3 text: no text and no category");
}

TEST_F(RowRequests, PathOfCodesInOneColumnIsSplit) {
  EXPECT_THAT(Request({1, {{"c1", "logistics/late_delivery/transit_delay"}}}).declared_category(),
              ElementsAre("logistics", "late_delivery", "transit_delay"));
  EXPECT_THAT(Request({1, {{"c1", "Credit card / other"}}}).labels(),
              ElementsAre("Credit card / other"));
}

TEST_F(RowRequests, TimeThatIsNoneIsKeptUnlessItIsRequired) {
  for (const char* at : {"soon", "2031-01-01", "1931-01-01"}) {
    const auto request = Request({1, {{"text", "a"}, {"at", at}}});
    EXPECT_FALSE(request.has_occurred_at());
    ASSERT_EQ(request.fields_size(), 1);
    EXPECT_EQ(request.fields(0).text(), at);
  }
  required = {Role::kTime};
  EXPECT_EQ(Problem({4, {{"text", "a"}, {"at", "soon"}}}),
            "4 at: required, and not a time in a known form");
  EXPECT_EQ(Problem({4, {{"text", "a"}}}), "4 at: required, and missing");
}

TEST_F(RowRequests, ChannelWordThatSaysMoreIsKept) {
  const auto tweet = Request({1, {{"text", "a"}, {"channel", "twitter"}}});
  EXPECT_EQ(tweet.channel(), event::v1::SOCIAL);
  EXPECT_EQ(tweet.fields(0).text(), "twitter");
  const auto unknown = Request({1, {{"text", "a"}, {"channel", "Referral"}}});
  EXPECT_EQ(unknown.channel(), event::v1::CHANNEL_UNSPECIFIED);
  EXPECT_EQ(unknown.fields(0).text(), "Referral");
}

TEST_F(RowRequests, LongValuesAreKeptInPiecesThatCutNoCharacter) {
  std::string words;
  while (words.size() < kMaxFieldBytes + 10) words += "慢";
  const auto request = Request({1, {{"text", "a"}, {"note", words}}});
  ASSERT_EQ(request.fields_size(), 2);
  EXPECT_EQ(request.fields(0).field_id(), "note");
  EXPECT_EQ(request.fields(1).field_id(), "note.2");
  EXPECT_EQ(request.fields(0).text() + request.fields(1).text(), words);
  EXPECT_EQ(request.fields(0).text().size() % 3, 0u);
}

TEST_F(RowRequests, TextBeyondTheLimitIsRejectedByName) {
  EXPECT_EQ(Problem({2, {{"text", std::string(kMaxTextBytes + 1, 'x')}}}),
            "2 text: 65537 bytes, at most 65536 are allowed");
}

// Nothing is mapped at the start of a process's memory: the system opens this file and cannot read
// it.
TEST(RowFile, SaysWhereItCannotBeReadOn) {
  const auto file = RowFile::Open("/proc/self/mem", ColumnMap());
  ASSERT_TRUE(file.ok()) << file.status();
  const auto first = (*file)->Next();
  ASSERT_TRUE(first.has_value());
  const RowProblem& problem = std::get<RowProblem>(*first);
  EXPECT_EQ(problem.line, 1);
  EXPECT_EQ(problem.field, "file");
  EXPECT_THAT(problem.reason, HasSubstr("cannot be read from here on"));
  EXPECT_FALSE((*file)->Next().has_value());
}

TEST(RowFiles, ColumnsAreThoseOfTheFirstRowsAndNoRowIsLost) {
  const std::string path = ::testing::TempDir() + "/rows_test_file.jsonl";
  std::ofstream(path) << "oops\n{\"id\": 1}\n{\"id\": 2, \"narrative\": \"late\"}\n";
  auto file = RowFile::Open(path, {});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT((*file)->map().columns.at(Role::kText), ElementsAre("narrative"));
  int rows = 0;
  while ((*file)->Next()) ++rows;
  EXPECT_EQ(rows, 3);
  EXPECT_EQ((*file)->share_read(), 1.0);
  EXPECT_EQ((*file)->name(), "rows_test_file.jsonl");
  EXPECT_EQ(RowFile::Open(path + ".none", {}).status().code(), absl::StatusCode::kNotFound);
}

TEST(RowFiles, LearnsFromFewRowsWhenTheyAreLong) {
  const std::string path = ::testing::TempDir() + "/rows_test_long.jsonl";
  {
    std::ofstream out(path);
    const std::string text(1 << 20, 'x');
    for (int i = 0; i < 20; ++i) out << "{\"text\": \"" << text << "\", \"id\": " << i << "}\n";
  }
  auto file = RowFile::Open(path, {});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_LT((*file)->share_read(), 0.5) << "rows that wait are held in memory";
  int rows = 0;
  while ((*file)->Next()) ++rows;
  EXPECT_EQ(rows, 20);
}

}  // namespace
}  // namespace redress::feed
