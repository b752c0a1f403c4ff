#include "engine/judge/health.h"

#include <algorithm>
#include <limits>

#include "engine/record/windows.h"

namespace shaketable::engine {
namespace {

constexpr std::int64_t kAllPpm = 1'000'000;
constexpr std::int64_t kErrorFloorPpm = 10'000;  // 1 %
constexpr std::int64_t kErrorFactor = 3;
constexpr std::int64_t kLatencyFactor = 2;
constexpr std::int64_t kLatencySlack = 1'000'000;  // 1 ms
constexpr std::size_t kBucketsInARow = 2;
constexpr std::uint64_t kStallShare = 10;           // A tenth of the normal answers ...
constexpr std::uint64_t kStallFactor = 2;           // ... with twice the normal number inside,
constexpr std::uint64_t kLeastInsideMilli = 1'000;  // ... and at least one request.
constexpr std::uint64_t kLeastErrors = 3;
constexpr std::uint64_t kLeastAnswers = 10;
constexpr std::size_t kLeastBaseline = 3;  // buckets

std::int64_t share_ppm(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<std::int64_t>(static_cast<__int128>(part) * kAllPpm / whole);
}

Baseline baseline_of(const HealthView& view, const HealthSpan& span) {
  std::uint64_t count = 0;
  std::uint64_t errors = 0;
  std::uint64_t inside_milli = 0;
  std::vector<std::int64_t> p99;
  const std::size_t to = std::min(span.baseline_to, view.samples.size());
  for (std::size_t i = span.baseline_from; i < to; ++i) {
    const HealthSample& sample = view.samples[i];
    count += sample.count;
    errors += sample.errors;
    inside_milli += sample.inside_milli;
    if (sample.count > 0) {
      p99.push_back(sample.p99);
    }
  }
  if (!span.known || count == 0) {
    return {};
  }
  const std::size_t rank = (p99.size() * 9 + 9) / 10 - 1;
  std::nth_element(p99.begin(), p99.begin() + static_cast<std::ptrdiff_t>(rank), p99.end());
  const std::uint64_t buckets = to - span.baseline_from;
  return {.known = true,
          .error_ppm = share_ppm(errors, count),
          .p99 = p99[rank],
          .count = count / buckets,
          .inside_milli = inside_milli / buckets};
}

// What all views say about one bucket together.
struct BucketState {
  bool empty = true;
  bool by_errors = false;
  bool by_latency = false;
  bool by_stall = false;
  std::uint64_t count = 0;
  std::uint64_t errors = 0;
  std::int64_t error_ppm = 0;
  std::int64_t p99 = 0;
  std::uint64_t inside_milli = 0;

  [[nodiscard]] bool bad() const { return by_errors || by_latency || by_stall; }
};

bool is_stalled(const HealthSample& sample, const Limits& limits) {
  return limits.stall_inside_milli > 0 && sample.count <= limits.stall_count &&
         sample.inside_milli >= limits.stall_inside_milli;
}

BucketState look_at(const std::vector<HealthView>& views, const std::vector<Limits>& limits,
                    std::size_t bucket) {
  BucketState state;
  for (std::size_t v = 0; v < views.size(); ++v) {
    if (bucket >= views[v].samples.size()) {
      continue;
    }
    const HealthSample& sample = views[v].samples[bucket];
    if (is_stalled(sample, limits[v])) {
      state.empty = false;
      state.by_stall = true;
      state.inside_milli = std::max(state.inside_milli, sample.inside_milli);
    }
    if (sample.count == 0) {
      continue;
    }
    const std::int64_t error_ppm = share_ppm(sample.errors, sample.count);
    state.empty = false;
    state.by_errors |= error_ppm > limits[v].error_ppm;
    state.count = std::max(state.count, sample.count);
    state.errors = std::max(state.errors, sample.errors);
    state.error_ppm = std::max(state.error_ppm, error_ppm);
    if (views[v].has_latency) {
      state.by_latency |= sample.p99 > limits[v].p99;
      state.p99 = std::max(state.p99, sample.p99);
    }
  }
  return state;
}

// Finds episodes bucket by bucket. Runs of good and bad buckets are held back until they are long
// enough to believe.
class EpisodeFinder {
 public:
  explicit EpisodeFinder(Duration bucket) : bucket_(bucket) {}

  void add(std::size_t index, const BucketState& state) {
    if (state.empty) {
      return;
    }
    if (inside_) {
      add_inside(index, state);
    } else {
      add_outside(index, state);
    }
  }

  // One good bucket is enough when it is the last that there is.
  std::vector<Episode> finish() {
    if (inside_ && run_ > 0) {
      episodes_.back().to = start_of(run_start_);
    }
    return std::move(episodes_);
  }

 private:
  void add_outside(std::size_t index, const BucketState& state) {
    if (!state.bad()) {
      run_ = 0;
      return;
    }
    if (run_ == 0) {
      run_start_ = index;
      run_errors_ = 0;
      run_answers_ = 0;
      pending_ = Episode{.from = start_of(index)};
    }
    ++run_;
    run_errors_ += state.by_errors ? state.errors : 0;
    run_answers_ += state.by_latency ? state.count : 0;
    run_answers_ += state.by_stall ? kLeastAnswers : 0;
    worsen(pending_, state);
    if (run_ >= kBucketsInARow && (run_errors_ >= kLeastErrors || run_answers_ >= kLeastAnswers)) {
      episodes_.push_back(pending_);
      inside_ = true;
      run_ = 0;
    }
  }

