#include "tests/scenarios/log_check.h"

#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/status.h"
#include "libs/domain/payloads.h"
#include "libs/domain/verdict.h"
#include "redress/event/v1/intake.pb.h"
#include "redress/event/v1/record.pb.h"

namespace redress::scenarios {
namespace {

absl::Status Wrong(const std::string& what) { return absl::FailedPreconditionError(what); }

class LogFold {
 public:
  explicit LogFold(bool twice) : twice_(twice) {}

  absl::Status Take(const RecordView& record) {
    event::v1::Event event;
    const std::string_view value = record.value.value_or("");
    std::optional<JudgedHeader> header;
    if (event.ParseFromArray(value.data(), static_cast<int>(value.size())))
      header = ReadHeader(event.header());
    if (!header) {
      ++count_.other_void;
      return absl::OkStatus();
    }
    Head& head = heads_[header->stream];
    const Verdict verdict = Judge(head, *header);
    std::vector<Verdict>& copies = verdicts_[header->event];
    copies.push_back(verdict);
    if (verdict == Verdict::kEffective) {
      ++count_.effective;
      if (!done_.insert(header->request).second) {
        return Wrong(absl::StrCat("request ", header->request.ToHex(), " is effective twice"));
      }
      head.Accept(*header, record.offset,
                  event.type() == PayloadOf<event::v1::CommandRefused>().number);
    } else {
      ++(verdict == Verdict::kDuplicate ? count_.duplicate : count_.other_void);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<LogCount> Result() const {
    for (const auto& [event, copies] : verdicts_) {
      if (!twice_) break;
      const std::string name = absl::StrCat("event ", event.ToHex());
      if (copies.size() != 2)
        return Wrong(absl::StrCat(name, " lies there ", copies.size(), " times"));
      if (copies[1] == Verdict::kEffective) return Wrong(name + ": the second copy is effective");
      if (copies[0] == Verdict::kEffective && copies[1] != Verdict::kDuplicate) {
        return Wrong(name + ": the second copy is judged " + std::string(VerdictName(copies[1])));
      }
    }
    return count_;
  }

 private:
  const bool twice_;
  LogCount count_;
  std::map<StreamId, Head> heads_;
  std::map<EventId, std::vector<Verdict>> verdicts_;
  std::set<RequestId> done_;
};

}  // namespace

absl::StatusOr<LogCount> CheckLog(EventLog* log, bool twice) {
  std::vector<ReadFrom> starts;
  for (Topic topic : {Topic::kComplaints, Topic::kDirectory}) {
    for (int32_t p = 0; p < log->PartitionCount(topic); ++p)
      starts.push_back({{topic, Partition(p)}, Offset(0)});
  }
  std::set<TopicPartition> missing;
  for (const ReadFrom& start : starts) missing.insert(start.source);
  REDRESS_ASSIGN_OR_RETURN(const auto reader, log->OpenReader(starts));
  LogFold fold(twice);
  ReadBatch batch;
  while (!missing.empty()) {
    const absl::Status polled = reader->Poll(1000, &batch);
    if (!polled.ok() && !absl::IsUnavailable(polled)) return polled;
    for (const RecordView& record : batch.records) REDRESS_RETURN_IF_ERROR(fold.Take(record));
    for (const EndOfPartition& end : batch.ends) missing.erase(end.source);
    if (batch.records.empty()) absl::SleepFor(absl::Milliseconds(1));
  }
  return fold.Result();
}

}  // namespace redress::scenarios
