#pragma once

#include <concepts>
#include <type_traits>

#include "proxy/config/policy.h"
#include "proxy/config/proxy_config.h"
#include "proxy/config/route.h"

/// The order of all members in an archive: one visitor of each struct for both directions.
/// For archive.cc alone.
namespace shaketable::proxy {

/// T or const T: writers visit constants, readers variables.
template <class T, class Plain>
concept Is = std::same_as<std::remove_const_t<T>, Plain>;

// Each takes its struct apart by a structured binding, which does not compile when a member is
// added, and passes all of them on.

template <class Archive>
void visit(Archive& archive, Is<RetryPolicy> auto& value) {
  auto& [retry_on, num_retries, per_try_timeout, backoff_base, backoff_max, growth, status_codes,
         previous_hosts, host_selection_retry_max_attempts] = value;
  archive(retry_on, num_retries, per_try_timeout, backoff_base, backoff_max, growth, status_codes,
          previous_hosts, host_selection_retry_max_attempts);
}

template <class Archive>
void visit(Archive& archive, Is<RetryBudget> auto& value) {
  auto& [budget_ppm, min_retry_concurrency] = value;
  archive(budget_ppm, min_retry_concurrency);
}

template <class Archive>
void visit(Archive& archive, Is<CircuitBreakers> auto& value) {
  auto& [connections, pending_requests, requests, retries, retry_budget] = value;
  archive(connections, pending_requests, requests, retries, retry_budget);
}

template <class Archive>
void visit(Archive& archive, Is<OutlierDetection> auto& value) {
  auto& [in_a_row, gateway, local, enforcing_in_a_row, enforcing_gateway, enforcing_local, split,
         interval, base_time, max_time, jitter, max_percent, always_one, enforcing_rate, rate_hosts,
         rate_volume, rate_factor, enforcing_failure, failure_threshold, failure_hosts,
         failure_volume] = value;
  archive(in_a_row, gateway, local, enforcing_in_a_row, enforcing_gateway, enforcing_local, split,
          interval, base_time, max_time, jitter, max_percent, always_one, enforcing_rate,
          rate_hosts, rate_volume, rate_factor, enforcing_failure, failure_threshold, failure_hosts,
          failure_volume);
}

template <class Archive>
void visit(Archive& archive, Is<FaultPolicy> auto& value) {
  auto& [delay_ppm, fixed_delay, abort_ppm, abort_status, max_active_faults] = value;
  archive(delay_ppm, fixed_delay, abort_ppm, abort_status, max_active_faults);
}

template <class Archive>
void visit(Archive& archive, Is<StringMatch> auto& value) {
  auto& [kind, text, ignore_case] = value;
  archive(kind, text, ignore_case);
}

template <class Archive>
void visit(Archive& archive, Is<HeaderMatch> auto& value) {
  auto& [name, match, invert] = value;
  archive(name, match, invert);
}

template <class Archive>
void visit(Archive& archive, Is<QueryMatch> auto& value) {
  auto& [name, match] = value;
  archive(name, match);
}

template <class Archive>
void visit(Archive& archive, Is<PathMatch> auto& value) {
  auto& [kind, text, ignore_case] = value;
  archive(kind, text, ignore_case);
}

template <class Archive>
void visit(Archive& archive, Is<RouteMatch> auto& value) {
  auto& [path, headers, query] = value;
  archive(path, headers, query);
}

template <class Archive>
void visit(Archive& archive, Is<HeaderMutation> auto& value) {
  auto& [op, name, text] = value;
  archive(op, name, text);
}

template <class Archive>
void visit(Archive& archive, Is<WeightedCluster> auto& value) {
  auto& [cluster, weight] = value;
  archive(cluster, weight);
}

template <class Archive>
void visit(Archive& archive, Is<Rewrite> auto& value) {
  auto& [prefix, regex, substitution, authority] = value;
  archive(prefix, regex, substitution, authority);
}

template <class Archive>
void visit(Archive& archive, Is<Redirect> auto& value) {
  auto& [status, scheme, authority, path, prefix_rewrite, port, strip_query] = value;
  archive(status, scheme, authority, path, prefix_rewrite, port, strip_query);
}

template <class Archive>
void visit(Archive& archive, Is<DirectResponse> auto& value) {
  auto& [status, body] = value;
  archive(status, body);
}

template <class Archive>
void visit(Archive& archive, Is<MirrorPolicy> auto& value) {
  auto& [cluster, ppm] = value;
  archive(cluster, ppm);
}

template <class Archive>
void visit(Archive& archive, Is<Route> auto& value) {
  auto& [name, match, action, clusters, timeout, idle_timeout, retry, fault, mirrors, rewrite,
         redirect, direct_response, request_headers, response_headers] = value;
  archive(name, match, action, clusters, timeout, idle_timeout, retry, fault, mirrors, rewrite,
          redirect, direct_response, request_headers, response_headers);
}

template <class Archive>
void visit(Archive& archive, Is<VirtualHost> auto& value) {
  auto& [name, domains, routes] = value;
  archive(name, domains, routes);
}

template <class Archive>
void visit(Archive& archive, Is<HostConfig> auto& value) {
  auto& [id, weight] = value;
  archive(id, weight);
}

template <class Archive>
void visit(Archive& archive, Is<ClusterConfig> auto& value) {
  auto& [name, lb_policy, choice_count, full_scan, protocol, max_concurrent_streams,
         max_requests_per_connection, connect_timeout, pool_idle_timeout, circuit_breakers,
         outlier_detection, panic_threshold_percent, hosts, tag] = value;
  archive(name, lb_policy, choice_count, full_scan, protocol, max_concurrent_streams,
          max_requests_per_connection, connect_timeout, pool_idle_timeout, circuit_breakers,
          outlier_detection, panic_threshold_percent, hosts, tag);
}

template <class Archive>
void visit(Archive& archive, Is<ProxyConfig> auto& value) {
  auto& [version, clusters, outbound, inbound] = value;
  archive(version, clusters, outbound, inbound);
}

}  // namespace shaketable::proxy
