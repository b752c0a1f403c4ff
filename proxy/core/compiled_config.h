#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxy/base/prefetch.h"
#include "proxy/config/proxy_config.h"
#include "proxy/core/matcher.h"
#include "proxy/core/types.h"

namespace shaketable::proxy {

/// A route ready for use. The first cache line is all that a usual request reads of it; whatever
/// cannot act is zero or false there.
struct alignas(64) CompiledRoute {
  explicit CompiledRoute(const Route& plain);

  Duration timeout{0};  ///< Of the whole request.
  /// Envoy ignores one that is not shorter than the route's.
  Duration per_try_timeout{0};
  /// A route timeout that is not longer always fires first, whatever passes on the stream.
  Duration idle_timeout{0};
  ClusterIndex cluster = kNoCluster;  ///< If there is one alone, which needs no draw.
  std::uint16_t retries = 0;
  bool forwards = false;  ///< Neither a redirect nor a direct response.
  bool has_fault = false;
  bool has_retry = false;
  bool has_mirrors = false;
  bool remembers_hosts = false;  ///< Retries avoid the hosts that were tried.
  bool judges_success = false;   ///< Retries by lists of codes, which may name any.

  std::uint64_t total_weight = 0;
  Route route;
  RouteMatcher matcher;
};

/// Virtual hosts by authority, with Envoy's precedence: exact, longest suffix wildcard, longest
/// prefix wildcard, "*". The port of the authority is ignored, unless a domain names it.
/// Lower-cased.
class RouteTable {
 public:
  explicit RouteTable(const std::vector<VirtualHost>& hosts);

  /// The first route of the best virtual host that matches, or nullptr.
  [[nodiscard]] const CompiledRoute* match(const RequestHead& head) const;
  /// The route of all requests, if it does not depend on them; else nullptr.
  [[nodiscard]] const CompiledRoute* only_route() const;

 private:
  struct TextHash {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Wildcard {
    std::string text;
    std::uint32_t host;
  };

  // By view, so that a look-up does not allocate.
  using HostsByName =
      std::unordered_map<std::string, std::uint32_t, TextHash,  // looked up, never iterated
                         std::equal_to<>>;

  [[nodiscard]] std::uint32_t find_host(std::string_view name) const;
  void add_domain(std::string domain, std::uint32_t host);

  std::vector<std::vector<CompiledRoute>> hosts_;
  HostsByName exact_;
  std::vector<Wildcard> suffixes_, prefixes_;  // longest first
  std::uint32_t catch_all_ = 0xffff'ffffU;
};

/// A ProxyConfig ready for use, shared by all replicas of a workload.
///
/// The route memo and the endpoints are the only parts that change: both belong to the thread that
/// owns the sidecars. The memo holds for requests with a shape; it is a property of this snapshot,
/// so a new configuration starts with an empty one.
class alignas(64) CompiledConfig {
 public:
  explicit CompiledConfig(ProxyConfig config);

  [[nodiscard]] const ProxyConfig& config() const { return config_; }
  [[nodiscard]] const ClusterConfig& cluster(ClusterIndex index) const {
    return config_.clusters[index];
  }

  /// The route of a request; remembered by shape when it has one.
  [[nodiscard]] const CompiledRoute* route(Direction direction, const RequestHead& head) {
    if (const CompiledRoute* only = only_routes_[static_cast<unsigned>(direction)]) {
      return only;  // the usual inbound listener
    }
    if (head.shape == RequestHead::kNoShape) {
      return table(direction).match(head);
    }
    const std::uint64_t key = memo_key(direction, head.shape);
    MemoEntry& entry = memo_[place_of(key)];
    if (entry.key == key) [[likely]] {
      return entry.route;
    }
    return remember(direction, head, key);
  }

  /// The route of all requests that come this way, if it does not depend on them; else nullptr.
  [[nodiscard]] const CompiledRoute* only_route(Direction direction) const {
    return only_routes_[static_cast<unsigned>(direction)];
  }
  /// Asks for what `route` will look up for that shape.
  void prefetch_route(Direction direction, std::uint32_t shape) const {
    prefetch(&memo_[place_of(memo_key(direction, shape))]);
  }

  /// Endpoint discovery: replaces the hosts of a cluster for every sidecar that shares this
  /// configuration. Each notices at its next use of the cluster.
  void set_hosts(ClusterIndex cluster, std::shared_ptr<const HostSet> hosts);

  [[nodiscard]] const HostSet& hosts(ClusterIndex cluster) const {
    return *config_.clusters[cluster].hosts;
  }
  /// Grows with every set_hosts of the cluster.
  [[nodiscard]] std::uint32_t hosts_version(ClusterIndex cluster) const {
    return hosts_versions_[cluster];
  }
  /// Grows with every set_hosts of any cluster.
  [[nodiscard]] std::uint32_t hosts_generation() const { return hosts_generation_; }

 private:
  struct MemoEntry {
    std::uint64_t key = 0;
    const CompiledRoute* route = nullptr;
  };

  [[nodiscard]] static std::uint64_t memo_key(Direction direction, std::uint32_t shape) {
    return std::uint64_t{shape} * 2 + static_cast<unsigned>(direction) + 1;
  }
  [[nodiscard]] std::size_t place_of(std::uint64_t key) const {
    return (key * 0x9e3779b97f4a7c15U) >> memo_shift_;
  }
  [[nodiscard]] const RouteTable& table(Direction direction) const {
    return direction == Direction::kOutbound ? outbound_ : inbound_;
  }
  const CompiledRoute* remember(Direction direction, const RequestHead& head, std::uint64_t key);

  // Direct-mapped: a collision only costs a full match. Small, so that it stays in the cache.
  std::vector<MemoEntry> memo_;
  unsigned memo_shift_;
  std::uint32_t hosts_generation_ = 0;
  std::array<const CompiledRoute*, 2> only_routes_{};  ///< By Direction.
  std::vector<std::uint32_t> hosts_versions_;
  ProxyConfig config_;
  RouteTable outbound_, inbound_;
};

}  // namespace shaketable::proxy
