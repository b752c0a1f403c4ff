#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shaketable::loadgen::live {

/// Why a request got no whole response. One counter each.
enum class Failure : std::uint8_t {
  kNone,
  kNameLookup,      ///< The host's name has no address.
  kConnectRefused,  ///< Nobody listens there.
  kConnectTimeout,
  kConnectFailed,  ///< Any other reason for which there is no connection: no route, no such socket.
  kNoResources,    ///< This machine has no descriptor, port or memory left for a connection.
  kTls,            ///< The handshake failed.
  kTlsCertificate,  ///< The server's certificate is not acceptable.
  kProxyRefused,    ///< The HTTP proxy answered CONNECT with something other than 2xx.
  kReset,           ///< The connection was reset under the request.
  kClosed,          ///< The connection ended before the response did.
  kStreamReset,     ///< HTTP/2: the server reset the stream.
  kStreamRefused,   ///< HTTP/2: the server did not take the request (REFUSED_STREAM, GOAWAY).
  kTimeout,         ///< No whole response in time.
  kIdleTimeout,     ///< The server fell silent.
  kProtocol,        ///< What came is no HTTP response.
  kHeadTooLarge,    ///< More header bytes, or fields, than are taken.
  kBodyTooLarge,    ///< More body bytes than are taken.
  kUnsendable,      ///< The request cannot be written: a bad method, target or authority.
  kCancelled,       ///< The run ended first.
};
inline constexpr std::size_t kFailureCount = static_cast<std::size_t>(Failure::kCancelled) + 1;

/// The name in reports: "connection refused".
[[nodiscard]] std::string_view failure_name(Failure failure);

}  // namespace shaketable::loadgen::live
