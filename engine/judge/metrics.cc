#include "engine/judge/metrics.h"

#include <algorithm>
#include <array>

#include "engine/judge/health.h"
#include "engine/record/windows.h"

namespace shaketable::engine {
namespace {

constexpr std::int64_t kAllPpm = 1'000'000;

Measurement unknown(std::string problem) { return {.problem = std::move(problem)}; }

Measurement known(std::int64_t value, std::uint64_t samples) {
  return {.known = true, .value = value, .samples = samples};
}

template <class Counts>
void add_counts(Counts& sum, const Counts& other) {
  for (std::size_t i = 0; i < sum.outcomes.size(); ++i) {
    sum.outcomes[i] += other.outcomes[i];
  }
  sum.count += other.count;
  sum.retries += other.retries;
}

// Series to be added up for a subject: itself, or all journeys of a load that has no own series.
std::vector<const Series*> parts_of(const RunRecord& record, const Subject& subject) {
  if (const Series* series = find_series(record, subject); series != nullptr) {
    return {series};
  }
  std::vector<const Series*> parts;
  if (subject.kind != Subject::Kind::kJourney || subject.journey != kNone) {
    return parts;
  }
  for (const Series& series : record.series) {
    if (series.subject.kind == Subject::Kind::kJourney && series.subject.load == subject.load) {
      parts.push_back(&series);
    }
  }
  return parts;
}

// Who counts the retries of a subject: for a service, its callers.
std::vector<const Series*> retry_parts_of(const RunRecord& record, const Subject& subject) {
  if (subject.kind != Subject::Kind::kService) {
    return parts_of(record, subject);
  }
  std::vector<const Series*> parts;
  for (const Series& series : record.series) {
    if (series.subject.kind == Subject::Kind::kEdge && series.subject.service == subject.service) {
      parts.push_back(&series);
    }
  }
  return parts;
}

std::optional<WindowTotals> sum_window(const RunRecord& record,
                                       const std::vector<const Series*>& parts,
                                       const Window& window) {
  const std::size_t index = window_index(record.windows, window);
  WindowTotals sum;
  sum.from = window.from;
  sum.to = window.to;
  if (index == record.windows.size()) {
    return std::nullopt;
  }
  for (const Series* part : parts) {
    if (index >= part->windows.size()) {
      return std::nullopt;
    }
    add_counts(sum, part->windows[index]);
    sum.latency.merge(part->windows[index].latency);
  }
  return sum;
}

// Length of the window in which load was sent: a drain after the run adds answers but no time.
Duration loaded_length(const Scenario& scenario, const RunRecord& record, const Window& window) {
  const Instant ended = record.interrupted ? record.ended : proxy::kNever;
  const Instant load_end = proxy::after(proxy::kStart, scenario.run.duration);
  const Instant to = std::min({window.to, ended, load_end});
  return to > window.from ? to - window.from : std::min(window.to, ended) - window.from;
}

std::int64_t latency_of(Metric metric, const proxy::Histogram& latency) {
  switch (metric) {
    case Metric::kMean:
      return latency.mean();
    case Metric::kP50:
      return latency.percentile(500'000);
    case Metric::kP90:
      return latency.percentile(900'000);
    case Metric::kP95:
      return latency.percentile(950'000);
    case Metric::kP99:
      return latency.percentile(990'000);
    case Metric::kP999:
      return latency.percentile(999'000);
    case Metric::kMax:
    case Metric::kSuccessRate:
    case Metric::kErrorRate:
    case Metric::kRps:
    case Metric::kGoodput:
    case Metric::kRetryRatio:
    case Metric::kUtilisation:
    case Metric::kQueue:
    case Metric::kRequests:
    case Metric::kShare:
      break;
  }
  return latency.max();
}

// Averages a gauge over the buckets that overlap the window, by the length of the overlap.
Measurement measure_gauge(const RunRecord& record, Metric metric, const Subject& subject,
                          const Window& window) {
  const auto found = std::find_if(
      record.gauges.begin(), record.gauges.end(),
      [&subject](const ServiceGauges& gauges) { return gauges.service == subject.service; });
  if (subject.kind != Subject::Kind::kService) {
    return unknown("only services have it");
  }
  if (found == record.gauges.end()) {
    return unknown("the service has no gauges");
  }
  __int128 weighted = 0;
  std::int64_t length = 0;
  std::uint64_t buckets = 0;
  for (std::size_t i = 0; i < found->points.size(); ++i) {
    const Instant start = proxy::kStart + record.bucket * static_cast<std::int64_t>(i);
    const Instant from = std::max(start, window.from);
    const Instant to = std::min(start + record.bucket, window.to);
    if (to <= from) {
      continue;
    }
    const Gauge& gauge = found->points[i];
    const std::int64_t overlap = (to - from).count();
    weighted += static_cast<__int128>(metric == Metric::kQueue ? gauge.queue_milli * 1000
                                                               : gauge.utilisation_ppm) *
                overlap;
    length += overlap;
    ++buckets;
  }
  return length == 0 ? unknown("nothing was recorded in the window")
                     : known(static_cast<std::int64_t>(weighted / length), buckets);
}

Measurement measure_retries(const RunRecord& record, const Subject& subject, const Window& window) {
  const auto totals = sum_window(record, retry_parts_of(record, subject), window);
  if (!totals) {
    return unknown("the window was not recorded");
  }
  if (totals->count == 0) {
    return unknown("no request ended in the window");
  }
  return known(share_in_ppm(totals->retries, totals->count), totals->count);
}

Measurement measure_share(const RunRecord& record, const Subject& subject, const Window& window) {
  const auto part = totals_of(record, subject, window);
  const auto whole =
      totals_of(record, {.kind = Subject::Kind::kService, .service = subject.service}, window);
  if (!part || !whole) {
    return unknown("the window was not recorded");
  }
  return whole->count == 0 ? unknown("no request ended in the window")
                           : known(share_in_ppm(part->count, whole->count), whole->count);
}

std::int64_t bucket_latency(Metric metric, const Point& point) {
  switch (metric) {
    case Metric::kMean:
      return point.latency_sum / static_cast<std::int64_t>(point.count);
    case Metric::kP50:
      return point.p50;
    case Metric::kP90:
    case Metric::kP95:
      return point.p90;
    case Metric::kP99:
    case Metric::kP999:
      return point.p99;
    case Metric::kMax:
    case Metric::kSuccessRate:
    case Metric::kErrorRate:
    case Metric::kRps:
    case Metric::kGoodput:
    case Metric::kRetryRatio:
    case Metric::kUtilisation:
    case Metric::kQueue:
    case Metric::kRequests:
    case Metric::kShare:
      break;
  }
  return point.max;
}

// The value of a bucket; `whole` is the service's bucket for a share.
std::optional<std::int64_t> bucket_value(Metric metric, const Point& point, std::uint64_t whole,
                                         Duration bucket) {
  switch (metric) {
    case Metric::kRps:
      return rate_of(point.count, bucket);
    case Metric::kGoodput:
      return rate_of(point.count - errors_of(point.outcomes), bucket);
    case Metric::kShare:
      return whole == 0 ? std::nullopt : std::optional(share_in_ppm(point.count, whole));
    case Metric::kSuccessRate:
    case Metric::kErrorRate:
    case Metric::kMean:
    case Metric::kP50:
    case Metric::kP90:
    case Metric::kP95:
    case Metric::kP99:
    case Metric::kP999:
    case Metric::kMax:
    case Metric::kRetryRatio:
    case Metric::kUtilisation:
    case Metric::kQueue:
    case Metric::kRequests:
      break;
  }
  if (point.count == 0) {
    return std::nullopt;
  }
  if (metric == Metric::kSuccessRate) {
    return share_in_ppm(point.count - errors_of(point.outcomes), point.count);
  }
  if (metric == Metric::kErrorRate) {
    return share_in_ppm(errors_of(point.outcomes), point.count);
  }
  if (metric == Metric::kRetryRatio) {
    return share_in_ppm(point.retries, point.count);
  }
  return bucket_latency(metric, point);
}

std::vector<Point> sum_points(const std::vector<const Series*>& parts) {
  std::vector<Point> sum;
  for (const Series* part : parts) {
    sum.resize(std::max(sum.size(), part->points.size()));
    for (std::size_t i = 0; i < part->points.size(); ++i) {
      const Point& point = part->points[i];
      add_counts(sum[i], point);
      sum[i].latency_sum += point.latency_sum;
      // Percentiles do not add; the largest is at least somewhere near.
      sum[i].p50 = std::max(sum[i].p50, point.p50);
      sum[i].p90 = std::max(sum[i].p90, point.p90);
      sum[i].p99 = std::max(sum[i].p99, point.p99);
      sum[i].max = std::max(sum[i].max, point.max);
    }
  }
  return sum;
}

std::vector<std::optional<std::int64_t>> gauge_by_bucket(const RunRecord& record, Metric metric,
                                                         const Subject& subject) {
  std::vector<std::optional<std::int64_t>> values;
  for (const ServiceGauges& gauges : record.gauges) {
    if (gauges.service != subject.service) {
      continue;
    }
    for (const Gauge& gauge : gauges.points) {
      values.emplace_back(static_cast<std::int64_t>(
          metric == Metric::kQueue ? gauge.queue_milli * 1000 : gauge.utilisation_ppm));
    }
  }
  return values;
}

}  // namespace

std::int64_t share_in_ppm(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<std::int64_t>(static_cast<__int128>(part) * kAllPpm / whole);
}

std::int64_t rate_of(std::uint64_t count, Duration length) {
  if (length <= Duration::zero()) {
    return 0;
  }
  constexpr __int128 kMicroSeconds = static_cast<__int128>(1'000'000) * 1'000'000'000;
  return static_cast<std::int64_t>(static_cast<__int128>(count) * kMicroSeconds / length.count());
}

std::optional<WindowTotals> totals_of(const RunRecord& record, const Subject& subject,
                                      const Window& window) {
  return sum_window(record, parts_of(record, subject), window);
}

bool holds(const Bound& bound, std::int64_t value) {
  switch (bound.comparison) {
    case Comparison::kLess:
      return value < bound.value;
    case Comparison::kLessEqual:
      return value <= bound.value;
    case Comparison::kGreater:
      return value > bound.value;
    case Comparison::kGreaterEqual:
      return value >= bound.value;
    case Comparison::kWithin:
      return margin_of(bound, value) >= 0;
  }
  return false;
}

std::int64_t margin_of(const Bound& bound, std::int64_t value) {
  switch (bound.comparison) {
    case Comparison::kLess:
    case Comparison::kLessEqual:
      return bound.value - value;
    case Comparison::kGreater:
    case Comparison::kGreaterEqual:
      return value - bound.value;
    case Comparison::kWithin:
      return bound.tolerance - (value > bound.value ? value - bound.value : bound.value - value);
  }
  return 0;
}

const char* unit_of(Metric metric) {
  switch (metric) {
    case Metric::kSuccessRate:
    case Metric::kErrorRate:
    case Metric::kRetryRatio:
    case Metric::kUtilisation:
    case Metric::kShare:
      return "ppm";
    case Metric::kRps:
    case Metric::kGoodput:
      return "micro_per_second";
    case Metric::kMean:
    case Metric::kP50:
    case Metric::kP90:
    case Metric::kP95:
    case Metric::kP99:
    case Metric::kP999:
    case Metric::kMax:
      return "ns";
    case Metric::kQueue:
      return "millionths";
    case Metric::kRequests:
      break;
  }
  return "count";
}

Measurement measure(const Scenario& scenario, const RunRecord& record, Metric metric,
                    const Subject& subject, const Window& window) {
  if (window.from >= window.to || (record.interrupted && window.from >= record.ended)) {
    return unknown(record.interrupted ? "the run ended before the window began"
                                      : "the window is empty");
  }
  if (metric == Metric::kUtilisation || metric == Metric::kQueue) {
    return measure_gauge(record, metric, subject, window);
  }
  if (metric == Metric::kRetryRatio) {
    return measure_retries(record, subject, window);
  }
  if (metric == Metric::kShare) {
    return measure_share(record, subject, window);
  }
  const auto totals = totals_of(record, subject, window);
  if (!totals) {
    return unknown("the window was not recorded");
  }
  const std::uint64_t errors = errors_of(totals->outcomes);
  if (metric == Metric::kRequests) {
    return known(static_cast<std::int64_t>(totals->count), totals->count);
  }
  if (metric == Metric::kRps || metric == Metric::kGoodput) {
    const std::uint64_t counted = totals->count - (metric == Metric::kGoodput ? errors : 0);
    return known(rate_of(counted, loaded_length(scenario, record, window)), totals->count);
  }
  if (totals->count == 0) {
    return unknown("no request ended in the window");
  }
  if (metric == Metric::kSuccessRate) {
    return known(share_in_ppm(totals->count - errors, totals->count), totals->count);
  }
  if (metric == Metric::kErrorRate) {
    return known(share_in_ppm(errors, totals->count), totals->count);
  }
  return known(latency_of(metric, totals->latency), totals->count);
}

std::vector<std::optional<std::int64_t>> metric_by_bucket(const RunRecord& record, Metric metric,
                                                          const Subject& subject) {
  if (metric == Metric::kRequests) {
    return {};
  }
  if (metric == Metric::kUtilisation || metric == Metric::kQueue) {
    return gauge_by_bucket(record, metric, subject);
  }
  const std::vector<Point> points = sum_points(
      metric == Metric::kRetryRatio ? retry_parts_of(record, subject) : parts_of(record, subject));
  std::vector<Point> whole;
  if (metric == Metric::kShare) {
    whole =
        sum_points(parts_of(record, {.kind = Subject::Kind::kService, .service = subject.service}));
  }
  std::vector<std::optional<std::int64_t>> values;
  values.reserve(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    values.push_back(
        bucket_value(metric, points[i], i < whole.size() ? whole[i].count : 0, record.bucket));
  }
  return values;
}

}  // namespace shaketable::engine
