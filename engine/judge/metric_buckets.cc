#include <algorithm>

#include "engine/judge/health.h"
#include "engine/judge/metric_parts.h"
#include "engine/judge/metrics.h"

namespace shaketable::engine {
namespace {

std::int64_t bucket_latency(Metric metric, const Point& point) {
  switch (metric) {
    case Metric::kMean:
      return point.latency_sum / static_cast<std::int64_t>(point.count);
    case Metric::kP50:
      return point.p50;
    case Metric::kP90:
      return point.p90;
    case Metric::kP95:
      return point.p95;
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
      sum[i].p95 = std::max(sum[i].p95, point.p95);
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
