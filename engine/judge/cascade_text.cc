#include "engine/judge/cascade_text.h"

#include <algorithm>

#include "engine/judge/names.h"
#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

constexpr std::int64_t kAll = 1'000'000;  // ppm
constexpr std::int64_t kTelling = kAll * 6 / 5;

std::string quantity(std::size_t count, const char* one, const char* many) {
  return format_count(count) + ' ' + (count == 1 ? one : many);
}

std::string clause_of(const Scenario& scenario, const CascadeStep& step) {
  const std::string callee = service_name(scenario, step.callee);
  switch (step.mechanism) {
    case Mechanism::kFault:
      return "hit by the fault";
    case Mechanism::kConfigPush:
      return "its callers got new policies";
    case Mechanism::kOverload:
      return "more work than it can do";
    case Mechanism::kRelapse:
      return "relapses";
    case Mechanism::kUnexplained:
      return "without a visible cause";
    case Mechanism::kErrors:
      return step.callee == kNone ? "answers with errors of its own" : "gets errors from " + callee;
    case Mechanism::kTimeout:
      return step.callee == kNone ? "its callers give up" : "calls to " + callee + " time out";
    case Mechanism::kSlow:
      return "waits for " + callee;
    case Mechanism::kStall:
      return "gets no answers from " + callee;
    case Mechanism::kPoolExhausted:
      return "its workers all wait for " + callee;
    case Mechanism::kCircuitOpen:
      return step.callee == kNone ? "refused by its callers' circuit breakers"
                                  : "the circuit breaker refuses calls to " + callee;
    case Mechanism::kNoHost:
      return step.callee == kNone ? "no host left to send to"
                                  : "no host of " + callee + " left to send to";
    case Mechanism::kConnection:
      return step.callee == kNone ? "connections to it fail" : "connections to " + callee + " fail";
    case Mechanism::kRetries:
      return "retries multiply the load that " + service_name(scenario, step.caller) + " sends";
    case Mechanism::kLoadSurge:
      return "gets more load from " + service_name(scenario, step.caller);
    case Mechanism::kInstanceDown:
    case Mechanism::kQueueFull:
    case Mechanism::kEjection:
    case Mechanism::kPanic:
    case Mechanism::kRetryOverflow:
      break;
  }
  return "";
}

// How an event counts as evidence, or kUnexplained when it does not.
Mechanism mechanism_of(EventKind kind) {
  switch (kind) {
    case EventKind::kCircuitOpen:
      return Mechanism::kCircuitOpen;
    case EventKind::kEjection:
      return Mechanism::kEjection;
    case EventKind::kOverflow:
      return Mechanism::kRetryOverflow;
    case EventKind::kPanic:
      return Mechanism::kPanic;
    case EventKind::kQueueFull:
      return Mechanism::kQueueFull;
    case EventKind::kInstanceDown:
      return Mechanism::kInstanceDown;
    case EventKind::kCircuitClose:
    case EventKind::kUnejection:
    case EventKind::kFaultStart:
    case EventKind::kFaultEnd:
    case EventKind::kInstanceUp:
    case EventKind::kConfigPush:
    case EventKind::kDegraded:
    case EventKind::kRecovered:
    case EventKind::kScaled:
      break;
  }
  return Mechanism::kUnexplained;
}

void add_symptoms(const Episode& episode, const Baseline& baseline, CascadeStep& step) {
  Evidence evidence{.mechanism = episode.by_errors    ? Mechanism::kErrors
                                 : episode.by_latency ? Mechanism::kSlow
                                                      : Mechanism::kStall,
                    .at = step.at,
                    .service = step.service,
                    .text = episode_words(episode, baseline)};
  step.evidence.push_back(std::move(evidence));
}

void add_retries(const RunView& view, CascadeStep& step) {
  const std::size_t from = view.bucket_at(step.at);
  const std::size_t to = std::min(
      view.buckets(), step.until == proxy::kNever ? view.buckets() : view.bucket_at(step.until));
  for (const std::uint32_t e : view.into(step.service)) {
    const EdgeRecord& edge = view.edges()[e];
    const Sums sums = sums_of(*edge.series, {from, to});
    const std::int64_t factor = amplification_in(edge, {from, to});
    if (factor < kTelling || step.evidence.size() >= kMostEvidence) {
      continue;
    }
    step.evidence.push_back({.mechanism = Mechanism::kRetries,
                             .at = step.at,
                             .caller = edge.caller,
                             .service = edge.service,
                             .count = sums.retries,
                             .text = "retries of " + service_name(view.scenario(), edge.caller) +
                                     " multiply its load by " + format_millionths(factor, 1)});
  }
}

