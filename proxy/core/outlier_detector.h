#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "proxy/base/rng.h"
#include "proxy/base/time.h"
#include "proxy/config/policy.h"
#include "proxy/telemetry/record.h"

namespace shaketable::proxy {

/// Passive health checking of the hosts of one cluster by one proxy.
///
/// Hosts are slots (dense numbers of the owner). Ejection is decided on each result; return,
/// success rate and back-off decay only at the interval tick, which the owner asks for with
/// `next_tick` and delivers with `on_tick`. Integers, but for mean and deviation of the success
/// rates. Source: Envoy, source/common/upstream/outlier_detection_impl.cc.
class OutlierDetector {
 public:
  /// Where the records about hosts go, and whose they are.
  struct Reporter {
    TelemetryBuffer* telemetry;
    std::uint32_t proxy;
    std::uint32_t tag;
  };

  enum class LocalOrigin : std::uint8_t { kConnectSuccess, kConnectFailure, kTimeout };

  OutlierDetector(const OutlierDetection& config, Instant start);

  /// Follows the endpoints: `hosts[i]` is slot i's id; a slot that is not `present` does not count.
  void set_hosts(const std::vector<std::uint32_t>& ids, const std::vector<bool>& present);

  /// The upstream answered. Each of the three returns true when the set of ejected hosts changed.
  [[nodiscard]] bool on_response(Instant now, std::uint32_t slot, std::uint16_t status, Rng& rng,
                                 const Reporter& reporter);
  /// `on_response` of a status below 500, which never ejects anybody.
  void on_success(std::uint32_t slot) {
    Host& host = hosts_[slot];
    ++host.external.total;
    ++host.external.success;
    host.consecutive_5xx = 0;
    host.consecutive_gateway = 0;
    busy_ |= has_rates_;
    if (config_.split_external_local_origin_errors) [[unlikely]] {
      count_local_success(host);
    }
  }
  /// The proxy itself could not reach it or gave up waiting.
  [[nodiscard]] bool on_local_origin(Instant now, std::uint32_t slot, LocalOrigin what, Rng& rng,
                                     const Reporter& reporter);
  [[nodiscard]] bool on_tick(Instant now, Rng& rng, const Reporter& reporter);

  /// The next interval tick that has something to do; kNever when none has.
  [[nodiscard]] Instant next_tick(Instant now) const;

  /// Whether each success counts; otherwise only one that follows a failure of its host does.
  [[nodiscard]] bool counts_success() const { return has_rates_; }
  /// True while the next tick has something to do.
  [[nodiscard]] bool is_busy() const { return busy_; }

  [[nodiscard]] bool is_ejected(std::uint32_t slot) const { return hosts_[slot].ejected; }
  [[nodiscard]] std::uint32_t ejected_count() const { return ejected_count_; }
  /// New settings; ejections and failures in a row are kept, the rates are counted anew.
  void set_config(const OutlierDetection& config);

 private:
  /// Answers within one interval.
  struct Bucket {
    std::uint32_t total = 0;
    std::uint32_t success = 0;
  };
  struct Host {
    std::uint32_t id = 0;
    bool present = false;
    bool ejected = false;
    std::uint32_t consecutive_5xx = 0;
    std::uint32_t consecutive_gateway = 0;
    std::uint32_t consecutive_local = 0;
    std::uint32_t ejections = 0;
    std::uint32_t backoff = 0;  ///< Multiplier of base_ejection_time.
    Instant last_ejection{};
    Instant last_unejection{};
    Duration jitter{0};
    Bucket external, local;
  };

  bool count_external(Instant now, Host& host, std::uint16_t status, Rng& rng,
                      const Reporter& reporter);
  bool count_local_failure(Instant now, Host& host, Rng& rng, const Reporter& reporter);
  bool on_threshold(Instant now, Host& host, EjectionCause cause, std::uint64_t value, Rng& rng,
                    const Reporter& reporter);
  bool eject(Instant now, Host& host, EjectionCause cause, std::uint64_t value, Rng& rng,
             const Reporter& reporter);
  bool uneject_if_due(Instant now, Host& host, const Reporter& reporter);
  bool check_rates(Instant now, Bucket Host::*bucket, Rng& rng, const Reporter& reporter);
  bool check_success_rate(Instant now, Bucket Host::*bucket, Rng& rng, const Reporter& reporter);
  bool check_failure_percentage(Instant now, Bucket Host::*bucket, Rng& rng,
                                const Reporter& reporter);
  [[nodiscard]] std::uint32_t enforcing_percent(EjectionCause cause) const;
  static void count_local_success(Host& host);

  OutlierDetection config_;
  Instant start_;
  std::vector<Host> hosts_;
  std::uint32_t present_count_ = 0;
  std::uint32_t ejected_count_ = 0;
  bool has_rates_ = false;  ///< Success rate or failure percentage is enforced.
  bool busy_ = false;       ///< Something to do at the next tick.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> rated_;  // scratch: slot, rate in ppm
  std::vector<std::uint32_t> failing_;                          // scratch: slots
};

}  // namespace shaketable::proxy
