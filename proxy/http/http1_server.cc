#include "proxy/http/http1_server.h"

#include "proxy/http/grammar.h"
#include "proxy/http/http1_writer.h"
#include "proxy/http/text.h"

namespace shaketable::proxy::http {
namespace {

// RFC 9112 section 2.2 asks for one; some old clients send CRLF behind every body.
constexpr std::uint8_t kMaxEmptyLines = 4;
// What of a request's body is read and dropped behind an early response to save the connection.
constexpr std::size_t kMaxDropped = 64 * 1024;
// Of a request line, besides its target.
constexpr std::size_t kRequestLineRoom = 64;

constexpr ParseFailure kBadHost{ProtocolError::kBadHost, 400};

}  // namespace

Http1ServerCodec::Http1ServerCodec(ServerHandler& handler, const CodecLimits& limits, bool is_tls)
    : handler_(handler), limits_(limits), is_tls_(is_tls), body_(limits) {}

// --- reading ---------------------------------------------------------------------------------

std::size_t Http1ServerCodec::receive(Bytes bytes) {
  Bytes input = bytes;
  while (!input.empty() && !is_paused() && !has_failed()) {
    switch (reading_) {
      case Reading::kHead:
        read_head(input);
        break;
      case Reading::kBody:
        read_body(input);
        break;
      case Reading::kWaiting:
        has_left_ = true;  // is_paused() from here on
        break;
      case Reading::kDraining:
        drop_body(input);
        break;
      case Reading::kTunnel:
        read_tunnel(input);
        break;
      case Reading::kStopped:
        input = {};
        break;
      case Reading::kHandedOver:
        return bytes.size() - input.size();
    }
  }
  return bytes.size() - input.size();
}

void Http1ServerCodec::read_head(Bytes& input) {
  while (!input.empty()) {
    const std::size_t limit = has_line_ ? limits_.max_head_bytes - head_bytes_
                                        : limits_.max_target_bytes + kRequestLineRoom;
    std::string_view line;
    switch (lines_.next(input, limit, line)) {
      case LineReader::Result::kMore:
        if (!has_line_ && !may_begin_request_line(lines_.partial())) {
          fail({ProtocolError::kBadRequestLine, 400});
        }
        return;
      case LineReader::Result::kBad:
        fail({has_line_ ? ProtocolError::kBadHeader : ProtocolError::kBadRequestLine, 400});
        return;
      case LineReader::Result::kTooLong: {
        const bool is_target =
            !has_line_ &&
            may_begin_request_line(lines_.partial().empty() ? input : lines_.partial());
        fail({is_target || has_line_ ? ProtocolError::kHeadersTooLarge
                                     : ProtocolError::kBadRequestLine,
              static_cast<std::uint16_t>(has_line_   ? 431
                                         : is_target ? 414
                                                     : 400)});
        return;
      }
      case LineReader::Result::kLine:
        break;
    }
    if (line.empty() && has_line_) {
      finish_head();
      return;
    }
    if (const ParseFailure failure = take_line(line)) {
      fail(failure);
      return;
    }
  }
}

ParseFailure Http1ServerCodec::take_line(std::string_view line) {
  if (!has_line_) {
    if (line.empty()) {
      return ++empty_lines_ > kMaxEmptyLines ? ParseFailure{ProtocolError::kBadRequestLine, 400}
                                             : ParseFailure{};
    }
    request_.clear();
    fields_.clear();
    has_line_ = true;
    head_bytes_ = line.size() + 2;
    field_count_ = 0;
    if (head_bytes_ > limits_.max_head_bytes) {
      return {ProtocolError::kHeadersTooLarge, 414};
    }
    return parse_request_line(line, request_);
  }
  head_bytes_ += line.size() + 2;
  if (++field_count_ > limits_.max_headers) {
    return {ProtocolError::kTooManyHeaders, 431};
  }
  return fields_.add(line, request_.headers) ? ParseFailure{}
                                             : ParseFailure{ProtocolError::kBadHeader, 400};
}

ParseFailure Http1ServerCodec::check_host() {
  // RFC 9112 section 3.2: one valid Host, also when the target names another authority.
  const bool may_lack = request_.version == Version::kHttp10;
  if (fields_.host_count() > 1 || (fields_.host_count() == 0 && !may_lack) ||
      (fields_.host_count() == 1 && !is_authority(fields_.host()))) {
    return kBadHost;
  }
  if (request_.authority.empty()) {
    request_.authority.assign(fields_.host());
  }
  return {};
}

ParseFailure Http1ServerCodec::check_head() {
  if (!fields_.finish(request_.headers)) {
    return {ProtocolError::kBadHeader, 400};
  }
  if (const ParseFailure failure = check_host()) {
    return failure;
  }
  if (const ParseFailure failure =
          fields_.framing(request_.version, request_.body, request_.content_length)) {
    return failure;
  }
  const bool has_body = request_.body == BodyKind::kUntilEnd || request_.content_length > 0;
  is_head_ = request_.method == "HEAD";
  is_connect_ = request_.method == "CONNECT";
  if (has_body && (is_connect_ || request_.method == "TRACE")) {
    return {ProtocolError::kBadFraming, 400};
  }
  if (request_.version != Version::kHttp10) {
    if (fields_.has_bad_expectation()) {
      return {ProtocolError::kBadHeader, 417};
    }
    request_.expects_continue = fields_.expects_continue() && has_body;
  }
  return {};
}

void Http1ServerCodec::check_upgrade() {
  if (request_.body != BodyKind::kNone || request_.version == Version::kHttp10) {
    return;
  }
  if (fields_.upgrade() == "websocket") {
    request_.upgrade = "websocket";
    request_.body = BodyKind::kTunnel;
    return;
  }
  h2c_settings_.clear();
  std::string decoded;
  const auto settings = fields_.http2_settings();
  offers_h2c_ = fields_.upgrade() == "h2c" && stream_ == 1 && !is_tls_ && settings &&
                decode_base64url(*settings, decoded);
  if (offers_h2c_) {
    h2c_settings_ = *settings;
  }
}

void Http1ServerCodec::finish_head() {
  if (const ParseFailure failure = check_head()) {
    fail(failure);
    return;
  }
  request_.scheme = is_tls_ ? "https" : "http";
  request_.accepts_trailers = fields_.accepts_trailers();
  if (is_connect_) {
    request_.body = BodyKind::kTunnel;
  } else {
    check_upgrade();
  }
  client_version_ = request_.version;
  closing_ = !fields_.keeps_alive(client_version_);
  request_body_ = request_.body;
  expects_ = request_.expects_continue;
  sent_continue_ = false;
  has_line_ = false;
  empty_lines_ = 0;
  head_bytes_ = 0;
  begin_body();
  writing_ = Writing::kAwaiting;
  const bool end = reading_ == Reading::kWaiting && request_body_ != BodyKind::kTunnel;
  handler_.on_request(stream_, request_, end);
  offers_h2c_ = false;
}

void Http1ServerCodec::begin_body() {
  reading_ = Reading::kBody;
  switch (request_body_) {
    case BodyKind::kNone:
    case BodyKind::kTunnel:  // its bytes come when the response has opened it
      reading_ = Reading::kWaiting;
      break;
    case BodyKind::kLength:
      body_.start_length(request_.content_length);
      reading_ = request_.content_length == 0 ? Reading::kWaiting : Reading::kBody;
      break;
    case BodyKind::kUntilEnd:
      body_.start_chunked();
      break;
  }
}

void Http1ServerCodec::read_body(Bytes& input) {
  // The handler may answer, and so begin with the next request, in each of the calls.
  const StreamNumber stream = stream_;
  const BodyReader::Piece piece = body_.next(input);
  const bool has_trailers = piece.end && !body_.trailers().empty();
  if (piece.end) {
    reading_ = Reading::kWaiting;
  }
  if (!piece.data.empty() || (piece.end && !has_trailers)) {
    handler_.on_request_data(stream, piece.data, piece.end && !has_trailers);
  }
  if (has_trailers && stream_ == stream && reading_ == Reading::kWaiting) {
    handler_.on_request_trailers(stream, body_.trailers());
  }
  if (piece.failure && stream_ == stream) {
    fail(piece.failure);
  }
}

void Http1ServerCodec::drop_body(Bytes& input) {
  const std::size_t before = input.size();
  const BodyReader::Piece piece = body_.next(input);
  dropped_ += before - input.size();
  if (piece.failure) {
    fail(piece.failure);
  } else if (piece.end) {
    next_request();
  } else if (dropped_ > kMaxDropped) {
    stop();
  }
}

void Http1ServerCodec::read_tunnel(Bytes& input) {
  const Bytes data = input;
  input = {};
  handler_.on_request_data(stream_, data, /*end=*/false);
}

void Http1ServerCodec::receive_end() {
  const bool is_open = writing_ != Writing::kIdle;
  const bool is_tunnel = reading_ == Reading::kTunnel;
  stop();
  if (is_tunnel) {
    handler_.on_request_data(stream_, {}, /*end=*/true);
  } else if (is_open) {
    writing_ = Writing::kIdle;
    handler_.on_request_reset(stream_, StreamError::kConnectionLost);
  }
}

// --- writing ---------------------------------------------------------------------------------

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
  was_blocked_ = was_blocked_ || output_.size() > limits_.high_water;
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

// --- ends ------------------------------------------------------------------------------------

void Http1ServerCodec::stop() {
  reading_ = Reading::kStopped;
  has_left_ = false;
  is_paused_ = false;
}

void Http1ServerCodec::write_error(std::uint16_t status) {
  append_status_line(output_, status);
  append_content_length(output_, 0);
  append_field(output_, "connection", "close");
  output_.append("\r\n");
}

void Http1ServerCodec::fail(ParseFailure failure) {
  const bool is_open = writing_ != Writing::kIdle;
  error_ = failure.error;
  if (reading_ == Reading::kHead || writing_ == Writing::kAwaiting) {
    write_error(failure.status);
  } else {
    must_abort_ = is_open && writer_.framing() == BodyWriter::Framing::kRaw;
  }
  stop();
  writing_ = Writing::kIdle;
  if (is_open) {
    handler_.on_request_reset(stream_, StreamError::kProtocol);
  }
}

void Http1ServerCodec::refuse(std::uint16_t status) {
  if (reading_ == Reading::kHead) {
    write_error(status);
    stop();
  }
}

void Http1ServerCodec::reset(StreamNumber stream, StreamError /*error*/) {
  if (stream == stream_ && writing_ != Writing::kIdle) {
    must_abort_ = writing_ != Writing::kAwaiting && writer_.framing() == BodyWriter::Framing::kRaw;
    writing_ = Writing::kIdle;
    stop();
  }
}

/// A request may be on its way on a connection that looks idle: it is still served, as the last
/// one.
void Http1ServerCodec::drain() { draining_ = true; }

void Http1ServerCodec::finish_drain() {
  draining_ = true;
  if (phase() == Phase::kIdle) {
    stop();
  }
}

void Http1ServerCodec::release_buffers() {
  if (phase() != Phase::kIdle) {
    return;
  }
  request_ = RequestMessage();
  fields_.release();
  body_.release();
  lines_.release();
  std::string().swap(h2c_settings_);
  if (output_.empty()) {
    std::string().swap(output_);
  }
}

// --- flow ------------------------------------------------------------------------------------

void Http1ServerCodec::fill_output() {
  if (was_blocked_ && output_.size() <= limits_.high_water / 2) {
    was_blocked_ = false;
    if (writing_ == Writing::kBody || writing_ == Writing::kTunnel) {
      handler_.on_response_drained(stream_);
    }
  }
}

bool Http1ServerCodec::is_blocked(StreamNumber stream) const {
  return may_send(stream) && output_.size() > limits_.high_water;
}

void Http1ServerCodec::pause_stream(StreamNumber stream) {
  is_paused_ = is_paused_ || (stream == stream_ && writing_ != Writing::kIdle);
}

void Http1ServerCodec::resume_stream(StreamNumber stream) {
  is_paused_ = is_paused_ && stream != stream_;
}

bool Http1ServerCodec::is_paused() const {
  switch (reading_) {
    case Reading::kHead:
      return output_.size() > limits_.high_water;
    case Reading::kBody:
    case Reading::kTunnel:
      return is_paused_;
    case Reading::kWaiting:
      return has_left_;
    case Reading::kDraining:
    case Reading::kStopped:
    case Reading::kHandedOver:
      break;
  }
  return false;
}

bool Http1ServerCodec::wants_close() const {
  return reading_ == Reading::kStopped && writing_ == Writing::kIdle;
}

Phase Http1ServerCodec::phase() const {
  switch (reading_) {
    case Reading::kHead:
      return has_line_ || !lines_.partial().empty() ? Phase::kHead : Phase::kIdle;
    case Reading::kBody:
      return is_paused_ ? Phase::kWaiting : Phase::kBody;
    case Reading::kDraining:
      return Phase::kBody;
    case Reading::kTunnel:
      return Phase::kTunnel;
    case Reading::kWaiting:
    case Reading::kStopped:
    case Reading::kHandedOver:
      break;
  }
  return Phase::kWaiting;
}

std::size_t Http1ServerCodec::stream_count() const { return writing_ == Writing::kIdle ? 0 : 1; }

}  // namespace shaketable::proxy::http
