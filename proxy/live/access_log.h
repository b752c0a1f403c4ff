#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/base/time.h"
#include "proxy/http/message.h"
#include "proxy/live/live_config.h"
#include "proxy/live/trace_context.h"

namespace shaketable::proxy::live {

/// One request, as the access log shows it. Views live for the call only; empty ones print as "-".
/// Nothing here needs to be clean: what a client or server sent is escaped.
struct AccessRecord {
  std::int64_t start_unix_ns = 0;  ///< When its head had come, since 1970.
  std::string_view method;
  std::string_view path;  ///< As the client sent it (before rewrites), with query.
  http::Version version = http::Version::kHttp11;
  std::string_view authority;
  std::uint16_t status = 0;                          ///< 0: no response was begun.
  std::uint32_t flags = 0;                           ///< ResponseFlag bits.
  std::string_view details;                          ///< Empty = the one that `flags` mean.
  std::uint64_t bytes_received = 0, bytes_sent = 0;  ///< Bodies.
  Duration duration{0};                              ///< Head received to last byte sent.
  Duration request_duration{-1};  ///< Head received to last byte received; negative = unknown.
  Duration upstream_time{-1};     ///< Attempt sent to response head; negative = no response.
  std::uint8_t attempts = 0;
  std::string_view forwarded_for, user_agent, request_id;
  std::string_view upstream_host;  ///< "127.0.0.1:8080".
  std::string_view upstream_cluster, route;
  std::string_view listener;
  std::string_view downstream_address;  ///< Of the peer, with port.
  TraceId trace;                        ///< Invalid = not traced.
  std::string_view tls_version, tls_peer_id, tls_server_name;
};

/// Envoy's words for why a response is as it is: "via_upstream", "route_not_found", ...
[[nodiscard]] std::string_view details_of(std::uint32_t flags, bool has_attempts);

/// Writes records as lines. One per worker: it remembers the text of the current second.
class AccessLogFormatter {
 public:
  explicit AccessLogFormatter(AccessLogConfig::Format format) : format_(format) {}

  /// Appends one line with its line feed, at most about 16 KiB: longer values are cut. Text is
  /// Envoy's default format:
  ///
  ///     [start] "METHOD path protocol" status flags rx tx ms upstream-ms "x-forwarded-for"
  ///     "user-agent" "x-request-id" "authority" "upstream host"
  ///
  /// JSON has the same and the rest, with Envoy's names for what Envoy has. kOff appends nothing.
  /// Cost: about 0.1 us (text) and 0.2 us (JSON), no allocation once `out` has grown.
  void append(const AccessRecord& record, std::string& out);

 private:
  void append_text(const AccessRecord& record, std::string& out);
  void append_json(const AccessRecord& record, std::string& out);
  void append_start(std::int64_t unix_ns, std::string& out);

  AccessLogConfig::Format format_;
  std::int64_t second_ = INT64_MIN;
  std::string second_text_;  // "2026-11-21T03:33:26."
};

}  // namespace shaketable::proxy::live
