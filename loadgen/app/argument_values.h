#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/core/run_start.h"
#include "proxy/base/result.h"
#include "proxy/base/time.h"

/// Values of options as people write them. Errors say what was expected; the caller adds the
/// option.
namespace shaketable::loadgen::app {

/// "250ms", "10s", "1m30s" as in files; a bare number is seconds, as Molotov has it.
[[nodiscard]] proxy::Result<proxy::Duration> duration_value(const std::string& text);
/// "500/s", "30/m", "2000" (a second), as micro-requests per second; at most ten millions a second.
[[nodiscard]] proxy::Result<std::uint64_t> rate_value(const std::string& text);
/// "1/4", the first of four; index from 0 inside.
[[nodiscard]] proxy::Result<Share> share_value(const std::string& text);
/// "50,90,99.9" as parts per million, in that order.
[[nodiscard]] proxy::Result<std::vector<std::uint32_t>> quantiles_value(const std::string& text);
/// "64KiB", "10MB" or bytes.
[[nodiscard]] proxy::Result<std::uint64_t> size_value(const std::string& text);

}  // namespace shaketable::loadgen::app
