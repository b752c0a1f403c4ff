#include "proxy/live/admin_config_dump.h"

#include <cstddef>
#include <utility>

#include "proxy/live/admin_pages.h"
#include "proxy/live/text_output.h"

namespace shaketable::proxy::live {
namespace {

/// The configuration as JSON, with the names of the types that hold it. What is secret, and what
/// files hold, stays out: keys by path too, values of headers that carry credentials, bodies.
class ConfigDump : RouteDump {
 public:
  ConfigDump(const LiveConfig& config, std::string& out) : RouteDump(config, out) {}

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
    json_.member("slow_heads", config_.limits.slow_heads);
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
    array("more_certificates", tls.more_certificates, [this](const http::NamedCertificate& more) {
      json_.begin_object();
      texts("server_names", more.server_names);
      text("certificate_chain", more.certificate_chain);
      json_.member("private_key", kRedacted).end_object();
    });
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
};

}  // namespace

AdminResponse config_dump_page(const PageInput& input) {
  std::string body;
  ConfigDump(*input.context.config, body).write(*input.context.server, input.context.faults);
  body += '\n';
  return json_response(std::move(body));
}

}  // namespace shaketable::proxy::live
