#include <algorithm>

#include "proxy/live/text_output.h"
#include "proxy/live/trace_context_parts.h"

// B3, single and multiple headers (openzipkin/b3-propagation).
namespace shaketable::proxy::live {
namespace {

std::optional<Sampling> read_b3_state(std::string_view state) {
  if (state == "1") {
    return Sampling::kYes;
  }
  if (state == "d") {
    return Sampling::kDebug;
  }
  return state == "0" ? std::optional(Sampling::kNo) : std::nullopt;
}

}  // namespace

bool read_b3(std::string_view value, TraceContext& context) {
  TraceContext read;
  read.headers = kTraceB3Single;
  if (const std::optional<Sampling> state = read_b3_state(value); state.has_value()) {
    read.sampling = *state;
    context = read;
    return true;
  }
  const auto dashes = std::count(value.begin(), value.end(), '-');
  const std::string_view trace_text = take_until(value, '-');
  const std::optional<TraceId> trace = read_trace_id(trace_text);
  const std::optional<SpanId> span = read_span_id(take_until(value, '-'));
  if (!trace.has_value() || !span.has_value() || dashes > 3) {
    return false;
  }
  read.trace = *trace;
  read.span = *span;
  read.has_short_id = trace_text.size() == 16;
  if (dashes >= 2) {
    const std::optional<Sampling> state = read_b3_state(take_until(value, '-'));
    if (!state.has_value()) {
      return false;
    }
    read.sampling = *state;
  }
  if (dashes == 3) {
    const std::optional<SpanId> parent = read_span_id(value);
    if (!parent.has_value()) {
      return false;
    }
    read.parent = *parent;
  }
  context = read;
  return true;
}

bool read_b3_multi(const http::HeaderList& headers, TraceContext& context) {
  const std::optional<std::string_view> flags = only_value(headers, kB3Flags);
  const std::optional<std::string_view> sampled = only_value(headers, kB3Sampled);
  TraceContext read;
  if (flags == "1") {
    read.sampling = Sampling::kDebug;
  } else if (sampled.has_value()) {
    // "true" and "false" are of before the specification, and still sent.
    const bool is_yes = *sampled == "1" || *sampled == "true";
    if (!is_yes && *sampled != "0" && *sampled != "false") {
      return false;
    }
    read.sampling = is_yes ? Sampling::kYes : Sampling::kNo;
  }
  const std::optional<std::string_view> trace_text = only_value(headers, kB3Trace);
  const std::optional<TraceId> trace = read_trace_id(trace_text.value_or(""));
  const std::optional<SpanId> span = read_span_id(only_value(headers, kB3Span).value_or(""));
  if (trace.has_value() && span.has_value()) {
    read.trace = *trace;
    read.span = *span;
    read.has_short_id = trace_text->size() == 16;
    read.parent = read_span_id(only_value(headers, kB3Parent).value_or("")).value_or(0);
  } else if (headers.contains(kB3Trace) || headers.contains(kB3Span)) {
    return false;
  } else if (read.sampling == Sampling::kUndecided) {
    return false;
  }
  read.headers = kTraceB3Multi;
  context = read;
  return true;
}

std::string b3_of(const TraceContext& context) {
  std::string text;
  if (context.trace.is_valid()) {
    append_trace_id(context, text);
    text += '-';
    append_hex(context.span, 16, text);
  }
  if (context.sampling == Sampling::kUndecided) {
    return text;
  }
  text += text.empty() ? "" : "-";
  text += context.sampling == Sampling::kDebug ? 'd'
          : context.sampling == Sampling::kYes ? '1'
                                               : '0';
  if (context.trace.is_valid() && context.parent != 0) {
    text += '-';
    append_hex(context.parent, 16, text);
  }
  return text;
}

void write_b3_multi(const TraceContext& context, http::HeaderList& headers) {
  if (context.trace.is_valid()) {
    headers.add(kB3Trace, trace_id_text(context));
    std::string text;
    append_hex(context.span, 16, text);
    headers.add(kB3Span, text);
    if (context.parent != 0) {
      text.clear();
      append_hex(context.parent, 16, text);
      headers.add(kB3Parent, text);
    }
  }
  if (context.sampling == Sampling::kDebug) {
    headers.add(kB3Flags, "1");
  } else if (context.sampling != Sampling::kUndecided) {
    headers.add(kB3Sampled, context.sampling == Sampling::kYes ? "1" : "0");
  }
}

}  // namespace shaketable::proxy::live
