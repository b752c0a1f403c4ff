#include "proxy/live/trace_context.h"

#include <algorithm>
#include <cstddef>

#include "proxy/base/bits.h"
#include "proxy/config/policy.h"
#include "proxy/http/text.h"
#include "proxy/live/text_output.h"
#include "proxy/live/trace_context_parts.h"

namespace shaketable::proxy::live {

std::optional<std::uint64_t> read_hex(std::string_view digits) {
  if (digits.empty() || digits.size() > 16) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  for (const char c : digits) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) {
      return std::nullopt;
    }
    number = number << 4U | static_cast<unsigned>(digit);
  }
  return number;
}

std::optional<TraceId> read_trace_id(std::string_view digits) {
  const bool is_long = digits.size() == 32;
  if (!is_long && digits.size() != 16) {
    return std::nullopt;
  }
  const std::optional<std::uint64_t> high =
      is_long ? read_hex(digits.substr(0, 16)) : std::optional<std::uint64_t>(0);
  const std::optional<std::uint64_t> low = read_hex(digits.substr(is_long ? 16 : 0));
  if (!high.has_value() || !low.has_value() || (*high | *low) == 0) {
    return std::nullopt;
  }
  return TraceId{*high, *low};
}

std::optional<SpanId> read_span_id(std::string_view digits) {
  const std::optional<std::uint64_t> id =
      digits.size() == 16 ? read_hex(digits) : std::optional<std::uint64_t>();
  return id.value_or(0) == 0 ? std::nullopt : id;
}

std::optional<std::string_view> only_value(const http::HeaderList& headers, std::string_view name) {
  std::optional<std::string_view> value = headers.find(name);
  return value.has_value() && headers.count(name) > 1 ? std::nullopt : value;
}

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

void append_trace_id(const TraceContext& context, std::string& out) {
  if (!context.has_short_id || context.trace.high != 0) {
    append_hex(context.trace.high, 16, out);
  }
  append_hex(context.trace.low, 16, out);
}

namespace {

constexpr std::string_view kTraceparent = "traceparent";
constexpr std::string_view kTracestate = "tracestate";

bool is_yes(Sampling sampling) {
  return sampling == Sampling::kYes || sampling == Sampling::kDebug;
}

bool is_state_key_char(char c, bool is_first) {
  const bool is_letter = c >= 'a' && c <= 'z';
  const bool is_digit = c >= '0' && c <= '9';
  return is_letter || is_digit ||
         (!is_first && (c == '_' || c == '-' || c == '*' || c == '/' || c == '@'));
}

/// key=value of one member of a tracestate.
bool is_state_member(std::string_view member) {
  const std::string_view key = member.substr(0, member.find('='));
  if (key.empty() || key.size() > 256 || key.size() == member.size()) {
    return false;
  }
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (!is_state_key_char(key[i], i == 0)) {
      return false;
    }
  }
  // tenant@system: at most 241 and 14 characters, one @.
  const std::size_t at = key.find('@');
  if (at != std::string_view::npos &&
      (at == 0 || at > 241 || key.size() - at - 1 > 14 || key.size() == at + 1 ||
       key.find('@', at + 1) != std::string_view::npos)) {
    return false;
  }
  const std::string_view value = member.substr(key.size() + 1);
  return !value.empty() && value.size() <= 256 && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

/// All `tracestate` headers together.
bool has_valid_tracestate(const http::HeaderList& headers) {
  bool found = false;
  std::size_t members = 0;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (headers[i].name != kTracestate) {
      continue;
    }
    const std::string_view value = headers[i].value;
    found = true;
    members += static_cast<std::size_t>(std::count(value.begin(), value.end(), ',')) + 1;
    if (members > 32 || !is_tracestate(value)) {
      return false;
    }
  }
  return found;
}

}  // namespace

bool read_traceparent(std::string_view value, TraceContext& context) {
  // vv-tttttttttttttttttttttttttttttttt-ssssssssssssssss-ff
  constexpr std::size_t kLength = 55;
  if (value.size() < kLength || value[2] != '-' || value[35] != '-' || value[52] != '-') {
    return false;
  }
  const std::optional<std::uint64_t> version = read_hex(value.substr(0, 2));
  const std::optional<TraceId> trace = read_trace_id(value.substr(3, 32));
  const std::optional<SpanId> span = read_span_id(value.substr(36, 16));
  const std::optional<std::uint64_t> flags = read_hex(value.substr(53, 2));
  if (!version.has_value() || !trace.has_value() || !span.has_value() || !flags.has_value() ||
      version == 0xff) {
    return false;
  }
  // Version 0 ends here; a later one may go on behind a dash, with what we cannot know.
  if (value.size() > kLength && (version == 0 || value[kLength] != '-')) {
    return false;
  }
  context = {};
  context.trace = *trace;
  context.span = *span;
  context.sampling = (*flags & 1U) != 0 ? Sampling::kYes : Sampling::kNo;
  context.is_random = (*flags & 2U) != 0;
  context.headers = kTraceW3c;
  return true;
}

