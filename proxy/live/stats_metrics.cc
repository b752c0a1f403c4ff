#include "proxy/live/stats_metrics.h"

#include <algorithm>
#include <array>

namespace shaketable::proxy::live {
namespace {

constexpr std::array<std::string_view, kResponseFlags> kFlagNames = {
    "UH", "UF", "UO", "NR", "URX", "UT", "UC", "UR", "LR", "DI", "FI", "DC", "SI", "NC", "UPE"};

/// "000001002...999", so that a status has a text that outlives the call.
constexpr std::array<char, 3000> make_status_texts() {
  std::array<char, 3000> texts{};
  for (std::size_t status = 0; status < 1000; ++status) {
    texts[status * 3] = static_cast<char>('0' + status / 100);
    texts[status * 3 + 1] = static_cast<char>('0' + status / 10 % 10);
    texts[status * 3 + 2] = static_cast<char>('0' + status % 10);
  }
  return texts;
}
constexpr std::array<char, 3000> kStatusTexts = make_status_texts();

std::string_view status_text(std::uint16_t status) {
  return {kStatusTexts.data() + std::size_t{status % 1000U} * 3, 3};
}

/// Appends metrics of one subject.
class Lister {
 public:
  Lister(MetricScope scope, std::uint32_t subject, std::vector<Metric>& out)
      : scope_(scope), subject_(subject), out_(out) {}

  void counter(std::string_view name, std::uint64_t value) {
    add(MetricType::kCounter, name, name).value = value;
  }
  void gauge(std::string_view name, std::uint64_t value) {
    add(MetricType::kGauge, name, name).value = value;
  }
  void histogram(std::string_view name, const LatencyHistogram& values) {
    Metric& metric = add(MetricType::kHistogram, name, name);
    metric.histogram = &values;
    metric.value = values.count();
  }
  /// A counter that Prometheus tells apart by a label; the plain name is `name` + `label_value`.
  Metric& labelled(MetricType type, std::string_view name, std::string_view family,
                   std::string_view label, std::string_view label_value, std::uint64_t value) {
    Metric& metric = add(type, name, family);
    metric.name_ends_with_label = true;
    metric.label = label;
    metric.label_value = label_value;
    metric.value = value;
    return metric;
  }
  void classes(const std::array<std::string_view, 5>& names, std::string_view family,
               const StatusClasses& counts) {
    static constexpr std::array<std::string_view, 5> kDigits = {"1", "2", "3", "4", "5"};
    for (std::size_t i = 0; i < kDigits.size(); ++i) {
      Metric& metric = add(MetricType::kCounter, names[i], family);
      metric.label = "envoy_response_code_class";
      metric.label_value = kDigits[i];
      metric.value = counts[i];
    }
  }
  /// Their sum as `name`, and each by its reason: `parts` + reason, `family` in Prometheus.
  void protocol_errors(std::string_view name, std::string_view parts, std::string_view family,
                       const ProtocolErrorCounts& counts) {
    std::uint64_t sum = 0;
    for (std::size_t i = 1; i < counts.size(); ++i) {
      sum += counts[i];
      labelled(MetricType::kCounter, parts, family, "reason",
               http::counter_name(static_cast<http::ProtocolError>(i)), counts[i]);
    }
    counter(name, sum);
  }
  void tls(const TlsStats& stats) {
    const auto failed = [&stats](std::initializer_list<HandshakeFailure> kinds) {
      std::uint64_t sum = 0;
      for (const HandshakeFailure kind : kinds) {
        sum += stats.failed[static_cast<std::size_t>(kind)];
      }
      return sum;
    };
    using enum HandshakeFailure;
    counter("ssl.handshake", stats.handshakes);
    counter("ssl.session_reused", stats.resumed);
    counter("ssl.no_certificate", stats.no_certificate);
    counter("ssl.connection_error", failed({kNotTls, kNoProtocol, kPeerRefused, kBroken}));
    counter("ssl.fail_verify_no_cert", failed({kNoCertificate}));
    counter("ssl.fail_verify_san", failed({kWrongName}));
    counter("ssl.fail_verify_error",
            failed({kExpired, kUnknownAuthority, kRevoked, kBadCertificate}));
    labelled(MetricType::kCounter, "ssl.versions.", "ssl.versions", "envoy_ssl_version", "TLSv1.2",
             stats.tls12);
    labelled(MetricType::kCounter, "ssl.versions.", "ssl.versions", "envoy_ssl_version", "TLSv1.3",
             stats.tls13);
    for (std::size_t i = 0; i < kHandshakeFailures; ++i) {
      labelled(MetricType::kCounter, "ssl.failure.", "ssl.failure", "reason",
               counter_name(static_cast<HandshakeFailure>(i)), stats.failed[i]);
    }
  }

