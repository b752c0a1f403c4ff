#include "proxy/http/proxy_protocol.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

namespace shaketable::proxy::http {
namespace {

using State = ProxyHeader::State;
using Kind = ProxyAddresses::Kind;

constexpr std::string_view kSignature2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view kSignature1 = "PROXY ";
constexpr std::size_t kMaxLine1 = 107;  // With CR LF.
constexpr std::size_t kFixed2 = 16;
constexpr std::size_t kUnixPath = 108;
constexpr std::uint8_t kChecksumTlv = 3;

ProxyHeader invalid(std::string_view why) { return {.state = State::kInvalid, .error = why}; }

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

std::uint16_t number_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint16_t>(byte_at(bytes, i) << 8U | byte_at(bytes, i + 1));
}

// --- version 1 --------------------------------------------------------------------------------

// The next word; words are separated by exactly one space.
std::string_view take_word(std::string_view& rest) {
  const std::size_t space = rest.find(' ');
  const std::string_view word = rest.substr(0, space);
  rest = space == std::string_view::npos ? std::string_view{} : rest.substr(space + 1);
  return word;
}

std::optional<std::uint16_t> read_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool has_leading_zero = text.size() > 1 && text.front() == '0';
  if (error != std::errc() || end != text.data() + text.size() || has_leading_zero) {
    return std::nullopt;
  }
  return port;
}

// The address as we write it. inet_pton refuses zones, and leading zeroes of IPv4.
std::optional<std::string> read_host(Kind kind, std::string_view text) {
  const int family = kind == Kind::kIpv4 ? AF_INET : AF_INET6;
  unsigned char address[16];
  char written[INET6_ADDRSTRLEN];
  if (inet_pton(family, std::string(text).c_str(), address) != 1) {
    return std::nullopt;
  }
  return inet_ntop(family, address, written, sizeof written);
}

ProxyHeader read_line(std::string_view line, std::size_t size) {
  ProxyHeader header{.state = State::kDone, .size = size};
  std::string_view rest = line.substr(kSignature1.size());
  const std::string_view family = take_word(rest);
  if (family == "UNKNOWN") {
    return header;  // Whatever follows must be ignored.
  }
  if (family != "TCP4" && family != "TCP6") {
    return invalid("unknown family");
  }
  const Kind kind = family == "TCP4" ? Kind::kIpv4 : Kind::kIpv6;
  const auto source = read_host(kind, take_word(rest));
  const auto destination = read_host(kind, take_word(rest));
  const auto source_port = read_port(take_word(rest));
  const auto destination_port = read_port(rest);
  if (!source || !destination) {
    return invalid("invalid address");
  }
  if (!source_port || !destination_port) {
    return invalid("invalid port");
  }
  header.addresses = {kind, {*source, *source_port}, {*destination, *destination_port}};
  return header;
}

ProxyHeader read_version1(std::string_view bytes) {
  const std::string_view window = bytes.substr(0, kMaxLine1);
  const std::size_t end = window.find('\r');
  if (end == std::string_view::npos || end + 1 == window.size()) {
    return window.size() == kMaxLine1 ? invalid("line too long") : ProxyHeader{};
  }
  if (window[end + 1] != '\n') {
    return invalid("CR without LF");
  }
  const std::string_view line = window.substr(0, end);
  const bool printable =
      std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return printable ? read_line(line, end + 2) : invalid("unprintable byte");
}

// --- version 2 --------------------------------------------------------------------------------

// CRC-32C (Castagnoli), bit by bit: a header is short and rarely has one.
class Crc32c {
 public:
  void add(std::uint8_t byte) {
    state_ ^= byte;
    for (int bit = 0; bit < 8; ++bit) {
      state_ = (state_ >> 1U) ^ ((state_ & 1U) != 0 ? 0x82f63b78U : 0U);
    }
  }
  [[nodiscard]] std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = 0xffffffffU;
};

// Over the whole header with the checksum's own four bytes as zeroes.
bool checksum_fits(std::string_view header, std::size_t checksum_at) {
  Crc32c crc;
  std::uint32_t written = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool own = i >= checksum_at && i < checksum_at + 4;
    if (own) {
      written = written << 8U | byte_at(header, i);
    }
    crc.add(own ? std::uint8_t{0} : byte_at(header, i));
  }
  return written == crc.value();
}

// Why the type-length-values from `at` on are not good; empty = they are.
std::string_view fault_of_tlvs(std::string_view header, std::size_t at) {
  constexpr std::size_t kTlvHeader = 3;
  while (at < header.size()) {
    if (header.size() - at < kTlvHeader) {
      return "cut TLV";
    }
    const std::size_t length = number_at(header, at + 1);
    const std::size_t value = at + kTlvHeader;
    if (length > header.size() - value) {
      return "cut TLV";
    }
    if (byte_at(header, at) == kChecksumTlv && (length != 4 || !checksum_fits(header, value))) {
      return "wrong checksum";
    }
    at = value + length;
  }
  return {};
}

std::string host_at(int family, std::string_view bytes, std::size_t at) {
  char written[INET6_ADDRSTRLEN];
  return inet_ntop(family, bytes.data() + at, written, sizeof written);
}

