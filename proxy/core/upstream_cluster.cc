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
    : worker_(worker), proxy_(proxy), balancer_(config->cluster(index)), start_(start) {
  use_config(std::move(config), index);
  if (config_->outlier_detection.has_value()) {
    outlier_.emplace(*config_->outlier_detection, start_);
  }
  refresh_hosts(start_, rng);
}

/// Takes the settings that each request reads out of the configuration.
void UpstreamCluster::use_config(std::shared_ptr<CompiledConfig> config, ClusterIndex index) {
  owner_ = std::move(config);
  snapshot_ = owner_.get();
  index_ = index;
  config_ = &owner_->cluster(index);
  max_requests_ = config_->circuit_breakers.max_requests;
  max_requests_per_connection_ =
      config_->max_requests_per_connection == 0 ? kUnlimited : config_->max_requests_per_connection;
}

UpstreamCluster::~UpstreamCluster() {
  worker_.deadlines.cancel(tick_);
  worker_.deadlines.cancel(idle_);
}

void UpstreamCluster::adopt(std::shared_ptr<CompiledConfig> config, ClusterIndex index, Instant now,
                            Rng& rng) {
  const UpstreamProtocol protocol = config_->protocol;
  use_config(std::move(config), index);
  balancer_ = LoadBalancer(*config_);
  if (config_->protocol != protocol) {
    ++era_;  // connections of the other protocol take nothing new
  }
  if (!config_->outlier_detection.has_value()) {
    outlier_.reset();
  } else if (outlier_.has_value()) {
    outlier_->set_config(*config_->outlier_detection);
  } else {
    outlier_.emplace(*config_->outlier_detection, now);
  }
  refresh_hosts(now, rng);
  // Limits may have grown: whoever waits for a connection may get one now.
  for (std::uint32_t slot = 0; slot < hosts_.size(); ++slot) {
    hosts_[slot].is_suspect = true;  // the new detector may count what the old one did not
    connect_if_needed(now, slot);
  }
  // The timers' payloads name the cluster by its index, which may be another one now.
  worker_.deadlines.cancel(tick_);
  worker_.deadlines.cancel(idle_);
  tick_ = idle_ = {};
  if (outlier_.has_value()) {
    arm_tick(now);
  }
  close_idle(now);
}

void UpstreamCluster::retire() {
  retired_ = true;
  seen_generation_ = kNil;
  for (UpstreamHost& host : hosts_) {
    host.present = false;
  }
  close_leaving();
  worker_.deadlines.cancel(tick_);
  worker_.deadlines.cancel(idle_);
  tick_ = idle_ = {};
}

// ---- hosts ------------------------------------------------------------------------------------

void UpstreamCluster::refresh_hosts(Instant now, Rng& rng) {
  const HostSet& hosts = owner_->hosts(index_);
  hosts_version_ = owner_->hosts_version(index_);
  for (UpstreamHost& host : hosts_) {
    host.present = false;
  }
  order_.clear();
  for (const HostConfig& host : hosts) {
    const std::uint32_t slot = find_or_add_host(host.id);
    hosts_[slot].present = true;
    hosts_[slot].weight = std::max(host.weight, 1U);
    order_.push_back(slot);
  }
  present_count_ = static_cast<std::uint32_t>(hosts.size());
  if (outlier_.has_value()) {
    follow_outlier_hosts();
  }
  counts_success_ = outlier_.has_value() && outlier_->counts_success();
  rebuild_balancer(now, rng);
  close_leaving();
}

/// The slot of a host; a new one if the host was never seen.
std::uint32_t UpstreamCluster::find_or_add_host(std::uint32_t id) {
  // Mostly the hosts are the same in the same order.
  const std::size_t guess = order_.size();
  if (guess < hosts_.size() && hosts_[guess].id == id) {
    return static_cast<std::uint32_t>(guess);
  }
  const auto found = std::find_if(hosts_.begin(), hosts_.end(),
                                  [id](const UpstreamHost& host) { return host.id == id; });
  const auto slot = static_cast<std::uint32_t>(found - hosts_.begin());
  if (found == hosts_.end()) {
    add_host(id);
  }
  return slot;
}

