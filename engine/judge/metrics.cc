#include "engine/judge/metrics.h"

#include <algorithm>
#include <array>

#include "engine/judge/health.h"
#include "engine/judge/metric_parts.h"
#include "engine/record/windows.h"

namespace shaketable::engine {
namespace {

constexpr std::int64_t kAllPpm = 1'000'000;

Measurement unknown(std::string problem) { return {.problem = std::move(problem)}; }

Measurement known(std::int64_t value, std::uint64_t samples) {
  return {.known = true, .value = value, .samples = samples};
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

}  // namespace shaketable::engine
