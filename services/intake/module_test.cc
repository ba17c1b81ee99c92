// Intake whole: the module on an embedded log behind a real gRPC server.
#include "services/intake/module.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/api/proto_time.h"
#include "libs/base/random.h"
#include "libs/errors/errors.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "redress/intake/v1/complaint_service.pb.h"
#include "redress/intake/v1/directory_service.pb.h"
#include "redress/intake/v1/inbound_service.pb.h"

namespace redress::intake {
namespace {

using api::v1::CommandAnswer;
using api::v1::Complaint;
using ::testing::HasSubstr;

std::string Method(std::string_view name) {
  return "redress.intake.v1.ComplaintService/" + std::string(name);
}
std::string DirectoryMethod(std::string_view name) {
  return "redress.intake.v1.DirectoryService/" + std::string(name);
}

// One folder, one log, one module, one server; started once for the tests of this file, which use
// complaints of their own.
class IntakeModuleTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = ::testing::TempDir() + "/redress_intake_" + std::to_string(::getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Open();
    WaitForPolicy();
  }
  static void TearDownTestSuite() {
    Close();
    std::filesystem::remove_all(folder_);
  }

  static void Open() {
    EmbeddedLogOptions options;
    options.folder = folder_ + "/log";
    options.random = &random_;
    options.clock = &clock_;
    options.min_free_bytes = 1 << 20;
    auto log = EmbeddedLog::Open(std::move(options));
    ASSERT_TRUE(log.ok()) << log.status();
    HostContext host{log->get(), &clock_, &random_, nullptr, std::make_shared<StoreResources>()};
    host.data_dir = folder_;
    host.id_secret = (*log)->id_secret();
    host.policy_file =
        std::string(std::getenv("REDRESS_SOURCE_DIR")) + "/deploy/policy/default.yaml";
    // Modules outlive the log.
    module_ = std::make_unique<IntakeModule>(host);
    log_ = *std::move(log);
    ASSERT_TRUE(module_->Start().ok());
    server_ = std::make_unique<RpcServer>(RpcServerOptions{});
    for (RpcService& service : module_->RpcServices()) {
      EXPECT_TRUE(service.missing().empty())
          << service.full_name() << " lacks " << service.missing().front();
      server_->Register(std::move(service));
    }
    const auto port = server_->Start();
    ASSERT_TRUE(port.ok()) << port.status();
    channel_ =
        std::make_unique<RpcChannel>(RpcChannelOptions{"127.0.0.1:" + std::to_string(*port)});
  }
  static void Close() {
    channel_.reset();
    server_->Drain(absl::Seconds(5));
    server_.reset();
    module_->Stop();
    log_.reset();
    module_.reset();
  }

  // Submitting is answered UNAVAILABLE, and repeated by the channel, until the policy of the file
  // is active.
  static void WaitForPolicy() {
    for (int i = 0; i < 100; ++i) {
      const auto policy = channel_->Call<v1::GetPolicyResponse>(DirectoryMethod("GetPolicy"),
                                                                v1::GetPolicyRequest());
      if (policy.ok()) return;
      absl::SleepFor(absl::Milliseconds(100));
    }
    FAIL() << "the policy of the file was not published";
  }

  static v1::SubmitComplaintRequest Submission(const std::string& request_id) {
    v1::SubmitComplaintRequest request;
    request.set_request_id(request_id);
    request.set_subject("Kettle leaks");
    request.set_text("The kettle leaks at the base since yesterday, I want my money back.");
    request.set_region("gb");
    request.mutable_complainant()->set_name("Imogen Hartley");
    auto* contact = request.mutable_complainant()->add_contacts();
    contact->set_kind("mail");
    contact->set_value("imogen@example.com");
    return request;
  }
  static absl::StatusOr<v1::SubmitComplaintResponse> Submit(
      const v1::SubmitComplaintRequest& request) {
    return channel_->Call<v1::SubmitComplaintResponse>(Method("SubmitComplaint"), request);
  }
  static absl::StatusOr<Complaint> Get(const std::string& complaint, const std::string& token) {
    v1::GetComplaintRequest request;
    request.set_complaint(complaint);
    request.set_consistency_token(token);
    return channel_->Call<Complaint>(Method("GetComplaint"), request);
  }
  static absl::StatusOr<CommandAnswer> Note(const std::string& complaint, const std::string& id) {
    v1::AddNoteRequest request;
    request.set_complaint(complaint);
    request.set_request_id(id);
    request.set_text("Called back, nobody answered.");
    return channel_->Call<CommandAnswer>(Method("AddNote"), request);
  }

