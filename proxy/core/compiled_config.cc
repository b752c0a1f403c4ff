#include "proxy/core/compiled_config.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace shaketable::proxy {
namespace {

constexpr std::uint32_t kNoHost = 0xffff'ffffU;

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return result;
}

std::string_view without_port(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  // "[::1]:80" has its port after the bracket; a bare IPv6 address has no port.
  if (colon == std::string_view::npos || authority.find(']', colon) != std::string_view::npos) {
    return authority;
  }
  return authority.substr(0, colon);
}

}  // namespace

CompiledRoute::CompiledRoute(const Route& plain) : route(plain), matcher(plain.match) {
  for (const WeightedCluster& cluster : route.clusters) {
    total_weight += cluster.weight;
  }
}

RouteTable::RouteTable(const std::vector<VirtualHost>& hosts) {
  for (const VirtualHost& host : hosts) {
    const auto index = static_cast<std::uint32_t>(hosts_.size());
    std::vector<CompiledRoute>& routes = hosts_.emplace_back();
    routes.reserve(host.routes.size());
    for (const Route& route : host.routes) {
      routes.emplace_back(route);
    }
    for (const std::string& domain : host.domains) {
      add_domain(lower_case(domain), index);
    }
  }
  const auto longer = [](const Wildcard& a, const Wildcard& b) {
    return a.text.size() > b.text.size();
  };
  std::stable_sort(suffixes_.begin(), suffixes_.end(), longer);
  std::stable_sort(prefixes_.begin(), prefixes_.end(), longer);
}

void RouteTable::add_domain(std::string domain, std::uint32_t host) {
  if (domain == "*") {
    catch_all_ = catch_all_ == kNoHost ? host : catch_all_;
  } else if (domain.starts_with('*')) {
    suffixes_.push_back({domain.substr(1), host});
  } else if (domain.ends_with('*')) {
    prefixes_.push_back({domain.substr(0, domain.size() - 1), host});
  } else {
    exact_.try_emplace(std::move(domain), host);
  }
}

std::uint32_t RouteTable::find_host(std::string_view name) const {
  if (const auto found = exact_.find(std::string(name)); found != exact_.end()) {
    return found->second;
  }
  for (const Wildcard& suffix : suffixes_) {
    // A wildcard stands for at least one character.
    if (name.size() > suffix.text.size() && name.ends_with(suffix.text)) {
      return suffix.host;
    }
  }
  for (const Wildcard& prefix : prefixes_) {
    if (name.size() > prefix.text.size() && name.starts_with(prefix.text)) {
      return prefix.host;
    }
  }
  return kNoHost;
}

const CompiledRoute* RouteTable::match(const RequestHead& head) const {
  const std::string authority = lower_case(head.authority);
  std::uint32_t host = find_host(authority);
  host = host == kNoHost ? find_host(without_port(authority)) : host;
  host = host == kNoHost ? catch_all_ : host;
  if (host == kNoHost) {
    return nullptr;
  }
  const std::size_t question = std::min(head.path.find('?'), head.path.size());
  const std::string_view path = head.path.substr(0, question);
  const std::string_view query =
      question < head.path.size() ? head.path.substr(question + 1) : std::string_view{};
  for (const CompiledRoute& route : hosts_[host]) {
    if (route.matcher.matches(head, path, query)) {
      return &route;
    }
  }
  return nullptr;
}

CompiledConfig::CompiledConfig(ProxyConfig config)
    : config_(std::move(config)), outbound_(config_.outbound), inbound_(config_.inbound) {
  hosts_versions_.assign(config_.clusters.size(), 0);
  for (ClusterConfig& cluster : config_.clusters) {
    if (cluster.hosts == nullptr) {
      cluster.hosts = std::make_shared<const HostSet>();
    }
  }
  const std::size_t routes = config_.outbound.size() + config_.inbound.size();
  const std::size_t entries = std::bit_ceil(std::max<std::size_t>(4 * routes, 16));
  memo_.resize(entries);
  memo_shift_ = static_cast<unsigned>(64 - std::countr_zero(entries));
}

const CompiledRoute* CompiledConfig::remember(Direction direction, const RequestHead& head,
                                              std::uint64_t key) {
  const CompiledRoute* route = table(direction).match(head);
  memo_[(key * 0x9e3779b97f4a7c15U) >> memo_shift_] = {key, route};
  return route;
}

void CompiledConfig::set_hosts(ClusterIndex cluster, std::shared_ptr<const HostSet> hosts) {
  config_.clusters[cluster].hosts = std::move(hosts);
  ++hosts_versions_[cluster];
}

}  // namespace shaketable::proxy
