// Publishes the policy of a file when none is active: parts, manifest, teams and agents by
// difference, activation. Looks again until a policy is active, so that it goes on where a crash
// left it. On the service's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/directory/directory.h"
#include "services/intake/publish/wave_runner.h"

namespace redress::intake {

class PolicyPublisher {
 public:
  // `file`: YAML, empty: never publishes. What is passed outlives the publisher.
  PolicyPublisher(std::string file, const Directory* directory, const Clock* clock,
                  SubmitCommand submit)
      : file_(std::move(file)), directory_(directory), clock_(clock), submit_(std::move(submit)) {}

  // Call it now and then once the service has caught up. Cheap when there is nothing to do.
  void Step();

  // INVALID_ARGUMENT with every problem of the policy, or NOT_FOUND.
  static absl::StatusOr<policy::v1::Policy> Load(const std::string& file);

 private:
  const std::string file_;
  const Directory* const directory_;
  const Clock* const clock_;
  const SubmitCommand submit_;
  bool running_ = false;
  // The file is wrong: logged once, not tried again.
  bool given_up_ = false;
};

// All waves that bring the directory to the policy, with its activation in `scope`.
std::vector<CommandWave> PublishingOf(const policy::v1::Policy& policy, const std::string& scope,
                                      const Directory& directory, const PublishedBy& by);

}  // namespace redress::intake
