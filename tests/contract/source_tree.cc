#include "tests/contract/source_tree.h"

#include <fnmatch.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace redress::contract {

namespace fs = std::filesystem;

SourceFile MakeSourceFile(std::string path, std::string text) {
  SourceFile file{.path = std::move(path), .text = std::move(text)};
  std::istringstream lines(file.text);
  for (std::string line; std::getline(lines, line);) {
    const size_t start = line.find_first_not_of(" \t");
    if (start == std::string::npos || line.compare(start, 8, "#include") != 0) continue;
    const size_t open = line.find_first_of("<\"", start);
    if (open == std::string::npos) continue;
    const size_t close = line.find(line[open] == '<' ? '>' : '"', open + 1);
    if (close != std::string::npos)
      file.includes.push_back(line.substr(open + 1, close - open - 1));
  }
  return file;
}

absl::StatusOr<std::vector<SourceFile>> ReadTree(const fs::path& root,
                                                 const std::vector<std::string>& folders) {
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    if (!fs::is_directory(root / folder)) return absl::NotFoundError((root / folder).string());
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      std::stringstream text;
      text << in.rdbuf();
      files.push_back(
          MakeSourceFile(fs::relative(entry.path(), root).generic_string(), text.str()));
    }
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

bool IsCpp(const SourceFile& file) {
  return Matches("*.h", file.path) || Matches("*.cc", file.path);
}

const std::vector<std::string>& TestFiles() {
  static const auto& patterns = *new std::vector<std::string>{
      "*_test.cc", "*_test_*", "*/test_*", "tests/*", "libs/testing/*", "libs/rocksdb_testing/*",
      "libs/*/contract/*", "*/testing/*",
      // Blocking calls on a log, shared by the tests of one room.
      "libs/event_log/*/log_driver.h"};
  return patterns;
}

bool IsTest(std::string_view path) { return MatchesAny(TestFiles(), std::string(path)); }

std::string RoomOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

bool Matches(std::string_view pattern, const std::string& text) {
  return fnmatch(std::string(pattern).c_str(), text.c_str(), 0) == 0;
}

bool MatchesAny(const std::vector<std::string>& patterns, const std::string& text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& pattern) { return Matches(pattern, text); });
}

}  // namespace redress::contract
