#include "tests/perf/running_suite.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/time/clock.h"
#include "libs/base/status.h"
#include "libs/host/process.h"
#include "libs/rpc/channel.h"
#include "services/suite/modules.h"
#include "tools/feed/suite.h"

namespace redress::perf {
namespace {

constexpr absl::Duration kServingWithin = absl::Seconds(60);

// The gRPC address out of {"grpc": "…", …}; empty while the file is not there.
std::string ReadEndpoint(const std::string& path) {
  std::ifstream file(path);
  std::stringstream content;
  content << file.rdbuf();
  const std::string text = content.str();
  const std::string field = "\"grpc\": \"";
  const size_t at = text.find(field);
  if (at == std::string::npos) return "";
  const size_t begin = at + field.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

}  // namespace

RunningSuite::RunningSuite(Options options)
    : options_(std::move(options)),
      disk_(std::make_shared<CountingFileSystem>(rocksdb::FileSystem::Default())),
      resources_(std::make_shared<StoreResources>(StoreLimits(), disk_)) {}

HostContext RunningSuite::Look(HostContext host) {
  host.resources = resources_;
  host_ = host;
  return host;
}

absl::StatusOr<std::unique_ptr<RunningSuite>> RunningSuite::Start(Options options) {
  std::unique_ptr<RunningSuite> suite(new RunningSuite(std::move(options)));
  REDRESS_RETURN_IF_ERROR(suite->Begin());
  return suite;
}

absl::Status RunningSuite::Begin() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, &signals_before_);

  std::filesystem::create_directories(options_.data_dir);
  const std::string endpoints = options_.data_dir + "/endpoints.json";
  std::filesystem::remove(endpoints);
  arguments_ = {"redress",     "--data-dir", options_.data_dir,    "--listen",
                "127.0.0.1:0", "--metrics",  "127.0.0.1:0",        "--endpoints-file",
                endpoints,     "--policy",   options_.policy_file, "--log-level",
                "warning"};
  arguments_.insert(arguments_.end(), options_.flags.begin(), options_.flags.end());
  thread_ = std::thread([this] {
    std::vector<char*> argv;
    for (std::string& argument : arguments_) argv.push_back(argument.data());
    std::vector<ModuleFactory> factories = SuiteModules();
    for (ModuleFactory& factory : factories) {
      factory.make = [this, make = factory.make](HostContext host) {
        return make(Look(std::move(host)));
      };
    }
    const int code = RunProcess(static_cast<int>(argv.size()), argv.data(),
                                "The suite under measurement", std::move(factories));
    MutexLock lock(mutex_);
    if (stopping_) return;
    std::fprintf(stderr, "the suite has ended by itself, with %d\n", code);
    std::_Exit(1);
  });
  const absl::Time end = absl::Now() + kServingWithin;
  while ((grpc_ = ReadEndpoint(endpoints)).empty()) {
    if (absl::Now() > end) return absl::UnavailableError("the suite does not come up");
    absl::SleepFor(absl::Milliseconds(10));
  }
  RpcChannel channel({.target = grpc_});
  REDRESS_RETURN_IF_ERROR(feed::WaitUntilServing(channel, kServingWithin));
  REDRESS_ASSIGN_OR_RETURN(agents_, feed::StaffEverybody(channel, kServingWithin));
  return absl::OkStatus();
}

RunningSuite::~RunningSuite() { Stop(); }

void RunningSuite::Stop() {
  if (!thread_.joinable()) return;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  kill(getpid(), SIGTERM);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &signals_before_, nullptr);
}

}  // namespace redress::perf
