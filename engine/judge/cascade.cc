#include "engine/judge/cascade.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/judge/amplification.h"
#include "engine/judge/call_order.h"
#include "engine/judge/cascade_causes.h"
#include "engine/judge/cascade_text.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

constexpr Duration kRemedy = std::chrono::seconds(15);  // Recovery this soon after a change ...

class CascadeBuilder {
 public:
  CascadeBuilder(const Scenario& scenario, const RunRecord& record,
                 const std::vector<ServiceHealth>& health)
      : scenario_(scenario),
        record_(record),
        health_(health),
        view_(scenario, record),
        place_(callees_first(scenario, record)) {}

  Cascade build() {
    add_steps();
    explain();
    put_causes_first();
    find_roots();
    tell();
    find_coincidences();
    result_.amplification = edge_amplification(view_);
    result_.worst_path = path_amplification(view_);
    answer_why();
    result_.headline = cascade_headline(scenario_, result_);
    return std::move(result_);
  }

 private:
  void add_steps() {
    for (const ServiceHealth& health : health_) {
      for (std::uint32_t e = 0; e < health.episodes.size(); ++e) {
        CascadeStep step;
        step.service = health.service;
        step.at = health.episodes[e].from;
        step.until = health.episodes[e].to;
        step.episode = e;
        result_.steps.push_back(std::move(step));
      }
    }
    std::stable_sort(result_.steps.begin(), result_.steps.end(),
                     [this](const CascadeStep& l, const CascadeStep& r) {
                       return std::pair(l.at, place_[l.service]) <
                              std::pair(r.at, place_[r.service]);
                     });
    if (result_.steps.size() > kMostSteps) {
      result_.left_out = result_.steps.size() - kMostSteps;
      result_.steps.resize(kMostSteps);
    }
  }

  // True when `ancestor` is among the causes of `step`, or is it.
  [[nodiscard]] bool leads_to(std::uint32_t ancestor, std::uint32_t step) const {
    for (std::uint32_t s = step; s != kNone; s = result_.steps[s].parent) {
      if (s == ancestor) {
        return true;
      }
    }
    return false;
  }

  // Callees and faults first: what a caller adds by its load needs a caller that is in trouble for
  // a reason of its own.
  void explain() {
    const CauseFinder finder(view_, health_, result_.steps);
    std::vector<std::uint32_t> open;
    const auto count = static_cast<std::uint32_t>(result_.steps.size());
    for (std::uint32_t s = 0; s < count; ++s) {
      std::optional<Cause> direct = finder.direct_fault(result_.steps[s]);
      std::optional<Cause> callee = finder.callee(s);
      if (callee && leads_to(s, callee->parent)) {
        callee.reset();  // Services that call each other: the first to leave is the cause.
      }
      if (callee && (!direct || callee->strength > direct->strength)) {
        apply(std::move(*callee), result_.steps[s]);
      } else if (direct) {
        apply(std::move(*direct), result_.steps[s]);
      } else {
        open.push_back(s);
      }
    }
    for (const std::uint32_t s : open) {
      std::optional<Cause> caller = finder.callers(s);
      if (caller && leads_to(s, caller->parent)) {
        caller.reset();
      }
      std::optional<Cause> cause = caller ? std::move(caller) : finder.quiet_callee(s);
      apply(cause ? std::move(*cause) : finder.root(s), result_.steps[s]);
    }
  }

  void apply(Cause cause, CascadeStep& step) {
    step.mechanism = cause.mechanism;
    step.parent = cause.parent;
    step.caller = cause.caller;
    step.callee = cause.callee;
    step.root = cause.fault;  // Until find_roots() gives it a place.
    if (!cause.evidence.text.empty()) {
      step.evidence.push_back(std::move(cause.evidence));
    }
  }

