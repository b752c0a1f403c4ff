#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Kayenta's judge (NetflixACAJudge): each metric of the canary against that of the baseline by
/// the Mann-Whitney test, the classes weighed into a score, the score into a verdict. On integers.
namespace shaketable::engine {

enum class MetricClass : std::uint8_t { kPass, kHigh, kLow, kNoData };
[[nodiscard]] const char* name_of(MetricClass metric_class);

/// Which way a metric must not move.
enum class Direction : std::uint8_t { kIncrease, kDecrease, kEither };

/// What the Mann-Whitney test says of two samples.
struct MannWhitney {
  std::int64_t low = 0, high = 0;  ///< Confidence interval of the shift of experiment over control.
  /// The shift: median of all differences (Hodges-Lehmann), the lower one of two.
  std::int64_t estimate = 0;
};

/// Normal approximation with corrections for ties and continuity, as R's wilcox.test does; the
/// interval's ends are differences of two values. `z_micro` is the normal quantile of the
/// confidence, in millionths: 2,326,348 for 98 %. Both samples must have values.
/// Cost: n x m differences, sorted; give it at most a few thousand buckets.
[[nodiscard]] MannWhitney mann_whitney(const std::vector<std::int64_t>& experiment,
                                       const std::vector<std::int64_t>& control,
                                       std::int64_t z_micro);

struct KayentaConfig {
  std::int64_t tolerance_ppm = 250'000;  ///< Of the shift, that the interval must leave behind.
  std::int64_t z_micro = 2'326'348;      ///< 98 % confidence.
  std::int64_t effect_increase_ppm = 1'000'000;  ///< High only if the mean ratio is at least ...
  std::int64_t effect_decrease_ppm = 1'000'000;  ///< Low only if it is at most ...
};

/// Class of one metric. No data when a sample is empty.
[[nodiscard]] MetricClass classify(const std::vector<std::int64_t>& experiment,
                                   const std::vector<std::int64_t>& control, Direction direction,
                                   const KayentaConfig& config);

/// Mean of `experiment` over mean of `control` in ppm; 1,000,000 when the latter is zero.
[[nodiscard]] std::int64_t mean_ratio_ppm(const std::vector<std::int64_t>& experiment,
                                          const std::vector<std::int64_t>& control);

struct JudgedMetric {
  std::string group;
  MetricClass metric_class = MetricClass::kPass;
  bool critical = false;  ///< When it does not pass, or has no data, the score is 0.
};
struct GroupWeight {
  std::string group;
  std::int64_t percent = 0;
};

/// The weighted sum, in millionths of a percent: 100,000,000 is perfect. A group scores the share
/// of its metrics with data that pass; groups without data do not count, and those without a weight
/// share what the others leave of 100. Nothing at all to judge scores 0.
[[nodiscard]] std::int64_t kayenta_score(const std::vector<JudgedMetric>& metrics,
                                         const std::vector<GroupWeight>& weights);

enum class ScoreClass : std::uint8_t { kPass, kMarginal, kFail };
[[nodiscard]] const char* name_of(ScoreClass score_class);
/// Thresholds in percent, the score as above.
[[nodiscard]] ScoreClass classify_score(std::int64_t score, std::int64_t pass,
                                        std::int64_t marginal);

}  // namespace shaketable::engine
