#include "proxy/live/access_log.h"

#include <algorithm>
#include <utility>

#include "proxy/live/live_flags.h"
#include "proxy/live/text_output.h"
#include "proxy/telemetry/response_flags.h"

namespace shaketable::proxy::live {
namespace {

/// Of one value. A path may be 16 KiB; its end tells nobody anything.
constexpr std::size_t kMaxPath = 4 * 1024;
constexpr std::size_t kMaxValue = 1024;

std::int64_t milliseconds(Duration duration) { return duration.count() / 1'000'000; }

void append_flags(std::uint32_t flags, std::string& out) {
  if (flags == 0) [[likely]] {
    out += '-';
  } else {
    out += response_flags_text(flags);
  }
}

void append_or_dash(std::string_view text, std::string& out, std::size_t limit = kMaxValue) {
  if (text.empty()) {
    out += '-';
  } else {
    append_escaped(text, out, limit);
  }
}

void append_quoted(std::string_view text, std::string& out) {
  out += " \"";
  append_or_dash(text, out);
  out += '"';
}

/// ,"name":"text" - absent values are null, as Envoy writes them. Names are ours, and plain.
void append_member(std::string_view name, std::string_view text, std::string& out,
                   std::size_t limit = kMaxValue) {
  out += ",\"";
  out += name;
  out += "\":";
  if (text.empty()) {
    out += "null";
  } else {
    append_json(text, out, limit);
  }
}

void append_member(std::string_view name, std::uint64_t number, std::string& out) {
  out += ",\"";
  out += name;
  out += "\":";
  append_number(number, out);
}

/// In milliseconds; negative = not known = null.
void append_member(std::string_view name, Duration duration, std::string& out) {
  if (duration < Duration::zero()) {
    append_member(name, std::string_view{}, out);
  } else {
    append_member(name, static_cast<std::uint64_t>(milliseconds(duration)), out);
  }
}

void append_trace(const TraceId& trace, std::string& out) {
  if (!trace.is_valid()) {
    append_member("trace_id", std::string_view{}, out);
    return;
  }
  out += ",\"trace_id\":\"";
  append_hex(trace.high, 16, out);
  append_hex(trace.low, 16, out);
  out += '"';
}

}  // namespace

std::string_view details_of(std::uint32_t flags, bool has_attempts) {
  // From what happened last to what happened first.
  static constexpr std::pair<std::uint32_t, std::string_view> kDetails[] = {
      {kFlagDownstreamConnectionTermination, "downstream_remote_disconnect"},
      {kFlagStreamIdleTimeout, "stream_idle_timeout"},
      {kFlagNoRouteFound, "route_not_found"},
      {kFlagNoClusterFound, "cluster_not_found"},
      {kFlagFaultInjected, "fault_filter_abort"},
      {kFlagNoHealthyUpstream, "no_healthy_upstream"},
      {kFlagUpstreamRequestTimeout, "upstream_response_timeout"},
      {kFlagUpstreamOverflow, "upstream_reset_before_response_started{overflow}"},
      {kFlagUpstreamConnectionFailure,
       "upstream_reset_before_response_started{connection_failure}"},
      {kFlagUpstreamConnectionTermination,
       "upstream_reset_before_response_started{connection_termination}"},
      {kFlagUpstreamProtocolError, "upstream_reset_before_response_started{protocol_error}"},
      {kFlagUpstreamRemoteReset, "upstream_reset_before_response_started{remote_reset}"},
      {kFlagLocalReset, "upstream_reset_before_response_started{local_reset}"},
  };
  for (const auto& [flag, words] : kDetails) {
    if ((flags & flag) != 0) {
      return words;
    }
  }
  return has_attempts ? "via_upstream" : "direct_response";
}

void AccessLogFormatter::append(const AccessRecord& record, std::string& out) {
  switch (format_) {
    case AccessLogConfig::Format::kOff:
      return;
    case AccessLogConfig::Format::kText:
      append_text(record, out);
      return;
    case AccessLogConfig::Format::kJson:
      append_json(record, out);
      return;
  }
}

void AccessLogFormatter::append_start(std::int64_t unix_ns, std::string& out) {
  unix_ns = std::max<std::int64_t>(unix_ns, 0);
  const std::int64_t second = unix_ns / 1'000'000'000;
  if (second != second_) {
    second_ = second;
    second_text_.clear();
    append_utc_seconds(second, second_text_);
  }
  out += second_text_;
  const std::int64_t fraction = unix_ns / 1'000'000 % 1'000;
  const char digits[] = {static_cast<char>('0' + fraction / 100),
                         static_cast<char>('0' + fraction / 10 % 10),
                         static_cast<char>('0' + fraction % 10), 'Z'};
  out.append(digits, sizeof digits);
}

void AccessLogFormatter::append_text(const AccessRecord& record, std::string& out) {
  out += '[';
  append_start(record.start_unix_ns, out);
  out += "] \"";
  append_or_dash(record.method, out);
  out += ' ';
  append_or_dash(record.path, out, kMaxPath);
  out += ' ';
  out += http::version_name(record.version);
  out += "\" ";
  append_number(record.status, out);
  out += ' ';
  append_flags(record.flags, out);
  out += ' ';
  append_number(record.bytes_received, out);
  out += ' ';
  append_number(record.bytes_sent, out);
  out += ' ';
  append_number(milliseconds(record.duration), out);
  out += ' ';
  if (record.upstream_time < Duration::zero()) {
    out += '-';
  } else {
    append_number(milliseconds(record.upstream_time), out);
  }
  append_quoted(record.forwarded_for, out);
  append_quoted(record.user_agent, out);
  append_quoted(record.request_id, out);
  append_quoted(record.authority, out);
  append_quoted(record.upstream_host, out);
  out += '\n';
}

void AccessLogFormatter::append_json(const AccessRecord& record, std::string& out) {
  out += "{\"start_time\":\"";
  append_start(record.start_unix_ns, out);
  out += '"';
  append_member("method", record.method, out);
  append_member("path", record.path, out, kMaxPath);
  append_member("protocol", http::version_name(record.version), out);
  append_member("authority", record.authority, out);
  append_member("response_code", std::uint64_t{record.status}, out);
  out += ",\"response_flags\":\"";
  append_flags(record.flags, out);
  out += '"';
  append_member(
      "response_code_details",
      record.details.empty() ? details_of(record.flags, record.attempts > 0) : record.details, out);
  append_member("bytes_received", record.bytes_received, out);
  append_member("bytes_sent", record.bytes_sent, out);
  append_member("duration", record.duration, out);
  append_member("request_duration", record.request_duration, out);
  append_member("upstream_service_time", record.upstream_time, out);
  append_member("upstream_request_attempt_count", std::uint64_t{record.attempts}, out);
  append_member("x_forwarded_for", record.forwarded_for, out);
  append_member("user_agent", record.user_agent, out);
  append_member("request_id", record.request_id, out);
  append_member("upstream_host", record.upstream_host, out);
  append_member("upstream_cluster", record.upstream_cluster, out);
  append_member("route_name", record.route, out);
  append_member("listener", record.listener, out);
  append_member("downstream_remote_address", record.downstream_address, out);
  append_trace(record.trace, out);
  append_member("downstream_tls_version", record.tls_version, out);
  append_member("downstream_peer_uri_san", record.tls_peer_id, out);
  append_member("requested_server_name", record.tls_server_name, out);
  out += "}\n";
}

}  // namespace shaketable::proxy::live
