#include "tests/simulation/sites.h"

namespace redress::simulation {

std::string_view SiteName(Site site) {
  switch (site) {
    case Site::kBeforeAppend:
      return "before append";
    case Site::kAfterAppend:
      return "after append, before its answer";
    case Site::kHearsAppended:
      return "hears appended";
    case Site::kHearsNotAppended:
      return "hears not appended";
    case Site::kHearsUnknown:
      return "hears unknown";
    case Site::kBeforePoll:
      return "before poll";
    case Site::kAfterPoll:
      return "after poll";
    case Site::kReadBack:
      return "with its own event read, before folding it";
    case Site::kOpensReader:
      return "opens a reader";
    case Site::kAsksEnd:
      return "asks for the end";
    case Site::kHearsEnd:
      return "hears the end";
    case Site::kTakesOwnership:
      return "takes part in ownership";
    case Site::kHearsOwnership:
      return "during an ownership move";
    case Site::kGetsRow:
      return "gets a row";
    case Site::kRestores:
      return "during restore";
    case Site::kScans:
      return "scans";
    case Site::kBeforeFlush:
      return "before the batch";
    case Site::kAfterFlush:
      return "after the batch";
    case Site::kDiskFull:
      return "full disk";
    case Site::kDecidesWork:
      return "decides work";
    case Site::kTakesCommand:
      return "takes a command";
    case Site::kDecidesCommand:
      return "decides a command";
    case Site::kBeforeAnswer:
      return "before the reply";
    case Site::kAfterAnswer:
      return "after the reply";
  }
  return "";
}

}  // namespace redress::simulation
