#include <array>
#include <cstddef>

#include "proxy/live/admin_config_dump.h"
#include "proxy/live/log.h"

namespace shaketable::proxy::live {
namespace {

/// By bit of RetryOn.
constexpr std::array<std::string_view, 13> kRetryWords = {"5xx",
                                                          "gateway-error",
                                                          "reset",
                                                          "connect-failure",
                                                          "retriable-4xx",
                                                          "refused-stream",
                                                          "retriable-status-codes",
                                                          "envoy-ratelimited",
                                                          "cancelled",
                                                          "deadline-exceeded",
                                                          "resource-exhausted",
                                                          "internal",
                                                          "unavailable"};

}  // namespace

void RouteDump::virtual_host(const VirtualHost& host) {
  json_.begin_object().member("name", view(host.name));
  texts("domains", host.domains);
  array("routes", host.routes, [this](const Route& r) { route(r); });
  json_.end_object();
}

void RouteDump::string_match(const StringMatch& match, bool is_secret) {
  static constexpr std::string_view kKinds[] = {"exact",    "prefix", "suffix",
                                                "contains", "regex",  "present"};
  const std::string_view kind = kKinds[static_cast<std::size_t>(match.kind)];
  if (match.kind == StringMatch::Kind::kPresent) {
    json_.member(kind, true);
  } else {
    json_.member(kind, is_secret ? kRedacted : view(match.text));
  }
  flag("ignore_case", match.ignore_case);
}

void RouteDump::route_match(const RouteMatch& match) {
  static constexpr std::string_view kKinds[] = {"any", "exact", "prefix", "path_prefix", "regex"};
  json_.key("match").begin_object();
  if (match.path.kind != PathMatch::Kind::kAny) {
    json_.key("path").begin_object();
    json_.member(kKinds[static_cast<std::size_t>(match.path.kind)], view(match.path.text));
    flag("ignore_case", match.path.ignore_case);
    json_.end_object();
  }
  array("headers", match.headers, [this](const HeaderMatch& header) {
    json_.begin_object().member("name", view(header.name));
    string_match(header.value, is_secret_name(header.name));
    flag("invert", header.invert);
    json_.end_object();
  });
  array("query", match.query, [this](const QueryMatch& query) {
    json_.begin_object().member("name", view(query.name));
    string_match(query.value, is_secret_name(query.name));
    json_.end_object();
  });
  json_.end_object();
}

void RouteDump::mutations(std::string_view name, const std::vector<HeaderMutation>& list) {
  static constexpr std::string_view kOps[] = {"set", "add", "remove"};
  array(name, list, [this](const HeaderMutation& mutation) {
    json_.begin_object().member("op", kOps[static_cast<std::size_t>(mutation.op)]);
    json_.member("name", view(mutation.name));
    if (mutation.op != HeaderMutation::Op::kRemove) {
      json_.member("value", is_secret_name(mutation.name) ? kRedacted : view(mutation.value));
    }
    json_.end_object();
  });
}

void RouteDump::retry(const RetryPolicy& policy) {
  json_.key("retry").begin_object();
  json_.key("retry_on").begin_array();
  for (std::size_t bit = 0; bit < kRetryWords.size(); ++bit) {
    if ((policy.retry_on >> bit & 1U) != 0) {
      json_.value(kRetryWords[bit]);
    }
  }
  json_.end_array().member("num_retries", policy.num_retries);
  duration("per_try_timeout", policy.per_try_timeout);
  duration("backoff_base", policy.backoff_base);
  duration("backoff_max", policy.backoff_max);
  array("status_codes", policy.status_codes, [this](std::uint16_t s) { json_.value(s); });
  flag("previous_hosts", policy.previous_hosts);
  json_.end_object();
}

void RouteDump::fault(const FaultPolicy& policy) {
  json_.key("fault").begin_object();
  percent("delay_percent", policy.delay_ppm);
  duration("fixed_delay", policy.fixed_delay);
  percent("abort_percent", policy.abort_ppm);
  json_.member("abort_status", policy.abort_status).end_object();
}

void RouteDump::route_action(const Route& route) {
  array("clusters", route.clusters, [this](const WeightedCluster& target) {
    json_.begin_object();
    cluster_name(target.cluster);
    json_.member("weight", target.weight).end_object();
  });
  if (route.rewrite.has_value()) {
    json_.key("rewrite").begin_object();
    text("prefix", route.rewrite->prefix);
    text("regex", route.rewrite->regex);
    text("substitution", route.rewrite->substitution);
    text("authority", route.rewrite->authority);
    json_.end_object();
  }
  if (route.redirect.has_value()) {
    json_.key("redirect").begin_object().member("status", route.redirect->status);
    text("scheme", route.redirect->scheme);
    text("authority", route.redirect->authority);
    text("path", route.redirect->path);
    text("prefix_rewrite", route.redirect->prefix_rewrite);
    flag("strip_query", route.redirect->strip_query);
    json_.end_object();
  }
  if (route.direct_response.has_value()) {
    json_.key("direct_response").begin_object();
    json_.member("status", route.direct_response->status);
    json_.member("body_bytes", route.direct_response->body.size()).end_object();
  }
}

void RouteDump::route(const Route& route) {
  json_.begin_object();
  text("name", route.name);
  route_match(route.match);
  route_action(route);
  duration("timeout", route.timeout);
  duration("idle_timeout", route.idle_timeout);
  if (route.retry.has_value()) {
    retry(*route.retry);
  }
  if (route.fault.has_value()) {
    fault(*route.fault);
  }
  array("mirrors", route.mirrors, [this](const MirrorPolicy& mirror) {
    json_.begin_object();
    cluster_name(mirror.cluster);
    percent("percent", mirror.ppm);
    json_.end_object();
  });
  mutations("request_headers", route.request_headers);
  mutations("response_headers", route.response_headers);
  json_.end_object();
}

}  // namespace shaketable::proxy::live
