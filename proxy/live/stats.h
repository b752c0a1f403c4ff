#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/base/histogram.h"
#include "proxy/base/time.h"
#include "proxy/core/circuit_breaker.h"
#include "proxy/core/upstream_cluster.h"
#include "proxy/http/codec.h"
#include "proxy/http/tls.h"
#include "proxy/live/live_config.h"
#include "proxy/telemetry/record.h"

/// What a running proxy counts. `WorkerStats` belongs to one worker's thread, which bumps plain
/// integers; a `StatsSnapshot` is a copy that any thread may read, and snapshots of several workers
/// add up. Names and forms are in stats_text.h.
namespace shaketable::proxy {
class Sidecar;
}  // namespace shaketable::proxy

namespace shaketable::proxy::live {

/// Latencies in nanoseconds with a relative error below 1/32; empty ones are 72 bytes.
using LatencyHistogram = BasicHistogram<5>;

/// Why a downstream connection was closed by us for waiting too long.
enum class TimeoutKind : std::uint8_t { kHandshake, kHead, kBody, kIdle, kTunnelIdle };
inline constexpr std::size_t kTimeoutKinds = 5;
[[nodiscard]] std::string_view counter_name(TimeoutKind kind);

/// Why a TLS handshake failed, as far as operators act differently on it: http::TlsFailure, with
/// bad certificates told apart.
enum class HandshakeFailure : std::uint8_t {
  kNotTls,
  kNoCertificate,     ///< The peer showed none, and must.
  kExpired,           ///< Or not valid yet.
  kUnknownAuthority,  ///< No path to a trusted root, or one that does not verify.
  kWrongName,         ///< A SPIFFE id, trust domain or host name that is not allowed.
  kRevoked,           ///< Or no current revocation list.
  kBadCertificate,    ///< Any other fault of the certificate.
  kNoProtocol,        ///< No common version, cipher or ALPN protocol.
  kPeerRefused,       ///< The peer sent a fatal alert: our certificate, perhaps.
  kTimeout,
  kBroken,  ///< Anything else, a connection that ends too early also.
};
inline constexpr std::size_t kHandshakeFailures = 11;
[[nodiscard]] std::string_view counter_name(HandshakeFailure failure);
/// From TlsSession::failure() and error().
[[nodiscard]] HandshakeFailure classify(http::TlsFailure failure, std::string_view error);

inline constexpr std::size_t kProtocolErrors =
    static_cast<std::size_t>(http::ProtocolError::kTooMuchOutput) + 1;
/// By http::ProtocolError: connections that ended for it, and messages that cost their stream.
using ProtocolErrorCounts = std::array<std::uint64_t, kProtocolErrors>;
inline constexpr std::size_t kResponseFlags = 15;

/// Responses by class: [0] = 1xx ... [4] = 5xx, [5] = anything else.
using StatusClasses = std::array<std::uint64_t, 6>;
[[nodiscard]] constexpr std::size_t class_of(std::uint16_t status) {
  const std::size_t index = status / 100U - 1U;
  return index < 5 ? index : 5;
}

/// Responses by status; a handful of different ones, the most usual first.
class StatusCounts {
 public:
  struct Entry {
    std::uint16_t status = 0;
    std::uint64_t count = 0;
  };
  void add(std::uint16_t status, std::uint64_t times = 1) {
    for (Entry& entry : entries_) {
      if (entry.status == status) [[likely]] {
        entry.count += times;
        return;
      }
    }
    entries_.push_back({status, times});
  }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

struct TlsStats {
  std::uint64_t handshakes = 0;  ///< Completed.
  std::uint64_t resumed = 0;     ///< Of them, with a session of before.
  std::uint64_t tls12 = 0, tls13 = 0;
  std::uint64_t no_certificate = 0;  ///< Completed, and the peer showed no certificate.
  std::array<std::uint64_t, kHandshakeFailures> failed{};

