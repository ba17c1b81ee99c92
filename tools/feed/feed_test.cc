// The feed against a small suite that behaves as each test says: every line ends in one of three
// ways, what may be repeated is repeated with its request id, and the report tells it all.
#include "tools/feed/feed.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "libs/base/mutex.h"
#include "libs/errors/errors.h"
#include "libs/rpc/server.h"
#include "redress/intake/v1/complaint_service.pb.h"
#include "redress/intake/v1/directory_service.pb.h"
#include "redress/intake/v1/inbound_service.pb.h"
#include "redress/intake/v1/log_service.pb.h"
#include "tools/feed/demo_line.h"
#include "tools/feed/inbound.h"
#include "tools/feed/rows/row_file.h"
#include "tools/feed/submit_loop.h"

namespace redress::feed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using namespace intake::v1;  // NOLINT: the whole API in small

std::string SourceFile(std::string_view path) {
  const char* source = std::getenv("REDRESS_SOURCE_DIR");
  return absl::StrCat(source == nullptr ? "." : source, "/", std::string(path));
}

// Keeps what was submitted and published, and answers as intake does: once per identity.
class SmallSuite {
 public:
  SmallSuite() : server_({}) {
    server_.Register(Complaints());
    server_.Register(Directory());
    server_.Register(Inbound());
    RpcService log("redress.intake.v1.LogService");
    log.Unary<GetStatusRequest, GetStatusResponse>(
        "GetStatus", {},
        [this](const CallContext&, const GetStatusRequest&, Done<GetStatusResponse> done) {
          GetStatusResponse response;
          auto* partition = response.add_modules()->add_partitions();
          partition->set_topic("redress.complaints.v1");
          MutexLock lock(mutex_);
          // The genesis record and one event for each complaint.
          partition->set_end(1 + static_cast<int64_t>(complaints_.size()));
          partition->set_position(partition->end());
          done(std::move(response));
        });
    server_.Register(std::move(log));
    const auto port = server_.Start();
    EXPECT_TRUE(port.ok()) << port.status();
    address_ = absl::StrCat("127.0.0.1:", port.value_or(0));
  }

  const std::string& address() const { return address_; }
  // How often the next submissions are answered with this before they are taken.
  void FailFirst(int times, absl::Status status) {
    MutexLock lock(mutex_);
    fail_times_ = times;
    fail_with_ = std::move(status);
  }
  int calls() {
    MutexLock lock(mutex_);
    return calls_;
  }
  std::set<std::string> request_ids() {
    MutexLock lock(mutex_);
    return request_ids_;
  }
  std::vector<std::string> available() {
    MutexLock lock(mutex_);
    return available_;
  }
  size_t complaints() {
    MutexLock lock(mutex_);
    return complaints_.size();
  }

 private:
  RpcService Complaints() {
    RpcService service("redress.intake.v1.ComplaintService");
    service.Unary<SubmitComplaintRequest, SubmitComplaintResponse>(
        "SubmitComplaint", {},
        [this](const CallContext&, const SubmitComplaintRequest& request,
               Done<SubmitComplaintResponse> done) { done(Submit(request)); });
    service.Unary<ListComplaintsRequest, ListComplaintsResponse>(
        "ListComplaints", {},
        [this](const CallContext&, const ListComplaintsRequest&,
               Done<ListComplaintsResponse> done) {
          ListComplaintsResponse response;
          MutexLock lock(mutex_);
          for (const auto& [identity, id] : complaints_) {
            auto* complaint = response.add_complaints();
            complaint->set_id(id);
            complaint->set_tracking_code("code-" + id);
            complaint->set_stage(api::v1::STAGE_ASSESSED);
            complaint->set_level(2);
            complaint->set_owner("agent-1");
            for (const char* code : {"logistics", "late_delivery", "transit_delay"}) {
              complaint->add_category()->set_code(code);
            }
            complaint->mutable_priority()->set_band(1);
          }
          done(std::move(response));
        });
    service.Unary<GetHistoryRequest, GetHistoryResponse>(
        "GetHistory", {},
        [](const CallContext&, const GetHistoryRequest&, Done<GetHistoryResponse> done) {
          GetHistoryResponse response;
          auto* entry = response.add_entries();
          entry->set_type_name("ComplaintEscalated");
          auto& payload = *entry->mutable_payload()->mutable_fields();
          payload["from_level"].set_number_value(1);
          payload["to_level"].set_number_value(2);
          payload["because"].mutable_list_value()->add_values()->set_string_value("TIME_USED");
          done(std::move(response));
        });
    service.Unary<LookupSourceRequest, LookupSourceResponse>(
        "LookupSource", {},
        [this](const CallContext&, const LookupSourceRequest& request,
               Done<LookupSourceResponse> done) {
          LookupSourceResponse response;
          response.set_state(LookupSourceResponse::STATE_NOT_YET);
          const std::string& key = request.channel_item().source_message_key();
          MutexLock lock(mutex_);
          if (const auto found = complaints_.find(key); found != complaints_.end()) {
            response.set_state(LookupSourceResponse::STATE_TAKEN);
            response.set_complaint_id(found->second);
          } else if (screened_.count(key) != 0) {
            response.set_state(LookupSourceResponse::STATE_SCREENED);
            response.set_screened_reason("AUTO_SUBMITTED");
          }
          done(std::move(response));
        });
    return service;
  }