  // Sum of the ends of the partitions: one more for every record (the embedded log numbers them
  // densely).
  static int64_t Ordinals(Topic topic) {
    int64_t sum = 0;
    for (int32_t p = 0; p < log_->PartitionCount(topic); ++p) {
      std::promise<int64_t> end;
      log_->End({topic, Partition(p)},
                [&](absl::StatusOr<Offset> offset) { end.set_value(offset.value().value()); });
      sum += end.get_future().get();
    }
    return sum;
  }

  static inline std::string folder_;
  static inline SystemClock clock_;
  static inline SystemRandom random_;
  static inline std::unique_ptr<IntakeModule> module_;
  static inline std::unique_ptr<EmbeddedLog> log_;
  static inline std::unique_ptr<RpcServer> server_;
  static inline std::unique_ptr<RpcChannel> channel_;
};

TEST_F(IntakeModuleTest, SubmittingTwiceIsOneComplaint) {
  const auto first = Submit(Submission("once"));
  ASSERT_TRUE(first.ok()) << DescribeError(first.status());
  EXPECT_FALSE(first->replayed());
  const auto again = Submit(Submission("once"));
  ASSERT_TRUE(again.ok()) << DescribeError(again.status());
  EXPECT_TRUE(again->replayed());
  EXPECT_EQ(again->complaint_id(), first->complaint_id());
  EXPECT_EQ(again->event_id(), first->event_id());
}

TEST_F(IntakeModuleTest, TheSameRequestIdWithAnotherBodyIsReused) {
  ASSERT_TRUE(Submit(Submission("reused")).ok());
  auto other = Submission("reused");
  other.set_text("Something else altogether.");
  EXPECT_EQ(ReasonOf(Submit(other).status()), reason::kRequestIdReused);
}

TEST_F(IntakeModuleTest, AComplaintIsFoundByItsTrackingCode) {
  const auto submitted = Submit(Submission("tracked"));
  ASSERT_TRUE(submitted.ok());
  const auto complaint = Get(submitted->tracking_code(), submitted->consistency_token());
  ASSERT_TRUE(complaint.ok()) << DescribeError(complaint.status());
  EXPECT_EQ(complaint->id(), submitted->complaint_id());
  EXPECT_EQ(complaint->stage(), api::v1::STAGE_RECEIVED);
  EXPECT_EQ(complaint->queue_reason(), "not_assessed");
  EXPECT_EQ(complaint->headline(), "Kettle leaks");
  ASSERT_EQ(complaint->parties_size(), 1);
  EXPECT_EQ(complaint->parties(0).name(), "Imogen Hartley");
  ASSERT_EQ(complaint->messages_size(), 1);
  EXPECT_THAT(complaint->messages(0).body(), HasSubstr("leaks at the base"));
  EXPECT_EQ(complaint->policy().size(), 32u);
  EXPECT_EQ(complaint->etag(), submitted->etag());
}

TEST_F(IntakeModuleTest, WrongNamesAreToldApartFromUnknownOnes) {
  const auto submitted = Submit(Submission("named"));
  ASSERT_TRUE(submitted.ok());
  std::string wrong = submitted->tracking_code();
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  EXPECT_TRUE(absl::IsInvalidArgument(Get(wrong, "").status()));
  EXPECT_TRUE(absl::IsNotFound(Get(std::string(32, 'a'), "").status()));
  EXPECT_TRUE(absl::IsNotFound(Note(std::string(32, 'b'), "n").status()));
}

TEST_F(IntakeModuleTest, InvalidInputNamesEveryField) {
  auto request = Submission("invalid");
  request.set_text(std::string((64 << 10) + 1, 'x'));
  request.mutable_complainant()->mutable_contacts(0)->set_kind("pigeon");
  *request.mutable_received_at() = ToTimestamp(absl::ToUnixMicros(clock_.Now() + absl::Hours(1)));
  const auto violations = FieldViolationsOf(Submit(request).status());
  ASSERT_EQ(violations.size(), 3u);
  EXPECT_EQ(violations[0].field, "text");
  EXPECT_THAT(violations[0].description, HasSubstr("65536"));
  EXPECT_EQ(violations[1].field, "complainant.contacts[0].kind");
  EXPECT_EQ(violations[2].field, "received_at");
}

TEST_F(IntakeModuleTest, ARefusalIsTheOneOutcomeOfItsRequestId) {
  const auto submitted = Submit(Submission("refused"));
  ASSERT_TRUE(submitted.ok());
  v1::StartInvestigationRequest request;
  request.set_complaint(submitted->complaint_id());
  request.set_request_id("start");
  for (int i = 0; i < 2; ++i) {
    const auto answer = channel_->Call<CommandAnswer>(Method("StartInvestigation"), request);
    EXPECT_TRUE(absl::IsFailedPrecondition(answer.status())) << answer.status();
    EXPECT_EQ(ReasonOf(answer.status()), "STAGE_FORBIDS");
    EXPECT_EQ(ErrorMetadataOf(answer.status(), "stage"), "received");
  }
}

TEST_F(IntakeModuleTest, APersonNeedsAnEtagToCloseAndAStaleOneIsTold) {
  const auto submitted = Submit(Submission("etag"));
  ASSERT_TRUE(submitted.ok());
  v1::CloseComplaintRequest close;
  close.set_complaint(submitted->complaint_id());
  close.set_request_id("close");
  const auto without = channel_->Call<CommandAnswer>(Method("CloseComplaint"), close);
  ASSERT_EQ(FieldViolationsOf(without.status()).size(), 1u);
  EXPECT_EQ(FieldViolationsOf(without.status())[0].field, "etag");

  v1::SetFieldsRequest set;
  set.set_complaint(submitted->complaint_id());
  auto* field = set.add_fields();
  field->set_field_id("model");
  field->set_text("K-20");
  set.set_request_id("set-1");
  ASSERT_TRUE(channel_->Call<CommandAnswer>(Method("SetFields"), set).ok());
  set.set_request_id("set-2");
  set.set_etag(submitted->etag());
  const auto stale = channel_->Call<CommandAnswer>(Method("SetFields"), set);
  EXPECT_EQ(ReasonOf(stale.status()), reason::kChanged);
  EXPECT_EQ(ErrorMetadataOf(stale.status(), "aspects"), "record");
}

TEST_F(IntakeModuleTest, HistoryTellsEveryStepAndAsOfShowsThePast) {
  const auto submitted = Submit(Submission("history"));
  ASSERT_TRUE(submitted.ok());
  const auto before = Get(submitted->complaint_id(), submitted->consistency_token());
  ASSERT_TRUE(before.ok());
  v1::AddMessageRequest message;
  message.set_complaint(submitted->tracking_code());
  message.set_request_id("message");
  message.set_direction(event::v1::Message::INBOUND);
  message.set_channel(event::v1::PHONE);
  message.set_body("It is still leaking.");
  const auto added = channel_->Call<CommandAnswer>(Method("AddMessage"), message);
  ASSERT_TRUE(added.ok()) << DescribeError(added.status());
  const auto noted = Note(submitted->complaint_id(), "note");
  ASSERT_TRUE(noted.ok()) << DescribeError(noted.status());

  v1::GetHistoryRequest history;
  history.set_complaint(submitted->complaint_id());
  history.set_consistency_token(noted->consistency_token());
  history.set_include_personal(true);
  history.set_page_size(2);
  auto page = channel_->Call<v1::GetHistoryResponse>(Method("GetHistory"), history);
  ASSERT_TRUE(page.ok()) << DescribeError(page.status());
  ASSERT_EQ(page->entries_size(), 2);
  EXPECT_EQ(page->entries(0).type_name(), "ComplaintReceived");
  EXPECT_EQ(page->entries(0).version(), 1u);
  EXPECT_EQ(page->entries(0).verdict(), api::v1::VERDICT_EFFECTIVE);
  EXPECT_EQ(page->entries(1).summary(), "Message came in by phone");
  EXPECT_TRUE(page->entries(1).has_personal());
  history.set_page_token(page->next_page_token());
  page = channel_->Call<v1::GetHistoryResponse>(Method("GetHistory"), history);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->entries_size(), 1);
  EXPECT_EQ(page->entries(0).type_name(), "NoteAdded");
  EXPECT_EQ(page->next_page_token(), "");

