#include <algorithm>
#include <iterator>

#include "engine/judge/comparison_parts.h"
#include "engine/judge/metrics.h"
#include "proxy/base/bits.h"

namespace shaketable::engine {
namespace {

constexpr std::size_t kMostSpans = 20;
constexpr std::size_t kFewestRuns = 3;

/// Sums over the buckets of a span.
struct TimeSpan {
  std::uint64_t count = 0, errors = 0, retries = 0;
  proxy::Uint128 latency_sum = 0, p50_sum = 0, p99_sum = 0;  ///< Percentiles weighted by count.
  std::uint64_t utilisation_sum = 0, gauges = 0;
  std::int64_t length = 0;  ///< ns
};

bool belongs(const Subject& subject, const SignalSummary& signal) {
  switch (signal.kind) {
    case SignalSummary::Kind::kClient:
      return subject.kind == Subject::Kind::kJourney && subject.journey == kNone &&
             (signal.load == kNone || subject.load == signal.load);
    case SignalSummary::Kind::kService:
      return subject.kind == Subject::Kind::kService && subject.service == signal.service;
    case SignalSummary::Kind::kEdge:
      return subject.kind == Subject::Kind::kEdge && subject.service == signal.service &&
             subject.caller == signal.caller;
  }
  return false;
}

// Retries of a service are those of the edges into it.
bool has_its_retries(const Subject& subject, const SignalSummary& signal) {
  return signal.kind == SignalSummary::Kind::kService && subject.kind == Subject::Kind::kEdge &&
         subject.service == signal.service;
}

class TimeSpans {
 public:
  explicit TimeSpans(const ComparedSide& side) : side_(side) {
    const Instant loaded = proxy::after(proxy::kStart, side.scenario.run.duration);
    const Instant to = std::min({side.verdict.measured.to, side.record.ended, loaded});
    const std::int64_t bucket = side.record.bucket.count();
    const std::int64_t from_ns = proxy::nanoseconds_of(side.verdict.measured.from);
    first_ = static_cast<std::size_t>((from_ns + bucket - 1) / bucket);
    last_ = static_cast<std::size_t>(std::max<std::int64_t>(proxy::nanoseconds_of(to), 0) / bucket);
    const std::size_t buckets = last_ > first_ ? last_ - first_ : 0;
    per_span_ = std::max<std::size_t>(1, (buckets + kMostSpans - 1) / kMostSpans);
    spans_.resize(buckets / per_span_);
    for (TimeSpan& span : spans_) {
      span.length = bucket * static_cast<std::int64_t>(per_span_);
    }
  }

  std::vector<TimeSpan> of(const SignalSummary& signal) {
    for (const Series& series : side_.record.series) {
      if (belongs(series.subject, signal)) {
        add(series.points);
      } else if (has_its_retries(series.subject, signal)) {
        add_retries(series.points);
      }
    }
    for (const ServiceGauges& gauges : side_.record.gauges) {
      if (signal.kind == SignalSummary::Kind::kService && gauges.service == signal.service) {
        for_each(gauges.points, [](TimeSpan& span, const Gauge& gauge) {
          span.utilisation_sum += gauge.utilisation_ppm;
          ++span.gauges;
        });
      }
    }
    return spans_;
  }

 private:
  template <class Item, class Add>
  void for_each(const std::vector<Item>& items, Add&& add) {
    for (std::size_t i = first_; i < std::min(last_, items.size()); ++i) {
      const std::size_t span = (i - first_) / per_span_;
      if (span < spans_.size()) {
        add(spans_[span], items[i]);
      }
    }
  }

  void add(const std::vector<Point>& points) {
    for_each(points, [](TimeSpan& span, const Point& point) {
      const auto weighted = [&point](std::int64_t value) {
        return static_cast<proxy::Uint128>(static_cast<std::uint64_t>(value)) * point.count;
      };
      span.count += point.count;
      span.errors += errors_of(point.outcomes);
      span.retries += point.retries;
      span.latency_sum += static_cast<std::uint64_t>(point.latency_sum);
      span.p50_sum += weighted(point.p50);
      span.p99_sum += weighted(point.p99);
    });
  }

  void add_retries(const std::vector<Point>& points) {
    for_each(points, [](TimeSpan& span, const Point& point) { span.retries += point.retries; });
  }