  void add_inside(std::size_t index, const BucketState& state) {
    if (state.bad()) {
      run_ = 0;
      worsen(episodes_.back(), state);
      return;
    }
    if (run_ == 0) {
      run_start_ = index;
    }
    if (++run_ >= kBucketsInARow) {
      episodes_.back().to = start_of(run_start_);
      inside_ = false;
      run_ = 0;
    }
  }

  static void worsen(Episode& episode, const BucketState& state) {
    episode.by_errors |= state.by_errors;
    episode.by_latency |= state.by_latency;
    episode.by_stall |= state.by_stall;
    episode.worst_inside_milli = std::max(episode.worst_inside_milli, state.inside_milli);
    episode.worst_error_ppm = std::max(episode.worst_error_ppm, state.error_ppm);
    episode.worst_p99 = std::max(episode.worst_p99, state.p99);
  }

  [[nodiscard]] Instant start_of(std::size_t index) const {
    return proxy::kStart + bucket_ * static_cast<std::int64_t>(index);
  }

  Duration bucket_;
  bool inside_ = false;
  std::size_t run_ = 0;  // Bad buckets in a row when outside an episode, good ones inside.
  std::size_t run_start_ = 0;
  std::uint64_t run_errors_ = 0;
  std::uint64_t run_answers_ = 0;
  Episode pending_;
  std::vector<Episode> episodes_;
};

std::size_t bucket_at(Instant at, Duration bucket, bool round_up) {
  const std::int64_t length = std::max<std::int64_t>(bucket.count(), 1);
  const std::int64_t ns = std::max<std::int64_t>(proxy::nanoseconds_of(at), 0);
  return static_cast<std::size_t>(round_up && ns % length != 0 ? ns / length + 1 : ns / length);
}

}  // namespace

const char* name_of(ServiceState state) {
  switch (state) {
    case ServiceState::kNoData:
      return "no data";
    case ServiceState::kHealthy:
      return "healthy";
    case ServiceState::kDegraded:
      return "degraded";
    case ServiceState::kFailing:
      return "failing";
    case ServiceState::kDown:
      return "down";
  }
  return "";
}

std::uint64_t errors_of(const std::array<std::uint64_t, kOutcomes>& outcomes) {
  std::uint64_t errors = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto outcome = static_cast<Outcome>(i);
    errors += outcome == Outcome::kOk || outcome == Outcome::kClientError ? 0 : outcomes[i];
  }
  return errors;
}

Limits limits_of(const Baseline& baseline) {
  if (!baseline.known) {
    return {.error_ppm = kErrorFloorPpm, .p99 = std::numeric_limits<std::int64_t>::max()};
  }
  const bool steady = baseline.count >= kStallShare;  // Too few answers: an empty bucket is normal.
  return {.error_ppm = std::max(kErrorFloorPpm, kErrorFactor * baseline.error_ppm),
          .p99 = std::max(baseline.p99 * kLatencyFactor, baseline.p99 + kLatencySlack),
          .stall_count = baseline.count / kStallShare,
          .stall_inside_milli =
              steady ? std::max(kStallFactor * baseline.inside_milli, kLeastInsideMilli) : 0};
}

HealthSpan health_span(const Scenario& scenario, const RunRecord& record) {
  const Window measured = measured_window(scenario.run);
  HealthSpan span;
  span.baseline_from = bucket_at(measured.from, record.bucket, true);
  if (scenario.faults.empty()) {
    const std::size_t end = bucket_at(measured.to, record.bucket, false);
    const std::size_t fifth = end > span.baseline_from ? (end - span.baseline_from) / 5 : 0;
    span.baseline_to = span.baseline_from + std::max(fifth, kLeastBaseline);
    span.known = span.baseline_to < end;
    return span;
  }
  Instant first = proxy::kNever;
  for (const Fault& fault : scenario.faults) {
    first = std::min(first, fault.at);
  }
  span.baseline_to = bucket_at(first, record.bucket, false);
  if (span.baseline_to < span.baseline_from + kLeastBaseline) {
    span.baseline_from = 0;
  }
  span.known = span.baseline_to >= kLeastBaseline;
  return span;
}

HealthView view_of(const Series& series, bool has_latency) {
  HealthView view;
  view.has_latency = has_latency;
  view.samples.reserve(series.points.size());
  for (const Point& point : series.points) {
    view.samples.push_back(
        {.count = point.count, .errors = errors_of(point.outcomes), .p99 = point.p99});
  }
  return view;
}

ServiceHealth health_of(const std::vector<HealthView>& views, const HealthSpan& span,
                        Duration bucket) {
  ServiceHealth health;
  std::vector<Limits> limits;
  std::size_t buckets = 0;
  for (const HealthView& view : views) {
    const Baseline baseline = baseline_of(view, span);
    limits.push_back(limits_of(baseline));
    buckets = std::max(buckets, view.samples.size());
    if (limits.size() == 1) {
      health.baseline = baseline;
    }
  }
  EpisodeFinder finder(bucket);
  for (std::size_t i = span.baseline_to; i < buckets; ++i) {
    finder.add(i, look_at(views, limits, i));
  }
  health.episodes = finder.finish();
  return health;
}

}  // namespace shaketable::engine