  v1::GetComplaintRequest then;
  then.set_complaint(submitted->complaint_id());
  *then.mutable_as_of() = before->updated_at();
  const auto past = channel_->Call<Complaint>(Method("GetComplaint"), then);
  ASSERT_TRUE(past.ok()) << DescribeError(past.status());
  EXPECT_EQ(past->version(), 1u);
  EXPECT_EQ(past->messages_size(), 1);
  *then.mutable_as_of() = ToTimestamp(FromTimestamp(before->updated_at()) - 1'000'000'000);
  EXPECT_TRUE(absl::IsNotFound(channel_->Call<Complaint>(Method("GetComplaint"), then).status()));
}

TEST_F(IntakeModuleTest, ListsFilterAndPageInEveryOrder) {
  std::string token;
  for (int i = 0; i < 5; ++i) {
    auto request = Submission("list-" + std::to_string(i));
    request.set_product_line("listed");
    const auto submitted = Submit(request);
    ASSERT_TRUE(submitted.ok());
    ASSERT_TRUE(Get(submitted->complaint_id(), submitted->consistency_token()).ok());
  }
  for (const auto order : {v1::ListComplaintsRequest::ORDER_RECEIVED_DESCENDING,
                           v1::ListComplaintsRequest::ORDER_RECEIVED_ASCENDING,
                           v1::ListComplaintsRequest::ORDER_PRIORITY}) {
    v1::ListComplaintsRequest list;
    list.set_order(order);
    list.set_page_size(2);
    list.mutable_filter()->add_product_lines("listed");
    std::set<std::string> seen;
    int pages = 0;
    do {
      const auto page = channel_->Call<v1::ListComplaintsResponse>(Method("ListComplaints"), list);
      ASSERT_TRUE(page.ok()) << DescribeError(page.status());
      for (const auto& complaint : page->complaints()) {
        EXPECT_TRUE(seen.insert(complaint.id()).second);
        EXPECT_EQ(complaint.headline(), "Kettle leaks");
        EXPECT_EQ(complaint.messages_size(), 0);
      }
      list.set_page_token(page->next_page_token());
      ++pages;
    } while (!list.page_token().empty() && pages < 10);
    EXPECT_EQ(seen.size(), 5u) << "order " << order;
  }
}

TEST_F(IntakeModuleTest, AnImportIsKnownByItsSource) {
  auto request = Submission("import-1");
  request.mutable_source_id()->set_source("ledger");
  request.mutable_source_id()->set_row_key("17");
  const auto submitted = Submit(request);
  ASSERT_TRUE(submitted.ok()) << DescribeError(submitted.status());
  request.set_request_id("import-2");
  const auto again = Submit(request);
  ASSERT_TRUE(again.ok()) << DescribeError(again.status());
  EXPECT_TRUE(again->replayed());
  v1::LookupSourceRequest look;
  look.mutable_source_id()->set_source("ledger");
  look.mutable_source_id()->set_row_key("17");
  look.set_consistency_token(submitted->consistency_token());
  const auto found = channel_->Call<v1::LookupSourceResponse>(Method("LookupSource"), look);
  ASSERT_TRUE(found.ok()) << DescribeError(found.status());
  EXPECT_EQ(found->state(), v1::LookupSourceResponse::STATE_TAKEN);
  EXPECT_EQ(found->tracking_code(), submitted->tracking_code());
}

TEST_F(IntakeModuleTest, PublishedItemsBecomeComplaintsAndScreenedOnesSayWhy) {
  v1::PublishRequest publish;
  const auto add = [&](const std::string& key, const std::string& body) {
    auto* item = publish.add_items()->mutable_item();
    item->mutable_message()->set_account_id("mail:care");
    item->mutable_message()->set_channel(event::v1::MAIL);
    item->mutable_message()->set_region("gb");
    item->mutable_personal()->set_thread_key("thread-1");
    item->mutable_personal()->set_source_message_key(key);
    item->mutable_personal()->set_body(body);
  };
  add("m1", "The parcel never came.");
  add("m2", "Still no parcel.");
  add("m3", "");
  publish.add_items()->set_value("no key");
  const auto published =
      channel_->Call<v1::PublishResponse>("redress.intake.v1.InboundService/Publish", publish);
  ASSERT_TRUE(published.ok()) << DescribeError(published.status());
  ASSERT_EQ(published->outcomes_size(), 4);
  EXPECT_EQ(published->outcomes(0).position().partition(),
            published->outcomes(1).position().partition());
  EXPECT_LT(published->outcomes(0).position().offset(), published->outcomes(1).position().offset());
  EXPECT_EQ(published->outcomes(3).failure().code(), 3);

  std::string complaint;
  for (const char* key : {"m1", "m2", "m3"}) {
    v1::LookupSourceRequest look;
    look.mutable_channel_item()->set_account("mail:care");
    look.mutable_channel_item()->set_source_message_key(key);
    absl::StatusOr<v1::LookupSourceResponse> found;
    for (int i = 0; i < 100; ++i) {
      found = channel_->Call<v1::LookupSourceResponse>(Method("LookupSource"), look);
      ASSERT_TRUE(found.ok()) << DescribeError(found.status());
      if (found->state() != v1::LookupSourceResponse::STATE_NOT_YET) break;
      absl::SleepFor(absl::Milliseconds(50));
    }
    if (std::string_view(key) == "m3") {
      EXPECT_EQ(found->state(), v1::LookupSourceResponse::STATE_SCREENED);
      EXPECT_EQ(found->screened_reason(), "MALFORMED");
      EXPECT_THAT(found->screened_detail(), HasSubstr("personal.body"));
      continue;
    }
    EXPECT_EQ(found->state(), v1::LookupSourceResponse::STATE_TAKEN);
    if (complaint.empty()) complaint = found->complaint_id();
    EXPECT_EQ(found->complaint_id(), complaint);
  }
  const auto shown = Get(complaint, "");
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->messages_size(), 2);
}

