#include "libs/event_log/embedded/committed_batch.h"

#include "libs/event_log/embedded/record_codec.h"

namespace redress {

const CommittedBatch::Views& CommittedBatch::ViewsOf(const PartitionTable& table) const {
  decoded_.Call([&] {
    views_.records.reserve(records.size());
    shared_ = std::make_unique<SharedDecode[]>(records.size());
    for (const CommittedRecord& record : records) {
      RecordView view;
      view.source = table.all()[static_cast<size_t>(record.partition)];
      view.offset = record.offset;
      view.shared = &shared_[views_.records.size()];
      views_.status = DecodeRecord(record.bytes, &headers_, &view);
      if (!views_.status.ok()) return;
      views_.records.push_back(view);
    }
  });
  return views_;
}

}  // namespace redress
