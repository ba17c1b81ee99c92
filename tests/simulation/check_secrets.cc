#include "absl/strings/str_cat.h"
#include "libs/host/metrics_export.h"
#include "tests/simulation/checks.h"

namespace redress::simulation {
namespace {

bool Tells(std::string_view bytes) { return bytes.find(kSecretText) != std::string_view::npos; }

class Secrets final : public Check {
 public:
  Secrets(Metrics* metrics, std::map<std::string, uint64_t>* met) : metrics_(metrics), met_(met) {}
  std::string_view name() const override { return "secrets"; }

  void OnStep(const Step& step) override {
    if (!Tells(step.value)) return;
    event::v1::Event open = step.event;
    for (const auto& part : open.sealed()) sealed_ = sealed_ || Tells(part.ciphertext());
    open.clear_sealed();
    if (Tells(open.SerializeAsString())) Fail(step.info.name + " tells outside of its sealed part");
  }

  void OnEntityStep(const EntityStep& step) override {
    if (!Tells(step.value)) return;
    event::v1::Event open = step.event;
    open.clear_sealed();
    if (Tells(open.SerializeAsString()))
      Fail("an event of the directory tells outside of its sealed part");
  }

  void AtEnd(const Ended& ended) override {
    if (!sealed_) Fail("nothing secret was said: the check proves nothing");
    for (const TopicPartition& place : ended.bus.table().all()) {
      for (const auto& stored : ended.bus.Records(place)) {
        if (Tells(stored->record.key.value_or(""))) return Fail("a record's key tells");
        for (const RecordHeader& header : stored->record.headers) {
          if (Tells(header.name) || Tells(header.value))
            return Fail("header " + header.name + " tells");
        }
      }
    }
    if (metrics_ != nullptr) CheckMetrics(ended);
  }

 private:
  // As somebody sees them who scrapes all processes at the end.
  void CheckMetrics(const Ended& ended) {
    std::map<TopicPartition, Offset> ends;
    for (const TopicPartition& place : ended.bus.table().all()) ends[place] = ended.bus.End(place);
    for (Process* process : ended.processes) {
      for (int s = 0; s < kServices; ++s) {
        Service& service = process->service(s);
        MetricsExport(ServiceMetrics(*metrics_, service.name(), {"0", "simulated"}))
            .Export(service, process->store(s), ends, ended.now, true);
      }
    }
    const std::string text = metrics_->Text();
    if (Tells(text)) return Fail("a metric tells");
    for (const char* name : {"redress_complaints_received_total", "redress_events_folded_total",
                             "redress_complaints_assessed_total"}) {
      // In a seed where nobody acted for long nothing need be counted; in all of them together it
      // must be.
      if (text.find(name) != std::string::npos) ++(*met_)[absl::StrCat("counted as ", name)];
    }
  }

  Metrics* const metrics_;
  std::map<std::string, uint64_t>* const met_;
  bool sealed_ = false;
};

}  // namespace

std::unique_ptr<Check> CheckSecrets(Metrics* metrics, std::map<std::string, uint64_t>* met) {
  return std::make_unique<Secrets>(metrics, met);
}

}  // namespace redress::simulation