  void on_handshake(bool was_resumed, bool is_tls13, bool has_peer_certificate) {
    ++handshakes;
    resumed += was_resumed ? 1U : 0U;
    ++(is_tls13 ? tls13 : tls12);
    no_certificate += has_peer_certificate ? 0U : 1U;
  }
  void on_failure(HandshakeFailure failure) { ++failed[static_cast<std::size_t>(failure)]; }
  void merge(const TlsStats& other);
};

/// One listener as one worker sees it. Public members are counters; gauges are `_active`.
struct ListenerStats {
  // Connections.
  std::uint64_t cx_total = 0;
  std::uint64_t cx_active = 0;
  std::uint64_t cx_http1_total = 0, cx_http1_active = 0;
  std::uint64_t cx_http2_total = 0, cx_http2_active = 0;
  std::uint64_t cx_tls_total = 0, cx_tls_active = 0;
  std::uint64_t cx_tcp_total = 0, cx_tcp_active = 0;            ///< Passed through, not HTTP.
  std::uint64_t cx_upgrades_total = 0, cx_upgrades_active = 0;  ///< WebSocket, CONNECT.
  std::uint64_t cx_overflow = 0;                                ///< Refused: max_connections.
  std::uint64_t cx_drain_close = 0;         ///< Ended while, and as, it was asked to go.
  std::uint64_t cx_peer_reset = 0;          ///< The client went away with a request under way.
  std::uint64_t cx_proxy_header_error = 0;  ///< A broken or missing PROXY header.
  std::uint64_t cx_no_route = 0;            ///< TCP: no route for its server name.
  std::uint64_t cx_rx_bytes = 0, cx_tx_bytes = 0;  ///< As on the wire.
  std::array<std::uint64_t, kTimeoutKinds> cx_timeouts{};
  ProtocolErrorCounts protocol_errors{};
  LatencyHistogram cx_length;
  TlsStats tls;
  // accept()
  std::uint64_t accept_out_of_descriptors = 0;  ///< EMFILE, ENFILE.
  std::uint64_t accept_out_of_memory = 0;       ///< ENOMEM, ENOBUFS.
  std::uint64_t accept_other = 0;
  std::uint64_t accept_paused = 0;  ///< Times that accepting backed off.
  // Requests.
  std::uint64_t rq_total = 0;
  std::uint64_t rq_active = 0;
  std::uint64_t rq_http1_total = 0, rq_http2_total = 0;
  std::uint64_t rq_rx_reset = 0, rq_tx_reset = 0;  ///< By the client; by us, in mid-response.
  std::uint64_t rq_stalled = 0;  ///< Reset, because the client opened no window for the response.
  std::uint64_t rq_rx_bytes = 0, rq_tx_bytes = 0;  ///< Bodies.
  std::uint64_t rq_completed = 0;
  std::uint64_t rq_direct_response = 0, rq_redirect = 0;
  StatusClasses rq_by_class{};
  std::array<std::uint64_t, kResponseFlags> rq_by_flag{};  ///< By bit of ResponseFlag.
  LatencyHistogram rq_time;

  void on_accepted() {
    ++cx_total;
    ++cx_active;
  }
  void on_closed(Duration length) {
    --cx_active;
    cx_length.add(length.count());
  }
  void on_timeout(TimeoutKind kind) { ++cx_timeouts[static_cast<std::size_t>(kind)]; }
  void on_protocol_error(http::ProtocolError error) {
    ++protocol_errors[static_cast<std::size_t>(error)];
  }
  /// Counts the errno of a failed accept().
  void on_accept_error(int error_number);

  void on_request(http::Version version) {
    ++rq_total;
    ++rq_active;
    ++(version == http::Version::kHttp2 ? rq_http2_total : rq_http1_total);
  }
  /// The end of a request that on_request counted. `status` 0: no response was begun. `flags` are
  /// ResponseFlag bits. Bytes are those of the bodies.
  void on_request_end(std::uint16_t status, std::uint32_t flags, Duration duration,
                      std::uint64_t rx_bytes, std::uint64_t tx_bytes) {
    --rq_active;
    rq_rx_bytes += rx_bytes;
    rq_tx_bytes += tx_bytes;
    if (status != 0) {
      ++rq_completed;
      ++rq_by_class[class_of(status)];
    }
    rq_time.add(duration.count());
    if (flags != 0) [[unlikely]] {
      count_flags(flags);
    }
  }
  void count_flags(std::uint32_t flags);
  void merge(const ListenerStats& other);
};

/// One upstream host in one cluster.
struct HostStats {
  std::uint64_t cx_total = 0, cx_active = 0, cx_connect_fail = 0;
  std::uint64_t rq_total = 0, rq_active = 0;
  std::uint64_t rq_success = 0;  ///< Answered below 500.
  std::uint64_t rq_error = 0;    ///< Answered with 5xx, or without an answer.
  std::uint64_t rq_timeout = 0;
  std::uint64_t ejections = 0;
  bool ejected = false;

  void merge(const HostStats& other);
};

/// What the driver counts of one cluster beyond the core's ClusterStats.
struct ClusterMetrics {
  StatusClasses rq_by_class{};
  StatusCounts rq_by_status;
  LatencyHistogram rq_time;          ///< Attempt sent to response ended.
  LatencyHistogram cx_connect_time;  ///< TCP, and TLS.
  LatencyHistogram cx_length;
  std::uint64_t rq_completed = 0;
  std::uint64_t rq_rx_reset = 0;  ///< Attempts that the upstream reset, or answered with rubbish.
  std::uint64_t rq_tx_reset = 0;  ///< Attempts that we gave up after they were sent.
  std::uint64_t rq_mirrored = 0;
  std::uint64_t cx_http1_total = 0, cx_http2_total = 0;
  std::uint64_t cx_destroy = 0;
  std::uint64_t cx_destroy_remote_with_active_rq = 0;
  std::uint64_t cx_rx_bytes = 0, cx_tx_bytes = 0;
  ProtocolErrorCounts protocol_errors{};
  std::uint64_t cx_idle_timeout = 0;
  std::uint64_t update_success = 0, update_failure = 0;  ///< Look-ups of its endpoints.
  std::uint64_t membership_change = 0;
  TlsStats tls;
  // From telemetry records.
  std::uint64_t no_healthy_host = 0;
  std::uint64_t panic_entered = 0;
  std::array<std::uint64_t, 5> ejections_by_cause{};  ///< By EjectionCause.
  std::uint64_t ejections_overflow = 0;               ///< Refused by max_ejection_percent.
  std::uint64_t ejections_not_enforced = 0;