TEST_F(IntakeModuleTest, AWatchResumesWithoutGap) {
  v1::WatchComplaintsRequest watch;
  watch.mutable_filter()->add_product_lines("watched");
  auto stream = channel_->OpenStream(Method("WatchComplaints"), watch, absl::Seconds(60));
  v1::WatchComplaintsResponse change;
  ASSERT_TRUE(stream->Read(&change));
  EXPECT_TRUE(change.caught_up());
  auto request = Submission("watched");
  request.set_product_line("watched");
  const auto submitted = Submit(request);
  ASSERT_TRUE(submitted.ok());
  ASSERT_TRUE(stream->Read(&change));
  EXPECT_EQ(change.complaint().id(), submitted->complaint_id());
  EXPECT_EQ(change.event().type_name(), "ComplaintReceived");
  const std::string token = change.resume_token();
  stream->Cancel();
  EXPECT_FALSE(stream->Read(&change));

  ASSERT_TRUE(Note(submitted->complaint_id(), "missed").ok());
  watch.set_resume_token(token);
  stream = channel_->OpenStream(Method("WatchComplaints"), watch, absl::Seconds(60));
  ASSERT_TRUE(stream->Read(&change));
  EXPECT_EQ(change.event().type_name(), "NoteAdded");
  EXPECT_EQ(change.complaint().version(), 2u);
  stream->Cancel();
}