/// Attempts that are under way point to their hosts, so these take them along when they move.
void UpstreamCluster::add_host(std::uint32_t id) {
  if (hosts_.size() == hosts_.capacity()) {
    std::vector<UpstreamHost> larger;
    larger.reserve(std::max<std::size_t>(owner_->hosts(index_).size(), 2 * hosts_.size()));
    larger.assign(hosts_.begin(), hosts_.end());
    // A cluster without requests, a new one above all, need not look through those of the others.
    const bool is_used = breaker.requests > 0 || breaker.pending_requests > 0;
    for (std::uint32_t slot = 0; is_used && slot < worker_.streams.slot_count(); ++slot) {
      ActiveStream& stream = worker_.streams[slot];
      if (stream.cluster == this && stream.attempt_state != UpstreamRequest::State::kNone) {
        stream.attempt.host = &larger[slot_of(*stream.attempt.host)];
      }
    }
    hosts_ = std::move(larger);
  }
  hosts_.emplace_back().id = id;
}

void UpstreamCluster::follow_outlier_hosts() {
  std::vector<std::uint32_t> ids(hosts_.size());
  std::vector<bool> present(hosts_.size());
  for (std::size_t slot = 0; slot < hosts_.size(); ++slot) {
    ids[slot] = hosts_[slot].id;
    present[slot] = hosts_[slot].present;
  }
  outlier_->set_hosts(ids, present);
}

void UpstreamCluster::rebuild_balancer(Instant now, Rng& rng) {
  candidates_.clear();
  // Slots keep the order in which hosts appeared; the configuration's order counts.
  for (const std::uint32_t slot : order_) {
    if (!outlier_.has_value() || !outlier_->is_ejected(slot)) {
      candidates_.push_back({slot, hosts_[slot].weight});
    }
  }
  update_panic(now, static_cast<std::uint32_t>(candidates_.size()));
  if (panic_) {
    candidates_.clear();
    for (const std::uint32_t slot : order_) {
      candidates_.push_back({slot, hosts_[slot].weight});
    }
  }
  balancer_.set_hosts(candidates_, active(), rng);
  seen_generation_ = kNil;
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

/// Whether a host may be picked, after a look at what may have changed since the last pick.
bool UpstreamCluster::prepare_pick(Instant now, Rng& rng) {
  if (!retired_ && hosts_version_ != owner_->hosts_version(index_)) {
    refresh_hosts(now, rng);
  }
  if (retired_ || balancer_.empty()) {
    TelemetryRecord record;
    record.at = now;
    record.kind = RecordKind::kNoHealthyHost;
    record.proxy = proxy_;
    record.tag = config_->tag;
    worker_.telemetry().add(record);
    return false;
  }
  seen_generation_ = owner_->hosts_generation();
  return true;
}

std::uint32_t UpstreamCluster::pick_other_host(Instant now, Rng& rng, const ActiveStream& stream,
                                               std::uint32_t reselections) {
  std::uint32_t slot = pick_host(now, rng);
  if (slot != kNil) {
    for (; reselections > 0 && was_tried(stream, slot); --reselections) {
      slot = balancer_.pick(active(), rng);
    }
  }
  return slot;
}

// ---- health -----------------------------------------------------------------------------------

void UpstreamCluster::report_5xx(Instant now, UpstreamHost& host, std::uint16_t status, Rng& rng) {
  ++stats.upstream_rq_5xx;
  if (!outlier_.has_value()) {
    return;
  }
  host.is_suspect = true;
  if (outlier_->on_response(now, slot_of(host), status, rng, reporter())) {
    rebuild_balancer(now, rng);
  }
  arm_tick(now);
}

/// The detector counts the answer, or the host has a row of failures that ends with it.
void UpstreamCluster::report_success(Instant now, UpstreamHost& host) {
  host.is_suspect = false;
  if (outlier_.has_value()) {
    outlier_->on_success(slot_of(host));
    arm_tick(now);
  }
}

void UpstreamCluster::report_local_origin(Instant now, UpstreamHost& host,
                                          OutlierDetector::LocalOrigin what, Rng& rng) {
  if (!outlier_.has_value()) {
    return;
  }
  host.is_suspect = true;
  if (outlier_->on_local_origin(now, slot_of(host), what, rng, reporter())) {
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
