#include "tests/simulation/checks.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/arena.h"
#include "libs/domain/fold.h"

namespace redress::simulation {
namespace {

void FoldPartition(TopicPartition place, const std::vector<std::unique_ptr<Check>>& checks,
                   Ended* ended, const std::function<void(const Step&)>& on_step) {
  google::protobuf::Arena arena;
  // Every state once more, one event ahead while that is looked at: to apply an event twice costs
  // less than to copy a state.
  std::map<StreamId, ComplaintState> states_after;
  for (const auto& stored : ended->bus.Records(place)) {
    arena.Reset();
    auto& event = *google::protobuf::Arena::CreateMessage<event::v1::Event>(&arena);
    if (stored->instance.empty() || !event.ParseFromString(*stored->record.value)) continue;
    const auto header = ReadHeader(event.header());
    const PayloadInfo* info = FindPayload(event.type());
    if (!header || info == nullptr) continue;
    Head& head = ended->heads[header->stream];
    ComplaintState& state = ended->states[header->stream];
    const Verdict verdict = Judge(head, *header);
    google::protobuf::Message* const payload = info->prototype->New(&arena);
    const bool parsed = payload->ParseFromString(event.payload());
    const bool changes = verdict == Verdict::kEffective && parsed;
    const auto [ahead, fresh] = states_after.try_emplace(header->stream);
    ComplaintState& after = ahead->second;
    if (fresh) after = state;
    const auto apply = [&](ComplaintState* to) {
      if (changes) Apply({event.header(), event.type(), *payload}, to);
    };
    apply(&after);
    const Step step{place,   stored->offset, *stored->record.value,      event, *header,
                    verdict, *info,          parsed ? payload : nullptr, head,  state,
                    after};
    for (const auto& check : checks) check->OnStep(step);
    on_step(step);
    if (verdict != Verdict::kEffective) continue;
    head.Accept(*header, stored->offset, step.refused());
    apply(&state);
  }
}

void FoldDirectory(const std::vector<std::unique_ptr<Check>>& checks, Ended* ended) {
  for (const auto& stored : ended->bus.Records({Topic::kDirectory, Partition(0)})) {
    event::v1::Event event;
    if (stored->instance.empty() || !event.ParseFromString(*stored->record.value)) continue;
    const auto header = ReadHeader(event.header());
    const PayloadInfo* info = FindPayload(event.type());
    if (!header || info == nullptr) continue;
    Head& head = ended->entity_heads[header->stream];
    const EntityStep step{*stored->record.value, event, *header, Judge(head, *header),
                          info->number == PayloadOf<event::v1::CommandRefused>().number};
    for (const auto& check : checks) check->OnEntityStep(step);
    if (!step.effective()) continue;
    head.Accept(*header, stored->offset, step.refused);
    const std::unique_ptr<google::protobuf::Message> payload(info->prototype->New());
    if (!payload->ParseFromString(event.payload())) continue;
    Apply({event.header(), event.type(), *payload}, &ended->entities[header->stream]);
  }
}

}  // namespace

std::string RunChecks(const std::vector<std::unique_ptr<Check>>& checks, Ended* ended,
                      const std::function<void(const Step&)>& on_step) {
  for (int32_t p = 0; p < ended->bus.table().count(Topic::kComplaints); ++p) {
    FoldPartition({Topic::kComplaints, Partition(p)}, checks, ended, on_step);
  }
  FoldDirectory(checks, ended);
  for (const auto& check : checks) {
    if (check->failure().empty()) check->AtEnd(*ended);
    if (!check->failure().empty())
      return absl::StrCat(std::string(check->name()), ": ", check->failure());
  }
  return "";
}

}  // namespace redress::simulation