TEST_F(IntakeModuleTest, TheFilesPolicyIsActiveWithItsRoster) {
  const auto policy =
      channel_->Call<v1::GetPolicyResponse>(DirectoryMethod("GetPolicy"), v1::GetPolicyRequest());
  ASSERT_TRUE(policy.ok()) << DescribeError(policy.status());
  EXPECT_TRUE(policy->active());
  const auto teams =
      channel_->Call<v1::ListTeamsResponse>(DirectoryMethod("ListTeams"), v1::ListTeamsRequest());
  ASSERT_TRUE(teams.ok()) << DescribeError(teams.status());
  EXPECT_GT(teams->teams_size(), 0);
  const auto agents = channel_->Call<v1::ListAgentsResponse>(DirectoryMethod("ListAgents"),
                                                             v1::ListAgentsRequest());
  ASSERT_TRUE(agents.ok()) << DescribeError(agents.status());
  ASSERT_GT(agents->agents_size(), 0);

  // Nothing differs, so nothing is published.
  v1::ApplyRosterRequest roster;
  roster.set_request_id("roster");
  std::ifstream file(std::string(std::getenv("REDRESS_SOURCE_DIR")) +
                     "/deploy/policy/default.yaml");
  roster.set_yaml(std::string(std::istreambuf_iterator<char>(file), {}));
  const auto applied =
      channel_->Call<v1::ApplyRosterResponse>(DirectoryMethod("ApplyRoster"), roster);
  ASSERT_TRUE(applied.ok()) << DescribeError(applied.status());
  EXPECT_EQ(applied->changes_size(), 0);
}

