// What a feed ends with: a JSON file with everything, and a picture for the terminal. Pure but for
// the streams.
#pragma once

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "redress/api/v1/complaint.pb.h"
#include "tools/feed/outcome.h"
#include "tools/feed/suite.h"
#include "tools/terminal/table.h"

namespace redress::feed {

struct FeedReport {
  Tally tally;
  // From the first line sent until all was quiet.
  double seconds = 0;
  // That this feed added to the complaint log; -1: unknown.
  int64_t events = -1;
  // "grpc", "metrics", …: where things are.
  std::map<std::string, std::string> endpoints;
  std::string data_dir;
  std::map<std::string, api::v1::Complaint> complaints;
  Escalations escalations;
  // Everything went as it should; else `trouble` says what did not.
  bool complete = true;
  std::string trouble;
  absl::Time now;
};

// One JSON object: taken, duplicates, rejected[], seconds, events, endpoints, data_dir, complete,
// trouble, escalations[], complaints[] in the order of the lines.
void WriteJson(const FeedReport& report, std::ostream& out);

// At most `rows` complaints, the most urgent first; counts by category and level; escalations and
// their reasons.
void PrintPicture(const FeedReport& report, size_t rows, const TerminalStyle& style,
                  std::ostream& out);

}  // namespace redress::feed
