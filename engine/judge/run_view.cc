#include "engine/judge/run_view.h"

#include <algorithm>

#include "proxy/base/bits.h"

namespace shaketable::engine {
namespace {

// What 90 % of the buckets with answers stay below.
std::int64_t normal_p99(const Series& series, const BucketSpan& span) {
  std::vector<std::int64_t> values;
  for (std::size_t i = span.from; i < std::min(span.to, series.points.size()); ++i) {
    if (series.points[i].count > 0) {
      values.push_back(series.points[i].p99);
    }
  }
  if (values.empty()) {
    return 0;
  }
  const std::size_t rank = (values.size() * 9 + 9) / 10 - 1;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank),
                   values.end());
  return values[rank];
}

}  // namespace

std::uint64_t scaled(std::uint64_t value, std::uint64_t factor, std::uint64_t divisor) {
  return divisor == 0
             ? 0
             : static_cast<std::uint64_t>(static_cast<proxy::Uint128>(value) * factor / divisor);
}

Sums sums_of(const Series& series, const BucketSpan& span) {
  Sums sums;
  for (std::size_t i = span.from; i < std::min(span.to, series.points.size()); ++i) {
    const Point& point = series.points[i];
    for (std::size_t o = 0; o < kOutcomes; ++o) {
      sums.outcomes[o] += point.outcomes[o];
    }
    sums.count += point.count;
    sums.errors += errors_of(point.outcomes);
    sums.retries += point.retries;
    sums.latency_sum += point.latency_sum;
    sums.p99 = std::max(sums.p99, point.p99);
    ++sums.buckets;
  }
  return sums;
}

RunView::RunView(const Scenario& scenario, const RunRecord& record)
    : scenario_(scenario),
      record_(record),
      own_(scenario.mesh.services.size()),
      gauges_(scenario.mesh.services.size()),
      out_(scenario.mesh.services.size()),
      into_(scenario.mesh.services.size()) {
  const HealthSpan span = health_span(scenario, record);
  if (span.known) {
    baseline_ = {span.baseline_from, span.baseline_to};
  }
  for (const Series& series : record.series) {
    buckets_ = std::max(buckets_, series.points.size());
    if (series.subject.service >= own_.size()) {
      continue;
    }
    if (series.subject.kind == Subject::Kind::kService) {
      own_[series.subject.service] = &series;
    } else if (series.subject.kind == Subject::Kind::kEdge) {
      add_edge(series);
    }
  }
  for (const ServiceGauges& gauges : record.gauges) {
    if (gauges.service < gauges_.size()) {
      gauges_[gauges.service] = &gauges;
      buckets_ = std::max(buckets_, gauges.points.size());
    }
  }
}

void RunView::add_edge(const Series& series) {
  const ServiceIndex caller = series.subject.caller;
  const auto number = static_cast<std::uint32_t>(edges_.size());
  if (caller >= out_.size()) {
    return;
  }
  out_[caller].push_back(number);
  into_[series.subject.service].push_back(number);
  edges_.push_back({caller, series.subject.service, &series, sums_of(series, baseline_),
                    normal_p99(series, baseline_)});
}

std::size_t RunView::bucket_at(Instant at) const {
  const std::int64_t length = std::max<std::int64_t>(record_.bucket.count(), 1);
  return static_cast<std::size_t>(std::max<std::int64_t>(proxy::nanoseconds_of(at), 0) / length);
}

Instant RunView::start_of(std::size_t bucket) const {
  return proxy::kStart + record_.bucket * static_cast<std::int64_t>(bucket);
}

std::uint64_t RunView::offered(ServiceIndex service, const BucketSpan& span) const {
  std::uint64_t answered = 0;
  if (own_[service] != nullptr) {
    answered = sums_of(*own_[service], span).count;
  }
  if (const ServiceGauges* gauges = gauges_[service]; gauges != nullptr && span.from > 0) {
    const std::size_t last = std::min(span.to, gauges->points.size());
    if (last > span.from) {
      const std::uint64_t before = gauges->points[span.from - 1].in_flight_milli;
      const std::uint64_t after = gauges->points[last - 1].in_flight_milli;
      answered += after > before ? (after - before) / 1'000 : 0;
    }
  }
  std::uint64_t attempts = 0;
  for (const std::uint32_t edge : into_[service]) {
    const Sums sums = sums_of(*edges_[edge].series, span);
    // What a circuit refused never left the caller.
    attempts += sums.count + sums.retries - std::min(sums.of(Outcome::kRefused), sums.count);
  }
  return std::max(answered, attempts);
}

std::optional<std::uint64_t> RunView::normally_offered(ServiceIndex service,
                                                       std::uint64_t buckets) const {
  if (baseline_.to <= baseline_.from) {
    return std::nullopt;
  }
  return scaled(offered(service, baseline_), buckets, baseline_.to - baseline_.from);
}

template <class Get>
std::uint64_t RunView::mean_gauge(ServiceIndex service, const BucketSpan& span, Get&& get) const {
  const ServiceGauges* gauges = gauges_[service];
  if (gauges == nullptr) {
    return 0;
  }
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
  for (std::size_t i = span.from; i < std::min(span.to, gauges->points.size()); ++i) {
    sum += get(gauges->points[i]);
    ++count;
  }
  return count == 0 ? 0 : sum / count;
}

std::uint64_t RunView::utilisation(ServiceIndex service, const BucketSpan& span) const {
  return mean_gauge(service, span, [](const Gauge& gauge) { return gauge.utilisation_ppm; });
}

std::uint64_t RunView::queue_milli(ServiceIndex service, const BucketSpan& span) const {
  return mean_gauge(service, span, [](const Gauge& gauge) { return gauge.queue_milli; });
}

std::uint64_t RunView::inside_milli(ServiceIndex service, const BucketSpan& span) const {
  return mean_gauge(service, span, [](const Gauge& gauge) { return gauge.in_flight_milli; });
}

}  // namespace shaketable::engine
