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

namespace shaketable::engine {
namespace {

constexpr std::size_t kLeastSamples = 10;    // Buckets with requests of both versions.
constexpr std::size_t kMostSamples = 1'000;  // The test compares each with each.
constexpr std::int64_t kPass = 95, kMarginal = 75;
constexpr std::size_t kCheckBuckets = 10;        // A check looks at so many.
constexpr std::int64_t kLeastSuccess = 990'000;  // ppm; Flagger's first example
constexpr std::int64_t kMostP99 = 500'000'000;   // ns; the same
constexpr std::uint32_t kFlaggerThreshold = 5;
constexpr std::int64_t kArgoSuccess = 950'000;  // ppm; Argo's first example
constexpr std::uint32_t kArgoFailureLimit = 3;

struct Samples {
  std::vector<std::int64_t> errors, p99;
};

// What one check of `kCheckBuckets` sees.
struct Check {
  Instant at{};
  std::uint64_t requests = 0, errors = 0;
  std::int64_t p99 = 0;
};

class Judges {
 public:
  Judges(const Scenario& scenario, const RunRecord& record, CanaryAnalysis& canary,
         VersionIndex version, const std::vector<const Series*>& series)
      : record_(record),
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
      const KayentaConfig config;
      const MetricClass errors =
          classify(canary.errors, baseline.errors, Direction::kIncrease, config);
      const MetricClass p99 = classify(canary.p99, baseline.p99, Direction::kIncrease, config);
      opinion.score_ppm = kayenta_score({{"errors", errors, false}, {"latency", p99, false}},
                                        {{"errors", 50}, {"latency", 50}});
      const ScoreClass score = classify_score(opinion.score_ppm, kPass, kMarginal);
      opinion.passed = score == ScoreClass::kPass;
      opinion.text = "Kayenta on " + name_ + ": " + name_of(score) + ", score " +
                     format_millionths(opinion.score_ppm, 0) + " of 100 (error rate " +
                     name_of(errors) + ", p99 " + name_of(p99) +
                     "; Mann-Whitney, 98 % confidence, pass 95, marginal 75)";
    } else {
      opinion.text = "Kayenta on " + name_ + ": too few buckets with requests of both versions";
    }
    canary_.opinions.push_back(std::move(opinion));
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
    for (; from + kCheckBuckets <= last_; from += kCheckBuckets) {
      Check check;
      for (std::size_t i = from; i < from + kCheckBuckets; ++i) {
        check.requests += canary_points_[i].count;
        check.errors += errors_of(canary_points_[i].outcomes);
        check.p99 = std::max(check.p99, canary_points_[i].p99);
      }
      check.at = proxy::kStart + record_.bucket * static_cast<std::int64_t>(from + kCheckBuckets);
      checks.push_back(check);
    }
    return checks;
  }

  void ask_flagger(const std::vector<Check>& checks) {
    CanaryOpinion opinion = opinion_of(CanaryJudge::kFlagger);
    opinion.known = !checks.empty();
    FlaggerRollout rollout({FlaggerRollout::linear_weights(50, 5), kFlaggerThreshold});
    for (const Check& check : checks) {
      rollout.on_check(flagger_check(check.requests, check.errors, kLeastSuccess) &&
                       check.p99 <= kMostP99);
      if (rollout.state() == FlaggerRollout::State::kRolledBack &&
          opinion.decided == proxy::kNever) {
        opinion.decided = check.at;
      }
    }
    opinion.passed = opinion.known && opinion.decided == proxy::kNever;
    tell("Flagger", "success >= 99 %, p99 <= 500 ms, threshold 5", rollout.failed_checks(),
         checks.size(), opinion);
  }

  void ask_argo(const std::vector<Check>& checks) {
    CanaryOpinion opinion = opinion_of(CanaryJudge::kArgo);
    opinion.known = !checks.empty();
    ArgoAnalysis analysis(kArgoFailureLimit);
    for (const Check& check : checks) {
      analysis.on_measurement(flagger_check(check.requests, check.errors, kArgoSuccess));
      if (analysis.has_failed() && opinion.decided == proxy::kNever) {
        opinion.decided = check.at;
      }
    }
    opinion.passed = opinion.known && !analysis.has_failed();
    tell("Argo", "success >= 95 %, failureLimit 3", analysis.failures(), checks.size(), opinion);
  }

  void tell(const char* who, const char* rule, std::uint32_t failed, std::size_t checks,
            CanaryOpinion& opinion) {
    opinion.text = std::string(who) + " on " + name_ + ": ";
    if (!opinion.known) {
      opinion.text += "too short for a check";
    } else {
      opinion.text += opinion.passed ? std::string("would go on")
                                     : "would roll back at " + format_instant(opinion.decided);
      opinion.text += ", " + std::to_string(failed) + " of " + std::to_string(checks) +
                      " checks failed (one each " +
                      format_duration(record_.bucket * static_cast<std::int64_t>(kCheckBuckets)) +
                      "; " + rule + ")";
    }
    canary_.opinions.push_back(std::move(opinion));
  }

  const RunRecord& record_;
  CanaryAnalysis& canary_;
  VersionIndex version_;
  std::string name_;
  const std::vector<Point>& canary_points_;
  const std::vector<Point>& baseline_points_;
  std::size_t first_ = 0, last_ = 0;
};

}  // namespace

void judge_version(const Scenario& scenario, const RunRecord& record, CanaryAnalysis& canary,
                   VersionIndex version, const std::vector<const Series*>& series) {
  if (series[version] != nullptr && series[canary.baseline] != nullptr) {
    Judges(scenario, record, canary, version, series).ask();
  }
}

}  // namespace shaketable::engine
