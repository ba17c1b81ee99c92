// The engines in use, by manifest: built when first asked for, kept while they are asked for.
// Thread-safe.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/mutex.h"
#include "services/classifier/decide/triage_engine.h"

namespace redress::classifier {

class TriageEngines {
 public:
  // The engine of this policy; tens of milliseconds the first time. Errors: TriageEngine::Build.
  absl::StatusOr<std::shared_ptr<const TriageEngine>> For(
      const std::shared_ptr<const CompiledPolicy>& policy);

 private:
  Mutex mutex_;
  // Latest used first; old policies are asked for seldom.
  std::vector<std::pair<ContentHash, std::shared_ptr<const TriageEngine>>> engines_;
};

}  // namespace redress::classifier
