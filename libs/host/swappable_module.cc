#include "libs/host/swappable_module.h"

#include <utility>

#include "absl/time/clock.h"
#include "libs/base/log.h"
#include "libs/base/status.h"
#include "libs/rpc/admission.h"

namespace redress {
namespace {

// Calls that are in when the module is replaced have this long to be answered; what remains is
// dropped, which answers it UNAVAILABLE.
constexpr absl::Duration kGrace = absl::Seconds(5);
// The new module folds what came since its projection was made.
constexpr absl::Duration kCatchUp = absl::Seconds(30);
constexpr absl::Duration kPause = absl::Milliseconds(2);

}  // namespace

// One module with its handlers, in the order of its services and their methods, and the streams
// that it feeds.
struct SwappableModule::Instance {
  struct Handler {
    decltype(RpcService::Method::unary) unary;
    decltype(RpcService::Method::stream) stream;
  };

  std::unique_ptr<Module> module;
  std::vector<Handler> handlers;
  Mutex mutex;
  std::vector<std::weak_ptr<StreamSink>> streams;

  // What remains of the services are their names and methods.
  std::vector<RpcService> TakeHandlers() {
    std::vector<RpcService> services = module->RpcServices();
    for (const RpcService& service : services) {
      for (const auto& method : service.methods()) {
        handlers.push_back({std::move(method->unary), std::move(method->stream)});
      }
    }
    return services;
  }

  void Add(const std::shared_ptr<StreamSink>& sink) {
    MutexLock lock(mutex);
    std::erase_if(streams, [](const auto& stream) { return stream.expired(); });
    streams.push_back(sink);
  }

  void EndStreams() {
    std::vector<std::weak_ptr<StreamSink>> ending;
    {
      MutexLock lock(mutex);
      ending.swap(streams);
    }
    for (const auto& stream : ending) {
      if (const auto sink = stream.lock()) sink->Finish(DrainingError());
    }
  }
};

SwappableModule::SwappableModule(HostContext host, Make make)
    : host_(std::move(host)), make_(std::move(make)) {
  serving_ = std::make_shared<Instance>();
  serving_->module = make_(host_);
  name_ = std::string(serving_->module->name());
}

SwappableModule::~SwappableModule() { Stop(); }

std::shared_ptr<SwappableModule::Instance> SwappableModule::Serving() const {
  MutexLock lock(mutex_);
  return serving_;
}

absl::Status SwappableModule::Start() { return Serving()->module->Start(); }

std::vector<RpcService> SwappableModule::RpcServices() {
  std::vector<RpcService> doors = Serving()->TakeHandlers();
  size_t index = 0;
  for (const RpcService& door : doors) {
    for (const auto& method : door.methods()) {
      const bool streams = Serving()->handlers[index].stream != nullptr;
      if (streams) {
        method->stream = [this, index](const CallContext& call, const RpcService::Message& request,
                                       std::shared_ptr<StreamSink> sink) {
          const std::shared_ptr<Instance> instance = Serving();
          if (instance == nullptr) return sink->Finish(DrainingError());
          instance->Add(sink);
          instance->handlers[index].stream(call, request, std::move(sink));
        };
      } else {
        method->unary = [this, index](const CallContext& call, const RpcService::Message& request,
                                      RpcService::ErasedDone done) {
          std::shared_ptr<Instance> instance = Serving();
          if (instance == nullptr) return done(DrainingError(), nullptr);
          const auto& handler = instance->handlers[index].unary;
          // Whoever holds the instance is in: it is not stopped before he has his answer.
          handler(call, request,
                  [instance = std::move(instance), done = std::move(done)](
                      const absl::Status& status, const RpcService::Message* answer) mutable {
                    done(status, answer);
                  });
        };
      }
      ++index;
    }
  }
  return doors;
}

absl::Status SwappableModule::Ready() const {
  const std::shared_ptr<Instance> instance = Serving();
  return instance != nullptr ? instance->module->Ready()
                             : absl::UnavailableError("a new projection is put in force");
}

ModuleStatus SwappableModule::Status() const {
  if (const std::shared_ptr<Instance> instance = Serving()) return instance->module->Status();
  MutexLock lock(mutex_);
  return last_status_;
}

std::shared_ptr<SwappableModule::Instance> SwappableModule::TakeOut() {
  std::shared_ptr<Instance> leaving;
  {
    MutexLock lock(mutex_);
    leaving = std::exchange(serving_, nullptr);
    if (leaving == nullptr) return nullptr;
    last_status_ = leaving->module->Status();
    last_status_.ready = false;
    last_status_.not_ready_reason = "a new projection is put in force";
  }
  leaving->EndStreams();
  const absl::Time deadline = host_.clock->Now() + kGrace;
  while (leaving.use_count() > 1 && host_.clock->Now() < deadline) absl::SleepFor(kPause);
  leaving->module->Stop();
  // One that slipped in before the door was shut.
  leaving->EndStreams();
  return leaving;
}

absl::Status SwappableModule::PutIn() {
  auto coming = std::make_shared<Instance>();
  coming->module = make_(host_);
  absl::Status status = coming->module->Start();
  if (status.ok()) {
    coming->TakeHandlers();
    const absl::Time deadline = host_.clock->Now() + kCatchUp;
    while (!coming->module->Ready().ok() && host_.clock->Now() < deadline) absl::SleepFor(kPause);
  }
  // Also one that did not start: it says why it is not ready, and is stopped in the end.
  MutexLock lock(mutex_);
  serving_ = std::move(coming);
  return status;
}

absl::StatusOr<std::string> SwappableModule::AdoptProjection(const std::string& data_dir) {
  MutexLock change(change_mutex_);
  if (stopped_) return absl::UnavailableError("the process ends");
  // Crash or not, from here on the next start finds the new one.
  REDRESS_ASSIGN_OR_RETURN(std::string projection, Serving()->module->AdoptProjection(data_dir));
  replaced_.push_back(TakeOut());
  const absl::Status status = PutIn();
  if (!status.ok()) {
    if (host_.fail) host_.fail(name_, status);
    return status;
  }
  Log(LogLevel::kInfo, name_, "the new projection is in force", {{"projection", projection}});
  return projection;
}

absl::Status SwappableModule::BackUp(const std::string& data_dir) {
  MutexLock change(change_mutex_);
  if (stopped_) return absl::UnavailableError("the process ends");
  return Serving()->module->BackUp(data_dir);
}

void SwappableModule::Stop() {
  MutexLock change(change_mutex_);
  if (std::exchange(stopped_, true)) return;
  // The server has drained: nobody is in.
  Serving()->module->Stop();
}

}  // namespace redress
