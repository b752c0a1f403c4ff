#pragma once

#include <string>

#include "reports/report.h"

/// The traces that a run kept, in the forms that tracing systems open. Times are virtual, counted
/// from kStartOfRuns; ids are the same for the same run. All end in a line feed.
namespace shaketable::reports {

/// OTLP/JSON, an ExportTraceServiceRequest: for a collector's OTLP/HTTP endpoint or its file
/// receiver. Source: opentelemetry-proto, "JSON Protobuf Encoding".
[[nodiscard]] std::string otlp_traces(const Report& report);

/// The JSON of Jaeger's query API, which its UI opens under "JSON File".
[[nodiscard]] std::string jaeger_traces(const Report& report);

/// Zipkin's API v2: a list of spans. Source: zipkin-api, zipkin2-api.yaml.
[[nodiscard]] std::string zipkin_traces(const Report& report);

}  // namespace shaketable::reports
