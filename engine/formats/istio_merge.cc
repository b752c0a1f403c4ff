#include "engine/formats/istio_merge.h"

#include <algorithm>

#include "engine/formats/istio_codes.h"
#include "engine/formats/printable.h"

namespace shaketable::engine::istio {
namespace {

void take_load_balancer(const ClusterPolicy& from, ClusterPolicy& to) {
  to.lb_policy = from.lb_policy;
  to.choice_count = from.choice_count;
  to.full_scan = from.full_scan;
}

void take_connection_pool(const ClusterPolicy& from, ClusterPolicy& to) {
  const std::optional<proxy::RetryBudget> budget = to.circuit_breakers.retry_budget;
  to.circuit_breakers = from.circuit_breakers;
  to.circuit_breakers.retry_budget = budget;
  to.max_concurrent_streams = from.max_concurrent_streams;
  to.max_requests_per_connection = from.max_requests_per_connection;
  to.connect_timeout = from.connect_timeout;
  to.pool_idle_timeout = from.pool_idle_timeout;
}

void take_blocks(const TrafficPolicy& policy, ClusterPolicy& to) {
  if (policy.has_load_balancer) {
    take_load_balancer(policy.values, to);
  }
  if (policy.has_connection_pool) {
    take_connection_pool(policy.values, to);
  }
  if (policy.has_protocol) {
    to.protocol = policy.values.protocol;
  }
  if (policy.has_outlier_detection) {
    to.outlier_detection = policy.values.outlier_detection;
    to.panic_threshold_percent = policy.values.panic_threshold_percent;
  }
}

// The settings that hold for the port at which the service is called, or null.
const TrafficPolicy::PortPolicy* find_port(const TrafficPolicy& policy, const Service& service,
                                           OnceDiagnostics& remarks) {
  const TrafficPolicy::PortPolicy* found = nullptr;
  for (const TrafficPolicy::PortPolicy& entry : policy.ports) {
    const bool unstated = service.ports.empty() && policy.ports.size() == 1;
    const std::uint32_t called = service.ports.empty() ? 80 : service.ports.front();
    if (unstated || entry.port == called) {
      found = &entry;
    } else {
      remarks.say(entry.mark, Severity::kWarning, code::kIstioUnknownPort,
                  "settings for port " + std::to_string(entry.port) + " are left out: calls to " +
                      quoted(service.name) + " go to port " + std::to_string(called));
    }
  }
  return found;
}

bool has_block(const TrafficPolicy& policy) {
  return policy.has_load_balancer || policy.has_connection_pool || policy.has_outlier_detection;
}

bool is_service_label(std::string_view key) {
  return key == "app" || key == "app.kubernetes.io/name" || key == "k8s-app" ||
         key == "service.istio.io/canonical-name";
}

bool has_label(const Version& version, const Label& wanted) {
  return std::any_of(version.labels.begin(), version.labels.end(), [&](const Label& label) {
    return label.key == wanted.key && label.value == wanted.value;
  });
}

bool has_key(const Service& service, const std::string& key) {
  return std::any_of(service.versions.begin(), service.versions.end(), [&](const Version& version) {
    return std::any_of(version.labels.begin(), version.labels.end(),
                       [&](const Label& label) { return label.key == key; });
  });
}

}  // namespace

ClusterPolicy merge_policy(const ClusterPolicy& defaults, const ClusterPolicy& below,
                           const TrafficPolicy& policy, const Service& service,
                           OnceDiagnostics& remarks) {
  ClusterPolicy merged = below;
  take_blocks(policy, merged);
  if (policy.retry_budget) {
    merged.circuit_breakers.retry_budget = policy.retry_budget;
  }
  if (const TrafficPolicy::PortPolicy* port = find_port(policy, service, remarks)) {
    const std::optional<proxy::RetryBudget> budget = merged.circuit_breakers.retry_budget;
    if (has_block(policy)) {
      remarks.say(port->mark, Severity::kWarning, code::kIstioSurprise,
                  "settings for a port replace all others of the rule: what is missing here falls "
                  "back to the defaults, not to spec.trafficPolicy");
    }
    merged = defaults;
    take_blocks(port->policy, merged);
    merged.circuit_breakers.retry_budget = budget;
  }
  return merged;
}

std::vector<Label> instance_labels(const std::vector<Label>& labels, const Service& service) {
  std::vector<Label> result;
  for (const Label& label : labels) {
    if (is_service_label(label.key) && label.value == service.name &&
        !has_key(service, label.key)) {
      continue;
    }
    result.push_back(label);
  }
  return result;
}

bool selects_any(const std::vector<Label>& labels, const Service& service) {
  return std::any_of(service.versions.begin(), service.versions.end(), [&](const Version& version) {
    return std::all_of(labels.begin(), labels.end(),
                       [&](const Label& label) { return has_label(version, label); });
  });
}

}  // namespace shaketable::engine::istio
