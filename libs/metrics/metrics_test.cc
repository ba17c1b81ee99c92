#include "libs/metrics/metrics.h"

#include <map>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/metrics/domain_metrics.h"
#include "libs/metrics/exposer.h"
#include "libs/metrics/process_metrics.h"
#include "libs/metrics/service_metrics.h"

namespace redress {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, CountsUnderNameAndLabels) {
  Metrics metrics;
  const CounterFamily family = metrics.AddCounter("redress_things_total", "things", {"kind"});
  family.With({"red"}).Increment();
  family.With({"red"}).Increment(2);
  family.With({"blue"}).Increment();
  metrics.AddGauge("redress_level", "level").With({}).Set(-1.5);
  EXPECT_THAT(metrics.Text(), HasSubstr("redress_things_total{kind=\"red\"} 3\n"));
  EXPECT_THAT(metrics.Text(), HasSubstr("redress_things_total{kind=\"blue\"} 1\n"));
  EXPECT_THAT(metrics.Text(), HasSubstr("redress_level -1.5\n"));
}

TEST(Metrics, SameNameIsTheSameFamily) {
  Metrics metrics;
  metrics.AddCounter("redress_things_total", "things", {"kind"}).With({"a"}).Increment();
  EXPECT_EQ(metrics.AddCounter("redress_things_total", "things", {"kind"}).With({"a"}).Value(), 1);
}

TEST(Metrics, BoundFamilyFillsItsFirstLabels) {
  Metrics metrics;
  const auto family = metrics.AddCounter("redress_things_total", "things", {"service", "kind"});
  family.Bind("intake").With({"a"}).Increment();
  EXPECT_EQ(family.With({"intake", "a"}).Value(), 1);
}

TEST(Metrics, HistogramCountsCumulatively) {
  Metrics metrics;
  const Histogram histogram =
      metrics.AddHistogram("redress_wait_seconds", "wait", {1, 10}).With({});
  for (double value : {0.5, 5.0, 50.0}) histogram.Observe(value);
  EXPECT_THAT(metrics.Text(), HasSubstr("redress_wait_seconds_bucket{le=\"1\"} 1\n"));
  EXPECT_THAT(metrics.Text(), HasSubstr("redress_wait_seconds_bucket{le=\"10\"} 2\n"));
  EXPECT_THAT(metrics.Text(), HasSubstr("redress_wait_seconds_bucket{le=\"+Inf\"} 3\n"));
}

TEST(Metrics, LabelSetsOfAFamilyAreBounded) {
  Metrics metrics;
  const CounterFamily family =
      metrics.AddCounter("redress_things_total", "things", {"service", "kind"}).Bind("x");
  for (size_t i = 0; i < kMaxChildren + 10; ++i) family.With({absl::StrCat(i)}).Increment();
  EXPECT_EQ(family.With({kOtherLabelValue}).Value(), 10);
  EXPECT_EQ(family.With({"5"}).Value(), 1);
}

TEST(Metrics, LabelValuesThatAreNotUtf8AreMended) {
  Metrics metrics;
  metrics.AddCounter("redress_things_total", "things", {"kind"}).With({"a\xff"}).Increment();
  EXPECT_THAT(metrics.Text(), HasSubstr("{kind=\"a\xEF\xBF\xBD\"} 1"));
}

TEST(Metrics, DefaultHandlesCountNothingAndDoNotCrash) {
  ServiceMetrics service;
  service.ready.Set(1);
  service.events_folded.With({"ComplaintReceived", "effective"}).Increment();
  service.flush_seconds.Observe(1);
  RouterMetrics().queue_length.With({"team", "reason"}).Add(1);
  EXPECT_EQ(service.ready.Value(), 0);
}

TEST(Metrics, CountsFromSeveralThreadsAreNotLost) {
  Metrics metrics;
  const CounterFamily family = metrics.AddCounter("redress_things_total", "things", {"kind"});
  const auto count = [&] {
    for (int i = 0; i < 1000; ++i) family.With({absl::StrCat(i % 10)}).Increment();
  };
  std::thread other(count);
  count();
  other.join();
  for (int kind = 0; kind < 10; ++kind) EXPECT_EQ(family.With({absl::StrCat(kind)}).Value(), 200);
}

