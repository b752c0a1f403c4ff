#pragma once

#include <array>
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
class alignas(64) Sidecar {
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
  [[nodiscard]] const CompiledConfig& config() const { return *config_; }
  /// The proxy's view of a cluster, or nullptr while it has not used it.
  [[nodiscard]] const UpstreamCluster* cluster(ClusterIndex index) const {
    return index < clusters_.size() ? clusters_[index].get() : nullptr;
  }
  /// The same, for a driver that prefetches what a request will need: from the first cache line,
  /// and nullptr also for a cluster that is not among the first ones.
  [[nodiscard]] const UpstreamCluster* near_cluster(ClusterIndex index) const {
    return index < near_clusters_.size() ? near_clusters_[index] : nullptr;
  }
  /// Random numbers drawn so far, for the fingerprint.
  [[nodiscard]] std::uint64_t draws() const;

 private:
  friend class Worker;

  /// An older configuration and how many streams still use it.
  struct Epoch {
    std::shared_ptr<CompiledConfig> config;
    std::uint32_t number = 0;
    std::uint32_t streams = 0;
  };

  void on_timer(Instant now, TimerKind kind, std::uint32_t slot, std::uint32_t cluster);
  void on_pause_over(Instant now, std::uint32_t stream);
  void on_per_try_timeout(Instant now, std::uint32_t stream);
  void on_connect_timeout(Instant now, std::uint32_t connection);
  void on_route_timeout(Instant now, std::uint32_t stream);

  // A request comes in.
  bool start_fault_delay(Instant now, std::uint32_t stream);
  bool abort_by_fault(Instant now, std::uint32_t stream);
  void begin_stream(ActiveStream& stream, const CompiledRoute* route, std::uint64_t token);
  void route_request(Instant now, std::uint32_t slot, ActiveStream& stream);
  void route_after_delay(Instant now, std::uint32_t stream);
  void reply_by_route(std::uint32_t stream);
  void arm_timeouts(Instant now, std::uint32_t slot, ActiveStream& stream,
                    const CompiledRoute& route);
  void arm_deadline(Instant now, std::uint32_t stream);

  // Attempts.
  void start_mirrors(Instant now, std::uint32_t stream);
  void start_mirror(Instant now, std::uint32_t stream, const MirrorPolicy& mirror);
  void start_attempt(Instant now, std::uint32_t slot, ActiveStream& stream,
                     const CompiledRoute& route);
  void start_retry(Instant now, std::uint32_t stream);
  [[nodiscard]] static bool is_covered_by_try(Instant now, const ActiveStream& stream) {
    return stream.attempt_state == UpstreamRequest::State::kAwaitingHeaders &&
           stream.route->per_try_timeout > Duration::zero() &&
           after(now, stream.route->per_try_timeout) < stream.deadline;
  }
  void handle_failures(Instant now) {
    if (!worker_.failed.empty()) [[unlikely]] {
      handle_listed_failures(now);
    }
  }
  void handle_listed_failures(Instant now);
  void fail_attempt(Instant now, std::uint32_t stream, ResetReason reason);
  void end_sent_attempt(Instant now, std::uint32_t stream, ResetReason reason);
  void cancel_upstream(std::uint32_t stream);
  bool try_again(Instant now, std::uint32_t stream);
  void abandon_attempt(Instant now, std::uint32_t stream);
  void give_up(Instant now, std::uint32_t stream, std::uint32_t flag);
  void drain_if_http1(std::uint32_t connection);

  // News from upstream.
  /// Whether nothing can follow from the response but its end: no retry, no second part.
  [[nodiscard]] static bool is_plain(const ActiveStream& stream, const ResponseHead& response) {
    return response.status < 400 && response.end_stream && response.grpc_status == 0 &&
           !response.rate_limited && stream.marks == 0 && !stream.route->judges_success;
  }
  void on_other_response(Instant now, std::uint32_t stream, const ResponseHead& response);
  void on_mirror_response(Instant now, std::uint32_t stream, const ResponseHead& response);
  void restart_idle(Instant now, std::uint32_t stream);
  void end_attempt_and_stream(Instant now, std::uint32_t stream);
  void end_connection(Instant now, std::uint32_t connection);

