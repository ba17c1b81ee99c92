// redress-check-projections (--log FOLDER | --kafka HOST:PORT --id-secret-file FILE) [--twice]
// SERVICE=DATA_DIR…
//
// Holds what stopped processes left behind against a fold of the whole log from zero, row by row,
// and the log against its own rules (log_check.h). Exit code 0: all is well; 1: something differs,
// it is printed; 2: wrong usage.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/file.h"
#include "libs/base/status.h"
#include "libs/event_log/embedded/embedded_log.h"
#include "libs/event_log/kafka/kafka_log.h"
#include "tests/scenarios/fold_check.h"
#include "tests/scenarios/log_check.h"

namespace redress::scenarios {
namespace {

struct Wanted {
  std::string log_folder;
  std::string kafka;
  std::string secret_file;
  bool twice = false;
  std::vector<LeftBehind> projections;
};

bool Read(int argc, char** argv, Wanted* wanted) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    std::string* value = word == "--log"              ? &wanted->log_folder
                         : word == "--kafka"          ? &wanted->kafka
                         : word == "--id-secret-file" ? &wanted->secret_file
                                                      : nullptr;
    const size_t equals = word.find('=');
    if (value != nullptr && i + 1 < argc) {
      *value = argv[++i];
    } else if (word == "--twice") {
      wanted->twice = true;
    } else if (word[0] != '-' && equals != std::string::npos) {
      wanted->projections.push_back({word.substr(0, equals), word.substr(equals + 1)});
    } else {
      return false;
    }
  }
  return wanted->log_folder.empty() != wanted->kafka.empty() && !wanted->projections.empty();
}

struct OpenedLog {
  std::unique_ptr<EventLog> log;
  std::string id_secret;
};

absl::StatusOr<OpenedLog> OpenLog(const Wanted& wanted, const Clock& clock, Random& random) {
  if (wanted.kafka.empty()) {
    EmbeddedLogOptions options;
    options.folder = wanted.log_folder;
    options.random = &random;
    options.clock = &clock;
    REDRESS_ASSIGN_OR_RETURN(auto log, EmbeddedLog::Open(std::move(options)));
    std::string secret = log->id_secret();
    return OpenedLog{std::move(log), std::move(secret)};
  }
  KafkaOptions options;
  options.bootstrap_servers = wanted.kafka;
  REDRESS_ASSIGN_OR_RETURN(options.id_secret, ReadFile(wanted.secret_file));
  REDRESS_ASSIGN_OR_RETURN(auto log, KafkaLog::Open(options, clock, random));
  return OpenedLog{std::move(log), options.id_secret};
}

absl::Status Run(const Wanted& wanted, const std::string& scratch) {
  SystemClock clock;
  SystemRandom random;
  // Outlives the log.
  ProjectionCheck check;
  REDRESS_ASSIGN_OR_RETURN(const OpenedLog opened, OpenLog(wanted, clock, random));
  REDRESS_ASSIGN_OR_RETURN(const LogCount count, CheckLog(opened.log.get(), wanted.twice));
  REDRESS_RETURN_IF_ERROR(
      check.Run(opened.log.get(), opened.id_secret, wanted.projections, scratch));
  std::cout << wanted.projections.size() << " projections equal a fold from zero of "
            << count.effective << " effective, " << count.duplicate << " duplicate and "
            << count.other_void << " other void events\n";
  return absl::OkStatus();
}

}  // namespace
}  // namespace redress::scenarios

int main(int argc, char** argv) {
  redress::scenarios::Wanted wanted;
  if (!redress::scenarios::Read(argc, argv, &wanted)) {
    std::cerr << "usage: redress-check-projections (--log FOLDER | --kafka HOST:PORT "
                 "--id-secret-file FILE) "
                 "[--twice] SERVICE=DATA_DIR…\n";
    return 2;
  }
  std::string scratch = (std::filesystem::temp_directory_path() / "redress-check-XXXXXX").string();
  if (mkdtemp(scratch.data()) == nullptr) {
    std::cerr << scratch << ": cannot be made\n";
    return 1;
  }
  const absl::Status checked = redress::scenarios::Run(wanted, scratch);
  std::filesystem::remove_all(scratch);
  if (!checked.ok()) std::cerr << checked.message() << "\n";
  return checked.ok() ? 0 : 1;
}
