#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reports/exports/export_spans.h"
#include "reports/exports/traces.h"
#include "reports/json_writer.h"

namespace shaketable::reports {
namespace {

/// A span and the trace that it belongs to.
struct Placed {
  const ExportTrace* trace;
  const ExportSpan* span;
};

void write_attribute(JsonWriter& json, const std::string& key, const AttributeValue& value) {
  json.begin_object();
  json.field("key", key);
  json.begin_object("value");
  if (const auto* text = std::get_if<std::string>(&value)) {
    json.field("stringValue", *text);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    json.field("intValue", std::to_string(*number));  // 64 bits are strings in protobuf's JSON
  } else {
    json.field("boolValue", std::get<bool>(value));
  }
  json.end();
  json.end();
}

int kind_number(ExportKind kind) {
  switch (kind) {
    case ExportKind::kInternal:
      return 1;
    case ExportKind::kServer:
      return 2;
    case ExportKind::kClient:
      return 3;
  }
  return 0;
}

void write_span(JsonWriter& json, const Placed& placed) {
  const ExportSpan& span = *placed.span;
  json.begin_object();
  json.field("traceId", trace_id_text(*placed.trace));
  json.field("spanId", span_id_text(span.id));
  if (span.parent != 0) {
    json.field("parentSpanId", span_id_text(span.parent));
  }
  json.field("name", span.name);
  json.field("kind", std::int64_t{kind_number(span.kind)});
  json.field("startTimeUnixNano", std::to_string(span.from));
  json.field("endTimeUnixNano", std::to_string(span.to));
  json.begin_array("attributes");
  for (const auto& [key, value] : span.attributes) {
    write_attribute(json, key, value);
  }
  json.end();
  if (!span.events.empty()) {
    json.begin_array("events");
    for (const ExportEvent& event : span.events) {
      json.begin_object();
      json.field("timeUnixNano", std::to_string(event.at));
      json.field("name", event.name);
      json.begin_array("attributes");
      write_attribute(json, "reason", event.reason);
      json.end();
      json.end();
    }
    json.end();
  }
  json.begin_object("status");
  if (span.is_error) {
    json.field("code", std::int64_t{2});
  }
  json.end();
  json.end();
}

}  // namespace

std::string otlp_traces(const Report& report) {
  const std::vector<ExportTrace> traces = export_traces(report);
  // One resource for each instance, in the order of their names.
  std::map<std::pair<std::string, std::string>, std::vector<Placed>> resources;
  for (const ExportTrace& trace : traces) {
    for (const ExportSpan& span : trace.spans) {
      resources[{span.service, span.instance}].push_back({&trace, &span});
    }
  }
  JsonWriter json(6);
  json.begin_object();
  json.begin_array("resourceSpans");
  for (const auto& [resource, spans] : resources) {
    json.begin_object();
    json.begin_object("resource");
    json.begin_array("attributes");
    write_attribute(json, "service.name", resource.first);
    if (!resource.second.empty()) {
      write_attribute(json, "service.instance.id", resource.second);
    }
    write_attribute(json, "telemetry.sdk.name", std::string("shaketable"));
    json.end();
    json.end();
    json.begin_array("scopeSpans");
    json.begin_object();
    json.begin_object("scope");
    json.field("name", "shaketable");
    json.field("version", kVersion);
    json.end();
    json.begin_array("spans");
    for (const Placed& placed : spans) {
      write_span(json, placed);
    }
    json.end();
    json.end();
    json.end();
    json.end();
  }
  json.end();
  json.end();
  return json.take();
}

}  // namespace shaketable::reports
