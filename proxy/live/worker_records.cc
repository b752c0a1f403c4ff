
#include "proxy/live/wall_clock.h"
#include "proxy/live/worker.h"
#include "proxy/telemetry/response_flags.h"

// What a worker counts and writes down.
namespace shaketable::proxy::live {
namespace {

/// A full buffer goes to the log's thread.
constexpr std::size_t kLogBatch = 64 * 1024;
constexpr std::uint32_t kNotCounted = 0xffff'ffffU;

}  // namespace

void LiveWorker::on_accept_error(const ListenerState& listener, int error) {
  ListenerStats& stats = stats_.listeners[stats_.listener_index(listener.config.name)];
  stats.on_accept_error(error);
  ++stats.accept_paused;
  shared_.log->warning("accept_failed", "cannot take a connection, trying again soon",
                       {{"listener", listener.config.name}});
}

void LiveWorker::count_attempt(Stream& stream) {
  const std::uint32_t tag = compiled_->cluster(stream.cluster).tag;
  stream.host_stats = stats_.host_index(tag, stream.host);
  HostStats& host = stats_.hosts[stream.host_stats];
  ++host.rq_total;
  ++host.rq_active;
  stats_.clusters[tag].rq_mirrored += stream.is_mirror ? 1U : 0U;
}

void LiveWorker::count_response(const Stream& stream) {
  stats_.clusters[compiled_->cluster(stream.cluster).tag].on_response(stream.response.status,
                                                                      now() - stream.sent_upstream);
  HostStats& host = stats_.hosts[stream.host_stats];
  ++(stream.response.status < 500 ? host.rq_success : host.rq_error);
}

void LiveWorker::attempt_over(Stream& stream, std::string_view failure) {
  if (stream.host_stats != kNotCounted) {
    HostStats& host = stats_.hosts[std::exchange(stream.host_stats, kNotCounted)];
    --host.rq_active;
    // A response that came was counted with its status.
    host.rq_error += !failure.empty() && stream.response.status == 0 ? 1U : 0U;
  }
  end_attempt_span(stream, failure);
}

void LiveWorker::count_tunnel(const Stream& stream, bool begins) {
  if (stream.listener == nullptr || stream.listener->config.protocol == ListenerProtocol::kTcp) {
    return;  // counted as a connection
  }
  ListenerStats& listener = stats_.listeners[stream.listener_stats];
  if (begins) {
    ++listener.cx_upgrades_total;
    ++listener.cx_upgrades_active;
  } else {
    --listener.cx_upgrades_active;
  }
}

/// No attempt was answered in time; the host of the last one is named.
void LiveWorker::count_timeout(const Stream& stream) {
  if (stream.cluster < config().core.clusters.size()) {
    ++stats_.hosts[stats_.host_index(compiled_->cluster(stream.cluster).tag, stream.host)]
          .rq_timeout;
  }
}

void LiveWorker::count_connect(const Upstream& connection, std::uint32_t host) {
  HostStats& stats =
      stats_.hosts[stats_.host_index(compiled_->cluster(connection.cluster_index()).tag, host)];
  ++stats.cx_total;
  ++stats.cx_active;
}

void LiveWorker::count_upstream_end(const Upstream& connection) {
  const std::uint32_t tag = connection.cluster_tag();
  const http::TlsSession* const tls = connection.tls();
  HostStats& host = stats_.hosts[stats_.host_index(tag, connection.host())];
  --host.cx_active;
  host.cx_connect_fail += connection.client() == nullptr ? 1U : 0U;
  ClusterMetrics& cluster = stats_.clusters[tag];
  ++cluster.cx_destroy;
  cluster.cx_idle_timeout += connection.was_idle() ? 1U : 0U;
  cluster.cx_rx_bytes += connection.bytes_in();
  cluster.cx_tx_bytes += connection.bytes_out();
  cluster.cx_length.add((now() - connection.opened_at()).count());
  if (connection.ending() == LinkEnd::kTlsFailed) {
    cluster.tls.on_failure(classify(tls->failure(), tls->error()));
    shared_.log->warning("upstream_tls_failed", tls->error(), {{"peer", connection.peer()}});
  } else if (tls != nullptr && tls->state() == http::TlsSession::State::kHandshake) {
    if (connection.ending() == LinkEnd::kPeerClosed) {
      cluster.tls.on_failure(HandshakeFailure::kBroken);
    } else if (connection.ending() == LinkEnd::kLocal) {  // the core's connect timeout
      cluster.tls.on_failure(HandshakeFailure::kTimeout);
    }
  }
  // Whoever closed it in the end: the core does as soon as it hears that the request has failed.
  if (connection.codec() != nullptr && connection.codec()->has_failed()) {
    cluster.on_protocol_error(connection.codec()->error());
  }
  cluster.cx_destroy_remote_with_active_rq +=
      connection.ending() == LinkEnd::kPeerClosed && connection.has_streams() ? 1U : 0U;
}

/// An upstream connection is ready for requests.
void LiveWorker::count_ready(const Upstream& connection) {
  ClusterMetrics& cluster = stats_.clusters[connection.cluster_tag()];
  ++(connection.client()->version() == http::Version::kHttp2 ? cluster.cx_http2_total
                                                             : cluster.cx_http1_total);
  cluster.cx_connect_time.add((now() - connection.opened_at()).count());
  if (const http::TlsSession* const tls = connection.tls()) {
    cluster.tls.on_handshake(tls->was_resumed(), tls->protocol() == "TLSv1.3", true);
  }
}

void LiveWorker::record_end(const Stream& stream) {
  if (stream.is_mirror || stream.listener == nullptr) {
    return;
  }
  if (stream.is_tunnel && stream.response_forwarded) {
    count_tunnel(stream, false);
  }
  ListenerStats& listener = stats_.listeners[stream.listener_stats];
  listener.on_request_end(stream.status, stream.flags, now() - stream.started,
                          stream.bytes_received, stream.bytes_sent);
  listener.rq_rx_reset += (stream.flags & kFlagDownstreamConnectionTermination) != 0 ? 1U : 0U;
  listener.rq_direct_response += stream.is_direct ? 1U : 0U;
  listener.rq_redirect += stream.is_redirect ? 1U : 0U;
  const bool logs = config().access_log.format != AccessLogConfig::Format::kOff;
  if (!logs && !stream.trace.is_sampled) {
    return;
  }
  const AccessRecord record = access_record(stream);
  if (stream.trace.is_sampled) {
    end_request_span(stream, record);
  }
  if (!logs) {
    return;
  }
  log_formatter_.append(record, log_lines_);
  if (log_lines_.size() >= kLogBatch) {
    flush_log();
  }
}

AccessRecord LiveWorker::access_record(const Stream& stream) const {
  AccessRecord record;
  const Duration age = now() - stream.started;
  record.start_unix_ns = unix_nanoseconds() - age.count();
  record.method = stream.request.method;
  record.path = stream.original_path.empty() ? stream.request.path : stream.original_path;
  record.version = stream.request.version;
  record.authority = stream.request.authority;
  record.status = stream.status;
  record.flags = stream.flags;
  record.bytes_received = stream.bytes_received;
  record.bytes_sent = stream.bytes_sent;
  record.duration = age;
  if (stream.first_response_byte > stream.sent_upstream) {
    record.upstream_time = stream.first_response_byte - stream.sent_upstream;
  }
  record.attempts = stream.attempts;
  const http::HeaderList& headers = stream.request.headers;
  record.forwarded_for = headers.find("x-forwarded-for").value_or("");
  record.user_agent = headers.find("user-agent").value_or("");
  record.request_id = headers.find("x-request-id").value_or("");
  if (stream.cluster < config().core.clusters.size()) {
    record.upstream_cluster = config().core.clusters[stream.cluster].name;
    if (stream.host < config().hosts.size()) {
      record.upstream_host = config().hosts[stream.host].address;
    }
  }
  record.trace = stream.trace.incoming.trace;
  record.listener = stream.listener->config.name;
  record.downstream_address = stream.client_address;
  record.tls_peer_id = stream.peer_id;
  record.tls_version = stream.tls_version;
  record.tls_server_name = stream.tls_server_name;
  record.route = stream.route_name;
  if (stream.request_complete != Instant{}) {
    record.request_duration = stream.request_complete - stream.started;
  }
  return record;
}

std::uint32_t LiveWorker::count_accepted(const ListenerState& listener) {
  const std::uint32_t index = stats_.listener_index(listener.config.name);
  stats_.listeners[index].on_accepted();
  return index;
}

/// Its protocol is known: the handshake, if there was one, is over.
void LiveWorker::count_codec(const Downstream& connection) {
  ListenerStats& stats = stats_.listeners[connection.listener_stats()];
  if (connection.listener().config.protocol == ListenerProtocol::kTcp) {
    ++stats.cx_tcp_total;
    ++stats.cx_tcp_active;
    return;
  }
  if (connection.is_http2()) {
    ++stats.cx_http2_total;
    ++stats.cx_http2_active;
  } else {
    ++stats.cx_http1_total;
    ++stats.cx_http1_active;
  }
  if (const http::TlsSession* const tls = connection.tls()) {
    ++stats.cx_tls_total;
    ++stats.cx_tls_active;
    stats.tls.on_handshake(tls->was_resumed(), tls->protocol() == "TLSv1.3",
                           !tls->peer_id().empty());
  }
}

void LiveWorker::count_no_tcp_route(const Downstream& connection) {
  ++stats_.listeners[connection.listener_stats()].cx_no_route;
}

void LiveWorker::count_update(ClusterIndex cluster, bool ok, bool is_changed) {
  if (cluster >= config().core.clusters.size()) {
    return;  // a reload came in between
  }
  ClusterMetrics& stats = stats_.clusters[compiled_->cluster(cluster).tag];
  ++(ok ? stats.update_success : stats.update_failure);
  stats.membership_change += is_changed ? 1U : 0U;
}

StatsSnapshot LiveWorker::snapshot_stats() {
  stats_.spans_dropped = tracer_.dropped();
  return take_snapshot(config(), stats_, sidecar_->sidecar());
}

void LiveWorker::flush_log() {
  if (!log_lines_.empty() && access_log_ != nullptr) {
    stats_.access_log_dropped += access_log_->submit(log_lines_);
  }
}

void LiveWorker::log_to(std::shared_ptr<LogWriter> writer) {
  flush_log();
  access_log_ = std::move(writer);
}

void LiveWorker::read_telemetry() {
  for (const TelemetryRecord& record : core_.telemetry().records()) {
    stats_.on_telemetry(record);
  }
  core_.telemetry().clear();
}

void LiveWorker::count_stalled(const Downstream& connection, std::size_t streams) {
  ListenerStats& stats = stats_.listeners[connection.listener_stats()];
  stats.rq_stalled += streams;
  stats.rq_tx_reset += streams;
}

void LiveWorker::count_late_bodies(const Downstream& connection, std::size_t streams) {
  ListenerStats& stats = stats_.listeners[connection.listener_stats()];
  stats.cx_timeouts[static_cast<std::size_t>(TimeoutKind::kBody)] += streams;
}

void LiveWorker::count_stream_error(const Downstream& connection, http::ProtocolError error) {
  stats_.listeners[connection.listener_stats()].on_protocol_error(error);
}

void LiveWorker::count_stream_error(const Upstream& connection, http::ProtocolError error) {
  stats_.clusters[connection.cluster_tag()].on_protocol_error(error);
}

/// What was wrong with the bytes that came, if anything was, whoever closed the connection then.
void LiveWorker::count_protocol_error(const Downstream& connection) {
  ListenerStats& stats = stats_.listeners[connection.listener_stats()];
  if (connection.codec() != nullptr && connection.codec()->has_failed()) {
    stats.on_protocol_error(connection.codec()->error());
  } else if (connection.ending() == LinkEnd::kProtocolError) {
    if (connection.codec() != nullptr) {
      stats.on_protocol_error(http::ProtocolError::kHttp2);  // the SETTINGS of an upgrade
    } else {
      ++stats.cx_proxy_header_error;
    }
  }
}

/// A handshake that was begun and not finished.
void LiveWorker::count_handshake_end(const Downstream& connection) {
  ListenerStats& stats = stats_.listeners[connection.listener_stats()];
  const http::TlsSession* const tls = connection.tls();
  const LinkEnd ending = connection.ending();
  if (tls == nullptr) {
    return;
  }
  if (ending == LinkEnd::kTlsFailed) {
    stats.tls.on_failure(classify(tls->failure(), tls->error()));
    shared_.log->info("tls_failed", tls->error(), {{"peer", connection.client_address()}});
  } else if (ending == LinkEnd::kHandshakeTimeout) {
    stats.tls.on_failure(HandshakeFailure::kTimeout);
  } else if (ending == LinkEnd::kPeerClosed && connection.bytes_in() > 0 &&
             tls->state() == http::TlsSession::State::kHandshake) {
    stats.tls.on_failure(HandshakeFailure::kBroken);
  }
}

void LiveWorker::count_link_end(const Downstream& connection) {
  ListenerStats& stats = stats_.listeners[connection.listener_stats()];
  stats.cx_rx_bytes += connection.bytes_in();
  stats.cx_tx_bytes += connection.bytes_out();
  stats.on_closed(now() - connection.opened_at());
  if (connection.listener().config.protocol == ListenerProtocol::kTcp) {
    stats.cx_tcp_active -= connection.server() != nullptr ? 1U : 0U;
  } else if (connection.server() != nullptr) {
    --(connection.is_http2() ? stats.cx_http2_active : stats.cx_http1_active);
    stats.cx_tls_active -= connection.tls() != nullptr ? 1U : 0U;
  }
  count_protocol_error(connection);
  count_handshake_end(connection);
  switch (connection.ending()) {
    case LinkEnd::kHandshakeTimeout:
      stats.on_timeout(TimeoutKind::kHandshake);
      break;
    case LinkEnd::kHeadTimeout:
      stats.on_timeout(TimeoutKind::kHead);
      break;
    case LinkEnd::kBodyTimeout:
      stats.on_timeout(TimeoutKind::kBody);
      break;
    case LinkEnd::kIdleTimeout:
      stats.on_timeout(TimeoutKind::kIdle);
      break;
    case LinkEnd::kTunnelIdleTimeout:
      stats.on_timeout(TimeoutKind::kTunnelIdle);
      break;
    case LinkEnd::kPeerClosed:
      stats.cx_peer_reset += connection.had_streams() ? 1U : 0U;
      stats.cx_drain_close += connection.is_draining() ? 1U : 0U;
      break;
    case LinkEnd::kDone:
    case LinkEnd::kDrained:
      stats.cx_drain_close += connection.is_draining() ? 1U : 0U;
      break;
    case LinkEnd::kProtocolError:
    case LinkEnd::kTlsFailed:
    case LinkEnd::kConnectFailed:
    case LinkEnd::kLocal:
      break;
  }
}

}  // namespace shaketable::proxy::live
