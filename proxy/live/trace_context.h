#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/rng.h"
#include "proxy/http/message.h"

/// Whose trace a request belongs to, and the headers that say so: W3C Trace Context (levels 1 and
/// 2) and B3 (single and multiple headers).
namespace shaketable::proxy::live {

struct TraceId {
  std::uint64_t high = 0, low = 0;
  [[nodiscard]] bool is_valid() const { return (high | low) != 0; }
  friend bool operator==(const TraceId&, const TraceId&) = default;
};

/// 0 = none.
using SpanId = std::uint64_t;

/// Which headers a trace came in, as bits; it goes on in the same ones.
enum TraceHeaders : std::uint8_t {
  kTraceW3c = 1U << 0,
  kTraceB3Single = 1U << 1,
  kTraceB3Multi = 1U << 2,
};

enum class Sampling : std::uint8_t {
  kUndecided,  ///< Nobody has said anything yet.
  kNo,
  kYes,
  kDebug,  ///< B3: yes, whatever the rates.
};

/// What the headers of a message say.
struct TraceContext {
  TraceId trace;      ///< Invalid: no trace, though `sampling` may be decided (B3 "0").
  SpanId span = 0;    ///< The sender's, our parent.
  SpanId parent = 0;  ///< The sender's parent, B3 only.
  Sampling sampling = Sampling::kUndecided;
  bool is_random = false;         ///< W3C level 2: the trace id was drawn at random.
  bool has_short_id = false;      ///< B3 with a trace id of 64 bits: goes on that way.
  bool keeps_tracestate = false;  ///< The `tracestate` headers are valid and of this trace.
  std::uint8_t headers = 0;       ///< TraceHeaders that were valid.

  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

/// Reads the headers of a request, strictly: a header that breaks its grammar counts as absent, and
/// one that comes twice as broken. W3C wins over B3, single B3 over multiple. No allocation.
[[nodiscard]] TraceContext read_trace(const http::HeaderList& headers);

/// Writes the context's headers (all of them with `headers` 0), and takes out every other one of
/// the three, and `tracestate` unless the context keeps it.
void write_trace(const TraceContext& context, http::HeaderList& headers);

/// The single parts, for tests. Each is the value of one header.
[[nodiscard]] bool read_traceparent(std::string_view value, TraceContext& context);
[[nodiscard]] bool read_b3(std::string_view value, TraceContext& context);
[[nodiscard]] bool is_tracestate(std::string_view value);
[[nodiscard]] std::string traceparent_of(const TraceContext& context);
[[nodiscard]] std::string b3_of(const TraceContext& context);

/// 32 digits, or 16 for short ids.
[[nodiscard]] std::string trace_id_text(const TraceContext& context);

/// Whether a trace is among the sampled ones, `ppm` of a million: the same answer in every proxy,
/// because it depends on the id alone; one that is sampled at a rate is so at every higher rate.
[[nodiscard]] bool is_sampled(const TraceId& trace, std::uint32_t ppm);

[[nodiscard]] TraceId new_trace_id(Rng& rng);
[[nodiscard]] SpanId new_span_id(Rng& rng);
/// A random UUID (version 4) for `x-request-id`: 36 characters.
[[nodiscard]] std::array<char, 36> new_request_id(Rng& rng);

}  // namespace shaketable::proxy::live
