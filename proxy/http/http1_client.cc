#include "proxy/http/http1_client.h"

// Responses as they come, the connection's ends and its flow. Requests are written in
// http1_client_write.cc.
namespace shaketable::proxy::http {
namespace {

// 1xx responses before a final one.
constexpr std::uint8_t kMaxInformationals = 32;

}  // namespace

Http1ClientCodec::Http1ClientCodec(ClientHandler& handler, const CodecLimits& limits)
    : handler_(handler), limits_(limits), body_(limits) {}

// --- reading ---------------------------------------------------------------------------------

std::size_t Http1ClientCodec::receive(Bytes bytes) {
  Bytes input = bytes;
  while (!input.empty() && !is_paused() && !has_failed()) {
    switch (state_) {
      case State::kIdle:
        fail(ProtocolError::kUnexpectedBytes);
        break;
      case State::kHead:
        read_head(input);
        break;
      case State::kBody:
        read_body(input);
        break;
      case State::kTunnel: {
        const Bytes data = input;
        input = {};
        handler_.on_response_data(stream_, data, /*end=*/false);
        break;
      }
      case State::kStopped:
        input = {};
        break;
    }
  }
  return bytes.size() - input.size();
}

void Http1ClientCodec::read_head(Bytes& input) {
  while (!input.empty()) {
    if (!has_line_ && lines_.partial().empty()) {
      head_bytes_ = 0;
    }
    std::string_view line;
    switch (lines_.next(input, limits_.max_head_bytes - head_bytes_, line)) {
      case LineReader::Result::kMore:
        return;
      case LineReader::Result::kBad:
        fail(has_line_ ? ProtocolError::kBadHeader : ProtocolError::kBadStatusLine);
        return;
      case LineReader::Result::kTooLong:
        fail(ProtocolError::kHeadersTooLarge);
        return;
      case LineReader::Result::kLine:
        break;
    }
    if (line.empty() && has_line_) {
      finish_head(input);
      return;
    }
    if (!take_line(line)) {
      return;
    }
  }
}

bool Http1ClientCodec::take_line(std::string_view line) {
  head_bytes_ += line.size() + 2;
  ProtocolError error = ProtocolError::kNone;
  if (!has_line_) {
    response_.clear();
    fields_.clear();
    field_count_ = 0;
    has_line_ = true;
    error = parse_status_line(line, response_) ? error : ProtocolError::kBadStatusLine;
  } else if (++field_count_ > limits_.max_headers) {
    error = ProtocolError::kTooManyHeaders;
  } else if (!fields_.add(line, response_.headers)) {
    error = ProtocolError::kBadHeader;
  }
  if (error != ProtocolError::kNone) {
    fail(error);
  }
  return error == ProtocolError::kNone;
}

void Http1ClientCodec::finish_informational() {
  if (++informationals_ > kMaxInformationals) {
    fail(ProtocolError::kFlood);
    return;
  }
  response_.headers.remove("content-length");  // RFC 9110 section 8.6: not in a 1xx
  handler_.on_informational(stream_, response_);
}

void Http1ClientCodec::finish_head(Bytes rest) {
  has_line_ = false;
  if (!fields_.finish(response_.headers)) {
    fail(ProtocolError::kBadHeader);
    return;
  }
  const bool is_tunnel = response_.status == 101 ||
                         (is_connect_ && response_.status >= 200 && response_.status <= 299);
  if (response_.status < 200 && !is_tunnel) {
    finish_informational();
    return;
  }
  if (is_tunnel ? !begin_tunnel() : !begin_body()) {
    return;
  }
  const bool end = state_ == State::kBody && response_.body != BodyKind::kUntilEnd &&
                   response_.content_length == 0;
  if (end) {
    end_response(rest);
  }
  const StreamNumber stream = stream_;
  handler_.on_response(stream, response_, end);
  if (end) {
    tell_going_away();
  }
}

bool Http1ClientCodec::begin_tunnel() {
  if (response_.status == 101 &&
      (!asks_upgrade_ || fields_.upgrade() != "websocket")) {  // never asked for another one
    fail(ProtocolError::kBadStatusLine);
    return false;
  }
  response_.upgrade.assign(response_.status == 101 ? fields_.upgrade() : std::string_view{});
  response_.headers.remove("content-length");
  response_.body = BodyKind::kTunnel;
  writer_.start(BodyWriter::Framing::kRaw, 0);
  request_done_ = false;
  closing_ = true;
  state_ = State::kTunnel;
  return true;
}

/// RFC 9112 section 6.3. A length in a response without a body is only information.
bool Http1ClientCodec::begin_body() {
  BodyKind kind = BodyKind::kNone;
  std::uint64_t length = 0;
  if (const ParseFailure failure = fields_.framing(response_.version, kind, length)) {
    fail(failure.error);
    return false;
  }
  closing_ = closing_ || !fields_.keeps_alive(response_.version);
  state_ = State::kBody;
  if (is_head_ || response_.status == 204 || response_.status == 304) {
    if (response_.status == 204) {
      response_.headers.remove("content-length");
    }
    response_.body = BodyKind::kNone;
    return true;
  }
  response_.body = kind == BodyKind::kNone ? BodyKind::kUntilEnd : kind;
  response_.content_length = length;
  if (kind == BodyKind::kNone) {
    closing_ = true;
    body_.start_until_close();
  } else if (kind == BodyKind::kUntilEnd) {
    body_.start_chunked();
  } else {
    body_.start_length(length);
  }
  return true;
}

void Http1ClientCodec::read_body(Bytes& input) {
  const StreamNumber stream = stream_;
  const BodyReader::Piece piece = body_.next(input);
  const bool has_trailers = piece.end && !body_.trailers().empty();
  if (piece.end) {
    end_response(input);
  }
  if (!piece.data.empty() || (piece.end && !has_trailers)) {
    handler_.on_response_data(stream, piece.data, piece.end && !has_trailers);
  }
  if (has_trailers) {
    handler_.on_response_trailers(stream, body_.trailers());
  }
  if (piece.failure && state_ == State::kBody && stream_ == stream) {
    fail(piece.failure.error);
  } else if (piece.end) {
    tell_going_away();
  }
}

/// Before the handler hears of the end, for it may send the next request from there. Bytes that
/// follow must not become the next one's response.
void Http1ClientCodec::end_response(Bytes rest) {
  if (!rest.empty()) {
    error_ = ProtocolError::kUnexpectedBytes;
  }
  if (!rest.empty() || closing_ || !request_done_) {
    stop();
  } else {
    state_ = State::kIdle;
  }
}

void Http1ClientCodec::receive_end() {
  const State before = state_;
  stop();
  switch (before) {
    case State::kHead:
      handler_.on_response_reset(stream_, StreamError::kConnectionLost);
      break;
    case State::kBody:
      if (body_.ends_with_connection()) {
        handler_.on_response_data(stream_, {}, /*end=*/true);
      } else {
        handler_.on_response_reset(stream_, StreamError::kConnectionLost);
      }
      break;
    case State::kTunnel:
      handler_.on_response_data(stream_, {}, /*end=*/true);
      break;
    case State::kIdle:
    case State::kStopped:
      break;
  }
  tell_going_away();
}

// --- ends ------------------------------------------------------------------------------------

void Http1ClientCodec::stop() {
  state_ = State::kStopped;
  is_paused_ = false;
}

void Http1ClientCodec::tell_going_away() {
  if (state_ == State::kStopped && !told_going_away_) {
    told_going_away_ = true;
    handler_.on_going_away();
  }
}

void Http1ClientCodec::fail(ProtocolError error) {
  const bool is_open = state_ == State::kHead || state_ == State::kBody;
  error_ = error;
  stop();
  if (is_open) {
    handler_.on_response_reset(stream_, StreamError::kProtocol);
  }
  tell_going_away();
}

void Http1ClientCodec::reset(StreamNumber stream, StreamError /*error*/) {
  if (stream == stream_ && stream_count() > 0) {
    output_.clear();
    stop();
  }
}

void Http1ClientCodec::drain() {
  closing_ = true;
  if (state_ == State::kIdle) {
    stop();
  }
}

void Http1ClientCodec::release_buffers() {
  if (state_ != State::kIdle) {
    return;
  }
  response_ = ResponseMessage();
  fields_.release();
  body_.release();
  lines_.release();
  if (output_.empty()) {
    std::string().swap(output_);
  }
}

// --- flow ------------------------------------------------------------------------------------

void Http1ClientCodec::fill_output() {
  if (has_drained(limits_) && may_send(stream_)) {
    handler_.on_request_drained(stream_);
  }
}

bool Http1ClientCodec::is_blocked(StreamNumber stream) const {
  return may_send(stream) && is_full(limits_);
}

void Http1ClientCodec::pause_stream(StreamNumber stream) {
  is_paused_ = is_paused_ || (stream == stream_ && stream_count() > 0);
}

void Http1ClientCodec::resume_stream(StreamNumber stream) {
  is_paused_ = is_paused_ && stream != stream_;
}

bool Http1ClientCodec::is_paused() const {
  return is_paused_ && (state_ == State::kBody || state_ == State::kTunnel);
}

bool Http1ClientCodec::wants_close() const { return state_ == State::kStopped; }

Phase Http1ClientCodec::phase() const {
  switch (state_) {
    case State::kIdle:
      return Phase::kIdle;
    case State::kHead:
      return has_line_ || !lines_.partial().empty() ? Phase::kHead : Phase::kWaiting;
    case State::kBody:
      return is_paused_ ? Phase::kWaiting : Phase::kBody;
    case State::kTunnel:
      return Phase::kTunnel;
    case State::kStopped:
      break;
  }
  return Phase::kWaiting;
}

std::size_t Http1ClientCodec::stream_count() const {
  return state_ == State::kIdle || state_ == State::kStopped ? 0 : 1;
}

}  // namespace shaketable::proxy::http
