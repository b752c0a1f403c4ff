#include "tests/support/record_builder.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/record/windows.h"

namespace shaketable::engine {
namespace {

Instant at_second(int seconds) { return proxy::kStart + std::chrono::seconds(seconds); }

Point point_of(const Traffic& traffic) {
  Point point;
  point.outcomes[static_cast<std::size_t>(Outcome::kOk)] = traffic.ok;
  point.outcomes[static_cast<std::size_t>(Outcome::kServerError)] = traffic.failed;
  point.count = traffic.ok + traffic.failed;
  point.retries = traffic.retries;
  const std::int64_t latency = traffic.latency.count();
  point.latency_sum = latency * static_cast<std::int64_t>(point.count);
  if (point.count > 0) {
    point.p50 = point.p90 = point.p95 = point.p99 = point.max = latency;
  }
  return point;
}

void add_second(WindowTotals& total, const Point& point) {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    total.outcomes[i] += point.outcomes[i];
  }
  total.count += point.count;
  total.retries += point.retries;
  total.latency.add(point.p50, point.count);
}

}  // namespace

RecordBuilder::RecordBuilder(std::vector<std::string> services, int seconds) : seconds_(seconds) {
  scenario.name = "test-run";
  scenario.file = "test-run.yaml";
  scenario.mesh.zones = {"zone-1"};
  scenario.run.duration = std::chrono::seconds(seconds);
  for (std::string& name : services) {
    Service service;
    service.name = std::move(name);
    service.endpoint_names = {"GET /"};
    service.versions.emplace_back();
    scenario.mesh.services.push_back(std::move(service));
  }
  record.seed = 7;
  record.fingerprint = 0x0123456789abcdef;
  record.ended = at_second(seconds);
}

ServiceIndex RecordBuilder::index_of(std::string_view name) const {
  const auto& services = scenario.mesh.services;
  const auto found = std::find_if(services.begin(), services.end(),
                                  [name](const Service& it) { return it.name == name; });
  return found == services.end() ? kNone : static_cast<ServiceIndex>(found - services.begin());
}

Subject RecordBuilder::service_subject(std::string_view name) const {
  return {.kind = Subject::Kind::kService, .service = index_of(name)};
}

Subject RecordBuilder::edge_subject(std::string_view caller, std::string_view callee) const {
  return {.kind = Subject::Kind::kEdge, .service = index_of(callee), .caller = index_of(caller)};
}

RecordBuilder& RecordBuilder::add(Subject subject, const std::vector<Traffic>& traffic) {
  described_.push_back({std::move(subject), traffic});
  return *this;
}

RecordBuilder& RecordBuilder::service(std::string_view name, const std::vector<Traffic>& traffic) {
  return add(service_subject(name), traffic);
}

RecordBuilder& RecordBuilder::edge(std::string_view caller, std::string_view callee,
                                   const std::vector<Traffic>& traffic) {
  return add(edge_subject(caller, callee), traffic);
}

RecordBuilder& RecordBuilder::version(std::string_view service, std::string_view version,
                                      const std::vector<Traffic>& traffic) {
  std::vector<Version>& versions = scenario.mesh.services[index_of(service)].versions;
  auto found = std::find_if(versions.begin(), versions.end(),
                            [version](const Version& it) { return it.name == version; });
  if (found == versions.end()) {
    found = versions.insert(versions.end(), Version{.name = std::string(version)});
  }
  return add({.kind = Subject::Kind::kVersion,
              .service = index_of(service),
              .version = static_cast<VersionIndex>(found - versions.begin())},
             traffic);
}

RecordBuilder& RecordBuilder::gauges(std::string_view service, std::uint64_t utilisation_ppm,
                                     std::uint64_t queue_milli, std::uint32_t instances_up) {
  ServiceGauges gauges{.service = index_of(service)};
  gauges.points.assign(static_cast<std::size_t>(seconds_), Gauge{.queue_milli = queue_milli,
                                                                 .utilisation_ppm = utilisation_ppm,
                                                                 .instances_up = instances_up});
  record.gauges.push_back(std::move(gauges));
  return *this;
}

