#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/record/run_record.h"
#include "proxy/base/time.h"

namespace shaketable::reports {

/// Label names are ours, values anybody's.
using Labels = std::vector<std::pair<std::string_view, std::string>>;

enum class MetricKind : std::uint8_t { kCounter, kGauge, kHistogram };

/// Upper bounds of Istio's request duration buckets, in thousandths of a millisecond.
inline constexpr std::array<std::int64_t, 19> kDurationBoundsUs = {
    500,        1'000,       5'000,       10'000,        25'000,       50'000,     100'000,
    250'000,    500'000,     1'000'000,   2'500'000,     5'000'000,    10'000'000, 30'000'000,
    60'000'000, 300'000'000, 600'000'000, 1'800'000'000, 3'600'000'000};

/// Writes families of metrics in one of the two text formats. Samples are given as one value for
/// each bucket of the run; the Prometheus format has the last of them alone.
class MetricsText {
 public:
  /// `times`: the ends of the buckets.
  MetricsText(bool is_openmetrics, std::vector<proxy::Instant> times);

  [[nodiscard]] bool is_openmetrics() const { return is_openmetrics_; }
  [[nodiscard]] std::size_t buckets() const { return times_.size(); }

  /// All samples of a family follow its head.
  void begin(std::string_view name, MetricKind kind, std::string_view help);
  /// Counters and gauges; `values` has `buckets()` entries, each divided by `divisor`.
  void add(const Labels& labels, const std::vector<std::uint64_t>& values,
           std::uint64_t divisor = 1);
  /// The latencies of a series in milliseconds.
  void add_durations(const Labels& labels, const engine::Series& series);

  [[nodiscard]] std::string take();

 private:
  void sample(std::string_view suffix, const std::string& labels, std::size_t bucket,
              const std::string& value);
  void add_exact_durations(const Labels& labels, const engine::Series& series);

  bool is_openmetrics_;
  std::vector<proxy::Instant> times_;
  std::string name_;
  std::string out_;
};

/// "{a="1",b="2"}", escaped.
[[nodiscard]] std::string labels_text(const Labels& labels);

/// How many of the answers of `point` took at most `bound`, from its quantiles.
[[nodiscard]] std::uint64_t count_at_most(const engine::Point& point, std::int64_t bound_ns);

}  // namespace shaketable::reports
