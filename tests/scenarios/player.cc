#include "tests/scenarios/player.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "redress/analytics/v1/analytics_service.pb.h"
#include "redress/classifier/v1/classifier_service.pb.h"
#include "redress/intake/v1/complaint_service.pb.h"
#include "redress/intake/v1/directory_service.pb.h"
#include "redress/intake/v1/inbound_service.pb.h"
#include "redress/routing/v1/routing_service.pb.h"
#include "redress/sla/v1/sla_service.pb.h"
#include "tests/scenarios/match.h"
#include "tests/scenarios/message_from_yaml.h"

namespace redress::scenarios {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

// How long something may take that must happen; only met when it does not.
constexpr absl::Duration kPatience = absl::Seconds(60);
constexpr absl::Duration kAskAgain = absl::Milliseconds(20);

struct Home {
  std::string instance;
  const google::protobuf::ServiceDescriptor* service;
};

const std::map<std::string, Home>& Homes() {
  static const auto& homes = *new std::map<std::string, Home>{
      {"ComplaintService",
       {"intake", google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
                      "redress.intake.v1.ComplaintService")}},
      {"DirectoryService",
       {"intake", intake::v1::SetPresenceRequest::descriptor()->file()->service(0)}},
      {"InboundService", {"intake", intake::v1::PublishRequest::descriptor()->file()->service(0)}},
      {"ClassifierService",
       {"classifier", classifier::v1::ClassifyRequest::descriptor()->file()->service(0)}},
      {"RoutingService",
       {"router", routing::v1::ListQueueRequest::descriptor()->file()->service(0)}},
      {"SlaService", {"sla-timer", sla::v1::ListClocksRequest::descriptor()->file()->service(0)}},
      {"AnalyticsService",
       {"analytics", analytics::v1::GetMetricsRequest::descriptor()->file()->service(0)}},
  };
  return homes;
}

struct Answered {
  absl::Status status;
  YAML::Node tree;
};

class Player {
 public:
  Player(const Scenario& scenario, Stage& stage) : scenario_(scenario), stage_(stage) {}
  std::map<std::string, std::string>& variables() { return values_.variables; }

  absl::Status Run() {
    for (step_ = 0; step_ < scenario_.steps.size(); ++step_) {
      const Step& step = scenario_.steps[step_];
      values_.now = stage_.now();
      absl::Status done = RunStep(step);
      if (done.ok()) done = stage_.AfterStep(step_, scenario_.steps.size());
      if (!done.ok()) return Failure(absl::StrCat("step ", step_ + 1, ", ", step.title), done);
    }
    const absl::Status settled = AllSettled();
    return settled.ok() ? settled : Failure("at the end", settled);
  }

 private:
  absl::Status Failure(const std::string& where, const absl::Status& why) {
    return absl::Status(why.code(),
                        absl::StrCat(scenario_.name, ", ", where, ": ", DescribeError(why)));
  }

  absl::Status RunStep(const Step& step) {
    switch (step.kind) {
      case Step::Kind::kAdvance:
        stage_.Advance(step.advance);
        return absl::OkStatus();
      case Step::Kind::kTogether:
        return RunTogether(step);
      case Step::Kind::kEventually:
        return RunEventually(step.calls[0]);
      default:
        return RunOnce(step.calls[0]);
    }
  }

