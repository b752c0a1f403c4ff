#include "engine/judge/run_summary.h"

#include <algorithm>

#include "engine/judge/metrics.h"
#include "engine/judge/names.h"

namespace shaketable::engine {
namespace {

SignalSummary signal_of(SignalSummary::Kind kind, std::string name, const Subject& subject,
                        const WindowTotals& total, Duration length) {
  return {.kind = kind,
          .name = std::move(name),
          .service = subject.service,
          .caller = subject.caller,
          .load = subject.load,
          .count = total.count,
          .errors = errors_of(total.outcomes),
          .retries = total.retries,
          .rate = rate_of(total.count, length),
          .mean = total.latency.mean(),
          .p50 = total.latency.percentile(500'000),
          .p99 = total.latency.percentile(990'000),
          .utilisation_ppm = std::nullopt};
}

bool is_load(const Subject& subject) {
  return subject.kind == Subject::Kind::kJourney && subject.journey == kNone;
}

}  // namespace

WindowTotals client_totals(const RunRecord& record) {
  WindowTotals all;
  for (const Series& series : record.series) {
    if (!is_load(series.subject)) {
      continue;
    }
    for (std::size_t o = 0; o < kOutcomes; ++o) {
      all.outcomes[o] += series.total.outcomes[o];
    }
    all.count += series.total.count;
    all.retries += series.total.retries;
    all.latency.merge(series.total.latency);
  }
  return all;
}

RunSummary summarise(const Scenario& scenario, const RunRecord& record, const Verdict& verdict) {
  RunSummary summary{.seed = record.seed,
                     .fingerprint = record.fingerprint,
                     .passed = verdict.passed,
                     .interrupted = record.interrupted,
                     .expectations = {},
                     .signals = {}};
  for (const ExpectationVerdict& it : verdict.expectations) {
    summary.expectations.push_back({.state = it.state, .value = it.value});
  }
  const Instant loaded = proxy::after(proxy::kStart, scenario.run.duration);
  const Duration length =
      std::min({verdict.measured.to, record.ended, loaded}) - verdict.measured.from;
  using Kind = SignalSummary::Kind;
  summary.signals.push_back(
      signal_of(Kind::kClient, kAllRequests, {}, client_totals(record), length));
  for (const Series& series : record.series) {
    if (scenario.loads.size() > 1 && is_load(series.subject)) {
      summary.signals.push_back(signal_of(Kind::kClient, subject_name(scenario, series.subject),
                                          series.subject, series.total, length));
    }
  }
  for (const GoldenSignals& it : verdict.signals) {
    const Subject subject{.kind = Subject::Kind::kService, .service = it.service, .text = {}};
    const Series* series = find_series(record, subject);
    SignalSummary signal = signal_of(Kind::kService, service_name(scenario, it.service), subject,
                                     series == nullptr ? WindowTotals() : series->total, length);
    signal.retries = it.retries;
    signal.utilisation_ppm = it.utilisation_ppm;
    summary.signals.push_back(std::move(signal));
  }
  for (const Series& series : record.series) {
    if (series.subject.kind == Subject::Kind::kEdge) {
      summary.signals.push_back(
          signal_of(Kind::kEdge, edge_name(scenario, series.subject.caller, series.subject.service),
                    series.subject, series.total, length));
    }
  }
  return summary;
}

std::optional<std::int64_t> value_of(const SignalSummary& signal, Metric metric) {
  const bool any = signal.count > 0;
  const auto if_any = [any](std::int64_t value) {
    return any ? std::optional<std::int64_t>(value) : std::nullopt;
  };
  switch (metric) {
    case Metric::kSuccessRate:
      return if_any(share_in_ppm(signal.count - signal.errors, signal.count));
    case Metric::kErrorRate:
      return if_any(share_in_ppm(signal.errors, signal.count));
    case Metric::kRps:
      return signal.rate;
    case Metric::kMean:
      return if_any(signal.mean);
    case Metric::kP50:
      return if_any(signal.p50);
    case Metric::kP99:
      return if_any(signal.p99);
    case Metric::kRetryRatio:
      return if_any(share_in_ppm(signal.retries, signal.count));
    case Metric::kUtilisation:
      return signal.utilisation_ppm;
    case Metric::kRequests:
      return static_cast<std::int64_t>(signal.count);
    case Metric::kGoodput:
    case Metric::kP90:
    case Metric::kP95:
    case Metric::kP999:
    case Metric::kMax:
    case Metric::kQueue:
    case Metric::kShare:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace shaketable::engine
