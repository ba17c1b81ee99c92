#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/utf8.h"
#include "tools/feed/rows/row.h"

namespace redress::feed {
namespace {

constexpr int kEnd = std::char_traits<char>::eof();

// One record: its cells, and whether it is whole.
struct Record {
  int64_t line = 0;
  std::vector<std::string> cells;
  // Empty: well formed.
  std::string problem;
};

class Csv final : public RowReader {
 public:
  explicit Csv(std::istream& in) : in_(*in.rdbuf()) {}

  absl::Status ReadHeader() {
    SkipByteOrderMark();
    separator_ = FindSeparator();
    auto header = ReadRecord();
    if (!header || !header->problem.empty() || header->cells == std::vector<std::string>{""}) {
      return absl::InvalidArgumentError(
          "CSV: the first line must be a header row with the names of the columns");
    }
    std::set<std::string> seen;
    for (size_t i = 0; i < header->cells.size(); ++i) {
      std::string name =
          header->cells[i].empty() ? absl::StrCat("column_", i + 1) : header->cells[i];
      if (!IsUtf8(name)) return absl::InvalidArgumentError("CSV: the header row is not UTF-8");
      if (!seen.insert(name).second) name = absl::StrCat(name, "_", i + 1);
      columns_.push_back(std::move(name));
    }
    return absl::OkStatus();
  }

  std::optional<RowResult> Next() override {
    auto record = ReadRecord();
    if (!record) return std::nullopt;
    const auto problem = [&](std::string reason) -> RowResult {
      return RowProblem{record->line, "row", std::move(reason)};
    };
    if (!record->problem.empty()) return problem(record->problem);
    if (record->cells.size() == 1 && record->cells[0].empty() && columns_.size() > 1)
      return problem("empty line");
    if (record->cells.size() != columns_.size()) {
      return problem(
          absl::StrCat(record->cells.size(), " cells, the header row has ", columns_.size()));
    }
    Row row;
    row.line = record->line;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!IsUtf8(record->cells[i])) return RowProblem{record->line, columns_[i], "not UTF-8"};
      row.values.emplace_back(columns_[i], std::move(record->cells[i]));
    }
    return row;
  }

  int64_t bytes_read() const override { return bytes_; }

 private:
  int Take() {
    int c = kEnd;
    if (at_ < ahead_.size()) {
      c = static_cast<unsigned char>(ahead_[at_++]);
    } else {
      c = in_.sbumpc();
    }
    if (c != kEnd) ++bytes_;
    if (c == '\n') ++line_;
    return c;
  }
  int Peek() { return at_ < ahead_.size() ? static_cast<unsigned char>(ahead_[at_]) : in_.sgetc(); }

  void SkipByteOrderMark() {
    while (ahead_.size() < 3 && in_.sgetc() != kEnd)
      ahead_.push_back(static_cast<char>(in_.sbumpc()));
    if (ahead_ == "\xEF\xBB\xBF") at_ = 3;
  }

  // Looks at the first line, quotes apart; it is read again afterwards.
  char FindSeparator() {
    while (ahead_.size() < kMaxRowBytes && ahead_.find('\n') == std::string::npos &&
           in_.sgetc() != kEnd) {
      ahead_.push_back(static_cast<char>(in_.sbumpc()));
    }
    size_t count[3] = {0, 0, 0};
    constexpr char kSeparators[] = {',', ';', '\t'};
    bool quoted = false;
    for (const char c : ahead_) {
      if (c == '"') quoted = !quoted;
      if (c == '\n' && !quoted) break;
      for (int i = 0; i < 3; ++i) count[i] += !quoted && c == kSeparators[i] ? 1 : 0;
    }
    return kSeparators[std::max_element(count, count + 3) - count];
  }

  // Nothing at the end of the file.
  std::optional<Record> ReadRecord() {
    if (Peek() == kEnd) return std::nullopt;
    Record record;
    record.line = line_;
    size_t size = 0;
    while (true) {
      std::string cell;
      const int after = ReadCell(&cell, &size, &record.problem);
      record.cells.push_back(std::move(cell));
      if (after != separator_) break;
    }
    if (size > kMaxRowBytes) record.problem = absl::StrCat("longer than ", kMaxRowBytes, " bytes");
    return record;
  }

  // Reads to the separator or line end that follows the cell, and returns it ('\n' for all line
  // ends).
  int ReadCell(std::string* cell, size_t* size, std::string* problem) {
    const auto keep = [&](int c) {
      if (++*size <= kMaxRowBytes) cell->push_back(static_cast<char>(c));
    };
    if (Peek() == '"') {
      Take();
      while (true) {
        const int c = Take();
        if (c == kEnd) {
          *problem = "a quote is not closed";
          return kEnd;
        }
        if (c == '"' && Peek() == '"') {
          keep(Take());
        } else if (c == '"') {
          break;
        } else {
          keep(c);
        }
      }
      if (const int next = Peek();
          next != separator_ && next != '\r' && next != '\n' && next != kEnd) {
        *problem = "text after a closing quote";
      }
    }
    while (true) {
      const int c = Take();
      if (c == kEnd || c == separator_ || c == '\n') return c;
      if (c == '\r') {
        if (Peek() == '\n') Take();
        return '\n';
      }
      keep(c);
    }
  }

  std::streambuf& in_;
  // Read before its time, from `at_` on.
  std::string ahead_;
  size_t at_ = 0;
  char separator_ = ',';
  std::vector<std::string> columns_;
  int64_t line_ = 1;
  int64_t bytes_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowReader>> ReadCsv(std::istream& in) {
  auto reader = std::make_unique<Csv>(in);
  const absl::Status header = reader->ReadHeader();
  if (!header.ok()) return header;
  return reader;
}

}  // namespace redress::feed
