#include "reports/exports/metrics.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "engine/judge/names.h"
#include "reports/exports/export_spans.h"
#include "reports/exports/metrics_text.h"

namespace shaketable::reports {
namespace {

using engine::EventKind;
using engine::kNone;
using engine::Outcome;
using engine::Point;
using engine::RunEvent;
using engine::Series;
using engine::ServiceIndex;
using engine::Subject;

/// The flags that stand for an outcome, which is all that a series knows of them.
const char* flags_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
    case Outcome::kClientError:
    case Outcome::kServerError:
      return "-";
    case Outcome::kTimeout:
      return "UT";
    case Outcome::kRefused:
      return "UO";
    case Outcome::kNoHost:
      return "UH";
    case Outcome::kConnection:
      return "UF";
    case Outcome::kInjected:
      return "FI";
  }
  return "-";
}

std::vector<proxy::Instant> ends_of_buckets(const engine::RunRecord& record) {
  std::size_t buckets = 1;
  for (const Series& series : record.series) {
    buckets = std::max(buckets, series.points.size());
  }
  std::vector<proxy::Instant> times;
  for (std::size_t i = 1; i <= buckets; ++i) {
    const proxy::Instant end = proxy::kStart + record.bucket * static_cast<std::int64_t>(i);
    times.push_back(i == buckets && record.ended > proxy::kStart ? std::min(end, record.ended)
                                                                 : end);
  }
  return times;
}

class MetricsWriter {
 public:
  MetricsWriter(const Report& report, bool is_openmetrics)
      : report_(report),
        scenario_(report.scenario),
        text_(is_openmetrics, ends_of_buckets(report.record)) {}

  std::string write() {
    write_istio();
    write_envoy_requests();
    write_envoy_state();
    write_services();
    return text_.take();
  }

