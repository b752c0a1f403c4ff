#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

/// What a service was at its worst. Reports show a state by word and shape, never by colour alone.
enum class ServiceState : std::uint8_t {
  kNoData,    ///< No request reached it.
  kHealthy,   ///< It never left its normal state.
  kDegraded,  ///< Slower than normal, or more errors than normal.
  kFailing,   ///< At least half of the requests of some bucket failed.
  kDown,      ///< At some moment no instance was up.
};

[[nodiscard]] const char* name_of(ServiceState state);

/// A stretch of time outside the normal state.
struct Episode {
  Instant from{};
  Instant to = proxy::kNever;  ///< kNever: not back when the run ended.
  bool by_errors = false;
  bool by_latency = false;
  bool by_stall = false;  ///< Requests went in and hardly any answer came out.
  std::int64_t worst_error_ppm = 0;
  std::int64_t worst_p99 = 0;            ///< ns
  std::uint64_t worst_inside_milli = 0;  ///< Thousandths of a request inside while stalled.
};

/// What is normal for a subject.
struct Baseline {
  bool known = false;  ///< False when nothing ran before the first fault.
  std::int64_t error_ppm = 0;
  std::int64_t p99 = 0;     ///< ns; the value that 90 % of the baseline's buckets stay below.
  std::uint64_t count = 0;  ///< Answers in a bucket, on average.
  std::uint64_t inside_milli = 0;  ///< Thousandths of a request inside, on average.
};

/// Limits that follow from a baseline: above them a bucket is outside the normal state.
struct Limits {
  std::int64_t error_ppm = 0;
  std::int64_t p99 = 0;                  ///< INT64_MAX when latency cannot be judged.
  std::uint64_t stall_count = 0;         ///< At most so many answers ...
  std::uint64_t stall_inside_milli = 0;  ///< ... while at least so much is inside: a stall.
};
[[nodiscard]] Limits limits_of(const Baseline& baseline);

/// Health of one subject over a run.
///
/// Normal is what the subject did before the first fault (after the warm-up, or from the start when
/// that leaves less than three buckets); without faults, in the first fifth of the measured run.
/// A bucket is outside when more than max(1 %, 3 x baseline) of its requests failed, or its p99 is
/// above twice the baseline and at least 1 ms above it, or when less than a tenth of the baseline's
/// answers came out while twice as much as then was inside (a service that hangs gives no errors).
/// Two such buckets in a row with at least three errors (or ten slow answers' worth of requests)
/// begin an episode; two good buckets in a row end it; buckets without requests decide nothing. A
/// service is looked at from its own inbound side and from that of its callers, because a dead
/// service counts nothing itself.
struct ServiceHealth {
  ServiceIndex service = kNone;
  Baseline baseline;
  std::vector<Episode> episodes;

  [[nodiscard]] bool left() const { return !episodes.empty(); }
  [[nodiscard]] bool is_back() const {
    return episodes.empty() || episodes.back().to != proxy::kNever;
  }
};

/// One bucket as health sees it.
struct HealthSample {
  std::uint64_t count = 0;
  std::uint64_t errors = 0;
  std::int64_t p99 = 0;
  std::uint64_t inside_milli = 0;  ///< Mean number of requests inside, thousandths.
};

/// One point of view on a subject: errors always count, latency only where `has_latency`.
struct HealthView {
  std::vector<HealthSample> samples;  ///< One per bucket from the start of the run.
  bool has_latency = true;
};

/// Where baseline and watch lie, in buckets; watch is [baseline_to, buckets).
struct HealthSpan {
  std::size_t baseline_from = 0;
  std::size_t baseline_to = 0;
  bool known = false;
};
[[nodiscard]] HealthSpan health_span(const Scenario& scenario, const RunRecord& record);

/// The view of one series.
[[nodiscard]] HealthView view_of(const Series& series, bool has_latency);

/// Health of whatever `views` show. `bucket` is the length of a bucket.
[[nodiscard]] ServiceHealth health_of(const std::vector<HealthView>& views, const HealthSpan& span,
                                      Duration bucket);

/// Health of every service, by index.
[[nodiscard]] std::vector<ServiceHealth> health_of_services(const Scenario& scenario,
                                                            const RunRecord& record);

/// Requests of a point or a window that failed: everything but statuses below 500.
[[nodiscard]] std::uint64_t errors_of(const std::array<std::uint64_t, kOutcomes>& outcomes);

}  // namespace shaketable::engine