  RpcService Directory() {
    RpcService service("redress.intake.v1.DirectoryService");
    service.Unary<GetPolicyRequest, GetPolicyResponse>(
        "GetPolicy", {},
        [](const CallContext&, const GetPolicyRequest&, Done<GetPolicyResponse> done) {
          done(GetPolicyResponse());
        });
    service.Unary<ListAgentsRequest, ListAgentsResponse>(
        "ListAgents", {},
        [](const CallContext&, const ListAgentsRequest&, Done<ListAgentsResponse> done) {
          ListAgentsResponse response;
          response.add_agents()->set_code("agent-1");
          response.add_agents()->set_code("agent-2");
          response.mutable_agents(1)->set_presence(event::v1::PresenceChanged::AVAILABLE);
          done(std::move(response));
        });
    service.Unary<SetPresenceRequest, api::v1::CommandAnswer>(
        "SetPresence", {},
        [this](const CallContext&, const SetPresenceRequest& request,
               Done<api::v1::CommandAnswer> done) {
          {
            MutexLock lock(mutex_);
            available_.push_back(request.agent());
          }
          done(api::v1::CommandAnswer());
        });
    return service;
  }

  RpcService Inbound() {
    RpcService service("redress.intake.v1.InboundService");
    service.Unary<PublishRequest, PublishResponse>(
        "Publish", {},
        [this](const CallContext&, const PublishRequest& request, Done<PublishResponse> done) {
          PublishResponse response;
          MutexLock lock(mutex_);
          for (const auto& item : request.items()) {
            response.add_outcomes()->mutable_position();
            const auto& personal = item.item().personal();
            if (item.item().message().auto_submitted()) {
              screened_.insert(personal.source_message_key());
            } else if (personal.in_reply_keys_size() > 0) {
              complaints_.emplace(personal.source_message_key(),
                                  complaints_[personal.in_reply_keys(0)]);
            } else {
              Take(personal.source_message_key());
            }
          }
          done(std::move(response));
        });
    return service;
  }

  absl::StatusOr<SubmitComplaintResponse> Submit(const SubmitComplaintRequest& request) {
    MutexLock lock(mutex_);
    ++calls_;
    request_ids_.insert(request.request_id());
    if (fail_times_ > 0) {
      --fail_times_;
      return fail_with_;
    }
    if (request.text() == "reused") {
      return MakeError(absl::StatusCode::kAlreadyExists, reason::kRequestIdReused, "another body");
    }
    if (request.text() == "bad") return InvalidField("region", "not known");
    SubmitComplaintResponse response;
    const std::string identity =
        request.has_source_id() ? request.source_id().row_key() : request.request_id();
    response.set_replayed(complaints_.count(identity) != 0);
    response.set_complaint_id(Take(identity));
    return response;
  }

  std::string Take(const std::string& identity) {
    return complaints_.emplace(identity, absl::StrCat("id-", complaints_.size())).first->second;
  }

  Mutex mutex_;
  std::map<std::string, std::string> complaints_;
  std::set<std::string> screened_;
  std::set<std::string> request_ids_;
  std::vector<std::string> available_;
  int calls_ = 0;
  int fail_times_ = 0;
  absl::Status fail_with_;
  RpcServer server_;
  std::string address_;
};

class Feeding : public ::testing::Test {
 protected:
  std::string File(const std::string& name, const std::string& content) {
    const std::string path = absl::StrCat(::testing::TempDir(), "/feed_", getpid(), "_", name);
    std::ofstream(path) << content;
    return path;
  }
  FeedReport Feed(FeedOptions options) {
    options.server = suite.address();
    options.still = absl::Milliseconds(50);
    std::ostringstream said;
    Progress progress(said, false);
    auto report = RunFeed(options, stop, &progress);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *std::move(report) : FeedReport();
  }