 private:
  // ---- helpers
  template <class OfPoint>
  std::vector<std::uint64_t> cumulated(const Series& series, OfPoint&& of_point) const {
    std::vector<std::uint64_t> sums(text_.buckets());
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sum += i < series.points.size() ? of_point(series.points[i]) : 0;
      sums[i] = sum;
    }
    return sums;
  }

  using Answer = std::pair<Outcome, std::uint16_t>;  // With its status.

  // Every status that was given, by outcome; the usual one has what the recorded ones leave.
  std::map<Answer, std::vector<std::uint64_t>> cumulated_answers(const Series& series) const {
    std::map<Answer, std::vector<std::uint64_t>> all;
    for (const engine::StatusCell& cell : series.statuses) {
      auto& counts = all[{cell.outcome, cell.status}];
      counts.resize(text_.buckets());
      counts[cell.bucket] += cell.count;
    }
    std::map<Outcome, std::vector<std::uint64_t>> rest;
    for (const auto& [answer, counts] : all) {
      auto& taken = rest[answer.first];
      taken.resize(counts.size());
      for (std::size_t i = 0; i < counts.size(); ++i) {
        taken[i] += counts[i];
      }
    }
    for (std::size_t o = 0; o < engine::kOutcomes; ++o) {
      const auto outcome = static_cast<Outcome>(o);
      auto& counts = all[{outcome, engine::usual_status(outcome)}];
      counts.resize(text_.buckets());
      const auto taken = rest.find(outcome);
      for (std::size_t i = 0; i < counts.size() && i < series.points.size(); ++i) {
        counts[i] = series.points[i].outcomes[o] - (taken == rest.end() ? 0 : taken->second[i]);
      }
    }
    for (auto& [answer, counts] : all) {
      std::partial_sum(counts.begin(), counts.end(), counts.begin());
    }
    std::erase_if(all, [](const auto& it) { return it.second.back() == 0; });
    return all;
  }

  std::vector<std::uint64_t> cumulated_outcomes(const Series& series,
                                                std::initializer_list<Outcome> outcomes) const {
    return cumulated(series, [outcomes](const Point& point) {
      std::uint64_t sum = 0;
      for (const Outcome outcome : outcomes) {
        sum += point.outcomes[static_cast<std::size_t>(outcome)];
      }
      return sum;
    });
  }

  template <class Write>
  void for_each_series(Subject::Kind kind, Write&& write) const {
    for (const Series& series : report_.record.series) {
      if (series.subject.kind == kind) {
        write(series);
      }
    }
  }

  // ---- Istio's
  void add_workload(Labels& labels, bool is_source, ServiceIndex service,
                    const std::string& version) const {
    const bool is_known = service < scenario_.mesh.services.size();
    const std::string name = is_known ? scenario_.mesh.services[service].name : "unknown";
    const std::string space =
        is_known ? scenario_.mesh.services[service].kube_namespace : "unknown";
    if (is_source) {
      labels.insert(labels.end(), {{"source_workload", name},
                                   {"source_workload_namespace", space},
                                   {"source_app", name},
                                   {"source_canonical_service", name},
                                   {"source_version", version}});
      return;
    }
    labels.insert(labels.end(), {{"destination_workload", name},
                                 {"destination_workload_namespace", space},
                                 {"destination_app", name},
                                 {"destination_canonical_service", name},
                                 {"destination_version", version},
                                 {"destination_service", host_name(scenario_, service)},
                                 {"destination_service_name", name},
                                 {"destination_service_namespace", space}});
  }

  [[nodiscard]] std::string only_version(ServiceIndex service) const {
    const std::vector<engine::Version>& versions = scenario_.mesh.services[service].versions;
    return versions.size() == 1 ? versions.front().name : "unknown";
  }

  [[nodiscard]] Labels istio_labels(const Series& series) const {
    const Subject& subject = series.subject;
    const bool is_source = subject.kind == Subject::Kind::kEdge;
    Labels labels{{"reporter", is_source ? "source" : "destination"}};
    add_workload(labels, true, is_source ? subject.caller : kNone,
                 is_source ? only_version(subject.caller) : "unknown");
    add_workload(labels, false, subject.service,
                 is_source
                     ? only_version(subject.service)
                     : scenario_.mesh.services[subject.service].versions[subject.version].name);
    labels.emplace_back("request_protocol", "http");
    const bool is_secured =
        scenario_.mesh.network.tls && scenario_.mesh.services[subject.service].sidecar;
    labels.emplace_back("connection_security_policy",
                        is_source ? "unknown" : (is_secured ? "mutual_tls" : "none"));
    return labels;
  }

  void write_istio() {
    text_.begin("istio_requests_total", MetricKind::kCounter,
                "Requests, by who saw them and how they ended.");
    const auto write_requests = [&](const Series& series) {
      for (const auto& [answer, counts] : cumulated_answers(series)) {
        Labels labels = istio_labels(series);
        labels.emplace_back("response_code", std::to_string(answer.second));
        labels.emplace_back("response_flags", flags_of(answer.first));
        text_.add(labels, counts);
      }
    };
    for_each_series(Subject::Kind::kEdge, write_requests);
    for_each_series(Subject::Kind::kVersion, write_requests);
    text_.begin("istio_request_duration_milliseconds", MetricKind::kHistogram,
                "Duration of requests in milliseconds.");
    const auto write_durations = [&](const Series& series) {
      if (cumulated(series, [](const Point& point) { return point.count; }).back() > 0) {
        text_.add_durations(istio_labels(series), series);
      }
    };
    for_each_series(Subject::Kind::kEdge, write_durations);
    for_each_series(Subject::Kind::kVersion, write_durations);
  }

  // ---- Envoy's
  [[nodiscard]] Labels cluster_labels(ServiceIndex caller, ServiceIndex service) const {
    return {{"app", engine::service_name(scenario_, caller)},
            {"namespace", scenario_.mesh.services[caller].kube_namespace},
            {"envoy_cluster_name", cluster_name(scenario_, service)}};
  }

  template <class OfPoint>
  void write_edge_counter(const char* name, const char* help, OfPoint&& of_point) {
    text_.begin(name, MetricKind::kCounter, help);
    for_each_series(Subject::Kind::kEdge, [&](const Series& series) {
      text_.add(cluster_labels(series.subject.caller, series.subject.service),
                cumulated(series, of_point));
    });
  }

  void write_envoy_requests() {
    const auto outcome = [](Outcome which) {
      return
          [which](const Point& point) { return point.outcomes[static_cast<std::size_t>(which)]; };
    };
    write_edge_counter("envoy_cluster_upstream_rq_total", "Attempts.",
                       [](const Point& point) { return point.count + point.retries; });
    write_edge_counter("envoy_cluster_upstream_rq_retry", "Attempts beyond the first.",
                       [](const Point& point) { return point.retries; });
    write_edge_counter("envoy_cluster_upstream_rq_timeout", "Requests that timed out.",
                       outcome(Outcome::kTimeout));
    write_edge_counter("envoy_cluster_upstream_rq_pending_overflow",
                       "Requests that a circuit breaker refused.", outcome(Outcome::kRefused));
    write_edge_counter("envoy_cluster_upstream_cx_none_healthy", "Requests that found no host.",
                       outcome(Outcome::kNoHost));
    text_.begin("envoy_cluster_upstream_rq_xx", MetricKind::kCounter,
                "Requests by the class of their status.");
    for_each_series(Subject::Kind::kEdge, [&](const Series& series) {
      const Subject& edge = series.subject;
      const std::array<std::pair<const char*, std::vector<std::uint64_t>>, 3> classes = {{
          {"2", cumulated_outcomes(series, {Outcome::kOk})},
          {"4", cumulated_outcomes(series, {Outcome::kClientError})},
          {"5", cumulated_outcomes(series,
                                   {Outcome::kServerError, Outcome::kTimeout, Outcome::kRefused,
                                    Outcome::kNoHost, Outcome::kConnection, Outcome::kInjected})},
      }};
      for (const auto& [digit, counts] : classes) {
        Labels labels = cluster_labels(edge.caller, edge.service);
        labels.emplace_back("envoy_response_code_class", digit);
        text_.add(labels, counts);
      }
    });
    text_.begin("envoy_cluster_upstream_rq_time", MetricKind::kHistogram,
                "Duration of requests in milliseconds.");
    for_each_series(Subject::Kind::kEdge, [&](const Series& series) {
      text_.add_durations(cluster_labels(series.subject.caller, series.subject.service), series);
    });
  }

  /// A gauge by bucket out of events that switch something on and off; `change` says by how much.
  template <class Change>
  std::vector<std::uint64_t> levels(ServiceIndex caller, ServiceIndex service,
                                    Change&& change) const {
    std::vector<std::int64_t> level(text_.buckets());
    const std::vector<proxy::Instant> times = ends_of_buckets(report_.record);
    std::int64_t now = 0;
    std::size_t bucket = 0;
    for (const RunEvent& event : report_.record.events) {
      if (event.caller != caller || event.service != service) {
        continue;
      }
      while (bucket + 1 < times.size() && event.at >= times[bucket]) {
        level[bucket++] = now;
      }
      now = std::max<std::int64_t>(now + change(event), 0);
    }
    for (; bucket < level.size(); ++bucket) {
      level[bucket] = now;
    }
    return {level.begin(), level.end()};
  }

  void write_breaker(const char* name, const char* help, const char* resource) {
    text_.begin(name, MetricKind::kGauge, help);
    for_each_series(Subject::Kind::kEdge, [&](const Series& series) {
      const Subject& edge = series.subject;
      auto open = levels(edge.caller, edge.service, [resource](const RunEvent& event) {
        if (event.reason.compare(0, std::char_traits<char>::length(resource), resource) != 0) {
          return 0;
        }
        return event.kind == EventKind::kCircuitOpen    ? 1
               : event.kind == EventKind::kCircuitClose ? -1
                                                        : 0;
      });
      for (std::uint64_t& it : open) {
        it = std::min<std::uint64_t>(it, 1);
      }
      text_.add(cluster_labels(edge.caller, edge.service), open);
    });
  }

  void write_envoy_state() {
    write_breaker("envoy_cluster_circuit_breakers_default_rq_pending_open",
                  "Whether the limit of pending requests was reached.", "max_pending_requests");
    write_breaker("envoy_cluster_circuit_breakers_default_rq_open",
                  "Whether the limit of requests was reached.", "max_requests");
    const auto ejected = [&](const Subject& edge) {
      return levels(edge.caller, edge.service, [](const RunEvent& event) {
        return event.kind == EventKind::kEjection     ? 1
               : event.kind == EventKind::kUnejection ? -1
                                                      : 0;
      });
    };
    text_.begin("envoy_cluster_outlier_detection_ejections_active", MetricKind::kGauge,
                "Hosts that are ejected now, over the caller's sidecars.");
    for_each_series(Subject::Kind::kEdge, [&](const Series& series) {
      text_.add(cluster_labels(series.subject.caller, series.subject.service),
                ejected(series.subject));
    });
    text_.begin("envoy_cluster_outlier_detection_ejections_enforced_total", MetricKind::kCounter,
                "Ejections.");
    for_each_series(Subject::Kind::kEdge, [&](const Series& series) {
      const Subject& edge = series.subject;
      text_.add(cluster_labels(edge.caller, edge.service),
                levels(edge.caller, edge.service, [](const RunEvent& event) {
                  return event.kind == EventKind::kEjection ? static_cast<std::int64_t>(event.count)
                                                            : 0;
                }));
    });
  }

  // ---- what a mesh does not measure
  template <class OfGauge>
  void write_gauge(const char* name, const char* help, std::uint64_t divisor, OfGauge&& of_gauge) {
    text_.begin(name, MetricKind::kGauge, help);
    for (const engine::ServiceGauges& gauges : report_.record.gauges) {
      std::vector<std::uint64_t> values(text_.buckets());
      for (std::size_t i = 0; i < values.size() && i < gauges.points.size(); ++i) {
        values[i] = of_gauge(gauges.points[i]);
      }
      text_.add({{"service", engine::service_name(scenario_, gauges.service)}}, values, divisor);
    }
  }

  void write_services() {
    using engine::Gauge;
    write_gauge("shaketable_service_queue_requests", "Requests that wait for a worker, mean.",
                1'000, [](const Gauge& gauge) { return gauge.queue_milli; });
    write_gauge("shaketable_service_in_flight_requests", "Requests inside, mean.", 1'000,
                [](const Gauge& gauge) { return gauge.in_flight_milli; });
    write_gauge("shaketable_service_utilisation_ratio", "Busy share of workers or CPUs.", 1'000'000,
                [](const Gauge& gauge) { return gauge.utilisation_ppm; });
    write_gauge("shaketable_service_instances", "Instances that are up.", 1,
                [](const Gauge& gauge) { return std::uint64_t{gauge.instances_up}; });
  }

  const Report& report_;
  const engine::Scenario& scenario_;
  MetricsText text_;
};

}  // namespace

std::string prometheus_metrics(const Report& report) {
  return MetricsWriter(report, false).write();
}

std::string openmetrics(const Report& report) { return MetricsWriter(report, true).write(); }

}  // namespace shaketable::reports