 private:
  Metric& add(MetricType type, std::string_view name, std::string_view family) {
    Metric& metric = out_.emplace_back();
    metric.scope = scope_;
    metric.subject = subject_;
    metric.type = type;
    metric.name = name;
    metric.family = family;
    return metric;
  }

  MetricScope scope_;
  std::uint32_t subject_;
  std::vector<Metric>& out_;
};

void list_breakers(const ClusterSnapshot& cluster, Lister& list) {
  list.gauge("circuit_breakers.default.cx_open", cluster.cx_open ? 1 : 0);
  list.gauge("circuit_breakers.default.rq_pending_open", cluster.pending_open ? 1 : 0);
  list.gauge("circuit_breakers.default.rq_open", cluster.rq_open ? 1 : 0);
  list.gauge("circuit_breakers.default.rq_retry_open", cluster.retry_open ? 1 : 0);
  list.gauge("circuit_breakers.default.remaining_cx", cluster.remaining_cx);
  list.gauge("circuit_breakers.default.remaining_pending", cluster.remaining_pending);
  list.gauge("circuit_breakers.default.remaining_rq", cluster.remaining_rq);
  list.gauge("circuit_breakers.default.remaining_retries", cluster.remaining_retries);
}

void list_outliers(const ClusterSnapshot& cluster, Lister& list) {
  static constexpr std::array<std::string_view, 5> kNames = {
      "outlier_detection.ejections_enforced_consecutive_5xx",
      "outlier_detection.ejections_enforced_consecutive_gateway_failure",
      "outlier_detection.ejections_enforced_consecutive_local_origin_failure",
      "outlier_detection.ejections_enforced_success_rate",
      "outlier_detection.ejections_enforced_failure_percentage"};
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    list.counter(kNames[i], cluster.metrics.ejections_by_cause[i]);
    all += cluster.metrics.ejections_by_cause[i];
  }
  list.counter("outlier_detection.ejections_enforced_total", all);
  list.counter("outlier_detection.ejections_overflow", cluster.metrics.ejections_overflow);
  list.counter("outlier_detection.ejections_not_enforced", cluster.metrics.ejections_not_enforced);
  list.gauge("outlier_detection.ejections_active", cluster.ejected);
}

void list_cluster_requests(const ClusterSnapshot& cluster, Lister& list) {
  const ClusterStats& core = cluster.core;
  const ClusterMetrics& metrics = cluster.metrics;
  list.counter("upstream_rq_total", core.upstream_rq_total);
  list.gauge("upstream_rq_active", cluster.in_use.requests);
  list.gauge("upstream_rq_pending_active", cluster.in_use.pending_requests);
  list.gauge("upstream_rq_retry_active", cluster.in_use.retries);
  list.counter("upstream_rq_retry", core.upstream_rq_retry);
  list.counter("upstream_rq_retry_overflow", core.upstream_rq_retry_overflow);
  list.counter("upstream_rq_retry_limit_exceeded", core.upstream_rq_retry_limit_exceeded);
  list.counter("upstream_rq_pending_overflow", core.upstream_rq_pending_overflow);
  list.counter("upstream_rq_timeout", core.upstream_rq_timeout);
  list.counter("upstream_rq_per_try_timeout", core.upstream_rq_per_try_timeout);
  list.counter("upstream_rq_cancelled", core.upstream_rq_cancelled);
  list.counter("upstream_rq_completed", metrics.rq_completed);
  list.counter("upstream_rq_rx_reset", metrics.rq_rx_reset);
  list.counter("upstream_rq_tx_reset", metrics.rq_tx_reset);
  list.counter("upstream_rq_mirrored", metrics.rq_mirrored);
  list.classes({"upstream_rq_1xx", "upstream_rq_2xx", "upstream_rq_3xx", "upstream_rq_4xx",
                "upstream_rq_5xx"},
               "upstream_rq_xx", metrics.rq_by_class);
  for (const StatusCounts::Entry& entry : metrics.rq_by_status.entries()) {
    list.labelled(MetricType::kCounter, "upstream_rq_", "upstream_rq", "envoy_response_code",
                  status_text(entry.status), entry.count);
  }
  list.histogram("upstream_rq_time", metrics.rq_time);
}

void list_cluster_connections(const ClusterSnapshot& cluster, Lister& list) {
  const ClusterStats& core = cluster.core;
  const ClusterMetrics& metrics = cluster.metrics;
  list.counter("upstream_cx_total", core.upstream_cx_total);
  list.gauge("upstream_cx_active", cluster.in_use.connections);
  list.counter("upstream_cx_overflow", core.upstream_cx_overflow);
  list.counter("upstream_cx_connect_fail", core.upstream_cx_connect_fail);
  list.counter("upstream_cx_connect_timeout", core.upstream_cx_connect_timeout);
  list.counter("upstream_cx_none_healthy", metrics.no_healthy_host);
  list.counter("upstream_cx_http1_total", metrics.cx_http1_total);
  list.counter("upstream_cx_http2_total", metrics.cx_http2_total);
  list.counter("upstream_cx_destroy", metrics.cx_destroy);
  list.counter("upstream_cx_destroy_remote_with_active_rq",
               metrics.cx_destroy_remote_with_active_rq);
  list.counter("upstream_cx_rx_bytes_total", metrics.cx_rx_bytes);
  list.counter("upstream_cx_tx_bytes_total", metrics.cx_tx_bytes);
  list.protocol_errors("upstream_cx_protocol_error", "upstream_cx_protocol_error.",
                       "upstream_cx_protocol_errors", metrics.protocol_errors);
  list.counter("upstream_cx_idle_timeout", metrics.cx_idle_timeout);
  list.histogram("upstream_cx_connect_ms", metrics.cx_connect_time);
  list.histogram("upstream_cx_length_ms", metrics.cx_length);
}

/// Not one of the system's roots, of which some are always about to expire.
bool is_ours(const CertificateInfo& certificate) {
  return certificate.expires_at > 0 && !(certificate.is_authority && certificate.path.empty());
}

std::int64_t first_expiry(const ServerInfo& server) {
  std::int64_t first = INT64_MAX;
  for (const CertificateInfo& certificate : server.certificates) {
    first = is_ours(certificate) ? std::min(first, certificate.expires_at) : first;
  }
  return first;
}

/// When the certificate of each use expires: the earliest of its chain.
void list_certificates(const ServerInfo& server, Lister& list) {
  for (std::size_t i = 0; i < server.certificates.size(); ++i) {
    const CertificateInfo& one = server.certificates[i];
    std::int64_t expires_at = one.expires_at;
    bool is_first = is_ours(one);
    for (std::size_t j = 0; j < server.certificates.size(); ++j) {
      const CertificateInfo& other = server.certificates[j];
      if (other.used_by == one.used_by && is_ours(other)) {
        expires_at = std::min(expires_at, other.expires_at);
        is_first = is_first && j >= i;
      }
    }
    if (is_first) {
      list.labelled(MetricType::kGauge, "certificate_expiration_unix_time_seconds.",
                    "certificate_expiration_unix_time_seconds", "used_by", one.used_by,
                    static_cast<std::uint64_t>(expires_at));
    }
  }
  const std::int64_t first = first_expiry(server);
  if (first != INT64_MAX) {
    const auto left =
        static_cast<std::uint64_t>(std::max<std::int64_t>(first - server.unix_seconds, 0));
    list.gauge("days_until_first_cert_expiring", left / 86'400);
    list.gauge("seconds_until_first_cert_expiring", left);
  }
}

void list_process(const ServerInfo& server, std::vector<Metric>& out) {
  Lister list(MetricScope::kProcess, 0, out);
  list.gauge("open_fds", server.process.open_descriptors);
  list.gauge("max_fds", server.process.max_descriptors);
  list.gauge("resident_memory_bytes", server.process.resident_bytes);
  list.gauge("virtual_memory_bytes", server.process.virtual_bytes);
  list.gauge("start_time_seconds",
             static_cast<std::uint64_t>(std::max<std::int64_t>(
                 server.unix_seconds - server.uptime.count() / 1'000'000'000, 0)));
  list.counter("cpu_seconds_total",
               static_cast<std::uint64_t>(std::max(server.process.cpu_seconds, 0.0) * 1000));
  out.back().divisor = 1000;
}

}  // namespace

void list_cluster_metrics(const ClusterSnapshot& cluster, std::uint32_t subject,
                          std::vector<Metric>& out) {
  Lister list(MetricScope::kCluster, subject, out);
  list_cluster_requests(cluster, list);
  list_cluster_connections(cluster, list);
  list_breakers(cluster, list);
  list_outliers(cluster, list);
  list.gauge("membership_total", cluster.membership_total);
  list.gauge("membership_healthy", cluster.membership_healthy);
  list.counter("membership_change", cluster.metrics.membership_change);
  list.counter("update_attempt", cluster.metrics.update_success + cluster.metrics.update_failure);
  list.counter("update_success", cluster.metrics.update_success);
  list.counter("update_failure", cluster.metrics.update_failure);
  list.counter("lb_panic_entered", cluster.metrics.panic_entered);
  list.gauge("lb_panicking_workers", cluster.panicking);
  list.tls(cluster.metrics.tls);
}

void list_http_metrics(const ListenerStats& stats, std::uint32_t subject,
                       std::vector<Metric>& out) {
  Lister list(MetricScope::kHttp, subject, out);
  const auto timeouts = [&stats](TimeoutKind kind) {
    return stats.cx_timeouts[static_cast<std::size_t>(kind)];
  };
  list.counter("downstream_cx_total", stats.cx_total);
  list.gauge("downstream_cx_active", stats.cx_active);
  list.counter("downstream_cx_http1_total", stats.cx_http1_total);
  list.gauge("downstream_cx_http1_active", stats.cx_http1_active);
  list.counter("downstream_cx_http2_total", stats.cx_http2_total);
  list.gauge("downstream_cx_http2_active", stats.cx_http2_active);
  list.counter("downstream_cx_ssl_total", stats.cx_tls_total);
  list.gauge("downstream_cx_ssl_active", stats.cx_tls_active);
  list.counter("downstream_cx_upgrades_total", stats.cx_upgrades_total);
  list.gauge("downstream_cx_upgrades_active", stats.cx_upgrades_active);
  list.counter("downstream_cx_drain_close", stats.cx_drain_close);
  list.counter("downstream_cx_destroy_remote_active_rq", stats.cx_peer_reset);
  list.counter("downstream_cx_idle_timeout",
               timeouts(TimeoutKind::kIdle) + timeouts(TimeoutKind::kTunnelIdle));
  list.counter("downstream_cx_rx_bytes_total", stats.cx_rx_bytes);
  list.counter("downstream_cx_tx_bytes_total", stats.cx_tx_bytes);
  list.histogram("downstream_cx_length_ms", stats.cx_length);
  list.protocol_errors("downstream_cx_protocol_error", "downstream_cx_protocol_error.",
                       "downstream_cx_protocol_errors", stats.protocol_errors);
  list.counter("downstream_rq_total", stats.rq_total);
  list.gauge("downstream_rq_active", stats.rq_active);
  list.counter("downstream_rq_http1_total", stats.rq_http1_total);
  list.counter("downstream_rq_http2_total", stats.rq_http2_total);
  list.counter("downstream_rq_rx_reset", stats.rq_rx_reset);
  list.counter("downstream_rq_tx_reset", stats.rq_tx_reset);
  list.counter("downstream_rq_rx_bytes_total", stats.rq_rx_bytes);
  list.counter("downstream_rq_tx_bytes_total", stats.rq_tx_bytes);
  list.counter("downstream_rq_completed", stats.rq_completed);
  list.counter("downstream_rq_header_timeout", timeouts(TimeoutKind::kHead));
  list.counter("downstream_rq_timeout", timeouts(TimeoutKind::kBody));
  list.classes({"downstream_rq_1xx", "downstream_rq_2xx", "downstream_rq_3xx", "downstream_rq_4xx",
                "downstream_rq_5xx"},
               "downstream_rq_xx", stats.rq_by_class);
  for (std::size_t i = 0; i < kResponseFlags; ++i) {
    list.labelled(MetricType::kCounter, "downstream_rq_flag.", "downstream_rq_flag",
                  "response_flag", kFlagNames[i], stats.rq_by_flag[i]);
  }
  list.counter("no_route", stats.rq_by_flag[3]);
  list.counter("no_cluster", stats.rq_by_flag[13]);
  list.counter("rq_direct_response", stats.rq_direct_response);
  list.counter("rq_redirect", stats.rq_redirect);
  list.counter("rq_total", stats.rq_total);
  list.histogram("downstream_rq_time", stats.rq_time);
}

void list_listener_metrics(const ListenerStats& stats, std::uint32_t subject,
                           std::vector<Metric>& out) {
  Lister list(MetricScope::kListener, subject, out);
  list.counter("downstream_cx_total", stats.cx_total);
  list.gauge("downstream_cx_active", stats.cx_active);
  list.counter("downstream_cx_tcp_total", stats.cx_tcp_total);
  list.gauge("downstream_cx_tcp_active", stats.cx_tcp_active);
  list.counter("downstream_cx_overflow", stats.cx_overflow);
  list.counter("downstream_cx_transport_socket_connect_timeout",
               stats.cx_timeouts[static_cast<std::size_t>(TimeoutKind::kHandshake)]);
  list.counter("downstream_listener_filter_error", stats.cx_proxy_header_error);
  list.counter("no_filter_chain_match", stats.cx_no_route);
  for (std::size_t i = 0; i < kTimeoutKinds; ++i) {
    list.labelled(MetricType::kCounter, "downstream_cx_timeout.", "downstream_cx_timeout", "reason",
                  counter_name(static_cast<TimeoutKind>(i)), stats.cx_timeouts[i]);
  }
  list.labelled(MetricType::kCounter, "accept_error.", "accept_error", "reason",
                "out_of_descriptors", stats.accept_out_of_descriptors);
  list.labelled(MetricType::kCounter, "accept_error.", "accept_error", "reason", "out_of_memory",
                stats.accept_out_of_memory);
  list.labelled(MetricType::kCounter, "accept_error.", "accept_error", "reason", "other",
                stats.accept_other);
  list.counter("accept_paused", stats.accept_paused);
  list.tls(stats.tls);
}

void list_server_metrics(const StatsSnapshot& stats, const ServerInfo& server,
                         std::vector<Metric>& out) {
  std::uint64_t connections = 0;
  std::uint64_t stalled = 0;
  for (const ListenerSnapshot& listener : stats.listeners) {
    connections += listener.stats.cx_active;
    stalled += listener.stats.rq_stalled;
  }
  Lister clusters(MetricScope::kClusterManager, 0, out);
  clusters.gauge("active_clusters", stats.clusters.size());
  clusters.counter("cds.update_attempt", server.reloads_ok + server.reloads_failed);
  clusters.counter("cds.update_success", server.reloads_ok);
  clusters.counter("cds.update_rejected", server.reloads_failed);
  clusters.gauge("cds.version", server.config_version);
  clusters.gauge("cds.update_time",
                 static_cast<std::uint64_t>(server.last_reload_unix_seconds) * 1000);
  Lister listeners(MetricScope::kListenerManager, 0, out);
  const bool is_draining = server.state == ServerState::kDraining;
  listeners.gauge("total_listeners_active", is_draining ? 0 : stats.listeners.size());
  listeners.gauge("total_listeners_draining", is_draining ? stats.listeners.size() : 0);
  Lister others(MetricScope::kOther, 0, out);
  others.counter("access_log.lines_dropped", server.access_log_dropped);
  others.counter("access_log.lines_written", server.access_log_lines);
  others.counter("access_log.write_errors", server.access_log_errors);
  others.counter("filesystem.write_failed", server.access_log_errors);
  others.counter("http2.tx_flush_timeout", stalled);
  others.counter("log.messages_suppressed", server.log_suppressed);
  others.counter("tracing.export_errors", server.span_export_errors);
  others.counter("tracing.spans_dropped", server.spans_dropped + stats.spans_dropped);
  others.counter("tracing.spans_sent", server.spans_exported);
  list_process(server, out);
  Lister list(MetricScope::kServer, 0, out);
  list.gauge("concurrency", server.concurrency);
  list.gauge("hot_restart_epoch", server.restart_epoch);
  list.gauge("live", server.state == ServerState::kLive ? 1 : 0);
  list.gauge("state", static_cast<std::uint64_t>(server.state));
  list.gauge("memory_allocated", server.process.heap_bytes);
  list.gauge("memory_heap_size", server.process.heap_reserved_bytes);
  list.gauge("memory_physical_size", server.process.resident_bytes);
  list.gauge("total_connections", connections);
  list.gauge("uptime", static_cast<std::uint64_t>(std::max<std::int64_t>(server.uptime.count(), 0) /
                                                  1'000'000'000));
  list_certificates(server, list);
}

}  // namespace shaketable::proxy::live
