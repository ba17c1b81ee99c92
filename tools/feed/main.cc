// redress-feed: feeds complaints to a suite that serves, waits until it has dealt with them, and
// reports.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/file.h"
#include "libs/errors/errors.h"
#include "tools/feed/feed.h"

namespace {

std::atomic<bool> stop_asked{false};

void AskToStop(int) {
  // The second time the person means it.
  if (stop_asked.exchange(true)) _exit(130);
}

// The file that a process of the suite writes once it serves: {"grpc": …, "metrics": …, "pid": …}.
std::map<std::string, std::string> ReadEndpoints(const std::string& path) {
  const auto json = redress::ReadFile(path);
  google::protobuf::Struct object;
  std::map<std::string, std::string> endpoints;
  if (!json.ok() || !google::protobuf::util::JsonStringToMessage(*json, &object).ok())
    return endpoints;
  for (const auto& [name, value] : object.fields()) {
    if (value.has_string_value()) endpoints[name] = value.string_value();
  }
  if (const auto metrics = endpoints.find("metrics"); metrics != endpoints.end()) {
    metrics->second = absl::StrCat("http://", metrics->second, "/metrics");
  }
  return endpoints;
}

struct Flags {
  redress::feed::FeedOptions feed;
  std::string map;
  std::string required;
  std::string zone = "UTC";
  std::string report;
  std::string endpoints_file;
  std::string data_dir;
  double ready_seconds = 60;
  double patience_seconds = 20;
  size_t rows = 200;
  bool no_staff = false;
};

void Declare(CLI::App& app, Flags* flags) {
  app.add_option("--server", flags->feed.server, "Where intake serves gRPC")
      ->envname("REDRESS_SERVER")
      ->capture_default_str();
  app.add_option("--token", flags->feed.token, "Who we are, when the suite has a token file")
      ->envname("REDRESS_TOKEN");
  app.add_option("--demo", flags->feed.demo, "Feed this set of demo complaints");
  app.add_option("--data", flags->feed.data,
                 "Feed these files: JSON lines, or CSV when the name ends in .csv or .tsv");
  app.add_option("--map", flags->map,
                 "Columns: text=COLUMN,time=COLUMN,id=COLUMN,... also subject, channel, category "
                 "(A/B/C), region, "
                 "product, lang. Usual names are recognised; other columns are kept as fields");
  app.add_option("--source", flags->feed.source,
                 "Name of the source; by default that of the file. The same source "
                 "and id are the same complaint");
  app.add_option("--require", flags->required, "Reject rows without these: time,id,...");
  app.add_option("--zone", flags->zone, "Time zone of times without one")->capture_default_str();
  app.add_option("--in-flight", flags->feed.in_flight, "Calls at a time")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--ready-within", flags->ready_seconds, "Seconds to wait until the suite serves")
      ->capture_default_str();
  app.add_option("--patience", flags->patience_seconds,
                 "Seconds without any progress after which waiting ends")
      ->capture_default_str();
  app.add_option("--report", flags->report, "Write the report as JSON to this file");
  app.add_option("--rows", flags->rows, "Complaints shown at most")
      ->check(CLI::Range(0, 200))
      ->capture_default_str();
  app.add_option("--endpoints-file", flags->endpoints_file,
                 "As given to the suite: its addresses, for the report");
  app.add_option("--data-dir", flags->data_dir, "As given to the suite, for the report");
  app.add_flag("--no-staff", flags->no_staff, "Leave the presence of agents as it is");
  app.footer(
      "Exit code: 0 all lines settled and the suite quiet, 1 not, 2 wrong flags or files.\n"
      "Feeding the same again is safe: what was taken before counts as duplicate.");
}

// Turns texts into what they mean; exits with 2 when one means nothing.
absl::Status Complete(Flags* flags) {
  auto map = redress::feed::ParseColumnMap(flags->map);
  if (!map.ok()) return map.status();
  flags->feed.map = *std::move(map);
  for (const auto part : absl::StrSplit(flags->required, ',', absl::SkipWhitespace())) {
    const auto role = redress::feed::RoleOfName(std::string(part));
    if (!role)
      return absl::InvalidArgumentError(
          absl::StrCat("--require ", part, ": not a role, see --map"));
    flags->feed.required.insert(*role);
  }
  if (!absl::LoadTimeZone(flags->zone, &flags->feed.zone)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--zone ", flags->zone, ": not known, write e.g. Asia/Shanghai"));
  }
  if (flags->feed.demo.empty() && flags->feed.data.empty()) {
    return absl::InvalidArgumentError("nothing to feed: give --demo FILE or --data FILE...");
  }
  flags->feed.staff = !flags->no_staff;
  flags->feed.ready_within = absl::Seconds(flags->ready_seconds);
  flags->feed.patience = absl::Seconds(flags->patience_seconds);
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App app(
      "Feeds complaints to a Redress suite, waits until it has dealt with them, and reports.");
  Declare(app, &flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (const absl::Status flaw = Complete(&flags); !flaw.ok()) {
    std::cerr << flaw.message() << "\n";
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  struct sigaction action = {};
  action.sa_handler = AskToStop;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);

  redress::feed::Progress progress(std::cerr, isatty(STDERR_FILENO) == 1);
  auto report = redress::feed::RunFeed(flags.feed, stop_asked, &progress);
  progress.Say("");
  if (!report.ok()) {
    std::cerr << redress::DescribeError(report.status()) << "\n";
    const bool ours = report.status().code() == absl::StatusCode::kInvalidArgument ||
                      report.status().code() == absl::StatusCode::kNotFound;
    return ours ? 2 : 1;
  }
  if (!flags.endpoints_file.empty()) report->endpoints = ReadEndpoints(flags.endpoints_file);
  if (report->endpoints.empty()) report->endpoints["grpc"] = flags.feed.server;
  report->data_dir = flags.data_dir;
  redress::feed::PrintPicture(*report, flags.rows,
                              redress::TerminalStyle::OfDescriptor(STDOUT_FILENO), std::cout);
  if (!flags.report.empty()) {
    std::ofstream file(flags.report);
    redress::feed::WriteJson(*report, file);
    file.flush();
    if (!file) {
      std::cerr << flags.report << ": cannot be written\n";
      return 1;
    }
    std::cout << "  report   " << flags.report << "\n";
  }
  return report->complete ? 0 : 1;
}
