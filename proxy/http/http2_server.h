#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/http/http2_codec.h"

namespace shaketable::proxy::http {

/// The server side of an HTTP/2 connection (RFC 9113).
///
/// A broken request costs its stream (PROTOCOL_ERROR, told by take_stream_error), one that is too
/// large is answered by 431 or 414, a broken connection ends with GOAWAY. Requests that are told
/// are safe to be written as HTTP/1.1: method, path, authority and fields are checked, cookies are
/// joined, a content-length is what comes or the stream is reset before its end is told. An
/// extended CONNECT (RFC 8441) is told as the GET with `upgrade` that it would be in HTTP/1.1, and
/// its 101 is written as 200.
///
/// When a response ends before its request, the stream is over: the client is told not to go on,
/// and nothing more is told of it.
class Http2ServerCodec final : public Http2Codec<ServerCodec> {
 public:
  /// The connection begins with the client's preface, which `receive` takes, too.
  Http2ServerCodec(ServerHandler& handler, const CodecLimits& limits, bool is_tls);

  /// For a request of HTTP/1.1 with `upgrade: h2c` and no body: makes it stream 1 and tells it at
  /// once. Call it before any byte is received, send "101 Switching Protocols" and then what this
  /// codec has to say; the client's preface is still to come. `http2_settings` is the field of that
  /// name. False, and nothing is told, when that is not what it must be: then drop this codec and
  /// answer in HTTP/1.1 as if no upgrade had been asked for.
  [[nodiscard]] bool upgrade(std::string_view http2_settings, RequestMessage request);

  void send_response(StreamNumber stream, const ResponseMessage& response, bool end) override;
  void send_informational(StreamNumber stream, const ResponseMessage& response) override;

  /// The body of a request is under way.
  [[nodiscard]] bool awaits_bodies() const { return session_.awaits_bodies(); }
  /// Answers 408 to requests whose body has not moved between the calls before this one: call it at
  /// regular intervals while awaits_bodies(), and it finds one that has not moved for two to three
  /// of them. Their handlers are told kCancelled. Not gRPC, tunnels, what is being answered, what
  /// is paused. Returns how many it has refused.
  std::size_t refuse_late_bodies();

 private:
  void on_block(StreamNumber id, Http2Stream* stream, Http2HeadReader::Kind kind,
                bool end) override;
  void on_data(StreamNumber id, Bytes bytes, bool end) override;
  void on_reset(StreamNumber id, StreamError error) override;
  void on_drained(StreamNumber id) override;
  void on_goaway() override {}

  void on_request(StreamNumber id, bool end);
  void refuse_too_large(StreamNumber id, ProtocolError error, bool end);
  void refuse(Http2Stream& stream, std::uint16_t status);

  ServerHandler& handler_;
  bool is_tls_;
};

}  // namespace shaketable::proxy::http
