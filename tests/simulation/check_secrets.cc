#include "tests/simulation/checks.h"

namespace redress::simulation {
namespace {

bool Tells(std::string_view bytes) { return bytes.find(kSecretText) != std::string_view::npos; }

class Secrets final : public Check {
 public:
  std::string_view name() const override { return "secrets"; }

  void OnStep(const Step& step) override {
    event::v1::Event open = step.event;
    for (const auto& part : open.sealed()) sealed_ = sealed_ || Tells(part.ciphertext());
    open.clear_sealed();
    if (Tells(open.SerializeAsString())) Fail(step.info.name + " tells outside of its sealed part");
  }

  void OnEntityStep(const EntityStep& step) override {
    event::v1::Event open = step.event;
    open.clear_sealed();
    if (Tells(open.SerializeAsString())) Fail("an event of the directory tells outside of its sealed part");
  }

  void AtEnd(const Ended& ended) override {
    if (!sealed_) Fail("nothing secret was said: the check proves nothing");
    for (const TopicPartition& place : ended.bus.table().all()) {
      for (const auto& stored : ended.bus.Records(place)) {
        if (Tells(stored->record.key.value_or(""))) return Fail("a record's key tells");
        for (const RecordHeader& header : stored->record.headers) {
          if (Tells(header.name) || Tells(header.value)) return Fail("header " + header.name + " tells");
        }
      }
    }
  }

 private:
  bool sealed_ = false;
};

}  // namespace

std::unique_ptr<Check> CheckSecrets() { return std::make_unique<Secrets>(); }

}  // namespace redress::simulation
