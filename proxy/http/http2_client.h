#pragma once

#include "proxy/http/http2_codec.h"

namespace shaketable::proxy::http {

/// The client side of an HTTP/2 connection (RFC 9113), by prior knowledge or ALPN.
///
/// A broken response resets its stream (kProtocol). Streams that a GOAWAY says were not processed
/// end with kRefused, so do requests that could not be sent. A request with `upgrade` becomes an
/// extended CONNECT (RFC 8441) when the server allows that, and its 2xx is told as 101; otherwise
/// it goes without the upgrade.
class Http2ClientCodec final : public Http2Codec<ClientCodec> {
 public:
  /// The preface waits in the output after fill_output.
  Http2ClientCodec(ClientHandler& handler, const CodecLimits& limits);

  StreamNumber send_request(const RequestMessage& request, bool end) override;
  [[nodiscard]] bool can_send() const override;

 private:
  void on_block(StreamNumber id, Http2Stream* stream, Http2HeadReader::Kind kind,
                bool end) override;
  void on_data(StreamNumber id, Bytes bytes, bool end) override;
  void on_reset(StreamNumber id, StreamError error) override;
  void on_drained(StreamNumber id) override;
  void on_goaway() override;

  void on_response(Http2Stream& stream, bool end);

  ClientHandler& handler_;
  std::size_t max_streams_;
  bool has_told_goaway_ = false;
};

}  // namespace shaketable::proxy::http
