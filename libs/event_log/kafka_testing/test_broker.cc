#include "libs/event_log/kafka_testing/test_broker.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "libs/base/status.h"

namespace redress {
namespace {

namespace fs = std::filesystem;

// The state of a thread stands after its name in parentheses (proc(5)).
bool IsStopped(const fs::directory_entry& task) {
  std::ifstream file(task.path() / "stat");
  std::string stat;
  std::getline(file, stat);
  const size_t name_end = stat.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= stat.size() || stat[name_end + 2] == 'T';
}

struct Ran {
  int code = -1;
  std::string output;
};

std::string Quoted(const std::string& word) {
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

// Runs a script of deploy/kafka and waits for it; its output and errors together.
Ran Run(const fs::path& script, const std::vector<std::string>& arguments) {
  std::string command = absl::StrCat("exec ", Quoted(script.string()));
  for (const std::string& argument : arguments) absl::StrAppend(&command, " ", Quoted(argument));
  Ran ran;
  FILE* pipe = popen(absl::StrCat(command, " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  char buffer[4096];
  size_t got = 0;
  while ((got = fread(buffer, 1, sizeof(buffer), pipe)) > 0) ran.output.append(buffer, got);
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  absl::StripAsciiWhitespace(&ran.output);
  return ran;
}

// deploy/kafka of the source tree: as ctest says, else in a folder above the test binary or the
// current one.
fs::path Scripts() {
  if (const char* source = std::getenv("REDRESS_SOURCE_DIR"); source != nullptr) {
    return fs::path(source) / "deploy/kafka";
  }
  std::error_code ignored;
  for (const fs::path& start :
       {fs::read_symlink("/proc/self/exe", ignored), fs::current_path(ignored)}) {
    for (fs::path at = start; at.has_relative_path(); at = at.parent_path()) {
      if (fs::exists(at / "deploy/kafka/start", ignored)) return at / "deploy/kafka";
    }
  }
  return "deploy/kafka";
}

std::string FindReason() {
  if (std::system("command -v java >/dev/null 2>&1") != 0)
    return "no Kafka broker: Java is not installed";
  const Ran fetch = Run(Scripts() / "fetch", {});
  return fetch.code == 0 ? "" : absl::StrCat("no Kafka broker: ", fetch.output);
}

}  // namespace

const std::string& TestBroker::UnavailableReason() {
  static const std::string& reason = *new std::string(FindReason());
  return reason;
}

absl::StatusOr<TestBroker*> TestBroker::Shared() {
  static absl::StatusOr<std::unique_ptr<TestBroker>> broker = Start();
  if (!broker.ok()) return broker.status();
  return broker->get();
}

absl::StatusOr<std::unique_ptr<TestBroker>> TestBroker::Start(
    const std::vector<std::string>& settings) {
  if (!UnavailableReason().empty()) return absl::UnavailableError(UnavailableReason());
  const char* temp = std::getenv("TEST_TMPDIR");
  const std::string base = temp != nullptr ? temp : fs::temp_directory_path().string();
  std::string dir = absl::StrCat(base, "/redress-kafka-XXXXXX");
  if (mkdtemp(dir.data()) == nullptr)
    return absl::InternalError("no temporary folder for a Kafka broker");
  std::unique_ptr<TestBroker> broker(new TestBroker(dir));
  REDRESS_RETURN_IF_ERROR(broker->Launch(settings));
  return broker;
}

TestBroker::~TestBroker() {
  Kill().IgnoreError();
  std::error_code ignored;
  fs::remove_all(dir_, ignored);
}

absl::Status TestBroker::Launch(const std::vector<std::string>& settings) {
  // Quick to start rather than quick for long.
  setenv("KAFKA_JVM_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto", 0);
  std::vector<std::string> arguments = {"--dir", dir_, "--owner", absl::StrCat(getpid())};
  for (const std::string& setting : settings) {
    arguments.push_back("--set");
    arguments.push_back(setting);
  }
  const Ran start = Run(Scripts() / "start", arguments);
  if (start.code != 0) return absl::InternalError(absl::StrCat("no Kafka broker: ", start.output));
  bootstrap_servers_ = start.output;
  return absl::OkStatus();
}

absl::Status TestBroker::Kill() {
  const Ran stop = Run(Scripts() / "stop", {"--dir", dir_, "--now"});
  return stop.code == 0 ? absl::OkStatus() : absl::InternalError(stop.output);
}

absl::Status TestBroker::Restart() { return Launch({}); }
absl::Status TestBroker::Pause() {
  if (absl::Status sent = Signal(SIGSTOP); !sent.ok()) return sent;
  // All its threads stand still only some time after the signal.
  const fs::path tasks = fs::path("/proc") / std::to_string(Pid()) / "task";
  std::error_code gone;
  while (!std::all_of(fs::directory_iterator(tasks, gone), fs::directory_iterator(), IsStopped)) {
    std::this_thread::yield();
  }
  return absl::OkStatus();
}

absl::Status TestBroker::Resume() { return Signal(SIGCONT); }

pid_t TestBroker::Pid() const {
  std::ifstream file(fs::path(dir_) / "pid");
  pid_t pid = 0;
  return file >> pid ? pid : 0;
}

absl::Status TestBroker::Signal(int signal) const {
  const pid_t pid = Pid();
  if (pid <= 0 || kill(pid, signal) != 0)
    return absl::InternalError("the Kafka broker does not run");
  return absl::OkStatus();
}

}  // namespace redress
