#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "proxy/base/prefetch.h"
#include "proxy/base/rng.h"
#include "proxy/base/time.h"
#include "proxy/core/action.h"
#include "proxy/core/circuit_breaker.h"
#include "proxy/core/compiled_config.h"
#include "proxy/core/lb/load_balancer.h"
#include "proxy/core/outlier_detector.h"
#include "proxy/core/state.h"

namespace shaketable::proxy {

class Worker;

/// Counters of one cluster in one proxy, with Envoy's names.
struct ClusterStats {
  std::uint64_t upstream_rq_total = 0;
  std::uint64_t upstream_rq_5xx = 0;
  std::uint64_t upstream_rq_retry = 0;
  std::uint64_t upstream_rq_retry_overflow = 0;
  std::uint64_t upstream_rq_retry_limit_exceeded = 0;
  std::uint64_t upstream_rq_pending_overflow = 0;
  std::uint64_t upstream_rq_timeout = 0;
  std::uint64_t upstream_rq_per_try_timeout = 0;
  std::uint64_t upstream_rq_cancelled = 0;
  std::uint64_t upstream_cx_total = 0;
  std::uint64_t upstream_cx_overflow = 0;
  std::uint64_t upstream_cx_connect_fail = 0;
  std::uint64_t upstream_cx_connect_timeout = 0;
};

/// One host as one proxy sees it, with its connection pool: a cache line.
struct alignas(64) UpstreamHost {
  std::uint32_t active = 0;    ///< First, for ActiveCounts: Requests in flight.
  std::uint32_t ready = kNil;  ///< Connections that can take a stream, most recently used first.
  std::uint32_t pending = 0;   ///< Requests that wait for a connection.
  std::uint32_t pending_first = kNil;
  std::uint32_t pending_last = kNil;
  std::uint32_t connections = 0;
  std::uint32_t connecting = 0;
  std::uint32_t id = 0;  ///< HostConfig::id.
  std::uint32_t weight = 1;
  bool present = false;     ///< Endpoint discovery names it.
  bool is_suspect = false;  ///< It has failed since its last success.
};
static_assert(sizeof(UpstreamHost) == 64);

/// One cluster as one proxy sees it: hosts and their health, balancer, breaker, outlier detector
/// and the *logical* connection pools (one per host, Envoy's rules). It opens and closes nothing
/// itself: it appends actions to the worker. The pools are in upstream_pool.cc, and what each
/// request needs of them in upstream_pool_inl.h.
///
/// Attempts that fail inside (overflow, connect failure) are appended to `Worker::failed`; the
/// sidecar looks there after every call, so no call comes back while another is under way.
class alignas(64) UpstreamCluster {
 public:
  UpstreamCluster(Worker& worker, std::uint32_t proxy, std::shared_ptr<CompiledConfig> config,
                  ClusterIndex index, Instant start, Rng& rng);
  ~UpstreamCluster();
  UpstreamCluster(const UpstreamCluster&) = delete;
  UpstreamCluster& operator=(const UpstreamCluster&) = delete;

  /// Picks a host for an attempt, or kNil when no host may be used (503 UH).
  [[nodiscard]] std::uint32_t pick_host(Instant now, Rng& rng) {
    if (seen_generation_ != snapshot_->hosts_generation() && !prepare_pick(now, rng)) [[unlikely]] {
      return kNil;
    }
    return balancer_.pick(active(), rng);
  }
  /// The same for a retry: hosts that the stream has tried are reselected up to `reselections`
  /// times.
  [[nodiscard]] std::uint32_t pick_other_host(Instant now, Rng& rng, const ActiveStream& stream,
                                              std::uint32_t reselections);

  /// Starts an attempt at a host: sends it, queues it, or fails it by overflow.
  void start(Instant now, std::uint32_t slot, ActiveStream& stream, std::uint32_t host);
  /// The attempt is over, with or without a response: its place is free.
  void finish(Instant now, ActiveStream& stream, UpstreamHost& host);
  /// Takes a pending attempt out of its queue.
  void cancel_pending(ActiveStream& stream);

  void on_connected(Instant now, std::uint32_t connection);
  /// Fails every pending attempt of the host, as Envoy does. Erases the connection.
  void on_connect_failed(Instant now, std::uint32_t connection, bool timed_out);
  /// Fails the attempts on it. Erases the connection.
  void on_connection_closed(Instant now, std::uint32_t connection);
  /// Nothing new on this connection, which is closed once it is idle.
  void drain_connection(Instant now, std::uint32_t connection);
  /// Closes connections that have been idle for pool_idle_timeout.
  void close_idle(Instant now);
  void on_tick(Instant now, Rng& rng);

  /// A host answered.
  void report_response(Instant now, UpstreamHost& host, std::uint16_t status, Rng& rng) {
    if (status >= 500) [[unlikely]] {
      report_5xx(now, host, status, rng);
    } else if (counts_success_ || host.is_suspect) [[unlikely]] {
      report_success(now, host);
    }
  }
  void report_local_origin(Instant now, UpstreamHost& host, OutlierDetector::LocalOrigin what,
                           Rng& rng);

  /// Continues under a new configuration: limits and policies change, connections stay.
  void adopt(std::shared_ptr<CompiledConfig> config, ClusterIndex index, Instant now, Rng& rng);

  /// The configuration has no such cluster any more: what is in flight may end, nothing new (not
  /// even a retry) starts, and connections close as soon as they are idle.
  void retire();
  /// Nobody needs a retired cluster any more.
  [[nodiscard]] bool is_unused() const {
    return breaker.connections == 0 && breaker.requests == 0 && breaker.pending_requests == 0 &&
           breaker.retries == 0;
  }

