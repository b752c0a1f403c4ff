#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "proxy/base/time.h"

/// The words of the boundary between a sidecar and its driver.
namespace shaketable::proxy {

/// A handle: slot in the low half, generation in the high half. 0 is never a valid handle. Late
/// inputs with a handle of something that has ended are recognised by it and ignored.
using StreamId = std::uint64_t;      ///< One downstream request.
using AttemptId = std::uint64_t;     ///< One try of it at one upstream host.
using ConnectionId = std::uint64_t;  ///< One upstream connection.
inline constexpr std::uint64_t kNoHandle = 0;

/// Which listener a request came in by.
enum class Direction : std::uint8_t {
  kOutbound,  ///< From the local application to the mesh.
  kInbound,   ///< From the mesh to the local application.
};

struct Header {
  std::string_view name;  ///< Lower case.
  std::string_view value;
};

/// A request without its body. Views live for the call only.
struct RequestHead {
  static constexpr std::uint32_t kNoShape = 0xffff'ffffU;

  std::string_view method;
  std::string_view authority;
  std::string_view path;  ///< With the query string.
  std::string_view scheme = "http";
  std::span<const Header> headers;
  /// Simulated requests come from a finite set of shapes: equal numbers promise equal heads, and
  /// the route look-up is remembered. Live requests have kNoShape and always match in full.
  std::uint32_t shape = kNoShape;
  /// False when the driver will not keep the body for a second try.
  bool replayable = true;
};

/// Why an attempt ended without a response.
enum class ResetReason : std::uint8_t {
  kConnectFailure,         ///< Refused, unreachable or timed out; UF.
  kRemoteReset,            ///< The upstream reset the stream; UR.
  kRefusedStream,          ///< HTTP/2 REFUSED_STREAM: it was not processed; UR.
  kConnectionTermination,  ///< The connection ended under it; UC.
  kOverflow,               ///< A circuit breaker refused; UO. Made by the core alone.
  kPerTryTimeout,          ///< UT. Made by the core alone.
};

/// A response without its body.
struct ResponseHead {
  std::uint16_t status = 200;
  bool end_stream = true;        ///< No body and no trailers follow.
  std::uint8_t grpc_status = 0;  ///< From a trailers-only response; 0 = ok or not gRPC.
  bool rate_limited = false;     ///< x-envoy-ratelimited is present.
};

}  // namespace shaketable::proxy
