#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "proxy/http/codec.h"
#include "proxy/http/http1_parser.h"
#include "proxy/http/message.h"

/// Bodies of HTTP/1 messages, in and out (RFC 9112 sections 6 and 7).
namespace shaketable::proxy::http {

/// Takes the body of one message off the input.
///
/// Chunk extensions are checked against the grammar, counted and dropped. Many small chunks that
/// come together are given on together, so that a peer who sends single bytes does not make us work
/// per byte.
class BodyReader {
 public:
  explicit BodyReader(const CodecLimits& limits);

  /// What follows has `length` bytes.
  void start_length(std::uint64_t length);
  void start_chunked();
  /// What follows is all body until the connection ends (a close-delimited response, a tunnel).
  void start_until_close();

  struct Piece {
    Bytes data;            ///< May be empty; valid until the next call and as long as the input is.
    bool end = false;      ///< The message is over; `trailers()` are whole.
    ParseFailure failure;  ///< What comes behind `data` is broken.
  };
  /// Takes bytes off `input` until there is something to give on, or all of them.
  Piece next(Bytes& input);

  /// Of the message that just ended; without the fields that must not be trailers.
  [[nodiscard]] HeaderList& trailers() { return trailers_; }
  /// Bytes that a length still promises; the largest number for other bodies.
  [[nodiscard]] std::uint64_t promised() const;
  /// Whether receive_end is the good end of the body.
  [[nodiscard]] bool ends_with_connection() const { return state_ == State::kUntilClose; }
  /// Frees memory, for an idle connection.
  void release();

 private:
  enum class State : std::uint8_t {
    kDone,
    kLength,
    kUntilClose,
    // Chunked. The states of an extension follow its grammar, piece by piece:
    //   chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )
    kSize,        // hexadecimal digits
    kBeforeSemi,  // whitespace: only ";" may follow
    kBeforeName,  // behind ";"
    kName,
    kAfterName,    // whitespace: "=" or ";" may follow
    kBeforeValue,  // behind "="
    kToken,
    kQuoted,
    kEscaped,     // behind a backslash in quotes
    kAfterValue,  // behind the closing quote
    kSizeLf,      // the LF of the size line
    kData,
    kDataCr,
    kDataLf,
    kTrailers,
  };

  Piece next_chunks(Bytes& input);
  /// Moves data bytes into the piece; false when the piece must be given on first.
  bool take_data(Bytes& input, Bytes& direct);
  /// Takes one byte of a chunk's frame.
  [[nodiscard]] bool step(char c);
  [[nodiscard]] bool step_size(char c);
  [[nodiscard]] bool step_extension(char c);
  /// `;`, `=`, whitespace, CR or a wrong byte behind an element of an extension.
  [[nodiscard]] bool step_separator(char c, bool may_be_value, State on_space);
  ParseFailure read_trailers(Bytes& input);

  std::size_t max_extension_, max_trailers_, max_fields_;
  State state_ = State::kDone;
  std::uint8_t digits_ = 0;
  std::uint64_t remaining_ = 0;  ///< Of the body, or of the chunk; its size while it is read.
  std::size_t extension_bytes_ = 0, trailer_bytes_ = 0, trailer_count_ = 0;
  std::string small_;  ///< Small chunks, joined.
  LineReader lines_;
  HeaderList trailers_;
};

/// Frames the body of one message for the peer.
class BodyWriter {
 public:
  enum class Framing : std::uint8_t {
    kNone,  ///< The message has no body: bytes are dropped.
    kLength,
    kChunked,
    kRaw,  ///< As it is, until the connection ends.
  };
  void start(Framing framing, std::uint64_t length);

  enum class Outcome : std::uint8_t {
    kMore,
    kDone,
    kBroken,  ///< More or fewer bytes than promised; the connection must be cut.
  };
  Outcome write(std::string& output, Bytes bytes, bool end);
  /// Ends the body; trailers are written when it is chunked, and dropped when not.
  Outcome write_trailers(std::string& output, const HeaderList& trailers);
  [[nodiscard]] Framing framing() const { return framing_; }

 private:
  Framing framing_ = Framing::kNone;
  std::uint64_t remaining_ = 0;
};

}  // namespace shaketable::proxy::http
