// Which category a text speaks of: all three levels at once, over the whole taxonomy (F4.1-F4.6).
// Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "services/classifier/decide/triage_engine.h"

namespace redress::classifier {

// score(cause) = own hits × cause share + hits of its type × type share + hits of its department ×
// department share (Taxonomy.Scoring). A hit in the subject counts twice, no keyword more than
// `max_hits` times.
struct CategoryChoice {
  // Of a cause, into CompiledPolicy::categories().
  uint32_t cause = 0;
  // Thousandths of a point.
  int64_t score = 0;
  // Best cause beside it that the text speaks of.
  std::optional<uint32_t> runner_up;
  int64_t runner_up_score = 0;
  // Lead over the runner-up, in ‰ of the winner.
  int32_t margin_permille = 1000;
  // How much of what speaks for the winner or for the best rival of each level speaks for the
  // winner: 500 = a tie.
  std::array<int32_t, 3> level_permille = {1000, 1000, 1000};
  // First level (1-3) whose lead is below `sure_margin_permille`; 0: all are sure.
  uint32_t abstained_at = 0;
  // Departments whose best cause comes as close as that to the winner; the winner's own first.
  std::vector<uint32_t> departments;
};

// Nothing when no cause reaches `min_score`. Ties go to the defaults of type and department, then
// to taxonomy order.
std::optional<CategoryChoice> ChooseCategory(const TriageEngine& engine, const Findings& findings,
                                             size_t subject_size);

// Index of the cause that a path of one to three known codes means: missing levels by default.
// Nothing for a path that the taxonomy does not have.
std::optional<uint32_t> CauseOfPath(const TriageEngine& engine, std::string_view path);

}  // namespace redress::classifier
