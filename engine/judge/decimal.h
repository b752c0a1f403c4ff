#pragma once

#include <cstdint>
#include <string>

namespace shaketable::engine {

/// What `format_millionths()` says, for people: with thousands separators, "1,204.5".
[[nodiscard]] std::string format_decimal(std::int64_t millionths, int decimals);

}  // namespace shaketable::engine
