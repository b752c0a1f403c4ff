#include "reports/exports/export_spans.h"

#include <algorithm>

#include "engine/judge/names.h"
#include "proxy/base/bits.h"
#include "proxy/telemetry/response_flags.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::kNone;
using engine::Scenario;
using engine::Span;
using engine::SpanKind;
using engine::Trace;

ExportKind kind_of(const Span& span) {
  switch (span.kind) {
    case SpanKind::kClient:
    case SpanKind::kAttempt:
      return ExportKind::kClient;
    case SpanKind::kInbound:
      return ExportKind::kServer;
    case SpanKind::kNetwork:
    case SpanKind::kQueue:
    case SpanKind::kApplication:
    case SpanKind::kWork:
    case SpanKind::kWait:
    case SpanKind::kCall:
    case SpanKind::kPending:
    case SpanKind::kBackOff:
      return ExportKind::kInternal;
  }
  return ExportKind::kInternal;
}

std::int64_t unix_time(proxy::Instant at) { return kStartOfRuns + proxy::nanoseconds_of(at); }

class TraceExporter {
 public:
  TraceExporter(const Scenario& scenario, const Trace& trace)
      : scenario_(scenario), trace_(trace) {}

  ExportTrace run() {
    ExportTrace out{.id_high = trace_.id_high, .id_low = trace_.id_low, .spans = {}};
    for (std::uint32_t i = 0; i < trace_.spans.size(); ++i) {
      out.spans.push_back(span(i));
    }
    for (const engine::SpanEvent& event : trace_.events) {
      out.spans[event.span].events.push_back(
          {unix_time(event.at), engine::name_of(event.kind), event.reason});
    }
    return out;
  }

 private:
  [[nodiscard]] std::uint64_t id_of(std::uint32_t index) const {
    return std::max<std::uint64_t>(proxy::mix64(trace_.id_low + index + 1), 1);
  }

  ExportSpan span(std::uint32_t index) {
    const Span& from = trace_.spans[index];
    ExportSpan out;
    out.id = id_of(index);
    out.parent = from.parent == kNone ? 0 : id_of(from.parent);
    out.kind = kind_of(from);
    out.name = name(from);
    out.service = from.service == kNone && from.kind == SpanKind::kClient
                      ? scenario_.loads[trace_.load].name
                      : service_of(index);
    if (from.service != kNone) {
      out.instance = engine::instance_name(scenario_, from.service, from.instance);
    }
    out.from = unix_time(from.from);
    out.to = unix_time(from.to);
    out.is_error = from.outcome != engine::Outcome::kOk;
    add_attributes(from, out.attributes);
    return out;
  }

  /// Messages of the load's client count as the load's.
  [[nodiscard]] std::string service_of(std::uint32_t index) const {
    const Span& span = trace_.spans[index];
    return span.service == kNone ? scenario_.loads[trace_.load].name
                                 : engine::service_name(scenario_, span.service);
  }

  [[nodiscard]] std::string endpoint(engine::ServiceIndex service, const Span& span) const {
    if (service == kNone || span.endpoint == kNone) {
      return "request";
    }
    const std::vector<std::string>& names = scenario_.mesh.services[service].endpoint_names;
    return span.endpoint < names.size() ? names[span.endpoint] : "request";
  }

  [[nodiscard]] std::string peer(const Span& span) const {
    return span.peer == kNone
               ? scenario_.loads[trace_.load].name
               : (span.peer_instance == kNone
                      ? engine::service_name(scenario_, span.peer)
                      : engine::instance_name(scenario_, span.peer, span.peer_instance));
  }

