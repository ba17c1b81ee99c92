// redressctl as people call it: help that teaches, exit codes, policies checked without a suite,
// calls to a small one.
#include "tools/redressctl/command_line.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/errors/errors.h"
#include "libs/rpc/server.h"
#include "redress/intake/v1/complaint_service.pb.h"
#include "redress/intake/v1/log_service.pb.h"

namespace redress::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

Ran Execute(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = RunRedressctl(arguments, {}, out, err);
  return {code, out.str(), err.str()};
}

std::string DefaultPolicy() {
  const char* source = std::getenv("REDRESS_SOURCE_DIR");
  return absl::StrCat(source == nullptr ? "." : source, "/deploy/policy/default.yaml");
}

std::string TempFile(const std::string& content) {
  static int number = 0;
  const std::string path = absl::StrCat(::testing::TempDir(), "/ctl_", getpid(), "_", number++);
  std::ofstream(path) << content;
  return path;
}

TEST(Help, TeachesWithExamplesAndExitCodes) {
  const Ran ran = Execute({"--help"});
  EXPECT_EQ(ran.code, 0);
  for (const char* part :
       {"Examples:", "redressctl submit --text", "redressctl policy check", "Exit code: 0 done",
        "REDRESS_SERVER", "submit", "get", "list", "watch", "tail", "stats", "policy"}) {
    EXPECT_THAT(ran.out, HasSubstr(part));
  }
}

TEST(Help, EveryCommandHasItsOwn) {
  for (const char* command : {"submit", "get", "list", "watch", "tail", "stats", "policy"}) {
    const Ran ran = Execute({command, "--help"});
    EXPECT_EQ(ran.code, 0) << command;
    EXPECT_THAT(ran.out, HasSubstr(command));
  }
}

TEST(Usage, WrongFlagsExitWith2) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"fly"},
      {"get"},
      {"list", "--level", "9"},
      {"list", "--order", "best"},
      {"submit"},
      {"submit", "--text", "x", "--file", "y"},
      {"submit", "--text", "x", "--channel", "pigeon"},
      {"submit", "--text", "x", "--amount", "lots"},
      {"get", "x", "--as-of", "yesterday"},
      {"list", "--stage", "odd"},
      {"policy"},
      {"policy", "check", "/nowhere/policy.yaml"},
      {"submit", "--file", "/nowhere/letter.txt"}};
  for (const auto& arguments : wrong) {
    const Ran ran = Execute(arguments);
    EXPECT_EQ(ran.code, 2) << ::testing::PrintToString(arguments);
    EXPECT_THAT(ran.err, Not(::testing::IsEmpty()));
  }
}

TEST(PolicyCheck, GoodPolicyShowsItsPartsAndHash) {
  const Ran ran = Execute({"policy", "check", DefaultPolicy()});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("good, manifest "));
  EXPECT_THAT(ran.out, HasSubstr("taxonomy"));
  const Ran json = Execute({"--json", "policy", "check", DefaultPolicy()});
  EXPECT_THAT(json.out, HasSubstr("{\"manifest\": \""));
}

TEST(PolicyCheck, BrokenPolicyNamesFileLineAndField) {
  std::ifstream in(DefaultPolicy());
  std::string yaml((std::istreambuf_iterator<char>(in)), {});
  const std::string path =
      TempFile(absl::StrReplaceAll(yaml, {{"category: logistics/lost_parcel/never_arrived}",
                                           "category: logistics/lost_parcel/no_such_cause}"}}));
  const Ran ran = Execute({"policy", "check", path});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr(path + ":"));
  EXPECT_THAT(ran.err, HasSubstr("no_such_cause"));
  EXPECT_THAT(ran.err, HasSubstr("problem"));
  const Ran json = Execute({"policy", "check", path, "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.out, HasSubstr("\"line\": "));
}

TEST(PolicyCheck, WhatIsNoYamlIsAProblemToo) {
  const Ran ran = Execute({"policy", "check", TempFile("{[")});
  EXPECT_EQ(ran.code, 1);
}

