#include "proxy/core/compiled_config.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace shaketable::proxy {
namespace {

constexpr std::uint32_t kNoHost = 0xffff'ffffU;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
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
  timeout = std::max(route.timeout, Duration::zero());
  const bool is_bounded = timeout > Duration::zero();
  if (route.idle_timeout > Duration::zero() && (!is_bounded || route.idle_timeout < timeout)) {
    idle_timeout = route.idle_timeout;
  }
  forwards = route.action == Route::Action::kForward;
  cluster = route.clusters.size() == 1 ? route.clusters[0].cluster : kNoCluster;
  for (const WeightedCluster& choice : route.clusters) {
    total_weight += choice.weight;
  }
  has_mirrors = !route.mirrors.empty();
  if (route.fault.has_value()) {
    const FaultPolicy& fault = *route.fault;
    has_fault =
        fault.abort_ppm > 0 || (fault.delay_ppm > 0 && fault.fixed_delay > Duration::zero());
  }
  if (!route.retry.has_value()) {
    return;
  }
  const RetryPolicy& retry = *route.retry;
  has_retry = true;
  retries = static_cast<std::uint16_t>(std::min(retry.num_retries, 0xffffU));
  remembers_hosts = retry.previous_hosts;
  judges_success = (retry.retry_on & kRetryOnStatusCodes) != 0;
  if (retry.per_try_timeout > Duration::zero() &&
      (!is_bounded || retry.per_try_timeout < timeout)) {
    per_try_timeout = retry.per_try_timeout;
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
  // The port of the authority counts if a domain names it, and is ignored otherwise.
  const std::string_view bare = without_port(name);
  for (const std::string_view candidate : {name, bare}) {
    if (const auto found = exact_.find(candidate); found != exact_.end()) {
      return found->second;
    }
  }
  // A wildcard stands for at least one character.
  for (const Wildcard& suffix : suffixes_) {
    const std::string_view text = suffix.text;
    if ((name.size() > text.size() && name.ends_with(text)) ||
        (bare.size() > text.size() && bare.ends_with(text))) {
      return suffix.host;
    }
  }
  for (const Wildcard& prefix : prefixes_) {
    if (bare.size() > prefix.text.size() && bare.starts_with(prefix.text)) {
      return prefix.host;
    }
  }
  return catch_all_;
}

const CompiledRoute* RouteTable::match(const RequestHead& head) const {
  // Lower-cased on the stack: a live request must not allocate. No domain is longer than this, so
  // what is longer belongs to nobody but "*".
  std::array<char, 320> buffer{};
  std::uint32_t host = catch_all_;
  if (head.authority.size() <= buffer.size()) {
    std::transform(head.authority.begin(), head.authority.end(), buffer.begin(), lower);
    host = find_host({buffer.data(), head.authority.size()});
  }
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

const CompiledRoute* RouteTable::only_route() const {
  const bool has_one_host = hosts_.size() == 1 && catch_all_ == 0 && exact_.empty() &&
                            suffixes_.empty() && prefixes_.empty();
  if (!has_one_host || hosts_[0].empty()) {
    return nullptr;
  }
  const CompiledRoute& first = hosts_[0].front();
  const RouteMatch& match = first.route.match;
  const bool fits_all =
      match.path.kind == PathMatch::Kind::kAny && match.headers.empty() && match.query.empty();
  return fits_all ? &first : nullptr;
}

CompiledConfig::CompiledConfig(ProxyConfig config)
    : config_(std::move(config)), outbound_(config_.outbound), inbound_(config_.inbound) {
  only_routes_ = {outbound_.only_route(), inbound_.only_route()};
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
  memo_[place_of(key)] = {key, route};
  return route;
}

void CompiledConfig::set_hosts(ClusterIndex cluster, std::shared_ptr<const HostSet> hosts) {
  config_.clusters[cluster].hosts = std::move(hosts);
  ++hosts_versions_[cluster];
  ++hosts_generation_;
}

}  // namespace shaketable::proxy
