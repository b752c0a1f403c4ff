#pragma once

#include <cstdint>
#include <string>

namespace shaketable::proxy {

/// Why a response is not the upstream's own, as bits; the field's two-letter codes.
/// Source: Envoy, access log "%RESPONSE_FLAGS%", and source/common/stream_info/utility.h.
enum ResponseFlag : std::uint32_t {
  kFlagNoHealthyUpstream = 1U << 0,                 ///< UH, with 503.
  kFlagUpstreamConnectionFailure = 1U << 1,         ///< UF, with 503.
  kFlagUpstreamOverflow = 1U << 2,                  ///< UO, with 503: a circuit breaker refused.
  kFlagNoRouteFound = 1U << 3,                      ///< NR, with 404.
  kFlagUpstreamRetryLimitExceeded = 1U << 4,        ///< URX
  kFlagUpstreamRequestTimeout = 1U << 5,            ///< UT, with 504.
  kFlagUpstreamConnectionTermination = 1U << 6,     ///< UC, with 503.
  kFlagUpstreamRemoteReset = 1U << 7,               ///< UR, with 503.
  kFlagLocalReset = 1U << 8,                        ///< LR, with 503.
  kFlagDelayInjected = 1U << 9,                     ///< DI
  kFlagFaultInjected = 1U << 10,                    ///< FI
  kFlagDownstreamConnectionTermination = 1U << 11,  ///< DC
  kFlagStreamIdleTimeout = 1U << 12,                ///< SI, with 408 or 504.
  kFlagNoClusterFound = 1U << 13,                   ///< NC, with 503.
};

/// "UF,URX", or "-" when none is set; in the order above.
[[nodiscard]] std::string response_flags_text(std::uint32_t flags);

}  // namespace shaketable::proxy
