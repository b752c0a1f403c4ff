#include <array>
#include <cstddef>
#include <utility>

#include "proxy/live/admin_pages.h"
#include "proxy/live/text_output.h"

namespace shaketable::proxy::live {
namespace {

constexpr std::string_view kRedacted = "[redacted]";

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

/// The configuration as JSON, with the names of the types that hold it. What is secret, and what
/// files hold, stays out: keys by path too, values of headers that carry credentials, bodies.
class ConfigDump {
 public:
  ConfigDump(const LiveConfig& config, std::string& out) : config_(config), json_(out) {}

  void write(const ServerInfo& server, const RuntimeFaults* faults) {
    json_.begin_object();
    text("node", config_.node);
    json_.member("version", server.config_version);
    json_.member("runtime_faults", faults == nullptr ? std::size_t{0} : faults->all().size());
    write_process();
    array("listeners", config_.listeners, [this](const ListenerConfig& l) { listener(l); });
    json_.key("clusters").begin_array();
    for (std::size_t i = 0; i < config_.core.clusters.size(); ++i) {
      cluster(config_.core.clusters[i],
              i < config_.clusters.size() ? &config_.clusters[i] : nullptr);
    }
    json_.end_array();
    text("dns_server", config_.dns_server);
    array("dns", config_.dns, [this](const DnsCluster& d) { dns(d); });
    array("outbound", config_.core.outbound, [this](const VirtualHost& h) { virtual_host(h); });
    array("inbound", config_.core.inbound, [this](const VirtualHost& h) { virtual_host(h); });
    array("files", config_.files, [this](const std::string& f) { json_.value(view(f)); });
    json_.end_object();
  }

