#pragma once

#include <cstdint>

namespace shaketable::proxy {

/// The largest number that gRPC defines for `grpc-status`: UNAUTHENTICATED.
inline constexpr std::uint32_t kLastGrpcStatus = 16;

/// The HTTP status that stands for a `grpc-status`, as gateways translate it; numbers that gRPC
/// does not define count as UNKNOWN: 500.
/// Source: google/rpc/code.proto, "HTTP Mapping"; Envoy, Grpc::Utility::grpcToHttpStatus.
[[nodiscard]] constexpr std::uint16_t http_status_of_grpc(std::uint32_t grpc_status) {
  constexpr std::uint16_t kHttp[] = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                                     400, 409, 400, 501, 500, 503, 500, 401};
  return grpc_status <= kLastGrpcStatus ? kHttp[grpc_status] : std::uint16_t{500};
}

}  // namespace shaketable::proxy
