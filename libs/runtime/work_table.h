// The rows of work of one service: stored with the projection, mirrored in memory for the actor.
// Rows born since the last flush reach the actor at once; stored ones refill it at start. Timers
// further away than the window stay in the store until their time comes near, and are read from a
// durable cursor, never from the first key. What the actor remembers of a row lies in the row and
// goes with it.
//
// Rows that wait for the very same thing (somebody free with these skills, in this team) stand
// behind one gate. When it opens the first of them is offered, and the next only once the one
// before has found what it waited for: what a change costs does not grow with the number of those
// who wait. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
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
  // Reads the timers that come into the window, once half of it has passed. Everything must have
  // been flushed.
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
  struct Gate;
  // A row in memory, with the actor's notes.
  struct Row {
    WorkItem item;
    // Not offered: its answer is in flight, or it waits.
    bool taken = false;
    // It waits until then, or until its gate opens; InfinitePast: it does not wait.
    absl::Time retry_at = absl::InfinitePast();
    // Behind which it waits; or, while it does not, the one for which it stands (`first`). Null:
    // none.
    Gate* gate = nullptr;
    bool first = false;
    // Failures in a row at this version of the stream; parked: given up until the stream has
    // another version.
    int failures = 0;
    Version failed_at;
    bool parked = false;
    // Counted in `under_way`.
    bool counted = false;
  };
  using Rows = std::map<Place, Row>;
  const Rows& rows(WorkKind kind) const;
  // The row of this place, whatever made it true, or null. Valid until it is removed.
  Row* Find(WorkKind kind, const Place& place);
  Row* Find(const WorkItem& item) { return Find(item.kind, PlaceOf(item)); }
  // This very row is still there.
  bool Contains(const WorkItem& item) const;
  size_t size() const { return size_; }
  size_t parked() const { return parked_; }
  size_t parked(WorkKind kind) const;
  // Rows of the kind in memory that are neither parked nor wait for something, by unit: to be
  // answered, or with an answer in flight.
  const absl::flat_hash_map<Partition, size_t>& under_way(WorkKind kind) const;

  static Place PlaceOf(const WorkItem& item) { return {item.order, item.stream, item.subject}; }

  // The rows that nobody has taken, in order.
  struct Sooner {
    bool operator()(const Row* a, const Row* b) const {
      return std::tie(a->item.order, a->item.stream, a->item.subject) <
             std::tie(b->item.order, b->item.stream, b->item.subject);
    }
  };
  using Offered = std::set<Row*, Sooner>;
  struct Gate {
    Offered waiting;
    // Rows that stand for those behind them.
    int firsts = 0;
  };
  const Offered& offered(WorkKind kind) { return kinds_[kind].offered; }
  void Take(Row* row);
  void Offer(Row* row);
  void Park(Row* row, bool parked);

  // The row is not offered before `at`, unless its gate opens. Without a gate: unless any of its
  // kind do.
  void Wait(Row* row, absl::Time at, const std::string& gate = "");
  // Offers the rows whose time has come; answers the time of the next one, InfiniteFuture when none
  // waits.
  absl::Time OfferDue(absl::Time now);
  // Something has changed that rows of the kind wait for: the first behind each gate is offered,
  // and all without one.
  void OpenGates(WorkKind kind);
  // What stands behind a gate may have changed as well: all rows of the kind are offered.
  void OfferAll(WorkKind kind);
  // The row was served. When it stood for others and does not wait again behind the same gate, the
  // next is offered.
  void Served(Row* row);

  // Adds the cursors of the timer kinds to the flush.
  void AddCursors(RowBatch* batch) const;

 private:
  absl::Status ReadRange(WorkKind kind, int64_t from_order, int64_t to_order);
  // Unless the place is taken.
  void Insert(WorkItem item);
  // It waits no longer, and stands for nobody.
  void Unwait(Row* row);
  // Brings `under_way` up to date with the row.
  void Count(Row* row, bool under_way);
  void Count(Row* row) { Count(row, !row->parked && row->retry_at == absl::InfinitePast()); }
  void LeaveGate(Row* row);
  void OfferFirst(Gate* gate);
  // False when it was not there.
  bool Erase(const WorkItem& item);
  static std::string KeyOf(const WorkItem& item);
  bool InWindow(const WorkItem& item) const;

  const Options options_;
  Overlay* const overlay_;
  const ProjectionStore& store_;
  struct Kind {
    Rows rows;
    Offered offered;
    // Those without a gate wait behind that of the empty name.
    std::map<std::string, Gate> gates;
    size_t parked = 0;
    absl::flat_hash_map<Partition, size_t> under_way;
  };
  struct Earlier {
    bool operator()(const Row* a, const Row* b) const {
      return std::tie(a->retry_at, a->item.kind, a->item.order, a->item.stream, a->item.subject) <
             std::tie(b->retry_at, b->item.kind, b->item.order, b->item.stream, b->item.subject);
    }
  };
  std::map<WorkKind, Kind> kinds_;
  std::set<Row*, Earlier> waiting_;
  size_t size_ = 0;
  size_t parked_ = 0;
  // Timers with a lower order are all in memory.
  int64_t horizon_ = 0;
};

}  // namespace redress
