#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "proxy/base/rng.h"
#include "proxy/base/time.h"
#include "proxy/core/compiled_config.h"
#include "proxy/core/types.h"
#include "proxy/core/upstream_cluster.h"
#include "proxy/core/worker.h"

namespace shaketable::proxy {

/// The decisions of one proxy, without clock and without sockets: inputs carry `now`, what has to
/// be done is appended to `worker.actions()`.
///
/// Filters run in a fixed order on each request: fault, then router (virtual host, route, cluster,
/// host, pool). Further policies (rbac, rate limit, ...) go between the two, in `on_request`.
///
/// Late inputs (for a stream, attempt or connection that has ended) and repeated ones (a second
/// response head, a second "connected") are ignored. Costs no allocation once the
/// worker's slabs have grown. Not thread-safe; lives on its worker's thread.
class Sidecar {
 public:
  /// `id` must be unique and dense in the worker; random streams are named by it.
  Sidecar(Worker& worker, std::uint32_t id, std::shared_ptr<CompiledConfig> config,
          const Rng& master, Instant start);
  ~Sidecar();
  Sidecar(const Sidecar&) = delete;
  Sidecar& operator=(const Sidecar&) = delete;

  /// A request came in. `token` is the driver's own number for it and returns with every action.
  StreamId on_request(Instant now, Direction direction, const RequestHead& head,
                      std::uint64_t token);
  /// The downstream went away.
  void on_downstream_reset(Instant now, StreamId stream);
  /// The driver cannot keep the body for another try.
  void on_not_replayable(StreamId stream);

  void on_connected(Instant now, ConnectionId connection);
  void on_connect_failed(Instant now, ConnectionId connection);
  /// The upstream closed it. Attempts on it end with kConnectionTermination.
  void on_connection_closed(Instant now, ConnectionId connection);
  /// The upstream will take no further request on it (HTTP/2 GOAWAY, `connection: close`); what is
  /// under way may end.
  void on_connection_draining(Instant now, ConnectionId connection);
  /// The response switched protocols (101, or 2xx to CONNECT): the route's timeout is over, its
  /// idle timeout goes on. As in Envoy.
  void on_tunnel(Instant now, StreamId stream);

  void on_response(Instant now, AttemptId attempt, const ResponseHead& response);
  /// Something more of the response's body passed: the stream is not idle.
  void on_response_activity(Instant now, AttemptId attempt);
  void on_response_end(Instant now, AttemptId attempt);
  void on_upstream_reset(Instant now, AttemptId attempt, ResetReason reason);

  /// A new configuration; requests in flight keep the one that they were routed with.
  void on_config(Instant now, std::shared_ptr<CompiledConfig> config);

  [[nodiscard]] std::uint32_t id() const { return id_; }
  [[nodiscard]] const CompiledConfig& config() const { return *epochs_.back().config; }
  /// The proxy's view of a cluster, or nullptr while it has not used it.
  [[nodiscard]] const UpstreamCluster* cluster(ClusterIndex index) const {
    return index < clusters_.size() ? clusters_[index].get() : nullptr;
  }
  /// Random numbers drawn so far, for the fingerprint.
  [[nodiscard]] std::uint64_t draws() const;

 private:
  friend class Worker;

  /// A configuration and how many streams still use it.
  struct Epoch {
    std::shared_ptr<CompiledConfig> config;
    std::uint32_t number = 0;
    std::uint32_t streams = 0;
  };

  void on_timer(Instant now, TimerKind kind, std::uint32_t slot, std::uint32_t cluster);
  void on_pause_over(Instant now, std::uint32_t stream);
  void on_per_try_timeout(Instant now, std::uint32_t attempt);
  void on_connect_timeout(Instant now, std::uint32_t connection);
  void on_route_timeout(Instant now, std::uint32_t stream);

  bool start_fault_delay(Instant now, std::uint32_t stream);
  void route_request(Instant now, std::uint32_t stream);
  bool abort_by_fault(std::uint32_t stream);
  void arm_timeouts(Instant now, std::uint32_t stream);
  void arm_deadline(Instant now, std::uint32_t stream);
  /// Envoy ignores a per-try timeout that is not shorter than the route's.
  [[nodiscard]] static bool has_per_try_timeout(const Route& route) {
    return route.retry.has_value() && route.retry->per_try_timeout > Duration::zero() &&
           (route.timeout <= Duration::zero() || route.retry->per_try_timeout < route.timeout);
  }
  void start_mirrors(Instant now, std::uint32_t stream);
  void start_mirror(Instant now, std::uint32_t stream, const MirrorPolicy& mirror);
  void start_attempt(Instant now, std::uint32_t stream);
  [[nodiscard]] bool is_covered_by_try(Instant now, std::uint32_t stream,
                                       std::uint32_t attempt) const;
  void handle_failures(Instant now) {
    if (!worker_.failed.empty()) [[unlikely]] {
      handle_listed_failures(now);
    }
  }
  void handle_listed_failures(Instant now);
  void end_attempt(Instant now, std::uint32_t attempt, ResetReason reason);
  void fail_attempt(Instant now, std::uint32_t stream, ResetReason reason);
  void end_sent_attempt(Instant now, std::uint32_t attempt, ResetReason reason);
  void cancel_upstream(std::uint32_t attempt);
  bool try_again(Instant now, std::uint32_t stream);
  void abandon_attempt(Instant now, std::uint32_t stream);
  void give_up(Instant now, std::uint32_t stream, std::uint32_t flag);
  void drain_if_http1(std::uint32_t connection);
  void restart_idle(Instant now, std::uint32_t stream);
  void end_connection(Instant now, std::uint32_t connection);
  void reset_downstream(std::uint32_t stream, std::uint32_t flag);
  void reply(std::uint32_t stream, std::uint16_t status, std::uint32_t flag);
  void end_stream(std::uint32_t stream);
  static void release_retry(ActiveStream& stream) {
    if (stream.holds_retry) [[unlikely]] {
      stream.holds_retry = false;
      stream.cluster->release_retry();
    }
  }
  void release_fault(ActiveStream& stream) {
    if (stream.holds_fault) [[unlikely]] {
      stream.holds_fault = false;
      --active_faults_;
    }
  }
  UpstreamCluster* use_cluster(const ActiveStream& stream, ClusterIndex index) {
    if (stream.epoch == epochs_.back().number && index != kNoCluster && clusters_[index] != nullptr)
        [[likely]] {
      return clusters_[index].get();
    }
    return find_cluster(stream, index);
  }
  UpstreamCluster* find_cluster(const ActiveStream& stream, ClusterIndex index);
  [[nodiscard]] ClusterIndex current_index(std::uint32_t epoch, ClusterIndex index) const;
  [[nodiscard]] ClusterIndex pick_cluster(const CompiledRoute& route);
  /// Appends an action about a stream.
  Action& add_action(ActionKind kind, const ActiveStream& stream) {
    Action& result = worker_.add_action(kind, id_);
    result.attempts = stream.attempts;
    result.flags = stream.flags;
    result.token = stream.token;
    return result;
  }

  Worker& worker_;
  std::uint32_t id_;
  std::uint32_t active_faults_ = 0;
  Instant start_;
  std::vector<Epoch> epochs_;  // the current one is the last
  std::vector<std::unique_ptr<UpstreamCluster>> clusters_;
  std::vector<std::unique_ptr<UpstreamCluster>> retired_;  // of configurations that are gone
  Rng lb_rng_, retry_rng_, fault_rng_, route_rng_, outlier_rng_;
};

}  // namespace shaketable::proxy
