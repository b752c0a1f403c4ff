#include "proxy/live/stats.h"

#include <algorithm>
#include <cerrno>

#include "proxy/core/sidecar.h"
#include "proxy/http/text.h"

namespace shaketable::proxy::live {
namespace {

template <class Array>
void add_each(Array& to, const Array& from) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] += from[i];
  }
}

/// Whether the text has one of the words, any case.
bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [text](std::string_view word) {
    return std::search(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
             return http::lower(a) == http::lower(b);
           }) != text.end();
  });
}

}  // namespace

std::string_view counter_name(TimeoutKind kind) {
  switch (kind) {
    case TimeoutKind::kHandshake:
      return "handshake";
    case TimeoutKind::kHead:
      return "head";
    case TimeoutKind::kBody:
      return "body";
    case TimeoutKind::kIdle:
      return "idle";
    case TimeoutKind::kTunnelIdle:
      return "tunnel_idle";
  }
  return "unknown";
}

std::string_view counter_name(HandshakeFailure failure) {
  switch (failure) {
    case HandshakeFailure::kNotTls:
      return "not_tls";
    case HandshakeFailure::kNoCertificate:
      return "no_certificate";
    case HandshakeFailure::kExpired:
      return "expired";
    case HandshakeFailure::kUnknownAuthority:
      return "unknown_authority";
    case HandshakeFailure::kWrongName:
      return "wrong_name";
    case HandshakeFailure::kRevoked:
      return "revoked";
    case HandshakeFailure::kBadCertificate:
      return "bad_certificate";
    case HandshakeFailure::kNoProtocol:
      return "no_common_protocol";
    case HandshakeFailure::kPeerRefused:
      return "peer_refused";
    case HandshakeFailure::kTimeout:
      return "timeout";
    case HandshakeFailure::kBroken:
      return "broken";
  }
  return "broken";
}

HandshakeFailure classify(http::TlsFailure failure, std::string_view error) {
  switch (failure) {
    case http::TlsFailure::kNotTls:
      return HandshakeFailure::kNotTls;
    case http::TlsFailure::kNoCertificate:
      return HandshakeFailure::kNoCertificate;
    case http::TlsFailure::kNoProtocol:
      return HandshakeFailure::kNoProtocol;
    case http::TlsFailure::kPeerRefused:
      return HandshakeFailure::kPeerRefused;
    case http::TlsFailure::kNone:
    case http::TlsFailure::kBroken:
      return HandshakeFailure::kBroken;
    case http::TlsFailure::kBadCertificate:
      break;
  }
  if (has_any(error, {"revoked", "CRL"})) {
    return HandshakeFailure::kRevoked;
  }
  if (has_any(error, {"expired", "not yet valid"})) {
    return HandshakeFailure::kExpired;
  }
  if (has_any(error, {"spiffe", "trust domain", "mismatch", "URI name", "not allowed"})) {
    return HandshakeFailure::kWrongName;
  }
  if (has_any(error, {"issuer", "self-signed", "self signed", "chain", "verify the first",
                      "signature", "CA cert"})) {
    return HandshakeFailure::kUnknownAuthority;
  }
  return HandshakeFailure::kBadCertificate;
}

void TlsStats::merge(const TlsStats& other) {
  handshakes += other.handshakes;
  resumed += other.resumed;
  tls12 += other.tls12;
  tls13 += other.tls13;
  no_certificate += other.no_certificate;
  add_each(failed, other.failed);
}

void ListenerStats::on_accept_error(int error_number) {
  switch (error_number) {
    case EMFILE:
    case ENFILE:
      ++accept_out_of_descriptors;
      return;
    case ENOMEM:
    case ENOBUFS:
      ++accept_out_of_memory;
      return;
    default:
      ++accept_other;
  }
}

void ListenerStats::count_flags(std::uint32_t flags) {
  for (std::size_t bit = 0; bit < kResponseFlags; ++bit) {
    rq_by_flag[bit] += flags >> bit & 1U;
  }
}

void ListenerStats::merge(const ListenerStats& other) {
  static constexpr std::uint64_t ListenerStats::*kSums[] = {
      &ListenerStats::cx_total,
      &ListenerStats::cx_active,
      &ListenerStats::cx_http1_total,
      &ListenerStats::cx_http1_active,
      &ListenerStats::cx_http2_total,
      &ListenerStats::cx_http2_active,
      &ListenerStats::cx_tls_total,
      &ListenerStats::cx_tls_active,
      &ListenerStats::cx_tcp_total,
      &ListenerStats::cx_tcp_active,
      &ListenerStats::cx_upgrades_total,
      &ListenerStats::cx_upgrades_active,
      &ListenerStats::cx_overflow,
      &ListenerStats::cx_drain_close,
      &ListenerStats::cx_peer_reset,
      &ListenerStats::cx_proxy_header_error,
      &ListenerStats::cx_no_route,
      &ListenerStats::cx_rx_bytes,
      &ListenerStats::cx_tx_bytes,
      &ListenerStats::accept_out_of_descriptors,
      &ListenerStats::accept_out_of_memory,
      &ListenerStats::accept_other,
      &ListenerStats::accept_paused,
      &ListenerStats::rq_total,
      &ListenerStats::rq_active,
      &ListenerStats::rq_http1_total,
      &ListenerStats::rq_http2_total,
      &ListenerStats::rq_rx_reset,
      &ListenerStats::rq_tx_reset,
      &ListenerStats::rq_stalled,
      &ListenerStats::rq_rx_bytes,
      &ListenerStats::rq_tx_bytes,
      &ListenerStats::rq_completed,
      &ListenerStats::rq_direct_response,
      &ListenerStats::rq_redirect,
  };
  for (const auto member : kSums) {
    this->*member += other.*member;
  }
  add_each(cx_timeouts, other.cx_timeouts);
  add_each(protocol_errors, other.protocol_errors);
  add_each(rq_by_class, other.rq_by_class);
  add_each(rq_by_flag, other.rq_by_flag);
  cx_length.merge(other.cx_length);
  rq_time.merge(other.rq_time);
  tls.merge(other.tls);
}

