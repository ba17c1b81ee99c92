#include "absl/strings/str_cat.h"
#include "libs/testing/keep_only.h"
#include "tests/simulation/checks.h"

namespace redress::simulation {
namespace {

class Replicas final : public Check {
 public:
  std::string_view name() const override { return "replicas"; }

  void OnStep(const Step& step) override {
    if (step.effective()) types_[step.header.stream].insert(step.info.number);
  }

  void AtEnd(const Ended& ended) override {
    for (size_t i = 0; i < ended.processes.size(); ++i) {
      for (int s = 0; s < kServices; ++s) CheckService(ended, i, ended.processes[i]->service(s));
    }
  }

 private:
  void CheckService(const Ended& ended, size_t process, Service& service) {
    const auto where = [&] {
      return absl::StrCat(" in ", service.name(), " of process ", process);
    };
    if (service.counters().illegal_transitions > 0)
      return Fail("a fold met an illegal transition" + where());
    if (service.counters().duplicate_with_row > 0)
      return Fail("a duplicate left its row of work" + where());
    CheckDirectory(ended, service, where);
    const bool older = ended.lacking != 0 && static_cast<int>(process) == ended.older;
    for (const auto& [stream, head] : ended.heads) {
      const auto row = service.projector().LoadComplaint(stream);
      if (!row.ok()) return Fail(row.status().ToString() + where());
      if (!((*row)->head == head))
        return Fail(absl::StrCat("heads of ", stream.ToHex(), " differ", where()));
      const bool lacks = older && types_[stream].count(ended.lacking) > 0;
      if ((*row)->newer != lacks) {
        return Fail(absl::StrCat(
            stream.ToHex(), lacks ? " is taken for one that it understands" : " is taken for newer",
            where()));
      }
      // Of a complaint that it does not understand a release keeps the head only.
      if (lacks) continue;
      (*row)->state.SerializeToString(&found_);
      if (found_ != Expected(ended, stream, service.projector().kept())) {
        return Fail(absl::StrCat("states of ", stream.ToHex(), " differ", where()));
      }
    }
  }

  template <typename Where>
  void CheckDirectory(const Ended& ended, Service& service, Where where) {
    for (const auto& [entity, head] : ended.entity_heads) {
      const auto row = service.projector().LoadEntity(entity);
      if (!row.ok()) return Fail(row.status().ToString() + where());
      if (!((*row)->head == head))
        return Fail(absl::StrCat("heads of entity ", entity.ToHex(), " differ", where()));
      // What is published once lies there under its own hash: its head says all.
      if (head.version() == Version(1)) continue;
      std::string& expected = entities_[entity];
      if (expected.empty()) expected = ended.entities.at(entity).SerializeAsString();
      (*row)->state.SerializeToString(&found_);
      if (found_ != expected) {
        return Fail(absl::StrCat("states of entity ", entity.ToHex(), " differ", where()));
      }
    }
  }

  // The bytes of the state of the fold from zero, of which a service keeps some aspects.
  const std::string& Expected(const Ended& ended, const StreamId& stream, AspectSet kept) {
    std::string& expected = expected_[{stream, kept.mask()}];
    if (expected.empty()) {
      kept_ = ended.states.at(stream);
      testing::KeepOnly(kept, &kept_);
      expected = kept_.SerializeAsString();
    }
    return expected;
  }

  std::map<StreamId, std::set<uint32_t>> types_;
  std::map<std::pair<StreamId, uint64_t>, std::string> expected_;
  std::map<EntityId, std::string> entities_;
  // Used again and again for their memory.
  std::string found_;
  ComplaintState kept_;
};

}  // namespace

std::unique_ptr<Check> CheckReplicas() { return std::make_unique<Replicas>(); }

}  // namespace redress::simulation
