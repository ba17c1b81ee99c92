// A file of complaints, opened, with the meaning of its columns.
#pragma once

#include <deque>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tools/feed/rows/column_map.h"
#include "tools/feed/rows/row.h"

namespace redress::feed {

class RowFile {
 public:
  // CSV when the name ends in .csv or .tsv, else JSON lines. The columns are those of the first
  // rows. NotFound: no such file; InvalidArgument: no header row, or MapColumns finds neither text
  // nor category.
  static absl::StatusOr<std::unique_ptr<RowFile>> Open(const std::string& path,
                                                       const ColumnMap& given);

  // A file that the system cannot read on ends with a problem that says so.
  std::optional<RowResult> Next();
  const ColumnMap& map() const { return map_; }
  // 0-1: how much of the file has been read.
  double share_read() const {
    return size_ == 0 ? 1.0 : static_cast<double>(reader_->bytes_read()) / size_;
  }
  // The name without folders.
  const std::string& name() const { return name_; }

 private:
  RowFile() = default;
  absl::Status LearnColumns(const ColumnMap& given);
  std::optional<RowResult> Read();

  std::ifstream in_;
  std::string name_;
  double size_ = 0;
  std::unique_ptr<RowReader> reader_;
  // Of the row read last.
  int64_t line_ = 0;
  bool broken_ = false;
  // Read to learn the columns, not handed out yet.
  std::deque<RowResult> ahead_;
  ColumnMap map_;
};

}  // namespace redress::feed