  // The method and its request; the same request id at each repetition.
  struct Prepared {
    const MethodDescriptor* method = nullptr;
    std::string path;
    std::string instance;
    std::unique_ptr<Message> request;
  };
  absl::StatusOr<Prepared> Prepare(const Call& call, size_t number) {
    const size_t slash = call.method.find('/');
    const auto home = Homes().find(call.method.substr(0, slash));
    if (home == Homes().end()) return absl::InvalidArgumentError("no such service");
    Prepared prepared;
    prepared.method = home->second.service->FindMethodByName(call.method.substr(slash + 1));
    if (prepared.method == nullptr) return absl::InvalidArgumentError("no such method");
    prepared.path = absl::StrCat(home->second.service->full_name(), "/", prepared.method->name());
    prepared.instance = call.at.empty() ? home->second.instance : call.at;
    const auto* input = prepared.method->input_type();
    auto* factory = google::protobuf::MessageFactory::generated_factory();
    prepared.request.reset(factory->GetPrototype(input)->New());
    REDRESS_RETURN_IF_ERROR(FillFromYaml(call.request, values_, prepared.request.get()));
    const auto* id = input->FindFieldByName("request_id");
    if (id != nullptr && !(call.request.IsDefined() && call.request["request_id"])) {
      prepared.request->GetReflection()->SetString(
          prepared.request.get(), id, absl::StrCat(scenario_.name, "-", step_ + 1, "-", number));
    }
    return prepared;
  }

  Answered Ask(const Prepared& prepared) {
    auto* factory = google::protobuf::MessageFactory::generated_factory();
    std::unique_ptr<Message> response(factory->GetPrototype(prepared.method->output_type())->New());
    Answered answered;
    RpcChannel& channel = stage_.ChannelOf(prepared.instance);
    answered.status = channel.Call(prepared.path, *prepared.request, response.get(), kPatience);
    if (answered.status.ok()) answered.tree = TreeOf(*response);
    return answered;
  }

  // Repeats what was answered UNAVAILABLE, unless that is what is expected.
  Answered AskPatiently(const Prepared& prepared, const ExpectedOutcome* expected) {
    for (const absl::Time until = absl::Now() + kPatience;;) {
      Answered answered = Ask(prepared);
      const bool wanted =
          expected != nullptr && (expected->code == "UNAVAILABLE" || expected->code.empty());
      if (!absl::IsUnavailable(answered.status) || wanted || absl::Now() > until) return answered;
      absl::SleepFor(kAskAgain);
    }
  }

  std::optional<std::string> Differs(const ExpectedOutcome& expected, const Answered& answered) {
    const std::string code(absl::StatusCodeToString(answered.status.code()));
    if (!expected.code.empty() && code != expected.code) {
      return absl::StrCat("answered ", code, " (", DescribeError(answered.status), "), not ",
                          expected.code);
    }
    const std::string reason = ReasonOf(answered.status);
    if (!expected.reason.empty() && reason != expected.reason) {
      return absl::StrCat("reason ", reason, " (", DescribeError(answered.status), "), not ",
                          expected.reason);
    }
    if (expected.violations.IsDefined()) {
      YAML::Node fields(YAML::NodeType::Sequence);
      for (const auto& violation : FieldViolationsOf(answered.status))
        fields.push_back(violation.field);
      if (auto found = Mismatch(expected.violations, fields, values_, "violations")) return found;
    }
    for (const auto& entry : expected.details) {
      const std::string key = entry.first.Scalar();
      const YAML::Node value(ErrorMetadataOf(answered.status, key).value_or(""));
      if (auto found = Mismatch(entry.second, value, values_, key)) return found;
    }
    if (!expected.answer.IsDefined()) return std::nullopt;
    return Mismatch(expected.answer, answered.tree, values_);
  }

  absl::Status Keep(const Call& call, const YAML::Node& tree) {
    for (const auto& [name, path] : call.save) {
      const auto value = ScalarAt(tree, path);
      if (!value) return absl::NotFoundError(absl::StrCat("the answer holds no ", path));
      values_.variables[name] = *value;
    }
    return absl::OkStatus();
  }

  absl::Status RunOnce(const Call& call) {
    REDRESS_ASSIGN_OR_RETURN(const Prepared prepared, Prepare(call, 0));
    const Answered answered = AskPatiently(prepared, &call.expected);
    if (auto found = Differs(call.expected, answered)) return absl::FailedPreconditionError(*found);
    return Keep(call, answered.tree);
  }