bool is_near(const RunEvent& event, const CascadeStep& step, Duration bucket) {
  if (event.at + bucket < step.at || event.at > step.at + 10 * bucket || event.at >= step.until) {
    return false;
  }
  const bool on_service = event.service == step.service;
  const bool on_edge = step.callee != kNone && event.service == step.callee &&
                       (event.caller == step.caller || event.caller == kNone);
  return on_service || on_edge;
}

void add_events(const RunView& view, CascadeStep& step) {
  std::vector<Mechanism> seen;
  for (const RunEvent& event : view.record().events) {
    const Mechanism mechanism = mechanism_of(event.kind);
    if (mechanism == Mechanism::kUnexplained || step.evidence.size() >= kMostEvidence ||
        !is_near(event, step, view.record().bucket) ||
        std::find(seen.begin(), seen.end(), mechanism) != seen.end()) {
      continue;
    }
    seen.push_back(mechanism);
    const bool host = event.instance != kNone && event.kind != EventKind::kQueueFull;
    const std::string subject = host ? instance_name(view.scenario(), event.service, event.instance)
                                     : edge_name(view.scenario(), event.caller, event.service);
    step.evidence.push_back({.mechanism = mechanism,
                             .at = event.at,
                             .caller = event.caller,
                             .service = event.service,
                             .count = event.count,
                             .text = subject + ": " + words_for(event.kind) +
                                     (event.reason.empty() ? "" : " (" + event.reason + ")")});
  }
}

std::string spread_words(const Scenario& scenario, const RootCause& root) {
  const std::size_t all = scenario.mesh.services.size();
  std::string text = format_count(root.services) + " of " + quantity(all, "service", "services") +
                     " left " + (root.services == 1 ? "its" : "their") + " normal state";
  if (root.recovered == proxy::kNever) {
    return text + ", not all are back";
  }
  return text + ", all back at " + format_instant(root.recovered);
}

}  // namespace

std::string step_text(const Scenario& scenario, const CascadeStep& step, const Episode& episode,
                      const Baseline& baseline) {
  std::string text = clause_of(scenario, step);
  if (step.parent == kNone && step.callee == kNone &&
      (step.mechanism == Mechanism::kFault || step.mechanism == Mechanism::kConfigPush)) {
    return text + " (" + episode_words(episode, baseline) + ")";
  }
  if (!step.evidence.empty() && !step.evidence.front().text.empty()) {
    text += " (" + step.evidence.front().text + ")";
  }
  if (step.parent == kNone && step.callee != kNone) {
    text += "; " + service_name(scenario, step.callee) + " itself stayed in its normal state";
  }
  return text;
}

std::string root_text(const Scenario& scenario, const RootCause& root, const CascadeStep& first) {
  if (root.fault != kNone) {
    const char* kind = root.mechanism == Mechanism::kConfigPush ? "push " : "fault ";
    return kind + fault_name(scenario, root.fault) + " at " + format_instant(root.at) + " (" +
           fault_words(scenario, root.fault) + ")";
  }
  return service_name(scenario, root.service) + " at " + format_instant(root.at) + ": " +
         first.text;
}

void add_evidence(const RunView& view, const Episode& episode, const Baseline& baseline,
                  CascadeStep& step) {
  add_symptoms(episode, baseline, step);
  add_retries(view, step);
  add_events(view, step);
}

std::string path_text(const Scenario& scenario, const std::vector<ServiceIndex>& path) {
  constexpr std::size_t kMost = 6;
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path.size() > kMost && i >= kMost / 2 && i < path.size() - kMost / 2) {
      text += i == kMost / 2 ? " -> ..." : "";
      continue;
    }
    text += (i == 0 ? "" : " -> ") + service_name(scenario, path[i]);
  }
  return text;
}

std::string cascade_headline(const Scenario& scenario, const Cascade& cascade) {
  if (cascade.roots.empty()) {
    return "";
  }
  // The one that went furthest; of several the first.
  const auto worst = std::max_element(
      cascade.roots.begin(), cascade.roots.end(),
      [](const RootCause& l, const RootCause& r) { return l.services < r.services; });
  std::string text = worst->text + ": " + spread_words(scenario, *worst);
  const PathAmplification& path = cascade.worst_path;
  const Instant last =
      std::min(proxy::after(worst->ended, std::chrono::seconds(5)), worst->recovered);
  if (path.product_ppm >= kTelling && path.at >= worst->at - std::chrono::seconds(1) &&
      path.at < last) {
    text += "; retries multiplied load by " + format_millionths(path.product_ppm, 1) + " on " +
            path_text(scenario, path.services);
  }
  if (cascade.roots.size() > 1) {
    text +=
        "; " + quantity(cascade.roots.size() - 1, "other cause", "other causes") + " besides it";
  }
  return text;
}

}  // namespace shaketable::engine
