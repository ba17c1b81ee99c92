// The flags of end_to_end.
#pragma once

#include <string>

namespace redress::perf {

struct RunOptions {
  // "a": SubmitComplaint, "b": InboundService.Publish, "both".
  std::string mode = "both";
  // Of each measurement.
  double seconds = 10;
  // Complaints per second of the only measurement; 0: as many as go, then a quarter and half of
  // that.
  double rate = 0;
  // Without a rate: as many as go, and nothing after it.
  bool most_only = false;
  int calls_in_flight = 256;
  int publish_calls = 4;
  int publish_items = 100;
  bool kafka = false;
  // Where the figures go as JSON; empty: nowhere.
  std::string json;
  // Folder of the peer's run.sh; empty: no peer.
  std::string peer;
  // The checkout: demo texts, policy, scripts.
  std::string source;
  // A folder of this run alone.
  std::string work;
};

// Exits with 0 for --help and 2 for what is no flag.
RunOptions ParseRunOptions(int argc, char** argv);

}  // namespace redress::perf
