// The rows of work of one service: stored with the projection, mirrored in memory for the actor. Rows born since the
// last flush reach the actor at once; stored ones refill it at start. Timers further away than the window stay in the
// store until their time comes near, and are read from a durable cursor, never from the first key. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/projection/overlay.h"
#include "libs/runtime/work_item.h"

namespace redress {

class WorkTable {
 public:
  struct Options {
    // Kinds whose order is a due time.
    std::set<WorkKind> timer_kinds;
    absl::Duration timer_window = absl::Minutes(10);
  };

  // `overlay` and `store` must outlive the table.
  WorkTable(Options options, Overlay* overlay, const ProjectionStore& store)
      : options_(std::move(options)), overlay_(overlay), store_(store) {}

  // Reads the stored rows: all of the untimed kinds, and timers up to the window after `now`.
  absl::Status Refill(absl::Time now);
  // Reads the timers that come into the window, once half of it has passed. Everything must have been flushed.
  bool WantsMoreTimers(absl::Time now) const { return now >= next_window(); }
  // When timers have to be read next; InfiniteFuture without timer kinds.
  absl::Time next_window() const;
  absl::Status ReadMoreTimers(absl::Time now);

  // Makes the stored rows of a stream match: `before` → `after`.
  void Change(const std::vector<WorkItem>& before, const std::vector<WorkItem>& after);
  void Add(const WorkItem& item);
  void Remove(const WorkItem& item);

  // Rows in memory, by kind and order.
  struct Place {
    int64_t order;
    StreamId stream;
    std::string subject;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  const std::map<Place, WorkItem>& rows(WorkKind kind) const;
  // All kinds that have had rows.
  const std::map<WorkKind, std::map<Place, WorkItem>>& all() const { return rows_; }
  bool Contains(const WorkItem& item) const;
  size_t size() const;

  // Adds the cursors of the timer kinds to the flush.
  void AddCursors(RowBatch* batch) const;

 private:
  absl::Status ReadRange(WorkKind kind, int64_t from_order, int64_t to_order);
  static std::string KeyOf(const WorkItem& item);
  bool InWindow(const WorkItem& item) const;

  const Options options_;
  Overlay* const overlay_;
  const ProjectionStore& store_;
  std::map<WorkKind, std::map<Place, WorkItem>> rows_;
  // Timers with a lower order are all in memory.
  int64_t horizon_ = 0;
};

}  // namespace redress
