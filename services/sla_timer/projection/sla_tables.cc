#include "services/sla_timer/projection/sla_tables.h"

namespace redress::sla_timer {
namespace {

constexpr size_t kOpenClockSize = EventId::kSize + 3 + 8;

}  // namespace

std::string OpenKey(const RowNumber& row) { return RowKey(kOpenTable).Row(row).str(); }

std::string EncodeOpenClocks(const std::vector<OpenClock>& clocks) {
  RowKey out(kOpenTable);
  for (const OpenClock& clock : clocks) {
    out.Bytes(EventId::FromBytesOrNone(clock.clock_id).bytes())
        .Byte(clock.kind)
        .Byte(clock.level)
        .Byte(clock.running ? 1 : 0)
        .I64(clock.breached_due_us);
  }
  return out.str().substr(1);
}

std::optional<std::vector<OpenClock>> DecodeOpenClocks(std::string_view bytes) {
  if (bytes.size() % kOpenClockSize != 0) return std::nullopt;
  const std::string row = std::string(1, kOpenTable) + std::string(bytes);
  RowKeyReader reader(row);
  std::vector<OpenClock> clocks(bytes.size() / kOpenClockSize);
  for (OpenClock& clock : clocks) {
    clock.clock_id = reader.Id<EventId>().ToBytes();
    clock.kind = reader.Byte();
    clock.level = reader.Byte();
    clock.running = reader.Byte() != 0;
    clock.breached_due_us = reader.I64();
  }
  return clocks;
}

std::string BreachedKey(int64_t due_us, const ComplaintId& complaint, std::string_view clock_id) {
  return RowKey(kBreachedTable).I64(due_us).Id(complaint).Bytes(clock_id).str();
}

std::string ExplainedKey(const RowNumber& row) { return RowKey(kExplainedTable).Row(row).str(); }

std::string UnresolvedKey(const ComplaintId& complaint) {
  return RowKey(kUnresolvedTable).Id(complaint).str();
}

}  // namespace redress::sla_timer
