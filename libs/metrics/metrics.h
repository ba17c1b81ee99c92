// The registry of one process and the handles that code counts with. A thin layer over
// prometheus-cpp that keeps its headers and its exceptions out of everything else.
//
//   metrics.AddCounter("redress_conflicts_total", "…", {"service"})  -> CounterFamily   once, at
//   start family.With({"intake"})                                          -> Counter         once
//   per label set counter.Increment() hot path: one atomic add
//
// Names follow Prometheus: unit last (_seconds, _bytes), counters end in _total. Labels never hold
// personal data or anything unbounded (no complaint ids): a family keeps at most `kMaxChildren`
// label sets, later ones are counted under the label value "other".
//
// Threads: everything may be called from any thread. Ownership: families and handles point into the
// `Metrics` they came from and must not outlive it. A default-made handle or family counts nothing:
// code under simulation needs no registry.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace prometheus {
class Collectable;
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace redress {

class Counter {
 public:
  Counter() = default;
  explicit Counter(prometheus::Counter* counter) : counter_(counter) {}
  // Precondition: `by` >= 0.
  void Increment(double by = 1) const;
  double Value() const;

 private:
  prometheus::Counter* counter_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  explicit Gauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
  void Set(double value) const;
  void Add(double by) const;
  double Value() const;

 private:
  prometheus::Gauge* gauge_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  explicit Histogram(prometheus::Histogram* histogram) : histogram_(histogram) {}
  void Observe(double value) const;

 private:
  prometheus::Histogram* histogram_ = nullptr;
};

inline constexpr size_t kMaxChildren = 2000;
inline constexpr std::string_view kOtherLabelValue = "other";

template <typename Handle>
class MetricFamily {
 public:
  MetricFamily() = default;
  // The handle of one label set: one value for each label name, in the order of the names. Looks it
  // up under a lock: keep the handle. Values that are not UTF-8 are mended. Precondition: as many
  // values as names that are not bound.
  Handle With(std::initializer_list<std::string_view> values) const {
    return With(absl::MakeConstSpan(values.begin(), values.size()));
  }
  Handle With(absl::Span<const std::string_view> values) const;

  // The same family with its first free label fixed to `value`.
  MetricFamily Bind(std::string_view value) const {
    MetricFamily bound = *this;
    bound.bound_.emplace_back(value);
    return bound;
  }

  class Children;
  explicit MetricFamily(Children* children) : children_(children) {}

 private:
  Children* children_ = nullptr;
  std::vector<std::string> bound_;
};
using CounterFamily = MetricFamily<Counter>;
using GaugeFamily = MetricFamily<Gauge>;
using HistogramFamily = MetricFamily<Histogram>;

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The family of that name, made at the first call. Preconditions: a valid name, a help text
  // without line breaks; a name is always used with the same kind, help, labels and buckets.
  CounterFamily AddCounter(std::string_view name, std::string_view help,
                           std::vector<std::string> labels = {});
  GaugeFamily AddGauge(std::string_view name, std::string_view help,
                       std::vector<std::string> labels = {});
  // `bounds`: upper bounds of the buckets, rising; the last, infinite one is implied.
  HistogramFamily AddHistogram(std::string_view name, std::string_view help,
                               std::vector<double> bounds, std::vector<std::string> labels = {});

  // The text a scrape gets (exposition format 0.0.4).
  std::string Text() const;
  // For the exposer.
  std::shared_ptr<prometheus::Collectable> collectable() const;

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

// Upper bounds in seconds: 100 µs to 60 s, for what takes as long as a call, an append, a flush.
std::vector<double> CallSeconds();
// Upper bounds in seconds: one minute to thirty days, for what complaints wait.
std::vector<double> ComplaintSeconds();
// Upper bounds: 1 to 100,000 by factors of about three, for counts of rows and records.
std::vector<double> BatchSizes();

}  // namespace redress
