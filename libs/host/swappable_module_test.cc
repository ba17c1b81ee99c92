#include "libs/host/swappable_module.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "libs/base/log.h"
#include "redress/intake/v1/log_service.pb.h"

namespace redress {
namespace {

using intake::v1::GetStatusRequest;
using intake::v1::GetStatusResponse;
using intake::v1::TailRequest;
using intake::v1::TailResponse;

// What the modules of a test do, one after the other.
struct Play {
  int made = 0;
  std::atomic<int> stopped = 0;
  absl::Status next_start;
  // Calls wait here when set.
  bool holds = false;
  std::vector<Done<GetStatusResponse>> held;
};

class NumberedModule final : public Module {
 public:
  explicit NumberedModule(Play* play) : play_(play), number_(++play->made) {}
  std::string_view name() const override { return "numbered"; }
  absl::Status Start() override { return play_->next_start; }
  std::vector<RpcService> RpcServices() override {
    RpcService service("redress.intake.v1.LogService");
    service.Stream<TailRequest, TailResponse>(
        "Tail", {},
        [this](const CallContext&, const TailRequest&, StreamWriter<TailResponse> writer) {
          writers_.push_back(std::move(writer));
        });
    service.Unary<GetStatusRequest, GetStatusResponse>(
        "GetStatus", {},
        [this](const CallContext&, const GetStatusRequest&, Done<GetStatusResponse> done) {
          if (play_->holds) return play_->held.push_back(std::move(done));
          GetStatusResponse answer;
          answer.set_instance(absl::StrCat(number_));
          done(std::move(answer));
        });
    std::vector<RpcService> services;
    services.push_back(std::move(service));
    return services;
  }
  absl::Status Ready() const override { return absl::OkStatus(); }
  ModuleStatus Status() const override {
    ModuleStatus status;
    status.ready = true;
    status.projection = absl::StrCat(number_);
    return status;
  }
  void Stop() override {
    EXPECT_TRUE(play_->held.empty()) << "stopped while a call waits for its answer";
    ++play_->stopped;
  }
  absl::StatusOr<std::string> AdoptProjection(const std::string& data_dir) override {
    if (data_dir.empty()) return absl::FailedPreconditionError("no projection there");
    return absl::StrCat(number_ + 1);
  }
  absl::Status BackUp(const std::string&) override { return absl::OkStatus(); }

 private:
  Play* const play_;
  const int number_;
  std::vector<StreamWriter<TailResponse>> writers_;
};

class Sink final : public StreamSink {
 public:
  WriteResult Write(const google::protobuf::Message&) override { return WriteResult::kQueued; }
  void Finish(absl::Status status) override { ended = std::move(status); }
  void SetWake(absl::AnyInvocable<void()>) override {}
  bool closed() const override { return ended.has_value(); }
  std::optional<absl::Status> ended;
};

class SwappableModuleTest : public ::testing::Test {
 protected:
  SwappableModuleTest() {
    SetLogLevel(LogLevel::kError);
    HostContext host;
    host.clock = &clock_;
    host.fail = [this](std::string_view, const absl::Status& why) { failed_ = why; };
    module_ = std::make_unique<SwappableModule>(
        host, [this](HostContext) { return std::make_unique<NumberedModule>(&play_); });
    EXPECT_TRUE(module_->Start().ok());
    services_ = module_->RpcServices();
  }

  const RpcService::Method& Method(bool streams) {
    for (const auto& method : services_.front().methods()) {
      if ((method->stream != nullptr) == streams) return *method;
    }
    abort();
  }
  // The number of the module that answers, or the code of the error.
  void Call(std::string* answer) {
    Method(false).unary(call_, GetStatusRequest(),
                        [answer](const absl::Status& status, const RpcService::Message* message) {
                          *answer = status.ok()
                                        ? static_cast<const GetStatusResponse*>(message)->instance()
                                        : absl::StatusCodeToString(status.code());
                        });
  }
  std::string Call() {
    std::string answer;
    Call(&answer);
    return answer;
  }

  SystemClock clock_;
  Play play_;
  absl::Status failed_;
  const CallContext call_{"/Test", absl::InfiniteFuture(), std::make_shared<Caller>(), "test"};
  std::unique_ptr<SwappableModule> module_;
  std::vector<RpcService> services_;
};

TEST_F(SwappableModuleTest, CallsGoToTheModuleOnTheNewProjection) {
  EXPECT_EQ(Call(), "1");
  const auto projection = module_->AdoptProjection("elsewhere");
  ASSERT_TRUE(projection.ok()) << projection.status();
  EXPECT_EQ(*projection, "2");
  EXPECT_EQ(Call(), "2");
  EXPECT_EQ(module_->Status().projection, "2");
  EXPECT_EQ(play_.stopped, 1);
  module_->Stop();
  EXPECT_EQ(play_.stopped, 2);
}

TEST_F(SwappableModuleTest, ACallThatHasBegunIsAnsweredBeforeTheModuleStops) {
  play_.holds = true;
  std::string answer;
  Call(&answer);
  play_.holds = false;
  std::thread swap([this] { EXPECT_TRUE(module_->AdoptProjection("elsewhere").ok()); });
  while (module_->Ready().ok()) std::this_thread::yield();
  EXPECT_EQ(Call(), "UNAVAILABLE") << "nobody enters a module that leaves";
  EXPECT_FALSE(module_->Status().ready);
  GetStatusResponse late;
  late.set_instance("late");
  auto held = std::exchange(play_.held, {});
  held.front()(late);
  held.clear();
  swap.join();
  EXPECT_EQ(answer, "late");
  EXPECT_EQ(Call(), "2");
}

TEST_F(SwappableModuleTest, StreamsEndSoThatTheyAreResumed) {
  const auto sink = std::make_shared<Sink>();
  Method(true).stream(call_, TailRequest(), sink);
  EXPECT_FALSE(sink->closed());
  ASSERT_TRUE(module_->AdoptProjection("elsewhere").ok());
  ASSERT_TRUE(sink->closed());
  EXPECT_EQ(sink->ended->code(), absl::StatusCode::kUnavailable);
}

TEST_F(SwappableModuleTest, NothingChangesWithoutAProjection) {
  EXPECT_FALSE(module_->AdoptProjection("").ok());
  EXPECT_EQ(Call(), "1");
  EXPECT_EQ(play_.stopped, 0);
}

TEST_F(SwappableModuleTest, AModuleThatCannotStartEndsTheProcess) {
  play_.next_start = absl::DataLossError("damaged");
  EXPECT_EQ(module_->AdoptProjection("elsewhere").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(failed_.code(), absl::StatusCode::kDataLoss);
}

TEST_F(SwappableModuleTest, NothingIsPutInForceWhenTheProcessEnds) {
  module_->Stop();
  EXPECT_FALSE(module_->AdoptProjection("elsewhere").ok());
  EXPECT_FALSE(module_->BackUp("elsewhere").ok());
  EXPECT_EQ(play_.made, 1);
}

}  // namespace
}  // namespace redress
