#include "proxy/app/host_table.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "proxy/app/address.h"

namespace shaketable::proxy::app {
namespace {

bool same_hosts(const HostSet& left, const HostSet& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const HostConfig& a, const HostConfig& b) {
                      return a.id == b.id && a.weight == b.weight;
                    });
}

}  // namespace

HostTable::HostTable(std::vector<live::HostAddress>& hosts) : hosts_(hosts) {
  for (std::uint32_t id = 0; id < hosts.size(); ++id) {
    ids_.try_emplace(hosts[id].address, id);
  }
}

std::uint32_t HostTable::id_of(const std::string& address) {
  const auto [place, is_new] = ids_.try_emplace(address, static_cast<std::uint32_t>(hosts_.size()));
  if (is_new) {
    hosts_.push_back({address});
  }
  return place->second;
}

std::shared_ptr<const HostSet> HostTable::set_of(const std::vector<Endpoint>& endpoints) {
  auto set = std::make_shared<HostSet>();
  for (const Endpoint& endpoint : endpoints) {
    if (!endpoint.is_name) {
      set->push_back({id_of(endpoint.address), endpoint.weight});
    }
  }
  return set;
}

void set_endpoints(ClusterIndex cluster, const std::vector<Endpoint>& endpoints, HostTable& table,
                   live::LiveConfig& config) {
  config.core.clusters[cluster].hosts = table.set_of(endpoints);
  for (const Endpoint& endpoint : endpoints) {
    const auto address = parse_address(endpoint.address);
    if (endpoint.is_name && address) {
      config.dns.push_back({.cluster = cluster, .name = address->host, .port = address->port});
    }
  }
}

void keep_host_ids(const live::LiveConfig& previous, live::LiveConfig& config) {
  std::vector<live::HostAddress> hosts = previous.hosts;
  HostTable table(hosts);
  std::unordered_map<std::string_view, std::size_t> old_clusters;
  for (std::size_t i = 0; i < previous.core.clusters.size(); ++i) {
    old_clusters.emplace(previous.core.clusters[i].name, i);
  }
  for (ClusterConfig& cluster : config.core.clusters) {
    auto set = std::make_shared<HostSet>(*cluster.hosts);
    for (HostConfig& host : *set) {
      host.id = table.id_of(config.hosts[host.id].address);
    }
    cluster.hosts = set;
    const auto old = old_clusters.find(cluster.name);
    if (old != old_clusters.end()) {
      const auto& before = previous.core.clusters[old->second].hosts;
      if (before != nullptr && same_hosts(*before, *set)) {
        cluster.hosts = before;
      }
    }
  }
  config.hosts = std::move(hosts);
}

}  // namespace shaketable::proxy::app
