#pragma once

#include <cstdint>
#include <string>

#include "engine/scenario/model.h"
#include "proxy/base/time.h"

/// Figures as people read them. Everything is computed on integers, rounds half up, ignores the
/// locale, and is plain ASCII, so that a golden file holds on every machine.
namespace shaketable::engine {

/// Three significant digits and a unit: "850 ns", "12.3 us", "81.2 ms", "2.31 s", "125 s".
[[nodiscard]] std::string format_duration(std::int64_t nanoseconds);
[[nodiscard]] std::string format_duration(proxy::Duration duration);

/// Seconds since the start of the run with one decimal: "61.2 s"; kNever is "never".
[[nodiscard]] std::string format_instant(Instant instant);

/// "60-90 s", "12.5-20 s": the edges of a span, without decimals that are zero.
[[nodiscard]] std::string format_span(Instant from, Instant to);

/// Parts per million as a percentage: "99.2 %", "100 %", "0.01 %"; never rounded up to 100 %.
[[nodiscard]] std::string format_ppm(std::int64_t ppm);

/// "12,345".
[[nodiscard]] std::string format_count(std::uint64_t count);

/// `millionths` / 1,000,000 with up to `decimals` decimals, trailing zeros dropped: "4.25".
[[nodiscard]] std::string format_millionths(std::int64_t millionths, int decimals);

/// Powers of 1024 with up to one decimal: "512 B", "1.5 KiB", "64 MiB".
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

/// Requests per second from micro-requests per second: "412.5/s".
[[nodiscard]] std::string format_rate(std::int64_t micro_per_second);

/// A value of `metric` in the unit that belongs to it.
[[nodiscard]] std::string format_metric(Metric metric, std::int64_t value);

/// The metric's name as scenario files write it: "success_rate", "p99".
[[nodiscard]] const char* name_of(Metric metric);
/// The event's name as scenario files write it: "circuit_open".
[[nodiscard]] const char* name_of(EventKind kind);
/// The event in words: "circuit open", "ejected".
[[nodiscard]] const char* words_for(EventKind kind);
/// The fault's key in scenario files: "delay", "config_push".
[[nodiscard]] const char* name_of(FaultKind kind);
/// The outcome as a short key: "ok", "timeout", "no_host".
[[nodiscard]] const char* name_of_outcome(std::size_t outcome);

}  // namespace shaketable::engine