TEST_F(IntakeModuleTest, RunningComplaintsAreNotMovedToANewPolicy) {
  const auto policy =
      channel_->Call<v1::GetPolicyResponse>(DirectoryMethod("GetPolicy"), v1::GetPolicyRequest());
  ASSERT_TRUE(policy.ok()) << DescribeError(policy.status());
  v1::ActivatePolicyRequest activate;
  activate.set_request_id("activate-and-move");
  activate.set_manifest(policy->manifest());
  activate.set_running(event::v1::PolicyActivated::MOVE_RUNNING);
  const auto refused = channel_->Call<CommandAnswer>(DirectoryMethod("ActivatePolicy"), activate);
  ASSERT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
  ASSERT_EQ(FieldViolationsOf(refused.status()).size(), 1u);
  EXPECT_EQ(FieldViolationsOf(refused.status())[0].field, "running");
}

TEST_F(IntakeModuleTest, PresenceAndEnrolmentFollowTheCommandProtocol) {
  v1::EnrollAgentRequest enroll;
  enroll.set_request_id("enroll");
  enroll.mutable_agent()->set_code("t-900");
  enroll.mutable_agent()->set_name("Someone New");
  enroll.mutable_agent()->add_roles("agent");
  const auto enrolled = channel_->Call<CommandAnswer>(DirectoryMethod("EnrollAgent"), enroll);
  ASSERT_TRUE(enrolled.ok()) << DescribeError(enrolled.status());
  enroll.set_request_id("enroll again");
  EXPECT_TRUE(absl::IsInvalidArgument(
      channel_->Call<CommandAnswer>(DirectoryMethod("EnrollAgent"), enroll).status()));
  enroll.set_request_id("enroll-again");
  EXPECT_EQ(
      ReasonOf(channel_->Call<CommandAnswer>(DirectoryMethod("EnrollAgent"), enroll).status()),
      "EXISTS");

  v1::SetPresenceRequest presence;
  presence.set_agent("t-900");
  presence.set_request_id("presence");
  presence.set_state(event::v1::PresenceChanged::AVAILABLE);
  const auto set = channel_->Call<CommandAnswer>(DirectoryMethod("SetPresence"), presence);
  ASSERT_TRUE(set.ok()) << DescribeError(set.status());
  v1::GetAgentRequest get;
  get.set_agent("t-900");
  get.set_consistency_token(set->consistency_token());
  const auto agent = channel_->Call<v1::Agent>(DirectoryMethod("GetAgent"), get);
  ASSERT_TRUE(agent.ok()) << DescribeError(agent.status());
  EXPECT_EQ(agent->presence(), event::v1::PresenceChanged::AVAILABLE);
  presence.set_agent("nobody-1");
  EXPECT_TRUE(absl::IsNotFound(
      channel_->Call<CommandAnswer>(DirectoryMethod("SetPresence"), presence).status()));
}

