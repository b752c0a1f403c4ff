#include "engine/judge/expectations.h"

#include <algorithm>
#include <utility>

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

void set_span(ExpectationVerdict& verdict, const Window& window) {
  verdict.from = window.from;
  verdict.to = window.to;
}

// The run ended before the window did, so that what did not happen may still have come.
bool is_cut(const RunRecord& record, const Window& window) {
  return record.interrupted && record.ended < window.to;
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

// ---- events -------------------------------------------------------------------------------------

// Degradation and recovery are no events of the run: the judge finds them.
std::vector<RunEvent> found_by_judge(const Observed& observed, EventKind kind) {
  std::vector<RunEvent> events;
  for (const ServiceHealth& health : observed.health) {
    for (const Episode& episode : health.episodes) {
      const Instant at = kind == EventKind::kDegraded ? episode.from : episode.to;
      if (at != proxy::kNever) {
        events.push_back({.at = at, .kind = kind, .service = health.service});
      }
    }
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const RunEvent& left, const RunEvent& right) { return left.at < right.at; });
  return events;
}

// What the run said about the subject instead ("not ejected: ...").
void add_explanations(ExpectationVerdict& verdict, const Subject& subject,
                      const RunRecord& record) {
  for (const Explanation& explanation : record.explanations) {
    const bool same_caller = subject.kind != Subject::Kind::kEdge || explanation.caller == kNone ||
                             explanation.caller == subject.caller;
    if (explanation.service == subject.service && same_caller) {
      verdict.evidence.push_back(explanation.text + ", " + format_count(explanation.count) +
                                 " times from " + format_instant(explanation.first));
    }
  }
}

struct EventSearch {
  const RunEvent* first_inside = nullptr;
  const RunEvent* first_ever = nullptr;
  std::uint64_t inside = 0;
};

EventSearch search(const std::vector<RunEvent>& events, const EventExpectation& expectation,
                   const Window& window) {
  EventSearch result;
  for (const RunEvent& event : events) {
    if (event.kind != expectation.event || !concerns(event, expectation.subject)) {
      continue;
    }
    result.first_ever = result.first_ever == nullptr ? &event : result.first_ever;
    // A deadline counts as kept at the deadline itself.
    if (event.at >= window.from && event.at <= window.to) {
      result.first_inside = result.first_inside == nullptr ? &event : result.first_inside;
      result.inside += event.count;
    }
  }
  return result;
}

std::string happened(const RunEvent& event) {
  std::string text = "at " + format_instant(event.at);
  return event.reason.empty() ? text : text + " (" + event.reason + ")";
}

void judge_event(const EventExpectation& expectation, const Observed& observed,
                 ExpectationVerdict& verdict) {
  const RunRecord& record = observed.record;
  Window window = resolve(expectation.window, observed.scenario.run);
  if (expectation.window.text.empty() && expectation.window.from == proxy::kStart) {
    window.from = proxy::kStart;  // The warm-up excuses figures, not events.
  }
  set_span(verdict, window);
  verdict.where = subject_name(observed.scenario, expectation.subject);
  verdict.wanted = std::string(expectation.never ? "no " : "") + name_of(expectation.event) +
                   (expectation.never ? " in " : " within ") + format_span(window.from, window.to);
  const bool by_judge =
      expectation.event == EventKind::kDegraded || expectation.event == EventKind::kRecovered;
  std::vector<RunEvent> own;
  if (by_judge) {
    own = found_by_judge(observed, expectation.event);
  }
  const EventSearch found = search(by_judge ? own : record.events, expectation, window);
  if (found.first_inside != nullptr) {
    verdict.when = found.first_inside->at;
    verdict.got = happened(*found.first_inside);
    verdict.evidence.push_back(format_count(found.inside) +
                               (found.inside == 1 ? " time" : " times") + " in the window");
    verdict.state = expectation.never ? ExpectationState::kBroken : ExpectationState::kHeld;
    return;
  }
  verdict.got =
      found.first_ever == nullptr ? "it never happened" : "first " + happened(*found.first_ever);
  if (found.first_ever != nullptr) {
    verdict.when = found.first_ever->at;
  }
  if (is_cut(record, window)) {
    verdict.state = ExpectationState::kNotMeasurable;
    verdict.evidence.emplace_back("the run was interrupted before the window ended");
    return;
  }
  if (!expectation.never) {
    verdict.state = ExpectationState::kBroken;
    add_explanations(verdict, expectation.subject, record);
  }
  if (record.events_dropped > 0) {
    verdict.evidence.push_back(format_count(record.events_dropped) +
                               " events were too many to be kept");
  }
}

