#include "tests/scenarios/suite.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/check.h"
#include "libs/base/status.h"
#include "services/suite/modules.h"
#include "tests/scenarios/log_check.h"

namespace redress::scenarios {
namespace {

constexpr absl::Duration kReadyWithin = absl::Minutes(1);
constexpr absl::Duration kBetweenChecks = absl::Milliseconds(2);
// Few, so that opening them all takes little time; two complaints seldom share one.
constexpr PartitionCounts kPartitions = {4, 2, 1, 1, 1, 1};

std::string PolicyFile() {
  const char* root = std::getenv("REDRESS_SOURCE_DIR");
  return std::string(root == nullptr ? "." : root) + "/tests/scenarios/policy.yaml";
}

}  // namespace

Suite::Suite(std::string folder, SuiteVariant variant, std::optional<absl::Time> start)
    : folder_(std::move(folder)), variant_(std::move(variant)) {
  // gRPC deadlines are the system's time; a clock ahead of it would see them all passed.
  if (start) REDRESS_CHECK(*start <= clock_.Now());
  if (start) clock_.Move(*start - clock_.Now());
}

Suite::~Suite() { Close(); }

absl::StatusOr<std::unique_ptr<EmbeddedLog>> Suite::OpenLog() {
  EmbeddedLogOptions options;
  options.folder = folder_ + "/log";
  options.random = &random_;
  options.clock = &clock_;
  options.partitions = kPartitions;
  options.min_free_bytes = 1 << 20;
  return EmbeddedLog::Open(std::move(options));
}

absl::Status Suite::Open() {
  REDRESS_ASSIGN_OR_RETURN(log_, OpenLog());
  variant_log_ = std::make_unique<VariantLog>(log_.get(), variant_.log);
  HostContext host{variant_log_.get(), &clock_, &random_, nullptr,
                   std::make_shared<StoreResources>()};
  host.id_secret = log_->id_secret();
  host.data_dir = folder_ + "/first";
  host.policy_file = PolicyFile();
  for (const ModuleFactory& factory : SuiteModules()) {
    modules_.push_back(factory.make(host));
    all_.modules.push_back(modules_.back().get());
  }
  host.data_dir = folder_ + "/second";
  host.policy_file.clear();
  modules_.push_back(SuiteModules().front().make(host));
  second_intake_.modules.push_back(modules_.back().get());
  REDRESS_RETURN_IF_ERROR(Serve(&all_));
  REDRESS_RETURN_IF_ERROR(Serve(&second_intake_));
  return WaitUntilReady();
}

absl::Status Suite::Serve(Server* server) {
  server->rpc = std::make_unique<RpcServer>(RpcServerOptions{});
  for (Module* module : server->modules) {
    REDRESS_RETURN_IF_ERROR(module->Start());
    for (RpcService& service : module->RpcServices()) server->rpc->Register(std::move(service));
  }
  REDRESS_ASSIGN_OR_RETURN(const int port, server->rpc->Start());
  server->channel =
      std::make_unique<RpcChannel>(RpcChannelOptions{absl::StrCat("127.0.0.1:", port)});
  return absl::OkStatus();
}

absl::Status Suite::WaitUntilReady() {
  for (const auto& module : modules_) {
    absl::Status ready = module->Ready();
    for (absl::Duration waited; !ready.ok() && waited < kReadyWithin; waited += kBetweenChecks) {
      absl::SleepFor(kBetweenChecks);
      ready = module->Ready();
    }
    REDRESS_RETURN_IF_ERROR(ready);
  }
  return absl::OkStatus();
}

void Suite::Close() {
  for (Server* server : {&second_intake_, &all_}) {
    server->channel.reset();
    if (server->rpc != nullptr) server->rpc->Drain(absl::Seconds(5));
    server->rpc.reset();
    server->modules.clear();
  }
  for (auto module = modules_.rbegin(); module != modules_.rend(); ++module) (*module)->Stop();
  log_.reset();
  modules_.clear();
  variant_log_.reset();
}

absl::Status Suite::Check() {
  REDRESS_ASSIGN_OR_RETURN(log_, OpenLog());
  const std::string scratch = folder_ + "/from_zero";
  std::vector<LeftBehind> projections = {{"intake", folder_ + "/second"}};
  for (const ModuleFactory& factory : SuiteModules())
    projections.push_back({factory.name, folder_ + "/first"});
  absl::Status checked = CheckLog(log_.get(), variant_.log.twice).status();
  if (checked.ok()) checked = check_.Run(log_.get(), log_->id_secret(), projections, scratch);
  log_.reset();
  return checked;
}

RpcChannel& Suite::ChannelOf(const std::string& instance) {
  return instance == "intake-2" ? *second_intake_.channel : *all_.channel;
}

void Suite::Advance(absl::Duration by) {
  clock_.Move(by);
  variant_log_->Nudge();
}

absl::Status Suite::AfterStep(size_t step, size_t steps) {
  using Restart = SuiteVariant::Restart;
  const bool middle = step + 1 == (steps + 1) / 2;
  const bool due = variant_.restart == Restart::kAfterEveryStep ||
                   (variant_.restart == Restart::kOnceInTheMiddle && middle);
  if (!due) return absl::OkStatus();
  Close();
  return Open();
}

}  // namespace redress::scenarios