  const ComparedSide& side_;
  std::size_t first_ = 0, last_ = 0, per_span_ = 1;
  std::vector<TimeSpan> spans_;
};

std::optional<std::int64_t> value_in(const TimeSpan& span, Metric metric) {
  const auto mean = [&span](proxy::Uint128 sum) -> std::optional<std::int64_t> {
    return span.count == 0 ? std::nullopt
                           : std::optional(static_cast<std::int64_t>(sum / span.count));
  };
  if (metric == Metric::kRps) {
    return rate_of(span.count, Duration(span.length));
  }
  if (metric == Metric::kUtilisation) {
    return span.gauges == 0
               ? std::nullopt
               : std::optional(static_cast<std::int64_t>(span.utilisation_sum / span.gauges));
  }
  if (span.count == 0) {
    return std::nullopt;
  }
  if (metric == Metric::kSuccessRate) {
    return share_in_ppm(span.count - span.errors, span.count);
  }
  if (metric == Metric::kErrorRate) {
    return share_in_ppm(span.errors, span.count);
  }
  if (metric == Metric::kRetryRatio) {
    return share_in_ppm(span.retries, span.count);
  }
  return metric == Metric::kMean  ? mean(span.latency_sum)
         : metric == Metric::kP50 ? mean(span.p50_sum)
         : metric == Metric::kP99 ? mean(span.p99_sum)
                                  : std::nullopt;
}

// The figure by seed, in the order of `seeds`; nothing when some run has none.
std::optional<std::vector<std::int64_t>> values_of(const ComparedSide& side,
                                                   const std::vector<std::uint64_t>& seeds,
                                                   const SignalSummary& signal, Metric metric) {
  std::vector<std::int64_t> values;
  for (const RunSummary& run : side.runs) {
    if (!std::binary_search(seeds.begin(), seeds.end(), run.seed)) {
      continue;
    }
    const SignalSummary* mine = find_signal(run, signal.kind, signal.name);
    const auto value = mine == nullptr ? std::nullopt : value_of(*mine, metric);
    if (!value) {
      return std::nullopt;
    }
    values.push_back(*value);
  }
  return values;
}

std::vector<std::uint64_t> seeds_of(const ComparedSide& side) {
  std::vector<std::uint64_t> seeds;
  for (const RunSummary& run : side.runs) {
    seeds.push_back(run.seed);
  }
  std::sort(seeds.begin(), seeds.end());
  return seeds;
}

std::vector<std::int64_t> differences(const std::vector<std::int64_t>& before,
                                      const std::vector<std::int64_t>& after) {
  std::vector<std::int64_t> result;
  for (std::size_t i = 0; i < before.size(); ++i) {
    result.push_back(after[i] - before[i]);
  }
  return result;
}

Uncertainty from_spans(const ComparedSide& before, const ComparedSide& after,
                       const SignalSummary& signal, Metric metric) {
  const auto old = metric_by_span(before, signal, metric);
  const auto now = metric_by_span(after, signal, metric);
  const bool paired = before.record.seed == after.record.seed && old.size() == now.size() &&
                      before.record.bucket == after.record.bucket &&
                      before.verdict.measured.from == after.verdict.measured.from;
  std::vector<std::int64_t> left, right;
  for (std::size_t i = 0; i < std::max(old.size(), now.size()); ++i) {
    const bool in_old = i < old.size() && old[i].has_value();
    const bool in_now = i < now.size() && now[i].has_value();
    if (in_old && (in_now || !paired)) {
      left.push_back(*old[i]);
    }
    if (in_now && (in_old || !paired)) {
      right.push_back(*now[i]);
    }
  }
  if (paired) {
    return {.half_width = mean_half_width(differences(left, right)), .pairing = Pairing::kBuckets};
  }
  return {.half_width = unpaired_half_width(left, right), .pairing = Pairing::kUnpairedBuckets};
}

}  // namespace

const SignalSummary* find_signal(const RunSummary& run, SignalSummary::Kind kind,
                                 const std::string& name) {
  const auto found = std::find_if(
      run.signals.begin(), run.signals.end(),
      [&](const SignalSummary& signal) { return signal.kind == kind && signal.name == name; });
  return found == run.signals.end() ? nullptr : &*found;
}

std::vector<std::uint64_t> common_seeds(const ComparedSide& before, const ComparedSide& after) {
  const std::vector<std::uint64_t> old = seeds_of(before);
  const std::vector<std::uint64_t> now = seeds_of(after);
  std::vector<std::uint64_t> both;
  std::set_intersection(old.begin(), old.end(), now.begin(), now.end(), std::back_inserter(both));
  return both;
}

std::vector<std::optional<std::int64_t>> metric_by_span(const ComparedSide& side,
                                                        const SignalSummary& signal,
                                                        Metric metric) {
  std::vector<std::optional<std::int64_t>> values;
  const SignalSummary* mine = find_signal(side.runs.front(), signal.kind, signal.name);
  if (mine == nullptr) {
    return values;
  }
  for (const TimeSpan& span : TimeSpans(side).of(*mine)) {
    values.push_back(value_in(span, metric));
  }
  return values;
}

Uncertainty uncertainty_of(const ComparedSide& before, const ComparedSide& after,
                           const SignalSummary& signal, Metric metric) {
  const std::vector<std::uint64_t> common = common_seeds(before, after);
  if (common.size() >= kFewestRuns) {
    const auto old = values_of(before, common, signal, metric);
    const auto now = values_of(after, common, signal, metric);
    if (!old || !now) {
      return {};
    }
    return {.half_width = mean_half_width(differences(*old, *now)), .pairing = Pairing::kSeeds};
  }
  if (std::min(before.runs.size(), after.runs.size()) >= kFewestRuns) {
    const auto old = values_of(before, seeds_of(before), signal, metric);
    const auto now = values_of(after, seeds_of(after), signal, metric);
    if (!old || !now) {
      return {};
    }
    return {.half_width = unpaired_half_width(*old, *now), .pairing = Pairing::kUnpairedRuns};
  }
  return from_spans(before, after, signal, metric);
}

}  // namespace shaketable::engine