  void on_protocol_error(http::ProtocolError error) {
    ++protocol_errors[static_cast<std::size_t>(error)];
  }
  /// A response of an attempt has ended.
  void on_response(std::uint16_t status, Duration duration) {
    ++rq_completed;
    ++rq_by_class[class_of(status)];
    rq_by_status.add(status);
    rq_time.add(duration.count());
  }
  void merge(const ClusterMetrics& other);
};

/// Everything that one worker counts. One writer, its thread; counting does not allocate once a
/// listener, cluster or host has been seen (histograms take a block per power of two).
///
/// Indices are found once per connection (or configuration) and hold for the life of the object,
/// over all reloads; references do not, because the arrays grow.
class WorkerStats {
 public:
  /// Gives every cluster the number that its name has here, as ClusterConfig::tag: to be called
  /// with the worker's own copy of a ProxyConfig before it is compiled. What was counted stays.
  void adopt(ProxyConfig& config);

  /// The index in `listeners` of the listener of this name.
  [[nodiscard]] std::uint32_t listener_index(std::string_view name);
  /// The index in `hosts` of an upstream host as a member of a cluster. Cost: a binary search.
  [[nodiscard]] std::uint32_t host_index(std::uint32_t cluster_tag, std::uint32_t host_id);

  /// Counts what the core reports; call for each record, then clear the buffer.
  void on_telemetry(const TelemetryRecord& record);

  std::vector<ListenerStats> listeners;  ///< By listener_index().
  std::vector<ClusterMetrics> clusters;  ///< By ClusterConfig::tag.
  std::vector<HostStats> hosts;          ///< By host_index().
  std::uint64_t access_log_dropped = 0;  ///< Lines; the queue was full.
  std::uint64_t spans_dropped = 0;
  std::uint64_t telemetry_records = 0;

 private:
  friend class SnapshotBuilder;
  struct HostKey {
    std::uint32_t id = 0;
    std::uint32_t index = 0;
  };
  /// Names and their numbers, sorted by name.
  using Numbers = std::vector<std::pair<std::string, std::uint32_t>>;
  static std::uint32_t number_of(Numbers& numbers, std::string_view name);

  Numbers listener_numbers_, cluster_numbers_;
  std::vector<std::vector<HostKey>> host_keys_;  // by tag, sorted by id
};

struct HostSnapshot {
  std::uint32_t id = 0;  ///< Index of LiveConfig::hosts.
  std::uint32_t weight = 1;
  HostStats stats;
};

struct ClusterSnapshot {
  std::string name;
  ClusterStats core;
  ClusterMetrics metrics;
  CircuitBreaker in_use;
  CircuitBreakers limits;         ///< Of one worker; equal for all.
  std::uint64_t retry_limit = 0;  ///< Concurrent retries allowed now: max_retries or the budget.
  std::uint64_t membership_total = 0;
  std::uint64_t membership_healthy = 0;
  std::uint64_t ejected = 0;    ///< The most that a worker has ejected.
  std::uint32_t workers = 0;    ///< Whose limits are added up.
  std::uint32_t panicking = 0;  ///< Workers that use all hosts for lack of healthy ones.
  /// Some worker's breaker is open: nothing more of its kind is allowed.
  bool cx_open = false, pending_open = false, rq_open = false, retry_open = false;
  std::uint64_t remaining_cx = 0, remaining_pending = 0, remaining_rq = 0, remaining_retries = 0;
  std::vector<HostSnapshot> hosts;  ///< By id.
};

struct ListenerSnapshot {
  std::string name;
  ListenerStats stats;
};

/// The sum of one or more workers at about one moment.
struct StatsSnapshot {
  std::uint32_t workers = 0;
  std::vector<ListenerSnapshot> listeners;  ///< As configured, then removed ones still in use.
  std::vector<ClusterSnapshot> clusters;    ///< As configured.
  std::uint64_t access_log_dropped = 0;
  std::uint64_t spans_dropped = 0;
  std::uint64_t telemetry_records = 0;

  /// Adds another worker's. Listeners and clusters are matched by name; one that only `other` has
  /// is appended (two workers may be a reload apart).
  void merge(const StatsSnapshot& other);
};

/// Copies a worker's numbers; called on its thread. `config` is the one that `sidecar` runs now.
/// Cost: about a microsecond and a few KiB per cluster that has been used.
[[nodiscard]] StatsSnapshot take_snapshot(const LiveConfig& config, const WorkerStats& stats,
                                          const Sidecar& sidecar);

}  // namespace shaketable::proxy::live