  /// For who follows single requests: what was decided about a stream.
  void tell(const ActiveStream& stream, Decision decision) {
    if (worker_.decisions().is_on()) [[unlikely]] {
      add_decision(stream, decision);
    }
  }
  void add_decision(const ActiveStream& stream, Decision decision);
  void tell_attempt_ended(Instant now, const ActiveStream& stream, DecisionCause cause,
                          std::uint16_t status = 0) {
    tell(stream, {.at = now,
                  .kind = DecisionKind::kAttemptEnded,
                  .reason = static_cast<std::uint8_t>(cause),
                  .status = status});
  }
  void tell_no_retry(Instant now, const ActiveStream& stream, NoRetryCause cause) {
    tell(stream,
         {.at = now, .kind = DecisionKind::kNoRetry, .reason = static_cast<std::uint8_t>(cause)});
  }

  // Ends of a stream.
  void reset_downstream(std::uint32_t stream, std::uint32_t flag);
  void reply(std::uint32_t stream, std::uint16_t status, std::uint32_t flag);
  void release_stream(ActiveStream& stream);
  void release_timers(const ActiveStream& stream);
  /// What is left in the slot stays as it is until another stream takes it.
  void end_stream(std::uint32_t stream);
  void join_epoch(ActiveStream& stream, std::uint32_t number);
  void leave_epoch(const ActiveStream& stream);
  void leave_old_epoch(std::uint32_t number);
  static void release_retry(ActiveStream& stream) {
    if (stream.has(kHoldsRetry)) [[unlikely]] {
      stream.unset(kHoldsRetry);
      stream.cluster->release_retry();
    }
  }
  void release_fault(ActiveStream& stream) {
    if (stream.has(kHoldsFault)) [[unlikely]] {
      stream.unset(kHoldsFault);
      --active_faults_;
    }
  }

  UpstreamCluster* use_cluster(const ActiveStream& stream, ClusterIndex index) {
    if (index < near_clusters_.size() && stream.epoch == epoch_ && near_clusters_[index] != nullptr)
        [[likely]] {
      return near_clusters_[index];
    }
    return find_cluster(stream, index);
  }
  void find_near_clusters();
  UpstreamCluster* find_cluster(const ActiveStream& stream, ClusterIndex index);
  [[nodiscard]] ClusterIndex current_index(std::uint32_t epoch, ClusterIndex index) const;
  [[nodiscard]] ClusterIndex pick_cluster(const CompiledRoute& route);
  /// Appends an action about a stream.
  void add_action(ActionKind kind, const ActiveStream& stream, std::uint16_t status,
                  std::uint32_t host = 0, AttemptId attempt = kNoHandle) {
    worker_.actions().push_back({.kind = kind,
                                 .attempts = stream.attempts,
                                 .status = status,
                                 .flags = stream.flags,
                                 .proxy = id_,
                                 .host = host,
                                 .token = stream.token,
                                 .attempt = attempt});
  }

  // What each request touches comes first.
  Worker& worker_;
  CompiledConfig* config_;
  std::uint32_t id_;
  std::uint32_t active_faults_ = 0;
  std::uint32_t epoch_ = 0;                          ///< Number of the current configuration.
  std::uint32_t epoch_streams_ = 0;                  ///< Streams that were routed with it.
  std::array<UpstreamCluster*, 4> near_clusters_{};  ///< The first of clusters_.
  Rng lb_rng_, retry_rng_, fault_rng_, route_rng_, outlier_rng_;
  std::shared_ptr<CompiledConfig> owner_;  // of config_
  std::vector<std::unique_ptr<UpstreamCluster>> clusters_;
  std::vector<Epoch> old_epochs_;                          // that streams still use
  std::vector<std::unique_ptr<UpstreamCluster>> retired_;  // of configurations that are gone
  Instant start_;
};

}  // namespace shaketable::proxy
