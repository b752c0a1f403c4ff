#include "engine/judge/judge.h"

#include <algorithm>
#include <utility>

#include "engine/judge/call_order.h"
#include "engine/judge/expectations.h"
#include "engine/judge/metrics.h"
#include "engine/judge/story.h"
#include "engine/record/windows.h"

namespace shaketable::engine {
namespace {

constexpr std::int64_t kHalf = 500'000;  // ppm

std::vector<Spread> spread_of(const Scenario& scenario, const RunRecord& record,
                              const std::vector<ServiceHealth>& services) {
  const std::vector<std::size_t> place = callees_first(scenario, record);
  std::vector<Spread> result;
  for (std::uint32_t f = 0; f < scenario.faults.size(); ++f) {
    const Instant begin = scenario.faults[f].at;
    Instant next = proxy::kNever;
    for (const Fault& other : scenario.faults) {
      next = other.at > begin ? std::min(next, other.at) : next;
    }
    Spread spread{.fault = f};
    for (const ServiceHealth& health : services) {
      // An episode is known to a bucket only: the one in which the fault begins is its own.
      const auto found =
          std::find_if(health.episodes.begin(), health.episodes.end(), [&](const Episode& episode) {
            return episode.from + record.bucket > begin && episode.from < next;
          });
      if (found != health.episodes.end()) {
        spread.services.push_back({.service = health.service, .at = std::max(found->from, begin)});
      }
    }
    std::sort(spread.services.begin(), spread.services.end(),
              [&place](const Spread::Step& l, const Spread::Step& r) {
                return std::pair(l.at, place[l.service]) < std::pair(r.at, place[r.service]);
              });
    result.push_back(std::move(spread));
  }
  return result;
}

const ServiceGauges* gauges_of(const RunRecord& record, ServiceIndex service) {
  const auto found =
      std::find_if(record.gauges.begin(), record.gauges.end(),
                   [service](const ServiceGauges& gauges) { return gauges.service == service; });
  return found == record.gauges.end() ? nullptr : &*found;
}

ServiceState worst_state(const GoldenSignals& signals, const ServiceHealth& health,
                         const ServiceGauges* gauges) {
  const bool was_down =
      gauges != nullptr && std::any_of(gauges->points.begin(), gauges->points.end(),
                                       [](const Gauge& gauge) { return gauge.instances_up == 0; });
  if (was_down) {
    return ServiceState::kDown;
  }
  for (const Episode& episode : health.episodes) {
    if (episode.worst_error_ppm >= kHalf || episode.by_stall) {
      return ServiceState::kFailing;
    }
  }
  if (health.left()) {
    return ServiceState::kDegraded;
  }
  return signals.requests == 0 ? ServiceState::kNoData : ServiceState::kHealthy;
}

void add_series(GoldenSignals& signals, const WindowTotals& total) {
  signals.requests = total.count;
  signals.errors = errors_of(total.outcomes);
  signals.success_ppm = share_in_ppm(total.count - signals.errors, total.count);
  signals.p50 = total.latency.percentile(500'000);
  signals.p99 = total.latency.percentile(990'000);
  signals.max = total.latency.max();
}

std::vector<GoldenSignals> golden_signals(const Scenario& scenario, const RunRecord& record,
                                          const std::vector<ServiceHealth>& health,
                                          const Window& measured) {
  std::vector<GoldenSignals> result(scenario.mesh.services.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i].service = static_cast<ServiceIndex>(i);
  }
  for (const Series& series : record.series) {
    const Subject& subject = series.subject;
    if (subject.service >= result.size()) {
      continue;
    }
    if (subject.kind == Subject::Kind::kService) {
      add_series(result[subject.service], series.total);
    } else if (subject.kind == Subject::Kind::kEdge) {
      result[subject.service].retries += series.total.retries;
    }
  }
  const Instant loaded = proxy::after(proxy::kStart, scenario.run.duration);
  const Instant until = std::min({measured.to, record.ended, loaded});
  for (GoldenSignals& signals : result) {
    signals.rate = rate_of(signals.requests, until - measured.from);
    const ServiceGauges* gauges = gauges_of(record, signals.service);
    if (gauges != nullptr) {
      const Measurement used =
          measure(scenario, record, Metric::kUtilisation,
                  {.kind = Subject::Kind::kService, .service = signals.service}, measured);
      signals.utilisation_ppm = used.known ? std::optional(used.value) : std::nullopt;
    }
    signals.worst = worst_state(signals, health[signals.service], gauges);
  }
  return result;
}

void count_states(Verdict& verdict) {
  for (const ExpectationVerdict& expectation : verdict.expectations) {
    switch (expectation.state) {
      case ExpectationState::kHeld:
        ++verdict.held;
        break;
      case ExpectationState::kBroken:
        ++verdict.broken;
        break;
      case ExpectationState::kKnownFailure:
        ++verdict.known_failures;
        break;
      case ExpectationState::kUnexpectedPass:
        ++verdict.unexpected_passes;
        break;
      case ExpectationState::kNotMeasurable:
        ++verdict.not_measurable;
        break;
    }
    verdict.passed = verdict.passed && is_fine(expectation.state);
  }
}

std::string counted(std::uint32_t count, const char* one, const char* many) {
  return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

// "FAILED: 2 of 5 expectations did not hold, 1 could not be measured"
std::string headline_of(const Verdict& verdict) {
  const std::size_t all = verdict.expectations.size();
  std::string text = all == 0 ? "nothing was expected" : "";
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (all > 0 && verdict.passed && verdict.known_failures == 0) {
    add(all == 1   ? std::string("the expectation held")
        : all == 2 ? std::string("both expectations held")
                   : "all " + std::to_string(all) + " expectations held");
  } else if (all > 0 && verdict.passed) {
    add(std::to_string(verdict.held) + " of " +
        counted(static_cast<std::uint32_t>(all), "expectation", "expectations") + " held");
  }
  if (verdict.broken > 0) {
    add(std::to_string(verdict.broken) + " of " +
        counted(static_cast<std::uint32_t>(all), "expectation", "expectations") + " did not hold");
  }
  if (verdict.not_measurable > 0) {
    add(std::to_string(verdict.not_measurable) + " could not be measured");
  }
  if (verdict.unexpected_passes > 0) {
    add(std::to_string(verdict.unexpected_passes) + " held although marked as failing");
  }
  if (verdict.known_failures > 0) {
    add(counted(verdict.known_failures, "known failure", "known failures"));
  }
  const std::string word = verdict.passed ? "PASSED" : "FAILED";
  return (verdict.partial ? "INTERRUPTED, " + word + " SO FAR: " : word + ": ") + text;
}

}  // namespace

Verdict judge(const Scenario& scenario, const RunRecord& record) {
  Verdict verdict;
  verdict.partial = record.interrupted;
  verdict.measured = measured_window(scenario.run);
  verdict.health = health_of_services(scenario, record);
  verdict.spread = spread_of(scenario, record, verdict.health);
  verdict.signals = golden_signals(scenario, record, verdict.health, verdict.measured);
  const Observed observed{scenario, record, verdict.health, verdict.spread};
  for (const Expectation& expectation : scenario.expectations) {
    verdict.expectations.push_back(judge_expectation(expectation, observed));
  }
  count_states(verdict);
  verdict.headline = headline_of(verdict);
  verdict.analysis = analyse(scenario, record, verdict.health);
  Story story = tell_story(scenario, record, verdict.health, verdict.analysis.lanes.lanes);
  verdict.story = std::move(story.lines);
  verdict.story_left_out = story.left_out;
  return verdict;
}

}  // namespace shaketable::engine
