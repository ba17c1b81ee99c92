#include "libs/domain/fold.h"
#include "libs/domain/payloads.h"
#include "redress/event/v1/directory.pb.h"

namespace redress {
namespace {

using event::v1::Header;
using storage::v1::DirectoryState;

storage::v1::DefinitionState* Define(const Header& header, DirectoryState* state) {
  state->mutable_definition()->set_changed_by(header.event_id());
  return state->mutable_definition();
}

void Fold(const Header& h, const event::v1::TeamDefined& e, DirectoryState* s) {
  *Define(h, s)->mutable_team() = e;
}

void Fold(const Header& h, const event::v1::AgentEnrolled& e, DirectoryState* s) {
  *Define(h, s)->mutable_agent() = e;
}

void Fold(const Header& h, const event::v1::AgentMoved& e, DirectoryState* s) {
  auto* agent = Define(h, s)->mutable_agent();
  agent->mutable_roles()->CopyFrom(e.roles());
  agent->mutable_teams()->CopyFrom(e.teams());
  agent->set_home_team(e.home_team());
  agent->set_line_manager(e.line_manager());
  agent->mutable_languages()->CopyFrom(e.languages());
  agent->mutable_regions()->CopyFrom(e.regions());
}

void Fold(const Header& h, const event::v1::AgentDeparted& e, DirectoryState* s) {
  Define(h, s)->set_departed_at_us(e.at_us());
}

void Fold(const Header&, const event::v1::AgentSkillsSet& e, DirectoryState* s) {
  s->mutable_skills()->set_revision(e.revision());
  s->mutable_skills()->mutable_skills()->CopyFrom(e.skills());
}

void Fold(const Header&, const event::v1::AgentCapacitySet& e, DirectoryState* s) {
  s->mutable_capacity()->set_revision(e.revision());
  s->mutable_capacity()->mutable_per_team()->CopyFrom(e.per_team());
  s->mutable_capacity()->mutable_per_channel()->CopyFrom(e.per_channel());
}

void Fold(const Header& h, const event::v1::PresenceChanged& e, DirectoryState* s) {
  *s->mutable_presence()->mutable_presence() = e;
  s->mutable_presence()->set_changed_by(h.event_id());
}

void Fold(const Header& h, const event::v1::PolicyPartPublished& e, DirectoryState* s) {
  *Define(h, s)->mutable_policy_part() = e;
}

void Fold(const Header& h, const event::v1::PolicyPublished& e, DirectoryState* s) {
  *Define(h, s)->mutable_policy() = e;
}

void Fold(const Header& h, const event::v1::PolicyActivated& e, DirectoryState* s) {
  *Define(h, s)->mutable_activation() = e;
}

template <typename P>
bool FoldAs(const FoldedEvent& event, DirectoryState* state) {
  if (event.type != PayloadOf<P>().number) return false;
  Fold(event.header, static_cast<const P&>(event.payload), state);
  return true;
}

template <typename... P>
void FoldAny(const FoldedEvent& event, DirectoryState* state) {
  (FoldAs<P>(event, state) || ...);
}

}  // namespace

void Apply(const FoldedEvent& event, DirectoryState* state) {
  using namespace event::v1;  // NOLINT: the list below reads like the catalogue
  FoldAny<TeamDefined, AgentEnrolled, AgentMoved, AgentSkillsSet, AgentCapacitySet, PresenceChanged,
          AgentDeparted, PolicyPartPublished, PolicyPublished, PolicyActivated>(event, state);
}

}  // namespace redress
