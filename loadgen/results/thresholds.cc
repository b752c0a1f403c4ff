#include "loadgen/results/thresholds.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "loadgen/results/text.h"

namespace shaketable::loadgen {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

/// What a threshold is about.
struct Subject {
  RequestStats requests;
  std::uint64_t failed_runs = 0;
  std::uint64_t dropped = 0;
  bool is_known = false;

  void add(const RequestStats& of, std::uint64_t runs, std::uint64_t drops) {
    requests.merge(of);
    failed_runs += runs;
    dropped += drops;
    is_known = true;
  }
};

/// Adds the part of a load that has this name, if one has.
void add_part(const std::string& of, const LoadStats& load, Subject& subject) {
  for (const JourneyStats& journey : load.journeys) {
    if (journey.name == of) {
      subject.add(journey.requests, journey.failed, load.pacing.dropped);
      return;
    }
  }
  for (const auto* list : {&load.steps, &load.tags}) {
    for (const RequestStats& it : *list) {
      if (it.name == of) {
        subject.add(it, it.failed, load.pacing.dropped);
        return;
      }
    }
  }
}

void add_all(const LoadStats& load, Subject& subject) {
  std::uint64_t failed_runs = 0;
  for (const JourneyStats& journey : load.journeys) {
    failed_runs += journey.failed;
  }
  subject.add(load.total, failed_runs, load.pacing.dropped);
}

Subject find_subject(const std::string& of, std::span<const LoadStats> loads) {
  Subject subject;
  for (const LoadStats& load : loads) {
    if (of.empty()) {
      add_all(load, subject);
    } else {
      add_part(of, load, subject);
    }
  }
  for (const LoadStats& load : loads) {
    if (!subject.is_known && load.name == of) {
      add_all(load, subject);
    }
  }
  return subject;
}

ThresholdVerdict verdict_on(const Threshold& it, const Subject& subject, proxy::Duration elapsed) {
  const RequestStats& requests = subject.requests;
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
      take_count(subject.dropped);
      break;
  }
  verdict.holds = verdict.was_judged && compare(actual, it.comparison, it.value);
  return verdict;
}

}  // namespace

std::vector<ThresholdVerdict> judge_thresholds(std::span<const Threshold> thresholds,
                                               std::span<const LoadStats> loads,
                                               proxy::Duration elapsed) {
  std::vector<ThresholdVerdict> result;
  for (const Threshold& it : thresholds) {
    const Subject subject = find_subject(it.of, loads);
    result.push_back(subject.is_known ? verdict_on(it, subject, elapsed)
                                      : ThresholdVerdict{it.source, "", false, false});
  }
  return result;
}

}  // namespace shaketable::loadgen
