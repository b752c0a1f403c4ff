#pragma once

#include <string>

#include "engine/mesh/model.h"

/// Policies in words, as their sidecars act on them. Raw texts.
namespace shaketable::reports {

/// "2 more tries on 5xx, reset; 200 ms each"; "none".
[[nodiscard]] std::string retry_words(const proxy::Route& route);
/// "1 s for all tries" or "none".
[[nodiscard]] std::string timeout_words(const proxy::Route& route);
/// "64 pending, 128 requests, 3 retries at a time"; "no limit".
[[nodiscard]] std::string breaker_words(const proxy::CircuitBreakers& breakers);
/// "5 consecutive 5xx, for 30 s, at most 34 % of the hosts; looked at each 10 s"; "off".
[[nodiscard]] std::string outlier_words(const engine::ClusterPolicy& policy);
/// "least request (2 choices), HTTP/1.1".
[[nodiscard]] std::string balancer_words(const engine::ClusterPolicy& policy);
/// "/checkout: v1 90 %, v2 10 %".
[[nodiscard]] std::string rule_words(const engine::Mesh& mesh, const engine::RouteRule& rule);

}  // namespace shaketable::reports