RecordBuilder& RecordBuilder::fault(std::string name, FaultKind kind, std::string_view on, int at_s,
                                    int for_s) {
  Fault fault;
  fault.name = std::move(name);
  fault.kind = kind;
  fault.at = at_second(at_s);
  fault.length = std::chrono::seconds(for_s);
  fault.target.service = index_of(on);
  fault.time = Distribution::constant(std::chrono::seconds(2));
  scenario.faults.push_back(std::move(fault));
  return *this;
}

RecordBuilder& RecordBuilder::event(Duration at, EventKind kind, std::string_view caller,
                                    std::string_view service, std::string reason,
                                    std::uint64_t count) {
  record.events.push_back({.at = proxy::kStart + at,
                           .kind = kind,
                           .service = index_of(service),
                           .caller = index_of(caller),
                           .reason = std::move(reason),
                           .count = count});
  return *this;
}

RecordBuilder& RecordBuilder::expect(Expectation expectation) {
  scenario.expectations.push_back(std::move(expectation));
  return *this;
}

Series RecordBuilder::build(const Described& described) const {
  Series series;
  series.subject = described.subject;
  series.points.resize(static_cast<std::size_t>(seconds_));
  for (const Traffic& traffic : described.traffic) {
    for (int s = traffic.from_s; s < traffic.to_s; ++s) {
      series.points[static_cast<std::size_t>(s)] = point_of(traffic);
    }
  }
  for (const Window& window : record.windows) {
    WindowTotals totals;
    totals.from = window.from;
    totals.to = window.to;
    for (int s = 0; s < seconds_; ++s) {
      if (at_second(s) >= window.from && at_second(s) < window.to) {
        add_second(totals, series.points[static_cast<std::size_t>(s)]);
      }
    }
    series.windows.push_back(std::move(totals));
  }
  series.total = series.windows.front();
  return series;
}

RunRecord RecordBuilder::finish() {
  record.windows = windows_of(scenario);
  record.series.clear();
  for (const Described& described : described_) {
    record.series.push_back(build(described));
    record.statistics.requests += record.series.back().total.count;
  }
  fill_gauges();
  return record;
}

// By Little's law, where a test has not said how many requests were inside.
void RecordBuilder::fill_gauges() {
  for (ServiceGauges& gauges : record.gauges) {
    const bool said = std::any_of(gauges.points.begin(), gauges.points.end(),
                                  [](const Gauge& gauge) { return gauge.in_flight_milli > 0; });
    for (const Series& series : record.series) {
      if (said || series.subject.kind != Subject::Kind::kService ||
          series.subject.service != gauges.service) {
        continue;
      }
      for (std::size_t i = 0; i < std::min(gauges.points.size(), series.points.size()); ++i) {
        gauges.points[i].in_flight_milli =
            static_cast<std::uint64_t>(series.points[i].latency_sum / 1'000'000);
      }
    }
  }
}

Window seconds_window(int from_s, int to_s, std::string text) {
  return {.from = at_second(from_s),
          .to = to_s < 0 ? proxy::kNever : at_second(to_s),
          .text = std::move(text)};
}

Expectation expect_metric(Metric metric, const Subject& subject, Comparison comparison,
                          std::int64_t value, int from_s, int to_s) {
  MetricExpectation expectation;
  expectation.metric = metric;
  expectation.subject = subject;
  expectation.bound = {.comparison = comparison, .value = value};
  if (from_s != 0 || to_s != 0) {
    expectation.window = seconds_window(from_s, to_s, "window");
  }
  Expectation result;
  result.what = std::move(expectation);
  result.text = "a metric";
  return result;
}

}  // namespace shaketable::engine
