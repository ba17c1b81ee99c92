#include "libs/host/process.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/log.h"
#include "libs/base/mutex.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/event_log/kafka/kafka_log.h"
#include "libs/host/backup.h"
#include "libs/host/call_metrics.h"
#include "libs/host/log_api.h"
#include "libs/host/process_options.h"
#include "libs/host/rebuild.h"
#include "libs/host/swappable_module.h"
#include "libs/metrics/exposer.h"
#include "libs/rpc/server.h"
#include "libs/runtime/decoded_event.h"

#ifndef REDRESS_VERSION
#define REDRESS_VERSION "0.1.0"
#endif

namespace redress {
namespace {

// In containers process numbers are all alike, names of machines are not.
std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0' ? name : "pid";
}

// Log, id secret and everything that must go before it.
struct OpenedLog {
  std::unique_ptr<EventLog> log;
  std::string id_secret;
};

absl::StatusOr<OpenedLog> OpenLog(const ProcessOptions& options, const StoreResources& resources,
                                  Clock& clock, Random& random) {
  std::string secret;
  if (!options.id_secret_file.empty()) {
    REDRESS_ASSIGN_OR_RETURN(secret, ReadIdSecret(options.id_secret_file));
  }
  if (options.log == "embedded") {
    EmbeddedLogOptions embedded;
    embedded.folder = options.data_dir + "/log";
    embedded.random = &random;
    embedded.clock = &clock;
    embedded.id_secret = secret;
    embedded.env = resources.env();
    embedded.before_readers = DecodedEvent::Ahead;
    REDRESS_ASSIGN_OR_RETURN(auto log, EmbeddedLog::Open(std::move(embedded)));
    secret = log->id_secret();
    return OpenedLog{std::move(log), secret};
  }
  KafkaOptions kafka;
  kafka.bootstrap_servers = options.kafka;
  kafka.id_secret = secret;
  kafka.create_topics = options.create_topics;
  kafka.SetReplication(options.replication);
  for (const std::string& property : options.kafka_properties) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(property, absl::MaxSplits('=', 1));
    kafka.properties.push_back(parts);
  }
  REDRESS_ASSIGN_OR_RETURN(auto log, KafkaLog::Open(kafka, clock, random));
  return OpenedLog{std::move(log), secret};
}

std::string AddressWithPort(const std::string& address, int port) {
  const size_t colon = address.rfind(':');
  return absl::StrCat(address.substr(0, colon), ":", port);
}

absl::Status WriteEndpoints(const std::string& path, const std::string& grpc,
                            const std::string& metrics) {
  const std::string temporary = path + ".tmp";
  {
    std::ofstream file(temporary);
    file << "{\"grpc\": " << LogValue::Quoted(grpc)
         << ", \"metrics\": " << LogValue::Quoted(metrics) << ", \"pid\": " << getpid() << "}\n";
    if (!file.good()) return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
  }
  return absl::OkStatus();
}

absl::Status Of(std::string_view module, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(std::string(module), ": ", status.message()));
}

// The first failure of a module: a suite that cannot go on in one part ends as a whole, so that
// nobody takes it for one that works. Thread-safe.
class Failure {
 public:
  void Set(std::string_view module, const absl::Status& why) {
    {
      MutexLock lock(mutex_);
      if (!status_.ok()) return;
      status_ = Of(module, Explained(why));
    }
    // Wakes the main thread, or is found by it when it begins to wait.
    kill(getpid(), SIGTERM);
  }
  absl::Status status() const {
    MutexLock lock(mutex_);
    return status_;
  }

 private:
  // What a reader says of an offset that is not there means more when the offset was folded before.
  static absl::Status Explained(const absl::Status& why) {
    if (!absl::IsOutOfRange(why)) return why;
    return absl::FailedPreconditionError(absl::StrCat(
        "the log was truncated or is an older copy of what was folded from it: ", why.message()));
  }

  mutable Mutex mutex_;
  absl::Status status_;
};

absl::Status AllReady(const std::vector<std::unique_ptr<Module>>& modules) {
  for (const auto& module : modules) {
    const absl::Status ready = module->Ready();
    if (!ready.ok()) {
      return absl::UnavailableError(
          absl::StrCat(std::string(module->name()), ": ", ready.message()));
    }
  }
  return absl::OkStatus();
}

ProcessOperations OperationsOn(const std::vector<std::unique_ptr<Module>>& modules,
                               const ProcessOptions& options, const HostContext& host,
                               Rebuilds* rebuilds) {
  ProcessOperations operations;
  operations.statuses = [&modules] {
    std::vector<ModuleStatus> all;
    for (const auto& module : modules) all.push_back(module->Status());
    return all;
  };
  operations.rebuild = [rebuilds](const std::string& module, Rebuilds::Writer writer) {
    rebuilds->Start(module, std::move(writer));
  };
  operations.back_up = [&modules, folder = options.backup_dir, host](const std::string& name) {
    return MakeBackup(folder, name, host, dynamic_cast<const EmbeddedLog*>(host.log), modules);
  };
  return operations;
}