// A suite of three methods.
class WithSuite : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = std::make_unique<RpcServer>(RpcServerOptions{});
    RpcService complaints("redress.intake.v1.ComplaintService");
    complaints.Unary<intake::v1::SubmitComplaintRequest, intake::v1::SubmitComplaintResponse>(
        "SubmitComplaint", {},
        [this](const CallContext&, const intake::v1::SubmitComplaintRequest& request,
               Done<intake::v1::SubmitComplaintResponse> done) {
          submitted_ = request;
          intake::v1::SubmitComplaintResponse response;
          response.set_tracking_code("0000-0000-0000-0");
          done(std::move(response));
        });
    complaints.Unary<intake::v1::ListComplaintsRequest, intake::v1::ListComplaintsResponse>(
        "ListComplaints", {},
        [this](const CallContext&, const intake::v1::ListComplaintsRequest& request,
               Done<intake::v1::ListComplaintsResponse> done) {
          listed_ = request;
          // Two pages of two.
          intake::v1::ListComplaintsResponse response;
          for (int i = 0; i < 2; ++i) {
            auto* complaint = response.add_complaints();
            complaint->set_tracking_code(absl::StrCat("code-", request.page_token(), i));
            complaint->set_stage(api::v1::STAGE_ASSESSED);
            complaint->set_headline("包裹一直没到");
          }
          if (request.page_token().empty()) response.set_next_page_token("more");
          done(std::move(response));
        });
    complaints.Unary<intake::v1::GetComplaintRequest, api::v1::Complaint>(
        "GetComplaint", {},
        [](const CallContext&, const intake::v1::GetComplaintRequest&,
           Done<api::v1::Complaint> done) {
          done(MakeError(absl::StatusCode::kNotFound, reason::kNotFound, "no such complaint"));
        });
    server_->Register(std::move(complaints));
    const auto port = server_->Start();
    ASSERT_TRUE(port.ok()) << port.status();
    address_ = absl::StrCat("127.0.0.1:", *port);
  }

  Ran Call(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", address_});
    return Execute(arguments);
  }

  std::unique_ptr<RpcServer> server_;
  std::string address_;
  intake::v1::SubmitComplaintRequest submitted_;
  intake::v1::ListComplaintsRequest listed_;
};

TEST_F(WithSuite, SubmitSendsWhatTheFlagsSay) {
  const Ran ran = Call({"submit", "--text", "late", "--channel", "web-form", "--amount", "89.9 gbp",
                        "--mail", "a@example.com", "--category", "a/b"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Submitted: 0000-0000-0000-0"));
  EXPECT_EQ(submitted_.text(), "late");
  EXPECT_EQ(submitted_.channel(), event::v1::WEB_FORM);
  EXPECT_EQ(submitted_.amount().amount_minor(), 8990);
  EXPECT_EQ(submitted_.amount().currency(), "GBP");
  EXPECT_EQ(submitted_.complainant().contacts(0).value(), "a@example.com");
  EXPECT_THAT(submitted_.declared_category(), ::testing::ElementsAre("a", "b"));
  EXPECT_FALSE(submitted_.request_id().empty());
}

TEST_F(WithSuite, ListReadsPagesUntilTheLimit) {
  const Ran all = Call({"list", "--unassigned", "--level", "2"});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_THAT(all.out, HasSubstr("code-more1"));
  EXPECT_THAT(all.out, HasSubstr("4 complaints\n"));
  EXPECT_TRUE(listed_.filter().unassigned());
  EXPECT_THAT(listed_.filter().levels(), ::testing::ElementsAre(2));
  const Ran two = Call({"list", "--limit", "2", "--json"});
  EXPECT_THAT(two.out, HasSubstr("\"tracking_code\":\"code-0\""));
  EXPECT_THAT(two.out, Not(HasSubstr("code-more0")));
}

TEST_F(WithSuite, WhatIsNotFoundExitsWith1) {
  const Ran ran = Call({"get", "nothing"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("no such complaint"));
}

TEST_F(WithSuite, ASuiteThatIsGoneExitsWith3) {
  server_.reset();
  for (const char* command : {"stats", "tail", "watch"}) {
    SCOPED_TRACE(command);
    const Ran ran = Call({command, "--timeout", "0.3"});
    EXPECT_EQ(ran.code, 3);
    EXPECT_THAT(ran.err, HasSubstr(address_));
  }
}

}  // namespace
}  // namespace redress::ctl