  SmallSuite suite;
  std::atomic<bool> stop{false};
};

TEST_F(Feeding, EveryLineIsTakenADuplicateOrRejectedWithItsReason) {
  const std::string path =
      File("three.jsonl",
           "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2, \"text\": \"reused\"}\n{\"id\": 1, \"text\": "
           "\"a\"}\nno json\n{\"id\": 3, \"text\": \"bad\"}\n{\"id\": 4}\n\n");
  const FeedReport report = Feed({.data = {path}, .in_flight = 1});
  EXPECT_EQ(report.tally.taken(), 1);
  EXPECT_EQ(report.tally.duplicates(), 2);
  EXPECT_EQ(report.tally.lines(), 7);
  std::vector<std::string> rejected;
  for (const auto& one : report.tally.rejected()) {
    rejected.push_back(absl::StrCat(one.origin.line, " ", one.field, ": ", one.reason));
  }
  EXPECT_THAT(rejected, ::testing::UnorderedElementsAre(
                            HasSubstr("4 row: not a JSON object"), "5 region: not known",
                            "6 text: no text and no category", "7 row: empty line"));
  EXPECT_TRUE(report.complete) << report.trouble;
  EXPECT_EQ(report.events, 1);
}

TEST_F(Feeding, FeedingTheSameFileAgainTakesNothing) {
  const std::string path = File("twice.csv", "id,text\n1,a\n2,\"b\nc\"\n");
  EXPECT_EQ(Feed({.data = {path}}).tally.taken(), 2);
  const FeedReport again = Feed({.data = {path}});
  EXPECT_EQ(again.tally.taken(), 0);
  EXPECT_EQ(again.tally.duplicates(), 2);
  EXPECT_THAT(again.complaints, SizeIs(2));
}

TEST_F(Feeding, OverloadIsRepeatedWithTheSameRequestId) {
  suite.FailFirst(3, WithRetryDelay(MakeError(absl::StatusCode::kResourceExhausted,
                                              reason::kOverloaded, "later"),
                                    absl::Milliseconds(1)));
  const FeedReport report = Feed({.data = {File("busy.jsonl", "{\"id\": 1, \"text\": \"a\"}\n")}});
  EXPECT_EQ(report.tally.taken(), 1);
  EXPECT_EQ(suite.calls(), 4);
  EXPECT_THAT(suite.request_ids(), SizeIs(1));
}

TEST_F(Feeding, AServerThatDoesNotLetUsEndsTheFeed) {
  suite.FailFirst(1000,
                  MakeError(absl::StatusCode::kPermissionDenied, reason::kRoleRequired, "no"));
  const FeedReport report = Feed(
      {.data = {File("no.jsonl", "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2, \"text\": \"b\"}\n")}});
  EXPECT_FALSE(report.complete);
  EXPECT_THAT(report.trouble, HasSubstr("broke off"));
  EXPECT_EQ(report.tally.taken(), 0);
}

TEST_F(Feeding, StoppedItSaysWhatWasDone) {
  stop = true;
  const FeedReport report = Feed({.data = {File("stop.jsonl", "{\"id\": 1, \"text\": \"a\"}\n")}});
  EXPECT_FALSE(report.complete);
  EXPECT_THAT(report.trouble, HasSubstr("feed the same again"));
  EXPECT_EQ(suite.calls(), 0);
}

TEST_F(Feeding, AgentsOfTheRosterAreMadeAvailable) {
  Feed({.data = {File("staff.jsonl", "{\"id\": 1, \"text\": \"a\"}\n")}});
  EXPECT_THAT(suite.available(), ElementsAre("agent-1"));
}

TEST_F(Feeding, FilesThatMeanNothingAreToldBeforeAnythingIsFed) {
  std::ostringstream said;
  Progress progress(said, false);
  const auto report = RunFeed(
      {.server = suite.address(), .data = {File("odd.jsonl", "{\"a\": 1}\n")}}, stop, &progress);
  EXPECT_EQ(report.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("--map text=COLUMN; there are a"));
  EXPECT_THAT(suite.available(), SizeIs(0));
}