  absl::Status RunEventually(const Call& call) {
    std::optional<std::string> found;
    for (const absl::Time until = absl::Now() + kPatience; absl::Now() < until;) {
      REDRESS_ASSIGN_OR_RETURN(const Prepared prepared, Prepare(call, 0));
      const Answered answered = Ask(prepared);
      found = Differs(call.expected, answered);
      if (!found) return Keep(call, answered.tree);
      absl::SleepFor(kAskAgain);
    }
    return absl::FailedPreconditionError(absl::StrCat("still: ", *found));
  }

  absl::Status RunTogether(const Step& step) {
    std::vector<Prepared> prepared;
    for (const Call& call : step.calls) {
      REDRESS_ASSIGN_OR_RETURN(Prepared one, Prepare(call, prepared.size()));
      prepared.push_back(std::move(one));
    }
    std::vector<Answered> answers(prepared.size());
    std::vector<std::thread> callers;
    for (size_t i = 0; i < prepared.size(); ++i) {
      callers.emplace_back([&, i] { answers[i] = AskPatiently(prepared[i], nullptr); });
    }
    for (std::thread& caller : callers) caller.join();
    std::vector<size_t> order(answers.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    // Few calls, so every order is tried.
    std::string found;
    do {
      found.clear();
      for (size_t i = 0; i < order.size() && found.empty(); ++i) {
        found = Differs(step.outcomes[i], answers[order[i]]).value_or("");
      }
      if (found.empty()) break;
    } while (std::next_permutation(order.begin(), order.end()));
    if (!found.empty()) {
      std::string all;
      for (const Answered& answered : answers)
        absl::StrAppend(&all, DescribeError(answered.status), "; ");
      return absl::FailedPreconditionError(
          absl::StrCat("in no order: ", found, "; answers: ", all));
    }
    for (size_t i = 0; i < answers.size(); ++i) {
      if (answers[i].status.ok()) REDRESS_RETURN_IF_ERROR(Keep(step.calls[i], answers[i].tree));
    }
    return absl::OkStatus();
  }

  // Every complaint ends assessed, and owned or queued with a reason (one that was withdrawn waits
  // for nobody).
  absl::Status AllSettled() {
    std::string left;
    for (const absl::Time until = absl::Now() + kPatience; absl::Now() < until;) {
      left.clear();
      intake::v1::ListComplaintsRequest request;
      request.set_page_size(100);
      do {
        auto page = stage_.ChannelOf("intake").Call<intake::v1::ListComplaintsResponse>(
            "redress.intake.v1.ComplaintService/ListComplaints", request, kPatience);
        REDRESS_RETURN_IF_ERROR(page.status());
        for (const auto& complaint : page->complaints()) {
          if (complaint.how() == api::v1::HOW_WITHDRAWN) continue;
          const bool placed = !complaint.owner().empty() || !complaint.queue_reason().empty();
          if (complaint.category_size() == 3 && placed) continue;
          left = absl::StrCat(complaint.tracking_code(),
                              complaint.category_size() == 3 ? "" : " is not assessed",
                              placed ? "" : " has neither owner nor reason to wait");
        }
        request.set_page_token(page->next_page_token());
      } while (!request.page_token().empty());
      if (left.empty()) return absl::OkStatus();
      absl::SleepFor(kAskAgain);
    }
    return absl::FailedPreconditionError(left);
  }

  const Scenario& scenario_;
  Stage& stage_;
  Values values_;
  size_t step_ = 0;
};

}  // namespace

absl::Status Play(const Scenario& scenario, Stage& stage,
                  std::map<std::string, std::string>* variables) {
  Player player(scenario, stage);
  if (variables == nullptr) return player.Run();
  player.variables() = *variables;
  const absl::Status played = player.Run();
  *variables = player.variables();
  return played;
}

}  // namespace redress::scenarios
