// What became of each line that was fed: taken, a duplicate, or rejected. The three add up to the
// lines.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace redress::feed {

// A line of a file, and the name that its complaint has at the source.
struct LineOrigin {
  // Without folders.
  std::string file;
  int64_t line = 0;
  std::string source;
  std::string row_key;
};

struct RejectedLine {
  LineOrigin origin;
  std::string field;
  std::string reason;
};

// Not thread-safe.
class Tally {
 public:
  // `complaint`: 32 hexadecimal digits; empty where it is not known.
  void Take(const LineOrigin& origin, const std::string& complaint) {
    ++taken_;
    Remember(origin, complaint);
  }
  void Duplicate(const LineOrigin& origin, const std::string& complaint) {
    ++duplicates_;
    Remember(origin, complaint);
  }
  void Reject(const LineOrigin& origin, std::string field, std::string reason) {
    rejected_.push_back({origin, std::move(field), std::move(reason)});
  }

  int64_t taken() const { return taken_; }
  int64_t duplicates() const { return duplicates_; }
  const std::vector<RejectedLine>& rejected() const { return rejected_; }
  int64_t lines() const { return taken_ + duplicates_ + static_cast<int64_t>(rejected_.size()); }
  // Complaints of this feed with the first line of each.
  const std::map<std::string, LineOrigin>& complaints() const { return complaints_; }

 private:
  void Remember(const LineOrigin& origin, const std::string& complaint) {
    if (!complaint.empty()) complaints_.emplace(complaint, origin);
  }

  int64_t taken_ = 0;
  int64_t duplicates_ = 0;
  std::vector<RejectedLine> rejected_;
  std::map<std::string, LineOrigin> complaints_;
};

}  // namespace redress::feed