void HostStats::merge(const HostStats& other) {
  cx_total += other.cx_total;
  cx_active += other.cx_active;
  cx_connect_fail += other.cx_connect_fail;
  rq_total += other.rq_total;
  rq_active += other.rq_active;
  rq_success += other.rq_success;
  rq_error += other.rq_error;
  rq_timeout += other.rq_timeout;
  ejections += other.ejections;
  ejected |= other.ejected;
}

void ClusterMetrics::merge(const ClusterMetrics& other) {
  static constexpr std::uint64_t ClusterMetrics::*kSums[] = {
      &ClusterMetrics::rq_completed,       &ClusterMetrics::rq_rx_reset,
      &ClusterMetrics::rq_tx_reset,        &ClusterMetrics::rq_mirrored,
      &ClusterMetrics::cx_http1_total,     &ClusterMetrics::cx_http2_total,
      &ClusterMetrics::cx_destroy,         &ClusterMetrics::cx_destroy_remote_with_active_rq,
      &ClusterMetrics::cx_rx_bytes,        &ClusterMetrics::cx_tx_bytes,
      &ClusterMetrics::cx_idle_timeout,    &ClusterMetrics::update_success,
      &ClusterMetrics::update_failure,     &ClusterMetrics::membership_change,
      &ClusterMetrics::no_healthy_host,    &ClusterMetrics::panic_entered,
      &ClusterMetrics::ejections_overflow, &ClusterMetrics::ejections_not_enforced,
  };
  for (const auto member : kSums) {
    this->*member += other.*member;
  }
  add_each(rq_by_class, other.rq_by_class);
  add_each(protocol_errors, other.protocol_errors);
  add_each(ejections_by_cause, other.ejections_by_cause);
  for (const StatusCounts::Entry& entry : other.rq_by_status.entries()) {
    rq_by_status.add(entry.status, entry.count);
  }
  rq_time.merge(other.rq_time);
  cx_connect_time.merge(other.cx_connect_time);
  cx_length.merge(other.cx_length);
  tls.merge(other.tls);
}

std::uint32_t WorkerStats::number_of(Numbers& numbers, std::string_view name) {
  const auto at = std::lower_bound(
      numbers.begin(), numbers.end(), name,
      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (at != numbers.end() && at->first == name) {
    return at->second;
  }
  const auto number = static_cast<std::uint32_t>(numbers.size());
  numbers.emplace(at, std::string(name), number);
  return number;
}

void WorkerStats::adopt(ProxyConfig& config) {
  for (ClusterConfig& cluster : config.clusters) {
    cluster.tag = number_of(cluster_numbers_, cluster.name);
  }
  clusters.resize(cluster_numbers_.size());
  host_keys_.resize(cluster_numbers_.size());
}

std::uint32_t WorkerStats::listener_index(std::string_view name) {
  const std::uint32_t index = number_of(listener_numbers_, name);
  listeners.resize(listener_numbers_.size());
  return index;
}

std::uint32_t WorkerStats::host_index(std::uint32_t cluster_tag, std::uint32_t host_id) {
  std::vector<HostKey>& keys = host_keys_[cluster_tag];
  const auto at =
      std::lower_bound(keys.begin(), keys.end(), host_id,
                       [](const HostKey& key, std::uint32_t wanted) { return key.id < wanted; });
  if (at != keys.end() && at->id == host_id) {
    return at->index;
  }
  const auto index = static_cast<std::uint32_t>(hosts.size());
  hosts.emplace_back();
  keys.insert(at, HostKey{host_id, index});
  return index;
}

void WorkerStats::on_telemetry(const TelemetryRecord& record) {
  ++telemetry_records;
  if (record.tag >= clusters.size()) {
    return;  // kConfigApplied concerns no cluster.
  }
  ClusterMetrics& cluster = clusters[record.tag];
  switch (record.kind) {
    case RecordKind::kEjected: {
      HostStats& host = hosts[host_index(record.tag, record.host)];
      host.ejected = true;
      host.ejections += record.count;
      if (record.reason < cluster.ejections_by_cause.size()) {
        cluster.ejections_by_cause[record.reason] += record.count;
      }
      return;
    }
    case RecordKind::kUnejected:
      hosts[host_index(record.tag, record.host)].ejected = false;
      return;
    case RecordKind::kNotEjected:
      (record.reason == static_cast<std::uint8_t>(NotEjectedCause::kMaxEjectionPercent)
           ? cluster.ejections_overflow
           : cluster.ejections_not_enforced) += record.count;
      return;
    case RecordKind::kPanicEntered:
      cluster.panic_entered += record.count;
      return;
    case RecordKind::kNoHealthyHost:
      cluster.no_healthy_host += record.count;
      return;
    case RecordKind::kOverflow:       // counted by the core's ClusterStats,
    case RecordKind::kConnectFailed:  // and these two
    case RecordKind::kPanicLeft:
    case RecordKind::kConfigApplied:
      return;
  }
}

}  // namespace shaketable::proxy::live
