#include <algorithm>
#include <utility>

#include "engine/judge/health.h"

namespace shaketable::engine {
namespace {

// Sums of the answers that callers got from a service. Their latency is left out: it grows when the
// caller itself is slow.
void add_errors(HealthView& sum, const Series& series) {
  sum.has_latency = false;
  sum.samples.resize(std::max(sum.samples.size(), series.points.size()));
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    sum.samples[i].count += series.points[i].count;
    sum.samples[i].errors += errors_of(series.points[i].outcomes);
  }
}

// How full the service was; a hanging one is recognised by it.
void add_inside(HealthView& view, const ServiceGauges& gauges) {
  view.samples.resize(std::max(view.samples.size(), gauges.points.size()));
  for (std::size_t i = 0; i < gauges.points.size(); ++i) {
    view.samples[i].inside_milli = gauges.points[i].in_flight_milli;
  }
}

// The only service that a series of the load sends to, or kNone.
ServiceIndex only_target(const Scenario& scenario, const Subject& subject) {
  if (subject.load >= scenario.loads.size()) {
    return kNone;
  }
  const Load& load = scenario.loads[subject.load];
  if (is_plain_open_loop(load)) {
    return load.targets.front().service;
  }
  if (subject.journey == kNone) {
    return kNone;  // Its journeys are looked at one by one.
  }
  ServiceIndex target = kNone;
  for (std::size_t j = 0; j < load.journeys.size(); ++j) {
    if (subject.journey != j) {
      continue;
    }
    for (const std::uint32_t request : loadgen::requests_of(load.journeys[j].steps)) {
      if (target != kNone && target != load.targets[request].service) {
        return kNone;
      }
      target = load.targets[request].service;
    }
  }
  return target;
}

}  // namespace

std::vector<ServiceHealth> health_of_services(const Scenario& scenario, const RunRecord& record) {
  const std::size_t services = scenario.mesh.services.size();
  std::vector<HealthView> own(services);
  std::vector<HealthView> callers(services);
  for (const Series& series : record.series) {
    if (series.subject.kind == Subject::Kind::kJourney) {
      const ServiceIndex target = only_target(scenario, series.subject);
      if (target < services) {
        add_errors(callers[target], series);
      }
    } else if (series.subject.service >= services) {
      continue;
    } else if (series.subject.kind == Subject::Kind::kService) {
      own[series.subject.service] = view_of(series, true);
    } else if (series.subject.kind == Subject::Kind::kEdge) {
      add_errors(callers[series.subject.service], series);
    }
  }
  for (const ServiceGauges& gauges : record.gauges) {
    if (gauges.service < services) {
      add_inside(own[gauges.service], gauges);
    }
  }
  const HealthSpan span = health_span(scenario, record);
  std::vector<ServiceHealth> result;
  result.reserve(services);
  for (std::size_t i = 0; i < services; ++i) {
    result.push_back(health_of({std::move(own[i]), std::move(callers[i])}, span, record.bucket));
    result.back().service = static_cast<ServiceIndex>(i);
  }
  return result;
}

}  // namespace shaketable::engine
