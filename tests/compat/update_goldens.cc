// update_goldens FOLDER [--update-new]
//
// Says which golden logs, outcomes and descriptors the folder (tests/compat) lacks, and exits with
// 1 when any are missing. With --update-new it adds them. It never overwrites a golden log or an
// outcome, and it replaces the descriptor set only by one that lost nothing.
#include <cstdio>
#include <fstream>
#include <string>

#include "tests/compat/descriptor_check.h"
#include "tests/compat/golden_log.h"
#include "tests/compat/golden_stories.h"

namespace redress::compat {
namespace {

namespace fs = std::filesystem;

bool Write(const fs::path& file, const std::string& bytes, std::ios::openmode mode) {
  std::ofstream out(file, std::ios::binary | mode);
  out << bytes;
  out.close();
  if (!out.good()) std::fprintf(stderr, "cannot write %s\n", file.c_str());
  return out.good();
}

struct Tally {
  int missing = 0;
  int failed = 0;
};

void AddLogs(const fs::path& golden, bool update, Tally* tally) {
  for (const GoldenLog& story : CurrentStories()) {
    if (fs::exists(golden / story.name)) continue;
    std::printf("new: golden/%s\n", story.name.c_str());
    ++tally->missing;
    if (update && !Write(golden / story.name, EncodeLog(story), std::ios::trunc)) ++tally->failed;
  }
}

void AddOutcomes(const fs::path& golden, bool update, Tally* tally) {
  const auto logs = ReadLogs(golden);
  if (!logs.ok()) {
    std::fprintf(stderr, "%s\n", logs.status().ToString().c_str());
    ++tally->failed;
    return;
  }
  auto committed = ReadOutcomes(golden / "states.txt");
  if (!committed.ok()) committed = std::map<std::string, Outcome>();
  std::string lines;
  for (const GoldenLog& log : *logs) {
    const auto outcome = FoldLog(log);
    if (!outcome.ok()) {
      std::fprintf(stderr, "%s\n", outcome.status().ToString().c_str());
      ++tally->failed;
      continue;
    }
    for (const auto& [aspect, value] : *outcome) {
      if ((*committed)[log.name].count(aspect) != 0) continue;
      lines += log.name + " " + aspect + " " + value + "\n";
      ++tally->missing;
    }
  }
  std::printf("%s", lines.c_str());
  if (update && !lines.empty() && !Write(golden / "states.txt", lines, std::ios::app))
    ++tally->failed;
}

void RenewDescriptors(const fs::path& file, bool update, Tally* tally) {
  google::protobuf::FileDescriptorSet golden;
  std::ifstream in(file, std::ios::binary);
  if (in && !golden.ParseFromIstream(&in)) {
    std::fprintf(stderr, "%s does not parse\n", file.c_str());
    ++tally->failed;
    return;
  }
  const google::protobuf::FileDescriptorSet current = CurrentDescriptors();
  for (const std::string& lost : Incompatibilities(golden, current)) {
    std::fprintf(stderr, "%s\n", lost.c_str());
    ++tally->failed;
  }
  if (tally->failed > 0 || golden.SerializeAsString() == current.SerializeAsString()) return;
  std::printf("new: descriptors.bin\n");
  ++tally->missing;
  if (update && !Write(file, current.SerializeAsString(), std::ios::trunc)) ++tally->failed;
}

}  // namespace
}  // namespace redress::compat

int main(int argc, char** argv) {
  const bool update = argc == 3 && std::string(argv[2]) == "--update-new";
  if (argc < 2 || (argc > 2 && !update)) {
    std::fprintf(stderr, "usage: update_goldens FOLDER [--update-new]\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  redress::compat::Tally tally;
  redress::compat::AddLogs(folder / "golden", update, &tally);
  redress::compat::AddOutcomes(folder / "golden", update, &tally);
  redress::compat::RenewDescriptors(folder / "descriptors.bin", update, &tally);
  if (tally.failed > 0) return 1;
  return tally.missing > 0 && !update ? 1 : 0;
}
