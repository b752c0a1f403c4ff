#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace shaketable::loadgen {

/// The number of a gRPC status: `OK`, `UNAVAILABLE` or `14`; nothing if there is none of that name.
[[nodiscard]] std::optional<std::uint32_t> grpc_status_of(std::string_view text);

}  // namespace shaketable::loadgen
