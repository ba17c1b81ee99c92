#include "services/classifier/decide/triage_engines.h"

#include <algorithm>

#include "libs/base/status.h"

namespace redress::classifier {
namespace {

constexpr size_t kMostEngines = 8;

}  // namespace

absl::StatusOr<std::shared_ptr<const TriageEngine>> TriageEngines::For(
    const std::shared_ptr<const CompiledPolicy>& policy) {
  // Held while building: whoever else asks needs the same engine.
  MutexLock lock(mutex_);
  const auto known = std::find_if(engines_.begin(), engines_.end(), [&](const auto& entry) {
    return entry.first == policy->manifest_hash();
  });
  if (known != engines_.end()) {
    std::rotate(engines_.begin(), known, known + 1);
    return engines_.front().second;
  }
  REDRESS_ASSIGN_OR_RETURN(auto engine, TriageEngine::Build(policy));
  engines_.insert(engines_.begin(), {policy->manifest_hash(), engine});
  if (engines_.size() > kMostEngines) engines_.pop_back();
  return engine;
}

}  // namespace redress::classifier
