// Policy versions and the roster: checked, published by difference, activated.
#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/api/proto_time.h"
#include "libs/base/hash.h"
#include "libs/base/random.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "libs/policy/policy_check.h"
#include "libs/policy/policy_doubts.h"
#include "libs/policy/policy_yaml.h"
#include "redress/intake/v1/directory_service.pb.h"
#include "services/intake/api/command_call.h"
#include "services/intake/api/directory_service.h"
#include "services/intake/api/request_check.h"
#include "services/intake/publish/policy_publisher.h"

namespace redress::intake {
namespace {

PublishedBy By(const CallContext& call, const std::string& role, const std::string& request_id) {
  return {call.caller().ToActor(role), absl::StrCat(call.caller().id, "/", request_id)};
}

SubmitCommand SubmitTo(IntakeCore* core, absl::Time deadline) {
  return [core, deadline](Command command, CommandDone done) {
    command.deadline = deadline;
    core->Submit(std::move(command), std::move(done));
  };
}

// One violation per problem: line, path and fix.
absl::Status ProblemsStatus(const std::vector<PolicyProblem>& problems, std::string_view field) {
  FieldViolations violations;
  for (const PolicyProblem& problem : problems) {
    violations.Add(
        absl::StrCat(std::string(field), ":", problem.line, ":", problem.column, " ", problem.path),
        problem.message);
  }
  return violations.ToStatus();
}

absl::StatusOr<policy::v1::Policy> PolicyOf(const v1::PublishPolicyRequest& request,
                                            std::vector<PolicyProblem>* doubts) {
  policy::v1::Policy policy;
  switch (request.source_case()) {
    case v1::PublishPolicyRequest::kYaml:
      REDRESS_RETURN_IF_ERROR(
          ProblemsStatus(ParsePolicyYaml(request.yaml(), &policy, doubts), "yaml"));
      break;
    case v1::PublishPolicyRequest::kPolicy:
      if (!policy.ParseFromString(request.policy()))
        return InvalidField("policy", "not a redress.policy.v1.Policy");
      REDRESS_RETURN_IF_ERROR(ProblemsStatus(CheckPolicy(policy), "policy"));
      *doubts = DoubtsOf(policy);
      break;
    default:
      return InvalidField("source", "required: yaml or policy");
  }
  if (!request.name().empty()) policy.set_name(request.name());
  return policy;
}

void AddParts(const PolicyManifest& manifest,
              google::protobuf::RepeatedPtrField<v1::PolicyPart>* out) {
  for (const PolicyPart& part : manifest.parts) {
    auto* view = out->Add();
    view->set_part(part.part);
    view->set_code(part.code);
    view->set_hash(part.hash.ToHex());
    view->set_size(static_cast<uint32_t>(part.content.size()));
  }
}

void PublishPolicy(IntakeCore* core, const CallContext& call,
                   const v1::PublishPolicyRequest& request,
                   Done<v1::PublishPolicyResponse> done_once) {
  auto done = std::make_shared<Done<v1::PublishPolicyResponse>>(std::move(done_once));
  const auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
  if (!role.ok()) return (*done)(role.status());
  std::vector<PolicyProblem> doubts;
  const auto policy = PolicyOf(request, &doubts);
  if (!policy.ok()) return (*done)(policy.status());
  const PolicyManifest manifest = MakeManifest(*policy);
  v1::PublishPolicyResponse response;
  response.set_manifest(manifest.hash.ToHex());
  AddParts(manifest, response.mutable_parts());
  for (const PolicyProblem& doubt : doubts) {
    const std::string text = FormatProblems({doubt}, request.has_yaml() ? "yaml" : "policy");
    response.add_warnings(std::string(absl::StripTrailingAsciiWhitespace(text)));
  }
  const PublishedBy by = By(call, *role, request.request_id());
  const bool publish = !request.validate_only();
  const bool activate = publish && request.activate();
  const absl::Time deadline = call.deadline();
  WhenReached(core, request.consistency_token(), deadline,
              [=, policy = *policy](absl::Status reached) mutable {
                if (!reached.ok()) return (*done)(reached);
                response.set_replayed(
                    core->directory().Find(*EntityId::FromBytes(manifest.hash.bytes())) != nullptr);
                if (!publish) return (*done)(response);
                auto waves = activate
                                 ? PublishingOf(policy, "", core->directory(), by)
                                 : PolicyCommands(manifest, policy.name(), core->directory(), by);
                RunWaves(SubmitTo(core, deadline), std::move(waves),
                         [=](absl::StatusOr<std::vector<CommandOutcome>> outcomes) mutable {
                           if (!outcomes.ok()) return (*done)(outcomes.status());
                           response.set_activated(activate);
                           if (!outcomes->empty()) {
                             response.set_consistency_token(
                                 TokenOf(outcomes->back(), core->log().log_id()));
                           }
                           (*done)(std::move(response));
                         });
              });
}

void ActivatePolicy(IntakeCore* core, const CallContext& call,
                    const v1::ActivatePolicyRequest& request,
                    Done<api::v1::CommandAnswer> done_once) {
  auto done = std::make_shared<Done<api::v1::CommandAnswer>>(std::move(done_once));
  const auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
  if (!role.ok()) return (*done)(role.status());
  RequestCheck check;
  check.Code("scope", request.scope());
  const auto manifest = ContentHash::FromHex(request.manifest());
  if (!manifest) check.Add("manifest", "required: 32 hexadecimal digits");
  if (request.running() != event::v1::PolicyActivated::RUNNING_UNSPECIFIED &&
      request.running() != event::v1::PolicyActivated::KEEP_RUNNING) {
    check.Add("running",
              "only KEEP_RUNNING: running complaints stay under the policy that they were received "
              "under");
  }
  const EntityId scope = EntityIdOf("scope", request.scope());
  const auto etag = EtagOf(request.etag(), core->log().log_id(), scope);
  if (!check.ok()) return (*done)(check.ToStatus());
  if (!etag.ok()) return (*done)(etag.status());
  const PublishedBy by = By(call, *role, request.request_id());
  const RequestId id =
      RequestIdOf(call.caller(), ShortMethod(call.method()), scope, request.request_id());
  const CommandKeys keys = KeysOf(request);
  WhenReached(
      core, keys.consistency_token, call.deadline(),
      [=, deadline = call.deadline()](absl::Status reached) {
        if (!reached.ok()) return (*done)(reached);
        if (core->directory().FindPolicy(*manifest) == nullptr) {
          return (*done)(MakeError(absl::StatusCode::kNotFound, reason::kNotFound,
                                   "no policy is published under this manifest"));
        }
        Command command = ActivationCommand(*manifest, request.scope(), core->directory(), by);
        command.request = id;
        command.command_hash = keys.hash;
        command.etag = *etag;
        command.deadline = deadline;
        core->Submit(std::move(command), [core, done](absl::StatusOr<CommandOutcome> outcome) {
          (*done)(AnswerOf(core, std::move(outcome)));
        });
      });
}

// The roster of a document that may have other sections, or none.
absl::StatusOr<policy::v1::Policy> RosterOf(const std::string& yaml) {
  if (yaml.empty()) return InvalidField("yaml", "required");
  policy::v1::Policy policy;
  std::vector<PolicyProblem> problems = ParsePolicyYaml(yaml, &policy);
  if (!policy.has_teams() && problems.empty()) return InvalidField("yaml", "no section teams");
  // What other sections lack is of no concern here; what does not parse at all has no path.
  std::erase_if(problems, [](const PolicyProblem& problem) {
    return !problem.path.empty() && !absl::StartsWith(problem.path, "teams");
  });
  REDRESS_RETURN_IF_ERROR(ProblemsStatus(problems, "yaml"));
  return policy;
}

void ApplyRoster(IntakeCore* core, const CallContext& call, const v1::ApplyRosterRequest& request,
                 Done<v1::ApplyRosterResponse> done_once) {
  auto done = std::make_shared<Done<v1::ApplyRosterResponse>>(std::move(done_once));
  const auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
  if (!role.ok()) return (*done)(role.status());
  const auto policy = RosterOf(request.yaml());
  if (!policy.ok()) return (*done)(policy.status());
  const PublishedBy by = By(call, *role, request.request_id());
  const absl::Time deadline = call.deadline();
  WhenReached(
      core, request.consistency_token(), deadline,
      [=, policy = *policy, only_say = request.validate_only()](absl::Status reached) {
        if (!reached.ok()) return (*done)(reached);
        const auto changes = RosterChanges(policy, core->directory());
        v1::ApplyRosterResponse response;
        for (const RosterChange& change : changes) {
          auto* view = response.add_changes();
          view->set_kind(change.kind);
          view->set_code(change.code);
          view->set_event(change.payload->GetDescriptor()->name());
        }
        if (only_say) return (*done)(std::move(response));
        RunWaves(
            SubmitTo(core, deadline), RosterCommands(changes, core->directory(), by),
            [core, done, response](absl::StatusOr<std::vector<CommandOutcome>> outcomes) mutable {
              if (!outcomes.ok()) return (*done)(outcomes.status());
              if (!outcomes->empty()) {
                response.set_consistency_token(TokenOf(outcomes->back(), core->log().log_id()));
              }
              (*done)(std::move(response));
            });
      });
}

bool InForceSomewhere(const Directory& directory, const ContentHash& manifest, absl::Time now) {
  if (directory.ActivePolicy("", ToMicros(now)) == manifest) return true;
  const auto policy = directory.FindPolicy(manifest);
  if (policy == nullptr) return false;
  const auto& calendars = policy->policy().calendars();
  return std::any_of(calendars.begin(), calendars.end(), [&](const auto& calendar) {
    return directory.ActivePolicy(calendar.code(), ToMicros(now)) == manifest;
  });
}

absl::StatusOr<v1::GetPolicyResponse> ReadPolicy(IntakeCore* core,
                                                 const v1::GetPolicyRequest& request) {
  const Directory& directory = core->directory();
  const absl::Time now = core->clock().Now();
  const auto given = ContentHash::FromHex(request.manifest());
  if (!request.manifest().empty() && !given)
    return InvalidField("manifest", "32 hexadecimal digits");
  const ContentHash manifest =
      given ? *given : directory.ActivePolicy(request.scope(), ToMicros(now));
  const Directory::Entity entity =
      manifest ? directory.Find(*EntityId::FromBytes(manifest.bytes())) : nullptr;
  if (entity == nullptr || !entity->definition().has_policy()) {
    return MakeError(absl::StatusCode::kNotFound, reason::kNotFound,
                     given ? "no such policy" : "no policy is active in this scope");
  }
  const auto& published = entity->definition().policy();
  v1::GetPolicyResponse response;
  response.set_manifest(manifest.ToHex());
  response.set_name(published.name());
  response.set_author(published.author());
  // An event id begins with the time at which it was made.
  *response.mutable_published_at() =
      ToTimestamp(ToMicros(TimeOf(EventId::FromBytesOrNone(entity->definition().changed_by()))));
  response.set_active(InForceSomewhere(directory, manifest, now));
  for (const auto& entry : published.parts()) {
    auto* part = response.add_parts();
    part->set_part(entry.part());
    part->set_code(entry.code());
    part->set_hash(ContentHash::FromBytesOrNone(entry.hash()).ToHex());
    const Directory::Entity content = directory.Find(EntityId::FromBytesOrNone(entry.hash()));
    if (content == nullptr) continue;
    part->set_size(static_cast<uint32_t>(content->definition().policy_part().content().size()));
  }
  if (!request.include_content()) return response;
  const auto policy = directory.FindPolicy(manifest);
  if (policy == nullptr) {
    return MakeError(absl::StatusCode::kUnavailable, reason::kNoPolicy,
                     "the policy is not read completely yet");
  }
  policy->policy().SerializeToString(response.mutable_policy());
  return response;
}

void GetPolicy(IntakeCore* core, const CallContext& call, const v1::GetPolicyRequest& request,
               Done<v1::GetPolicyResponse> done_once) {
  auto done = std::make_shared<Done<v1::GetPolicyResponse>>(std::move(done_once));
  const auto role = AllowedRole(call.caller(), ShortMethod(call.method()));
  if (!role.ok()) return (*done)(role.status());
  AskAfter(
      core, request.consistency_token(), call.deadline(),
      [core, done, request] { (*done)(ReadPolicy(core, request)); },
      [done](absl::Status status) { (*done)(std::move(status)); });
}

}  // namespace

void AddPolicyCalls(IntakeCore* core, RpcService* service) {
  service->Unary<v1::PublishPolicyRequest, v1::PublishPolicyResponse>(
      "PublishPolicy", {},
      [core](const CallContext& call, const v1::PublishPolicyRequest& request, auto done) {
        PublishPolicy(core, call, request, std::move(done));
      });
  service->Unary<v1::ActivatePolicyRequest, api::v1::CommandAnswer>(
      "ActivatePolicy", {},
      [core](const CallContext& call, const v1::ActivatePolicyRequest& request, auto done) {
        ActivatePolicy(core, call, request, std::move(done));
      });
  service->Unary<v1::ApplyRosterRequest, v1::ApplyRosterResponse>(
      "ApplyRoster", {},
      [core](const CallContext& call, const v1::ApplyRosterRequest& request, auto done) {
        ApplyRoster(core, call, request, std::move(done));
      });
  service->Unary<v1::GetPolicyRequest, v1::GetPolicyResponse>(
      "GetPolicy", {},
      [core](const CallContext& call, const v1::GetPolicyRequest& request, auto done) {
        GetPolicy(core, call, request, std::move(done));
      });
}

}  // namespace redress::intake
