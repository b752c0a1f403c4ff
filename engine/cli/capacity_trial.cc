#include "engine/cli/capacity_trial.h"

#include <algorithm>

#include "engine/judge/metrics.h"
#include "loadgen/core/access_log.h"
#include "proxy/base/bits.h"

namespace shaketable::engine {
namespace {

std::uint64_t times(std::uint64_t value, LoadLevel level) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 60U;
  const auto product = static_cast<proxy::Int128>(value) * level / kWholeLoad;
  return static_cast<std::uint64_t>(std::min(product, static_cast<proxy::Int128>(kMost)));
}

void scale(Load& load, LoadLevel level) {
  if (load.workers > 0) {
    constexpr std::uint64_t kMostWorkers = 10'000'000;
    const std::uint64_t workers =
        (std::uint64_t{load.workers} * level + kWholeLoad / 2) / kWholeLoad;
    load.workers = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(workers, 1, kMostWorkers));
    return;
  }
  for (RateStage& stage : load.stages) {
    stage.from_ups = times(stage.from_ups, level);
    stage.to_ups = times(stage.to_ups, level);
  }
  if (!load.recorded.empty()) {
    constexpr std::uint32_t kOne = 1'000'000;
    const std::uint64_t ppm = std::min<std::uint64_t>(level * (kOne / kWholeLoad), 0xffff'ffffU);
    load.recorded =
        loadgen::scaled(std::move(load.recorded), kOne, static_cast<std::uint32_t>(ppm));
  }
}

bool is_wanted(const Subject& subject, std::uint32_t load) {
  return subject.kind == Subject::Kind::kJourney && subject.journey == kNone &&
         (load == kNone || subject.load == load);
}

void add(WindowTotals& sum, const WindowTotals& part) {
  for (std::size_t i = 0; i < sum.outcomes.size(); ++i) {
    sum.outcomes[i] += part.outcomes[i];
  }
  sum.count += part.count;
  sum.latency.merge(part.latency);
  sum.from = part.from;
  sum.to = part.to;
}

/// Totals of what `name` stands for; of the load, or of all, if it is empty.
WindowTotals totals_of(const Scenario& scenario, const RunRecord& record, const std::string& name,
                       std::uint32_t load) {
  WindowTotals sum;
  for (const Series& series : record.series) {
    const Subject& subject = series.subject;
    bool fits = is_wanted(subject, load);
    if (!name.empty()) {
      fits = subject.kind == Subject::Kind::kService &&
             scenario.mesh.services[subject.service].name == name;
      if (subject.kind == Subject::Kind::kJourney) {
        const Load& owner = scenario.loads[subject.load];
        fits = subject.journey == kNone
                   ? owner.name == name
                   : owner.name != name && owner.journeys[subject.journey].name == name;
      }
    }
    if (fits) {
      add(sum, series.total);
    }
  }
  return sum;
}

std::uint64_t successes(const WindowTotals& totals) {
  return totals.outcomes[static_cast<std::size_t>(Outcome::kOk)];
}

std::optional<std::int64_t> value_of(const loadgen::Threshold& threshold,
                                     const WindowTotals& totals) {
  using Metric = loadgen::Threshold::Metric;
  if (totals.count == 0) {
    return std::nullopt;
  }
  switch (threshold.metric) {
    case Metric::kErrorRate:
      return share_in_ppm(totals.count - successes(totals), totals.count);
    case Metric::kLatency:
      return totals.latency.percentile(threshold.quantile_ppm);
    case Metric::kMean:
      return totals.latency.mean();
    case Metric::kMax:
      return totals.latency.max();
    case Metric::kRate:
      return rate_of(totals.count, totals.to - totals.from);
    case Metric::kFailedRuns:
    case Metric::kDropped:
      return std::nullopt;  // refused before: see is_measurable
  }
  return std::nullopt;
}

}  // namespace

Scenario scaled_scenario(const Scenario& scenario, LoadLevel level, std::uint32_t load) {
  Scenario result = scenario;
  for (std::uint32_t l = 0; l < result.loads.size(); ++l) {
    if (load == kNone || load == l) {
      scale(result.loads[l], level);
    }
  }
  return result;
}

TrialFigures figures_of(const RunRecord& record, std::uint32_t load) {
  WindowTotals sum;
  for (const Series& series : record.series) {
    if (is_wanted(series.subject, load)) {
      add(sum, series.total);
    }
  }
  TrialFigures figures;
  if (sum.count == 0) {
    return figures;
  }
  const Duration length = sum.to - sum.from;
  figures.rate = rate_of(sum.count, length);
  figures.goodput = rate_of(successes(sum), length);
  figures.errors_ppm = share_in_ppm(sum.count - successes(sum), sum.count);
  figures.p50 = sum.latency.percentile(500'000);
  figures.p99 = sum.latency.percentile(990'000);
  return figures;
}

std::vector<ThresholdResult> judge_thresholds(const Scenario& scenario, const RunRecord& record,
                                              const std::vector<loadgen::Threshold>& thresholds,
                                              std::uint32_t load) {
  std::vector<ThresholdResult> results;
  for (const loadgen::Threshold& threshold : thresholds) {
    const auto value = value_of(threshold, totals_of(scenario, record, threshold.of, load));
    results.push_back({threshold.source,
                       value && loadgen::compare(*value, threshold.comparison, threshold.value),
                       value});
  }
  return results;
}

bool is_measurable(const loadgen::Threshold& threshold) {
  return threshold.metric != loadgen::Threshold::Metric::kFailedRuns &&
         threshold.metric != loadgen::Threshold::Metric::kDropped;
}

bool names_something(const Scenario& scenario, const std::string& name) {
  const auto is_named = [&](const auto& thing) { return thing.name == name; };
  return std::any_of(scenario.mesh.services.begin(), scenario.mesh.services.end(), is_named) ||
         std::any_of(scenario.loads.begin(), scenario.loads.end(), [&](const Load& load) {
           return load.name == name ||
                  std::any_of(load.journeys.begin(), load.journeys.end(), is_named);
         });
}

}  // namespace shaketable::engine
