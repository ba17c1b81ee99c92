#include "libs/metrics/metrics.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <type_traits>
#include <utility>

#include "libs/base/check.h"
#include "libs/base/mutex.h"
#include "libs/base/utf8.h"
#include "prometheus/check_names.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace redress {

namespace {

template <typename Handle>
struct Native;
template <>
struct Native<Counter> {
  using Type = prometheus::Counter;
};
template <>
struct Native<Gauge> {
  using Type = prometheus::Gauge;
};
template <>
struct Native<Histogram> {
  using Type = prometheus::Histogram;
};

// A name, label or bucket list that the library refuses is a bug of the caller: names are
// constants.
template <typename Function>
auto OrBug(Function function) {
  try {
    return function();
  } catch (const std::exception& refused) {
    std::fprintf(stderr, "metrics: %s\n", refused.what());
    std::abort();
  }
}

}  // namespace

void Counter::Increment(double by) const {
  if (counter_ != nullptr) counter_->Increment(by);
}
double Counter::Value() const { return counter_ != nullptr ? counter_->Value() : 0; }

void Gauge::Set(double value) const {
  if (gauge_ != nullptr) gauge_->Set(value);
}
void Gauge::Add(double by) const {
  if (gauge_ != nullptr) gauge_->Increment(by);
}
double Gauge::Value() const { return gauge_ != nullptr ? gauge_->Value() : 0; }

void Histogram::Observe(double value) const {
  if (histogram_ != nullptr) histogram_->Observe(value);
}

template <typename Handle>
class MetricFamily<Handle>::Children {
 public:
  using Metric = typename Native<Handle>::Type;

  Children(prometheus::Family<Metric>* family, std::vector<std::string> labels,
           std::vector<double> bounds)
      : family_(family), labels_(std::move(labels)), bounds_(std::move(bounds)) {}

  Handle With(const std::vector<std::string>& bound, absl::Span<const std::string_view> values) {
    REDRESS_CHECK(bound.size() + values.size() == labels_.size());
    std::vector<std::string> key = bound;
    for (std::string_view value : values) key.push_back(ReplaceInvalidUtf8(value));
    MutexLock lock(mutex_);
    if (const auto known = handles_.find(key); known != handles_.end()) return known->second;
    if (handles_.size() >= kMaxChildren) {
      std::fill(key.begin() + static_cast<ptrdiff_t>(bound.size()), key.end(),
                std::string(kOtherLabelValue));
      if (const auto known = handles_.find(key); known != handles_.end()) return known->second;
    }
    prometheus::Labels labels;
    for (size_t i = 0; i < labels_.size(); ++i) labels[labels_[i]] = key[i];
    const Handle handle(OrBug([&] { return Add(labels); }));
    handles_.emplace(std::move(key), handle);
    return handle;
  }

  bool Is(const std::vector<std::string>& labels, const std::vector<double>& bounds) const {
    return labels_ == labels && bounds_ == bounds;
  }

 private:
  Metric* Add(const prometheus::Labels& labels) {
    if constexpr (std::is_same_v<Handle, Histogram>) {
      return &family_->Add(labels, bounds_);
    } else {
      return &family_->Add(labels);
    }
  }

  prometheus::Family<Metric>* const family_;
  const std::vector<std::string> labels_;
  const std::vector<double> bounds_;
  Mutex mutex_;
  std::map<std::vector<std::string>, Handle> handles_;
};

template <typename Handle>
Handle MetricFamily<Handle>::With(absl::Span<const std::string_view> values) const {
  return children_ != nullptr ? children_->With(bound_, values) : Handle();
}
template class MetricFamily<Counter>;
template class MetricFamily<Gauge>;
template class MetricFamily<Histogram>;

struct Metrics::Impl {
  template <typename Handle>
  using Families =
      std::map<std::string, std::unique_ptr<typename MetricFamily<Handle>::Children>, std::less<>>;

  // The family of that name in `families`, made by `build` at the first call.
  template <typename Handle, typename Builder>
  MetricFamily<Handle> Family(Families<Handle>* families, Builder builder, std::string_view name,
                              std::string_view help, std::vector<std::string> labels,
                              std::vector<double> bounds) {
    for (const std::string& label : labels) REDRESS_CHECK(prometheus::CheckLabelName(label));
    MutexLock lock(mutex);
    auto& children = (*families)[std::string(name)];
    if (children == nullptr) {
      using Children = typename MetricFamily<Handle>::Children;
      auto* family = OrBug([&] {
        return &builder.Name(std::string(name)).Help(std::string(help)).Register(*registry);
      });
      children = std::make_unique<Children>(family, std::move(labels), std::move(bounds));
    } else {
      REDRESS_CHECK(children->Is(labels, bounds));
    }
    return MetricFamily<Handle>(children.get());
  }

  const std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  Mutex mutex;
  Families<Counter> counters;
  Families<Gauge> gauges;
  Families<Histogram> histograms;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

CounterFamily Metrics::AddCounter(std::string_view name, std::string_view help,
                                  std::vector<std::string> labels) {
  return impl_->Family<Counter>(&impl_->counters, prometheus::BuildCounter(), name, help,
                                std::move(labels), {});
}

GaugeFamily Metrics::AddGauge(std::string_view name, std::string_view help,
                              std::vector<std::string> labels) {
  return impl_->Family<Gauge>(&impl_->gauges, prometheus::BuildGauge(), name, help,
                              std::move(labels), {});
}

HistogramFamily Metrics::AddHistogram(std::string_view name, std::string_view help,
                                      std::vector<double> bounds, std::vector<std::string> labels) {
  REDRESS_CHECK(!bounds.empty() && std::is_sorted(bounds.begin(), bounds.end()));
  return impl_->Family<Histogram>(&impl_->histograms, prometheus::BuildHistogram(), name, help,
                                  std::move(labels), std::move(bounds));
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry->Collect());
}

std::shared_ptr<prometheus::Collectable> Metrics::collectable() const { return impl_->registry; }

std::vector<double> CallSeconds() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
          0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};
}

std::vector<double> ComplaintSeconds() {
  constexpr double kHour = 3600;
  return {60,          300,         900,         1800,       kHour,      2 * kHour,
          4 * kHour,   8 * kHour,   16 * kHour,  24 * kHour, 48 * kHour, 72 * kHour,
          120 * kHour, 168 * kHour, 336 * kHour, 720 * kHour};
}

std::vector<double> BatchSizes() {
  return {1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000};
}

}  // namespace redress
