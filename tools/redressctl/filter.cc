#include "tools/redressctl/filter.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/errors/errors.h"

namespace redress::ctl {

absl::StatusOr<intake::v1::ComplaintFilter> FilterOf(const FilterFlags& flags) {
  intake::v1::ComplaintFilter filter;
  for (const std::string& name : flags.stages) {
    api::v1::Stage stage = api::v1::STAGE_UNSPECIFIED;
    if (!api::v1::Stage_Parse("STAGE_" + absl::AsciiStrToUpper(name), &stage) ||
        stage == api::v1::STAGE_UNSPECIFIED) {
      return InvalidField("--stage",
                          "received, assessed, investigating, resolved, closed or merged");
    }
    filter.add_stages(stage);
  }
  for (const uint32_t level : flags.levels) filter.add_levels(level);
  for (const auto code : absl::StrSplit(flags.category, '/', absl::SkipEmpty())) {
    filter.add_category_prefix(std::string(code));
  }
  for (const std::string& team : flags.teams) filter.add_teams(team);
  for (const std::string& owner : flags.owners) filter.add_owners(owner);
  for (const std::string& region : flags.regions) filter.add_regions(region);
  filter.set_breached(flags.breached);
  filter.set_unassigned(flags.unassigned);
  return filter;
}

std::string StageWords(const api::v1::Complaint& complaint) {
  return WordsOfEnum(api::v1::Stage_Name(complaint.stage()).substr(std::string("STAGE_").size()));
}

}  // namespace redress::ctl
