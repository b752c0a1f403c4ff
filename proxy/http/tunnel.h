#pragma once

#include "proxy/http/codec.h"

/// TCP as if it were one CONNECT request: raw bytes both ways on stream 1. With these codecs a TCP
/// connection takes the way of a request through the core: route by server name, breaker, host,
/// outlier detection.
namespace shaketable::proxy::http {

/// The half that both sides share: bytes out as they come.
template <class Base>
class TunnelCodec : public Base {
 public:
  void receive_end() override;
  void fill_output() override;
  void send_data(StreamNumber stream, Bytes bytes, bool end) override;
  void send_trailers(StreamNumber stream, const HeaderList& trailers) override;
  [[nodiscard]] bool is_blocked(StreamNumber) const override { return this->is_full(limits_); }
  void reset(StreamNumber stream, StreamError error) override;
  void pause_stream(StreamNumber) override { paused_ = true; }
  void resume_stream(StreamNumber) override { paused_ = false; }
  [[nodiscard]] bool is_paused() const override { return paused_ || over_; }
  void drain() override {}
  void finish_drain() override {}
  [[nodiscard]] bool wants_close() const override { return over_; }
  [[nodiscard]] Phase phase() const override { return Phase::kTunnel; }
  [[nodiscard]] std::size_t stream_count() const override { return begun_ && !over_ ? 1 : 0; }
  [[nodiscard]] Version version() const override { return Version::kHttp11; }

 protected:
  explicit TunnelCodec(const CodecLimits& limits) : limits_(limits) {}
  virtual void tell_reset() = 0;
  virtual void tell_drained() = 0;

  static constexpr StreamNumber kStream = 1;
  CodecLimits limits_;
  bool begun_ = false;
  bool paused_ = false;
  bool over_ = false;
};

/// Downstream: the connection becomes a request as soon as it is there.
class TunnelServerCodec final : public TunnelCodec<ServerCodec> {
 public:
  /// `authority` is what the request is routed by: the server name of a ClientHello.
  TunnelServerCodec(ServerHandler& handler, const CodecLimits& limits, std::string authority);

  std::size_t receive(Bytes bytes) override;
  void send_response(StreamNumber stream, const ResponseMessage& response, bool end) override;
  void send_informational(StreamNumber, const ResponseMessage&) override {}

 private:
  void tell_reset() override;
  void tell_drained() override;

  ServerHandler& handler_;
  std::string authority_;
};

/// Upstream: the request sends nothing of itself, and is answered at once.
class TunnelClientCodec final : public TunnelCodec<ClientCodec> {
 public:
  TunnelClientCodec(ClientHandler& handler, const CodecLimits& limits);

  std::size_t receive(Bytes bytes) override;
  StreamNumber send_request(const RequestMessage& request, bool end) override;
  [[nodiscard]] bool can_send() const override { return !begun_ && !over_; }
  /// Tells the response; to be called once after send_request has returned.
  void answer();

 private:
  void tell_reset() override;
  void tell_drained() override;

  ClientHandler& handler_;
};

}  // namespace shaketable::proxy::http