TEST_F(Feeding, TheDemoGoesHalfByCallsHalfByTheInboundTopic) {
  const FeedReport report = Feed({.demo = SourceFile("deploy/demo/complaints.jsonl")});
  // As its README counts: 230 complaints and 12 messages of those, 3 deliveries for the second
  // time, 3 screened.
  EXPECT_EQ(report.tally.lines(), 248);
  EXPECT_EQ(report.tally.taken(), 242);
  EXPECT_EQ(report.tally.duplicates(), 3);
  ASSERT_THAT(report.tally.rejected(), SizeIs(3));
  EXPECT_THAT(report.tally.rejected()[0].reason, HasSubstr("screened: AUTO_SUBMITTED"));
  EXPECT_THAT(report.complaints, SizeIs(230));
  const FeedReport again = Feed({.demo = SourceFile("deploy/demo/complaints.jsonl")});
  EXPECT_EQ(again.tally.taken(), 0);
  EXPECT_EQ(again.tally.lines(), 248);
}

TEST_F(Feeding, ReportsTellTheSameAsJsonAndAsAPicture) {
  FeedReport report =
      Feed({.data = {File("report.jsonl", "{\"id\": \"r1\", \"text\": \"a\"}\nx\n")}});
  report.endpoints["grpc"] = "127.0.0.1:1";
  report.data_dir = "somewhere";
  std::ostringstream json;
  WriteJson(report, json);
  google::protobuf::Struct read;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json.str(), &read).ok()) << json.str();
  const auto& fields = read.fields();
  EXPECT_EQ(fields.at("taken").number_value(), 1);
  EXPECT_EQ(fields.at("duplicates").number_value(), 0);
  EXPECT_EQ(fields.at("rejected")
                .list_value()
                .values(0)
                .struct_value()
                .fields()
                .at("line")
                .number_value(),
            2);
  EXPECT_EQ(fields.at("endpoints").struct_value().fields().at("grpc").string_value(),
            "127.0.0.1:1");
  ASSERT_EQ(fields.at("complaints").list_value().values_size(), 1);
  const auto& complaint = fields.at("complaints").list_value().values(0).struct_value().fields();
  EXPECT_EQ(complaint.at("source_id").string_value(), "r1");
  EXPECT_EQ(complaint.at("category_path").list_value().values_size(), 3);
  EXPECT_EQ(complaint.at("owner").string_value(), "agent-1");
  EXPECT_EQ(complaint.at("level").number_value(), 2);
  EXPECT_EQ(fields.at("escalations")
                .list_value()
                .values(0)
                .struct_value()
                .fields()
                .at("because")
                .string_value(),
            "time used");

  std::ostringstream picture;
  PrintPicture(report, 200, {}, picture);
  for (const char* part : {"code-id-0", "logistics/late_delivery/transit_delay", "L2", "1 critical",
                           "agent-1", "L1 → L2", "time used", "report.jsonl:2: row:",
                           "2 lines: 1 taken", "127.0.0.1:1", "somewhere"}) {
    EXPECT_THAT(picture.str(), HasSubstr(part));
  }
  EXPECT_THAT(picture.str(), Not(HasSubstr("\033[")));
}

TEST(DemoLines, EveryLineOfTheSetIsReadable) {
  std::ifstream in(SourceFile("deploy/demo/complaints.jsonl"));
  const auto reader = ReadJsonLines(in);
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  int calls = 0;
  int items = 0;
  while (auto next = reader->Next()) {
    const DemoLine line = ReadDemoLine(std::get<Row>(*next), now);
    calls += std::holds_alternative<SubmitComplaintRequest>(line) ? 1 : 0;
    items += std::holds_alternative<personal::v1::InboundItem>(line) ? 1 : 0;
    if (const auto* request = std::get_if<SubmitComplaintRequest>(&line)) {
      EXPECT_LT(request->received_at().seconds(), 1'800'000'000);
      EXPECT_GT(request->received_at().seconds(), 1'800'000'000 - 11 * 86400);
      EXPECT_FALSE(request->complainant().name().empty());
    }
  }
  EXPECT_EQ(calls, 115);
  EXPECT_EQ(items, 133);
}

TEST(DemoLines, WhatIsMissingIsNamed) {
  const DemoLine line = ReadDemoLine({3, {{"id", "x"}, {"via", "grpc"}}}, absl::UnixEpoch());
  ASSERT_TRUE(std::holds_alternative<RowProblem>(line));
  EXPECT_EQ(std::get<RowProblem>(line).field, "channel");
}

TEST(DemoLines, TimesCountBack) {
  EXPECT_EQ(ParseAgo("3d4h20m"), absl::Hours(76) + absl::Minutes(20));
  EXPECT_EQ(ParseAgo("45s"), absl::Seconds(45));
  for (const char* text : {"", "3", "d", "3x", "3d 4h", "-1d"})
    EXPECT_EQ(ParseAgo(text), std::nullopt) << text;
}

}  // namespace
}  // namespace redress::feed
