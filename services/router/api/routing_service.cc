#include "services/router/api/routing_service.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/api/proto_time.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "redress/routing/v1/routing_service.pb.h"

namespace redress::router {
namespace {

using namespace routing::v1;  // NOLINT: requests and answers of this one API

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 500;
constexpr int kMaxAgentsPage = 1000;

// Of a complaint that the router has not looked at since it lost its owner: a moment.
constexpr char kNotRouted[] = "not_routed";

// A place in a queue, as page token.
std::string TokenOf(const WorkTable::Place& place) {
  return absl::StrCat(place.order, ".", place.stream.ToHex());
}

std::optional<WorkTable::Place> PlaceOf(const std::string& token) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(token, absl::MaxSplits('.', 1));
  WorkTable::Place place;
  const auto stream = StreamId::FromHex(parts.second);
  if (!stream || !absl::SimpleAtoi(parts.first, &place.order)) return std::nullopt;
  place.stream = *stream;
  return place;
}

void Describe(const QueueBook::Queue& waiting, absl::Time now, Queue* queue) {
  queue->set_waiting(static_cast<uint32_t>(waiting.waiting()));
  for (const auto& [reason, count] : waiting.by_reason) {
    if (count == 0) continue;
    auto* out = queue->add_reasons();
    out->set_reason(reason);
    out->set_count(static_cast<uint32_t>(count));
  }
  if (waiting.waiting() > 0) {
    queue->mutable_longest_wait()->set_seconds(
        absl::ToInt64Seconds(now - FromMicros(waiting.oldest_us())));
  }
}

absl::StatusOr<ListQueuesResponse> ListQueues(const RoutingApi& api, Service& service,
                                              const ListQueuesRequest& request) {
  const Directory& directory = api.projection->directory();
  const absl::Time now = api.clock->Now();
  std::map<std::string, Queue> queues;
  for (const auto& [id, entity] : directory.Teams()) queues[entity->definition().team().code()];
  const QueueBook& book = api.projection->queued();
  for (const auto& [team, waiting] : book.queues())
    Describe(waiting, now, &queues[directory.CodeOf(team.bytes())]);
  // The rest has no team yet, or is being given to another one.
  const size_t unowned = service.projector().work().rows(kRoute).size();
  if (unowned > book.size()) {
    Queue& queue = queues[""];
    const auto rest = static_cast<uint32_t>(unowned - book.size());
    queue.set_waiting(queue.waiting() + rest);
    auto* out = queue.add_reasons();
    out->set_reason(kNotRouted);
    out->set_count(rest);
  }
  for (const auto& [id, entity] : directory.Agents()) {
    const bool present =
        entity->presence().presence().state() == event::v1::PresenceChanged::AVAILABLE;
    if (!present) continue;
    for (const auto& membership : entity->definition().agent().teams()) {
      Queue& queue = queues[directory.CodeOf(membership.team_id())];
      queue.set_agents_present(queue.agents_present() + 1);
      const uint32_t used = api.projection->loads().UsedUnits(id);
      if (used < membership.capacity_units()) {
        queue.set_free_capacity(queue.free_capacity() + membership.capacity_units() - used);
      }
    }
  }
  ListQueuesResponse response;
  for (auto& [team, queue] : queues) {
    const auto& wanted = request.teams();
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), team) == wanted.end()) continue;
    queue.set_team(team);
    *response.add_queues() = queue;
  }
  return response;
}

void AddWaiting(const ComplaintRow& row, ListQueueResponse* response) {
  const auto& ownership = row.state.ownership();
  auto* out = response->add_complaints();
  out->set_complaint_id(row.id.ToHex());
  out->set_tracking_code(row.state.record().tracking_code());
  *out->mutable_waiting_since() = ToTimestamp(ownership.unowned_since_us());
  out->set_reason(ownership.queue_reason().empty() ? kNotRouted : ownership.queue_reason());
  out->set_level(row.state.level().level());
  out->set_priority_band(row.state.assessment().assessment().priority().band());
  for (const auto& level : row.state.assessment().assessment().category())
    out->add_category(level.code());
  for (const std::string& skill : ownership.skills()) out->add_skills()->set_skill(skill);
}

absl::StatusOr<ListQueueResponse> ListQueue(const RoutingApi& api, Service& service,
                                            const ListQueueRequest& request) {
  if (request.team().empty()) return InvalidField("team", "required: a team code");
  const EntityId team = EntityIdOf("team", request.team());
  const int size =
      request.page_size() <= 0 ? kDefaultPage : std::min(request.page_size(), kMaxPage);
  const WorkTable::Rows& rows = service.projector().work().rows(kRoute);
  auto it = rows.begin();
  if (!request.page_token().empty()) {
    const auto last = PlaceOf(request.page_token());
    if (!last) return InvalidField("page_token", "not a token of this list: begin without one");
    it = rows.upper_bound(*last);
  }
  ListQueueResponse response;
  const WorkTable::Place* shown = nullptr;
  for (; it != rows.end(); ++it) {
    const Queued* queued = api.projection->queued().Find(it->first.stream);
    if (queued != nullptr && queued->team != team) continue;
    REDRESS_ASSIGN_OR_RETURN(const ComplaintRow* row,
                             service.projector().LoadComplaint(it->first.stream));
    if (row->state.ownership().team_id() != team.bytes()) continue;
    if (response.complaints_size() == size) {
      response.set_next_page_token(TokenOf(*shown));
      break;
    }
    shown = &it->first;
    AddWaiting(*row, &response);
  }
  return response;
}