  [[nodiscard]] std::string name(const Span& span) const {
    switch (span.kind) {
      case SpanKind::kClient:
        return endpoint(span.peer, span);
      case SpanKind::kInbound:
        return endpoint(span.service, span);
      case SpanKind::kCall:
        return "call " + engine::service_name(scenario_, span.peer) + ' ' +
               endpoint(span.peer, span);
      case SpanKind::kAttempt:
        return (span.is_mirror ? "mirror to "
                               : "attempt " + std::to_string(span.attempt) + " at ") +
               peer(span);
      case SpanKind::kNetwork:
        return (span.is_response ? "response to " : "request to ") + peer(span);
      case SpanKind::kPending:
        return "wait for a connection";
      case SpanKind::kBackOff:
        return "back-off";
      case SpanKind::kQueue:
      case SpanKind::kApplication:
      case SpanKind::kWork:
      case SpanKind::kWait:
        return engine::name_of(span.kind);
    }
    return "";
  }

  void add_attributes(const Span& span, Attributes& out) const {
    out.emplace_back("shaketable.kind", std::string(engine::name_of(span.kind)));
    const bool is_request = span.kind == SpanKind::kClient || span.kind == SpanKind::kCall ||
                            span.kind == SpanKind::kAttempt || span.kind == SpanKind::kInbound;
    if (is_request) {
      const engine::ServiceIndex callee =
          span.kind == SpanKind::kInbound ? span.service : span.peer;
      const auto [method, path] = method_and_path(endpoint(callee, span));
      out.emplace_back("http.request.method", method);
      out.emplace_back("url.path", path);
      out.emplace_back("server.address", host_name(scenario_, callee));
      if (span.status != 0) {
        out.emplace_back("http.response.status_code", std::int64_t{span.status});
      }
      out.emplace_back("response_flags", proxy::response_flags_text(span.flags));
    }
    if (span.kind == SpanKind::kCall || span.kind == SpanKind::kAttempt) {
      out.emplace_back("upstream_cluster", cluster_name(scenario_, span.peer));
      out.emplace_back(span.kind == SpanKind::kCall ? "shaketable.attempts" : "shaketable.attempt",
                       std::int64_t{span.attempt});
    }
    if (span.kind == SpanKind::kAttempt) {
      out.emplace_back("network.peer.address", peer(span));
    }
    if (span.is_cancelled) {
      out.emplace_back("shaketable.cancelled", true);
    }
    if (span.is_open) {
      out.emplace_back("shaketable.open", true);
    }
    if (span.kind == SpanKind::kClient) {
      out.emplace_back("shaketable.request", static_cast<std::int64_t>(trace_.number));
      if (trace_.journey != kNone) {
        out.emplace_back("shaketable.journey",
                         scenario_.loads[trace_.load].journeys[trace_.journey].name);
      }
    }
  }

  const Scenario& scenario_;
  const Trace& trace_;
};

}  // namespace

std::vector<ExportTrace> export_traces(const Report& report) {
  std::vector<ExportTrace> traces;
  traces.reserve(report.record.traces.size());
  for (const Trace& trace : report.record.traces) {
    traces.push_back(TraceExporter(report.scenario, trace).run());
  }
  return traces;
}

std::string trace_id_text(const ExportTrace& trace) {
  return hexadecimal_of(trace.id_high) + hexadecimal_of(trace.id_low);
}

std::string span_id_text(std::uint64_t id) { return hexadecimal_of(id); }

std::string host_name(const Scenario& scenario, engine::ServiceIndex service) {
  if (service >= scenario.mesh.services.size()) {
    return "unknown";
  }
  const engine::Service& of = scenario.mesh.services[service];
  return of.name + '.' + of.kube_namespace + ".svc.cluster.local";
}

std::string cluster_name(const Scenario& scenario, engine::ServiceIndex service) {
  std::uint16_t port = 80;
  if (service < scenario.mesh.services.size() && !scenario.mesh.services[service].ports.empty()) {
    port = scenario.mesh.services[service].ports.front();
  }
  return "outbound|" + std::to_string(port) + "||" + host_name(scenario, service);
}

std::pair<std::string, std::string> method_and_path(const std::string& endpoint) {
  const std::size_t space = endpoint.find(' ');
  if (space == std::string::npos) {
    return {"GET", endpoint};
  }
  return {endpoint.substr(0, space), endpoint.substr(space + 1)};
}

}  // namespace shaketable::reports
