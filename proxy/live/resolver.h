#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "proxy/base/time.h"
#include "proxy/live/dns_lookup.h"
#include "proxy/live/live_config.h"

namespace shaketable::proxy::live {

/// The outcome of a look-up.
struct ResolverNews {
  DnsCluster query;  ///< `query.cluster` means nothing here: several clusters may share a name.
  /// The hosts, or why there are none; a failure leaves those of before in use.
  Result<DnsAnswer> answer;
};

/// Whether two queries ask for the same.
[[nodiscard]] bool is_same_query(const DnsCluster& a, const DnsCluster& b);

/// Looks names up again and again, each when the answer's TTL is over (within its bounds), in a
/// thread of its own and one after the other. After a failure it tries again after min_refresh,
/// then twice that, and so on up to max_refresh.
class Resolver {
 public:
  /// `deliver` is called on the resolver's thread after every look-up, changed or not; it must not
  /// call the resolver. It is not called any more once the destructor has begun.
  Resolver(DnsOptions options, std::function<void(ResolverNews)> deliver);
  /// Does not wait for a look-up that is under way.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The names to keep up to date. New ones are looked up at once; others keep their time.
  void set_queries(const std::vector<DnsCluster>& queries);

 private:
  struct State;
  static void work(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;  // also the thread's, which may outlive this object
  std::thread thread_;
};

/// When to ask again: the TTL within the query's bounds, or, after `failures` failures in a row,
/// the back-off.
[[nodiscard]] Duration refresh_delay(const DnsCluster& query, Duration ttl, std::uint32_t failures);

}  // namespace shaketable::proxy::live
