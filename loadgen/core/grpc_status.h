#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace shaketable::loadgen {

/// The number of a gRPC status: `OK`, `UNAVAILABLE` or `14`; nothing if there is none of that name.
[[nodiscard]] std::optional<std::uint32_t> grpc_status_of(std::string_view text);
/// The other way; numbers that the protocol does not know are `UNKNOWN`.
[[nodiscard]] std::string_view grpc_status_name(std::uint32_t number);

}  // namespace shaketable::loadgen
