#include "proxy/http/http2_server.h"

#include <string>
#include <utility>
#include <vector>

#include "proxy/base/base64.h"
#include "proxy/http/grammar.h"

namespace shaketable::proxy::http {

Http2ServerCodec::Http2ServerCodec(ServerHandler& handler, const CodecLimits& limits, bool is_tls)
    : Http2Codec(Http2Session::Role::kServer, limits), handler_(handler), is_tls_(is_tls) {}

bool Http2ServerCodec::upgrade(std::string_view http2_settings, RequestMessage request) {
  const auto settings = from_base64(http2_settings, Base64::kUrl);
  if (request.method == "CONNECT" || !settings.has_value() ||
      !session_.upgrade(*settings, request.method == "HEAD")) {
    return false;
  }
  Http2Stream& stream = session_.open(1);
  stream.is_head_request = request.method == "HEAD";
  session_.end_receive(stream);
  request.version = Version::kHttp2;
  request.upgrade.clear();
  request.headers.remove("http2-settings");
  if (request.body != BodyKind::kLength) {
    request.body = BodyKind::kNone;
  }
  handler_.on_request(1, request, /*end=*/true);
  return true;
}

void Http2ServerCodec::on_block(StreamNumber id, Http2Stream* stream, Http2HeadReader::Kind kind,
                                bool end) {
  if (kind == Http2HeadReader::Kind::kRequest) {
    on_request(id, end);
    return;
  }
  // nghttp2 has checked that trailers end the stream.
  if (stream == nullptr || stream->receive_ended) {
    return;
  }
  const ProtocolError error = session_.head.finish_trailers();
  if (error != ProtocolError::kNone) {
    session_.reject(id, error);
    return;
  }
  session_.end_receive(*stream);
  handler_.on_request_trailers(id, session_.head.trailers);
}

void Http2ServerCodec::on_request(StreamNumber id, bool end) {
  Http2HeadReader& head = session_.head;
  const ProtocolError error = head.finish_request(end);
  if (error == ProtocolError::kHeadersTooLarge || error == ProtocolError::kTooManyHeaders) {
    refuse_too_large(id, error, end);
    return;
  }
  if (error != ProtocolError::kNone) {
    session_.reject(id, error);
    return;
  }
  RequestMessage& request = head.request;
  if (request.scheme.empty()) {  // CONNECT
    request.scheme = is_tls_ ? "https" : "http";
  }
  Http2Stream& stream = session_.open(id);
  stream.is_head_request = request.method == "HEAD";
  stream.is_extended_connect = !request.upgrade.empty();
  if (end) {
    session_.end_receive(stream);
  } else {
    // A gRPC stream may say nothing for minutes, and has deadlines of its own.
    const std::string_view type = request.headers.find("content-type").value_or("");
    session_.begin_receive(
        stream, request.body == BodyKind::kTunnel || type.starts_with("application/grpc"));
  }
  handler_.on_request(id, request, end);
}

/// The handler never hears of the request.
void Http2ServerCodec::refuse_too_large(StreamNumber id, ProtocolError error, bool end) {
  note_stream_error(error);
  session_.spend_reset();
  Http2Stream& stream = session_.open(id);
  refuse(stream, session_.head.status_of_error());
  stream.receive_ended = end;
}

void Http2ServerCodec::refuse(Http2Stream& stream, std::uint16_t status) {
  ResponseMessage response;
  response.status = status;
  response.headers.add_lower("content-length", "0");
  session_.submit_refusal(stream, response);
}

std::size_t Http2ServerCodec::refuse_late_bodies() {
  const std::vector<StreamNumber> late = session_.late_bodies();
  for (const StreamNumber id : late) {
    Http2Stream* const stream = session_.find(id);
    if (stream != nullptr && !stream->silenced) {  // the handler may reset it, hearing of another
      refuse(*stream, 408);
      handler_.on_request_reset(id, StreamError::kCancelled);
    }
  }
  return late.size();
}

void Http2ServerCodec::on_data(StreamNumber id, Bytes bytes, bool end) {
  handler_.on_request_data(id, bytes, end);
}

void Http2ServerCodec::on_reset(StreamNumber id, StreamError error) {
  handler_.on_request_reset(id, error);
}

void Http2ServerCodec::on_drained(StreamNumber id) { handler_.on_response_drained(id); }

void Http2ServerCodec::send_response(StreamNumber id, const ResponseMessage& response, bool end) {
  Http2Stream* stream = session_.find(id);
  if (stream == nullptr || stream->head_sent || stream->send_ended) {
    return;
  }
  stream->head_sent = true;
  if (!stream->receive_ended) {
    session_.begin_receive(*stream, /*may_be_silent=*/true);  // a conversation from here on
  }
  session_.submit_response(*stream, response, end);
}

void Http2ServerCodec::send_informational(StreamNumber id, const ResponseMessage& response) {
  const Http2Stream* stream = session_.find(id);
  if (stream != nullptr && !stream->head_sent && !stream->send_ended) {
    session_.submit_informational(id, response);
  }
}

}  // namespace shaketable::proxy::http
