#include <map>
#include <string>
#include <utility>

#include "reports/exports/export_spans.h"
#include "reports/exports/traces.h"
#include "reports/json_writer.h"

namespace shaketable::reports {
namespace {

using Processes = std::map<std::pair<std::string, std::string>, std::string>;

void write_tag(JsonWriter& json, const std::string& key, const AttributeValue& value) {
  json.begin_object();
  json.field("key", key);
  if (const auto* text = std::get_if<std::string>(&value)) {
    json.field("type", "string");
    json.field("value", *text);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    json.field("type", "int64");
    json.field("value", *number);
  } else {
    json.field("type", "bool");
    json.field("value", std::get<bool>(value));
  }
  json.end();
}

std::string kind_word(ExportKind kind) {
  switch (kind) {
    case ExportKind::kInternal:
      return "internal";
    case ExportKind::kServer:
      return "server";
    case ExportKind::kClient:
      return "client";
  }
  return "";
}

void write_span(JsonWriter& json, const ExportTrace& trace, const ExportSpan& span,
                const std::string& process) {
  const std::string trace_id = trace_id_text(trace);
  json.begin_object();
  json.field("traceID", trace_id);
  json.field("spanID", span_id_text(span.id));
  json.field("operationName", span.name);
  json.begin_array("references");
  if (span.parent != 0) {
    json.begin_object();
    json.field("refType", "CHILD_OF");
    json.field("traceID", trace_id);
    json.field("spanID", span_id_text(span.parent));
    json.end();
  }
  json.end();
  json.field("startTime", span.from / 1'000);
  json.field("duration", span.to / 1'000 - span.from / 1'000);
  json.begin_array("tags");
  write_tag(json, "span.kind", kind_word(span.kind));
  if (span.is_error) {
    write_tag(json, "error", true);
  }
  for (const auto& [key, value] : span.attributes) {
    write_tag(json, key, value);
  }
  json.end();
  json.begin_array("logs");
  for (const ExportEvent& event : span.events) {
    json.begin_object();
    json.field("timestamp", event.at / 1'000);
    json.begin_array("fields");
    write_tag(json, "event", event.name);
    write_tag(json, "reason", event.reason);
    json.end();
    json.end();
  }
  json.end();
  json.field("processID", process);
  json.key("warnings");
  json.null();
  json.end();
}

Processes processes_of(const ExportTrace& trace) {
  Processes processes;
  for (const ExportSpan& span : trace.spans) {
    processes.try_emplace({span.service, span.instance},
                          "p" + std::to_string(processes.size() + 1));
  }
  return processes;
}

void write_trace(JsonWriter& json, const ExportTrace& trace) {
  const Processes processes = processes_of(trace);
  json.begin_object();
  json.field("traceID", trace_id_text(trace));
  json.begin_array("spans");
  for (const ExportSpan& span : trace.spans) {
    write_span(json, trace, span, processes.at({span.service, span.instance}));
  }
  json.end();
  json.begin_object("processes");
  for (const auto& [names, id] : processes) {
    json.begin_object(id);
    json.field("serviceName", names.first);
    json.begin_array("tags");
    if (!names.second.empty()) {
      write_tag(json, "hostname", names.second);
    }
    json.end();
    json.end();
  }
  json.end();
  json.key("warnings");
  json.null();
  json.end();
}

}  // namespace

std::string jaeger_traces(const Report& report) {
  JsonWriter json(4);
  json.begin_object();
  json.begin_array("data");
  for (const ExportTrace& trace : export_traces(report)) {
    write_trace(json, trace);
  }
  json.end();
  json.field("total", std::int64_t{0});
  json.field("limit", std::int64_t{0});
  json.field("offset", std::int64_t{0});
  json.key("errors");
  json.null();
  json.end();
  return json.take();
}

}  // namespace shaketable::reports
