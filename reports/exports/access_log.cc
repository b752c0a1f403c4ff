#include "reports/exports/access_log.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "engine/judge/names.h"
#include "proxy/telemetry/response_flags.h"
#include "reports/escape.h"
#include "reports/exports/export_spans.h"
#include "reports/exports/timestamps.h"
#include "reports/json_writer.h"

namespace shaketable::reports {
namespace {

using engine::kNone;
using engine::Span;
using engine::SpanKind;
using engine::Trace;

/// One request at one sidecar.
struct Line {
  proxy::Instant from{}, to{};
  std::string method, path, authority, sidecar, upstream_host, cluster, request_id, trace_id;
  std::uint16_t status = 0;
  std::uint32_t flags = 0;
  std::uint32_t attempts = 0;
  std::int64_t upstream_ms = -1;
  bool is_inbound = false;
};

/// Envoy's words, as far as the simulator can tell them.
const char* details_of(const Line& line) {
  struct Detail {
    std::uint32_t flag;
    const char* words;
  };
  static constexpr Detail kDetails[] = {
      {proxy::kFlagNoRouteFound, "route_not_found"},
      {proxy::kFlagNoClusterFound, "cluster_not_found"},
      {proxy::kFlagFaultInjected, "fault_filter_abort"},
      {proxy::kFlagNoHealthyUpstream, "no_healthy_upstream"},
      {proxy::kFlagUpstreamRequestTimeout, "upstream_response_timeout"},
      {proxy::kFlagUpstreamOverflow, "upstream_reset_before_response_started{overflow}"},
      {proxy::kFlagUpstreamConnectionFailure,
       "upstream_reset_before_response_started{connection_failure}"},
      {proxy::kFlagUpstreamConnectionTermination,
       "upstream_reset_before_response_started{connection_termination}"},
      {proxy::kFlagUpstreamRemoteReset, "upstream_reset_before_response_started{remote_reset}"},
  };
  for (const Detail& detail : kDetails) {
    if ((line.flags & detail.flag) != 0) {
      return detail.words;
    }
  }
  return line.status == 0 ? "downstream_remote_disconnect" : "via_upstream";
}

class LogReader {
 public:
  explicit LogReader(const Report& report) : report_(report) {}

  std::vector<Line> read() {
    for (const Trace& trace : report_.record.traces) {
      for (std::uint32_t i = 0; i < trace.spans.size(); ++i) {
        read_span(trace, i);
      }
    }
    std::stable_sort(lines_.begin(), lines_.end(),
                     [](const Line& a, const Line& b) { return a.to < b.to; });
    return std::move(lines_);
  }

 private:
  void read_span(const Trace& trace, std::uint32_t index) {
    const Span& span = trace.spans[index];
    const bool is_call = span.kind == SpanKind::kCall;
    if (!span.has_sidecar || span.is_open || (!is_call && span.kind != SpanKind::kInbound)) {
      return;  // a log has what is over
    }
    const engine::ServiceIndex callee = is_call ? span.peer : span.service;
    Line line;
    line.from = span.from;
    line.to = span.to;
    const std::vector<std::string>& names = report_.scenario.mesh.services[callee].endpoint_names;
    std::tie(line.method, line.path) =
        method_and_path(span.endpoint < names.size() ? names[span.endpoint] : "GET /");
    line.authority = engine::service_name(report_.scenario, callee);
    line.sidecar = engine::instance_name(report_.scenario, span.service, span.instance);
    line.status = span.is_cancelled ? std::uint16_t{0} : span.status;
    line.flags =
        span.flags | (span.is_cancelled ? proxy::kFlagDownstreamConnectionTermination : 0U);
    line.attempts = is_call ? span.attempt : 1U;
    line.is_inbound = !is_call;
    line.trace_id = trace_id_text({.id_high = trace.id_high, .id_low = trace.id_low, .spans = {}});
    line.request_id = uuid_of(line.trace_id);
    if (is_call) {
      line.cluster = cluster_name(report_.scenario, callee);
      read_attempts(trace, index, line);
    } else {
      line.cluster = "inbound|80||";
      line.upstream_host = line.sidecar;
      line.upstream_ms = application_ms(trace, index);
    }
    lines_.push_back(std::move(line));
  }