// ---- recovery -----------------------------------------------------------------------------------

// Of all services together: the episode that lasts longest.
ServiceHealth health_of_all(const Observed& observed) {
  ServiceHealth all;
  for (const ServiceHealth& health : observed.health) {
    if (health.left() && (!all.left() || health.episodes.back().to > all.episodes.back().to)) {
      all = health;
    }
  }
  return all;
}

ServiceHealth health_of_subject(const Observed& observed, const Subject& subject) {
  if (subject.kind == Subject::Kind::kService && subject.service == kNone) {
    return health_of_all(observed);
  }
  if (subject.kind == Subject::Kind::kService && subject.service < observed.health.size()) {
    return observed.health[subject.service];
  }
  const Series* series = find_series(observed.record, subject);
  if (series == nullptr) {
    return {};
  }
  return health_of({view_of(*series, true)}, health_span(observed.scenario, observed.record),
                   observed.record.bucket);
}

std::string worst_of(const Episode& episode) {
  std::string text;
  if (episode.by_errors) {
    text = format_ppm(episode.worst_error_ppm) + " errors";
  }
  if (episode.by_latency) {
    text += (text.empty() ? "p99 " : ", p99 ") + format_duration(episode.worst_p99);
  }
  if (episode.by_stall) {
    text += (text.empty() ? "" : ", ") + std::string("hardly any answers");
  }
  return text;
}

void describe_episode(ExpectationVerdict& verdict, const ServiceHealth& health,
                      const Observed& observed) {
  const Episode& last = health.episodes.back();
  const std::string who =
      health.service == kNone ? verdict.where : service_name(observed.scenario, health.service);
  verdict.evidence.push_back(who + " was outside its normal state from " +
                             format_instant(last.from) + ", at worst " + worst_of(last));
  if (health.baseline.known) {
    verdict.evidence.push_back("normal: p99 " + format_duration(health.baseline.p99) + ", " +
                               format_ppm(health.baseline.error_ppm) + " errors");
  }
}

void judge_recovery(const RecoveryExpectation& expectation, const Observed& observed,
                    ExpectationVerdict& verdict) {
  const Window window = resolve(expectation.window, observed.scenario.run);
  set_span(verdict, window);
  verdict.where = subject_name(observed.scenario, expectation.subject);
  verdict.wanted = expectation.never
                       ? "no recovery"
                       : "back to normal by " + format_instant(window.to) + " and staying there";
  const ServiceHealth health = health_of_subject(observed, expectation.subject);
  if (observed.record.interrupted && observed.record.ended < window.to) {
    verdict.state = ExpectationState::kNotMeasurable;
    verdict.got = "interrupted at " + format_instant(observed.record.ended);
    return;
  }
  if (!health.left()) {
    verdict.got = "it never left its normal state";
    verdict.state = expectation.never ? ExpectationState::kBroken : ExpectationState::kHeld;
    return;
  }
  describe_episode(verdict, health, observed);
  if (!health.is_back()) {
    verdict.got = "not back when the run ended";
    verdict.state = expectation.never ? ExpectationState::kHeld : ExpectationState::kBroken;
    return;
  }
  const Instant back = health.episodes.back().to;
  verdict.when = back;
  verdict.got = "back at " + format_instant(back);
  if (back > window.from) {
    verdict.got +=
        ", " + format_duration(back - window.from) + " after " + format_instant(window.from);
  }
  const bool in_time = back <= window.to;
  verdict.state =
      in_time != expectation.never ? ExpectationState::kHeld : ExpectationState::kBroken;
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

bool concerns(const RunEvent& event, const Subject& subject) {
  if (subject.kind == Subject::Kind::kService && subject.service == kNone) {
    return true;
  }
  switch (subject.kind) {
    case Subject::Kind::kEdge:
      return event.service == subject.service && event.caller == subject.caller;
    case Subject::Kind::kService:
    case Subject::Kind::kEndpoint:
    case Subject::Kind::kVersion:
      return event.service == subject.service;
    case Subject::Kind::kJourney:
      return false;
  }
  return false;
}

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
