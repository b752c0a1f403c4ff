#pragma once

#include <cstdint>
#include <vector>

#include "proxy/base/time.h"

/// What the judges of canary tools are asked for: `canary:` of a scenario. The defaults are those
/// that the documents of the tools start from.
namespace shaketable::engine {

struct KayentaSettings {
  std::int64_t pass = 95;                 ///< Score, of 100, from which a canary passes.
  std::int64_t marginal = 75;             ///< Score from which it is marginal; at most `pass`.
  std::int64_t confidence_ppm = 980'000;  ///< Of the Mann-Whitney test; above 0, below all.
  std::int64_t tolerance_ppm = 250'000;   ///< Of the shift, that the interval must leave behind.
  std::int64_t effect_ppm = 1'000'000;    ///< Ratio of the means from which a metric is High.
  std::int64_t errors_weight = 50;        ///< Percent of the score.
  std::int64_t latency_weight = 50;
  bool errors_critical = false;  ///< When it does not pass, the score is 0.
  bool latency_critical = false;
};

struct FlaggerSettings {
  std::uint32_t threshold = 5;                           ///< Failed checks at which it rolls back.
  std::int64_t success_ppm = 990'000;                    ///< request-success-rate: at least.
  proxy::Duration p99 = std::chrono::milliseconds(500);  ///< request-duration: at most.
  std::int64_t max_weight = 50;                          ///< Percent.
  std::int64_t step_weight = 5;                          ///< Percent; at most `max_weight`.
  std::vector<std::int64_t> step_weights;  ///< Percent; instead of the two before, when not empty.
};

struct ArgoSettings {
  std::uint32_t failure_limit = 3;     ///< Fails with the first failure beyond.
  std::int64_t success_ppm = 950'000;  ///< successCondition: at least.
  proxy::Duration p99{0};              ///< ... and at most; 0 = not looked at.
};

struct CanarySettings {
  /// Time between two checks of Flagger and Argo; 0 = ten buckets of the run. Made of whole
  /// buckets, at least one.
  proxy::Duration interval{0};
  KayentaSettings kayenta;
  FlaggerSettings flagger;
  ArgoSettings argo;
};

}  // namespace shaketable::engine
