#include "proxy/net/address.h"

#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace shaketable::proxy::net {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

Result<SocketAddress> unix_address(std::string_view path) {
  SocketAddress result;
  auto* address = reinterpret_cast<sockaddr_un*>(&result.storage);
  if (path.empty() || path.size() >= sizeof(address->sun_path)) {
    return fail("the path of a Unix socket has 1 to 107 bytes", std::string(path));
  }
  address->sun_family = AF_UNIX;
  std::memcpy(address->sun_path, path.data(), path.size());
  result.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return result;
}

}  // namespace

bool SocketAddress::is_loopback() const {
  if (family() == AF_INET) {
    const auto* address = reinterpret_cast<const sockaddr_in*>(&storage);
    return ntohl(address->sin_addr.s_addr) >> 24U == 127;
  }
  if (family() == AF_INET6) {
    const auto* address = reinterpret_cast<const sockaddr_in6*>(&storage);
    return IN6_IS_ADDR_LOOPBACK(&address->sin6_addr) != 0 ||
           (IN6_IS_ADDR_V4MAPPED(&address->sin6_addr) != 0 &&
            address->sin6_addr.s6_addr[12] == 127);
  }
  return is_unix();
}

Result<std::pair<std::string, std::uint16_t>> split_host_port(std::string_view text) {
  constexpr const char* kExpected = "host:port, [IPv6]:port or unix:/path";
  std::string_view host;
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const std::size_t end = text.find("]:");
    if (end == std::string_view::npos) {
      return fail("an IPv6 address is written in brackets, with a port", std::string(text),
                  kExpected);
    }
    host = text.substr(1, end - 1);
    port = text.substr(end + 2);
  } else {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || text.find(':') != colon) {
      return fail("no port in the address", std::string(text), kExpected);
    }
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || end != port.data() + port.size() || host.empty()) {
    return fail("not an address with a port from 0 to 65535", std::string(text), kExpected);
  }
  return std::pair{std::string(host), number};
}

Result<SocketAddress> parse_address(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) {
    return unix_address(text.substr(kUnixPrefix.size()));
  }
  const auto parts = split_host_port(text);
  if (!parts.has_value()) {
    return tl::unexpected<Error>(parts.error());
  }
  SocketAddress result;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
  if (inet_pton(AF_INET, parts->first.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(parts->second);
    result.length = sizeof(sockaddr_in);
    return result;
  }
  result.storage = {};
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
  if (inet_pton(AF_INET6, parts->first.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(parts->second);
    result.length = sizeof(sockaddr_in6);
    return result;
  }
  return fail("not an IP address", std::string(text), "a numeric address; names need `dns`");
}

std::string address_text(const SocketAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.family() == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    return std::string(text) + ':' + std::to_string(ntohs(v4->sin_port));
  }
  if (address.family() == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    return '[' + std::string(text) + "]:" + std::to_string(ntohs(v6->sin6_port));
  }
  const auto* local = reinterpret_cast<const sockaddr_un*>(&address.storage);
  const std::size_t begin = offsetof(sockaddr_un, sun_path);
  if (address.length <= begin) {
    return std::string(kUnixPrefix);
  }
  return std::string(kUnixPrefix) +
         std::string(local->sun_path, strnlen(local->sun_path, address.length - begin));
}

}  // namespace shaketable::proxy::net