TEST_F(IntakeModuleTest, ADirectoryRefusalIsAnEventOfItsEntityAndFinal) {
  v1::EnrollAgentRequest enroll;
  enroll.set_request_id("enroll-first");
  enroll.mutable_agent()->set_code("t-901");
  ASSERT_TRUE(channel_->Call<CommandAnswer>(DirectoryMethod("EnrollAgent"), enroll).ok());
  const int64_t directory_before = Ordinals(Topic::kDirectory);
  const int64_t complaints_before = Ordinals(Topic::kComplaints);

  enroll.set_request_id("enroll-second");
  for (int i = 0; i < 3; ++i) {
    const auto refused = channel_->Call<CommandAnswer>(DirectoryMethod("EnrollAgent"), enroll);
    EXPECT_TRUE(absl::IsFailedPrecondition(refused.status())) << refused.status();
    EXPECT_EQ(ReasonOf(refused.status()), "EXISTS");
  }
  EXPECT_EQ(Ordinals(Topic::kDirectory), directory_before + 1)
      << "one refusal, however often it is asked for";
  EXPECT_EQ(Ordinals(Topic::kComplaints), complaints_before);
  enroll.mutable_agent()->set_name("Somebody Else");
  EXPECT_EQ(
      ReasonOf(channel_->Call<CommandAnswer>(DirectoryMethod("EnrollAgent"), enroll).status()),
      "REQUEST_ID_REUSED");
}

TEST_F(IntakeModuleTest, ADirectoryRequestIdIsKnownHoweverMuchHappenedSince) {
  v1::EnrollAgentRequest enroll;
  enroll.set_request_id("enroll-busy");
  enroll.mutable_agent()->set_code("t-902");
  ASSERT_TRUE(channel_->Call<CommandAnswer>(DirectoryMethod("EnrollAgent"), enroll).ok());
  enroll.set_request_id("enroll-busy-again");
  EXPECT_EQ(
      ReasonOf(channel_->Call<CommandAnswer>(DirectoryMethod("EnrollAgent"), enroll).status()),
      "EXISTS");
  v1::SetPresenceRequest presence;
  presence.set_agent("t-902");
  for (int i = 0; i < 70; ++i) {
    presence.set_request_id("presence-" + std::to_string(i));
    presence.set_state(i % 2 == 0 ? event::v1::PresenceChanged::AVAILABLE
                                  : event::v1::PresenceChanged::AWAY);
    ASSERT_TRUE(channel_->Call<CommandAnswer>(DirectoryMethod("SetPresence"), presence).ok());
  }
  const int64_t before = Ordinals(Topic::kDirectory);
  EXPECT_EQ(
      ReasonOf(channel_->Call<CommandAnswer>(DirectoryMethod("EnrollAgent"), enroll).status()),
      "EXISTS");
  presence.set_request_id("presence-0");
  presence.set_state(event::v1::PresenceChanged::AVAILABLE);
  const auto repeated = channel_->Call<CommandAnswer>(DirectoryMethod("SetPresence"), presence);
  ASSERT_TRUE(repeated.ok()) << DescribeError(repeated.status());
  EXPECT_TRUE(repeated->replayed());
  EXPECT_EQ(Ordinals(Topic::kDirectory), before);
}

TEST_F(IntakeModuleTest, ARestartForgetsNothing) {
  const auto submitted = Submit(Submission("restart"));
  ASSERT_TRUE(submitted.ok());
  Close();
  Open();
  WaitForPolicy();
  absl::StatusOr<v1::SubmitComplaintResponse> again = Submit(Submission("restart"));
  ASSERT_TRUE(again.ok()) << DescribeError(again.status());
  EXPECT_TRUE(again->replayed());
  EXPECT_TRUE(Get(submitted->complaint_id(), "").ok());
}

}  // namespace
}  // namespace redress::intake
