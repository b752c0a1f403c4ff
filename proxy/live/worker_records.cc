#include <ctime>

#include "proxy/live/worker.h"

// What a worker counts and writes down.
namespace shaketable::proxy::live {
namespace {

/// A full buffer goes to the log's thread.
constexpr std::size_t kLogBatch = 64 * 1024;

std::int64_t unix_nanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

void LiveWorker::on_accept_error(const ListenerState& listener, int error) {
  ListenerStats& stats = stats_.listeners[stats_.listener_index(listener.config.name)];
  stats.on_accept_error(error);
  ++stats.accept_paused;
  shared_.log->warning("accept_failed", "cannot take a connection, trying again soon",
                       {{"listener", listener.config.name}});
}

void LiveWorker::count_response(const Stream& stream) {
  ClusterMetrics& cluster = stats_.clusters[compiled_->cluster(stream.cluster).tag];
  cluster.on_response(stream.response.status, now() - stream.sent_upstream);
  HostStats& host =
      stats_.hosts[stats_.host_index(compiled_->cluster(stream.cluster).tag, stream.host)];
  ++(stream.response.status < 500 ? host.rq_success : host.rq_error);
}

void LiveWorker::record_end(const Stream& stream) {
  if (stream.is_mirror || stream.listener == nullptr) {
    return;
  }
  ListenerStats& listener = stats_.listeners[stream.listener_stats];
  listener.on_request_end(stream.status, stream.flags, now() - stream.started,
                          stream.bytes_received, stream.bytes_sent);
  if (config().access_log.format == AccessLogConfig::Format::kOff) {
    return;
  }
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
  if (stream.host < config().hosts.size()) {
    record.upstream_host = config().hosts[stream.host].address;
  }
  if (stream.cluster < config().core.clusters.size()) {
    record.upstream_cluster = config().core.clusters[stream.cluster].name;
  }
  record.listener = stream.listener->config.name;
  record.downstream_address = stream.client_address;
  record.tls_peer_id = stream.peer_id;
  log_formatter_.append(record, log_lines_);
  if (log_lines_.size() >= kLogBatch) {
    flush_log();
  }
}

std::uint32_t LiveWorker::count_accepted(const ListenerState& listener) {
  const std::uint32_t index = stats_.listener_index(listener.config.name);
  stats_.listeners[index].on_accepted();
  return index;
}

/// Its protocol is known: the handshake, if there was one, is over.
void LiveWorker::count_codec(const Downstream& connection) {
  ListenerStats& stats = stats_.listeners[connection.listener_stats()];
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

StatsSnapshot LiveWorker::snapshot_stats() const {
  return take_snapshot(config(), stats_, sidecar_->sidecar());
}

void LiveWorker::flush_log() {
  if (!log_lines_.empty() && shared_.access_log != nullptr) {
    stats_.access_log_dropped += shared_.access_log->submit(log_lines_);
  }
}

void LiveWorker::read_telemetry() {
  for (const TelemetryRecord& record : core_.telemetry().records()) {
    stats_.on_telemetry(record);
  }
  core_.telemetry().clear();
}

void LiveWorker::count_link_end(const Downstream& connection) {
  ListenerStats& stats = stats_.listeners[connection.listener_stats()];
  stats.cx_rx_bytes += connection.bytes_in();
  stats.cx_tx_bytes += connection.bytes_out();
  stats.on_closed(now() - connection.opened_at());
  if (connection.server() != nullptr) {
    --(connection.is_http2() ? stats.cx_http2_active : stats.cx_http1_active);
    stats.cx_tls_active -= connection.tls() != nullptr ? 1U : 0U;
  }
  switch (connection.ending()) {
    case LinkEnd::kProtocolError:
      stats.on_protocol_error(connection.codec() != nullptr ? connection.codec()->error()
                                                            : http::ProtocolError::kNone);
      break;
    case LinkEnd::kTlsFailed:
      stats.tls.on_failure(classify(connection.tls()->failure(), connection.tls()->error()));
      shared_.log->info("tls_failed", connection.tls()->error(),
                        {{"peer", connection.client_address()}});
      break;
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
    case LinkEnd::kDrained:
      ++stats.cx_drain_close;
      break;
    case LinkEnd::kDone:
    case LinkEnd::kPeerClosed:
    case LinkEnd::kConnectFailed:
    case LinkEnd::kLocal:
      break;
  }
}

}  // namespace shaketable::proxy::live