  /// Takes one of the allowed concurrent retries, or says no and records why.
  [[nodiscard]] bool take_retry(Instant now);
  void release_retry() { --breaker.retries; }

  [[nodiscard]] const ClusterConfig& config() const { return *config_; }
  /// Valid until the endpoints change.
  [[nodiscard]] UpstreamHost& host(std::uint32_t slot) { return hosts_[slot]; }
  [[nodiscard]] std::uint32_t host_id(std::uint32_t slot) const { return hosts_[slot].id; }
  [[nodiscard]] std::uint32_t host_count() const { return present_count_; }
  [[nodiscard]] std::uint32_t ejected_count() const {
    return outlier_.has_value() ? outlier_->ejected_count() : 0;
  }
  [[nodiscard]] bool in_panic() const { return panic_; }
  /// Asks for what a pick will read of the first hosts.
  void prefetch_hosts() const { prefetch<3>(hosts_.data()); }
  /// Then for the connections that they would use.
  void prefetch_connections() const;
  [[nodiscard]] std::uint32_t proxy() const { return proxy_; }
  [[nodiscard]] ClusterIndex index() const { return index_; }

 private:
  /// Requests that a new connection can carry at once; few if it may serve only few in its life.
  [[nodiscard]] std::uint32_t streams_per_connection() const {
    const std::uint32_t streams = config_->protocol == UpstreamProtocol::kHttp1
                                      ? 1
                                      : std::max(config_->max_concurrent_streams, 1U);
    const std::uint32_t life = config_->max_requests_per_connection;
    return life == 0 ? streams : std::min(streams, life);
  }
  [[nodiscard]] ActiveCounts active() const {
    static_assert(offsetof(UpstreamHost, active) == 0);
    return {reinterpret_cast<const std::uint32_t*>(hosts_.data()), sizeof(UpstreamHost)};
  }
  bool prepare_pick(Instant now, Rng& rng);
  void use_config(std::shared_ptr<CompiledConfig> config, ClusterIndex index);
  void start_without_connection(Instant now, std::uint32_t stream);
  void send_on(Instant now, std::uint32_t slot, ActiveStream& stream, UpstreamHost& host);
  void refuse(Instant now, std::uint32_t stream, Resource resource, std::uint32_t limit);
  void queue(Instant now, std::uint32_t stream);
  void connect_if_needed(Instant now, std::uint32_t slot);
  void open_connection(Instant now, std::uint32_t slot, std::uint32_t capacity);
  void push_connection_action(ActionKind kind, std::uint32_t connection);
  [[nodiscard]] bool is_leaving(const UpstreamConnection& link) const {
    return link.era != era_ || !hosts_[link.slot].present;
  }
  void drain(std::uint32_t connection);
  void close(std::uint32_t connection);
  void pass_connection_on(Instant now, std::uint32_t connection);
  void close_if_drained(Instant now, std::uint32_t connection);
  void close_leaving();
  void close_leaving(UpstreamHost& host);
  Instant close_idle(Instant now, UpstreamHost& host);
  void serve_pending(Instant now, std::uint32_t slot);
  void unlink_pending(UpstreamRequest& request);
  void unlink_ready(std::uint32_t connection);
  void release_connection(Instant now, std::uint32_t connection, UpstreamHost& host);
  void forget_connection(std::uint32_t connection);
  void overflow(Instant now, Resource resource, std::uint32_t limit);
  void refresh_hosts(Instant now, Rng& rng);
  [[nodiscard]] std::uint32_t find_or_add_host(std::uint32_t id);
  void add_host(std::uint32_t id);
  void follow_outlier_hosts();
  void rebuild_balancer(Instant now, Rng& rng);
  void update_panic(Instant now, std::uint32_t healthy);
  void report_5xx(Instant now, UpstreamHost& host, std::uint16_t status, Rng& rng);
  void report_success(Instant now, UpstreamHost& host);
  [[nodiscard]] std::uint32_t slot_of(const UpstreamHost& host) const {
    return static_cast<std::uint32_t>(&host - hosts_.data());
  }
  void arm_tick(Instant now);
  void arm_idle(Instant now);
  [[nodiscard]] std::uint64_t timer_payload(TimerKind kind) const;
  [[nodiscard]] OutlierDetector::Reporter reporter() const;

  // What each request touches comes first: two cache lines.
  Worker& worker_;
  const CompiledConfig* snapshot_ = nullptr;  ///< owner_.get()
  std::vector<UpstreamHost> hosts_;           ///< By slot.
  std::uint32_t proxy_;
  std::uint32_t seen_generation_ = kNil;  ///< Of the snapshot's hosts; kNil: look before a pick.
  bool panic_ = false;
  bool retired_ = false;
  bool counts_success_ = false;  ///< The outlier detector wants every answer.
  std::uint8_t era_ = 0;         ///< Grows with each change of the protocol.
  std::uint32_t max_requests_per_connection_ = kUnlimited;

 public:
  CircuitBreaker breaker;

 private:
  std::uint32_t max_requests_ = 0;  ///< CircuitBreakers::max_requests
  TimerHandle idle_{};              ///< Next look at idle connections.
  LoadBalancer balancer_;

 public:
  ClusterStats stats;

 private:
  TimerHandle tick_{};  ///< Next interval of the outlier detector.
  std::shared_ptr<CompiledConfig> owner_;
  const ClusterConfig* config_ = nullptr;
  ClusterIndex index_ = 0;
  std::uint32_t hosts_version_ = kNil;
  std::uint32_t present_count_ = 0;
  Instant start_;
  std::optional<OutlierDetector> outlier_;
  std::vector<std::uint32_t> order_;  ///< Slots of the present hosts, as configured.
  std::vector<LbHost> candidates_;    ///< Scratch.
};

}  // namespace shaketable::proxy
