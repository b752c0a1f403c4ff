#pragma once

#include <cstdint>
#include <vector>

#include "proxy/base/time.h"

namespace shaketable::proxy {

/// What a sidecar decided about one request, beyond where it sent it.
enum class DecisionKind : std::uint8_t {
  kRetry,         ///< Another attempt follows after `a` ns; `reason` is a Cause.
  kNoRetry,       ///< The attempt failed, no other one follows; `reason` is a NoRetryCause.
  kOverflow,      ///< A circuit breaker refused the attempt: `reason` is a Resource, `a` its limit.
  kNoHost,        ///< No host may be used.
  kAttemptEnded,  ///< The attempt ended without a response; `reason` is a Cause.
  kTimeout,       ///< The stream has taken too long after `a` ns; `reason` is a TimeoutCause.
  kFaultDelay,    ///< The fault filter holds the request for `a` ns.
  kFaultAbort,    ///< The fault filter answers with `status`.
};

/// Why an attempt was not good enough.
enum class DecisionCause : std::uint8_t {
  kStatus,  ///< Decision::status came back.
  kConnectFailure,
  kConnectTimeout,
  kRemoteReset,
  kRefusedStream,
  kConnectionTermination,
  kOverflow,
  kPerTryTimeout,  ///< After `a` ns.
};

enum class NoRetryCause : std::uint8_t {
  kNotRetriable,   ///< `retry_on` does not name it.
  kLimit,          ///< All attempts were made (URX).
  kBudget,         ///< The circuit breaker for retries (or the retry budget) is used up.
  kNotReplayable,  ///< The body is gone.
};

enum class TimeoutCause : std::uint8_t { kRoute, kStreamIdle };

/// One decision about the stream whose driver's token is `token`; 40 bytes.
struct Decision {
  Instant at{};
  std::uint64_t token = 0;
  std::uint64_t a = 0;
  std::uint32_t host = 0;  ///< HostConfig::id of the attempt's host, where there is one.
  DecisionKind kind = DecisionKind::kRetry;
  std::uint8_t reason = 0;
  std::uint16_t status = 0;
  std::uint8_t attempts = 0;  ///< Made so far.
};
static_assert(sizeof(Decision) == 40);

/// Decisions since the driver looked last, in their order. Off unless a driver wants to know: then
/// nothing is kept, and asking costs a load. Nothing that is read here may influence the run.
class DecisionLog {
 public:
  void turn_on() { is_on_ = true; }
  [[nodiscard]] bool is_on() const { return is_on_; }
  void add(const Decision& decision) { decisions_.push_back(decision); }

  [[nodiscard]] const std::vector<Decision>& decisions() const { return decisions_; }
  [[nodiscard]] bool empty() const { return decisions_.empty(); }
  void clear() { decisions_.clear(); }

 private:
  bool is_on_ = false;
  std::vector<Decision> decisions_;
};

}  // namespace shaketable::proxy
