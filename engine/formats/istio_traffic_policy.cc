#include <algorithm>
#include <string>
#include <utility>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_readers.h"

namespace shaketable::engine::istio {
namespace {

using proxy::LbPolicy;

// Istio's numbers of a pool: 0 is the same as absent.
void set_if_positive(std::optional<std::uint32_t> value, std::uint32_t& target) {
  if (value.value_or(0) > 0) {
    target = *value;
  }
}

bool is_prime(std::uint32_t value) {
  for (std::uint32_t i = 2; i <= value / i; ++i) {
    if (value % i == 0) {
      return false;
    }
  }
  return value > 1;
}

// Consistent hashing is checked, then said to be missing.
void check_hash(FieldReader& fields) {
  const Node* node = fields.take("consistentHash");
  if (node == nullptr) {
    return;
  }
  Diagnostics& diagnostics = fields.diagnostics();
  FieldReader hash(node, fields.path("consistentHash"), diagnostics);
  if (const Node* cookie = hash.take("httpCookie")) {
    FieldReader parts(cookie, hash.path("httpCookie"), diagnostics);
    parts.require("name");
    parts.ignore({"path", "ttl", "attributes"});
    parts.finish();
  }
  if (const Node* maglev = hash.take("maglev")) {
    FieldReader parts(maglev, hash.path("maglev"), diagnostics);
    const auto size = read_uint32(parts.take("tableSize"), diagnostics, 5'000'011);
    parts.finish();
    if (size && !is_prime(*size)) {
      parts.reject("tableSize", parts.path("tableSize") + " must be a prime");
    }
  }
  hash.ignore(
      {"httpHeaderName", "useSourceIp", "httpQueryParameterName", "ringHash", "minimumRingSize"});
  hash.finish();
  if (fields.has("simple")) {
    fields.reject({}, fields.path() + " may have one of simple and consistentHash");
  }
  fields.warn("consistentHash", code::kIstioNotModelled,
              fields.path("consistentHash") +
                  " is not modelled: requests are spread by least request instead");
}

void read_load_balancer(const Node* node, const std::string& path, TrafficPolicy& policy,
                        Diagnostics& diagnostics) {
  if (node == nullptr) {
    return;
  }
  policy.has_load_balancer = true;
  FieldReader fields(node, path, diagnostics);
  enum class Simple { kDefault, kLeast, kOldLeast, kRandom, kRoundRobin, kPassthrough };
  constexpr EnumWord<Simple> kWords[] = {
      {"UNSPECIFIED", Simple::kDefault},     {"LEAST_REQUEST", Simple::kLeast},
      {"ROUND_ROBIN", Simple::kRoundRobin},  {"RANDOM", Simple::kRandom},
      {"PASSTHROUGH", Simple::kPassthrough}, {"LEAST_CONN", Simple::kOldLeast},
  };
  const Node* simple = fields.take("simple");
  switch (read_enum(simple, diagnostics, kWords, "a load balancer").value_or(Simple::kDefault)) {
    case Simple::kDefault:
    case Simple::kLeast:
      break;
    case Simple::kOldLeast:
      fields.warn("simple", code::kIstioDeprecated, "LEAST_CONN is deprecated", "LEAST_REQUEST");
      break;
    case Simple::kRandom:
      policy.values.lb_policy = LbPolicy::kRandom;
      break;
    case Simple::kRoundRobin:
      policy.values.lb_policy = LbPolicy::kRoundRobin;
      break;
    case Simple::kPassthrough:
      fields.warn("simple", code::kIstioNotModelled,
                  fields.path("simple") +
                      ": PASSTHROUGH is not modelled: requests are spread by least request");
      break;
  }
  check_hash(fields);
  fields.not_modelled("localityLbSetting", "hosts are not chosen by locality");
  fields.not_modelled("zoneAwareLbSetting", "hosts are not chosen by zone");
  fields.not_modelled("warmup", "a new instance gets its full share at once");
  fields.not_modelled("warmupDurationSecs", "a new instance gets its full share at once");
  fields.finish();
}

void read_tcp_pool(const Node* node, const std::string& path, ClusterPolicy& values,
                   Diagnostics& diagnostics) {
  FieldReader fields(node, path, diagnostics);
  set_if_positive(read_uint32(fields.take("maxConnections"), diagnostics, 0x7fff'ffffU),
                  values.circuit_breakers.max_connections);
  if (const auto timeout = read_istio_duration(fields.take("connectTimeout"), diagnostics)) {
    values.connect_timeout = *timeout;
  }
  static_cast<void>(read_istio_duration(
      fields.has("maxConnectionDuration") ? fields.node()->find("maxConnectionDuration") : nullptr,
      diagnostics));
  fields.not_modelled("maxConnectionDuration", "connections are closed for other reasons only");
  fields.not_modelled("tcpKeepalive", "a dead peer is found by other means");
  fields.ignore({"idleTimeout"});  // Of plain TCP: HTTP has its own.
  fields.finish();
}

void read_h2_upgrade(FieldReader& fields, TrafficPolicy& policy) {
  enum class Upgrade { kDefault, kNever, kAlways };
  constexpr EnumWord<Upgrade> kWords[] = {{"DEFAULT", Upgrade::kDefault},
                                          {"DO_NOT_UPGRADE", Upgrade::kNever},
                                          {"UPGRADE", Upgrade::kAlways}};
  const auto upgrade =
      read_enum(fields.take("h2UpgradePolicy"), fields.diagnostics(), kWords, "an upgrade policy");
  const bool client =
      read_bool(fields.take("useClientProtocol"), fields.diagnostics()).value_or(false);
  if (upgrade == Upgrade::kAlways && client) {
    fields.reject("useClientProtocol",
                  fields.path() + " may not both upgrade and use the client's protocol");
  }
  if (upgrade && *upgrade != Upgrade::kDefault) {
    policy.has_protocol = true;
    policy.values.protocol = *upgrade == Upgrade::kAlways ? proxy::UpstreamProtocol::kHttp2
                                                          : proxy::UpstreamProtocol::kHttp1;
  }
  if (client) {
    fields.warn(
        "useClientProtocol", code::kIstioNotModelled,
        fields.path("useClientProtocol") + " is not modelled: the protocol is that of the service");
  }
}

void check_keep_alive(FieldReader& fields) {
  if (const Node* node = fields.take("http2KeepAlive")) {
    FieldReader parts(node, fields.path("http2KeepAlive"), fields.diagnostics());
    static_cast<void>(read_istio_duration(parts.require("interval"), fields.diagnostics()));
    static_cast<void>(read_istio_duration(parts.require("timeout"), fields.diagnostics()));
    parts.finish();
    fields.warn("http2KeepAlive", code::kIstioNotModelled,
                parts.path() + " is not modelled: a dead peer is found by other means");
  }
}

void read_http_pool(const Node* node, const std::string& path, TrafficPolicy& policy,
                    Diagnostics& diagnostics) {
  constexpr std::uint32_t kMax = 0x7fff'ffffU;
  FieldReader fields(node, path, diagnostics);
  ClusterPolicy& values = policy.values;
  set_if_positive(read_uint32(fields.take("http1MaxPendingRequests"), diagnostics, kMax),
                  values.circuit_breakers.max_pending_requests);
  set_if_positive(read_uint32(fields.take("http2MaxRequests"), diagnostics, kMax),
                  values.circuit_breakers.max_requests);
  set_if_positive(read_uint32(fields.take("maxRetries"), diagnostics, kMax),
                  values.circuit_breakers.max_retries);
  set_if_positive(read_uint32(fields.take("maxRequestsPerConnection"), diagnostics, kMax),
                  values.max_requests_per_connection);
  set_if_positive(read_uint32(fields.take("maxConcurrentStreams"), diagnostics, kMax),
                  values.max_concurrent_streams);
  if (const auto idle = read_istio_duration(fields.take("idleTimeout"), diagnostics, true)) {
    values.pool_idle_timeout = *idle;
  }
  read_h2_upgrade(fields, policy);
  check_keep_alive(fields);
  fields.finish();
}

void read_connection_pool(const Node* node, const std::string& path, TrafficPolicy& policy,
                          Diagnostics& diagnostics) {
  if (node == nullptr) {
    return;
  }
  policy.has_connection_pool = true;
  FieldReader fields(node, path, diagnostics);
  const Node* tcp = fields.take("tcp");
  const Node* http = fields.take("http");
  fields.finish();
  if (tcp == nullptr && http == nullptr) {
    fields.reject({}, path + " needs tcp or http");
  }
  read_tcp_pool(tcp, fields.path("tcp"), policy.values, diagnostics);
  read_http_pool(http, fields.path("http"), policy, diagnostics);
}

// A detector is switched off by 0; a written number is always enforced.
void set_detector(std::optional<std::uint32_t> value, std::uint32_t& threshold,
                  std::uint32_t& enforcing) {
  if (value) {
    threshold = *value;
    enforcing = *value > 0 ? 100 : 0;
  }
}

void warn_of_detectors(FieldReader& fields, const proxy::OutlierDetection& outlier) {
  const bool both =
      outlier.enforcing_consecutive_gateway_failure > 0 && outlier.enforcing_consecutive_5xx > 0;
  if (both && outlier.consecutive_gateway_failure >= outlier.consecutive_5xx) {
    fields.warn("consecutiveGatewayErrors", code::kIstioNoEffect,
                fields.path("consecutiveGatewayErrors") + " is not below consecutive5xxErrors (" +
                    std::to_string(outlier.consecutive_5xx) + "), which always comes first",
                "consecutive5xxErrors: 0");
  }
}

void read_detectors(FieldReader& fields, proxy::OutlierDetection& outlier) {
  Diagnostics& diagnostics = fields.diagnostics();
  if (fields.take("consecutiveErrors") != nullptr) {
    fields.warn("consecutiveErrors", code::kIstioDeprecated,
                fields.path("consecutiveErrors") +
                    " is deprecated and ignored: 5 errors of kind 5xx eject a host",
                "consecutive5xxErrors or consecutiveGatewayErrors");
  }
  set_detector(read_uint32(fields.take("consecutive5xxErrors"), diagnostics),
               outlier.consecutive_5xx, outlier.enforcing_consecutive_5xx);
  set_detector(read_uint32(fields.take("consecutiveGatewayErrors"), diagnostics),
               outlier.consecutive_gateway_failure, outlier.enforcing_consecutive_gateway_failure);
  outlier.split_external_local_origin_errors =
      read_bool(fields.take("splitExternalLocalOriginErrors"), diagnostics).value_or(false);
  const auto local = read_uint32(fields.take("consecutiveLocalOriginFailures"), diagnostics);
  set_detector(local, outlier.consecutive_local_origin_failure,
               outlier.enforcing_consecutive_local_origin_failure);
  if (local.value_or(0) > 0 && !outlier.split_external_local_origin_errors) {
    fields.reject("consecutiveLocalOriginFailures",
                  fields.path("consecutiveLocalOriginFailures") +
                      " needs splitExternalLocalOriginErrors: true");
  }
  fields.not_modelled("outlierDetectionHttpErrorCodes", "5xx alone counts as an error");
  warn_of_detectors(fields, outlier);
}

void read_outlier_detection(const Node* node, const std::string& path, TrafficPolicy& policy,
                            Diagnostics& diagnostics) {
  if (node == nullptr) {
    return;
  }
  policy.has_outlier_detection = true;
  FieldReader fields(node, path, diagnostics);
  proxy::OutlierDetection outlier;
  read_detectors(fields, outlier);
  if (const auto interval = read_istio_duration(fields.take("interval"), diagnostics)) {
    outlier.interval = *interval;
  }
  if (const auto base = read_istio_duration(fields.take("baseEjectionTime"), diagnostics)) {
    outlier.base_ejection_time = *base;
    outlier.max_ejection_time = std::max(outlier.max_ejection_time, *base);
  }
  const auto percent = read_uint32(fields.take("maxEjectionPercent"), diagnostics, 100);
  set_if_positive(percent, outlier.max_ejection_percent);
  if (percent == 0U) {
    fields.warn("maxEjectionPercent", code::kIstioSurprise,
                fields.path("maxEjectionPercent") + ": Istio reads 0 as absent: 10 % holds");
  }
  // Istio writes the panic threshold whenever there is outlier detection, and only then.
  policy.values.panic_threshold_percent =
      read_uint32(fields.take("minHealthPercent"), diagnostics, 100).value_or(0);
  fields.finish();
  policy.values.outlier_detection = outlier;
}

void read_retry_budget(const Node* node, const std::string& path, TrafficPolicy& policy,
                       Diagnostics& diagnostics) {
  if (node == nullptr) {
    return;
  }
  FieldReader fields(node, path, diagnostics);
  proxy::RetryBudget budget;
  const Node* percent = fields.take("percent");
  // A bare number, unlike the other percentages.
  if (const auto micro = read_decimal(percent, diagnostics, {0, 100'000'000})) {
    budget.budget_ppm = static_cast<std::uint32_t>(*micro / 100);
  }
  if (const auto minimum = read_uint32(fields.take("minRetryConcurrency"), diagnostics)) {
    budget.min_retry_concurrency = *minimum;
  }
  fields.not_modelled("budgetInterval", "the budget counts the requests of the moment");
  fields.finish();
  policy.retry_budget = budget;
}

void read_ports(FieldReader& fields, TrafficPolicy& policy) {
  const Node* list = fields.take("portLevelSettings");
  if (list == nullptr) {
    return;
  }
  Diagnostics& diagnostics = fields.diagnostics();
  std::size_t index = 0;
  for (const Node* item : read_sequence(list, diagnostics, "a list of port settings")) {
    const std::string path = item_path(fields.path("portLevelSettings"), index++);
    const Node* port = item->find("port");
    FieldReader number(port, path + ".port", diagnostics);
    const auto value = read_uint32(number.take("number"), diagnostics, 65'535);
    number.finish();
    if (value.value_or(0) == 0) {
      say(*item, Severity::kError, code::kIstioRejected,
          "Istio refuses this: " + path + ".port.number is required", {}, diagnostics);
    }
    policy.ports.push_back(
        {value.value_or(0), read_traffic_policy(*item, path, true, diagnostics), mark_of(*item)});
  }
}

}  // namespace

TrafficPolicy read_traffic_policy(const Node& node, const std::string& path, bool port_level,
                                  Diagnostics& diagnostics) {
  TrafficPolicy policy;
  FieldReader fields(&node, path, diagnostics);
  read_load_balancer(fields.take("loadBalancer"), fields.path("loadBalancer"), policy, diagnostics);
  read_connection_pool(fields.take("connectionPool"), fields.path("connectionPool"), policy,
                       diagnostics);
  read_outlier_detection(fields.take("outlierDetection"), fields.path("outlierDetection"), policy,
                         diagnostics);
  check_tls(fields.take("tls"), fields.path("tls"), diagnostics);
  if (port_level) {
    fields.ignore({"port"});
  } else {
    read_ports(fields, policy);
    read_retry_budget(fields.take("retryBudget"), fields.path("retryBudget"), policy, diagnostics);
    fields.not_modelled("tunnel", "requests are not tunnelled");
    fields.not_modelled("proxyProtocol", "connections carry no header of their own");
  }
  fields.finish();
  if (!port_level && fields.node() != nullptr && fields.node()->entries().empty()) {
    fields.reject({}, path + " is empty");
  }
  return policy;
}

}  // namespace shaketable::engine::istio
