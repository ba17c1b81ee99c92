// One row of a file of complaints: named values, and where it stood. Values only; thread-safe as
// values are.
#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

namespace redress::feed {

// A row longer than this is read past and told as a problem.
inline constexpr size_t kMaxRowBytes = 16 << 20;

struct Row {
  // Where it begins in the file, from 1.
  int64_t line = 0;
  // In the order of the file (CSV) or by name (JSON). An empty value is as good as none.
  std::vector<std::pair<std::string, std::string>> values;

  // Empty when there is none of that name.
  std::string_view Find(std::string_view column) const;
};

// A row that cannot be taken, and why.
struct RowProblem {
  int64_t line = 0;
  // Column or request field at fault; "row" when it is the row as a whole, "file" when the system
  // cannot read on.
  std::string field;
  std::string reason;
};

using RowResult = std::variant<Row, RowProblem>;

// Rows of a stream, one by one, in bounded memory. Not thread-safe.
class RowReader {
 public:
  virtual ~RowReader() = default;
  // The next row or what is wrong with it; nothing at the end. Every row of the file is answered
  // once.
  virtual std::optional<RowResult> Next() = 0;
  // Bytes consumed so far.
  virtual int64_t bytes_read() const = 0;
};

// One JSON object a line. Nested objects become "outer.inner", lists stay JSON. A blank line is a
// problem, not nothing: rows are counted. `in` outlives the reader.
std::unique_ptr<RowReader> ReadJsonLines(std::istream& in);

// RFC 4180 with a header row: quotes, doubled quotes, line ends within quotes; comma, semicolon or
// tab, whichever the header row holds most of. InvalidArgument when there is no header row. `in`
// outlives the reader.
absl::StatusOr<std::unique_ptr<RowReader>> ReadCsv(std::istream& in);

}  // namespace redress::feed
