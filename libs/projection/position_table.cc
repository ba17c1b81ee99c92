#include "libs/projection/position_table.h"

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
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

absl::StatusOr<PositionTable> PositionTable::Load(const ProjectionStore& store,
                                                  const LogId& log_id) {
  PositionTable table;
  table.log_id_ = log_id;
  REDRESS_ASSIGN_OR_RETURN(const auto identity, store.Get(IdentityKey()));
  if (identity) {
    if (*identity != log_id.bytes()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "this projection was folded from log ", LogId::FromBytesOrNone(*identity).ToHex(),
          ", not from log ", log_id.ToHex(), ": remove it to rebuild it from this log"));
    }
    table.identity_stored_ = true;
  }
  const std::string prefix(1, kPositionTable);
  REDRESS_RETURN_IF_ERROR(store.Scan(
      prefix, AfterPrefix(prefix), false, [&](std::string_view key, std::string_view value) {
        RowKeyReader reader(key);
        const auto topic = static_cast<Topic>(reader.Byte());
        const TopicPartition source{topic, Partition(static_cast<int32_t>(reader.U32()))};
        const std::string row = "P" + std::string(value);
        RowKeyReader fields(row);
        StoredPosition position;
        position.offset = Offset(static_cast<int64_t>(fields.U64()));
        position.ordinal = Ordinal(static_cast<int64_t>(fields.U64()));
        position.hash = fields.U64();
        table.places_.At(source).stored = position;
        return true;
      }));
  return table;
}

const StoredPosition* PositionTable::Find(TopicPartition source) const {
  const Place* place = places_.Find(source);
  return place != nullptr && place->stored ? &*place->stored : nullptr;
}

std::vector<std::pair<TopicPartition, StoredPosition>> PositionTable::all() const {
  std::vector<std::pair<TopicPartition, StoredPosition>> positions;
  places_.ForEach([&](TopicPartition source, const Place& place) {
    if (place.stored) positions.emplace_back(source, *place.stored);
  });
  return positions;
}

void PositionTable::Advance(const RecordView& record) {
  Place& place = places_.At(record.source);
  if (place.stored) {
    place.stored->ordinal = place.stored->ordinal.Next();
    place.stored->offset = record.offset;
  } else {
    place.stored = StoredPosition{record.offset, Ordinal(0), 0};
  }
  if (place.advanced == nullptr) advanced_.push_back(record.source);
  place.advanced = &record;
  if (!place.moved) moved_.push_back(record.source);
  place.moved = true;
}

void PositionTable::Keep(const ReadBatch& batch) {
  for (TopicPartition source : advanced_) {
    Place& place = places_.At(source);
    place.last = *place.advanced;
    place.owner = batch.owners[place.last.owner];
    place.advanced = nullptr;
  }
  advanced_.clear();
}

void PositionTable::AddTo(RowBatch* batch) {
  REDRESS_CHECK(advanced_.empty());
  if (!identity_stored_) {
    batch->Put(IdentityKey(), log_id_.ToBytes());
    identity_stored_ = true;
  }
  for (TopicPartition source : moved_) {
    Place& place = places_.At(source);
    place.stored->hash = RecordHash(place.last);
    batch->Put(KeyOf(source), RowKey('P')
                                  .U64(static_cast<uint64_t>(place.stored->offset.value()))
                                  .U64(static_cast<uint64_t>(place.stored->ordinal.value()))
                                  .U64(place.stored->hash)
                                  .str()
                                  .substr(1));
    place.owner.reset();
    place.moved = false;
  }
  moved_.clear();
}

}  // namespace redress