  // Within a bucket a cause may stand behind its effect: callers that overload a callee.
  void put_causes_first() {
    const auto count = static_cast<std::uint32_t>(result_.steps.size());
    std::vector<std::uint32_t> order;
    std::vector<std::uint32_t> new_place(count, kNone);
    for (std::uint32_t s = 0; s < count; ++s) {
      std::vector<std::uint32_t> chain;
      for (std::uint32_t c = s; c != kNone && new_place[c] == kNone; c = result_.steps[c].parent) {
        chain.push_back(c);
      }
      for (auto it = chain.rbegin(); it != chain.rend(); ++it) {
        new_place[*it] = static_cast<std::uint32_t>(order.size());
        order.push_back(*it);
      }
    }
    std::vector<CascadeStep> sorted;
    sorted.reserve(count);
    for (const std::uint32_t s : order) {
      sorted.push_back(std::move(result_.steps[s]));
      CascadeStep& step = sorted.back();
      step.parent = step.parent == kNone ? kNone : new_place[step.parent];
      step.depth = step.parent == kNone ? 0 : sorted[step.parent].depth + 1;
    }
    result_.steps = std::move(sorted);
  }

  void find_roots() {
    std::vector<std::uint32_t> root_of_fault(scenario_.faults.size(), kNone);
    for (std::uint32_t s = 0; s < result_.steps.size(); ++s) {
      CascadeStep& step = result_.steps[s];
      if (step.parent != kNone) {
        step.root = result_.steps[step.parent].root;
      } else {
        const std::uint32_t fault = step.root;
        std::uint32_t place = fault == kNone ? kNone : root_of_fault[fault];
        if (place == kNone) {
          place = static_cast<std::uint32_t>(result_.roots.size());
          result_.roots.push_back(root_at(step, fault));
          if (fault != kNone) {
            root_of_fault[fault] = place;
          }
        }
        step.root = place;
      }
      result_.roots[step.root].steps.push_back(s);
    }
    for (RootCause& root : result_.roots) {
      measure(root);
    }
  }

  [[nodiscard]] RootCause root_at(const CascadeStep& step, std::uint32_t fault) const {
    RootCause root;
    root.mechanism = step.mechanism;
    root.fault = fault;
    root.service = step.service;
    if (fault != kNone && step.callee != kNone) {  // It was felt before its target showed it.
      root.mechanism = mechanism_of(scenario_.faults[fault]);
      root.service = step.callee;
    }
    root.at = fault == kNone ? step.at : scenario_.faults[fault].at;
    root.ended = fault == kNone ? proxy::kNever : end_of_fault(scenario_.faults[fault]);
    return root;
  }

  void measure(RootCause& root) const {
    std::set<ServiceIndex> services;
    root.recovered = proxy::kStart;
    for (const std::uint32_t s : root.steps) {
      const CascadeStep& step = result_.steps[s];
      services.insert(step.service);
      root.seen = std::min(root.seen, std::max(step.at, root.at));
      root.recovered = std::max(root.recovered, step.until);
    }
    root.services = static_cast<std::uint32_t>(services.size());
    for (const RunEvent& event : record_.events) {
      const bool acts = event.kind == EventKind::kCircuitOpen || event.kind == EventKind::kEjection;
      if (acts && event.at >= root.at && services.contains(event.service)) {
        root.acted = event.at;
        return;
      }
    }
  }

  void tell() {
    for (CascadeStep& step : result_.steps) {
      const ServiceHealth& health = health_[step.service];
      step.text = step_text(scenario_, step, health.episodes[step.episode], health.baseline);
      add_evidence(view_, health.episodes[step.episode], health.baseline, step);
    }
    for (RootCause& root : result_.roots) {
      root.text = root_text(scenario_, root, result_.steps[root.steps.front()]);
    }
  }

  void find_coincidences() {
    for (std::uint32_t f = 0; f < scenario_.faults.size(); ++f) {
      const Fault& fault = scenario_.faults[f];
      const bool is_root = std::any_of(result_.roots.begin(), result_.roots.end(),
                                       [f](const RootCause& root) { return root.fault == f; });
      if (!is_root && fault.at <= record_.ended) {
        result_.coincidences.push_back(coincidence_of(f));
      }
    }
  }

