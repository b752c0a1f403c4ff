#include "gui/wizards/policy_form.h"

namespace shaketable::gui {
namespace {

constexpr WizardInfo kWizards[] = {
    {WizardKind::kTrafficShifting, "wizard_traffic_shifting", "Traffic Shifting",
     "Shares of the requests for each version: a canary, a roll-out, a roll-back."},
    {WizardKind::kRequestRouting, "wizard_request_routing", "Request Routing",
     "Rules by path, method or header; the first that fits takes the request."},
    {WizardKind::kFaultInjection, "wizard_fault_injection", "Fault Injection",
     "The sidecar delays or aborts a share of the requests, for the whole run."},
    {WizardKind::kRequestTimeouts, "wizard_request_timeouts", "Request Timeouts",
     "How long a caller waits, and when it tries again."},
    {WizardKind::kCircuitBreaker, "wizard_circuit_breaker", "Circuit Breaker",
     "Limits on what is in flight, and ejection of instances that keep failing."},
    {WizardKind::kMirroring, "wizard_mirroring", "Mirroring",
     "Copies of requests to another version or service; their answers are thrown away."},
};

}  // namespace

std::span<const WizardInfo> wizard_infos() { return kWizards; }

const WizardInfo& info_of(WizardKind kind) {
  for (const WizardInfo& info : kWizards) {
    if (info.kind == kind) {
      return info;
    }
  }
  return kWizards[0];
}

const engine::DestinationPolicy* PolicySubject::policy() const {
  const engine::DestinationPolicy* general = nullptr;
  for (const engine::DestinationPolicy& each : scenario.mesh.policies) {
    if (each.service == service && each.from == caller) {
      return &each;
    }
    if (each.service == service && each.from == engine::kNone) {
      general = &each;
    }
  }
  return general;
}

const engine::ClusterPolicy& PolicySubject::cluster() const {
  const engine::DestinationPolicy* const found = policy();
  return found == nullptr ? scenario.mesh.default_policy : found->policy;
}

const proxy::Route& PolicySubject::route() const {
  const engine::DestinationPolicy* const found = policy();
  return found == nullptr ? scenario.mesh.default_route : found->default_route;
}

const engine::RouteRule* PolicySubject::last_rule() const {
  const engine::DestinationPolicy* const found = policy();
  return found == nullptr || found->rules.empty() ? nullptr : &found->rules.back();
}

KeyPath PolicySubject::at(std::initializer_list<const char*> keys) const {
  KeyPath whole = path;
  whole.insert(whole.end(), keys.begin(), keys.end());
  return whole;
}

std::vector<std::string> PolicySubject::versions() const {
  std::vector<std::string> names;
  for (const engine::Version& version : callee().versions) {
    names.push_back(version.name);
  }
  return names;
}

PolicyForm* make_form(WizardKind kind, const PolicySubject& subject, QWidget* parent) {
  switch (kind) {
    case WizardKind::kTrafficShifting:
      return make_traffic_shifting(subject, parent);
    case WizardKind::kRequestRouting:
      return make_request_routing(subject, parent);
    case WizardKind::kFaultInjection:
      return make_fault_injection(subject, parent);
    case WizardKind::kRequestTimeouts:
      return make_request_timeouts(subject, parent);
    case WizardKind::kCircuitBreaker:
      return make_circuit_breaker(subject, parent);
    case WizardKind::kMirroring:
      return make_mirroring(subject, parent);
  }
  return nullptr;
}

}  // namespace shaketable::gui
