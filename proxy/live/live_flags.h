#pragma once

#include <cstdint>

/// What only real bytes can do to a request.
namespace shaketable::proxy::live {

/// Beyond those of telemetry/response_flags.h, which prints this one, too: UPE, with 502. What came
/// from the upstream is not HTTP, or not a response to what it was asked. The core never sets it:
/// to it the attempt was reset.
inline constexpr std::uint32_t kFlagUpstreamProtocolError = 1U << 14;

}  // namespace shaketable::proxy::live