  [[nodiscard]] Coincidence coincidence_of(std::uint32_t f) const {
    const Instant at = scenario_.faults[f].at;
    Coincidence it{.fault = f, .at = at};
    std::set<ServiceIndex> back;
    Instant last = at;
    for (const CascadeStep& step : result_.steps) {
      if (step.at < at && step.until >= at && step.until != proxy::kNever &&
          step.until <= at + kRemedy) {
        back.insert(step.service);
        last = std::max(last, step.until);
      }
    }
    const std::string name = fault_name(scenario_, f) + " at " + format_instant(at);
    it.is_remedy = !back.empty();
    it.text =
        it.is_remedy
            ? name + " (" + fault_words(scenario_, f) +
                  ") was followed by recovery: " + std::to_string(back.size()) +
                  (back.size() == 1 ? " service" : " services") + " back by " + format_instant(last)
            : name + " (" + fault_words(scenario_, f) + ") took no service out of its normal state";
    return it;
  }

  void answer_why() {
    std::vector<bool> done(health_.size(), false);
    for (std::uint32_t s = 0; s < result_.steps.size(); ++s) {
      const ServiceIndex service = result_.steps[s].service;
      if (!done[service]) {
        done[service] = true;
        result_.why.push_back(why_of(s));
      }
    }
    std::sort(result_.why.begin(), result_.why.end(),
              [](const WhyPath& l, const WhyPath& r) { return l.service < r.service; });
  }

  [[nodiscard]] WhyPath why_of(std::uint32_t first) const {
    WhyPath path{.service = result_.steps[first].service};
    for (std::uint32_t s = first; s != kNone; s = result_.steps[s].parent) {
      const CascadeStep& step = result_.steps[s];
      path.steps.push_back(s);
      path.text += (path.text.empty() ? "" : "; ") + service_name(scenario_, step.service) + ' ' +
                   format_instant(step.at) + ": " + step.text;
    }
    const RootCause& root = result_.roots[result_.steps[first].root];
    if (root.fault != kNone) {
      path.text += "; root: " + root.text;
    }
    return path;
  }

  const Scenario& scenario_;
  const RunRecord& record_;
  const std::vector<ServiceHealth>& health_;
  RunView view_;
  std::vector<std::size_t> place_;
  Cascade result_;
};

}  // namespace

const char* name_of(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::kFault:
      return "fault";
    case Mechanism::kConfigPush:
      return "config_push";
    case Mechanism::kOverload:
      return "overload";
    case Mechanism::kRelapse:
      return "relapse";
    case Mechanism::kUnexplained:
      return "unexplained";
    case Mechanism::kErrors:
      return "errors";
    case Mechanism::kTimeout:
      return "timeout";
    case Mechanism::kSlow:
      return "slow";
    case Mechanism::kStall:
      return "stall";
    case Mechanism::kPoolExhausted:
      return "pool_exhausted";
    case Mechanism::kCircuitOpen:
      return "circuit_open";
    case Mechanism::kNoHost:
      return "no_host";
    case Mechanism::kConnection:
      return "connection";
    case Mechanism::kRetries:
      return "retries";
    case Mechanism::kLoadSurge:
      return "load_surge";
    case Mechanism::kInstanceDown:
      return "instance_down";
    case Mechanism::kQueueFull:
      return "queue_full";
    case Mechanism::kEjection:
      return "ejection";
    case Mechanism::kPanic:
      return "panic";
    case Mechanism::kRetryOverflow:
      return "retry_overflow";
  }
  return "";
}

Cascade find_cascade(const Scenario& scenario, const RunRecord& record,
                     const std::vector<ServiceHealth>& health) {
  return CascadeBuilder(scenario, record, health).build();
}

}  // namespace shaketable::engine
