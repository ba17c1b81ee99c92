#include "libs/host/log_api.h"

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "libs/host/tail.h"
#include "libs/runtime/thread_executor.h"
#include "libs/runtime/token.h"
#include "redress/intake/v1/log_service.pb.h"

namespace redress {
namespace {

using intake::v1::BackupRequest;
using intake::v1::BackupResponse;
using intake::v1::GetStatusRequest;
using intake::v1::GetStatusResponse;
using intake::v1::RebuildRequest;
using intake::v1::RebuildResponse;
using intake::v1::TailRequest;
using intake::v1::TailResponse;

void SetTimestamp(int64_t us, google::protobuf::Timestamp* timestamp) {
  timestamp->set_seconds(us / 1000000);
  timestamp->set_nanos(static_cast<int32_t>(us % 1000000) * 1000);
}

void SetDuration(double seconds, google::protobuf::Duration* duration) {
  const int64_t us = static_cast<int64_t>(seconds * 1e6);
  duration->set_seconds(us / 1000000);
  duration->set_nanos(static_cast<int32_t>(us % 1000000) * 1000);
}

GetStatusResponse StatusOf(const HostContext& host, const std::vector<ModuleStatus>& modules,
                           absl::Time started) {
  GetStatusResponse response;
  response.set_instance(host.instance);
  response.set_version(host.build.version);
  response.set_log_id(host.log->log_id().ToHex());
  SetTimestamp(ToMicros(started), response.mutable_started_at());
  for (const ModuleStatus& status : modules) {
    auto* module = response.add_modules();
    module->set_name(status.name);
    module->set_ready(status.ready);
    module->set_not_ready_reason(status.not_ready_reason);
    module->set_work_waiting(status.work_waiting);
    module->set_work_parked(status.work_parked);
    module->set_newer_than_me(status.newer_than_me);
    SetDuration(status.oldest_work_seconds, module->mutable_oldest_work());
    module->set_projection(status.projection);
    for (const PartitionStatus& partition : status.partitions) {
      auto* out = module->add_partitions();
      out->set_topic(std::string(TopicName(partition.source.topic)));
      out->set_partition(static_cast<uint32_t>(partition.source.partition.value()));
      out->set_position(partition.position.value());
      out->set_end(partition.end.value());
      out->set_owned(partition.owned);
      out->set_lag_records(
          std::max<int64_t>(0, partition.end.value() - partition.position.value()));
      if (out->lag_records() > 0) SetDuration(status.lag_seconds, out->mutable_lag());
    }
  }
  return response;
}

}  // namespace

RpcService MakeLogService(const HostContext& host, ProcessOperations operations) {
  auto executor = std::make_shared<ThreadExecutor>("log-tail");
  auto copier = std::make_shared<ThreadExecutor>("backup");
  const absl::Time started = host.clock->Now();
  RpcService service("redress.intake.v1.LogService");
  service.Unary<GetStatusRequest, GetStatusResponse>(
      "GetStatus", {.role = "operator"},
      [host, statuses = operations.statuses, started](const CallContext&, const GetStatusRequest&,
                                                      Done<GetStatusResponse> done) {
        done(StatusOf(host, statuses(), started));
      });
  service.Stream<RebuildRequest, RebuildResponse>(
      "Rebuild", {.role = "operator"},
      [rebuild = operations.rebuild](const CallContext&, const RebuildRequest& request,
                                     StreamWriter<RebuildResponse> writer) {
        rebuild(request.module(), std::move(writer));
      });
  service.Unary<BackupRequest, BackupResponse>(
      "Backup", {.role = "operator"},
      [copier, back_up = operations.back_up](const CallContext&, const BackupRequest& request,
                                             Done<BackupResponse> done_once) {
        auto done = std::make_shared<Done<BackupResponse>>(std::move(done_once));
        copier->Post([back_up, done, name = request.name()] { (*done)(back_up(name)); });
      });
  service.Stream<TailRequest, TailResponse>(
      "Tail", {.role = "operator"},
      [host, executor](const CallContext& call, const TailRequest& request,
                       StreamWriter<TailResponse> writer) {
        const absl::Status problem = CheckTail(call, request);
        if (!problem.ok()) return writer.Finish(problem);
        StartTail(host.log, executor, request, std::move(writer));
      });
  return service;
}

}  // namespace redress
