#include <algorithm>
#include <string>

#include "reports/exports/export_spans.h"
#include "reports/exports/traces.h"
#include "reports/json_writer.h"

namespace shaketable::reports {
namespace {

std::string text_of(const AttributeValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return *text;
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return std::to_string(*number);
  }
  return std::get<bool>(value) ? "true" : "false";
}

void write_span(JsonWriter& json, const ExportTrace& trace, const ExportSpan& span) {
  json.begin_object();
  json.field("traceId", trace_id_text(trace));
  json.field("id", span_id_text(span.id));
  if (span.parent != 0) {
    json.field("parentId", span_id_text(span.parent));
  }
  json.field("name", span.name);
  // Zipkin knows no internal kind: those have none.
  if (span.kind != ExportKind::kInternal) {
    json.field("kind", span.kind == ExportKind::kServer ? "SERVER" : "CLIENT");
  }
  json.field("timestamp", span.from / 1'000);
  // A duration of 0 means "unknown" there.
  json.field("duration", std::max<std::int64_t>(span.to / 1'000 - span.from / 1'000, 1));
  json.begin_object("localEndpoint");
  json.field("serviceName", span.service);
  json.end();
  if (!span.events.empty()) {
    json.begin_array("annotations");
    for (const ExportEvent& event : span.events) {
      json.begin_object();
      json.field("timestamp", event.at / 1'000);
      json.field("value", event.name + ": " + event.reason);
      json.end();
    }
    json.end();
  }
  json.begin_object("tags");
  if (!span.instance.empty()) {
    json.field("service.instance.id", span.instance);
  }
  for (const auto& [key, value] : span.attributes) {
    json.field(key, text_of(value));
  }
  if (span.is_error) {
    json.field("error", "true");
  }
  json.end();
  json.end();
}

}  // namespace

std::string zipkin_traces(const Report& report) {
  JsonWriter json(1);
  json.begin_array();
  for (const ExportTrace& trace : export_traces(report)) {
    for (const ExportSpan& span : trace.spans) {
      write_span(json, trace, span);
    }
  }
  json.end();
  return json.take();
}

}  // namespace shaketable::reports
