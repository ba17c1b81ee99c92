#include "tools/feed/suite.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.pb.h"
#include "libs/base/text.h"
#include "libs/base/time.h"
#include "libs/errors/errors.h"
#include "redress/intake/v1/complaint_queries.pb.h"
#include "redress/intake/v1/directory_service.pb.h"
#include "redress/intake/v1/log_service.pb.h"
#include "tools/feed/call_all.h"
#include "tools/terminal/complaint_words.h"

namespace redress::feed {
namespace {

using event::v1::PresenceChanged;
using intake::v1::GetStatusResponse;

constexpr absl::Duration kPoll = absl::Milliseconds(200);
constexpr size_t kHistoriesAtOnce = 64;

std::string MethodOf(std::string_view service, std::string_view method) {
  return absl::StrCat("redress.intake.v1.", Absl(service), "/", Absl(method));
}

absl::StatusOr<GetStatusResponse> StatusOf(RpcChannel& channel) {
  return channel.Call<GetStatusResponse>(MethodOf("LogService", "GetStatus"),
                                         intake::v1::GetStatusRequest());
}

struct LogPicture {
  int64_t lag = 0;
  // Sum of the ends of all topics; grows with every record.
  int64_t records = 0;
  int64_t events = 0;
};

LogPicture PictureOf(const GetStatusResponse& status) {
  std::map<std::pair<std::string, uint32_t>, int64_t> ends;
  LogPicture picture;
  for (const auto& module : status.modules()) {
    for (const auto& partition : module.partitions()) {
      picture.lag += partition.lag_records();
      int64_t& end = ends[{partition.topic(), partition.partition()}];
      end = std::max(end, partition.end());
    }
  }
  for (const auto& [partition, end] : ends) {
    picture.records += end;
    if (partition.first.find("complaints") != std::string::npos)
      picture.events += std::max<int64_t>(0, end - 1);
  }
  return picture;
}

// Why a complaint is not settled; empty: it is.
std::string Unsettled(const api::v1::Complaint& complaint) {
  if (complaint.stage() == api::v1::STAGE_RECEIVED || complaint.category().empty())
    return "not assessed";
  if (complaint.queue_reason() == "not_assessed" || complaint.queue_reason() == "not_routed")
    return "not routed";
  return "";
}

std::string UnsettledOf(const std::map<std::string, LineOrigin>& wanted,
                        const std::map<std::string, api::v1::Complaint>& found) {
  std::map<std::string, size_t> missing;
  if (found.size() < wanted.size()) missing["not listed"] = wanted.size() - found.size();
  for (const auto& [id, complaint] : found) {
    const std::string why = Unsettled(complaint);
    if (!why.empty()) ++missing[why];
  }
  std::vector<std::string> parts;
  for (const auto& [why, count] : missing) parts.push_back(absl::StrCat(count, " ", why));
  return absl::StrJoin(parts, ", ");
}

absl::StatusOr<std::vector<intake::v1::Agent>> ListAgents(RpcChannel& channel) {
  std::vector<intake::v1::Agent> agents;
  intake::v1::ListAgentsRequest list;
  list.set_page_size(1000);
  do {
    const auto page = channel.Call<intake::v1::ListAgentsResponse>(
        MethodOf("DirectoryService", "ListAgents"), list);
    if (!page.ok()) return page.status();
    agents.insert(agents.end(), page->agents().begin(), page->agents().end());
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  return agents;
}

// Leaves what the report and the picture show: there may be very many complaints.
void KeepShown(api::v1::Complaint* complaint) {
  complaint->clear_parties();
  complaint->clear_conversation();
  complaint->clear_labels();
  complaint->clear_open_triggers();
  complaint->clear_pinned();
  complaint->clear_etag();
  complaint->clear_policy();
  complaint->clear_headline();
  for (auto& clock : *complaint->mutable_clocks()) {
    clock.clear_id();
    clock.clear_rule();
    clock.clear_calendar();
    clock.clear_counts_from();
  }
}

Escalation EscalationOf(const api::v1::Complaint& complaint, const api::v1::HistoryEntry& entry) {
  Escalation escalation{
      complaint.id(), complaint.tracking_code(), 0, 0, "", TimeOf(entry.recorded_at())};
  const auto& payload = entry.payload().fields();
  const auto level = [&payload](const char* name) {
    const auto field = payload.find(name);
    return field == payload.end() ? 0u : static_cast<uint32_t>(field->second.number_value());
  };
  escalation.from_level = level("from_level");
  escalation.to_level = level("to_level");
  std::vector<std::string> because;
  if (const auto field = payload.find("because"); field != payload.end()) {
    for (const auto& kind : field->second.list_value().values())
      because.push_back(WordsOfEnum(kind.string_value()));
  }
  if (const auto field = payload.find("reason"); because.empty() && field != payload.end()) {
    because.push_back(field->second.string_value());
  }
  escalation.because = absl::StrJoin(because, ", ");
  return escalation;
}

void AddSteps(const api::v1::Complaint& complaint, const intake::v1::GetHistoryResponse& history,
              std::vector<Escalation>* steps) {
  for (const auto& entry : history.entries()) {
    if (entry.type_name() == "ComplaintEscalated") steps->push_back(EscalationOf(complaint, entry));
  }
}

absl::Status NotYet(std::string_view what, const absl::Status& status) {
  return absl::UnavailableError(absl::StrCat(Absl(what), ": ", DescribeError(status)));
}

}  // namespace

absl::Status WaitUntilServing(RpcChannel& channel, absl::Duration within) {
  using grpc::health::v1::HealthCheckResponse;
  const absl::Time end = absl::Now() + within;
  absl::Status last = absl::UnavailableError("nothing was asked");
  bool serving = false;
  while (absl::Now() < end) {
    if (!serving) {
      const auto health = channel.Call<HealthCheckResponse>(
          "grpc.health.v1.Health/Check", grpc::health::v1::HealthCheckRequest(), absl::Seconds(5));
      serving = health.ok() && health->status() == HealthCheckResponse::SERVING;
      last = health.ok()
                 ? NotYet("health", absl::UnavailableError(
                                        HealthCheckResponse::ServingStatus_Name(health->status())))
                 : NotYet("health", health.status());
    }
    if (serving) {
      const auto policy = channel.Call<intake::v1::GetPolicyResponse>(
          MethodOf("DirectoryService", "GetPolicy"), intake::v1::GetPolicyRequest());
      if (policy.ok()) return absl::OkStatus();
      last = NotYet("no policy is in force", policy.status());
    }
    absl::SleepFor(kPoll);
  }
  return last;
}

absl::StatusOr<int> StaffEverybody(RpcChannel& channel, absl::Duration within) {
  const absl::Time end = absl::Now() + within;
  std::vector<intake::v1::Agent> agents;
  for (size_t before = 0; true; before = agents.size()) {
    auto listed = ListAgents(channel);
    if (!listed.ok()) return listed.status();
    agents = *std::move(listed);
    if ((!agents.empty() && agents.size() == before) || absl::Now() >= end) break;
    absl::SleepFor(kPoll);
  }
  std::vector<intake::v1::SetPresenceRequest> requests;
  for (const auto& agent : agents) {
    if (agent.presence() == PresenceChanged::AVAILABLE) continue;
    auto& request = requests.emplace_back();
    request.set_agent(agent.code());
    request.set_request_id(
        absl::StrCat("feed-presence-", getpid(), "-", ToMicros(absl::Now()), "-", requests.size()));
    request.set_state(PresenceChanged::AVAILABLE);
  }
  for (const auto& answer : CallAll<api::v1::CommandAnswer>(
           channel, MethodOf("DirectoryService", "SetPresence"), requests)) {
    if (!answer.ok()) return answer.status();
  }
  return static_cast<int>(agents.size());
}

int64_t EventsOnLog(RpcChannel& channel) {
  const auto status = StatusOf(channel);
  return status.ok() ? PictureOf(*status).events : -1;
}

absl::StatusOr<std::map<std::string, api::v1::Complaint>> FetchComplaints(
    RpcChannel& channel, const std::map<std::string, LineOrigin>& wanted) {
  std::map<std::string, api::v1::Complaint> found;
  if (wanted.empty()) return found;
  intake::v1::ListComplaintsRequest list;
  list.set_order(intake::v1::ListComplaintsRequest::ORDER_RECEIVED_DESCENDING);
  list.set_page_size(500);
  do {
    auto page = channel.Call<intake::v1::ListComplaintsResponse>(
        MethodOf("ComplaintService", "ListComplaints"), list);
    if (!page.ok()) return page.status();
    for (auto& complaint : *page->mutable_complaints()) {
      if (wanted.count(complaint.id()) == 0) continue;
      KeepShown(&complaint);
      // A copy: cleared fields would keep their memory.
      found[complaint.id()] = complaint;
    }
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty() && found.size() < wanted.size());
  return found;
}

absl::StatusOr<Quiet> WaitUntilQuiet(RpcChannel& channel,
                                     const std::map<std::string, LineOrigin>& wanted,
                                     QuietLimits limits, const std::atomic<bool>& stop,
                                     const std::function<void(const std::string&)>& say) {
  Quiet quiet;
  int64_t records = -1;
  absl::Time grew = absl::Now();
  absl::Time next_list = absl::InfinitePast();
  while (!stop) {
    const auto status = StatusOf(channel);
    if (!status.ok()) return status.status();
    const LogPicture log = PictureOf(*status);
    if (log.records != records) grew = absl::Now();
    records = log.records;
    const absl::Duration still = absl::Now() - grew;
    if (log.lag > 0) {
      quiet.missing = absl::StrCat(log.lag, " records to fold");
    } else if (still >= limits.still && absl::Now() >= next_list) {
      auto found = FetchComplaints(channel, wanted);
      if (!found.ok()) return found.status();
      quiet.complaints = *std::move(found);
      quiet.missing = UnsettledOf(wanted, quiet.complaints);
      if (quiet.missing.empty()) {
        quiet.reached = true;
        return quiet;
      }
      next_list = absl::Now() + limits.still;
    }
    if (still > limits.patience) break;
    say(quiet.missing.empty() ? "the log still grows" : quiet.missing);
    absl::SleepFor(kPoll);
  }
  auto found = FetchComplaints(channel, wanted);
  if (!found.ok()) return found.status();
  quiet.complaints = *std::move(found);
  if (stop) quiet.missing = "stopped";
  return quiet;
}

Escalations FetchEscalations(RpcChannel& channel,
                             const std::map<std::string, api::v1::Complaint>& complaints,
                             absl::Duration within, const std::atomic<bool>& stop) {
  Escalations found;
  std::vector<const api::v1::Complaint*> candidates;
  for (const auto& [id, complaint] : complaints) {
    if (complaint.level() >= 2) candidates.push_back(&complaint);
  }
  found.candidates = candidates.size();
  const absl::Time end = absl::Now() + within;
  while (found.looked_at < candidates.size() && !stop && absl::Now() < end) {
    const size_t count = std::min(kHistoriesAtOnce, candidates.size() - found.looked_at);
    std::vector<intake::v1::GetHistoryRequest> requests(count);
    for (size_t i = 0; i < count; ++i) {
      requests[i].set_complaint(candidates[found.looked_at + i]->id());
      requests[i].set_page_size(1000);
    }
    const auto answers = CallAll<intake::v1::GetHistoryResponse>(
        channel, MethodOf("ComplaintService", "GetHistory"), requests);
    for (size_t i = 0; i < count; ++i) {
      if (answers[i].ok()) AddSteps(*candidates[found.looked_at + i], *answers[i], &found.steps);
    }
    found.looked_at += count;
  }
  return found;
}

}  // namespace redress::feed
