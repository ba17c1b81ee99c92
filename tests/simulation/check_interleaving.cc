#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/projection/memory/memory_store.h"
#include "libs/projection/row_key.h"
#include "services/sla_timer/projection/sla_projection.h"
#include "services/sla_timer/projection/sla_tables.h"
#include "tests/simulation/checks.h"
#include "tests/simulation/replay_log.h"

namespace redress::simulation {
namespace {

using Rows = std::map<std::string, std::string>;

// Tables whose rows say when something was read, not what: cursors of timers.
bool DependsOnReading(char table) { return table == kMetaTable; }

absl::StatusOr<Rows> RowsOf(const ProjectionStore& store) {
  Rows rows;
  const absl::Status scanned =
      store.Scan("", "\x7f", false, [&](std::string_view key, std::string_view value) {
        if (!DependsOnReading(key[0])) rows.emplace(key, value);
        return true;
      });
  if (!scanned.ok()) return scanned;
  return rows;
}

// Complaints whose clocks a replica could not read when it folded their last event: their calendar
// came later. Their timer row stands at the earliest time that they could be due, and what is shown
// of their clocks is as of then.
std::set<StreamId> ReadTooEarly(const Rows& rows) {
  std::set<StreamId> streams;
  for (const auto& [key, value] : rows) {
    if (key[0] == sla_timer::kUnresolvedTable) streams.insert(RowKeyReader(key).Id<StreamId>());
  }
  return streams;
}

bool IsOfClocks(const std::string& key, const std::set<StreamId>& streams,
                const std::set<std::string>& open_keys) {
  RowKeyReader reader(key);
  switch (key[0]) {
    case sla_timer::kUnresolvedTable:
      return streams.count(reader.Id<StreamId>()) > 0;
    case sla_timer::kOpenTable:
      return open_keys.count(key) > 0;
    case sla_timer::kBreachedTable:
      reader.I64();
      return streams.count(reader.Id<StreamId>()) > 0;
    case kWorkTable: {
      const bool timer = reader.Byte() == sla_timer::kTimer;
      reader.I64();
      return timer && streams.count(reader.Id<StreamId>()) > 0;
    }
    default:
      return false;
  }
}

// The first row that the two do not share, in words; empty: they are the same.
std::string Difference(const Rows& lived, const Rows& replayed) {
  const auto [left, right] =
      std::mismatch(lived.begin(), lived.end(), replayed.begin(), replayed.end());
  if (left == lived.end() && right == replayed.end()) return "";
  const bool missing =
      right == replayed.end() || (left != lived.end() && left->first < right->first);
  const bool more = left == lived.end() || (right != replayed.end() && right->first < left->first);
  const std::string& key = more ? right->first : left->first;
  return absl::StrCat(missing ? "lacks"
                      : more  ? "has"
                              : "differs in",
                      " row ", key.substr(0, 1), " ", absl::BytesToHexString(key.substr(1)));
}

class Interleaving final : public Check {
 public:
  explicit Interleaving(uint64_t seed) : seed_(seed) {}
  std::string_view name() const override { return "interleaving"; }

  void AtEnd(const Ended& ended) override {
    for (int s = 0; s < kServices && failure().empty(); ++s) CheckService(ended, s);
  }

 private:
  void CheckService(const Ended& ended, int index) {
    Process& process = *ended.processes.front();
    Service& lived = process.service(index);
    if (const absl::Status flushed = lived.projector().Flush(); !flushed.ok())
      return Fail(flushed.ToString());
    auto rows = RowsOf(process.store(index));
    auto replayed = Replayed(ended, process, index);
    if (!rows.ok()) return Fail(rows.status().ToString());
    if (!replayed.ok()) return Fail(replayed.status().ToString());
    if (index == kSlaTimer) LeaveOutReadTooEarly(lived, &*rows, &*replayed);
    const std::string difference = Difference(*rows, *replayed);
    if (!difference.empty())
      Fail(absl::StrCat(lived.name(), ", having read in another order, ", difference));
  }

  void LeaveOutReadTooEarly(Service& lived, Rows* rows, Rows* replayed) {
    std::set<StreamId> streams = ReadTooEarly(*rows);
    streams.merge(ReadTooEarly(*replayed));
    std::set<std::string> open_keys;
    for (const StreamId& stream : streams) {
      const auto row = lived.projector().LoadComplaint(stream);
      if (!row.ok()) return Fail(row.status().ToString());
      open_keys.insert(sla_timer::OpenKey((*row)->row));
    }
    const auto of_clocks = [&](const auto& row) {
      return IsOfClocks(row.first, streams, open_keys);
    };
    std::erase_if(*rows, of_clocks);
    std::erase_if(*replayed, of_clocks);
  }

  // What a service makes of the whole log that reads it in a drawn order.
  absl::StatusOr<Rows> Replayed(const Ended& ended, Process& process, int index) {
    SimulatedScheduler scheduler(seed_, ended.now);
    SimulatedExecutor executor(&scheduler);
    SteppedClock clock(&scheduler.clock());
    SeededRandom random(seed_);
    ReplayLog log(&ended.bus, &process.log(), seed_ + static_cast<uint64_t>(index));
    const auto store = NewMemoryStore();
    const std::unique_ptr<Room> room = MakeRoom(index, &clock, &random, nullptr);
    ServiceParts parts = room->Parts();
    parts.name = std::string(ServiceName(index));
    room->service = std::make_unique<Service>(std::move(parts),
                                              Ports{&log, store.get(), &clock, &random, &executor});
    room->OnMade(*room->service);
    absl::Status status = room->service->Start();
    Projector& projector = room->service->projector();
    while (status.ok() && !projector.caught_up()) status = projector.Step().status();
    if (status.ok()) status = projector.Flush();
    if (!status.ok()) return status;
    return RowsOf(*store);
  }

  const uint64_t seed_;
};

}  // namespace

std::unique_ptr<Check> CheckInterleaving(uint64_t seed) {
  return std::make_unique<Interleaving>(seed);
}

}  // namespace redress::simulation