 private:
  static std::string_view view(const std::string& text) { return text; }
  void text(std::string_view name, const std::string& value) {
    if (!value.empty()) {
      json_.member(name, view(value));
    }
  }
  void flag(std::string_view name, bool value) {
    if (value) {
      json_.member(name, true);
    }
  }
  void duration(std::string_view name, Duration value) {
    std::string seconds;
    append_decimal(value.count(), 9, seconds);
    seconds += 's';
    json_.member(name, view(seconds));
  }
  void percent(std::string_view name, std::uint32_t ppm) {
    std::string number;
    append_decimal(std::int64_t{ppm} * 100'000, 4, number);
    json_.key(name).raw(number);
  }
  template <class Items, class Write>
  void array(std::string_view name, const Items& items, const Write& write) {
    if (items.empty()) {
      return;
    }
    json_.key(name).begin_array();
    for (const auto& item : items) {
      write(item);
    }
    json_.end_array();
  }
  void texts(std::string_view name, const std::vector<std::string>& items) {
    array(name, items, [this](const std::string& item) { json_.value(view(item)); });
  }

  void write_process() {
    json_.key("admin").begin_object();
    text("address", config_.admin.address);
    json_.member("token", config_.admin.token.empty() ? "" : kRedacted).end_object();
    static constexpr std::string_view kFormats[] = {"off", "text", "json"};
    const AccessLogConfig& log = config_.access_log;
    json_.key("access_log").begin_object();
    json_.member("format", kFormats[static_cast<std::size_t>(log.format)]);
    text("path", log.path);
    json_.member("max_bytes", log.max_bytes).member("keep", log.keep).end_object();
    static constexpr std::string_view kExporters[] = {"off", "otlp_http", "zipkin"};
    const TracingConfig& tracing = config_.tracing;
    json_.key("tracing").begin_object();
    json_.member("exporter", kExporters[static_cast<std::size_t>(tracing.exporter)]);
    text("collector", tracing.collector);
    text("path", tracing.path);
    percent("sampling_percent", tracing.sampling_ppm);
    json_.end_object().key("timeouts").begin_object();
    duration("handshake", config_.timeouts.handshake);
    duration("head", config_.timeouts.head);
    duration("body", config_.timeouts.body);
    duration("idle", config_.timeouts.idle);
    duration("tunnel_idle", config_.timeouts.tunnel_idle);
    json_.end_object().key("limits").begin_object();
    json_.member("max_connections", config_.limits.max_connections);
    json_.member("max_replay_bytes", config_.limits.max_replay_bytes);
    json_.member("buffer_high_water", config_.limits.buffer_high_water);
    json_.member("max_head_bytes", config_.limits.codec.max_head_bytes);
    json_.member("max_headers", config_.limits.codec.max_headers);
    json_.member("max_concurrent_streams", config_.limits.codec.max_concurrent_streams);
    json_.end_object();
    duration("drain_time", config_.drain_time);
    json_.member("concurrency", config_.concurrency);
  }

  void tls(const http::TlsConfig& tls) {
    json_.key("tls").begin_object();
    text("certificate_chain", tls.certificate_chain);
    if (!tls.private_key.empty()) {
      json_.member("private_key", kRedacted);
    }
    text("trusted_ca", tls.trusted_ca);
    text("crl", tls.crl);
    flag("require_peer_certificate", tls.require_peer_certificate);
    texts("trust_domains", tls.trust_domains);
    texts("allowed_ids", tls.allowed_ids);
    text("server_name", tls.server_name);
    texts("alpn", tls.alpn);
    json_.end_object();
  }

  void listener(const ListenerConfig& listener) {
    static constexpr std::string_view kProtocols[] = {"auto", "http1", "http2", "tcp"};
    static constexpr std::string_view kModes[] = {"off", "permissive", "strict"};
    json_.begin_object().member("name", view(listener.name));
    json_.member("direction", listener.direction == Direction::kOutbound ? "outbound" : "inbound");
    json_.member("address", view(listener.address));
    json_.member("protocol", kProtocols[static_cast<std::size_t>(listener.protocol)]);
    json_.member("tls_mode", kModes[static_cast<std::size_t>(listener.tls_mode)]);
    if (listener.tls_mode != TlsMode::kOff) {
      tls(listener.tls);
    }
    flag("proxy_protocol", listener.proxy_protocol);
    array("tcp_routes", listener.tcp_routes, [this](const TcpRoute& route) {
      json_.begin_object();
      texts("server_names", route.server_names);
      json_.member("cluster", view(route.cluster)).end_object();
    });
    json_.end_object();
  }

  void breakers(const CircuitBreakers& limits) {
    json_.key("circuit_breakers").begin_object();
    json_.member("max_connections", limits.max_connections);
    json_.member("max_pending_requests", limits.max_pending_requests);
    json_.member("max_requests", limits.max_requests);
    json_.member("max_retries", limits.max_retries);
    if (limits.retry_budget.has_value()) {
      json_.key("retry_budget").begin_object();
      percent("budget_percent", limits.retry_budget->budget_ppm);
      json_.member("min_retry_concurrency", limits.retry_budget->min_retry_concurrency);
      json_.end_object();
    }
    json_.end_object();
  }

  void outliers(const OutlierDetection& detection) {
    json_.key("outlier_detection").begin_object();
    json_.member("consecutive_5xx", detection.consecutive_5xx);
    json_.member("enforcing_consecutive_5xx", detection.enforcing_consecutive_5xx);
    json_.member("consecutive_gateway_failure", detection.consecutive_gateway_failure);
    json_.member("enforcing_consecutive_gateway_failure",
                 detection.enforcing_consecutive_gateway_failure);
    json_.member("split_external_local_origin_errors",
                 detection.split_external_local_origin_errors);
    json_.member("consecutive_local_origin_failure", detection.consecutive_local_origin_failure);
    json_.member("enforcing_consecutive_local_origin_failure",
                 detection.enforcing_consecutive_local_origin_failure);
    duration("interval", detection.interval);
    duration("base_ejection_time", detection.base_ejection_time);
    duration("max_ejection_time", detection.max_ejection_time);
    duration("max_ejection_time_jitter", detection.max_ejection_time_jitter);
    json_.member("max_ejection_percent", detection.max_ejection_percent);
    json_.member("always_eject_one_host", detection.always_eject_one_host);
    json_.member("enforcing_success_rate", detection.enforcing_success_rate);
    json_.member("success_rate_minimum_hosts", detection.success_rate_minimum_hosts);
    json_.member("success_rate_request_volume", detection.success_rate_request_volume);
    json_.member("success_rate_stdev_factor", detection.success_rate_stdev_factor);
    json_.member("enforcing_failure_percentage", detection.enforcing_failure_percentage);
    json_.member("failure_percentage_threshold", detection.failure_percentage_threshold);
    json_.member("failure_percentage_minimum_hosts", detection.failure_percentage_minimum_hosts);
    json_.member("failure_percentage_request_volume", detection.failure_percentage_request_volume);
    json_.end_object();
  }

  void cluster(const ClusterConfig& cluster, const ClusterSockets* sockets) {
    static constexpr std::string_view kPolicies[] = {"round_robin", "least_request", "random"};
    json_.begin_object().member("name", view(cluster.name));
    json_.member("lb_policy", kPolicies[static_cast<std::size_t>(cluster.lb_policy)]);
    json_.member("protocol", cluster.protocol == UpstreamProtocol::kHttp1 ? "http1" : "http2");
    duration("connect_timeout", cluster.connect_timeout);
    duration("pool_idle_timeout", cluster.pool_idle_timeout);
    if (cluster.max_requests_per_connection > 0) {
      json_.member("max_requests_per_connection", cluster.max_requests_per_connection);
    }
    json_.member("panic_threshold_percent", cluster.panic_threshold_percent);
    breakers(cluster.circuit_breakers);
    if (cluster.outlier_detection.has_value()) {
      outliers(*cluster.outlier_detection);
    }
    if (sockets != nullptr) {
      if (sockets->tls.has_value()) {
        tls(*sockets->tls);
      }
      flag("send_proxy_protocol", sockets->send_proxy_protocol);
      flag("is_tcp", sockets->is_tcp);
    }
    static const HostSet kNoHosts;
    array("hosts", cluster.hosts == nullptr ? kNoHosts : *cluster.hosts,
          [this](const HostConfig& host) {
            json_.begin_object();
            if (host.id < config_.hosts.size()) {
              json_.member("address", view(config_.hosts[host.id].address));
            }
            json_.member("weight", host.weight).end_object();
          });
    json_.end_object();
  }

  void dns(const DnsCluster& dns) {
    json_.begin_object();
    cluster_name(dns.cluster);
    json_.member("kind", dns.kind == DnsCluster::Kind::kSrv ? "srv" : "addresses");
    json_.member("name", view(dns.name));
    if (dns.kind == DnsCluster::Kind::kAddresses) {
      json_.member("port", dns.port);
    }
    duration("min_refresh", dns.min_refresh);
    duration("max_refresh", dns.max_refresh);
    json_.end_object();
  }

  void virtual_host(const VirtualHost& host) {
    json_.begin_object().member("name", view(host.name));
    texts("domains", host.domains);
    array("routes", host.routes, [this](const Route& r) { route(r); });
    json_.end_object();
  }

  void string_match(const StringMatch& match, bool is_secret) {
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

  void route_match(const RouteMatch& match) {
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

  void cluster_name(ClusterIndex index) {
    json_.member("cluster", index < config_.core.clusters.size()
                                ? view(config_.core.clusters[index].name)
                                : std::string_view("missing"));
  }

  void mutations(std::string_view name, const std::vector<HeaderMutation>& list) {
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

  void retry(const RetryPolicy& policy) {
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

  void fault(const FaultPolicy& policy) {
    json_.key("fault").begin_object();
    percent("delay_percent", policy.delay_ppm);
    duration("fixed_delay", policy.fixed_delay);
    percent("abort_percent", policy.abort_ppm);
    json_.member("abort_status", policy.abort_status).end_object();
  }

  void route_action(const Route& route) {
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

  void route(const Route& route) {
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

  const LiveConfig& config_;
  JsonWriter json_;
};

}  // namespace

AdminResponse config_dump_page(const PageInput& input) {
  std::string body;
  ConfigDump(*input.context.config, body).write(*input.context.server, input.context.faults);
  body += '\n';
  return json_response(std::move(body));
}

}  // namespace shaketable::proxy::live
