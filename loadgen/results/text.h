#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/base/time.h"

/// Numbers for people.
namespace shaketable::loadgen {

/// Three significant digits and a unit: "812 us", "1.34 ms", "2.5 s", "0".
[[nodiscard]] std::string duration_text(proxy::Duration time);
/// "1,234,567".
[[nodiscard]] std::string count_text(std::uint64_t count);
/// `count` in `time` per second: "91,234", "12.5", "0.31".
[[nodiscard]] std::string rate_text(std::uint64_t count, proxy::Duration time);
/// "1.02 GiB", "310 B".
[[nodiscard]] std::string bytes_text(double bytes);
/// "0.013 %"; "0 %" for none at all.
[[nodiscard]] std::string share_text(std::uint64_t part, std::uint64_t whole);
/// "p50", "p99.9" from parts per million.
[[nodiscard]] std::string quantile_name(std::uint32_t ppm);

/// Text of others on a terminal: control characters become `?`, and long ones are cut at `most`
/// bytes.
[[nodiscard]] std::string plain_text(std::string_view text, std::size_t most);

}  // namespace shaketable::loadgen
