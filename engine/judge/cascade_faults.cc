#include <algorithm>
#include <optional>
#include <utility>

#include "engine/judge/cascade_causes.h"
#include "engine/judge/cascade_shares.h"
#include "engine/judge/names.h"

// Which fault may have caused a step, and how much of it.
namespace shaketable::engine {

// Whether the first calls the second.
bool CauseFinder::is_behind(ServiceIndex caller, ServiceIndex service) const {
  const auto& into = view_.into(service);
  return std::any_of(into.begin(), into.end(),
                     [&](std::uint32_t edge) { return view_.edges()[edge].caller == caller; });
}

bool CauseFinder::hits(const Fault& fault, ServiceIndex service) const {
  switch (fault.kind) {
    case FaultKind::kConfigPush:
      return std::any_of(
          fault.policies.begin(), fault.policies.end(),
          [service](const DestinationPolicy& policy) { return policy.service == service; });
    case FaultKind::kLoad:
      return fault.factor_ppm > kAll;
    case FaultKind::kPartition:
    case FaultKind::kLoss:
    case FaultKind::kBandwidth:
      if (fault.other.service == service) {
        return true;
      }
      break;
    case FaultKind::kKill:
    case FaultKind::kNodeLoss:
      if (fault.target.service == kNone) {
        const auto& events = view_.record().events;
        return std::any_of(events.begin(), events.end(), [&](const RunEvent& event) {
          return event.kind == EventKind::kInstanceDown && event.service == service &&
                 event.at == fault.at;
        });
      }
      break;
    case FaultKind::kDelay:
    case FaultKind::kAbort:
    case FaultKind::kReset:
    case FaultKind::kBlackhole:
    case FaultKind::kPause:
    case FaultKind::kSlow:
    case FaultKind::kScale:
    case FaultKind::kDeploy:
    case FaultKind::kLeak:
    case FaultKind::kDnsStale:
    case FaultKind::kDiscoveryDelay:
    case FaultKind::kCertExpire:
    case FaultKind::kClockSkew:
      break;
    case FaultKind::kCacheFlush:  // What is not found is asked for.
      if (is_behind(fault.target.service, service)) {
        return true;
      }
      break;
  }
  return fault.target.service == service || fault.target.service == kNone;
}

// Share of the errors, or of the additional latency, that comes from calls to others.
std::int64_t CauseFinder::explained_by_callees(const CascadeStep& step, const Symptoms& symptoms,
                                               bool errors) const {
  std::uint64_t failed = 0;
  std::int64_t slower = 0;
  for (const std::uint32_t e : view_.out_of(step.service)) {
    const EdgeRecord& edge = view_.edges()[e];
    const Sums sums = as_seen_by_caller(sums_of(*edge.series, symptoms.onset));
    const Sums normal = as_seen_by_caller(edge.normal);
    if (is_needed(edge)) {
      failed += has_errors(sums, normal) ? excess_errors(sums, normal) : 0;
    }
    slower = std::max(slower, slower_by(edge, sums));
  }
  return errors ? share(failed, symptoms.errors) : share(slower, symptoms.slower);
}

// How much of the symptoms the fault can explain: what the callees do not, as far as a fault of
// this kind does such things.
std::int64_t CauseFinder::strength_of(const Fault& fault, const CascadeStep& step,
                                      const Symptoms& symptoms) const {
  std::int64_t errors = kAll - explained_by_callees(step, symptoms, true);
  std::int64_t latency = kAll - explained_by_callees(step, symptoms, false);
  std::int64_t stall = kAll;
  switch (fault.kind) {
    case FaultKind::kAbort:
    case FaultKind::kReset:
      errors = std::min(errors, share(scaled(symptoms.count, fault.ppm, kAll), symptoms.errors));
      latency = stall = 0;
      break;
    case FaultKind::kDelay:
      latency = std::min(latency, share(fault.time.mean().count(), symptoms.slower));
      stall = fault.time.mean() >= view_.record().bucket ? kAll : 0;
      break;
    case FaultKind::kLoad:
      if (!surge_of(step.service, symptoms.onset).is_one ||
          !is_overloaded(step.service, symptoms.onset)) {
        return 0;
      }
      break;
    case FaultKind::kBlackhole:
    case FaultKind::kPartition:
    case FaultKind::kKill:
    case FaultKind::kPause:
    case FaultKind::kSlow:
    case FaultKind::kLoss:
    case FaultKind::kConfigPush:
    case FaultKind::kScale:
    case FaultKind::kDeploy:
    case FaultKind::kNodeLoss:
    case FaultKind::kLeak:
    case FaultKind::kCacheFlush:
    case FaultKind::kBandwidth:
    case FaultKind::kDnsStale:
    case FaultKind::kDiscoveryDelay:
    case FaultKind::kCertExpire:
    case FaultKind::kClockSkew:
      break;
  }
  std::int64_t sum = 0;
  std::int64_t kinds = 0;
  const auto add = [&](bool shown, std::int64_t part) {
    sum += shown ? part : 0;
    kinds += shown ? 1 : 0;
  };
  add(symptoms.errors > 0, errors);
  add(symptoms.slower > 0, latency);
  add(symptoms.stalled && symptoms.errors == 0, stall);
  return kinds == 0 ? kAll / 2 : sum / kinds;
}

// True unless the fault begins after the step, or was over long before it.
bool CauseFinder::may_explain(const Fault& fault, const CascadeStep& step) const {
  const Duration bucket = view_.record().bucket;
  const Instant end = end_of_fault(fault);
  return fault.at < step.at + bucket && (end == proxy::kNever || end + 3 * bucket > step.at);
}

// The fault that hits `service` while `step` begins; of several the latest. Load is none of them.
std::uint32_t CauseFinder::fault_on(ServiceIndex service, const CascadeStep& step) const {
  const std::vector<Fault>& faults = view_.scenario().faults;
  std::uint32_t found = kNone;
  for (std::uint32_t f = 0; f < faults.size(); ++f) {
    if (faults[f].kind != FaultKind::kLoad && may_explain(faults[f], step) &&
        hits(faults[f], service) && (found == kNone || faults[f].at > faults[found].at)) {
      found = f;
    }
  }
  return found;
}

std::optional<Cause> CauseFinder::quiet_callee(std::uint32_t number) const {
  constexpr std::int64_t kMostOfIt = kAll / 2;
  const CascadeStep& step = steps_[number];
  const Symptoms symptoms = symptoms_of(step);
  std::optional<Cause> best;
  for (const std::uint32_t e : view_.out_of(step.service)) {
    const EdgeRecord& edge = view_.edges()[e];
    if (edge.service == step.service || active_step(edge.service, step)) {
      continue;
    }
    std::optional<Cause> cause = over_edge(step, symptoms, e, kNone);
    if (!cause) {
      continue;
    }
    cause->fault = fault_on(edge.service, step);
    const auto weight = [](const Cause& it) { return std::pair(it.fault != kNone, it.strength); };
    const bool is_enough = cause->fault != kNone || cause->strength >= kMostOfIt;
    if (is_enough && (!best || weight(*cause) > weight(*best))) {
      best = std::move(cause);
    }
  }
  return best;
}

std::optional<Cause> CauseFinder::direct_fault(const CascadeStep& step) const {
  const Symptoms symptoms = symptoms_of(step);
  const Duration bucket = view_.record().bucket;
  Cause best;
  for (std::uint32_t f = 0; f < view_.scenario().faults.size(); ++f) {
    const Fault& fault = view_.scenario().faults[f];
    if (!may_explain(fault, step) || !hits(fault, step.service)) {
      continue;
    }
    std::int64_t strength = strength_of(fault, step, symptoms);
    const Duration gap = step.at - proxy::after(fault.at, fault.ramp);
    strength /= gap > 30 * bucket ? 4 : gap > 3 * bucket ? 2 : 1;
    strength /= end_of_fault(fault) <= step.at ? 2 : 1;
    if (strength >= kLeastStrength && strength >= best.strength) {
      best.mechanism = mechanism_of(fault);
      best.fault = f;
      best.strength = strength;
      best.evidence = {.mechanism = best.mechanism,
                       .at = fault.at,
                       .service = step.service,
                       .text = fault_words(view_.scenario(), f)};
    }
  }
  return best.fault == kNone ? std::nullopt : std::optional(best);
}

}  // namespace shaketable::engine
