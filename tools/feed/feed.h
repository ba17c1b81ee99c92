// One feed from beginning to end: wait for the suite, staff it, feed it, wait until it is quiet,
// report.
#pragma once

#include <atomic>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/feed/report.h"
#include "tools/feed/rows/column_map.h"

namespace redress::feed {

struct FeedOptions {
  std::string server = "127.0.0.1:7420";
  std::string token;
  // The demo set; empty: none.
  std::string demo;
  std::vector<std::string> data;
  ColumnMap map;
  // First half of the source ids; empty: the file's name.
  std::string source;
  std::set<Role> required;
  absl::TimeZone zone = absl::UTCTimeZone();
  size_t in_flight = 128;
  absl::Duration ready_within = absl::Seconds(60);
  // How long nothing may move before waiting for quiet ends.
  absl::Duration patience = absl::Seconds(20);
  // How long the log must stand still before anybody believes that it is quiet.
  absl::Duration still = absl::Milliseconds(1500);
  bool staff = true;
};

// Where progress goes: a line that is written over on a terminal, else one every few seconds.
class Progress {
 public:
  Progress(std::ostream& out, bool terminal) : out_(out), terminal_(terminal) {}
  // `now`: at most once a second (terminal) or every five is shown.
  void Show(const std::string& text, absl::Time now);
  // Ends the line that is written over; then `text`, if any, on a line of its own.
  void Say(const std::string& text);

 private:
  std::ostream& out_;
  const bool terminal_;
  bool open_line_ = false;
  absl::Time next_ = absl::InfinitePast();
};

// The report, also of a feed that was stopped or broke off half-way (then not `complete`). An error
// when nothing could be fed at all: the suite does not serve, or a file cannot be read or mapped.
absl::StatusOr<FeedReport> RunFeed(const FeedOptions& options, const std::atomic<bool>& stop,
                                   Progress* progress);

}  // namespace redress::feed
