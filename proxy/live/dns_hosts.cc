#include "proxy/live/dns_hosts.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

namespace shaketable::proxy::live {
namespace {

/// The hosts of an answer, under their ids.
HostSet hosts_of(const DnsAnswer& answer, std::vector<HostAddress>& known) {
  std::unordered_map<std::string, std::uint32_t> ids;
  for (std::size_t i = 0; i < known.size(); ++i) {
    ids.emplace(known[i].address, static_cast<std::uint32_t>(i));
  }
  HostSet result;
  for (const ResolvedHost& host : answer.hosts) {
    const auto [entry, is_new] =
        ids.emplace(host.address, static_cast<std::uint32_t>(known.size()));
    if (is_new) {
      known.push_back({host.address});
    }
    result.push_back({entry->second, host.weight});
  }
  return result;
}

bool is_equal(const HostSet* a, const HostSet& b) {
  return a != nullptr && std::equal(a->begin(), a->end(), b.begin(), b.end(),
                                    [](const HostConfig& x, const HostConfig& y) {
                                      return x.id == y.id && x.weight == y.weight;
                                    });
}

}  // namespace

std::vector<ClusterIndex> apply_answer(LiveConfig& config, const DnsCluster& query,
                                       const DnsAnswer& answer) {
  std::vector<ClusterIndex> changed;
  const auto hosts = std::make_shared<const HostSet>(hosts_of(answer, config.hosts));
  for (const DnsCluster& entry : config.dns) {
    if (is_same_query(entry, query) && entry.cluster < config.core.clusters.size()) {
      ClusterConfig& cluster = config.core.clusters[entry.cluster];
      if (!is_equal(cluster.hosts.get(), *hosts)) {
        cluster.hosts = hosts;
        changed.push_back(entry.cluster);
      }
    }
  }
  return changed;
}

void keep_found_hosts(const LiveConfig& old, LiveConfig& config) {
  for (const DnsCluster& entry : config.dns) {
    const auto before = std::find_if(old.dns.begin(), old.dns.end(), [&](const DnsCluster& known) {
      return is_same_query(known, entry);
    });
    if (before != old.dns.end()) {
      config.core.clusters[entry.cluster].hosts = old.core.clusters[before->cluster].hosts;
    }
  }
}

std::shared_ptr<const Snapshot> with_endpoints(const Snapshot& snapshot, const LiveConfig& config,
                                               const std::vector<ClusterIndex>& clusters) {
  auto result = std::make_shared<Snapshot>(snapshot);
  result->config.hosts = config.hosts;
  for (std::size_t i = result->hosts.size(); i < config.hosts.size(); ++i) {
    // Written by the resolver from what the system gave it: it can be read.
    result->hosts.push_back(parse_address(config.hosts[i].address).value_or(SocketAddress{}));
  }
  for (const ClusterIndex cluster : clusters) {
    result->config.core.clusters[cluster].hosts = config.core.clusters[cluster].hosts;
  }
  return result;
}

}  // namespace shaketable::proxy::live
