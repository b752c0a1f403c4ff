#include <algorithm>

#include "proxy/core/sidecar.h"
#include "proxy/live/stats.h"

namespace shaketable::proxy::live {

/// Reads a worker's numbers; a friend, so that WorkerStats shows its look-up tables to nobody else.
class SnapshotBuilder {
 public:
  SnapshotBuilder(const WorkerStats& stats, const Sidecar& sidecar)
      : stats_(stats), sidecar_(sidecar) {}

  void add_listeners(const LiveConfig& config, StatsSnapshot& snapshot) const {
    for (const ListenerConfig& listener : config.listeners) {
      const std::uint32_t* number = find(stats_.listener_numbers_, listener.name);
      snapshot.listeners.push_back(
          {listener.name, number == nullptr ? ListenerStats{} : stats_.listeners[*number]});
    }
    // A listener that a reload took away is told of until its last connection has ended.
    for (const auto& [name, number] : stats_.listener_numbers_) {
      const bool is_configured =
          std::any_of(config.listeners.begin(), config.listeners.end(),
                      [&name = name](const ListenerConfig& l) { return l.name == name; });
      if (!is_configured && stats_.listeners[number].cx_active > 0) {
        snapshot.listeners.push_back({name, stats_.listeners[number]});
      }
    }
  }

  [[nodiscard]] ClusterSnapshot cluster(ClusterIndex index) const {
    const ClusterConfig& config = sidecar_.config().config().clusters[index];
    ClusterSnapshot result;
    result.name = config.name;
    result.limits = config.circuit_breakers;
    result.workers = 1;
    if (config.tag < stats_.clusters.size()) {
      result.metrics = stats_.clusters[config.tag];
    }
    const UpstreamCluster* used = sidecar_.cluster(index);
    if (used != nullptr) {
      result.core = used->stats;
      result.in_use = used->breaker;
      result.ejected = used->ejected_count();
      result.panicking = used->in_panic() ? 1 : 0;
    }
    add_breaker(result);
    add_hosts(config, used, result);
    result.membership_healthy =
        result.membership_total - std::min(result.membership_total, result.ejected);
    return result;
  }

