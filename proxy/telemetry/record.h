#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "proxy/base/time.h"

namespace shaketable::proxy {

/// What a sidecar reports. Requests are reported by the actions that end them; records are for what
/// is rare and for what nobody else would learn: why the sidecar acted, and why it did not.
enum class RecordKind : std::uint8_t {
  kOverflow,      ///< A circuit breaker refused: `reason` is a Resource, `a` its limit.
  kEjected,       ///< `reason` is an EjectionCause, `a` the failures in a row or the rate (ppm).
  kUnejected,     ///< `a` = how long it was out, in ns.
  kNotEjected,    ///< A detector fired without effect: `reason` is a NotEjectedCause.
  kPanicEntered,  ///< Too few healthy hosts: `a` healthy of `b`, all hosts are used from now on.
  kPanicLeft,
  kNoHealthyHost,  ///< A request found nobody (UH).
  kConnectFailed,
  kConfigApplied,  ///< `a` = version.
};

/// A limit of a circuit breaker.
enum class Resource : std::uint8_t { kConnections, kPendingRequests, kRequests, kRetries };

enum class EjectionCause : std::uint8_t {
  kConsecutive5xx,
  kConsecutiveGatewayFailure,
  kConsecutiveLocalOriginFailure,
  kSuccessRate,
  kFailurePercentage,
};

enum class NotEjectedCause : std::uint8_t {
  kMaxEjectionPercent,  ///< `a` = max_ejection_percent, `b` = hosts of the cluster.
  kNotEnforced,         ///< The enforcing percentage said no.
};

/// One thing that happened, 48 bytes. Nothing that reads records may influence the run.
struct TelemetryRecord {
  Instant at{};
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::uint32_t proxy = 0;
  std::uint32_t tag = 0;   ///< ClusterConfig::tag of the cluster that is concerned.
  std::uint32_t host = 0;  ///< HostConfig::id, where a host is concerned.
  RecordKind kind = RecordKind::kOverflow;
  std::uint8_t reason = 0;
  std::uint16_t status = 0;
  std::uint32_t count = 1;  ///< Equal records that this one stands for.
};
static_assert(sizeof(TelemetryRecord) == 48);

/// Records since the driver looked last. A record that equals the previous one in everything but
/// time and values is counted there instead, so that a storm of refusals stays one line.
class TelemetryBuffer {
 public:
  void add(const TelemetryRecord& record) {
    if (!records_.empty()) {
      TelemetryRecord& last = records_.back();
      if (last.at == record.at && last.proxy == record.proxy && last.tag == record.tag &&
          last.host == record.host && last.kind == record.kind && last.reason == record.reason) {
        last.count += record.count;
        return;
      }
    }
    records_.push_back(record);
  }

  [[nodiscard]] const std::vector<TelemetryRecord>& records() const { return records_; }
  [[nodiscard]] bool empty() const { return records_.empty(); }
  void clear() { records_.clear(); }

 private:
  std::vector<TelemetryRecord> records_;
};

}  // namespace shaketable::proxy
