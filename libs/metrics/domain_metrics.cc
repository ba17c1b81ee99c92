#include "libs/metrics/domain_metrics.h"

namespace redress {

IntakeMetrics::IntakeMetrics(Metrics& metrics)
    : received(metrics.AddCounter("redress_complaints_received_total", "complaints opened",
                                  {"channel"})),
      closed(
          metrics.AddCounter("redress_complaints_closed_total", "complaints ended", {"outcome"})),
      open(metrics.AddGauge("redress_complaints_open", "complaints not ended").With({})),
      screened(metrics.AddCounter("redress_inbound_screened_total", "channel messages not taken in",
                                  {"reason"})) {}

ClassifierMetrics::ClassifierMetrics(Metrics& metrics)
    : assessed(metrics.AddCounter("redress_complaints_assessed_total", "complaints assessed first",
                                  {"department", "level"})),
      corrected(metrics.AddCounter("redress_assessments_corrected_total",
                                   "assessments corrected by people", {"department"})) {}

RouterMetrics::RouterMetrics(Metrics& metrics)
    : assignments(metrics.AddCounter("redress_assignments_total", "complaints given to an owner",
                                     {"team"})),
      queue_length(metrics.AddGauge("redress_queue_length", "complaints waiting for an owner",
                                    {"team", "reason"})),
      assignment_seconds(
          metrics
              .AddHistogram("redress_assignment_seconds", "received to first owner", CallSeconds())
              .With({})) {}

SlaTimerMetrics::SlaTimerMetrics(Metrics& metrics)
    : escalations(metrics.AddCounter("redress_escalations_total", "complaints escalated",
                                     {"from_level", "to_level", "because"})),
      clock_warnings(metrics.AddCounter("redress_clock_warnings_total", "clocks close to their end",
                                        {"kind", "level"})),
      clock_breaches(
          metrics.AddCounter("redress_clock_breaches_total", "clocks run out", {"kind", "level"})),
      clocks_running(
          metrics.AddGauge("redress_clocks_running", "clocks that run", {"kind", "level"})) {}

AnalyticsMetrics::AnalyticsMetrics(Metrics& metrics)
    : first_response_seconds(metrics
                                 .AddHistogram("redress_first_response_seconds",
                                               "received to first response", ComplaintSeconds())
                                 .With({})),
      resolution_seconds(metrics
                             .AddHistogram("redress_resolution_seconds", "received to resolved",
                                           ComplaintSeconds())
                             .With({})) {}

}  // namespace redress
