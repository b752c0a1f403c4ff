#include "proxy/http/grammar.h"
#include "proxy/http/http1_client.h"
#include "proxy/http/http1_writer.h"
#include "proxy/http/text.h"

// Requests as they go.
namespace shaketable::proxy::http {
namespace {

bool can_be_written(const RequestMessage& request) {
  if (!is_token(request.method) ||
      (!request.authority.empty() && !is_authority(request.authority))) {
    return false;
  }
  if (request.method == "CONNECT") {
    return is_authority_with_port(request.authority);
  }
  return is_origin_form(request.path) || (request.path == "*" && request.method == "OPTIONS");
}

/// Servers expect a length with these, also when there is nothing (RFC 9110 section 8.6).
bool has_meaning_for_content(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

bool Http1ClientCodec::can_send() const { return state_ == State::kIdle && !closing_; }

BodyWriter::Framing Http1ClientCodec::framing_of(const RequestMessage& request, bool end) const {
  using Framing = BodyWriter::Framing;
  switch (request.body) {
    case BodyKind::kLength:
      return Framing::kLength;
    case BodyKind::kUntilEnd:
      return end ? Framing::kNone : Framing::kChunked;
    case BodyKind::kNone:
    case BodyKind::kTunnel:
      break;
  }
  return Framing::kNone;
}

void Http1ClientCodec::write_head(const RequestMessage& request, BodyWriter::Framing framing,
                                  bool end) {
  output_.append(request.method).append(" ");
  output_.append(is_connect_ ? request.authority : request.path).append(" HTTP/1.1\r\n");
  append_field(output_, "host", request.authority);
  append_fields(output_, request.headers, ContentLength::kLeaveOut);
  if (framing == BodyWriter::Framing::kChunked) {
    append_field(output_, "transfer-encoding", "chunked");
  } else if (framing == BodyWriter::Framing::kLength) {
    append_content_length(output_, request.content_length);
  } else if (has_meaning_for_content(request.method) && !asks_upgrade_) {
    append_content_length(output_, 0);
  }
  if (request.expects_continue && !end) {
    append_field(output_, "expect", "100-continue");
  }
  if (request.accepts_trailers) {
    append_field(output_, "te", "trailers");
  }
  if (asks_upgrade_) {
    append_field(output_, "upgrade", request.upgrade);
    append_field(output_, "connection", request.accepts_trailers ? "te, upgrade" : "upgrade");
  } else if (request.accepts_trailers) {
    append_field(output_, "connection", "te");
  }
  output_.append("\r\n");
}

StreamNumber Http1ClientCodec::send_request(const RequestMessage& request, bool end) {
  if (!can_send() || !can_be_written(request)) {
    return 0;
  }
  begin_exchange();
  is_head_ = request.method == "HEAD";
  is_connect_ = request.method == "CONNECT";
  asks_upgrade_ = request.body == BodyKind::kTunnel && is_token(request.upgrade);
  const BodyWriter::Framing framing = framing_of(request, end);
  write_head(request, framing, end);
  writer_.start(framing, request.content_length);
  // A request that asks for a tunnel is whole; what follows waits for the answer.
  request_done_ = request.body == BodyKind::kTunnel;
  const StreamNumber stream = stream_;
  if (end && !request_done_) {
    after_write(writer_.write(output_, {}, /*end=*/true));
  }
  return stream;
}

StreamNumber Http1ClientCodec::send_rendered(Bytes request, bool is_head) {
  if (!can_send()) {
    return 0;
  }
  begin_exchange();
  is_head_ = is_head;
  is_connect_ = asks_upgrade_ = false;
  output_.append(request);
  writer_.start(BodyWriter::Framing::kNone, 0);
  request_done_ = true;
  return stream_;
}

void Http1ClientCodec::begin_exchange() {
  stream_ += stream_ == 0 ? 1 : 2;
  informationals_ = 0;
  is_paused_ = false;
  has_line_ = false;
  state_ = State::kHead;
}

bool Http1ClientCodec::may_send(StreamNumber stream) const {
  return stream == stream_ &&
         (state_ == State::kTunnel ||
          ((state_ == State::kHead || state_ == State::kBody) && !request_done_));
}

void Http1ClientCodec::send_data(StreamNumber stream, Bytes bytes, bool end) {
  if (may_send(stream)) {
    after_write(writer_.write(output_, bytes, end));
  }
}

void Http1ClientCodec::send_trailers(StreamNumber stream, const HeaderList& trailers) {
  if (may_send(stream)) {
    after_write(writer_.write_trailers(output_, trailers));
  }
}

void Http1ClientCodec::after_write(BodyWriter::Outcome outcome) {
  note_full(limits_);
  switch (outcome) {
    case BodyWriter::Outcome::kMore:
      break;
    case BodyWriter::Outcome::kDone:
      request_done_ = true;
      if (state_ == State::kTunnel) {
        stop();
      }
      break;
    case BodyWriter::Outcome::kBroken:
      reset(stream_, StreamError::kInternal);
      break;
  }
}

}  // namespace shaketable::proxy::http
