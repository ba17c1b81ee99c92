#include "tests/perf/peer.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/perf/kafka_broker.h"

namespace redress::perf {

void RunPeer(const std::string& folder, const std::string& work, Report* report) {
  report->Section("peer", "the peer, in the same hour");
  const std::string script = folder + "/run.sh";
  if (access(script.c_str(), X_OK) != 0) {
    report->Note("skipped", script + ": cannot be run");
    return;
  }
  std::filesystem::create_directories(work);
  int code = 0;
  const std::string output =
      OutputOf(absl::StrCat("'", script, "' '", work, "' '1 eos 100' 2>&1"), &code);
  std::ifstream results(work + "/results.csv");
  std::string columns;
  if (code != 0 || !std::getline(results, columns)) {
    report->Note("skipped",
                 absl::StrCat(script, " ended with ", code, ": ",
                              output.substr(output.size() - std::min<size_t>(output.size(), 500))));
    return;
  }
  report->Note("columns", columns);
  int number = 0;
  for (std::string row; std::getline(results, row);)
    report->Note(absl::StrCat("row_", ++number), row);
}

}  // namespace redress::perf
