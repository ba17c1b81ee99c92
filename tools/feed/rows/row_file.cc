#include "tools/feed/rows/row_file.h"

#include <algorithm>
#include <filesystem>
#include <ios>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace redress::feed {
namespace {

// Enough to meet columns that are not in every JSON object.
constexpr size_t kRowsToLearnFrom = 200;
// These rows are held; long ones must not add up.
constexpr int64_t kBytesToLearnFrom = 4 << 20;

}  // namespace

absl::StatusOr<std::unique_ptr<RowFile>> RowFile::Open(const std::string& path,
                                                       const ColumnMap& given) {
  auto file = std::unique_ptr<RowFile>(new RowFile);
  file->in_.open(path, std::ios::binary);
  std::error_code error;
  if (!file->in_ || std::filesystem::is_directory(path, error)) {
    return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  }
  file->name_ = std::filesystem::path(path).filename().string();
  const auto size = std::filesystem::file_size(path, error);
  // A pipe has no size.
  file->size_ = error ? 0 : static_cast<double>(size);
  if (absl::EndsWithIgnoreCase(path, ".csv") || absl::EndsWithIgnoreCase(path, ".tsv")) {
    try {
      auto reader = ReadCsv(file->in_);
      if (!reader.ok())
        return absl::InvalidArgumentError(absl::StrCat(path, ": ", reader.status().message()));
      file->reader_ = *std::move(reader);
    } catch (const std::ios_base::failure& failure) {
      return absl::UnavailableError(absl::StrCat(path, ": cannot be read: ", failure.what()));
    }
  } else {
    file->reader_ = ReadJsonLines(file->in_);
  }
  const absl::Status learnt = file->LearnColumns(given);
  if (!learnt.ok()) return absl::Status(learnt.code(), absl::StrCat(path, ": ", learnt.message()));
  return file;
}

absl::Status RowFile::LearnColumns(const ColumnMap& given) {
  std::vector<std::string> columns;
  while (ahead_.size() < kRowsToLearnFrom && reader_->bytes_read() < kBytesToLearnFrom) {
    auto next = Read();
    if (!next) break;
    if (const Row* row = std::get_if<Row>(&*next)) {
      for (const auto& value : row->values) {
        if (std::find(columns.begin(), columns.end(), value.first) == columns.end())
          columns.push_back(value.first);
      }
    }
    ahead_.push_back(*std::move(next));
  }
  // Without any readable row there is nothing to map: each is told as the problem it is.
  if (columns.empty()) return absl::OkStatus();
  REDRESS_ASSIGN_OR_RETURN(map_, MapColumns(given, columns));
  return absl::OkStatus();
}

std::optional<RowResult> RowFile::Read() {
  if (broken_) return std::nullopt;
  try {
    auto next = reader_->Next();
    if (next) line_ = std::visit([](const auto& row) { return row.line; }, *next);
    return next;
  } catch (const std::ios_base::failure& failure) {
    // Thrown by the buffer of the stream; the readers take their bytes from there.
    broken_ = true;
    return RowProblem{line_ + 1, "file",
                      absl::StrCat("cannot be read from here on: ", failure.what())};
  }
}

std::optional<RowResult> RowFile::Next() {
  if (ahead_.empty()) return Read();
  RowResult next = std::move(ahead_.front());
  ahead_.pop_front();
  return next;
}

}  // namespace redress::feed
