#include "tests/simulation/workload.h"

#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "services/intake/decide/complaint_deciders.h"

namespace redress::simulation {
namespace {

using intake::CommandFacts;

std::string AgentId(int number) { return EntityIdOf("agent", "agent-" + std::to_string(number)).ToBytes(); }

absl::StatusOr<Decision> DecideSubmit(StateView& view, const CommandContext& context, const CommandFacts& facts) {
  intake::ReceiveInput input;
  input.received.set_channel(event::v1::API);
  input.received.set_received_at_us(facts.now_us);
  input.received.mutable_first_message()->set_direction(event::v1::Message::INBOUND);
  input.received.mutable_first_message()->set_thread(1);
  input.personal.mutable_first_message()->set_body("The parcel arrived broken and nobody answers.");
  return intake::DecideReceive(view, context.complaint->head.exists(), facts, input);
}

Decision DecideMessage(StateView& view, const CommandFacts& facts, int argument) {
  intake::AddMessageInput input;
  const bool inbound = argument % 2 == 0;
  input.message.set_direction(inbound ? event::v1::Message::INBOUND : event::v1::Message::OUTBOUND);
  input.body = "more";
  return intake::DecideAddMessage(view, facts, input);
}

absl::StatusOr<Decision> Decide(const Client& client, StateView& view, const CommandContext& context) {
  const CommandFacts facts{client.request, ToMicros(context.now)};
  switch (client.wish) {
    case Wish::kSubmit: return DecideSubmit(view, context, facts);
    case Wish::kMessage: return DecideMessage(view, facts, client.argument);
    case Wish::kNote: return intake::DecideAddNote(facts, {{}, "note"});
    case Wish::kWaitingStart: {
      event::v1::Waiting waiting;
      waiting.set_on(event::v1::Waiting::ON_COMPLAINANT);
      return intake::DecideStartWaiting(view, facts, waiting);
    }
    case Wish::kWaitingEnd:
      return intake::DecideEndWaiting(view, event::v1::Waiting::ON_UNSPECIFIED, event::v1::WaitingEnded::ANSWERED);
    case Wish::kResolve: {
      intake::ResolveInput input;
      input.outcome = event::v1::ComplaintResolved::UPHELD;
      input.final_response = "done";
      return intake::DecideResolve(view, facts, input);
    }
    case Wish::kReopen: return intake::DecideReopen(view, event::v1::ComplaintReopened::NEW_FACTS, "");
    case Wish::kWithdraw: return intake::DecideWithdraw(view, "changed_mind", "");
    case Wish::kAssign: {
      intake::AssignInput input;
      input.agent_id = AgentId(client.argument);
      input.team_id = EntityIdOf("team", "team").ToBytes();
      return intake::DecideAssign(view, facts, input);
    }
  }
  return absl::InternalError("no such wish");
}

}  // namespace

uint32_t TypeOf(Wish wish) {
  constexpr uint32_t kTypes[kWishes] = {1, 2, 69, 67, 68, 45, 48, 49, 20};
  return kTypes[static_cast<int>(wish)];
}

Command CommandOf(const Client& client, absl::Time deadline) {
  Command command;
  command.stream = client.complaint;
  command.may_open = client.wish == Wish::kSubmit;
  command.request = client.request;
  command.command_hash = HashOf(std::to_string(static_cast<int>(client.wish)) + "/" + std::to_string(client.argument));
  command.actor.set_kind(event::v1::Actor::PERSON);
  command.actor.set_id("client");
  command.type = TypeOf(client.wish);
  command.deadline = deadline;
  command.decide = [client](StateView& view, const CommandContext& context) { return Decide(client, view, context); };
  return command;
}

}  // namespace redress::simulation
