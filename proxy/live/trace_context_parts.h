#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/http/message.h"
#include "proxy/live/trace_context.h"

/// What both formats of trace headers are made of, for trace_context.cc and trace_context_b3.cc
/// alone.
namespace shaketable::proxy::live {

inline constexpr std::string_view kB3 = "b3";
inline constexpr std::string_view kB3Trace = "x-b3-traceid";
inline constexpr std::string_view kB3Span = "x-b3-spanid";
inline constexpr std::string_view kB3Parent = "x-b3-parentspanid";
inline constexpr std::string_view kB3Sampled = "x-b3-sampled";
inline constexpr std::string_view kB3Flags = "x-b3-flags";

/// Lower-case digits only, as both specifications have it; at most 16.
[[nodiscard]] std::optional<std::uint64_t> read_hex(std::string_view digits);
/// 16 or 32 digits, not all zero.
[[nodiscard]] std::optional<TraceId> read_trace_id(std::string_view digits);
/// 16 digits, not all zero.
[[nodiscard]] std::optional<SpanId> read_span_id(std::string_view digits);
void append_trace_id(const TraceContext& context, std::string& out);

/// The only field of a name: nothing if there is none or more than one.
[[nodiscard]] std::optional<std::string_view> only_value(const http::HeaderList& headers,
                                                         std::string_view name);
/// Everything up to the next `separator`, which is taken too.
std::string_view take_until(std::string_view& text, char separator);

/// The B3 headers with `x-`.
[[nodiscard]] bool read_b3_multi(const http::HeaderList& headers, TraceContext& context);
void write_b3_multi(const TraceContext& context, http::HeaderList& headers);

}  // namespace shaketable::proxy::live
