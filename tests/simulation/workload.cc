#include "tests/simulation/workload.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "libs/base/time.h"
#include "libs/domain/payloads.h"
#include "redress/event/v1/assessment.pb.h"
#include "services/intake/decide/conversation_deciders.h"
#include "services/intake/decide/directory_deciders.h"
#include "services/intake/decide/handling_deciders.h"
#include "services/intake/decide/ownership_deciders.h"
#include "tests/simulation/small_suite.h"

namespace redress::simulation {
namespace {

using intake::CommandFacts;

struct WishFacts {
  std::string_view name;
  uint32_t type;
};

const WishFacts& FactsOf(Wish wish) {
  static const auto& facts = *new std::array<WishFacts, kWishes>{{
      {"submit", PayloadOf<event::v1::ComplaintReceived>().number},
      {"message", PayloadOf<event::v1::MessageAdded>().number},
      {"note", PayloadOf<event::v1::NoteAdded>().number},
      {"start waiting", PayloadOf<event::v1::WaitingStarted>().number},
      {"end waiting", PayloadOf<event::v1::WaitingEnded>().number},
      {"investigate", PayloadOf<event::v1::InvestigationStarted>().number},
      {"resolve", PayloadOf<event::v1::ComplaintResolved>().number},
      {"close", PayloadOf<event::v1::ComplaintClosed>().number},
      {"reopen", PayloadOf<event::v1::ComplaintReopened>().number},
      {"withdraw", PayloadOf<event::v1::ComplaintWithdrawn>().number},
      {"assign", PayloadOf<event::v1::ComplaintAssigned>().number},
      {"release", PayloadOf<event::v1::ComplaintQueued>().number},
      {"escalate", PayloadOf<event::v1::ComplaintEscalated>().number},
      {"de-escalate", PayloadOf<event::v1::ComplaintDeescalated>().number},
      {"correct", PayloadOf<event::v1::AssessmentCorrected>().number},
      {"set presence", PayloadOf<event::v1::PresenceChanged>().number},
  }};
  return facts[static_cast<size_t>(wish)];
}

Decision DecideSubmit(StateView& view, bool exists, const CommandFacts& facts) {
  intake::ReceiveInput input;
  input.received.set_channel(event::v1::API);
  input.received.mutable_first_message()->set_direction(event::v1::Message::INBOUND);
  input.received.mutable_first_message()->set_thread(1);
  input.personal.mutable_first_message()->set_body(
      absl::StrCat("The product arrived broken and nobody answers. ", kSecretText));
  return intake::DecideReceive(view, exists, facts, input);
}

Decision DecideMessage(StateView& view, const CommandFacts& facts, int argument) {
  intake::AddMessageInput input;
  const bool inbound = argument % 2 == 0;
  input.message.set_direction(inbound ? event::v1::Message::INBOUND : event::v1::Message::OUTBOUND);
  if (argument % 4 == 1) input.message.add_purposes(event::v1::FIRST_RESPONSE);
  input.subject = kSecretText;
  input.body = kSecretText;
  return intake::DecideAddMessage(view, facts, input);
}

Decision DecideHandling(const Client& client, StateView& view, const CommandFacts& facts) {
  switch (client.wish) {
    case Wish::kWaitingStart: {
      event::v1::Waiting waiting;
      waiting.set_on(client.argument % 2 == 0 ? event::v1::Waiting::ON_COMPLAINANT
                                              : event::v1::Waiting::ON_THIRD_PARTY);
      if (client.argument >= 2) waiting.set_until_us(facts.now_us + 7'000'000);
      return intake::DecideStartWaiting(view, facts, waiting);
    }
    case Wish::kWaitingEnd:
      return intake::DecideEndWaiting(view, event::v1::Waiting::ON_UNSPECIFIED,
                                      event::v1::WaitingEnded::ANSWERED);
    case Wish::kInvestigate:
      return intake::DecideStartInvestigation(view, facts, kSecretText);
    case Wish::kResolve: {
      intake::ResolveInput input;
      input.outcome = event::v1::ComplaintResolved::UPHELD;
      input.final_response = kSecretText;
      input.reasons = kSecretText;
      return intake::DecideResolve(view, facts, input);
    }
    case Wish::kClose:
      return intake::DecideClose(view, "settled");
    case Wish::kReopen:
      return intake::DecideReopen(view, event::v1::ComplaintReopened::NEW_FACTS, "");
    case Wish::kWithdraw:
      return intake::DecideWithdraw(view, "changed_mind", kSecretText);
    default:
      return intake::DecideCorrect(
          view, facts, {{{"severity", std::to_string(1 + client.argument)}}, kSecretText});
  }
}

}  // namespace

uint32_t TypeOf(Wish wish) { return FactsOf(wish).type; }
std::string_view WishName(Wish wish) { return FactsOf(wish).name; }

absl::StatusOr<Decision> DecideWish(const Client& client, StateView& view, bool exists,
                                    int64_t now_us) {
  const CommandFacts facts{client.request, now_us};
  switch (client.wish) {
    case Wish::kSubmit:
      return DecideSubmit(view, exists, facts);
    case Wish::kMessage:
      return DecideMessage(view, facts, client.argument);
    case Wish::kNote:
      return intake::DecideAddNote(facts, {{}, kSecretText});
    case Wish::kAssign: {
      intake::AssignInput input;
      input.agent_id = AgentId(client.argument % kAgents);
      input.team_id = TeamId();
      input.note = kSecretText;
      return intake::DecideAssign(view, facts, input);
    }
    case Wish::kRelease:
      return intake::DecideQueue(view, facts,
                                 {"", event::v1::ComplaintQueued::RELEASED, kSecretText});
    case Wish::kEscalate:
    case Wish::kDeescalate: {
      intake::LevelInput input;
      input.reason = "asked";
      input.reason_text = kSecretText;
      return client.wish == Wish::kEscalate ? intake::DecideEscalate(view, input)
                                            : intake::DecideDeescalate(view, input);
    }
    default:
      return DecideHandling(client, view, facts);
  }
}

Decision DecidePresence(const Client& client, int64_t now_us) {
  using Presence = event::v1::PresenceChanged;
  // More often there than not, or nobody would do anything.
  constexpr Presence::State kStates[] = {Presence::AVAILABLE, Presence::OFFLINE, Presence::AWAY,
                                         Presence::AVAILABLE};
  Presence presence;
  presence.set_agent_id(client.complaint.ToBytes());
  presence.set_state(kStates[client.argument % 4]);
  return intake::DecideSetPresence(false, presence, now_us);
}

Command CommandOf(const Client& client, const LogId& log, absl::Time deadline) {
  Command command;
  command.stream = client.complaint;
  command.may_open = client.wish == Wish::kSubmit;
  command.request = client.request;
  command.command_hash = HashOf(absl::StrCat(static_cast<int>(client.wish), "/", client.argument));
  command.actor.set_kind(event::v1::Actor::PERSON);
  command.actor.set_id("client");
  command.type = TypeOf(client.wish);
  command.deadline = deadline;
  command.policy = [] { return SmallPolicy().manifest_hash(); };
  if (client.etag) command.etag = Etag{log, client.complaint, *client.etag};
  if (client.of_agent()) {
    command.directory = true;
    command.decide_entity = [client](EntityView&,
                                     const CommandContext& context) -> absl::StatusOr<Decision> {
      return DecidePresence(client, ToMicros(context.now));
    };
    return command;
  }
  command.decide = [client](StateView& view, const CommandContext& context) {
    return DecideWish(client, view, context.complaint->head.exists(), ToMicros(context.now));
  };
  return command;
}

}  // namespace redress::simulation
