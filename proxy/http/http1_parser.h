#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/http/codec.h"
#include "proxy/http/message.h"

/// Strict parsing of HTTP/1 message heads (RFC 9112), shared by both sides. One reading of the
/// bytes exists or none: no folding, no bare CR or LF, no whitespace before a colon, no guessed
/// length.
namespace shaketable::proxy::http {

/// What is wrong with a message, and the status that tells a client so (0: none; it is upstream).
struct ParseFailure {
  ProtocolError error = ProtocolError::kNone;
  std::uint16_t status = 400;

  [[nodiscard]] explicit operator bool() const { return error != ProtocolError::kNone; }
};

/// Cuts bytes into lines that end with CRLF. Whole lines are views into the input; only the piece
/// of a line that has come so far is kept. Each byte is looked at once.
class LineReader {
 public:
  enum class Result : std::uint8_t {
    kLine,     ///< `line` is whole, without its CRLF; a view until the next call.
    kMore,     ///< The input is used up.
    kBad,      ///< CR without LF, or LF without CR.
    kTooLong,  ///< More than `limit` bytes, its end included; nothing was kept.
  };
  /// Takes the next line off `input`. Bytes of `line` other than its end are not checked.
  Result next(Bytes& input, std::size_t limit, std::string_view& line);
  /// What has come of a line that is not whole yet.
  [[nodiscard]] std::string_view partial() const {
    return given_ ? std::string_view{} : std::string_view(partial_);
  }
  /// Forgets the partial line and its memory.
  void release();

 private:
  std::string partial_;
  bool given_ = false;  ///< `partial_` was given out as a line and is to be dropped.
};

/// Splits `name: value`; the name is a token, the value is trimmed and has no control characters.
/// `has_underscore` is whether the name has one. False: refuse the message.
[[nodiscard]] bool parse_field_line(std::string_view line, std::string_view& name,
                                    std::string_view& value, bool& has_underscore);

/// `method SP target SP HTTP/1.x`; fills method, version, authority and path (of an absolute or
/// authority form also `authority`, else it stays empty).
[[nodiscard]] ParseFailure parse_request_line(std::string_view line, RequestMessage& request);

/// Whether bytes that do not end in CRLF yet may begin a request line. Cheap: looks at no more than
/// the method.
[[nodiscard]] bool may_begin_request_line(std::string_view bytes);

/// `HTTP/1.x SP status [SP reason]`. The reason is checked and forgotten.
[[nodiscard]] bool parse_status_line(std::string_view line, ResponseMessage& response);

/// Collects the fields of one message: end-to-end ones go to a HeaderList, the others are read
/// here.
class FieldCollector {
 public:
  void clear();
  /// Frees memory, for an idle connection. Implies clear.
  void release();

  /// Takes one line between the start line and the empty line. False: a bad field.
  [[nodiscard]] bool add(std::string_view line, HeaderList& headers);

  /// After the last field: what `connection` nominates is removed from `headers`. False: it names
  /// what it must not, or too much.
  [[nodiscard]] bool finish(HeaderList& headers);

  enum class Coding : std::uint8_t { kNone, kChunked, kUnsupported, kBad };

  /// How the body is framed, by RFC 9112 section 6.3, strictly: one length or one `chunked`, never
  /// both, never anything twice, no coding in HTTP/1.0. kNone when neither is there.
  [[nodiscard]] ParseFailure framing(Version version, BodyKind& kind, std::uint64_t& length) const;

  [[nodiscard]] std::size_t host_count() const { return hosts_; }
  [[nodiscard]] std::string_view host() const { return host_; }
  /// By `connection` and the version of the message.
  [[nodiscard]] bool keeps_alive(Version version) const;
  [[nodiscard]] bool expects_continue() const { return expects_ == 1 && !unknown_expectation_; }
  [[nodiscard]] bool has_bad_expectation() const { return expects_ > 1 || unknown_expectation_; }
  [[nodiscard]] bool accepts_trailers() const { return accepts_trailers_; }
  /// The value of one `upgrade` field that `connection` names, else empty. Lower case.
  [[nodiscard]] std::string_view upgrade() const;
  /// The value of one `http2-settings` field that `connection` names, else nothing.
  [[nodiscard]] std::optional<std::string_view> http2_settings() const;

 private:
  bool add_known(HeaderList& headers);
  void add_content_length(std::string_view value, HeaderList& headers);
  void add_transfer_encoding(std::string_view value);
  [[nodiscard]] bool apply_connection_option(std::string_view option, HeaderList& headers);

  std::string host_, connection_, upgrade_, http2_settings_;
  std::uint64_t content_length_ = 0;
  std::uint16_t hosts_ = 0, content_lengths_ = 0, transfer_encodings_ = 0, upgrades_ = 0;
  std::uint16_t settings_ = 0, expects_ = 0;
  Coding coding_ = Coding::kNone;
  bool bad_content_length_ = false, unknown_expectation_ = false, accepts_trailers_ = false;
  bool has_close_ = false, has_keep_alive_ = false, names_upgrade_ = false, names_settings_ = false;
};

}  // namespace shaketable::proxy::http