  /// The host of the last attempt, and what it took to answer.
  void read_attempts(const Trace& trace, std::uint32_t call, Line& line) const {
    for (std::uint32_t i = call + 1; i < trace.spans.size(); ++i) {
      const Span& span = trace.spans[i];
      if (span.parent == call && span.kind == SpanKind::kAttempt && !span.is_mirror) {
        line.upstream_host = engine::instance_name(report_.scenario, span.peer, span.peer_instance);
        line.upstream_ms = span.status == 0 ? -1 : (span.to - span.from) / 1ms;
      }
    }
  }

  static std::int64_t application_ms(const Trace& trace, std::uint32_t inbound) {
    for (std::uint32_t i = inbound + 1; i < trace.spans.size(); ++i) {
      if (trace.spans[i].parent == inbound && trace.spans[i].kind == SpanKind::kApplication) {
        return (trace.spans[i].to - trace.spans[inbound].from) / 1ms;
      }
    }
    return -1;
  }

  /// Envoy's x-request-id is a UUID.
  static std::string uuid_of(const std::string& id) {
    return id.substr(0, 8) + '-' + id.substr(8, 4) + '-' + id.substr(12, 4) + '-' +
           id.substr(16, 4) + '-' + id.substr(20);
  }

  const Report& report_;
  std::vector<Line> lines_;
};

/// The inside of a quoted value: as Envoy does, nothing ends it early, and nothing breaks the line.
std::string quoted(const std::string& text) { return text.empty() ? "-" : for_json(text); }

std::string milliseconds(std::int64_t value) { return value < 0 ? "-" : std::to_string(value); }

/// A value that stands without quotes: what would part it in two is escaped.
std::string bare(const std::string& text) {
  std::string out;
  for (const char c : for_json(text)) {
    out += c == ' ' ? std::string("\\u0020") : std::string(1, c);
  }
  return out.empty() ? "-" : out;
}

}  // namespace

std::string access_log_text(const Report& report) {
  std::string out;
  for (const Line& line : LogReader(report).read()) {
    out += '[' + timestamp_text(line.from, 3) + "] \"" + quoted(line.method) + ' ' +
           quoted(line.path) + " HTTP/1.1\" " + std::to_string(line.status) + ' ' +
           proxy::response_flags_text(line.flags) + " 0 0 " +
           milliseconds((line.to - line.from) / 1ms) + ' ' + milliseconds(line.upstream_ms) +
           " \"-\" \"-\" \"" + line.request_id + "\" \"" + quoted(line.authority) + "\" \"" +
           quoted(line.upstream_host) + "\" " + bare(line.cluster) + ' ' + bare(line.sidecar) +
           '\n';
  }
  return out;
}

std::string access_log_json(const Report& report) {
  std::string out;
  for (const Line& line : LogReader(report).read()) {
    JsonWriter json(0);
    json.begin_object();
    json.field("start_time", timestamp_text(line.from, 3));
    json.field("method", line.method);
    json.field("path", line.path);
    json.field("protocol", "HTTP/1.1");
    json.field("authority", line.authority);
    json.field("response_code", std::uint64_t{line.status});
    json.field("response_flags", proxy::response_flags_text(line.flags));
    json.field("response_code_details", details_of(line));
    json.field("bytes_received", std::uint64_t{0});
    json.field("bytes_sent", std::uint64_t{0});
    json.field("duration", (line.to - line.from) / 1ms);
    json.key("upstream_service_time");
    if (line.upstream_ms < 0) {
      json.null();
    } else {
      json.value(line.upstream_ms);
    }
    json.field("upstream_request_attempt_count", line.attempts);
    json.field("request_id", line.request_id);
    json.key("upstream_host");
    if (line.upstream_host.empty()) {
      json.null();
    } else {
      json.value(line.upstream_host);
    }
    json.field("upstream_cluster", line.cluster);
    json.field("listener", line.is_inbound ? "virtualInbound" : "virtualOutbound");
    json.field("trace_id", line.trace_id);
    json.field("sidecar", line.sidecar);
    json.end();
    out += json.take();
  }
  return out;
}

}  // namespace shaketable::reports
