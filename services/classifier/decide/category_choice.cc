#include "services/classifier/decide/category_choice.h"

#include <algorithm>

#include "absl/container/fixed_array.h"
#include "absl/container/inlined_vector.h"
#include "libs/base/check.h"

namespace redress::classifier {
namespace {

// On the stack for taxonomies of usual size: no other memory is as close.
using Points = absl::FixedArray<int64_t, 512>;

// Hits of each category in points.
Points OwnPoints(const TriageEngine& engine, const Findings& findings, size_t subject_size) {
  const uint32_t max_hits = engine.policy().policy().taxonomy().scoring().max_hits();
  Points points(engine.policy().categories().size(), 0);
  for (const Finding& finding : findings) {
    if (finding.subject != Subject::kCategory) continue;
    const uint32_t count = finding.count + (finding.first < subject_size ? 1 : 0);
    points[finding.index] += int64_t{finding.weight} * std::min(count, max_hits);
  }
  return points;
}

// A cause that the text speaks of.
struct Candidate : CausePlace {
  int64_t score = 0;

  bool Beats(const Candidate& other) const {
    return score != other.score ? score > other.score : rank > other.rank;
  }
};

using CandidateList = absl::InlinedVector<Candidate, 64>;

CandidateList Candidates(const TriageEngine& engine, const Points& points) {
  const auto& scoring = engine.policy().policy().taxonomy().scoring();
  const int64_t own_share = scoring.cause_permille();
  const int64_t type_share = scoring.type_permille();
  const int64_t department_share = scoring.department_permille();
  CandidateList candidates;
  for (const CausePlace& place : engine.causes()) {
    const int64_t score = points[place.cause] * own_share + points[place.type] * type_share +
                          points[place.department] * department_share;
    if (score > 0) candidates.push_back({place, score});
  }
  return candidates;
}

int32_t Margin(int64_t winner, int64_t rival) {
  return static_cast<int32_t>((winner - rival) * 1000 / winner);
}

}  // namespace

std::optional<CategoryChoice> ChooseCategory(const TriageEngine& engine, const Findings& findings,
                                             size_t subject_size) {
  const auto& scoring = engine.policy().policy().taxonomy().scoring();
  const CandidateList candidates = Candidates(engine, OwnPoints(engine, findings, subject_size));
  const Candidate* winner = nullptr;
  for (const Candidate& candidate : candidates) {
    if (winner == nullptr || candidate.Beats(*winner)) winner = &candidate;
  }
  if (winner == nullptr || winner->score < int64_t{scoring.min_score()} * 1000) return std::nullopt;

  // The best rival of each level: another department; another type of the same; another cause of
  // the same type.
  std::array<int64_t, 3> rivals = {0, 0, 0};
  const Candidate* runner_up = nullptr;
  const int64_t close = winner->score - winner->score * scoring.sure_margin_permille() / 1000;
  CategoryChoice choice;
  choice.departments.push_back(winner->department);
  for (const Candidate& candidate : candidates) {
    if (candidate.cause == winner->cause) continue;
    const size_t level = candidate.department != winner->department ? 0
                         : candidate.type != winner->type           ? 1
                                                                    : 2;
    rivals[level] = std::max(rivals[level], candidate.score);
    if (runner_up == nullptr || candidate.Beats(*runner_up)) runner_up = &candidate;
    const bool listed = std::find(choice.departments.begin(), choice.departments.end(),
                                  candidate.department) != choice.departments.end();
    if (!listed && candidate.score >= close) choice.departments.push_back(candidate.department);
  }

  choice.cause = winner->cause;
  choice.score = winner->score;
  if (runner_up != nullptr) {
    choice.runner_up = runner_up->cause;
    choice.runner_up_score = runner_up->score;
    choice.margin_permille = Margin(winner->score, runner_up->score);
  }
  for (size_t level = 0; level < rivals.size(); ++level) {
    choice.level_permille[level] =
        static_cast<int32_t>(winner->score * 1000 / (winner->score + rivals[level]));
    const bool sure = Margin(winner->score, rivals[level]) >=
                      static_cast<int32_t>(scoring.sure_margin_permille());
    if (!sure && choice.abstained_at == 0) choice.abstained_at = static_cast<uint32_t>(level) + 1;
  }
  return choice;
}

std::optional<uint32_t> CauseOfPath(const TriageEngine& engine, std::string_view path) {
  const auto& categories = engine.policy().categories();
  const PolicyCategory* category = engine.policy().FindCategory(path);
  if (category == nullptr) return std::nullopt;
  auto index = static_cast<uint32_t>(category - categories.data());
  while (categories[index].depth < 3) {
    const uint32_t above = index;
    // The default below it always exists (CheckPolicy); depth first, so it stands behind.
    do {
      ++index;
      REDRESS_CHECK(index < categories.size());
    } while (engine.parent(index) != above || !engine.is_default(index));
  }
  return index;
}

}  // namespace redress::classifier
