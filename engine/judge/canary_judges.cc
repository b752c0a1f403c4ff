#include "engine/judge/canary_judges.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/judge/health.h"
#include "engine/judge/kayenta.h"
#include "engine/judge/metrics.h"
#include "engine/judge/rollout.h"
#include "engine/judge/units.h"
#include "engine/record/windows.h"
#include "proxy/base/portable_math.h"

namespace shaketable::engine {
namespace {

constexpr std::size_t kLeastSamples = 10;    // Buckets with requests of both versions.
constexpr std::size_t kMostSamples = 1'000;  // The test compares each with each.
constexpr std::size_t kUsualCheck = 10;      // Buckets, where the scenario says nothing.

// Quantile of the normal distribution at the end of a two-sided interval, in millionths; the same
// on every machine (see portable_math.h).
std::int64_t quantile_micro(std::int64_t confidence_ppm) {
  const double tail = static_cast<double>(1'000'000 - confidence_ppm) / 2'000'000.0;
  return static_cast<std::int64_t>(-proxy::normal_quantile(tail) * 1'000'000.0 + 0.5);
}

struct Samples {
  std::vector<std::int64_t> errors, p99;
};

// What one check sees.
struct Check {
  Instant at{};
  std::uint64_t requests = 0, errors = 0;
  std::int64_t p99 = 0;
};

class Judges {
 public:
  Judges(const Scenario& scenario, const RunRecord& record, CanaryAnalysis& canary,
         VersionIndex version, const std::vector<const Series*>& series)
      : settings_(scenario.canary),
        record_(record),
        canary_(canary),
        version_(version),
        name_(scenario.mesh.services[canary.service].versions[version].name),
        canary_points_(series[version]->points),
        baseline_points_(series[canary.baseline]->points) {
    const Instant until = std::min(record.ended, canary.rolled_back);
    const std::int64_t length = std::max<std::int64_t>(record.bucket.count(), 1);
    const auto bucket = [length](Instant at) {
      return static_cast<std::size_t>(proxy::nanoseconds_of(at) / length);
    };
    first_ = bucket(measured_window(scenario.run).from);
    last_ = std::min({bucket(until), canary_points_.size(), baseline_points_.size()});
    if (settings_.interval.count() > 0) {
      check_ = static_cast<std::size_t>(
          std::max<std::int64_t>((settings_.interval.count() + length / 2) / length, 1));
    }
  }

  void ask() {
    ask_kayenta();
    const std::vector<Check> checks = take_checks();
    ask_flagger(checks);
    ask_argo(checks);
  }

 private:
  [[nodiscard]] CanaryOpinion opinion_of(CanaryJudge judge) const {
    return {.judge = judge, .version = version_};
  }

  void ask_kayenta() {
    Samples canary, baseline;
    std::size_t both = 0;
    for (std::size_t i = first_; i < last_; ++i) {
      both += canary_points_[i].count > 0 && baseline_points_[i].count > 0 ? 1 : 0;
    }
    const std::size_t stride = both / kMostSamples + 1;
    std::size_t nth = 0;
    for (std::size_t i = first_; i < last_; ++i) {
      if (canary_points_[i].count == 0 || baseline_points_[i].count == 0 || nth++ % stride != 0) {
        continue;
      }
      add(canary_points_[i], canary);
      add(baseline_points_[i], baseline);
    }
    CanaryOpinion opinion = opinion_of(CanaryJudge::kKayenta);
    opinion.known = canary.errors.size() >= kLeastSamples;
    if (opinion.known) {
      score(canary, baseline, opinion);
    } else {
      opinion.text = "Kayenta on " + name_ + ": too few buckets with requests of both versions";
    }
    canary_.opinions.push_back(std::move(opinion));
  }

  void score(const Samples& canary, const Samples& baseline, CanaryOpinion& opinion) const {
    const KayentaSettings& asked = settings_.kayenta;
    const KayentaConfig config{.tolerance_ppm = asked.tolerance_ppm,
                               .z_micro = quantile_micro(asked.confidence_ppm),
                               .effect_increase_ppm = asked.effect_ppm};
    const MetricClass errors =
        classify(canary.errors, baseline.errors, Direction::kIncrease, config);
    const MetricClass p99 = classify(canary.p99, baseline.p99, Direction::kIncrease, config);
    opinion.score_ppm = kayenta_score(
        {{"errors", errors, asked.errors_critical}, {"latency", p99, asked.latency_critical}},
        {{"errors", asked.errors_weight}, {"latency", asked.latency_weight}});
    const ScoreClass result = classify_score(opinion.score_ppm, asked.pass, asked.marginal);
    opinion.passed = result == ScoreClass::kPass;
    opinion.text = "Kayenta on " + name_ + ": " + name_of(result) + ", score " +
                   format_millionths(opinion.score_ppm, 0) + " of 100 (error rate " +
                   name_of(errors) + (asked.errors_critical ? ", critical" : "") + ", p99 " +
                   name_of(p99) + (asked.latency_critical ? ", critical" : "") +
                   "; Mann-Whitney, " + format_ppm(asked.confidence_ppm) + " confidence, pass " +
                   std::to_string(asked.pass) + ", marginal " + std::to_string(asked.marginal) +
                   ")";
  }

