#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/http/codec.h"
#include "proxy/http/message.h"

namespace shaketable::proxy::http {

/// Makes a message of the fields of one header block, and checks what nghttp2 leaves to us: sizes,
/// the grammar of method, scheme, authority and path, a host that disagrees, fields that must not
/// be passed on. nghttp2 has refused before: upper case, bad bytes in names and values, repeated,
/// late or missing pseudo-headers, connection-specific fields, a bad content-length.
///
/// One block is read at a time on a connection, so that its memory is used again and again.
class Http2HeadReader {
 public:
  enum class Kind : std::uint8_t { kRequest, kResponse, kTrailers };

  explicit Http2HeadReader(const CodecLimits& limits)
      : max_bytes_(limits.max_head_bytes),
        max_fields_(limits.max_headers),
        max_target_(limits.max_target_bytes) {}

  void begin(Kind kind);
  /// A field, in order; after an error only its size is counted.
  void field(std::string_view name, std::string_view value);
  /// The block is many times larger than its limit, which small input can only mean to do
  /// (RFC 7541 section 7.3): worth the connection.
  [[nodiscard]] bool is_bomb() const { return bytes_ > kBombFactor * max_bytes_; }

  /// After the last field: what is wrong with the message, or kNone and the message is whole.
  [[nodiscard]] ProtocolError finish_request(bool end);
  /// `bodiless`: whatever the fields say, a response to HEAD, for example.
  [[nodiscard]] ProtocolError finish_response(bool end, bool bodiless);
  [[nodiscard]] ProtocolError finish_trailers() const { return error_; }

  /// 431 or 414, when the error is that something is too large.
  [[nodiscard]] std::uint16_t status_of_error() const { return target_too_long_ ? 414 : 431; }

  RequestMessage request;
  ResponseMessage response;
  HeaderList trailers;

 private:
  static constexpr std::size_t kBombFactor = 4;

  void pseudo_field(std::string_view name, std::string_view value);
  void regular_field(std::string_view name, std::string_view value, HeaderList& headers);
  void trailer_field(std::string_view name, std::string_view value);
  void add_crumb(std::string_view value);
  [[nodiscard]] ProtocolError check_target();

  std::size_t max_bytes_;
  std::size_t max_fields_;
  std::size_t max_target_;

  Kind kind_ = Kind::kRequest;
  ProtocolError error_ = ProtocolError::kNone;
  std::size_t bytes_ = 0;
  std::size_t fields_ = 0;
  bool target_too_long_ = false;
  bool has_authority_ = false;
  bool has_host_ = false;
  bool has_length_ = false;
  std::uint64_t length_ = 0;
  std::string host_;
  std::string cookie_;
  std::string protocol_;  ///< Of an extended CONNECT (RFC 8441).
};

}  // namespace shaketable::proxy::http
