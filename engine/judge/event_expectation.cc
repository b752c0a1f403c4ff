#include <algorithm>

#include "engine/judge/expectation_parts.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "engine/record/windows.h"

namespace shaketable::engine {
namespace {

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

// What the run said about the subject instead ("not ejected: ..."), while the event was due.
void add_explanations(ExpectationVerdict& verdict, const Subject& subject, const Window& window,
                      const RunRecord& record) {
  for (const Explanation& explanation : record.explanations) {
    if (explanation.first > window.to ||
        std::max(explanation.first, explanation.last) < window.from) {
      continue;
    }
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
    add_explanations(verdict, expectation.subject, window, record);
  }
  if (record.events_dropped > 0) {
    verdict.evidence.push_back(format_count(record.events_dropped) +
                               " events were too many to be kept");
  }
}

}  // namespace shaketable::engine
