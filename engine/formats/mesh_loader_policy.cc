#include <algorithm>
#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"
#include "engine/formats/schema_words.h"

// The settings of a destination that need no names: cluster and route, key by key.
namespace shaketable::engine {
namespace {

constexpr std::uint32_t kMaxCount = proxy::kUnlimited;

/// `50%`, or `50` as Envoy writes it: the key's name says that it is a percent.
void read_whole_percent(const Node* node, std::uint32_t& target, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  if (!node->text().ends_with('%')) {
    assign(target, read_count(node, context.diagnostics, 0, 100));
    return;
  }
  const auto ppm = read_ppm(node, context.diagnostics);
  if (ppm && *ppm % 10'000 != 0) {
    context.error(*node, code::kOutOfRange, "Envoy knows whole percents only here", "0% to 100%");
  } else if (ppm) {
    target = *ppm / 10'000;
  }
}

void read_budget(const Node* node, const ObjectSpec& spec, const char* share, const char* least,
                 proxy::CircuitBreakers& breakers, LoaderContext& context) {
  proxy::RetryBudget budget = breakers.retry_budget.value_or(proxy::RetryBudget{});
  ObjectReader map(node, spec, context.diagnostics);
  assign(budget.budget_ppm, read_ppm(map.get(share), context.diagnostics));
  assign(budget.min_retry_concurrency,
         read_count(map.get(least), context.diagnostics, 0, kMaxCount));
  map.finish();
  breakers.retry_budget = budget;
}

void read_breakers(const Node* node, proxy::CircuitBreakers& breakers, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  ObjectReader map(node, spec::kBreakers, context.diagnostics);
  const auto count = [&](const char* key, std::uint32_t& target) {
    assign(target, read_count(map.get(key), context.diagnostics, 0, kMaxCount));
  };
  count("max_connections", breakers.max_connections);
  count("max_pending_requests", breakers.max_pending_requests);
  count("max_requests", breakers.max_requests);
  count("max_retries", breakers.max_retries);
  if (const Node* budget = map.get("retry_budget")) {
    read_budget(budget, spec::kEnvoyBudget, "budget_percent", "min_retry_concurrency", breakers,
                context);
  }
  map.finish();
}

void read_outlier(const Node* node, std::optional<proxy::OutlierDetection>& target,
                  LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  if (node->is_scalar() && node->text() == "false") {
    target.reset();
    return;
  }
  proxy::OutlierDetection outlier = target.value_or(proxy::OutlierDetection{});
  ObjectReader map(node, spec::kOutlier, context.diagnostics);
  const auto count = [&](const char* key, std::uint32_t& value) {
    assign(value, read_count(map.get(key), context.diagnostics, 0, 1'000'000));
  };
  const auto percent = [&](const char* key, std::uint32_t& value) {
    read_whole_percent(map.get(key), value, context);
  };
  const auto duration = [&](const char* key, Duration& value, Duration min) {
    assign(value, read_duration(map.get(key), context.diagnostics, {min, kMaxReadDuration}));
  };
  count("consecutive_5xx", outlier.consecutive_5xx);
  count("consecutive_gateway_failure", outlier.consecutive_gateway_failure);
  count("consecutive_local_origin_failure", outlier.consecutive_local_origin_failure);
  percent("enforcing_consecutive_5xx", outlier.enforcing_consecutive_5xx);
  percent("enforcing_consecutive_gateway_failure", outlier.enforcing_consecutive_gateway_failure);
  percent("enforcing_consecutive_local_origin_failure",
          outlier.enforcing_consecutive_local_origin_failure);
  assign(outlier.split_external_local_origin_errors,
         read_bool(map.get("split_external_local_origin_errors"), context.diagnostics));
  duration("interval", outlier.interval, std::chrono::milliseconds(1));
  duration("base_ejection_time", outlier.base_ejection_time, std::chrono::milliseconds(1));
  duration("max_ejection_time", outlier.max_ejection_time, std::chrono::milliseconds(1));
  duration("max_ejection_time_jitter", outlier.max_ejection_time_jitter, Duration::zero());
  percent("max_ejection_percent", outlier.max_ejection_percent);
  assign(outlier.always_eject_one_host,
         read_bool(map.get("always_eject_one_host"), context.diagnostics));
  percent("enforcing_success_rate", outlier.enforcing_success_rate);
  count("success_rate_minimum_hosts", outlier.success_rate_minimum_hosts);
  count("success_rate_request_volume", outlier.success_rate_request_volume);
  count("success_rate_stdev_factor", outlier.success_rate_stdev_factor);
  percent("enforcing_failure_percentage", outlier.enforcing_failure_percentage);
  percent("failure_percentage_threshold", outlier.failure_percentage_threshold);
  count("failure_percentage_minimum_hosts", outlier.failure_percentage_minimum_hosts);
  count("failure_percentage_request_volume", outlier.failure_percentage_request_volume);
  map.finish();
  target = outlier;
}

void read_balancing(const Node* node, ClusterPolicy& policy, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  constexpr const char* kWhat = "a load balancing policy";
  if (!node->is_map()) {
    assign(policy.lb_policy, read_enum(node, context.diagnostics, words::kLbPolicy, kWhat));
    return;
  }
  ObjectReader map(node, spec::kBalancing, context.diagnostics);
  assign(policy.lb_policy,
         read_enum(map.get("policy"), context.diagnostics, words::kLbPolicy, kWhat));
  assign(policy.choice_count, read_count(map.get("choice_count"), context.diagnostics, 2, 100));
  assign(policy.full_scan, read_bool(map.get("full_scan"), context.diagnostics));
  map.finish();
}

void add_condition(const Node& node, proxy::RetryPolicy& policy, LoaderContext& context) {
  const std::string_view text = node.text();
  const bool number = node.is_scalar() && text.size() == 3 &&
                      text.find_first_not_of("0123456789") == std::string_view::npos;
  if (number) {  // Istio takes status codes among the conditions.
    if (const auto status = read_count(&node, context.diagnostics, 100, 599)) {
      policy.status_codes.push_back(static_cast<std::uint16_t>(*status));
      policy.retry_on |= proxy::kRetryOnStatusCodes;
    }
  } else if (const auto bit = read_enum(&node, context.diagnostics, words::kRetryOn,
                                        "a condition to retry on")) {
    policy.retry_on |= *bit;
  }
}

void read_conditions(const Node* node, proxy::RetryPolicy& policy, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  policy.retry_on = 0;
  policy.status_codes.clear();
  if (node->is_scalar()) {
    add_condition(*node, policy, context);
    return;
  }
  for (const Node* item : read_sequence(node, context.diagnostics, "a list of conditions")) {
    add_condition(*item, policy, context);
  }
}

void read_backoff(const Node* node, proxy::RetryPolicy& policy, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  constexpr Bounds<Duration> kAny{std::chrono::milliseconds(1), std::chrono::hours(1)};
  ObjectReader map(node, spec::kBackoff, context.diagnostics);
  if (const auto base = read_duration(map.get("base"), context.diagnostics, kAny)) {
    policy.backoff_base = *base;
    policy.backoff_max = *base * 10;
  }
  const Node* const max = map.get("max");
  assign(policy.backoff_max, read_duration(max, context.diagnostics, kAny));
  map.finish();
  if (max != nullptr && policy.backoff_max < policy.backoff_base) {
    context.error(*max, code::kContradiction, "the longest pause is below the first one",
                  "a `max` of at least `base`");
  }
}

void read_retries(const Node* node, std::optional<proxy::RetryPolicy>& target,
                  proxy::CircuitBreakers* breakers, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  constexpr std::uint32_t kMostAttempts = 100;
  if (node->is_scalar() && node->text() == "false") {
    target.reset();
    return;
  }
  proxy::RetryPolicy policy = target.value_or(istio_default_retries());
  if (!node->is_map()) {  // `retries: 3`
    assign(policy.num_retries, read_count(node, context.diagnostics, 0, kMostAttempts));
  } else {
    ObjectReader map(node, spec::kRetries, context.diagnostics);
    assign(policy.num_retries,
           read_count(map.get("attempts"), context.diagnostics, 0, kMostAttempts));
    assign(policy.per_try_timeout, read_duration(map.get("per_try_timeout"), context.diagnostics));
    read_conditions(map.get("retry_on"), policy, context);
    for (const Node* item : read_sequence(map.get("retriable_status_codes"), context.diagnostics,
                                          "a list of status codes")) {
      if (const auto status = read_count(item, context.diagnostics, 100, 599)) {
        policy.status_codes.push_back(static_cast<std::uint16_t>(*status));
        policy.retry_on |= proxy::kRetryOnStatusCodes;
      }
    }
    read_backoff(map.get("backoff"), policy, context);
    assign(policy.previous_hosts, read_bool(map.get("previous_hosts"), context.diagnostics));
    assign(policy.host_selection_retry_max_attempts,
           read_count(map.get("host_selection_retry_max_attempts"), context.diagnostics, 0, 100));
    const Node* const budget = map.get("budget");
    if (budget != nullptr && breakers == nullptr) {
      context.error(*budget, code::kContradiction,
                    "a retry budget counts for a destination as a whole",
                    "`budget` in the `retries` of the destination, or `retry_budget` in its "
                    "`circuit_breakers`");
    } else if (budget != nullptr) {
      read_budget(budget, spec::kBudget, "ratio", "min_concurrency", *breakers, context);
    }
    map.finish();
  }
  target = policy;
  if (policy.num_retries == 0) {
    target.reset();
  }
}

void read_injection(const Node* node, std::optional<proxy::FaultPolicy>& target,
                    LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  proxy::FaultPolicy fault;
  ObjectReader map(node, spec::kInjection, context.diagnostics);
  if (const Node* delay = map.get("delay")) {
    fault.delay_ppm = proxy::kPpmOne;
    ObjectReader part(delay, spec::kInjectedDelay, context.diagnostics);
    assign(fault.fixed_delay, read_duration(part.get("fixed_delay"), context.diagnostics));
    assign(fault.delay_ppm, read_ppm(part.get("percent"), context.diagnostics));
    part.finish();
  }
  if (const Node* abort = map.get("abort")) {
    fault.abort_ppm = proxy::kPpmOne;
    ObjectReader part(abort, spec::kInjectedAbort, context.diagnostics);
    assign(fault.abort_status, read_count(part.get("status"), context.diagnostics, 200, 599));
    assign(fault.abort_ppm, read_ppm(part.get("percent"), context.diagnostics));
    part.finish();
  }
  map.finish();
  target = fault;
}

}  // namespace

void read_cluster_keys(ObjectReader& map, ClusterPolicy& policy, LoaderContext& context) {
  Diagnostics& diagnostics = context.diagnostics;
  read_breakers(map.get("circuit_breakers"), policy.circuit_breakers, context);
  read_outlier(map.get("outlier_detection"), policy.outlier_detection, context);
  read_balancing(map.get("load_balancing"), policy, context);
  read_whole_percent(map.get("panic_threshold"), policy.panic_threshold_percent, context);
  assign(policy.protocol,
         read_enum(map.get("protocol"), diagnostics, words::kProtocol, "a protocol"));
  assign(policy.max_concurrent_streams,
         read_count(map.get("max_concurrent_streams"), diagnostics, 1, 0x7fff'ffff));
  assign(policy.max_requests_per_connection,
         read_count(map.get("max_requests_per_connection"), diagnostics, 0, kMaxCount));
  assign(policy.connect_timeout, read_duration(map.get("connect_timeout"), diagnostics,
                                               {std::chrono::milliseconds(1), kMaxReadDuration}));
  assign(policy.pool_idle_timeout, read_duration(map.get("pool_idle_timeout"), diagnostics));
}

void read_route_keys(ObjectReader& map, proxy::Route& route, proxy::CircuitBreakers* breakers,
                     LoaderContext& context) {
  assign(route.timeout, read_duration(map.get("timeout"), context.diagnostics));
  assign(route.idle_timeout, read_duration(map.get("idle_timeout"), context.diagnostics));
  read_retries(map.get("retries"), route.retry, breakers, context);
  read_injection(map.get("fault"), route.fault, context);
}

}  // namespace shaketable::engine
