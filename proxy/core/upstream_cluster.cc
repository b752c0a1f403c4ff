#include "proxy/core/upstream_cluster.h"

#include <algorithm>
#include <utility>

#include "proxy/base/assert.h"
#include "proxy/core/worker.h"

namespace shaketable::proxy {
namespace {

bool was_tried(const ActiveStream& stream, std::uint32_t slot) {
  const std::size_t known = std::min<std::size_t>(stream.tried_count, stream.tried.size());
  const auto* const end = stream.tried.begin() + known;
  return std::find(stream.tried.begin(), end, static_cast<std::uint16_t>(slot)) != end;
}

}  // namespace

UpstreamCluster::UpstreamCluster(Worker& worker, std::uint32_t proxy,
                                 std::shared_ptr<CompiledConfig> config, ClusterIndex index,
                                 Instant start, Rng& rng)
    : worker_(worker),
      proxy_(proxy),
      index_(index),
      config_(&config->cluster(index)),
      owner_(std::move(config)),
      start_(start),
      balancer_(*config_) {
  if (config_->outlier_detection.has_value()) {
    outlier_.emplace(*config_->outlier_detection, start_);
  }
  refresh_hosts(start_, rng);
}

UpstreamCluster::~UpstreamCluster() {
  worker_.deadlines.cancel(tick_);
  worker_.deadlines.cancel(idle_);
}

void UpstreamCluster::adopt(std::shared_ptr<CompiledConfig> config, ClusterIndex index,
                            Instant now, Rng& rng) {
  owner_ = std::move(config);
  index_ = index;
  config_ = &owner_->cluster(index);
  balancer_ = LoadBalancer(*config_);
  if (!config_->outlier_detection.has_value()) {
    outlier_.reset();
  } else if (outlier_.has_value()) {
    outlier_->set_config(*config_->outlier_detection);
  } else {
    outlier_.emplace(*config_->outlier_detection, now);
  }
  refresh_hosts(now, rng);
  // The timers' payloads name the cluster by its index, which may be another one now.
  worker_.deadlines.cancel(tick_);
  worker_.deadlines.cancel(idle_);
  tick_ = idle_ = {};
  if (outlier_.has_value()) {
    arm_tick(now);
  }
  arm_idle(now);
}

void UpstreamCluster::retire() {
  retired_ = true;
  worker_.deadlines.cancel(tick_);
  worker_.deadlines.cancel(idle_);
  tick_ = idle_ = {};
}

// ---- hosts ------------------------------------------------------------------------------------

void UpstreamCluster::refresh_hosts(Instant now, Rng& rng) {
  const HostSet& hosts = owner_->hosts(index_);
  hosts_version_ = owner_->hosts_version(index_);
  std::fill(present_.begin(), present_.end(), false);
  for (const HostConfig& host : hosts) {
    const auto found = std::find(ids_.begin(), ids_.end(), host.id);
    const auto slot = static_cast<std::size_t>(found - ids_.begin());
    if (found == ids_.end()) {
      ids_.push_back(host.id);
      weights_.push_back(1);
      present_.push_back(true);
      active_.push_back(0);
      pools_.emplace_back();
    }
    present_[slot] = true;
    weights_[slot] = std::max(host.weight, 1U);
  }
  present_count_ = static_cast<std::uint32_t>(hosts.size());
  if (outlier_.has_value()) {
    outlier_->set_hosts(ids_, present_);
  }
  rebuild_balancer(now, rng);
}

void UpstreamCluster::rebuild_balancer(Instant now, Rng& rng) {
  std::vector<LbHost> healthy;
  std::vector<LbHost> all;
  // Slots keep the order in which hosts appeared; the configuration's order counts.
  for (const HostConfig& host : owner_->hosts(index_)) {
    const auto slot = static_cast<std::uint32_t>(
        std::find(ids_.begin(), ids_.end(), host.id) - ids_.begin());
    all.push_back({slot, weights_[slot]});
    if (!outlier_.has_value() || !outlier_->is_ejected(slot)) {
      healthy.push_back(all.back());
    }
  }
  update_panic(now, static_cast<std::uint32_t>(healthy.size()));
  balancer_.set_hosts(panic_ ? std::move(all) : std::move(healthy), active_, rng);
}

void UpstreamCluster::update_panic(Instant now, std::uint32_t healthy) {
  // Envoy asks for panic only where the overprovisioned health (x 1.4) is below 100 %.
  const std::uint64_t health =
      present_count_ == 0 ? 0 : std::uint64_t{140} * healthy / present_count_;
  const bool panic = present_count_ > 0 && health < 100 &&
                     std::uint64_t{100} * healthy <
                         std::uint64_t{config_->panic_threshold_percent} * present_count_;
  if (panic == panic_) {
    return;
  }
  panic_ = panic;
  TelemetryRecord record;
  record.at = now;
  record.kind = panic ? RecordKind::kPanicEntered : RecordKind::kPanicLeft;
  record.a = healthy;
  record.b = present_count_;
  record.proxy = proxy_;
  record.tag = config_->tag;
  worker_.telemetry().add(record);
}

std::optional<std::uint32_t> UpstreamCluster::pick_host(Instant now, Rng& rng,
                                                        const ActiveStream* avoid,
                                                        std::uint32_t reselections) {
  if (hosts_version_ != owner_->hosts_version(index_)) [[unlikely]] {
    refresh_hosts(now, rng);
  }
  if (balancer_.empty()) {
    TelemetryRecord record;
    record.at = now;
    record.kind = RecordKind::kNoHealthyHost;
    record.proxy = proxy_;
    record.tag = config_->tag;
    worker_.telemetry().add(record);
    return std::nullopt;
  }
  std::uint32_t slot = balancer_.pick(active_, rng);
  if (avoid != nullptr) {
    for (; reselections > 0 && was_tried(*avoid, slot); --reselections) {
      slot = balancer_.pick(active_, rng);
    }
  }
  return slot;
}

// ---- the connection pool ----------------------------------------------------------------------

void UpstreamCluster::start(Instant now, std::uint32_t attempt, std::uint32_t slot) {
  worker_.attempts[attempt].slot = slot;
  if (const std::uint32_t connection = pools_[slot].ready; connection != kNil) {
    if (!breaker.can_request(config_->circuit_breakers)) {
      overflow(now, Resource::kRequests, config_->circuit_breakers.max_requests);
      worker_.failed.push_back({attempt, ResetReason::kOverflow, false});
      return;
    }
    send_on(now, attempt, connection);
    return;
  }
  if (!breaker.can_queue(config_->circuit_breakers)) {
    overflow(now, Resource::kPendingRequests, config_->circuit_breakers.max_pending_requests);
    worker_.failed.push_back({attempt, ResetReason::kOverflow, false});
    return;
  }
  queue(now, attempt, slot);
}

void UpstreamCluster::queue(Instant now, std::uint32_t attempt, std::uint32_t slot) {
  Pool& pool = pools_[slot];
  UpstreamRequest& request = worker_.attempts[attempt];
  request.state = UpstreamRequest::State::kPending;
  request.next = kNil;
  request.previous = pool.pending_last;
  (pool.pending_last == kNil ? pool.pending_first : worker_.attempts[pool.pending_last].next) =
      attempt;
  pool.pending_last = attempt;
  ++pool.pending;
  ++breaker.pending_requests;
  connect_if_needed(now, slot);
}

void UpstreamCluster::connect_if_needed(Instant now, std::uint32_t slot) {
  Pool& pool = pools_[slot];
  while (std::uint64_t{pool.connecting} * streams_per_connection() < pool.pending) {
    if (!breaker.can_connect(config_->circuit_breakers)) {
      overflow(now, Resource::kConnections, config_->circuit_breakers.max_connections);
      if (pool.connections > 0) {
        return;  // the request waits for one of those
      }
      // A host without any connection gets one in spite of the limit, or its requests would wait
      // for ever. Envoy does the same.
    }
    UpstreamConnection connection;
    connection.slot = slot;
    connection.cluster = this;
    const auto handle = worker_.connections.insert(connection);
    if (config_->connect_timeout > Duration::zero()) {
      worker_.connections[handle.slot].connect_timeout =
          worker_.deadlines.arm(now, config_->connect_timeout,
                                proxy::timer_payload(TimerKind::kConnect, handle.slot));
    }
    ++pool.connections;
    ++pool.connecting;
    ++breaker.connections;
    ++stats.upstream_cx_total;
    Action action;
    action.kind = ActionKind::kOpenConnection;
    action.proxy = proxy_;
    action.host = ids_[slot];
    action.connection = handle.packed();
    worker_.actions().push_back(action);
  }
}

void UpstreamCluster::send_on(Instant now, std::uint32_t attempt, std::uint32_t connection) {
  UpstreamRequest& request = worker_.attempts[attempt];
  UpstreamConnection& link = worker_.connections[connection];
  ++breaker.requests;
  ++active_[request.slot];
  ++link.streams;
  ++link.served;
  const bool spent = config_->max_requests_per_connection != 0 &&
                     link.served >= config_->max_requests_per_connection;
  if (spent) {
    link.state = UpstreamConnection::State::kDraining;
  }
  if (link.is_ready && (spent || link.streams >= streams_per_connection())) {
    unlink_ready(connection);
  }
  request.state = UpstreamRequest::State::kAwaitingHeaders;
  request.connection = connection;
  request.previous = kNil;
  request.next = link.first_attempt;
  if (link.first_attempt != kNil) {
    worker_.attempts[link.first_attempt].previous = attempt;
  }
  link.first_attempt = attempt;
  if (request.per_try_timeout > Duration::zero()) {
    request.per_try = worker_.deadlines.arm(
        now, request.per_try_timeout, proxy::timer_payload(TimerKind::kPerTry, attempt));
  }
  ++stats.upstream_rq_total;
  Action action;
  action.kind = ActionKind::kSendRequest;
  action.flags = (request.is_retry ? kSendRetry : 0U) | (request.is_mirror ? kSendMirror : 0U);
  action.proxy = proxy_;
  action.host = ids_[request.slot];
  action.token = request.stream_token;
  action.attempt = worker_.attempts.packed_of(attempt);
  action.connection = worker_.connections.packed_of(connection);
  worker_.actions().push_back(action);
}

void UpstreamCluster::finish(Instant now, std::uint32_t attempt) {
  UpstreamRequest& request = worker_.attempts[attempt];
  const std::uint32_t connection = request.connection;
  worker_.deadlines.cancel(request.per_try);
  UpstreamConnection& link = worker_.connections[connection];
  (request.previous == kNil ? link.first_attempt : worker_.attempts[request.previous].next) =
      request.next;
  if (request.next != kNil) {
    worker_.attempts[request.next].previous = request.previous;
  }
  --breaker.requests;
  --active_[request.slot];
  --link.streams;
  worker_.attempts.erase_slot(attempt);
  release_connection(now, connection);
}

void UpstreamCluster::release_connection(Instant now, std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  const std::uint32_t slot = link.slot;
  if (link.state == UpstreamConnection::State::kDraining) {
    if (link.streams == 0) {
      Action action;
      action.kind = ActionKind::kCloseConnection;
      action.proxy = proxy_;
      action.host = ids_[slot];
      action.connection = worker_.connections.packed_of(connection);
      worker_.actions().push_back(action);
      forget_connection(connection);
      connect_if_needed(now, slot);
    }
    return;
  }
  if (!link.is_ready) {
    link_ready(connection);
  }
  if (pools_[slot].pending > 0) {
    serve_pending(now, slot);
    return;
  }
  if (link.streams == 0) {
    link.idle_since = now;
    arm_idle(now);
  }
}

void UpstreamCluster::serve_pending(Instant now, std::uint32_t slot) {
  while (pools_[slot].pending > 0 && pools_[slot].ready != kNil) {
    const std::uint32_t attempt = pools_[slot].pending_first;
    unlink_pending(attempt);
    if (!breaker.can_request(config_->circuit_breakers)) {
      overflow(now, Resource::kRequests, config_->circuit_breakers.max_requests);
      worker_.failed.push_back({attempt, ResetReason::kOverflow, false});
      continue;
    }
    send_on(now, attempt, pools_[slot].ready);
  }
}

void UpstreamCluster::unlink_pending(std::uint32_t attempt) {
  UpstreamRequest& request = worker_.attempts[attempt];
  Pool& pool = pools_[request.slot];
  (request.previous == kNil ? pool.pending_first : worker_.attempts[request.previous].next) =
      request.next;
  (request.next == kNil ? pool.pending_last : worker_.attempts[request.next].previous) =
      request.previous;
  request.next = request.previous = kNil;
  --pool.pending;
  --breaker.pending_requests;
}

void UpstreamCluster::cancel_pending(std::uint32_t attempt) {
  unlink_pending(attempt);
  worker_.attempts.erase_slot(attempt);
}

void UpstreamCluster::link_ready(std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  Pool& pool = pools_[link.slot];
  link.is_ready = true;
  link.previous = kNil;
  link.next = pool.ready;
  if (pool.ready != kNil) {
    worker_.connections[pool.ready].previous = connection;
  }
  pool.ready = connection;
}

void UpstreamCluster::unlink_ready(std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  (link.previous == kNil ? pools_[link.slot].ready : worker_.connections[link.previous].next) =
      link.next;
  if (link.next != kNil) {
    worker_.connections[link.next].previous = link.previous;
  }
  link.is_ready = false;
}

void UpstreamCluster::forget_connection(std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  if (link.is_ready) {
    unlink_ready(connection);
  }
  worker_.deadlines.cancel(link.connect_timeout);
  Pool& pool = pools_[link.slot];
  if (link.state == UpstreamConnection::State::kConnecting) {
    --pool.connecting;
  }
  --pool.connections;
  --breaker.connections;
  worker_.connections.erase_slot(connection);
}

void UpstreamCluster::on_connected(Instant now, std::uint32_t connection) {
  UpstreamConnection& link = worker_.connections[connection];
  ASSERT(link.state == UpstreamConnection::State::kConnecting);
  worker_.deadlines.cancel(link.connect_timeout);
  link.connect_timeout = {};
  link.state = UpstreamConnection::State::kOpen;
  --pools_[link.slot].connecting;
  release_connection(now, connection);
}

void UpstreamCluster::on_connect_failed(Instant now, std::uint32_t connection, bool timed_out) {
  const std::uint32_t slot = worker_.connections[connection].slot;
  ++(timed_out ? stats.upstream_cx_connect_timeout : stats.upstream_cx_connect_fail);
  TelemetryRecord record;
  record.at = now;
  record.kind = RecordKind::kConnectFailed;
  record.reason = timed_out ? 1 : 0;
  record.proxy = proxy_;
  record.tag = config_->tag;
  record.host = ids_[slot];
  worker_.telemetry().add(record);
  forget_connection(connection);
  // All that wait fail together, so that the router can decide about each (Envoy's pool does so).
  while (pools_[slot].pending > 0) {
    const std::uint32_t attempt = pools_[slot].pending_first;
    unlink_pending(attempt);
    worker_.failed.push_back({attempt, ResetReason::kConnectFailure, timed_out});
  }
}

void UpstreamCluster::on_connection_closed(Instant now, std::uint32_t connection) {
  const std::uint32_t slot = worker_.connections[connection].slot;
  // Detach the attempts first: their end must not hand this connection to the next in the queue.
  std::uint32_t attempt = worker_.connections[connection].first_attempt;
  while (attempt != kNil) {
    UpstreamRequest& request = worker_.attempts[attempt];
    const std::uint32_t next = request.next;
    request.connection = kNil;
    worker_.deadlines.cancel(request.per_try);
    request.per_try = {};
    --breaker.requests;
    --active_[slot];
    worker_.failed.push_back({attempt, ResetReason::kConnectionTermination, false});
    attempt = next;
  }
  forget_connection(connection);
  connect_if_needed(now, slot);
}

void UpstreamCluster::close_idle(Instant now) {
  idle_ = {};
  bool some_left = false;
  for (Pool& pool : pools_) {
    std::uint32_t connection = pool.ready;
    while (connection != kNil) {
      const UpstreamConnection& link = worker_.connections[connection];
      const std::uint32_t next = link.next;
      if (link.streams == 0 && now - link.idle_since >= config_->pool_idle_timeout) {
        Action action;
        action.kind = ActionKind::kCloseConnection;
        action.proxy = proxy_;
        action.host = ids_[link.slot];
        action.connection = worker_.connections.packed_of(connection);
        worker_.actions().push_back(action);
        forget_connection(connection);
      } else {
        some_left = true;
      }
      connection = next;
    }
  }
  if (some_left) {
    arm_idle(now);
  }
}

// ---- health -----------------------------------------------------------------------------------

void UpstreamCluster::report_response(Instant now, std::uint32_t slot, std::uint16_t status,
                                      Rng& rng) {
  if (status >= 500) {
    ++stats.upstream_rq_5xx;
  }
  if (!outlier_.has_value()) {
    return;
  }
  if (outlier_->on_response(now, slot, status, rng, reporter())) {
    rebuild_balancer(now, rng);
  }
  arm_tick(now);
}

void UpstreamCluster::report_local_origin(Instant now, std::uint32_t slot,
                                          OutlierDetector::LocalOrigin what, Rng& rng) {
  if (!outlier_.has_value()) {
    return;
  }
  if (outlier_->on_local_origin(now, slot, what, rng, reporter())) {
    rebuild_balancer(now, rng);
  }
  arm_tick(now);
}

void UpstreamCluster::on_tick(Instant now, Rng& rng) {
  tick_ = {};
  if (!outlier_.has_value()) {
    return;
  }
  if (outlier_->on_tick(now, rng, reporter())) {
    rebuild_balancer(now, rng);
  }
  arm_tick(now);
}

void UpstreamCluster::arm_tick(Instant now) {
  if (retired_ || tick_.is_valid() || !outlier_->is_busy()) {
    return;
  }
  tick_ = worker_.deadlines.arm_irregular(outlier_->next_tick(now),
                                          timer_payload(TimerKind::kClusterTick));
}

void UpstreamCluster::arm_idle(Instant now) {
  if (retired_ || idle_.is_valid() || config_->pool_idle_timeout <= Duration::zero()) {
    return;
  }
  idle_ = worker_.deadlines.arm(now, config_->pool_idle_timeout,
                                timer_payload(TimerKind::kPoolIdle));
}

// ---- breaker ----------------------------------------------------------------------------------

bool UpstreamCluster::take_retry(Instant now) {
  if (breaker.can_retry(config_->circuit_breakers)) {
    ++breaker.retries;
    ++stats.upstream_rq_retry;
    return true;
  }
  overflow(now, Resource::kRetries, breaker.retry_limit(config_->circuit_breakers));
  return false;
}

void UpstreamCluster::overflow(Instant now, Resource resource, std::uint32_t limit) {
  switch (resource) {
    case Resource::kConnections:
      ++stats.upstream_cx_overflow;
      break;
    case Resource::kPendingRequests:
    case Resource::kRequests:
      ++stats.upstream_rq_pending_overflow;
      break;
    case Resource::kRetries:
      ++stats.upstream_rq_retry_overflow;
      break;
  }
  TelemetryRecord record;
  record.at = now;
  record.kind = RecordKind::kOverflow;
  record.reason = static_cast<std::uint8_t>(resource);
  record.a = limit;
  record.proxy = proxy_;
  record.tag = config_->tag;
  worker_.telemetry().add(record);
}

std::uint64_t UpstreamCluster::timer_payload(TimerKind kind) const {
  return proxy::timer_payload(kind, proxy_, index_);
}

OutlierDetector::Reporter UpstreamCluster::reporter() const {
  return {&worker_.telemetry(), proxy_, config_->tag};
}

}  // namespace shaketable::proxy
