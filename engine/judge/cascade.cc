#include "engine/judge/cascade.h"

#include <algorithm>
#include <utility>

#include "engine/judge/call_order.h"
#include "engine/judge/names.h"

namespace shaketable::engine {

const char* name_of(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::kFault:
      return "fault";
    case Mechanism::kConfigPush:
      return "config_push";
    case Mechanism::kOverload:
      return "overload";
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
  Cascade cascade;
  const std::vector<std::size_t> place = callees_first(scenario, record);
  for (const ServiceHealth& it : health) {
    for (std::uint32_t e = 0; e < it.episodes.size(); ++e) {
      CascadeStep step;
      step.service = it.service;
      step.at = it.episodes[e].from;
      step.until = it.episodes[e].to;
      step.episode = e;
      cascade.steps.push_back(std::move(step));
    }
  }
  std::stable_sort(cascade.steps.begin(), cascade.steps.end(),
                   [&place](const CascadeStep& l, const CascadeStep& r) {
                     return std::pair(l.at, place[l.service]) < std::pair(r.at, place[r.service]);
                   });
  for (std::uint32_t i = 0; i < cascade.steps.size(); ++i) {
    RootCause root;
    root.service = cascade.steps[i].service;
    root.at = root.seen = cascade.steps[i].at;
    root.recovered = cascade.steps[i].until;
    root.steps = {i};
    root.services = 1;
    root.text = service_name(scenario, root.service) + " left its normal state";
    cascade.steps[i].root = i;
    cascade.roots.push_back(std::move(root));
  }
  return cascade;
}

}  // namespace shaketable::engine
