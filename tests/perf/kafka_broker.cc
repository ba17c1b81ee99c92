#include "tests/perf/kafka_broker.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace redress::perf {

std::string OutputOf(const std::string& command, int* code) {
  *code = -1;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string output;
  std::array<char, 4096> part;
  while (const size_t got = fread(part.data(), 1, part.size(), pipe))
    output.append(part.data(), got);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) *code = WEXITSTATUS(status);
  return output;
}

absl::StatusOr<std::unique_ptr<KafkaBroker>> KafkaBroker::Start(const std::string& source_dir,
                                                                const std::string& folder) {
  const std::string scripts = source_dir + "/deploy/kafka/";
  int code = 0;
  const std::string output = OutputOf(
      absl::StrCat("'", scripts, "start' --dir '", folder, "' --owner ", getpid(), " 2>&1"), &code);
  const std::string said(absl::StripAsciiWhitespace(output));
  if (code == 3) return absl::UnavailableError(said);
  if (code != 0) return absl::InternalError("the broker does not start: " + said);
  std::unique_ptr<KafkaBroker> broker(new KafkaBroker());
  broker->stop_ = absl::StrCat("'", scripts, "stop' --dir '", folder, "' >/dev/null 2>&1");
  broker->address_ = said.substr(said.find_last_of(" \n") + 1);
  std::ifstream(folder + "/pid") >> broker->pid_;
  return broker;
}

KafkaBroker::~KafkaBroker() {
  int code = 0;
  OutputOf(stop_, &code);
  if (code != 0) std::fprintf(stderr, "the broker was not stopped: %d\n", code);
}

}  // namespace redress::perf
