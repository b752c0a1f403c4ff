#pragma once

#include <cstdint>
#include <vector>

#include "proxy/base/time.h"

/// How Flagger and Argo Rollouts move a canary forward and take it back, as state machines without
/// a clock: feed them the results of checks.
namespace shaketable::engine {

/// Flagger's progress of weights. A passing check moves the canary to the next weight; failing
/// checks are counted over the whole rollout and never forgiven.
class FlaggerRollout {
 public:
  enum class State : std::uint8_t { kProgressing, kPromoted, kRolledBack };
  struct Config {
    std::vector<std::int64_t> step_weights;  ///< Percent; each is held for one passing check.
    std::uint32_t threshold = 5;             ///< Failed checks at which it rolls back.
  };
  /// `step_weight`, `2 x step_weight` ... up to `max_weight`, as Flagger's maxWeight / stepWeight.
  [[nodiscard]] static std::vector<std::int64_t> linear_weights(std::int64_t max_weight,
                                                                std::int64_t step_weight);

  explicit FlaggerRollout(Config config);

  /// Ignored once the rollout has ended.
  void on_check(bool passed);

  [[nodiscard]] State state() const { return state_; }
  /// Weight of the canary now: 0 after a roll-back, 100 after the promotion.
  [[nodiscard]] std::int64_t weight() const;
  [[nodiscard]] std::uint32_t failed_checks() const { return failed_; }

 private:
  Config config_;
  State state_ = State::kProgressing;
  std::size_t step_ = 0;
  std::uint32_t failed_ = 0;
};

/// Flagger's request-success-rate: true when at least `threshold_ppm` of the requests succeeded.
/// Without requests there is nothing to check: false, Flagger halts the advancement.
[[nodiscard]] bool flagger_check(std::uint64_t requests, std::uint64_t errors,
                                 std::int64_t threshold_ppm);

/// One metric of an Argo AnalysisRun: measurements are good or bad.
class ArgoAnalysis {
 public:
  /// Fails with the first failure beyond `failure_limit` (0 allows none).
  explicit ArgoAnalysis(std::uint32_t failure_limit) : failure_limit_(failure_limit) {}

  void on_measurement(bool good) { failed_ += good ? 0 : 1; }
  [[nodiscard]] bool has_failed() const { return failed_ > failure_limit_; }
  [[nodiscard]] std::uint32_t failures() const { return failed_; }

 private:
  std::uint32_t failure_limit_;
  std::uint32_t failed_ = 0;
};

/// Replicas of one ReplicaSet: wanted, and ready.
struct ArgoReplicas {
  std::int64_t spec = 0, available = 0;
};
struct ArgoCounts {
  std::int64_t stable = 0, canary = 0;
};
struct ArgoStep {
  std::int64_t replicas = 0;    ///< Of the rollout.
  std::int64_t set_weight = 0;  ///< Percent.
  std::int64_t max_surge = 0, max_unavailable = 0;
  ArgoReplicas stable, canary;
};
/// Argo's next step towards a weight by replica counts (no traffic routing): to the counts nearest
/// to the weight, the stable side grows first, nothing shrinks below replicas - max_unavailable.
[[nodiscard]] ArgoCounts argo_next_counts(const ArgoStep& step);

}  // namespace shaketable::engine
