// The pure deciders of commands on what is done about a complaint: investigation, resolution,
// closing, and corrections of its assessment: (state, input, now) → one event or a refusal
// (`command_facts.h`).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/domain/decision.h"
#include "libs/domain/state_view.h"
#include "redress/event/v1/handling.pb.h"
#include "services/intake/decide/command_facts.h"

namespace redress::intake {

Decision DecideStartInvestigation(StateView& view, const CommandFacts& facts,
                                  const std::string& note);

struct ResolveInput {
  event::v1::ComplaintResolved::Outcome outcome = event::v1::ComplaintResolved::OUTCOME_UNSPECIFIED;
  event::v1::Channel channel = event::v1::CHANNEL_UNSPECIFIED;
  std::string subject;
  std::string final_response;
  std::string reasons;
  std::optional<event::v1::Money> redress_total;
  std::optional<event::v1::Money> handling_cost;
  std::string liable_department;
};
Decision DecideResolve(StateView& view, const CommandFacts& facts, const ResolveInput& input);

Decision DecideClose(StateView& view, const std::string& reason);
Decision DecideReopen(StateView& view, event::v1::ComplaintReopened::Cause cause,
                      const std::string& answers);
Decision DecideWithdraw(StateView& view, const std::string& reason, const std::string& reason_text);

struct CorrectInput {
  struct Correction {
    std::string field;
    std::string value;
  };
  std::vector<Correction> corrections;
  std::string reason;
};
// Values were checked against the policy before. Refused (PRECONDITION) when nothing would change.
Decision DecideCorrect(StateView& view, const CommandFacts& facts, const CorrectInput& input);

}  // namespace redress::intake
