#pragma once

#include <cstdint>
#include <string>

#include "proxy/base/time.h"

/// Virtual time as dates: see kStartOfRuns.
namespace shaketable::reports {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

/// "2026-01-01T00:00:20.300Z" with so many decimals (0 to 9; 0 = none, and no point).
[[nodiscard]] std::string timestamp_text(proxy::Instant at, int decimals);

/// Seconds since 1970, "1767225620.3": exact, zeros dropped.
[[nodiscard]] std::string unix_seconds_text(proxy::Instant at);

/// `numerator / denominator` with `decimals` decimals, rounded half up; "0" for a denominator of 0.
[[nodiscard]] std::string decimal_text(std::uint64_t numerator, std::uint64_t denominator,
                                       int decimals);

}  // namespace shaketable::reports
