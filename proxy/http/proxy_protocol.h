#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// HAProxy's PROXY protocol, versions 1 and 2: what a load balancer writes in front of a
/// connection's bytes to say who the client is.
namespace shaketable::proxy::http {

/// One end of a connection, as text.
struct ProxyEndpoint {
  std::string host;        ///< "192.0.2.1", "2001:db8::1", or the path of a Unix socket.
  std::uint16_t port = 0;  ///< 0 for Unix sockets.

  friend bool operator==(const ProxyEndpoint&, const ProxyEndpoint&) = default;
};

/// What a header says about a connection.
struct ProxyAddresses {
  enum class Kind : std::uint8_t {
    kNone,  ///< The balancer speaks for itself (health checks), or does not know.
    kIpv4,
    kIpv6,
    kUnix,
  };
  Kind kind = Kind::kNone;
  ProxyEndpoint source;       ///< The client.
  ProxyEndpoint destination;  ///< What the client connected to.

  friend bool operator==(const ProxyAddresses&, const ProxyAddresses&) = default;
};

/// A version 2 header beyond this many bytes is refused; balancers write at most some hundred.
inline constexpr std::size_t kMaxProxyHeaderBytes = 4 * 1024;

/// A header as it was read.
struct ProxyHeader {
  enum class State : std::uint8_t {
    kMore,     ///< Give it more bytes, from the first on.
    kDone,     ///< `size` bytes of it; the connection's own bytes follow.
    kInvalid,  ///< See `error`. The connection must be closed: it has no trustworthy client.
  };
  State state = State::kMore;
  std::size_t size = 0;
  ProxyAddresses addresses;
  std::string_view error;  ///< A phrase; static.
};

/// Reads the header that a connection begins with. Strict: exactly the specification's grammar
/// (spaces, digits without leading zeroes, upper case), known families only, TLVs that fit, and a
/// checksum that fits when there is one. A connection without a header is invalid. O(bytes).
[[nodiscard]] ProxyHeader read_proxy_header(std::string_view bytes);

/// Appends a version 2 header for a TCP connection (or LOCAL with kNone). Hosts that are not the
/// addresses that `kind` promises, or of Unix sockets too long, give a LOCAL header.
void append_proxy_header(const ProxyAddresses& addresses, std::string& output);

}  // namespace shaketable::proxy::http
