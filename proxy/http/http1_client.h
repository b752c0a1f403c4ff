#pragma once

#include <cstddef>
#include <cstdint>

#include "proxy/http/codec.h"
#include "proxy/http/http1_body.h"
#include "proxy/http/http1_parser.h"

namespace shaketable::proxy::http {

/// The client side of an HTTP/1 connection: writes requests, reads responses, one at a time.
///
///   kIdle --send_request--> kHead --head--> kBody --end--> kIdle
///                             |  \--101, 2xx to CONNECT--> kTunnel
///                             +-- broken, closing, the server's end --> kStopped
///
/// A response whose length is in doubt is refused, never guessed; so are bytes behind a response,
/// and the connection is not used again. A response that ends before its request does ends the
/// connection, too.
class Http1ClientCodec final : public ClientCodec {
 public:
  /// `handler` must outlive the codec.
  Http1ClientCodec(ClientHandler& handler, const CodecLimits& limits);

  std::size_t receive(Bytes bytes) override;
  void receive_end() override;
  void fill_output() override;
  /// 0, and nothing is written, for a request that HTTP/1 cannot say: a method that is no token, a
  /// target or authority with bytes that would end it. The proxy refuses those before
  /// (forwarding.h).
  StreamNumber send_request(const RequestMessage& request, bool end) override;
  /// A whole request that the caller has written before, head and body, for one who sends the same
  /// again and again; nothing of it is checked. `is_head`: its response has no body. can_send must
  /// hold; 0 if it does not.
  StreamNumber send_rendered(Bytes request, bool is_head);
  void send_data(StreamNumber stream, Bytes bytes, bool end) override;
  void send_trailers(StreamNumber stream, const HeaderList& trailers) override;
  [[nodiscard]] bool can_send() const override;
  [[nodiscard]] bool is_blocked(StreamNumber stream) const override;
  void reset(StreamNumber stream, StreamError error) override;
  void pause_stream(StreamNumber stream) override;
  void resume_stream(StreamNumber stream) override;
  [[nodiscard]] bool is_paused() const override;
  void drain() override;
  void finish_drain() override {}
  [[nodiscard]] bool wants_close() const override;
  void release_buffers() override;
  [[nodiscard]] Phase phase() const override;
  [[nodiscard]] std::size_t stream_count() const override;
  [[nodiscard]] Version version() const override { return Version::kHttp11; }

 private:
  enum class State : std::uint8_t { kIdle, kHead, kBody, kTunnel, kStopped };

  void read_head(Bytes& input);
  [[nodiscard]] bool take_line(std::string_view line);
  void finish_head(Bytes rest);
  void finish_informational();
  [[nodiscard]] bool begin_body();
  [[nodiscard]] bool begin_tunnel();
  void read_body(Bytes& input);
  void end_response(Bytes rest);

  [[nodiscard]] bool may_send(StreamNumber stream) const;
  [[nodiscard]] BodyWriter::Framing framing_of(const RequestMessage& request, bool end) const;
  void begin_exchange();
  void write_head(const RequestMessage& request, BodyWriter::Framing framing, bool end);
  void after_write(BodyWriter::Outcome outcome);
  void stop();
  void fail(ProtocolError error);
  void tell_going_away();

  ClientHandler& handler_;
  const CodecLimits limits_;
  State state_ = State::kIdle;
  bool closing_ = false;  // after this exchange
  bool is_paused_ = false;
  bool told_going_away_ = false;
  bool request_done_ = false;
  bool has_line_ = false;  // the status line was read
  bool is_head_ = false, is_connect_ = false, asks_upgrade_ = false;
  std::uint8_t informationals_ = 0;
  StreamNumber stream_ = 0;  // under way, or the last one
  std::size_t head_bytes_ = 0;
  std::size_t field_count_ = 0;

  LineReader lines_;
  FieldCollector fields_;
  ResponseMessage response_;
  BodyReader body_;
  BodyWriter writer_;
};

}  // namespace shaketable::proxy::http
