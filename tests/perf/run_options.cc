#include "tests/perf/run_options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>

namespace redress::perf {

RunOptions ParseRunOptions(int argc, char** argv) {
  RunOptions options;
  const char* source = std::getenv("REDRESS_SOURCE_DIR");
  options.source = source == nullptr ? "." : source;
  options.work = std::filesystem::temp_directory_path().string();
  CLI::App app(
      "Drives the whole suite in this process with the demo complaints; prints what it does and "
      "costs");
  app.add_option("--mode", options.mode, "a: SubmitComplaint, b: InboundService.Publish, or both")
      ->check(CLI::IsMember({"a", "b", "both"}))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "Length of each measurement")
      ->check(CLI::Range(0.5, 600.0))
      ->capture_default_str();
  app.add_option("--rate", options.rate,
                 "Complaints per second of one measurement; 0: as many as go, then a quarter and "
                 "half of that")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--most-only", options.most_only,
               "Only as many as go: to compare builds by many short runs, one after the other");
  app.add_option("--calls", options.calls_in_flight, "Calls in flight, mode a")
      ->capture_default_str();
  app.add_option("--publish-calls", options.publish_calls, "Calls in flight, mode b")
      ->capture_default_str();
  app.add_option("--publish-items", options.publish_items, "Messages in one call, mode b")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--kafka", options.kafka, "On a broker of deploy/kafka instead of the embedded log");
  app.add_option("--json", options.json, "Write the figures to this file");
  app.add_option("--peer", options.peer,
                 "Folder of a peer: its run.sh is run first, and its figures are printed");
  app.add_option("--source", options.source, "The checkout")->capture_default_str();
  app.add_option("--work", options.work, "Data lies in a folder in here, removed at the end")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  options.source = std::filesystem::absolute(options.source).lexically_normal().string();
  options.work += "/redress-end-to-end-" + std::to_string(getpid());
  return options;
}

}  // namespace redress::perf
