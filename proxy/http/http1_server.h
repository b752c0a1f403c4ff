#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "proxy/http/codec.h"
#include "proxy/http/http1_body.h"
#include "proxy/http/http1_parser.h"

namespace shaketable::proxy::http {

/// The server side of an HTTP/1 connection: reads requests, writes responses.
///
///   reading    kHead --request--> kBody --end--> kWaiting --response ends--> kHead
///                |                  |                |
///                |                  |                +--101, 2xx to CONNECT--> kTunnel
///                |                  +--response ends early--> kDraining --> kHead
///                +-- broken, closing, the peer's end --> kStopped
///
///   writing    kIdle --request--> kAwaiting --head--> kBody --end--> kIdle
///
/// One request is under way at a time: a pipelined one stays with the caller until its forerunner
/// is answered. A response that ends before the request's body does is followed by a close, unless
/// what is left is short enough to be read and dropped.
///
/// Of upgrades only `websocket` is taken up (others are ignored, as RFC 9110 section 7.8 allows)
/// and `h2c`, which is not a request's matter but the connection's: see offers_h2c.
class Http1ServerCodec final : public ServerCodec {
 public:
  /// `handler` must outlive the codec. `is_tls` gives requests their scheme.
  Http1ServerCodec(ServerHandler& handler, const CodecLimits& limits, bool is_tls);

  std::size_t receive(Bytes bytes) override;
  void receive_end() override;
  void fill_output() override;
  void send_response(StreamNumber stream, const ResponseMessage& response, bool end) override;
  void send_informational(StreamNumber stream, const ResponseMessage& response) override;
  void send_data(StreamNumber stream, Bytes bytes, bool end) override;
  void send_trailers(StreamNumber stream, const HeaderList& trailers) override;
  [[nodiscard]] bool is_blocked(StreamNumber stream) const override;
  void reset(StreamNumber stream, StreamError error) override;
  void pause_stream(StreamNumber stream) override;
  void resume_stream(StreamNumber stream) override;
  [[nodiscard]] bool is_paused() const override;
  void drain() override;
  void finish_drain() override;
  [[nodiscard]] bool wants_close() const override;
  void release_buffers() override;
  [[nodiscard]] Phase phase() const override;
  [[nodiscard]] std::size_t stream_count() const override;
  [[nodiscard]] Version version() const override { return Version::kHttp11; }

  /// From within on_request: the request is the first one of a connection without TLS, has no body,
  /// and offers `upgrade: h2c` (RFC 7540 section 3.2) in good order.
  [[nodiscard]] bool offers_h2c() const { return offers_h2c_; }
  /// Its HTTP2-Settings, which are known to be base64url, for Http2ServerCodec::upgrade.
  [[nodiscard]] const std::string& h2c_settings() const { return h2c_settings_; }
  /// Takes the offer, from within on_request: writes the 101. This codec is then out of use but for
  /// its output, which goes first; `receive` returns at the end of the request, and all further
  /// bytes belong to an HTTP/2 codec, on which the request is stream 1.
  void accept_h2c();
  /// For a timeout: answers a request whose head or body is not whole with `status` (408) and
  /// stops, unless its response has begun. The handler is told of a reset, if it knows the request.
  void refuse(std::uint16_t status);

 private:
  enum class Reading : std::uint8_t {
    kHead,
    kBody,
    kWaiting,   // the request is whole
    kDraining,  // the response is over; the rest of the request's body is dropped
    kTunnel,
    kStopped,    // what still comes is dropped
    kHandedOver  // to HTTP/2
  };
  enum class Writing : std::uint8_t { kIdle, kAwaiting, kBody, kTunnel };
  /// What of a request's body is read and dropped behind an early response to save the connection.
  static constexpr std::size_t kMaxDropped = 64 * 1024;

  void read_head(Bytes& input);
  [[nodiscard]] ParseFailure take_line(std::string_view line);
  void finish_head();
  [[nodiscard]] ParseFailure check_head();
  [[nodiscard]] ParseFailure check_host();
  void check_upgrade();
  void read_body(Bytes& input);
  void drop_body(Bytes& input);
  void read_tunnel(Bytes& input);
  void begin_body();

  [[nodiscard]] bool may_send(StreamNumber stream) const;
  [[nodiscard]] BodyWriter::Framing framing_of(const ResponseMessage& response, bool end) const;
  [[nodiscard]] bool must_close(BodyWriter::Framing framing) const;
  [[nodiscard]] bool may_drop_rest() const;
  void write_head(const ResponseMessage& response, BodyWriter::Framing framing);
  void start_tunnel(const ResponseMessage& response);
  void after_write(BodyWriter::Outcome outcome);

  void on_request_read();
  void on_response_written();
  void next_request();
  void stop();
  void fail(ParseFailure failure);
  void write_error(std::uint16_t status);

  ServerHandler& handler_;
  const CodecLimits limits_;
  const bool is_tls_;
  bool draining_ = false;   // drain() was called
  bool closing_ = false;    // after this exchange
  bool is_paused_ = false;  // the stream's body
  bool has_left_ = false;   // bytes were refused while waiting
  bool has_line_ = false;   // the request line was read
  bool sent_continue_ = false;
  bool is_head_ = false;     // the request's method is HEAD
  bool is_connect_ = false;  // ... is CONNECT
  bool offers_h2c_ = false;
  bool expects_ = false;
  std::uint8_t empty_lines_ = 0;
  Version client_version_ = Version::kHttp11;
  BodyKind request_body_ = BodyKind::kNone;
  Reading reading_ = Reading::kHead;
  Writing writing_ = Writing::kIdle;
  StreamNumber stream_ = 1;
  std::size_t head_bytes_ = 0;
  std::size_t field_count_ = 0;
  std::size_t dropped_ = 0;  // of the body, after an early response

  LineReader lines_;
  FieldCollector fields_;
  RequestMessage request_;
  BodyReader body_;
  BodyWriter writer_;
  std::string h2c_settings_;
};

}  // namespace shaketable::proxy::http
