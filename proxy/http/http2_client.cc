#include "proxy/http/http2_client.h"

#include "proxy/base/assert.h"

namespace shaketable::proxy::http {

Http2ClientCodec::Http2ClientCodec(ClientHandler& handler, const CodecLimits& limits)
    : Http2Codec(Http2Session::Role::kClient, limits),
      handler_(handler),
      max_streams_(limits.max_concurrent_streams) {}

StreamNumber Http2ClientCodec::send_request(const RequestMessage& request, bool end) {
  ASSERT(can_send());
  return session_.submit_request(request, end);
}

bool Http2ClientCodec::can_send() const {
  return session_.stream_count() < max_streams_ && session_.can_request();
}

void Http2ClientCodec::on_block(StreamNumber id, Http2Stream* stream, Http2HeadReader::Kind kind,
                                bool end) {
  if (stream == nullptr || stream->receive_ended) {
    return;
  }
  if (kind == Http2HeadReader::Kind::kResponse) {
    on_response(*stream, end);
    return;
  }
  const ProtocolError error = session_.head.finish_trailers();
  if (error != ProtocolError::kNone) {
    session_.reject(id, error);
    return;
  }
  session_.end_receive(*stream);
  handler_.on_response_trailers(id, session_.head.trailers);
}

void Http2ClientCodec::on_response(Http2Stream& stream, bool end) {
  Http2HeadReader& head = session_.head;
  const ProtocolError error = head.finish_response(end, stream.is_head_request);
  if (error != ProtocolError::kNone) {
    session_.reject(stream.id, error);
    return;
  }
  ResponseMessage& response = head.response;
  if (response.status < 200) {
    handler_.on_informational(stream.id, response);
    return;
  }
  stream.head_sent = true;
  const bool is_tunnel = stream.is_connect && response.status < 300 && !end;
  if (is_tunnel) {
    response.body = BodyKind::kTunnel;
  }
  if (is_tunnel && stream.is_extended_connect) {
    response.status = 101;
    response.upgrade = stream.protocol;
  }
  if (end) {
    session_.end_receive(stream);
  } else {
    session_.begin_receive(stream, is_tunnel);
  }
  handler_.on_response(stream.id, response, end);
}

void Http2ClientCodec::on_data(StreamNumber id, Bytes bytes, bool end) {
  handler_.on_response_data(id, bytes, end);
}

void Http2ClientCodec::on_reset(StreamNumber id, StreamError error) {
  handler_.on_response_reset(id, error);
}

void Http2ClientCodec::on_drained(StreamNumber id) { handler_.on_request_drained(id); }

void Http2ClientCodec::on_goaway() {
  if (!has_told_goaway_) {
    has_told_goaway_ = true;
    handler_.on_going_away();
  }
}

}  // namespace shaketable::proxy::http
