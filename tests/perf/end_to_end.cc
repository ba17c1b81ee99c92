// The whole suite under load, in numbers: complaints per second, latencies, processor time by
// thread, what is written, and how far that is from what the engines underneath can do. See
// README.md for what each number means.
//
// Exit code: 0 within the budgets, 1 over one of them or not measured, 2 wrong flags.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/perf/demo_texts.h"
#include "tests/perf/generator.h"
#include "tests/perf/peer.h"
#include "tests/perf/report.h"
#include "tests/perf/run_mode.h"
#include "tests/perf/run_options.h"

namespace {

using namespace redress::perf;

int Failed(const absl::Status& status) {
  std::fprintf(stderr, "not measured: %s\n", status.ToString().c_str());
  return 1;
}

int Run(const RunOptions& options) {
  const auto texts = DemoTexts::Load(options.source + "/deploy/demo/complaints.jsonl");
  if (!texts.ok()) return Failed(texts.status());
  // Before any thread: see Generator.
  const auto generator = Generator::Fork(*texts);
  if (!generator.ok()) return Failed(generator.status());
  Report report;
  report.Section("texts", "demo texts");
  report.Figure("texts", static_cast<double>(texts->size()), 0);
  report.Figure("median_characters", static_cast<double>(texts->median_characters()), 0);
  report.Figure("chinese_share", texts->chinese_share(), 2);
  report.Figure("mean_request_bytes", static_cast<double>(texts->mean_bytes()), 0);
  if (!options.peer.empty()) RunPeer(options.peer, options.work + "/peer", &report);
  for (const char* mode : {"a", "b"}) {
    if (options.mode != "both" && options.mode != mode) continue;
    const absl::Status ran = RunMode(mode, options, **generator, &report);
    if (options.kafka && absl::IsUnavailable(ran)) {
      report.Section(absl::StrCat(mode, "/kafka"), "on Kafka");
      report.Note("skipped", std::string(ran.message()));
    } else if (!ran.ok()) {
      return Failed(ran);
    }
  }
  if (!options.json.empty()) {
    std::ofstream json(options.json);
    json << report.Json();
    json.close();
    if (!json.good()) return Failed(absl::UnavailableError(options.json + ": cannot be written"));
  }
  for (const std::string& failure : report.failures())
    std::fprintf(stderr, "over budget: %s\n", failure.c_str());
  return report.failures().empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const RunOptions options = ParseRunOptions(argc, argv);
  std::filesystem::remove_all(options.work);
  const int code = Run(options);
  std::filesystem::remove_all(options.work);
  return code;
}
