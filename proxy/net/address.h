#pragma once

#include <string>
#include <string_view>

#include <sys/socket.h>

#include "proxy/base/result.h"

namespace shaketable::proxy::net {

/// A socket address, ready for bind and connect.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] bool is_loopback() const;  ///< Unix sockets count as loopback.
  [[nodiscard]] bool is_unix() const { return storage.ss_family == AF_UNIX; }
};

/// "127.0.0.1:80", "[::1]:80", "unix:/path". Names are not looked up: an error says so.
Result<SocketAddress> parse_address(std::string_view text);
/// The same text again; "unix:" for unnamed sockets.
std::string address_text(const SocketAddress& address);
/// Splits "host:port" (also "[::1]:80") into its halves.
Result<std::pair<std::string, std::uint16_t>> split_host_port(std::string_view text);

}  // namespace shaketable::proxy::net
