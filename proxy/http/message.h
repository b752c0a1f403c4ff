#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/core/types.h"

/// HTTP messages without their bodies, as codecs hand them to the proxy and take them back. The
/// same for HTTP/1.1 and HTTP/2: a codec translates what its protocol spells differently.
namespace shaketable::proxy::http {

/// Header fields in their order. Names are lower case. All bytes lie in one buffer, so that a list
/// that is used again (clear) allocates nothing.
class HeaderList {
 public:
  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  [[nodiscard]] bool empty() const { return fields_.empty(); }
  /// Bytes of all names and values.
  [[nodiscard]] std::size_t byte_count() const { return bytes_.size(); }
  /// All names and values, one behind the other, also of fields that were removed.
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  /// Views are valid until the next change of the list.
  [[nodiscard]] Header operator[](std::size_t i) const {
    const Field& field = fields_[i];
    const char* const begin = bytes_.data() + field.begin;
    return {{begin, field.name}, {begin + field.name, field.value}};
  }

  void clear() {
    bytes_.clear();
    fields_.clear();
  }
  /// Appends a field; `name` is lower-cased on the way. Neither may view into this list.
  void add(std::string_view name, std::string_view value);
  /// `add` of a name that is known to be lower case: two copies.
  void add_lower(std::string_view name, std::string_view value) {
    const auto begin = static_cast<std::uint32_t>(bytes_.size());
    bytes_.append(name).append(value);
    fields_.push_back(
        {begin, static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())});
  }
  /// Removes the last field; there must be one.
  void pop_back() {
    bytes_.resize(fields_.back().begin);
    fields_.pop_back();
  }
  /// Removes all fields of the name, then appends one.
  void set(std::string_view name, std::string_view value);
  /// Removes all fields of the name (lower case); returns how many there were.
  std::size_t remove(std::string_view name);
  /// Keeps the fields for which `keep(Header)` is true.
  template <class Keep>
  void keep_if(Keep&& keep) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (keep((*this)[i])) {
        fields_[kept++] = fields_[i];
      }
    }
    fields_.resize(kept);
  }

  /// The first field of the name (lower case).
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name).has_value(); }
  /// Fields of the name.
  [[nodiscard]] std::size_t count(std::string_view name) const;
  /// Whether some field of the name has the token in its comma-separated list, any case.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;

  /// For the core, which reads a span: refills `views`, which live until the next change.
  void copy_views(std::vector<Header>& views) const;

 private:
  struct Field {
    std::uint32_t begin, name, value;
  };
  std::string bytes_;
  std::vector<Field> fields_;
};

enum class Version : std::uint8_t { kHttp10, kHttp11, kHttp2 };
/// "HTTP/1.0", "HTTP/1.1", "HTTP/2".
[[nodiscard]] std::string_view version_name(Version version);

/// How the length of a body is known.
enum class BodyKind : std::uint8_t {
  kNone,      ///< The message ends with its head.
  kLength,    ///< `content_length` bytes.
  kUntilEnd,  ///< Ends with its frames: chunked, or HTTP/2's END_STREAM, or (responses) a close.
  kTunnel,    ///< CONNECT, or a request with `upgrade`: bytes both ways until one side closes, when
              ///< the response is a tunnel, too. When it is not, the request has no body.
};

/// A request head. `headers` holds neither host nor the pseudo-headers nor any hop-by-hop field
/// (connection and what it nominates, keep-alive, proxy-connection, te unless "trailers",
/// transfer-encoding, upgrade): codecs take them out when they read and write their own.
/// content-length stays in `headers` when there is one.
struct RequestMessage {
  std::string method;
  std::string scheme;  ///< "http" or "https"; HTTP/1: by the connection's TLS.
  std::string authority;
  std::string path;     ///< Origin form with query, "*", or empty for CONNECT.
  std::string upgrade;  ///< HTTP/1 `upgrade` that may be tried ("websocket"); empty = none.
  HeaderList headers;
  Version version = Version::kHttp11;
  BodyKind body = BodyKind::kNone;
  std::uint64_t content_length = 0;  ///< With kLength.
  bool expects_continue = false;     ///< `expect: 100-continue`, taken out of `headers`.
  bool accepts_trailers = false;     ///< `te: trailers`.

  void clear();
};

/// A response head, also an informational one (1xx). `headers` as above.
struct ResponseMessage {
  std::uint16_t status = 200;
  HeaderList headers;
  Version version = Version::kHttp11;
  BodyKind body = BodyKind::kNone;
  std::uint64_t content_length = 0;
  std::string upgrade;  ///< With 101.

  void clear();
};

}  // namespace shaketable::proxy::http
