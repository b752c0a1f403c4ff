#include "engine/judge/expectations.h"

#include <algorithm>
#include <utility>

#include "engine/judge/expectation_parts.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "engine/record/windows.h"

namespace shaketable::engine {
namespace {

const char* sign_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess:
      return "< ";
    case Comparison::kLessEqual:
      return "<= ";
    case Comparison::kGreater:
      return "> ";
    case Comparison::kGreaterEqual:
      return ">= ";
    case Comparison::kWithin:
      break;
  }
  return "";
}

std::string wanted_text(const Bound& bound, std::string (*format)(Metric, std::int64_t),
                        Metric metric) {
  if (!bound.text.empty()) {
    return bound.text;
  }
  std::string text = sign_of(bound.comparison) + format(metric, bound.value);
  if (bound.comparison == Comparison::kWithin) {
    text += " +- " + format(metric, bound.tolerance);
  }
  return text;
}

// ---- metrics ------------------------------------------------------------------------------------

// The first bucket in which the metric broke its bound, and the worst one.
void add_breach(ExpectationVerdict& verdict, const MetricExpectation& expectation,
                const RunRecord& record, const Window& window) {
  const auto values = metric_by_bucket(record, expectation.metric, expectation.subject);
  std::optional<std::size_t> worst;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Instant start = proxy::kStart + record.bucket * static_cast<std::int64_t>(i);
    const bool inside = start + record.bucket > window.from && start < window.to;
    if (!inside || !values[i] || holds(expectation.bound, *values[i])) {
      continue;
    }
    if (!verdict.when) {
      verdict.when = start;
    }
    if (!worst ||
        margin_of(expectation.bound, *values[i]) < margin_of(expectation.bound, *values[*worst])) {
      worst = i;
    }
  }
  if (worst) {
    const Instant at = proxy::kStart + record.bucket * static_cast<std::int64_t>(*worst);
    verdict.evidence.push_back("first broken at " + format_instant(*verdict.when) + ", worst " +
                               format_metric(expectation.metric, *values[*worst]) + " at " +
                               format_instant(at));
  }
}

void judge_metric(const MetricExpectation& expectation, const Observed& observed,
                  ExpectationVerdict& verdict) {
  const Window window = resolve(expectation.window, observed.scenario.run);
  set_span(verdict, window);
  verdict.where = subject_name(observed.scenario, expectation.subject);
  verdict.unit = unit_of(expectation.metric);
  verdict.wanted = wanted_text(expectation.bound, format_metric, expectation.metric);
  const Measurement measured =
      measure(observed.scenario, observed.record, expectation.metric, expectation.subject, window);
  if (!measured.known) {
    verdict.state = ExpectationState::kNotMeasurable;
    verdict.got = "nothing to measure";
    verdict.evidence.push_back(measured.problem);
    return;
  }
  verdict.value = measured.value;
  verdict.got = format_metric(expectation.metric, measured.value);
  verdict.margin = margin_of(expectation.bound, measured.value);
  const bool gauge =
      expectation.metric == Metric::kUtilisation || expectation.metric == Metric::kQueue;
  verdict.evidence.push_back((gauge ? "mean of " : "over ") + format_count(measured.samples) +
                             (gauge ? " buckets" : " requests"));
  if (is_cut(observed.record, window)) {
    verdict.evidence.push_back("only until " + format_instant(observed.record.ended) +
                               ", when the run was interrupted");
  }
  if (!holds(expectation.bound, measured.value)) {
    verdict.state = ExpectationState::kBroken;
    add_breach(verdict, expectation, observed.record, window);
  }
}

// ---- blast radius -------------------------------------------------------------------------------

std::string format_services(Metric /*unused*/, std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " service" : " services");
}

void judge_blast_radius(const BlastRadiusExpectation& expectation, const Observed& observed,
                        ExpectationVerdict& verdict) {
  set_span(verdict, measured_window(observed.scenario.run));
  verdict.where = fault_name(observed.scenario, expectation.fault);
  verdict.unit = "count";
  verdict.wanted = wanted_text(expectation.bound, format_services, Metric::kRequests);
  if (expectation.fault >= observed.spread.size()) {
    verdict.state = ExpectationState::kNotMeasurable;
    verdict.got = "no such fault";
    return;
  }
  verdict.from = observed.scenario.faults[expectation.fault].at;
  if (observed.record.interrupted && observed.record.ended <= verdict.from) {
    verdict.state = ExpectationState::kNotMeasurable;
    verdict.got = "the run ended before the fault began";
    return;
  }
  const auto& services = observed.spread[expectation.fault].services;
  const auto count = static_cast<std::int64_t>(services.size());
  verdict.value = count;
  verdict.got = format_services(Metric::kRequests, count);
  verdict.margin = margin_of(expectation.bound, count);
  constexpr std::size_t kNamed = 8;
  std::string names;
  for (std::size_t i = 0; i < services.size() && i < kNamed; ++i) {
    names += (i == 0 ? "" : ", ") + service_name(observed.scenario, services[i].service) + " (" +
             format_instant(services[i].at) + ")";
  }
  if (services.size() > kNamed) {
    names += " and " + std::to_string(services.size() - kNamed) + " more";
  }
  if (!names.empty()) {
    verdict.evidence.push_back(names);
    verdict.when = services.front().at;
  }
  if (!holds(expectation.bound, count)) {
    verdict.state = ExpectationState::kBroken;
  }
}

void apply_known_failure(ExpectationVerdict& verdict) {
  if (verdict.state == ExpectationState::kBroken) {
    verdict.state = ExpectationState::kKnownFailure;
  } else if (verdict.state == ExpectationState::kHeld) {
    verdict.state = ExpectationState::kUnexpectedPass;
    verdict.evidence.emplace_back("marked `fails: true`, but it holds: remove the mark");
  }
}

}  // namespace

ExpectationVerdict judge_expectation(const Expectation& expectation, const Observed& observed) {
  ExpectationVerdict verdict;
  verdict.text = expectation.text;
  verdict.mark = expectation.mark;
  if (const auto* metric = std::get_if<MetricExpectation>(&expectation.what)) {
    judge_metric(*metric, observed, verdict);
  } else if (const auto* event = std::get_if<EventExpectation>(&expectation.what)) {
    judge_event(*event, observed, verdict);
  } else if (const auto* recovery = std::get_if<RecoveryExpectation>(&expectation.what)) {
    judge_recovery(*recovery, observed, verdict);
  } else if (const auto* radius = std::get_if<BlastRadiusExpectation>(&expectation.what)) {
    judge_blast_radius(*radius, observed, verdict);
  }
  if (expectation.expected_to_fail) {
    apply_known_failure(verdict);
  }
  return verdict;
}

}  // namespace shaketable::engine
