#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"

namespace shaketable::proxy::app {

/// An `AddressText` taken apart.
struct Address {
  enum class Kind : std::uint8_t {
    kIp,    ///< `host` is an IPv4 or IPv6 address, without brackets.
    kName,  ///< `host` is a name that has to be looked up.
    kUnix,  ///< `host` is a path.
  };
  Kind kind = Kind::kIp;
  std::string host;
  std::uint16_t port = 0;  ///< Never 0, but for kUnix.
};

/// "127.0.0.1:8080", "[::1]:8080", "name:8080", "unix:/run/app.sock"; nothing for anything else.
/// Unix paths are absolute and at most 107 bytes, as the kernel's.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);

/// Only this machine can connect to it: 127.0.0.0/8, ::1, a Unix socket.
[[nodiscard]] bool is_loopback(const Address& address);

/// 0.0.0.0 or ::.
[[nodiscard]] bool is_any(const Address& address);

/// What the C library's resolver can ask: an IPv4 address and a port, not 0.0.0.0.
[[nodiscard]] bool is_name_server(std::string_view text);

/// A host name: labels of letters, digits, `-` and `_`, at most 253 bytes.
[[nodiscard]] bool is_host_name(std::string_view text);

/// Whom an address is for.
enum class AddressUse : std::uint8_t {
  kListen,   ///< Names are refused.
  kConnect,  ///< 0.0.0.0 and :: are refused.
};

/// The address of a scalar as it is written; reports what is wrong with it. Null pointers are
/// silent.
[[nodiscard]] std::optional<std::string> read_address(const engine::Node* node, AddressUse use,
                                                      engine::Diagnostics& diagnostics);

}  // namespace shaketable::proxy::app
