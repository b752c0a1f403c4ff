#include "gui/panels/chart_metrics.h"

#include <algorithm>
#include <functional>

#include "engine/mesh/model.h"

namespace shaketable::gui {
namespace {

bool is_level(ChartMetric metric) {
  return metric == ChartMetric::kUtilisation || metric == ChartMetric::kQueue ||
         metric == ChartMetric::kInFlight || metric == ChartMetric::kInstances;
}

engine::ServiceIndex index_of(const RunEntry& entry, const std::string& name) {
  return engine::find_service(entry.scenario->scenario.mesh, name);
}

// The samples of the subject in this run.
std::function<Sample(std::size_t)> samples_of(const RunEntry& entry, const Selection& subject) {
  const RunHistory& history = entry.history;
  switch (subject.kind) {
    case Selection::Kind::kNothing:
      return [&history](std::size_t bucket) { return history.clients_at(bucket); };
    case Selection::Kind::kService: {
      const engine::ServiceIndex service = index_of(entry, subject.service);
      return
          [&history, service](std::size_t bucket) { return history.service_at(service, bucket); };
    }
    case Selection::Kind::kEdge: {
      const std::size_t edge =
          history.edge(index_of(entry, subject.caller), index_of(entry, subject.service));
      return [&history, edge](std::size_t bucket) { return history.edge_at(edge, bucket); };
    }
  }
  return [](std::size_t) { return Sample{}; };
}

double value_of(const Sample& sample, ChartMetric metric, double seconds) {
  const auto share = [&sample](std::uint32_t part) { return 100.0 * part / sample.count; };
  switch (metric) {
    case ChartMetric::kRate:
      return sample.count / seconds;
    case ChartMetric::kErrors:
      return share(sample.errors);
    case ChartMetric::kTimeouts:
      return share(sample.timeouts);
    case ChartMetric::kRefused:
      return share(sample.refused);
    case ChartMetric::kRetries:
      return share(sample.retries);
    case ChartMetric::kP50:
      return sample.p50_us / 1000.0;
    case ChartMetric::kP90:
      return sample.p90_us / 1000.0;
    case ChartMetric::kP99:
      return sample.p99_us / 1000.0;
    case ChartMetric::kActive:
    case ChartMetric::kPending:
    case ChartMetric::kUtilisation:
    case ChartMetric::kQueue:
    case ChartMetric::kInFlight:
    case ChartMetric::kInstances:
      break;
  }
  return -1;
}

double value_of(const Level& level, ChartMetric metric) {
  return metric == ChartMetric::kUtilisation ? level.utilisation_ppm * 1e-4
         : metric == ChartMetric::kQueue     ? level.queue_milli * 1e-3
         : metric == ChartMetric::kInFlight  ? level.in_flight_milli * 1e-3
                                             : level.instances_up;
}

}  // namespace

QString title_of(ChartMetric metric) {
  switch (metric) {
    case ChartMetric::kRate:
      return QObject::tr("Traffic");
    case ChartMetric::kErrors:
      return QObject::tr("Errors");
    case ChartMetric::kTimeouts:
      return QObject::tr("Timeouts");
    case ChartMetric::kRefused:
      return QObject::tr("Refused");
    case ChartMetric::kRetries:
      return QObject::tr("Retries");
    case ChartMetric::kP50:
      return QObject::tr("Latency p50");
    case ChartMetric::kP90:
      return QObject::tr("Latency p90");
    case ChartMetric::kP99:
      return QObject::tr("Latency p99");
    case ChartMetric::kActive:
      return QObject::tr("In flight (breaker)");
    case ChartMetric::kPending:
      return QObject::tr("Pending (breaker)");
    case ChartMetric::kUtilisation:
      return QObject::tr("Utilisation");
    case ChartMetric::kQueue:
      return QObject::tr("Queue");
    case ChartMetric::kInFlight:
      return QObject::tr("Requests inside");
    case ChartMetric::kInstances:
      return QObject::tr("Instances up");
  }
  return {};
}

ChartUnit unit_of(ChartMetric metric) {
  switch (metric) {
    case ChartMetric::kRate:
      return ChartUnit::kPerSecond;
    case ChartMetric::kErrors:
    case ChartMetric::kTimeouts:
    case ChartMetric::kRefused:
    case ChartMetric::kRetries:
    case ChartMetric::kUtilisation:
      return ChartUnit::kPercent;
    case ChartMetric::kP50:
    case ChartMetric::kP90:
    case ChartMetric::kP99:
      return ChartUnit::kMilliseconds;
    case ChartMetric::kActive:
    case ChartMetric::kPending:
    case ChartMetric::kQueue:
    case ChartMetric::kInFlight:
    case ChartMetric::kInstances:
      return ChartUnit::kCount;
  }
  return ChartUnit::kCount;
}

bool is_known(ChartMetric metric, const Selection& subject) {
  if (is_level(metric)) {
    return subject.kind == Selection::Kind::kService;
  }
  switch (metric) {
    case ChartMetric::kRetries:
    case ChartMetric::kActive:
    case ChartMetric::kPending:
      return subject.kind == Selection::Kind::kEdge;
    case ChartMetric::kTimeouts:
    case ChartMetric::kRefused:
      return subject.kind != Selection::Kind::kNothing;
    case ChartMetric::kRate:
    case ChartMetric::kErrors:
    case ChartMetric::kP50:
    case ChartMetric::kP90:
    case ChartMetric::kP99:
    case ChartMetric::kUtilisation:
    case ChartMetric::kQueue:
    case ChartMetric::kInFlight:
    case ChartMetric::kInstances:
      break;
  }
  return true;
}

QString subject_title(const Selection& subject) {
  switch (subject.kind) {
    case Selection::Kind::kNothing:
      return QObject::tr("All clients");
    case Selection::Kind::kService:
      return QString::fromStdString(subject.service);
    case Selection::Kind::kEdge:
      return QString::fromStdString(subject.caller + " → " + subject.service);
  }
  return {};
}

std::vector<double> values_of(const RunEntry& entry, const Selection& subject, ChartMetric metric) {
  const RunHistory& history = entry.history;
  std::vector<double> values(history.buckets(), -1);
  if (is_level(metric)) {
    const engine::ServiceIndex service = index_of(entry, subject.service);
    for (std::size_t i = 0; i < values.size() && service < history.levels().size(); ++i) {
      values[i] = value_of(history.level_at(service, i), metric);
    }
    return values;
  }
  if (metric == ChartMetric::kActive || metric == ChartMetric::kPending) {
    const std::size_t edge =
        history.edge(index_of(entry, subject.caller), index_of(entry, subject.service));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Fill fill = history.fill_at(edge, i);
      if (fill.is_known()) {
        values[i] = metric == ChartMetric::kActive ? fill.requests : fill.pending;
      }
    }
    return values;
  }
  const auto at = samples_of(entry, subject);
  const double seconds = std::max(proxy::to_seconds(history.bucket()), 1e-9);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Sample sample = at(i);
    if (sample.count > 0 || metric == ChartMetric::kRate) {
      values[i] = value_of(sample, metric, seconds);
    }
  }
  return values;
}

}  // namespace shaketable::gui
