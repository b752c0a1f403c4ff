#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/base/time.h"
#include "proxy/config/proxy_config.h"

namespace shaketable::proxy::live {

/// A fault that somebody switched on at run time: delay, abort or both.
struct RuntimeFault {
  enum class Target : std::uint8_t {
    kRoute,    ///< Every route of this name, outbound and inbound.
    kCluster,  ///< Every route that sends all of its requests to this cluster, or to the subsets of
               ///< this service of a mesh (`cart`, as well as Envoy's name for it).
    kAll,      ///< Every route.
  };
  Target target = Target::kRoute;
  std::string name;        ///< Of the route or cluster.
  FaultPolicy policy;      ///< Replaces the routes' own.
  Instant until = kNever;  ///< Then it ends by itself.
};

/// What a set of faults does to a configuration.
struct FaultEffect {
  std::uint32_t routes = 0;          ///< Routes that have the fault now.
  std::vector<std::string> skipped;  ///< Routes that split their requests between clusters, where a
                                     ///< fault of one cluster cannot be told apart.
};

/// The faults that are on. Owned by the thread that loads configurations: a change or a reload
/// ends in `apply` on a copy of the loaded ProxyConfig, which is then compiled and given to every
/// worker's Sidecar::on_config. The loaded configuration itself is never touched, so that switching
/// a fault off brings back what the files say.
class RuntimeFaults {
 public:
  /// Adds the fault; one of the same target is replaced. At most 1,000.
  Result<void> set(RuntimeFault fault);
  /// Removes one; false if there is none.
  bool remove(RuntimeFault::Target target, std::string_view name);
  /// Returns how many there were.
  std::size_t clear();
  /// Removes those whose time is over; true if any was.
  bool expire(Instant now);
  /// When `expire` has something to do next.
  [[nodiscard]] Instant next_expiry() const;

  /// Writes the faults into the routes. Later ones win over earlier ones, but a named route over a
  /// cluster, and both over kAll.
  void apply(ProxyConfig& config) const;
  /// What one of them does to a configuration.
  [[nodiscard]] static FaultEffect effect_of(const RuntimeFault& fault, const ProxyConfig& config);
  /// What may be named as such a target, for people: at most 20 names, joined by commas.
  [[nodiscard]] static std::string targets_of(RuntimeFault::Target target,
                                              const ProxyConfig& config);
  [[nodiscard]] const std::vector<RuntimeFault>& all() const { return faults_; }

 private:
  std::vector<RuntimeFault> faults_;
};

/// Reads the body of POST /faults:
///
///     {"route": "cart-v1",              or "cluster": "cart", or "all": true
///      "delay": {"percent": 10, "duration": "200ms"},
///      "abort": {"percent": 0.5, "status": 503},
///      "max_active_faults": 100,        optional
///      "for": "30s"}                    optional: ends by itself
///
/// At least one of delay and abort. Unknown members are errors. At most 64 KiB.
[[nodiscard]] Result<RuntimeFault> read_fault(std::string_view json, Instant now);

}  // namespace shaketable::proxy::live
