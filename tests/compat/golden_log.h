// Golden logs: records that some release wrote, kept for ever, and what they fold to. The promise
// of the fold is that every later release reads them, reaches the same verdicts and folds each
// aspect to the same bytes.
//
// A file is a sequence of records, each preceded by its length as a 4-byte big-endian number. Its
// name says what it holds: "0013-ComplaintAssessed-v1.bin" (one payload type in one schema version;
// 1-999 complaint, 1001-1999 directory, 2001- a record that is not judged), "history-….bin" (a
// complaint), "entity-….bin" (a directory entity).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace redress::compat {

struct GoldenLog {
  std::string name;
  std::vector<std::string> records;
};

std::string EncodeLog(const GoldenLog& log);
// DATA_LOSS when the file is cut.
absl::StatusOr<GoldenLog> ReadLog(const std::filesystem::path& file);
// Every "*.bin" of a folder, in the order of names.
absl::StatusOr<std::vector<GoldenLog>> ReadLogs(const std::filesystem::path& folder);

// What a log folds to, by name: "verdicts" (one digit a record), "head" and each aspect present
// ("stage", …), the latter as SHA-256 of their bytes; for records that are not judged "payloads".
// DATA_LOSS when a record does not parse, its payload type is not known, or it holds fields that
// this release does not know.
using Outcome = std::map<std::string, std::string>;
absl::StatusOr<Outcome> FoldLog(const GoldenLog& log);

// Lines "FILE ASPECT VALUE": the committed outcomes by file.
absl::StatusOr<std::map<std::string, Outcome>> ReadOutcomes(const std::filesystem::path& file);

}  // namespace redress::compat
