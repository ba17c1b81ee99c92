// sla-timer whole: the module on an embedded log behind a real gRPC server, the rest of the suite
// played by hand.
#include "services/sla_timer/module.h"

#include <filesystem>
#include <future>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/domain/decision.h"
#include "libs/errors/errors.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/policy/manifest.h"
#include "libs/policy/published_policy.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/runtime/event_append.h"
#include "libs/runtime/token.h"
#include "libs/testing/sample_payloads.h"
#include "libs/testing/world/service_world.h"
#include "redress/event/v1/directory.pb.h"
#include "redress/sla/v1/sla_service.pb.h"

namespace redress::sla_timer {
namespace {

using event::v1::ClockSpec;

class SlaModuleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/redress_sla_" + std::to_string(::getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Open();
  }
  void TearDown() override {
    Close();
    std::filesystem::remove_all(folder_);
  }

  void Open() {
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
    module_ = MakeModule(host);
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
  void Close() {
    channel_.reset();
    server_->Drain(absl::Seconds(5));
    server_.reset();
    module_->Stop();
    log_.reset();
    module_.reset();
  }

  // The token that covers the event.
  std::string Append(const StreamId& stream, const google::protobuf::Message& payload, Version seen,
                     const ContentHash& policy = {}) {
    EventOrigin origin;
    origin.event_id = NewEventId(clock_.Now(), random_);
    origin.stream = stream;
    origin.request = HashedId<RequestId>({"by hand", origin.event_id.bytes()});
    origin.opens = seen == Version(0);
    origin.seen = seen;
    origin.recorded_at_us = ToMicros(clock_.Now());
    origin.actor.set_kind(event::v1::Actor::PERSON);
    origin.policy = policy;
    EventDraft draft;
    draft.payload.reset(payload.New());
    draft.payload->CopyFrom(payload);
    const event::v1::Event event = BuildEvent(origin, draft);
    const TopicPartition to = PlaceOf(event, *log_);
    std::promise<AppendOutcome> appended;
    log_->Append(to, RecordOf(event),
                 [&](AppendOutcome outcome) { appended.set_value(std::move(outcome)); });
    const AppendOutcome outcome = appended.get_future().get();
    EXPECT_EQ(outcome.kind, AppendOutcome::Kind::kAppended);
    return FormatToken({log_->log_id(), {{to, outcome.offset.Next()}}});
  }
  ContentHash Publish() {
    const PolicyManifest manifest = MakeManifest(testing::DefaultPolicy());
    for (const PolicyPart& part : manifest.parts) {
      Append(*StreamId::FromBytes(part.hash.bytes()), PublishedPart(part), Version(0));
    }
    Append(*StreamId::FromBytes(manifest.hash.bytes()), PublishedManifest(manifest), Version(0));
    return manifest.hash;
  }
  // Received so long ago, and assessed; the token of the last event.
  std::string Complaint(const ComplaintId& complaint, const ContentHash& policy,
                        absl::Duration ago) {
    auto received = testing::Received();
    received.set_tracking_code(TrackingCodeOf(complaint));
    received.set_region("cn");
    received.set_received_at_us(ToMicros(clock_.Now() - ago));
    Append(complaint, received, Version(0), policy);
    auto assessed = testing::Assessed();
    assessed.mutable_assessment()->set_customer_value_tier("standard");
    return Append(complaint, assessed, Version(1));
  }

  absl::StatusOr<sla::v1::ListClocksResponse> Clocks(const std::string& complaint,
                                                     const std::string& token) {
    sla::v1::ListClocksRequest request;
    request.set_complaint(complaint);
    request.set_consistency_token(token);
    return channel_->Call<sla::v1::ListClocksResponse>("redress.sla.v1.SlaService/ListClocks",
                                                       request);
  }
  // The clock of that kind, once the service has set it.
  api::v1::ClockView WaitForClock(const ComplaintId& complaint, const std::string& token,
                                  ClockSpec::Kind kind) {
    for (int i = 0; i < 200; ++i) {
      const auto clocks = Clocks(complaint.ToHex(), token);
      EXPECT_TRUE(clocks.ok()) << DescribeError(clocks.status());
      if (!clocks.ok()) return {};
      for (const auto& clock : clocks->clocks()) {
        if (clock.kind() == kind) return clock;
      }
      absl::SleepFor(absl::Milliseconds(50));
    }
    ADD_FAILURE() << "the clock was not set";
    return {};
  }

  std::string folder_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<Module> module_;
  std::unique_ptr<EmbeddedLog> log_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<RpcChannel> channel_;
};

TEST_F(SlaModuleTest, SetsClocksAndAnswersAboutThemAlsoAfterARestart) {
  const ComplaintId complaint = HashedId<ComplaintId>({"a"});
  const std::string token = Complaint(complaint, Publish(), absl::Hours(1));
  const auto first = WaitForClock(complaint, token, ClockSpec::FIRST_RESPONSE_CLOCK);
  EXPECT_EQ(first.state(), api::v1::ClockView::STATE_RUNNING);
  EXPECT_GE(first.consumed().seconds(), 3600);
  EXPECT_EQ(first.target().seconds(), 24 * 3600);
  const auto clocks = Clocks(complaint.ToHex(), token);
  ASSERT_TRUE(clocks.ok()) << DescribeError(clocks.status());
  EXPECT_GT(clocks->clocks_size(), 1);

  Close();
  Open();
  const auto again = WaitForClock(complaint, token, ClockSpec::FIRST_RESPONSE_CLOCK);
  EXPECT_EQ(again.id(), first.id());
  EXPECT_EQ(again.due_at().seconds(), first.due_at().seconds());
}

TEST_F(SlaModuleTest, F9_12_WhatIsOverdueWhenItComesInIsBreachedAtOnce) {
  const ComplaintId complaint = HashedId<ComplaintId>({"late"});
  const std::string token = Complaint(complaint, Publish(), absl::Hours(30));
  for (int i = 0; i < 200; ++i) {
    const auto clock = WaitForClock(complaint, token, ClockSpec::FIRST_RESPONSE_CLOCK);
    if (clock.warned_percent_size() > 0 && clock.breached()) break;
    absl::SleepFor(absl::Milliseconds(50));
  }
  sla::v1::ListDueSoonRequest request;
  request.set_include_breached(true);
  request.set_consistency_token(token);
  const auto due = channel_->Call<sla::v1::ListDueSoonResponse>(
      "redress.sla.v1.SlaService/ListDueSoon", request);
  ASSERT_TRUE(due.ok()) << DescribeError(due.status());
  ASSERT_GT(due->clocks_size(), 0);
  EXPECT_EQ(due->clocks(0).tracking_code(), TrackingCodeOf(complaint));
  EXPECT_TRUE(due->clocks(0).clock().breached());
}

TEST_F(SlaModuleTest, WhatItCannotAnswerNamesTheReason) {
  EXPECT_TRUE(absl::IsInvalidArgument(Clocks("no name", "").status()));
  EXPECT_EQ(ReasonOf(Clocks(HashedId<ComplaintId>({"nobody"}).ToHex(), "").status()),
            reason::kNotFound);
  EXPECT_TRUE(absl::IsInvalidArgument(Clocks("no name", "no token").status()));
}

}  // namespace
}  // namespace redress::sla_timer
