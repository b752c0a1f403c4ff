#include "proxy/http/http1_server.h"
#include "proxy/http/http1_writer.h"

// Responses, and where the connection goes behind them.
namespace shaketable::proxy::http {

bool Http1ServerCodec::may_send(StreamNumber stream) const {
  return stream == stream_ && (writing_ == Writing::kBody || writing_ == Writing::kTunnel);
}

BodyWriter::Framing Http1ServerCodec::framing_of(const ResponseMessage& response, bool end) const {
  using Framing = BodyWriter::Framing;
  if (is_head_ || response.status == 204 || response.status == 304) {
    return Framing::kNone;
  }
  switch (response.body) {
    case BodyKind::kLength:
      return response.content_length == 0 ? Framing::kNone : Framing::kLength;
    case BodyKind::kUntilEnd:
      return end                                   ? Framing::kNone
             : client_version_ == Version::kHttp10 ? Framing::kRaw
                                                   : Framing::kChunked;
    case BodyKind::kNone:
    case BodyKind::kTunnel:
      break;
  }
  return Framing::kNone;
}

bool Http1ServerCodec::may_drop_rest() const {
  // A client that waits for 100 may or may not send its body behind a final response: who knows
  // where its next request would begin.
  return !(expects_ && !sent_continue_) &&
         (request_body_ == BodyKind::kUntilEnd || body_.promised() <= kMaxDropped);
}

bool Http1ServerCodec::must_close(BodyWriter::Framing framing) const {
  return closing_ || draining_ || framing == BodyWriter::Framing::kRaw ||
         // A client may have sent bytes for the tunnel that it does not get.
         is_connect_ || (reading_ == Reading::kBody && !may_drop_rest());
}

void Http1ServerCodec::write_head(const ResponseMessage& response, BodyWriter::Framing framing) {
  using Framing = BodyWriter::Framing;
  const bool is_bodiless = is_head_ || response.status == 304;
  const bool keeps_length = is_bodiless && response.body == BodyKind::kNone;
  append_status_line(output_, response.status);
  append_fields(output_, response.headers,
                keeps_length ? ContentLength::kKeep : ContentLength::kLeaveOut);
  if (framing == Framing::kChunked) {
    append_field(output_, "transfer-encoding", "chunked");
  } else if (framing == Framing::kLength || (is_bodiless && response.body == BodyKind::kLength)) {
    append_content_length(output_, response.content_length);
  } else if (framing == Framing::kNone && !is_bodiless && response.status != 204) {
    append_content_length(output_, 0);
  }
  if (closing_) {
    append_field(output_, "connection", "close");
  } else if (client_version_ == Version::kHttp10) {
    append_field(output_, "connection", "keep-alive");
  }
  output_.append("\r\n");
}

void Http1ServerCodec::send_response(StreamNumber stream, const ResponseMessage& response,
                                     bool end) {
  if (stream != stream_ || writing_ != Writing::kAwaiting) {
    return;
  }
  if (response.body == BodyKind::kTunnel || response.status == 101) {
    start_tunnel(response);
    return;
  }
  const BodyWriter::Framing framing = framing_of(response, end);
  closing_ = must_close(framing);
  write_head(response, framing);
  writer_.start(framing, response.content_length);
  writing_ = Writing::kBody;
  if (end) {
    after_write(writer_.write(output_, {}, /*end=*/true));
  }
}

void Http1ServerCodec::start_tunnel(const ResponseMessage& response) {
  const bool is_asked = request_body_ == BodyKind::kTunnel && reading_ == Reading::kWaiting;
  const bool fits =
      is_connect_ ? response.status >= 200 && response.status <= 299 : response.status == 101;
  if (!is_asked || !fits) {
    reset(stream_, StreamError::kProtocol);
    return;
  }
  append_status_line(output_, response.status);
  append_fields(output_, response.headers, ContentLength::kLeaveOut);
  if (!is_connect_) {
    append_field(output_, "connection", "upgrade");
    append_field(output_, "upgrade", "websocket");
  }
  output_.append("\r\n");
  writer_.start(BodyWriter::Framing::kRaw, 0);
  writing_ = Writing::kTunnel;
  reading_ = Reading::kTunnel;
  closing_ = true;
  has_left_ = false;
}

void Http1ServerCodec::send_informational(StreamNumber stream, const ResponseMessage& response) {
  // HTTP/1.0 knows no 1xx (RFC 9110 section 15.2).
  if (stream != stream_ || writing_ != Writing::kAwaiting || response.status == 101 ||
      client_version_ == Version::kHttp10) {
    return;
  }
  sent_continue_ = sent_continue_ || response.status == 100;
  append_status_line(output_, response.status);
  append_fields(output_, response.headers, ContentLength::kLeaveOut);
  output_.append("\r\n");
}

void Http1ServerCodec::send_data(StreamNumber stream, Bytes bytes, bool end) {
  if (may_send(stream)) {
    after_write(writer_.write(output_, bytes, end));
  }
}

void Http1ServerCodec::send_trailers(StreamNumber stream, const HeaderList& trailers) {
  if (may_send(stream)) {
    after_write(writer_.write_trailers(output_, trailers));
  }
}

void Http1ServerCodec::after_write(BodyWriter::Outcome outcome) {
  note_full(limits_);
  switch (outcome) {
    case BodyWriter::Outcome::kMore:
      break;
    case BodyWriter::Outcome::kDone:
      on_response_written();
      break;
    case BodyWriter::Outcome::kBroken:
      reset(stream_, StreamError::kInternal);
      break;
  }
}

void Http1ServerCodec::on_response_written() {
  writing_ = Writing::kIdle;
  if (reading_ == Reading::kWaiting) {
    next_request();
  } else if (reading_ == Reading::kBody && !closing_ && may_drop_rest()) {
    reading_ = Reading::kDraining;
    dropped_ = 0;
  } else {
    stop();
  }
}

void Http1ServerCodec::next_request() {
  stream_ += 2;
  has_left_ = false;
  is_paused_ = false;
  if (closing_ || draining_) {
    stop();
  } else {
    reading_ = Reading::kHead;
  }
}

void Http1ServerCodec::accept_h2c() {
  append_status_line(output_, 101);
  append_field(output_, "connection", "upgrade");
  append_field(output_, "upgrade", "h2c");
  output_.append("\r\n");
  reading_ = Reading::kHandedOver;
  writing_ = Writing::kIdle;
}

}  // namespace shaketable::proxy::http
