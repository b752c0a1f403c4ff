#pragma once

#include <algorithm>
#include <cstdint>

#include "proxy/config/policy.h"

namespace shaketable::proxy {

/// What one proxy has in use of one cluster, against the cluster's limits. Envoy's resource
/// manager: `can_*` compares before the resource is taken, so a limit of n allows n at once.
struct CircuitBreaker {
  std::uint32_t connections = 0;
  std::uint32_t pending_requests = 0;
  std::uint32_t requests = 0;
  std::uint32_t retries = 0;

  [[nodiscard]] bool can_connect(const CircuitBreakers& limits) const {
    return connections < limits.max_connections;
  }
  [[nodiscard]] bool can_queue(const CircuitBreakers& limits) const {
    return pending_requests < limits.max_pending_requests;
  }
  [[nodiscard]] bool can_request(const CircuitBreakers& limits) const {
    return requests < limits.max_requests;
  }
  [[nodiscard]] bool can_retry(const CircuitBreakers& limits) const {
    return retries < retry_limit(limits);
  }

  /// Concurrent retries that are allowed now: `max_retries`, or the budget's share of the active
  /// and pending requests, truncated, but at least its minimum.
  [[nodiscard]] std::uint32_t retry_limit(const CircuitBreakers& limits) const {
    if (!limits.retry_budget.has_value()) {
      return limits.max_retries;
    }
    const std::uint64_t busy = std::uint64_t{requests} + pending_requests;
    const std::uint64_t share = busy * limits.retry_budget->budget_ppm / kPpmOne;
    return static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(share, limits.retry_budget->min_retry_concurrency, kUnlimited));
  }
};

}  // namespace shaketable::proxy
