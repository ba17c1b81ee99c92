// The five services as their modules wire them (services/*/module.cc), but for gRPC.
#include "libs/directory/directory.h"
#include "services/analytics/projection/analytics_projection.h"
#include "services/classifier/decide/triage_engines.h"
#include "services/classifier/projection/classifier_projection.h"
#include "services/classifier/work/assess_decider.h"
#include "services/intake/event_counter.h"
#include "services/intake/projection/intake_projection.h"
#include "services/intake/take_in/take_in.h"
#include "services/router/projection/router_projection.h"
#include "services/router/work/router_decider.h"
#include "services/sla_timer/projection/sla_projection.h"
#include "services/sla_timer/work/sla_decider.h"
#include "tests/simulation/process.h"

namespace redress::simulation {
namespace {

struct IntakeRoom final : Room {
  IntakeRoom(const Clock* clock, Random* random, Metrics* metrics)
      : projection(kSecret, &directory, clock), decider(&projection, random) {
    if (metrics == nullptr) return;
    counter.emplace(IntakeMetrics(*metrics));
    projection.SetObserver(&*counter);
  }
  ServiceParts Parts() override {
    ServiceParts parts;
    parts.projection = &projection;
    parts.decider = &decider;
    parts.kinds = {intake::kScreen, intake::kDeadLetter, intake::kTakeIn};
    parts.owns = {OwnershipKind::kTakeIn, OwnershipKind::kIntake};
    parts.takes_commands = true;
    parts.older_requests = &projection;
    return parts;
  }
  void OnMade(Service& service) override {
    projection.SetOverlay(&service.projector().overlay());
    projection.SetActor(service.actor());
    if (counter)
      counter->SetCounts(
          [&service](OwnershipKind kind, Partition unit) { return service.Counts(kind, unit); });
  }
  ~IntakeRoom() override { service.reset(); }

  Directory directory;
  intake::IntakeProjection projection;
  intake::TakeInDecider decider;
  std::optional<intake::EventCounter> counter;
};

// Built once: tens of milliseconds, immutable.
classifier::TriageEngines& Engines() {
  static auto& engines = *new classifier::TriageEngines();
  return engines;
}

struct ClassifierRoom final : Room {
  explicit ClassifierRoom(Metrics* metrics) : metrics(metrics) {}
  ServiceParts Parts() override {
    ServiceParts parts;
    parts.projection = &projection;
    parts.decider = &decider;
    parts.kinds = {classifier::kAssess};
    parts.owns = {OwnershipKind::kClassifier};
    return parts;
  }
  void OnMade(Service& service) override {
    decider.SetOverlay(&service.projector().overlay());
    if (metrics == nullptr) return;
    projection.SetMetrics(ClassifierMetrics(*metrics), [&service](Partition partition) {
      return service.Counts(OwnershipKind::kClassifier, partition);
    });
  }
  ~ClassifierRoom() override { service.reset(); }

  Metrics* const metrics;
  Directory directory;
  classifier::ClassifierProjection projection{&directory};
  classifier::AssessDecider decider{&directory, &Engines()};
};

struct RouterRoom final : Room {
  explicit RouterRoom(Metrics* metrics)
      : projection(&directory, metrics != nullptr ? RouterMetrics(*metrics) : RouterMetrics()) {}
  ServiceParts Parts() override {
    ServiceParts parts;
    parts.projection = &projection;
    parts.decider = &decider;
    parts.kinds = router::RouterKindsInOrder();
    parts.owns = {OwnershipKind::kRouter};
    return parts;
  }
  void OnMade(Service& service) override {
    projection.SetActor(service.actor());
    projection.SetCounts(
        [&service] { return service.Counts(OwnershipKind::kRouter, Partition(0)); });
  }
  ~RouterRoom() override { service.reset(); }

  Directory directory;
  router::RouterProjection projection;
  router::RouterDecider decider{&projection};
};

struct SlaTimerRoom final : Room {
  explicit SlaTimerRoom(Metrics* metrics) : metrics(metrics) {}
  ServiceParts Parts() override {
    ServiceParts parts;
    parts.projection = &projection;
    parts.decider = &decider;
    parts.kinds = sla_timer::SlaKindsInOrder();
    parts.owns = {OwnershipKind::kSlaTimer};
    return parts;
  }
  void OnMade(Service& service) override {
    if (metrics == nullptr) return;
    projection.SetMetrics(SlaTimerMetrics(*metrics), [&service](Partition partition) {
      return service.Counts(OwnershipKind::kSlaTimer, partition);
    });
  }
  ~SlaTimerRoom() override { service.reset(); }

  Metrics* const metrics;
  Directory directory;
  sla_timer::SlaProjection projection{&directory};
  sla_timer::SlaDecider decider{&directory};
};

struct AnalyticsRoom final : Room {
  explicit AnalyticsRoom(Metrics* metrics)
      : projection(&directory,
                   metrics != nullptr ? AnalyticsMetrics(*metrics) : AnalyticsMetrics()) {}
  ServiceParts Parts() override {
    ServiceParts parts;
    parts.projection = &projection;
    parts.owns = {OwnershipKind::kAnalytics};
    return parts;
  }
  void OnMade(Service& service) override {
    projection.SetCounts(
        [&service] { return service.Counts(OwnershipKind::kAnalytics, Partition(0)); });
  }
  ~AnalyticsRoom() override { service.reset(); }

  Directory directory;
  analytics::AnalyticsProjection projection;
};

}  // namespace

std::unique_ptr<Room> MakeRoom(int service, const Clock* clock, Random* random, Metrics* metrics) {
  switch (service) {
    case kIntake:
      return std::make_unique<IntakeRoom>(clock, random, metrics);
    case kClassifier:
      return std::make_unique<ClassifierRoom>(metrics);
    case kRouter:
      return std::make_unique<RouterRoom>(metrics);
    case kSlaTimer:
      return std::make_unique<SlaTimerRoom>(metrics);
    default:
      return std::make_unique<AnalyticsRoom>(metrics);
  }
}

std::string_view ServiceName(int service) {
  constexpr std::string_view kNames[kServices] = {"intake", "classifier", "router", "sla-timer",
                                                  "analytics"};
  return kNames[service];
}

}  // namespace redress::simulation