absl::StatusOr<ListAgentsResponse> ListAgents(const RoutingApi& api,
                                              const ListAgentsRequest& request) {
  const Directory& directory = api.projection->directory();
  const int size = request.page_size() <= 0 ? 100 : std::min(request.page_size(), kMaxAgentsPage);
  ListAgentsResponse response;
  for (const auto& [id, entity] : directory.Agents()) {
    const auto& agent = entity->definition().agent();
    if (!request.page_token().empty() && agent.code() <= request.page_token()) continue;
    const auto& teams = agent.teams();
    const bool in_team =
        request.team().empty() ||
        std::any_of(teams.begin(), teams.end(), [&](const auto& membership) {
          return membership.team_id() == EntityIdOf("team", request.team()).bytes();
        });
    if (!in_team) continue;
    if (response.agents_size() == size) {
      response.set_next_page_token(response.agents(size - 1).agent());
      break;
    }
    auto* out = response.add_agents();
    out->set_agent(agent.code());
    out->set_presence(entity->presence().presence().state());
    const uint32_t used = api.projection->loads().UsedUnits(id);
    uint32_t capacity = 0;
    for (const auto& membership : teams) {
      auto* load = out->add_teams();
      load->set_team(directory.CodeOf(membership.team_id()));
      load->set_capacity_units(membership.capacity_units());
      load->set_used_units(used);
      capacity = std::max(capacity, membership.capacity_units());
    }
    out->set_complaints(static_cast<uint32_t>(api.projection->loads().HeldBy(id).size()));
    out->set_capacity_units(capacity);
    out->set_used_units(used);
    for (const auto& skill : entity->skills().skills()) out->add_skills(skill.skill());
  }
  return response;
}

absl::StatusOr<ExplainRouteResponse> ExplainRoute(const RoutingApi& api, Service& service,
                                                  const ExplainRouteRequest& request) {
  const auto id = ComplaintId::FromHex(request.complaint());
  if (!id) return InvalidField("complaint", "32 hexadecimal digits: the complaint's id");
  auto row = service.projector().LoadComplaint(*id);
  if (!row.ok()) return row.status();
  if (!(*row)->head.exists())
    return MakeError(absl::StatusCode::kNotFound, reason::kNotFound, "no such complaint");
  const auto& state = (*row)->state;
  const Directory& directory = api.projection->directory();
  const absl::Time now = api.clock->Now();
  const auto policy =
      directory.FindPolicy(directory.ActivePolicy(state.record().region(), ToMicros(now)));
  if (policy == nullptr) {
    return MakeError(absl::StatusCode::kUnavailable, reason::kNotCaughtUp,
                     "the policy in force is not folded yet");
  }
  const Routed routed = api.decider->Route(*policy, **row, state.ownership(), state.level().level(),
                                           state.recusal(), now);
  ExplainRouteResponse response;
  response.set_owner(directory.CodeOf(state.ownership().owner_id()));
  response.set_team(directory.CodeOf(routed.team.bytes()));
  response.set_queue_reason(state.ownership().queue_reason());
  *response.mutable_explained() = ExplainRouted(*policy, routed);
  for (const Scored& scored : routed.choice.considered) {
    auto* out = response.add_candidates();
    out->set_agent(scored.agent->code);
    out->set_score(scored.score);
    out->set_passed_over(std::string(PassedOverName(scored.passed_over)));
  }
  return response;
}

}  // namespace

RpcService MakeRoutingService(RoutingApi api) {
  RpcService service("redress.routing.v1.RoutingService");
  const MethodOptions agent{.role = "agent"};
  // Every method: wait for the token, then answer on the executor.
  const auto add = [&]<typename Request, typename Response>(const char* name, auto answer) {
    service.Unary<Request, Response>(
        name, agent,
        [api, answer](const CallContext& call, const Request& request, Done<Response> done) {
          auto shared = std::make_shared<Done<Response>>(std::move(done));
          api.when_reached(call, request.consistency_token(),
                           [api, answer, request, shared](absl::Status reached, Service* service) {
                             (*shared)(reached.ok() ? answer(*service, request)
                                                    : absl::StatusOr<Response>(reached));
                           });
        });
  };
  add.template operator()<ListQueuesRequest, ListQueuesResponse>(
      "ListQueues",
      [api](Service& s, const ListQueuesRequest& r) { return ListQueues(api, s, r); });
  add.template operator()<ListQueueRequest, ListQueueResponse>(
      "ListQueue", [api](Service& s, const ListQueueRequest& r) { return ListQueue(api, s, r); });
  add.template operator()<ListAgentsRequest, ListAgentsResponse>(
      "ListAgents", [api](Service&, const ListAgentsRequest& r) { return ListAgents(api, r); });
  add.template operator()<ExplainRouteRequest, ExplainRouteResponse>(
      "ExplainRoute",
      [api](Service& s, const ExplainRouteRequest& r) { return ExplainRoute(api, s, r); });
  return service;
}

}  // namespace redress::router
