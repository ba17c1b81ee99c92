#include "services/intake/publish/policy_publisher.h"

#include "libs/base/file.h"
#include "libs/base/log.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/policy/policy_yaml.h"

namespace redress::intake {

absl::StatusOr<policy::v1::Policy> PolicyPublisher::Load(const std::string& file) {
  REDRESS_ASSIGN_OR_RETURN(const std::string yaml, ReadFile(file));
  return LoadPolicyYaml(yaml, file);
}

std::vector<CommandWave> PublishingOf(const policy::v1::Policy& policy, const std::string& scope,
                                      const Directory& directory, const PublishedBy& by) {
  const PolicyManifest manifest = MakeManifest(policy);
  std::vector<CommandWave> waves = PolicyCommands(manifest, policy.name(), directory, by);
  for (CommandWave& wave : RosterCommands(RosterChanges(policy, directory), directory, by)) {
    waves.push_back(std::move(wave));
  }
  waves.push_back({ActivationCommand(manifest.hash, scope, directory, by)});
  return waves;
}

void PolicyPublisher::Step() {
  if (file_.empty() || running_ || given_up_) return;
  if (directory_->ActivePolicy("", ToMicros(clock_->Now()))) return;
  auto policy = Load(file_);
  if (!policy.ok()) {
    given_up_ = true;
    Log(LogLevel::kError, "intake",
        "the policy file cannot be published: correct it and start again",
        {{"error", policy.status().ToString()}});
    return;
  }
  running_ = true;
  PublishedBy by;
  by.actor.set_kind(event::v1::Actor::SERVICE);
  by.actor.set_id("intake");
  Log(LogLevel::kInfo, "intake", "no policy is active: publishing the file",
      {{"policy", policy->name()}});
  RunWaves(submit_, PublishingOf(*policy, "", *directory_, by),
           [this](const absl::StatusOr<std::vector<CommandOutcome>>& done) {
             running_ = false;
             if (done.ok()) {
               Log(LogLevel::kInfo, "intake", "policy published and active",
                   {{"events", uint64_t{done->size()}}});
             } else {
               Log(LogLevel::kWarning, "intake",
                   "publishing the policy is not finished: trying again",
                   {{"error", done.status().ToString()}});
             }
           });
}

}  // namespace redress::intake
