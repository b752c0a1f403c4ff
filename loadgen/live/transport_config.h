#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "proxy/base/time.h"
#include "proxy/http/tls.h"

namespace shaketable::loadgen::live {

/// When a connection is used again.
enum class Reuse : std::uint8_t {
  kShared,   ///< By whoever comes next: one pool for all.
  kSession,  ///< By the same owner only; closed with it.
  kNever,    ///< A new connection for each request.
};

enum class HttpChoice : std::uint8_t {
  kAny,    ///< TLS: as ALPN says; clear text: HTTP/1.1.
  kHttp1,  ///< HTTP/1.1 only.
  kHttp2,  ///< HTTP/2 only; in clear text by prior knowledge.
};

/// When a name is looked up.
enum class LookUp : std::uint8_t {
  kOnce,            ///< Before the run; connections take the addresses in turn.
  kByTtl,           ///< Again when the answer's time to live is over.
  kEachConnection,  ///< For every connection.
};

/// Where requests go: scheme, host and port, or a socket of this machine.
struct Origin {
  bool is_tls = false;
  std::string host;  ///< Name or address, without brackets; "localhost" with a socket.
  std::uint16_t port = 80;
  std::string unix_path;  ///< Not empty: a Unix socket.

  /// Host, and port unless it is the scheme's: what `host` and `:authority` say.
  [[nodiscard]] std::string authority() const;

  friend bool operator==(const Origin&, const Origin&) = default;
};

/// How requests travel: the same for all of a run.
struct TransportConfig {
  HttpChoice http = HttpChoice::kAny;
  Reuse reuse = Reuse::kShared;
  LookUp look_up = LookUp::kOnce;
  std::uint32_t streams = 100;     ///< HTTP/2: at most, at once on a connection.
  std::uint32_t connections = 0;   ///< Of one origin and thread, at most; 0 = as many as needed.
  std::uint64_t max_requests = 0;  ///< Of one connection; 0 = no limit.
  proxy::Duration connect_timeout = std::chrono::seconds(10);  ///< With TLS and proxy; 0 = none.
  proxy::Duration idle_timeout{};  ///< Without a byte of a response that is awaited; 0 = none.
  std::size_t max_head_bytes = 64 * 1024;
  std::uint32_t max_headers = 1000;
  std::uint64_t max_body_bytes = std::uint64_t{1} << 30U;
  bool resume_tls = false;  ///< New connections continue TLS sessions of old ones.
  /// For origins with TLS; `alpn` and (when it is empty) `server_name` are filled by the transport.
  proxy::http::TlsConfig tls;
  /// "host:port" of an HTTP proxy; empty = none. TLS origins are reached by CONNECT, others by
  /// requests with a whole URL.
  std::string proxy_address;
  std::string proxy_authorization;  ///< Value of the field; empty = none.
};

}  // namespace shaketable::loadgen::live
