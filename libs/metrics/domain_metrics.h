// What the services count about complaints themselves, one struct per service, so that all use the
// names that the dashboard and the alert rules use. Counted when an effective event is folded by
// the instance that owns its partition, and not while it catches up at start: the sum over
// instances is the truth.
//
// Label values are codes (a department, a team), never names of people or texts.
// Threads and ownership: as handles of metrics.h; default-made structs count nothing.
#pragma once

#include "libs/metrics/metrics.h"

namespace redress {

struct IntakeMetrics {
  IntakeMetrics() = default;
  explicit IntakeMetrics(Metrics& metrics);

  // redress_complaints_received_total{channel}
  CounterFamily received;
  // redress_complaints_closed_total{outcome}: "resolved", "withdrawn", "closed".
  CounterFamily closed;
  // redress_complaints_open: received and not closed or withdrawn.
  Gauge open;
  // redress_inbound_screened_total{reason}: channel messages not taken in.
  CounterFamily screened;
};

struct ClassifierMetrics {
  ClassifierMetrics() = default;
  explicit ClassifierMetrics(Metrics& metrics);

  // redress_complaints_assessed_total{department,level}: first assessments; `department` is the
  // first code of the category path ("unclassified" when none), `level` the initial one.
  CounterFamily assessed;
  // redress_assessments_corrected_total{department}: corrections by people, by the department first
  // assessed.
  CounterFamily corrected;
};

struct RouterMetrics {
  RouterMetrics() = default;
  explicit RouterMetrics(Metrics& metrics);

  // redress_assignments_total{team}
  CounterFamily assignments;
  // redress_queue_length{team,reason}: complaints waiting for an owner, by the stated reason.
  GaugeFamily queue_length;
  // redress_assignment_seconds: from received to the first owner.
  Histogram assignment_seconds;
};

struct SlaTimerMetrics {
  SlaTimerMetrics() = default;
  explicit SlaTimerMetrics(Metrics& metrics);

  // redress_escalations_total{from_level,to_level,because}
  CounterFamily escalations;
  // redress_clock_warnings_total{kind,level}, redress_clock_breaches_total{kind,level}
  CounterFamily clock_warnings;
  CounterFamily clock_breaches;
  // redress_clocks_running{kind,level}: clocks that run now.
  GaugeFamily clocks_running;
};

struct AnalyticsMetrics {
  AnalyticsMetrics() = default;
  explicit AnalyticsMetrics(Metrics& metrics);

  // redress_first_response_seconds: received to first response. redress_resolution_seconds:
  // received to resolved.
  Histogram first_response_seconds;
  Histogram resolution_seconds;
};

}  // namespace redress
