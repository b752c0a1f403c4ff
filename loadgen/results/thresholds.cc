#include "loadgen/results/thresholds.h"

#include <algorithm>
#include <optional>

#include "loadgen/results/text.h"

namespace shaketable::loadgen {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

/// What a threshold is about.
struct Subject {
  const RequestStats* requests = nullptr;
  std::uint64_t failed_runs = 0;
};

std::optional<Subject> find_subject(const std::string& of, const LoadStats& stats) {
  std::uint64_t failed_runs = 0;
  for (const JourneyStats& journey : stats.journeys) {
    failed_runs += journey.failed;
    if (!of.empty() && journey.name == of) {
      return Subject{&journey.requests, journey.failed};
    }
  }
  if (of.empty()) {
    return Subject{&stats.total, failed_runs};
  }
  for (const auto* list : {&stats.steps, &stats.tags}) {
    for (const RequestStats& it : *list) {
      if (it.name == of) {
        return Subject{&it, it.failed};
      }
    }
  }
  return std::nullopt;
}

ThresholdVerdict verdict_on(const Threshold& it, const Subject& subject, const LoadStats& stats,
                            proxy::Duration elapsed) {
  const RequestStats& requests = *subject.requests;
  ThresholdVerdict verdict{it.source, "", false, true};
  std::int64_t actual = 0;
  const auto take_time = [&](proxy::Duration time) {
    verdict.was_judged = !requests.latency.empty();
    actual = time.count();
    verdict.actual = duration_text(time);
  };
  const auto take_count = [&](std::uint64_t count) {
    actual = static_cast<std::int64_t>(count);
    verdict.actual = count_text(count);
  };
  switch (it.metric) {
    case Threshold::Metric::kErrorRate:
      verdict.was_judged = requests.requests > 0;
      actual = requests.requests == 0
                   ? 0
                   : static_cast<std::int64_t>(static_cast<proxy::Uint128>(requests.failed) *
                                               kMillion / requests.requests);
      verdict.actual = share_text(requests.failed, requests.requests);
      break;
    case Threshold::Metric::kFailedRuns:
      take_count(subject.failed_runs);
      break;
    case Threshold::Metric::kLatency:
      take_time(requests.latency.quantile(it.quantile_ppm));
      break;
    case Threshold::Metric::kMean:
      take_time(requests.latency.mean());
      break;
    case Threshold::Metric::kMax:
      take_time(requests.latency.max());
      break;
    case Threshold::Metric::kRate:
      verdict.was_judged = elapsed > proxy::Duration::zero();
      if (verdict.was_judged) {
        actual =
            static_cast<std::int64_t>(static_cast<proxy::Uint128>(requests.requests) * kMillion *
                                      1'000'000'000U / static_cast<std::uint64_t>(elapsed.count()));
      }
      verdict.actual = rate_text(requests.requests, elapsed) + "/s";
      break;
    case Threshold::Metric::kDropped:
      take_count(stats.pacing.dropped);
      break;
  }
  verdict.holds = verdict.was_judged && compare(actual, it.comparison, it.value);
  return verdict;
}

}  // namespace

std::vector<ThresholdVerdict> judge_thresholds(std::span<const Threshold> thresholds,
                                               const LoadStats& stats, proxy::Duration elapsed) {
  std::vector<ThresholdVerdict> result;
  for (const Threshold& it : thresholds) {
    const auto subject = find_subject(it.of, stats);
    result.push_back(subject ? verdict_on(it, *subject, stats, elapsed)
                             : ThresholdVerdict{it.source, "", false, false});
  }
  return result;
}

}  // namespace shaketable::loadgen