  static void add(const Point& point, Samples& samples) {
    samples.errors.push_back(share_in_ppm(errors_of(point.outcomes), point.count));
    samples.p99.push_back(point.p99);
  }

  // From the version's first request on; windows without requests are checks, too.
  [[nodiscard]] std::vector<Check> take_checks() const {
    std::vector<Check> checks;
    std::size_t from = first_;
    while (from < last_ && canary_points_[from].count == 0) {
      ++from;
    }
    for (; from + check_ <= last_; from += check_) {
      Check check;
      for (std::size_t i = from; i < from + check_; ++i) {
        check.requests += canary_points_[i].count;
        check.errors += errors_of(canary_points_[i].outcomes);
        check.p99 = std::max(check.p99, canary_points_[i].p99);
      }
      check.at = proxy::kStart + record_.bucket * static_cast<std::int64_t>(from + check_);
      checks.push_back(check);
    }
    return checks;
  }

  void ask_flagger(const std::vector<Check>& checks) {
    const FlaggerSettings& asked = settings_.flagger;
    CanaryOpinion opinion = opinion_of(CanaryJudge::kFlagger);
    opinion.known = !checks.empty();
    FlaggerRollout rollout({asked.step_weights.empty() ? FlaggerRollout::linear_weights(
                                                             asked.max_weight, asked.step_weight)
                                                       : asked.step_weights,
                            asked.threshold});
    for (const Check& check : checks) {
      rollout.on_check(flagger_check(check.requests, check.errors, asked.success_ppm) &&
                       check.p99 <= asked.p99.count());
      if (rollout.state() == FlaggerRollout::State::kRolledBack &&
          opinion.decided == proxy::kNever) {
        opinion.decided = check.at;
      } else if (rollout.state() == FlaggerRollout::State::kPromoted &&
                 opinion.promoted == proxy::kNever) {
        opinion.promoted = check.at;
      }
    }
    opinion.passed = opinion.known && opinion.decided == proxy::kNever;
    tell("Flagger",
         "success >= " + format_ppm(asked.success_ppm) + ", p99 <= " + format_duration(asked.p99) +
             ", threshold " + std::to_string(asked.threshold),
         rollout.failed_checks(), checks.size(), opinion);
  }

  void ask_argo(const std::vector<Check>& checks) {
    const ArgoSettings& asked = settings_.argo;
    const bool asks_p99 = asked.p99.count() > 0;
    CanaryOpinion opinion = opinion_of(CanaryJudge::kArgo);
    opinion.known = !checks.empty();
    ArgoAnalysis analysis(asked.failure_limit);
    for (const Check& check : checks) {
      analysis.on_measurement(flagger_check(check.requests, check.errors, asked.success_ppm) &&
                              (!asks_p99 || check.p99 <= asked.p99.count()));
      if (analysis.has_failed() && opinion.decided == proxy::kNever) {
        opinion.decided = check.at;
      }
    }
    opinion.passed = opinion.known && !analysis.has_failed();
    tell("Argo",
         "success >= " + format_ppm(asked.success_ppm) +
             (asks_p99 ? ", p99 <= " + format_duration(asked.p99) : std::string()) +
             ", failureLimit " + std::to_string(asked.failure_limit),
         analysis.failures(), checks.size(), opinion);
  }

  void tell(const char* who, const std::string& rule, std::uint32_t failed, std::size_t checks,
            CanaryOpinion& opinion) {
    opinion.text = std::string(who) + " on " + name_ + ": ";
    if (!opinion.known) {
      opinion.text += "too short for a check";
    } else {
      opinion.text += !opinion.passed ? "would roll back at " + format_instant(opinion.decided)
                      : opinion.promoted != proxy::kNever
                          ? "would promote it at " + format_instant(opinion.promoted)
                          : std::string("would go on");
      opinion.text += ", " + std::to_string(failed) + " of " + std::to_string(checks) +
                      " checks failed (one each " +
                      format_duration(record_.bucket * static_cast<std::int64_t>(check_)) + "; " +
                      rule + ")";
    }
    canary_.opinions.push_back(std::move(opinion));
  }

  const CanarySettings& settings_;
  const RunRecord& record_;
  CanaryAnalysis& canary_;
  VersionIndex version_;
  std::string name_;
  const std::vector<Point>& canary_points_;
  const std::vector<Point>& baseline_points_;
  std::size_t first_ = 0, last_ = 0;
  std::size_t check_ = kUsualCheck;  // Buckets that a check looks at.
};

}  // namespace

void judge_version(const Scenario& scenario, const RunRecord& record, CanaryAnalysis& canary,
                   VersionIndex version, const std::vector<const Series*>& series) {
  if (series[version] != nullptr && series[canary.baseline] != nullptr) {
    Judges(scenario, record, canary, version, series).ask();
  }
}

}  // namespace shaketable::engine