 private:
  static const std::uint32_t* find(const WorkerStats::Numbers& numbers, std::string_view name) {
    const auto at = std::lower_bound(
        numbers.begin(), numbers.end(), name,
        [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
    return at != numbers.end() && at->first == name ? &at->second : nullptr;
  }

  static void add_breaker(ClusterSnapshot& cluster) {
    const CircuitBreaker& used = cluster.in_use;
    const CircuitBreakers& limits = cluster.limits;
    const auto left = [](std::uint32_t limit, std::uint32_t in_use) {
      return std::uint64_t{limit} - std::min(limit, in_use);
    };
    const std::uint32_t retries = used.retry_limit(limits);
    cluster.retry_limit = retries;
    cluster.cx_open = !used.can_connect(limits);
    cluster.pending_open = !used.can_queue(limits);
    cluster.rq_open = !used.can_request(limits);
    cluster.retry_open = !used.can_retry(limits);
    cluster.remaining_cx = left(limits.max_connections, used.connections);
    cluster.remaining_pending = left(limits.max_pending_requests, used.pending_requests);
    cluster.remaining_rq = left(limits.max_requests, used.requests);
    cluster.remaining_retries = left(retries, used.retries);
  }

  void add_hosts(const ClusterConfig& config, const UpstreamCluster* used,
                 ClusterSnapshot& cluster) const {
    for (const HostConfig& host : *config.hosts) {
      HostSnapshot& entry = cluster.hosts.emplace_back();
      entry.id = host.id;
      entry.weight = host.weight;
    }
    cluster.membership_total = cluster.hosts.size();
    std::sort(cluster.hosts.begin(), cluster.hosts.end(),
              [](const HostSnapshot& a, const HostSnapshot& b) { return a.id < b.id; });
    if (config.tag >= stats_.host_keys_.size()) {
      return;
    }
    // Both are sorted by id: one pass.
    auto key = stats_.host_keys_[config.tag].begin();
    const auto end = stats_.host_keys_[config.tag].end();
    for (HostSnapshot& host : cluster.hosts) {
      key = std::find_if(key, end, [&host](const auto& k) { return k.id >= host.id; });
      if (key != end && key->id == host.id) {
        host.stats = stats_.hosts[key->index];
        // A detector that a reload took away never says that its hosts are back.
        host.stats.ejected = host.stats.ejected && used != nullptr && used->ejected_count() > 0;
      }
    }
  }

  const WorkerStats& stats_;
  const Sidecar& sidecar_;
};

namespace {

void merge_hosts(std::vector<HostSnapshot>& hosts, const std::vector<HostSnapshot>& others) {
  for (const HostSnapshot& other : others) {
    const auto at = std::lower_bound(
        hosts.begin(), hosts.end(), other.id,
        [](const HostSnapshot& host, std::uint32_t wanted) { return host.id < wanted; });
    if (at != hosts.end() && at->id == other.id) {
      at->stats.merge(other.stats);
    } else {
      hosts.insert(at, other);
    }
  }
}

void merge_core(ClusterStats& to, const ClusterStats& from) {
  static constexpr std::uint64_t ClusterStats::*kSums[] = {
      &ClusterStats::upstream_rq_total,
      &ClusterStats::upstream_rq_5xx,
      &ClusterStats::upstream_rq_retry,
      &ClusterStats::upstream_rq_retry_overflow,
      &ClusterStats::upstream_rq_retry_limit_exceeded,
      &ClusterStats::upstream_rq_pending_overflow,
      &ClusterStats::upstream_rq_timeout,
      &ClusterStats::upstream_rq_per_try_timeout,
      &ClusterStats::upstream_rq_cancelled,
      &ClusterStats::upstream_cx_total,
      &ClusterStats::upstream_cx_overflow,
      &ClusterStats::upstream_cx_connect_fail,
      &ClusterStats::upstream_cx_connect_timeout,
  };
  static_assert(sizeof(ClusterStats) == sizeof(kSums) / sizeof(kSums[0]) * sizeof(std::uint64_t));
  for (const auto member : kSums) {
    to.*member += from.*member;
  }
}

void merge_cluster(ClusterSnapshot& to, const ClusterSnapshot& from) {
  merge_core(to.core, from.core);
  to.metrics.merge(from.metrics);
  to.in_use.connections += from.in_use.connections;
  to.in_use.pending_requests += from.in_use.pending_requests;
  to.in_use.requests += from.in_use.requests;
  to.in_use.retries += from.in_use.retries;
  to.retry_limit += from.retry_limit;
  to.ejected = std::max(to.ejected, from.ejected);
  to.membership_total = std::max(to.membership_total, from.membership_total);
  to.membership_healthy = std::min(to.membership_healthy, from.membership_healthy);
  to.workers += from.workers;
  to.panicking += from.panicking;
  to.cx_open |= from.cx_open;
  to.pending_open |= from.pending_open;
  to.rq_open |= from.rq_open;
  to.retry_open |= from.retry_open;
  to.remaining_cx += from.remaining_cx;
  to.remaining_pending += from.remaining_pending;
  to.remaining_rq += from.remaining_rq;
  to.remaining_retries += from.remaining_retries;
  merge_hosts(to.hosts, from.hosts);
}

/// Adds `from` to the entry of the same name, which usually has the same position.
template <class Entry, class Merge>
void merge_by_name(std::vector<Entry>& to, const std::vector<Entry>& from, const Merge& merge) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::string& name = from[i].name;
    auto at = to.begin() + static_cast<std::ptrdiff_t>(std::min(i, to.size()));
    if (at == to.end() || at->name != name) {
      at = std::find_if(to.begin(), to.end(), [&name](const Entry& e) { return e.name == name; });
    }
    if (at == to.end()) {
      to.push_back(from[i]);
    } else {
      merge(*at, from[i]);
    }
  }
}

}  // namespace

void StatsSnapshot::merge(const StatsSnapshot& other) {
  workers += other.workers;
  access_log_dropped += other.access_log_dropped;
  spans_dropped += other.spans_dropped;
  telemetry_records += other.telemetry_records;
  merge_by_name(listeners, other.listeners, [](ListenerSnapshot& to, const ListenerSnapshot& from) {
    to.stats.merge(from.stats);
  });
  merge_by_name(clusters, other.clusters, merge_cluster);
}

StatsSnapshot take_snapshot(const LiveConfig& config, const WorkerStats& stats,
                            const Sidecar& sidecar) {
  StatsSnapshot result;
  result.workers = 1;
  result.access_log_dropped = stats.access_log_dropped;
  result.spans_dropped = stats.spans_dropped;
  result.telemetry_records = stats.telemetry_records;
  const SnapshotBuilder builder(stats, sidecar);
  builder.add_listeners(config, result);
  const std::size_t clusters = sidecar.config().config().clusters.size();
  result.clusters.reserve(clusters);
  for (std::size_t i = 0; i < clusters; ++i) {
    result.clusters.push_back(builder.cluster(static_cast<ClusterIndex>(i)));
  }
  return result;
}

}  // namespace shaketable::proxy::live
