#include "proxy/app/address.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"

namespace shaketable::proxy::app {
namespace {

constexpr std::size_t kMaxUnixPath = 107;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && port != 0 && text.front() != '0' ? std::optional(port) : std::nullopt;
}

bool is_ip(int family, const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(family, host.c_str(), bytes) == 1;
}

bool is_path(std::string_view path) {
  return path.starts_with('/') && path.size() > 1 && path.size() <= kMaxUnixPath &&
         path.find('\0') == std::string_view::npos;
}

/// What was probably meant; empty when there is no telling.
std::string hint_of(std::string_view text) {
  if (parse_port(text)) {
    return "127.0.0.1:" + std::string(text);
  }
  if (text.starts_with(':') && parse_port(text.substr(1))) {
    return "0.0.0.0" + std::string(text);
  }
  if (text.starts_with("*:") && parse_port(text.substr(2))) {
    return "0.0.0.0" + std::string(text.substr(1));
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) {
      const std::string_view rest = text.substr(scheme.size());
      const std::string bare(rest.substr(0, rest.find('/')));
      return parse_address(bare) ? bare : "";
    }
  }
  if (text.starts_with('/') && is_path(text)) {
    return "unix:" + std::string(text);
  }
  return "";
}

}  // namespace

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) {
    return false;
  }
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  std::size_t label = 0;
  for (const char c : text) {
    if (c == '.' ? label == 0 : !is_letter(c) || label == 63) {
      return false;
    }
    label = c == '.' ? 0 : label + 1;
  }
  return true;
}

std::optional<Address> parse_address(std::string_view text) {
  if (text.starts_with("unix:")) {
    const std::string_view path = text.substr(5);
    return is_path(path) ? std::optional(Address{Address::Kind::kUnix, std::string(path), 0})
                         : std::nullopt;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size() || colon == 0) {
    return std::nullopt;
  }
  const auto port = parse_port(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port || host.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  if (host.front() == '[') {
    if (host.back() != ']') {
      return std::nullopt;
    }
    const std::string bare(host.substr(1, host.size() - 2));
    return is_ip(AF_INET6, bare) ? std::optional(Address{Address::Kind::kIp, bare, *port})
                                 : std::nullopt;
  }
  const std::string name(host);
  if (is_ip(AF_INET, name)) {
    return Address{Address::Kind::kIp, name, *port};
  }
  // Digits and dots alone are a mistyped address, never a name.
  const bool digits = name.find_first_not_of("0123456789.") == std::string::npos;
  return is_host_name(name) && !digits ? std::optional(Address{Address::Kind::kName, name, *port})
                                       : std::nullopt;
}

bool is_loopback(const Address& address) {
  switch (address.kind) {
    case Address::Kind::kUnix:
      return true;
    case Address::Kind::kName:
      return address.host == "localhost";
    case Address::Kind::kIp:
      return address.host.starts_with("127.") || address.host == "::1";
  }
  return false;
}

bool is_any(const Address& address) {
  if (address.kind != Address::Kind::kIp) {
    return false;
  }
  in6_addr v6{};
  return address.host == "0.0.0.0" || (inet_pton(AF_INET6, address.host.c_str(), &v6) == 1 &&
                                       std::all_of(std::begin(v6.s6_addr), std::end(v6.s6_addr),
                                                   [](unsigned char byte) { return byte == 0; }));
}

bool is_name_server(std::string_view text) {
  const auto address = parse_address(text);
  return address && address->kind == Address::Kind::kIp && is_ip(AF_INET, address->host) &&
         !is_any(*address);
}

std::optional<std::string> read_address(const engine::Node* node, AddressUse use,
                                        engine::Diagnostics& diagnostics) {
  const char* const expected =
      use == AddressUse::kListen
          ? "an address to listen at, such as 127.0.0.1:8080, [::1]:8080 or unix:/run/proxy.sock"
          : "an address, such as 127.0.0.1:8080, [::1]:8080, name:8080 or unix:/run/app.sock";
  const auto text = engine::read_scalar(node, diagnostics, expected);
  if (!text) {
    return std::nullopt;
  }
  const auto address = parse_address(*text);
  std::string problem;
  if (!address) {
    problem = engine::quoted(*text) + " is no address";
  } else if (use == AddressUse::kListen && address->kind == Address::Kind::kName) {
    problem = engine::quoted(*text) + " is a name: a listener needs an address of this machine";
  } else if (use == AddressUse::kConnect && is_any(*address)) {
    problem = engine::quoted(*text) + " is every address of a machine: nobody can connect to it";
  }
  if (problem.empty()) {
    return std::string(*text);
  }
  engine::report_at(*node,
                    {.code = engine::code::kBadAddress,
                     .message = std::move(problem),
                     .expected = expected,
                     .hint = address ? "" : hint_of(*text)},
                    diagnostics);
  return std::nullopt;
}

}  // namespace shaketable::proxy::app