// Unix paths: padded with NUL. One in the abstract namespace begins with NUL and has no text.
std::optional<std::string> unix_path(std::string_view field) {
  const std::string_view path = field.substr(0, field.find('\0'));
  const bool printable =
      std::all_of(path.begin(), path.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return printable ? std::optional(std::string(path)) : std::nullopt;
}

std::size_t address_bytes(Kind kind) {
  switch (kind) {
    case Kind::kNone:
      return 0;
    case Kind::kIpv4:
      return 12;
    case Kind::kIpv6:
      return 36;
    case Kind::kUnix:
      return 2 * kUnixPath;
  }
  return 0;
}

// The addresses behind the fixed part, which are known to be there.
std::optional<ProxyAddresses> read_addresses(Kind kind, std::string_view bytes) {
  switch (kind) {
    case Kind::kNone:
      return ProxyAddresses{};
    case Kind::kIpv4:
      return ProxyAddresses{kind,
                            {host_at(AF_INET, bytes, 0), number_at(bytes, 8)},
                            {host_at(AF_INET, bytes, 4), number_at(bytes, 10)}};
    case Kind::kIpv6:
      return ProxyAddresses{kind,
                            {host_at(AF_INET6, bytes, 0), number_at(bytes, 32)},
                            {host_at(AF_INET6, bytes, 16), number_at(bytes, 34)}};
    case Kind::kUnix: {
      auto source = unix_path(bytes.substr(0, kUnixPath));
      auto destination = unix_path(bytes.substr(kUnixPath, kUnixPath));
      if (!source || !destination) {
        return std::nullopt;
      }
      return ProxyAddresses{kind, {std::move(*source), 0}, {std::move(*destination), 0}};
    }
  }
  return std::nullopt;
}

// Family and transport in one byte; datagrams cannot come over a stream.
std::optional<Kind> kind_of(std::uint8_t family) {
  switch (family) {
    case 0x00:
      return Kind::kNone;
    case 0x11:
      return Kind::kIpv4;
    case 0x21:
      return Kind::kIpv6;
    case 0x31:
      return Kind::kUnix;
    default:
      return std::nullopt;
  }
}

ProxyHeader read_version2(std::string_view bytes) {
  constexpr std::uint8_t kLocal = 0x20;
  constexpr std::uint8_t kProxy = 0x21;
  if (bytes.size() < kFixed2) {
    return {};
  }
  const std::uint8_t command = byte_at(bytes, 12);
  if (command != kLocal && command != kProxy) {
    return invalid("unknown version or command");
  }
  const auto kind = kind_of(byte_at(bytes, 13));
  if (!kind && command == kProxy) {
    return invalid("unknown family");
  }
  const std::size_t size = kFixed2 + number_at(bytes, 14);
  if (size > kMaxProxyHeaderBytes) {
    return invalid("header too long");
  }
  if (bytes.size() < size) {
    return {};
  }
  if (command == kLocal) {
    return {.state = State::kDone, .size = size};  // Its addresses must be ignored.
  }
  const std::string_view header = bytes.substr(0, size);
  const std::size_t tlvs = kFixed2 + address_bytes(*kind);
  if (tlvs > size) {
    return invalid("cut address");
  }
  // UNSPEC says nothing about what follows, so it is not looked at.
  if (const std::string_view fault = fault_of_tlvs(header, tlvs);
      *kind != Kind::kNone && !fault.empty()) {
    return invalid(fault);
  }
  auto addresses = read_addresses(*kind, header.substr(kFixed2));
  if (!addresses) {
    return invalid("unprintable byte");
  }
  return {.state = State::kDone, .size = size, .addresses = std::move(*addresses)};
}

// --- writing ----------------------------------------------------------------------------------

void append_number(std::uint16_t number, std::string& output) {
  output += static_cast<char>(number >> 8U);
  output += static_cast<char>(number & 0xffU);
}

std::uint8_t family_byte(Kind kind) {
  switch (kind) {
    case Kind::kNone:
      return 0x00;
    case Kind::kIpv4:
      return 0x11;
    case Kind::kIpv6:
      return 0x21;
    case Kind::kUnix:
      return 0x31;
  }
  return 0x00;
}

bool append_host(Kind kind, const std::string& host, std::string& output) {
  if (kind == Kind::kUnix) {
    if (host.size() > kUnixPath) {
      return false;
    }
    output += host;
    output.append(kUnixPath - host.size(), '\0');
    return true;
  }
  char address[16];
  if (inet_pton(kind == Kind::kIpv4 ? AF_INET : AF_INET6, host.c_str(), address) != 1) {
    return false;
  }
  output.append(address, kind == Kind::kIpv4 ? 4 : 16);
  return true;
}

}  // namespace

ProxyHeader read_proxy_header(std::string_view bytes) {
  if (bytes.empty()) {
    return {};
  }
  const bool second = bytes.front() == kSignature2.front();
  const std::string_view signature = second ? kSignature2 : kSignature1;
  const std::size_t common = std::min(bytes.size(), signature.size());
  if (bytes.substr(0, common) != signature.substr(0, common)) {
    return invalid("no PROXY header");
  }
  if (common < signature.size()) {
    return {};
  }
  return second ? read_version2(bytes) : read_version1(bytes);
}

void append_proxy_header(const ProxyAddresses& addresses, std::string& output) {
  const Kind kind = addresses.kind;
  std::string body;
  const bool known = kind != Kind::kNone && append_host(kind, addresses.source.host, body) &&
                     append_host(kind, addresses.destination.host, body);
  if (known && kind != Kind::kUnix) {
    append_number(addresses.source.port, body);
    append_number(addresses.destination.port, body);
  }
  output += kSignature2;
  output += known ? '\x21' : '\x20';
  output += static_cast<char>(known ? family_byte(kind) : 0);
  append_number(static_cast<std::uint16_t>(known ? body.size() : 0), output);
  if (known) {
    output += body;
  }
}

}  // namespace shaketable::proxy::http
