#include "proxy/base/base64.h"
#include "proxy/http/grammar.h"
#include "proxy/http/http1_server.h"
#include "proxy/http/text.h"

// Requests as they come.
namespace shaketable::proxy::http {
namespace {

// RFC 9112 section 2.2 asks for one; some old clients send CRLF behind every body.
constexpr std::uint8_t kMaxEmptyLines = 4;
// Of a request line, besides its target.
constexpr std::size_t kRequestLineRoom = 64;

constexpr ParseFailure kBadHost{ProtocolError::kBadHost, 400};

}  // namespace

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
  const auto settings = fields_.http2_settings();
  offers_h2c_ = fields_.upgrade() == "h2c" && stream_ == 1 && !is_tls_ && settings &&
                from_base64(*settings, Base64::kUrl).has_value();
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

}  // namespace shaketable::proxy::http
