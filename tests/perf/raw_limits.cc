#include "tests/perf/raw_limits.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/mutex.h"
#include "libs/base/random.h"
#include "libs/base/status.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/event_log/embedded/log_storage.h"
#include "libs/projection/projection_store.h"
#include "libs/projection/rocksdb/rocksdb_store.h"
#include "libs/rpc/server.h"
#include "redress/testing/v1/echo_service.pb.h"

namespace redress::perf {
namespace {

using testing::v1::EchoRequest;
using testing::v1::EchoResponse;

constexpr size_t kKeyBytes = 24;

// A key of `kKeyBytes` that rises with `number`, or, for a `random` one, lies anywhere.
std::string KeyOf(uint64_t number, bool random) {
  std::string key(kKeyBytes, random ? 'r' : 'o');
  const uint64_t place = random ? number * 0x9e3779b97f4a7c15u : number;
  for (size_t i = 0; i < 8; ++i) key[1 + i] = static_cast<char>(place >> (56 - 8 * i));
  return key;
}

std::string ValueOf(const WriteShape& shape, size_t key_bytes) {
  const double row = shape.bytes / std::max(shape.rows, 1e-9);
  return std::string(static_cast<size_t>(std::max(1.0, row - static_cast<double>(key_bytes))), 'v');
}

absl::Status WriteRows(ProjectionStore& store, const WriteShape& shape, uint64_t complaints) {
  const auto total =
      static_cast<uint64_t>(std::llround(shape.rows * static_cast<double>(complaints)));
  const auto every = static_cast<uint64_t>(std::max(1.0, std::round(shape.rows)));
  const auto in_batch = static_cast<size_t>(std::max(1.0, shape.rows_per_batch));
  const std::string value = ValueOf(shape, kKeyBytes);
  RowBatch batch;
  for (uint64_t row = 0; row < total; ++row) {
    batch.Put(KeyOf(row, row % every == 0), value);
    if (batch.size() < in_batch && row + 1 < total) continue;
    REDRESS_RETURN_IF_ERROR(store.Write(batch));
    batch.Clear();
  }
  return absl::OkStatus();
}

absl::Status WriteLog(LogStorage& storage, const WriteShape& shape, uint64_t complaints) {
  const PartitionTable table(kDefaultPartitions);
  const auto total =
      static_cast<uint64_t>(std::llround(shape.rows * static_cast<double>(complaints)));
  const auto in_batch = static_cast<size_t>(std::max(1.0, shape.rows_per_batch));
  const std::string value = ValueOf(shape, 0);
  const int partitions = table.count(Topic::kComplaints);
  CommittedBatch batch;
  for (uint64_t row = 0; row < total; ++row) {
    batch.records.push_back({static_cast<int>(row % static_cast<uint64_t>(partitions)),
                             Offset(static_cast<int64_t>(row / static_cast<uint64_t>(partitions))),
                             value});
    batch.bytes += value.size();
    if (batch.records.size() < in_batch && row + 1 < total) continue;
    REDRESS_RETURN_IF_ERROR(storage.Write(table, batch));
    batch.records.clear();
    batch.bytes = 0;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<double> RawRocksDbLimit(const WriteShapes& shapes, uint64_t complaints,
                                       const std::string& folder) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const auto resources = std::make_shared<StoreResources>();
  std::vector<std::unique_ptr<RocksDbStore>> stores;
  std::vector<std::function<absl::Status()>> writers;
  for (const auto& [service, shape] : shapes.services) {
    REDRESS_ASSIGN_OR_RETURN(auto store,
                             OpenRocksDbStore({absl::StrCat(folder, "/", service), resources}));
    stores.push_back(std::move(store));
    writers.push_back([raw = stores.back().get(), shape = &shape, complaints] {
      return WriteRows(*raw, *shape, complaints);
    });
  }
  StorageOptions log_options;
  log_options.folder = folder + "/log";
  log_options.env = resources->env();
  REDRESS_ASSIGN_OR_RETURN(const auto log, LogStorage::Open(std::move(log_options)));
  if (shapes.log.rows > 0)
    writers.push_back([&] { return WriteLog(*log, shapes.log, complaints); });

  Mutex mutex;
  absl::Status written;
  const absl::Time began = absl::Now();
  std::vector<std::thread> threads;
  for (const auto& writer : writers) {
    threads.emplace_back([&] {
      const absl::Status status = writer();
      MutexLock lock(mutex);
      written.Update(status);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - began);
  REDRESS_RETURN_IF_ERROR(written);
  stores.clear();
  std::filesystem::remove_all(folder);
  return static_cast<double>(complaints) / seconds;
}

absl::StatusOr<double> RawGrpcLimit(Generator& generator, Load load) {
  RpcServer server(RpcServerOptions{});
  RpcService echo("redress.testing.v1.EchoService");
  const auto answer = [](const CallContext&, const EchoRequest& request, Done<EchoResponse> done) {
    EchoResponse response;
    response.set_text(request.text());
    done(std::move(response));
  };
  echo.Unary<EchoRequest, EchoResponse>("Echo", {}, answer);
  server.Register(std::move(echo));
  REDRESS_ASSIGN_OR_RETURN(const int port, server.Start());
  load.kind = Load::Kind::kEcho;
  load.rate = 0;
  std::snprintf(load.target, sizeof(load.target), "127.0.0.1:%d", port);
  REDRESS_ASSIGN_OR_RETURN(const Sent sent, generator.Send(load));
  if (sent.failed > 0) return absl::AbortedError(sent.first_failure);
  return static_cast<double>(sent.calls) * 1e6 / static_cast<double>(sent.ended_us - sent.began_us);
}

}  // namespace redress::perf
