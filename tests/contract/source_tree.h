// The source tree as the contract test sees it: files, what they include, what they say. Pure but
// for `ReadTree`.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace redress::contract {

struct SourceFile {
  // Relative to the root, e.g. "libs/base/hash.h".
  std::string path;
  std::string text;
  // What stands between the brackets or quotes of its #include lines.
  std::vector<std::string> includes;
};

SourceFile MakeSourceFile(std::string path, std::string text);

// Every file below these folders of `root`, in the order of paths; no build output.
absl::StatusOr<std::vector<SourceFile>> ReadTree(const std::filesystem::path& root,
                                                 const std::vector<std::string>& folders);

bool IsCpp(const SourceFile& file);
// "*_test.cc", everything under tests/, and what exists for tests only.
const std::vector<std::string>& TestFiles();
bool IsTest(std::string_view path);
// The room of a file: its folder; an include "libs/base/hash.h" leads to room "libs/base".
std::string RoomOf(std::string_view path);

// Shell pattern where '*' also matches '/'.
bool Matches(std::string_view pattern, const std::string& text);
bool MatchesAny(const std::vector<std::string>& patterns, const std::string& text);

}  // namespace redress::contract
