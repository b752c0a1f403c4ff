#include "reports/json_traces.h"

#include "engine/judge/units.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

std::int64_t index_or_none(std::uint32_t index) {
  return index == engine::kNone ? -1 : std::int64_t{index};
}

std::int64_t marks_of(const engine::Span& span) {
  return (span.is_response ? 1 : 0) + (span.is_mirror ? 2 : 0) + (span.has_sidecar ? 4 : 0) +
         (span.is_cancelled ? 8 : 0) + (span.is_open ? 16 : 0);
}

void write_span(const engine::Span& span, JsonWriter& json) {
  json.begin_array();
  json.value(index_or_none(span.parent));
  json.value(engine::name_of(span.kind));
  json.value(proxy::nanoseconds_of(span.from));
  json.value((span.to - span.from).count());
  json.value(index_or_none(span.service));
  json.value(index_or_none(span.instance));
  json.value(index_or_none(span.peer));
  json.value(index_or_none(span.peer_instance));
  json.value(index_or_none(span.endpoint));
  json.value(std::uint64_t{span.status});
  json.value(span.flags);
  json.value(engine::name_of_outcome(static_cast<std::size_t>(span.outcome)));
  json.value(std::uint64_t{span.attempt});
  json.value(marks_of(span));
  json.end();
}

void write_trace(const engine::Trace& trace, JsonWriter& json) {
  json.begin_object();
  json.field("id", hexadecimal_of(trace.id_high) + hexadecimal_of(trace.id_low));
  json.field("number", trace.number);
  json.field("load", index_or_none(trace.load));
  json.field("journey", index_or_none(trace.journey));
  json.field("reasons", std::uint64_t{trace.reasons});
  json.begin_array("spans");
  for (const engine::Span& span : trace.spans) {
    write_span(span, json);
  }
  json.end();
  json.begin_array("events");
  for (const engine::SpanEvent& event : trace.events) {
    json.begin_object();
    json.field("span", event.span);
    json.field("at_ns", proxy::nanoseconds_of(event.at));
    json.field("kind", engine::name_of(event.kind));
    json.field("reason", event.reason);
    json.end();
  }
  json.end();
  json.end();
}

}  // namespace

void write_traces(const engine::RunRecord& record, JsonWriter& json) {
  const engine::TraceStatistics& it = record.tracing;
  if (record.traces.empty() && it.followed == 0 && it.missed == 0) {
    return;
  }
  json.begin_object("traces");
  json.field("followed", it.followed);
  json.field("missed", it.missed);
  json.field("kept_good_ppm", it.kept_good_ppm);
  json.field("kept_failed_ppm", it.kept_failed_ppm);
  json.begin_array("span_columns");
  for (const char* column : kSpanColumns) {
    json.value(column);
  }
  json.end();
  json.begin_array("requests");
  for (const engine::Trace& trace : record.traces) {
    write_trace(trace, json);
  }
  json.end();
  json.end();
}

}  // namespace shaketable::reports
