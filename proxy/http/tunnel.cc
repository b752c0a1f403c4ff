#include "proxy/http/tunnel.h"

#include <utility>

namespace shaketable::proxy::http {

template <class Base>
void TunnelCodec<Base>::receive_end() {
  if (begun_ && !std::exchange(over_, true)) {
    tell_reset();
  }
  over_ = true;
}

template <class Base>
void TunnelCodec<Base>::fill_output() {
  if (this->has_drained(limits_)) {
    tell_drained();
  }
}

template <class Base>
void TunnelCodec<Base>::send_data(StreamNumber, Bytes bytes, bool end) {
  if (!over_) {
    this->output_.append(bytes);
    this->note_full(limits_);
    over_ = end;
  }
}

template <class Base>
void TunnelCodec<Base>::send_trailers(StreamNumber stream, const HeaderList&) {
  send_data(stream, {}, true);
}

template <class Base>
void TunnelCodec<Base>::reset(StreamNumber, StreamError) {
  over_ = true;
}

template class TunnelCodec<ServerCodec>;
template class TunnelCodec<ClientCodec>;

// ---- downstream -------------------------------------------------------------------------------

TunnelServerCodec::TunnelServerCodec(ServerHandler& handler, const CodecLimits& limits,
                                     std::string authority)
    : TunnelCodec(limits), handler_(handler), authority_(std::move(authority)) {}

std::size_t TunnelServerCodec::receive(Bytes bytes) {
  if (!std::exchange(begun_, true)) {
    RequestMessage request;
    request.method = "CONNECT";
    request.authority = authority_;
    request.body = BodyKind::kTunnel;
    handler_.on_request(kStream, request, false);
  }
  if (over_) {
    return bytes.size();
  }
  if (!bytes.empty()) {
    handler_.on_request_data(kStream, bytes, false);
  }
  return bytes.size();
}

/// A refusal closes the connection: TCP has no words for it.
void TunnelServerCodec::send_response(StreamNumber, const ResponseMessage& response, bool end) {
  over_ = over_ || end || response.status >= 300;
}

void TunnelServerCodec::tell_reset() {
  handler_.on_request_reset(kStream, StreamError::kConnectionLost);
}
void TunnelServerCodec::tell_drained() { handler_.on_response_drained(kStream); }

// ---- upstream ---------------------------------------------------------------------------------

TunnelClientCodec::TunnelClientCodec(ClientHandler& handler, const CodecLimits& limits)
    : TunnelCodec(limits), handler_(handler) {}

std::size_t TunnelClientCodec::receive(Bytes bytes) {
  if (begun_ && !over_) {
    handler_.on_response_data(kStream, bytes, false);
  }
  return bytes.size();
}

StreamNumber TunnelClientCodec::send_request(const RequestMessage&, bool) {
  begun_ = true;
  return kStream;
}

void TunnelClientCodec::answer() {
  ResponseMessage response;
  response.body = BodyKind::kTunnel;
  handler_.on_response(kStream, response, false);
}

void TunnelClientCodec::tell_reset() {
  handler_.on_response_reset(kStream, StreamError::kConnectionLost);
}
void TunnelClientCodec::tell_drained() { handler_.on_request_drained(kStream); }

}  // namespace shaketable::proxy::http
