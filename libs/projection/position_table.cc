#include "libs/projection/position_table.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/projection/row_key.h"

namespace redress {
namespace {

std::string KeyOf(TopicPartition source) {
  return RowKey(kPositionTable)
      .Byte(static_cast<uint8_t>(source.topic))
      .U32(static_cast<uint32_t>(source.partition.value()))
      .str();
}

std::string IdentityKey() { return RowKey(kMetaTable).Bytes("log_id").str(); }

}  // namespace

absl::StatusOr<PositionTable> PositionTable::Load(const ProjectionStore& store, const LogId& log_id) {
  PositionTable table;
  table.log_id_ = log_id;
  REDRESS_ASSIGN_OR_RETURN(const auto identity, store.Get(IdentityKey()));
  if (identity) {
    if (*identity != log_id.bytes()) {
      return absl::FailedPreconditionError(
          absl::StrCat("this projection was folded from log ", LogId::FromBytesOrNone(*identity).ToHex(),
                       ", not from log ", log_id.ToHex(), ": remove it to rebuild it from this log"));
    }
    table.identity_stored_ = true;
  }
  const std::string prefix(1, kPositionTable);
  REDRESS_RETURN_IF_ERROR(
      store.Scan(prefix, AfterPrefix(prefix), false, [&](std::string_view key, std::string_view value) {
        RowKeyReader reader(key);
        const auto topic = static_cast<Topic>(reader.Byte());
        const TopicPartition source{topic, Partition(static_cast<int32_t>(reader.U32()))};
        const std::string row = "P" + std::string(value);
        RowKeyReader fields(row);
        StoredPosition position;
        position.offset = Offset(static_cast<int64_t>(fields.U64()));
        position.ordinal = Ordinal(static_cast<int64_t>(fields.U64()));
        position.hash = fields.U64();
        table.positions_[source] = position;
        return true;
      }));
  return table;
}

std::optional<StoredPosition> PositionTable::Find(TopicPartition source) const {
  auto it = positions_.find(source);
  if (it == positions_.end()) return std::nullopt;
  return it->second;
}

void PositionTable::Advance(const RecordView& record, const std::vector<std::shared_ptr<const void>>& owners) {
  auto [it, first] = positions_.try_emplace(record.source);
  it->second.ordinal = first ? Ordinal(0) : it->second.ordinal.Next();
  it->second.offset = record.offset;
  Moved& moved = moved_[record.source];
  moved.record = record;
  if (moved.owners != owners) moved.owners = owners;
}

void PositionTable::AddTo(RowBatch* batch) {
  if (!identity_stored_) {
    batch->Put(IdentityKey(), log_id_.bytes());
    identity_stored_ = true;
  }
  for (const auto& [source, moved] : moved_) {
    StoredPosition& position = positions_[source];
    position.hash = RecordHash(moved.record);
    batch->Put(KeyOf(source), RowKey('P')
                                  .U64(static_cast<uint64_t>(position.offset.value()))
                                  .U64(static_cast<uint64_t>(position.ordinal.value()))
                                  .U64(position.hash)
                                  .str()
                                  .substr(1));
  }
  moved_.clear();
}

}  // namespace redress