TEST(MetricsDeathTest, NamesAndLabelsOutsideTheRulesAreBugs) {
  EXPECT_DEATH(Metrics().AddCounter("not a name", "x"), "nvalid");
  EXPECT_DEATH(Metrics().AddCounter("redress_x_total", "x", {"bad-label"}), "bug");
  EXPECT_DEATH(Metrics().AddCounter("redress_x_total", "x", {"kind"}).With({}), "bug");
  Metrics metrics;
  metrics.AddCounter("redress_x_total", "x", {"kind"});
  EXPECT_DEATH(metrics.AddCounter("redress_x_total", "x", {"sort"}), "bug");
  EXPECT_DEATH(metrics.AddGauge("redress_x_total", "x", {"kind"}), "");
}

TEST(ServiceMetrics, ServicesOfOneProcessShareFamilies) {
  Metrics metrics;
  const ServiceMetrics intake(metrics, "intake", {"1.2.3", "abc"});
  const ServiceMetrics router(metrics, "router", {"1.2.3", "abc"});
  intake.lag_records.Set(7);
  router.work_waiting.With({"assign"}).Set(3);
  intake.command_seconds.With({"SubmitComplaint"}).Observe(0.002);
  const std::string text = metrics.Text();
  EXPECT_THAT(
      text,
      HasSubstr("redress_build_info{commit=\"abc\",service=\"intake\",version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("redress_lag_records{service=\"intake\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("redress_lag_records{service=\"router\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("redress_work_waiting{kind=\"assign\",service=\"router\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("redress_illegal_transitions_total{service=\"router\"} 0\n"));
  // One HELP line per family, however many services.
  const std::string help = "# HELP redress_lag_records ";
  EXPECT_EQ(text.find(help), text.rfind(help));
}

TEST(ServiceMetrics, ComplaintMetricsHaveTheirNames) {
  Metrics metrics;
  IntakeMetrics(metrics).received.With({"email"}).Increment();
  ClassifierMetrics(metrics).assessed.With({"billing", "2"}).Increment();
  RouterMetrics(metrics).queue_length.With({"billing", "no_capacity"}).Set(4);
  SlaTimerMetrics(metrics).escalations.With({"1", "2", "clock"}).Increment();
  AnalyticsMetrics(metrics).resolution_seconds.Observe(7200);
  for (const char* line :
       {"redress_complaints_received_total{channel=\"email\"} 1\n",
        "redress_complaints_assessed_total{department=\"billing\",level=\"2\"} 1\n",
        "redress_queue_length{reason=\"no_capacity\",team=\"billing\"} 4\n",
        "redress_escalations_total{because=\"clock\",from_level=\"1\",to_level=\"2\"} 1\n",
        "redress_resolution_seconds_sum 7200\n"}) {
    EXPECT_THAT(metrics.Text(), HasSubstr(line));
  }
}

TEST(MetricsExposer, BindsAnyFreePortAndSaysWhich) {
  Metrics metrics;
  auto first = ServeMetrics(metrics, "127.0.0.1:0");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_GT((*first)->port(), 0);
}

TEST(MetricsExposer, PortInUseIsAStatusThatNamesIt) {
  Metrics metrics;
  auto first = ServeMetrics(metrics, "127.0.0.1:0");
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string taken = absl::StrCat("127.0.0.1:", (*first)->port());
  const auto second = ServeMetrics(metrics, taken);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(second.status().message(), HasSubstr(taken));
  EXPECT_FALSE(ServeMetrics(metrics, "no such address").ok());
}

TEST(ProcessMetrics, TellsMemoryCpuFilesAndStart) {
  std::map<std::string, double> values;
  for (const auto& family : ProcessMetrics().Collect()) {
    ASSERT_EQ(family.metric.size(), 1u);
    values[family.name] = family.type == prometheus::MetricType::Counter
                              ? family.metric[0].counter.value
                              : family.metric[0].gauge.value;
  }
  EXPECT_GT(values["process_resident_memory_bytes"], 1e6);
  EXPECT_GE(values["process_cpu_seconds_total"], 0);
  EXPECT_GE(values["process_open_fds"], 3);
  EXPECT_GT(values["process_start_time_seconds"], 1.7e9);
}

}  // namespace
}  // namespace redress
