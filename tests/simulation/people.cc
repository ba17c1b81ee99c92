// What is asked: clients with their commands and reads.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/hash.h"
#include "libs/base/status.h"
#include "libs/errors/errors.h"
#include "libs/projection/position_table.h"
#include "libs/projection/row_key.h"
#include "tests/simulation/small_suite.h"
#include "tests/simulation/world.h"

namespace redress::simulation {
namespace {

constexpr size_t kMostUnanswered = 16;
constexpr size_t kMostInACrowd = 28;

}  // namespace

StreamId World::ComplaintOf(int number) const {
  return HashedId<StreamId>({"complaint", std::to_string(number)});
}

bool World::AllAnswered() const {
  return std::all_of(clients_.begin(), clients_.end(),
                     [](const Client& client) { return client.answered(); });
}

void World::AddClient() {
  // People who get no answer do not send more and more.
  const auto open = std::count_if(clients_.begin(), clients_.end(),
                                  [](const Client& c) { return !c.answered(); });
  if (static_cast<size_t>(open) >= (plan_.crowded ? kMostInACrowd : kMostUnanswered)) return;
  Client client;
  client.complaint = ComplaintOf(static_cast<int>(Below(static_cast<uint64_t>(plan_.complaints))));
  client.wish = static_cast<Wish>(Below(kWishes));
  if (clients_.empty() || Below(plan_.crowded ? 40 : 6) == 0) client.wish = Wish::kSubmit;
  if (!clients_.empty() && plan_.crowded && Below(5) != 0) client.wish = Wish::kNote;
  client.argument = static_cast<int>(Below(4));
  if (client.of_agent()) client.complaint = AgentEntity(static_cast<int>(Below(kAgents)));
  client.request = HashedId<RequestId>({"client", std::to_string(clients_.size())});
  // Some decide on what somebody saw a while ago.
  if (!clients_.empty() && client.wish != Wish::kSubmit && Below(3) == 0) {
    const Client& other = clients_[Below(clients_.size())];
    if (other.complaint == client.complaint && other.seen.value() > 0) client.etag = other.seen;
  }
  clients_.push_back(client);
  asked_at_.push_back(-1);
}

// Everybody without an answer asks again, sometimes elsewhere while still waiting.
void World::KeepAsking() {
  for (size_t c = 0; c < clients_.size(); ++c) {
    const Client& client = clients_[c];
    if (client.answered()) {
      // Now and then somebody repeats what is long answered.
      if (calm_ || client.told_missing || Below(plan_.crowded ? 400 : 60) != 0) continue;
    } else if (client.waiting ? Below(12) != 0 : scheduler_.now() < client.asks_again) {
      continue;
    }
    Ask(c, static_cast<int>(Below(static_cast<uint64_t>(plan_.processes))));
  }
}

void World::Ask(size_t c, int i) {
  Client& client = clients_[c];
  if (!Alive(i)) return;
  // A release that does not know the event has no such command.
  if (i == plan_.processes - 1 && plan_.lacking != 0 && TypeOf(client.wish) == plan_.lacking)
    return;
  client.waiting = true;
  asked_at_[c] = i;
  ++client.calls;
  Tell(absl::StrCat("client ", c, " asks process ", i, " to ", std::string(WishName(client.wish)),
                    " ", client.complaint.ToHex().substr(0, 8),
                    client.etag ? absl::StrCat(" of version ", client.etag->value()) : "",
                    ", request ", client.request.ToHex().substr(0, 8)));
  processes_[i]->Submit(CommandOf(client, bus_.log_id(), scheduler_.now() + absl::Seconds(15)),
                        [this, c](absl::StatusOr<CommandOutcome> answer) { OnAnswer(c, answer); });
}

void World::OnAnswer(size_t c, const absl::StatusOr<CommandOutcome>& answer) {
  Client& client = clients_[c];
  client.waiting = false;
  // Not the whole status: the metadata of an error are a map, whose bytes have no order.
  const std::string told =
      answer.ok() ? (answer->refused ? "no" : "yes") : ReasonOf(answer.status());
  absl::StrAppend(&trace_, c, told);
  Tell(absl::StrCat("client ", c, " is told ", told,
                    answer.ok() && answer->replayed ? " (again)" : ""));
  if (answer.ok()) {
    ++outcome_.met[answer->replayed ? "replayed" : answer->refused ? "refused" : "answered"];
    if (!answer->replayed && client.of_agent()) ++outcome_.met["presence"];
    if (!answer->replayed && client.hurried) ++outcome_.met["answered among automatic work"];
    (answer->refused ? client.told_no : client.told_yes) = true;
    if (client.told_yes && client.told_no) Fail(absl::StrCat("client ", c, " was told yes and no"));
    client.token.log = bus_.log_id();
    Offset& end = client.token.ends[answer->place];
    end = std::max(end, answer->offset.Next());
    return;
  }
  ++outcome_.met["error " + told];
  client.asks_again =
      scheduler_.now() +
      absl::Milliseconds(300 + Below(absl::IsNotFound(answer.status()) ? 8000 : 2000));
  if (absl::IsFailedPrecondition(answer.status())) client.told_no = true;
  // What changed is looked at again, and the command is given anew.
  if (told == reason::kChanged && client.etag) client.etag.reset();
  if (!calm_) return;
  if (told == reason::kConflict) ++client.lost_races;
  // Not found is no outcome for one who may ask again once somebody has submitted; in the calm it
  // is final.
  if (absl::IsNotFound(answer.status())) client.told_missing = true;
}

// Somebody looks at a complaint, at any service of any process, and must find no less than was seen
// before.
void World::ReadSomething() {
  if (clients_.empty()) return;
  const size_t c = Below(clients_.size());
  const int i = static_cast<int>(Below(static_cast<uint64_t>(plan_.processes)));
  const int service = static_cast<int>(Below(kServices));
  if (!Alive(i) || clients_[c].token.ends.empty()) return;
  processes_[i]->WhenReached(service, clients_[c].token, scheduler_.now() + absl::Seconds(5),
                             [this, c, i, service, seen = clients_[c].seen,
                              wrote = clients_[c].told_yes](absl::Status reached) {
                               if (reached.ok()) OnRead(c, i, service, seen, wrote);
                             });
}

namespace {

// What is stored under the id, as one service keeps it.
template <typename Row>
absl::StatusOr<std::optional<Head>> StoredHead(const ProjectionStore& store, char table,
                                               const StreamId& id) {
  REDRESS_ASSIGN_OR_RETURN(const auto stored, store.Get(RowKey(table).Id(id).str()));
  if (!stored) return std::optional<Head>();
  REDRESS_ASSIGN_OR_RETURN(auto row, Row::Decode(id, *stored));
  return std::optional<Head>(std::move(row.head));
}

}  // namespace

void World::OnRead(size_t c, int i, int service, Version seen, bool wrote) {
  Client& client = clients_[c];
  const ProjectionStore& store = processes_[i]->store(service);
  const auto stored = client.of_agent()
                          ? StoredHead<EntityRow>(store, kEntityTable, client.complaint)
                          : StoredHead<ComplaintRow>(store, kStreamTable, client.complaint);
  const auto positions = PositionTable::Load(store, bus_.log_id());
  if (processes_[i]->dead()) return;
  if (!stored.ok()) return Fail(stored.status().ToString());
  if (!positions.ok()) return Fail(positions.status().ToString());
  ++outcome_.met["read"];
  const std::string where =
      absl::StrCat(" in ", std::string(ServiceName(service)), " of process ", i);
  if (!stored->has_value()) {
    if (wrote || seen.value() > 0)
      Fail(absl::StrCat("client ", c, " does not find its complaint", where));
    return;
  }
  const Head& head = **stored;
  if (head.version() < seen) {
    return Fail(absl::StrCat("client ", c, " saw version ", seen.value(), " and now ",
                             head.version().value(), where));
  }
  const bool remembered =
      head.FindClosed(client.request) != nullptr || head.version().value() > kWindow;
  if (wrote && !remembered)
    return Fail(absl::StrCat("client ", c, " does not find what it wrote", where));
  client.seen = std::max(client.seen, head.version());
  for (const auto& [source, position] : positions->all()) {
    Offset& end = client.token.ends[source];
    end = std::max(end, position.offset.Next());
  }
}

}  // namespace redress::simulation