absl::Status Run(const ProcessOptions& options, const std::vector<ModuleFactory>& factories,
                 const sigset_t& signals) {
  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  auto resources = std::make_shared<StoreResources>();
  Failure failure;
  // Modules outlive the log (see HostContext), so they are declared before it.
  std::vector<std::unique_ptr<Module>> modules;
  REDRESS_ASSIGN_OR_RETURN(OpenedLog opened, OpenLog(options, *resources, clock, random));

  HostContext host{opened.log.get(), &clock, &random, &metrics, resources};
  host.data_dir = options.data_dir;
  host.id_secret = opened.id_secret;
  host.instance = absl::StrCat(HostName(), "-", getpid());
  host.build = {REDRESS_VERSION, "unknown"};
  host.policy_file = options.policy_file;
  host.fail = [&failure](std::string_view module, const absl::Status& why) {
    failure.Set(module, why);
  };
  for (const ModuleFactory& factory : factories) {
    if (std::find(options.modules.begin(), options.modules.end(), factory.name) ==
        options.modules.end())
      continue;
    modules.push_back(std::make_unique<SwappableModule>(host, factory.make));
  }
  if (modules.empty()) return absl::InvalidArgumentError("--modules: none of them is known");

  RpcServerOptions rpc;
  rpc.address = options.listen;
  rpc.token_file = options.token_file;
  rpc.readiness = [&modules](std::string_view) { return AllReady(modules); };
  CallMetrics calls(metrics);
  rpc.observer = [&calls](const CallEnd& end) { calls.OnEnd(end); };
  absl::Status status;
  Rebuilds rebuilds(host, factories, &modules);
  {
    RpcServer server(std::move(rpc));
    for (const auto& module : modules) {
      status = module->Start();
      if (!status.ok()) {
        status = Of(module->name(), status);
        break;
      }
      for (RpcService& service : module->RpcServices()) {
        calls.Add(module->name(), service);
        server.Register(std::move(service));
      }
    }
    if (status.ok()) {
      RpcService log_service =
          MakeLogService(host, OperationsOn(modules, options, host, &rebuilds));
      calls.Add("process", log_service);
      server.Register(std::move(log_service));
      const auto port = server.Start();
      const auto exposer = ServeMetrics(metrics, options.metrics);
      status = port.status();
      if (status.ok()) status = exposer.status();
      if (status.ok()) {
        const std::string grpc = AddressWithPort(options.listen, *port);
        const std::string scraped = AddressWithPort(options.metrics, (*exposer)->port());
        Log(LogLevel::kInfo, "process", "serving",
            {{"grpc", grpc},
             {"metrics", "http://" + scraped + "/metrics"},
             {"data", options.data_dir},
             {"log", opened.log->log_id().ToHex()},
             {"callers", options.token_file.empty() ? "local only" : "by token"}});
        if (!options.endpoints_file.empty())
          status = WriteEndpoints(options.endpoints_file, grpc, scraped);
        int signal = 0;
        if (status.ok()) sigwait(&signals, &signal);
        if (status.ok()) status = failure.status();
        if (status.ok()) Log(LogLevel::kInfo, "process", "stopping", {{"signal", signal}});
      }
    }
    // Its stream would keep the server from draining.
    rebuilds.Stop();
    server.Drain(absl::Seconds(5));
  }
  for (auto module = modules.rbegin(); module != modules.rend(); ++module) (*module)->Stop();
  opened.log.reset();
  return status;
}

// Connections and table files each hold a descriptor; the usual soft limit (1,024) is made for
// programs that use select(2), which nothing here does.
void UseAllDescriptors() {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

int RunProcess(int argc, char** argv, const std::string& description,
               std::vector<ModuleFactory> factories) {
  // Signals are waited for on the main thread; every thread started later inherits the mask.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  UseAllDescriptors();

  std::vector<std::string> names;
  for (const ModuleFactory& factory : factories) names.push_back(factory.name);
  const ProcessOptions options = ParseOptions(argc, argv, description, names);
  const absl::Status checked = CheckOptions(options);
  if (!checked.ok()) {
    std::cerr << checked.message() << "\n";
    return 2;
  }
  if (options.print_config) std::cout << PrintOptions(options);
  if (options.check_config) std::cout << "configuration: OK\n";
  if (options.print_config || options.check_config) return 0;
  const absl::Status ran = Run(options, factories, signals);
  if (ran.ok()) return 0;
  Log(LogLevel::kError, "process", "cannot serve: the process ends", {{"error", ran.ToString()}});
  return 1;
}

}  // namespace redress