bool is_tracestate(std::string_view value) {
  if (value.size() > 8 * 1024) {
    return false;
  }
  std::size_t members = 0;
  std::array<std::string_view, 32> keys;
  std::string_view rest = value;
  bool goes_on = true;
  while (goes_on) {
    goes_on = rest.find(',') != std::string_view::npos;
    const std::string_view member = http::trimmed(take_until(rest, ','));
    if (member.empty()) {
      continue;  // Empty members are allowed, and mean nothing.
    }
    if (members == keys.size() || !is_state_member(member)) {
      return false;
    }
    const std::string_view key = member.substr(0, member.find('='));
    const auto end = keys.begin() + static_cast<std::ptrdiff_t>(members);
    if (std::find(keys.begin(), end, key) != end) {
      return false;
    }
    keys[members++] = key;
  }
  return true;
}

TraceContext read_trace(const http::HeaderList& headers) {
  TraceContext w3c, b3, multi;
  if (const auto value = only_value(headers, kTraceparent);
      value.has_value() && read_traceparent(http::trimmed(*value), w3c)) {
    w3c.keeps_tracestate = has_valid_tracestate(headers);
  }
  if (const auto value = only_value(headers, kB3); value.has_value()) {
    (void)read_b3(*value, b3);
  }
  if (headers.contains(kB3Trace) || headers.contains(kB3Sampled) || headers.contains(kB3Flags)) {
    (void)read_b3_multi(headers, multi);
  }
  TraceContext result = w3c.trace.is_valid()     ? w3c
                        : b3.trace.is_valid()    ? b3
                        : multi.trace.is_valid() ? multi
                        : b3.headers != 0        ? b3
                                                 : multi;
  result.headers = static_cast<std::uint8_t>(w3c.headers | b3.headers | multi.headers);
  return result;
}

std::string traceparent_of(const TraceContext& context) {
  std::string text = "00-";
  append_hex(context.trace.high, 16, text);
  append_hex(context.trace.low, 16, text);
  text += '-';
  append_hex(context.span, 16, text);
  text += '-';
  append_hex((is_yes(context.sampling) ? 1U : 0U) | (context.is_random ? 2U : 0U), 2, text);
  return text;
}

std::string trace_id_text(const TraceContext& context) {
  std::string text;
  append_trace_id(context, text);
  return text;
}

void write_trace(const TraceContext& context, http::HeaderList& headers) {
  for (const std::string_view name :
       {kTraceparent, kB3, kB3Trace, kB3Span, kB3Parent, kB3Sampled, kB3Flags}) {
    headers.remove(name);
  }
  if (!context.keeps_tracestate) {
    headers.remove(kTracestate);
  }
  const unsigned wanted =
      context.headers == 0 ? kTraceW3c | kTraceB3Single | kTraceB3Multi : context.headers;
  if ((wanted & kTraceW3c) != 0 && context.trace.is_valid()) {
    headers.add(kTraceparent, traceparent_of(context));
  }
  if ((wanted & kTraceB3Single) != 0) {
    if (const std::string b3 = b3_of(context); !b3.empty()) {
      headers.add(kB3, b3);
    }
  }
  if ((wanted & kTraceB3Multi) != 0) {
    write_b3_multi(context, headers);
  }
}

bool is_sampled(const TraceId& trace, std::uint32_t ppm) {
  // Mixed, because ids of other tracers may count up; the same mix everywhere.
  return multiply_high(mix64(trace.low ^ mix64(trace.high)), kPpmOne) < ppm;
}

TraceId new_trace_id(Rng& rng) {
  TraceId id;
  while (!id.is_valid()) {
    id.high = rng.next();
    id.low = rng.next();
  }
  return id;
}

SpanId new_span_id(Rng& rng) {
  SpanId id = 0;
  while (id == 0) {
    id = rng.next();
  }
  return id;
}

std::array<char, 36> new_request_id(Rng& rng) {
  // xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx with y = 8, 9, a or b
  const std::uint64_t high = (rng.next() & ~std::uint64_t{0xf000}) | 0x4000U;
  const std::uint64_t low = (rng.next() & ~(std::uint64_t{3} << 62U)) | std::uint64_t{2} << 62U;
  std::array<char, 36> text{};
  std::size_t at = 0;
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) {
      text[at++] = '-';
    }
    const std::uint64_t half = nibble < 16 ? high : low;
    text[at++] = "0123456789abcdef"[half >> (60 - 4 * (nibble % 16)) & 15U];
  }
  return text;
}

}  // namespace shaketable::proxy::live
