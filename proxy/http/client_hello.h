#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the first bytes of a connection say about TLS, before (or without) any TLS of ours.
namespace shaketable::proxy::http {

/// Whether the bytes that a connection begins with are a TLS record with a ClientHello (for
/// permissive listeners): yes, no, or unknown with fewer than 3 bytes that fit.
enum class TlsGuess : std::uint8_t { kYes, kNo, kMore };
[[nodiscard]] TlsGuess guess_tls(std::string_view first_bytes);

/// A hello that needs more bytes than this is refused. Those of today have 200 to 2,000 (with a
/// post-quantum key share).
inline constexpr std::size_t kMaxClientHelloBytes = 16 * 1024;
/// Records that a hello may be cut into.
inline constexpr std::size_t kMaxClientHelloRecords = 64;

/// Letters, digits and `- . _`, 1 to 255 of them: what a server name may be.
[[nodiscard]] bool is_host_name(std::string_view name);
/// Whether a server name (lower case) is the one of a pattern: "*.test" stands for one or more
/// labels in front of ".test", anything else for itself.
[[nodiscard]] bool matches_name(std::string_view pattern, std::string_view name);

/// What a ClientHello names in the clear: for TCP passthrough and for logs.
///
/// `!complete && valid`: give it more bytes. `!valid`: no TLS client says this; the other fields
/// are empty then.
struct ClientHello {
  bool complete = false;
  bool valid = true;
  std::string server_name;  ///< Lower case, a DNS name; empty without SNI.
  std::vector<std::string> alpn;
};
/// Reads the records that a connection begins with, from its first byte; bytes behind the hello do
/// not matter. O(bytes); nothing is allocated before the hello is whole.
[[nodiscard]] ClientHello read_client_hello(std::string_view bytes);

/// The same question without the answer's contents: is the hello whole, may it become one?
enum class HelloProgress : std::uint8_t { kWhole, kMore, kInvalid };
[[nodiscard]] HelloProgress hello_progress(std::string_view bytes);

}  // namespace shaketable::proxy::http
