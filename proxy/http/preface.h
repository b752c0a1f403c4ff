#pragma once

#include <cstdint>
#include <string_view>

/// How HTTP/2 by prior knowledge is told from HTTP/1 on one port.
namespace shaketable::proxy::http {

/// What every HTTP/2 client begins with (RFC 9113 section 3.4).
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum class PrefaceGuess : std::uint8_t {
  kYes,   ///< HTTP/2: hand all bytes, the preface too, to an Http2ServerCodec.
  kNo,    ///< Something else.
  kMore,  ///< So far it fits, but a client's SETTINGS are not in sight.
};

/// Looks at the first bytes of a connection. The preface alone does not suffice: a client says more
/// at once, and one that does not gets no HTTP/2 as an answer to what may be a stray request.
[[nodiscard]] constexpr PrefaceGuess guess_preface(std::string_view first_bytes) {
  const std::string_view head = first_bytes.substr(0, kHttp2Preface.size());
  if (head != kHttp2Preface.substr(0, head.size())) {
    return PrefaceGuess::kNo;
  }
  return first_bytes.size() > kHttp2Preface.size() ? PrefaceGuess::kYes : PrefaceGuess::kMore;
}

}  // namespace shaketable::proxy::http
