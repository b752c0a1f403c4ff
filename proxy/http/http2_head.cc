#include "proxy/http/http2_head.h"

#include "proxy/http/fields.h"
#include "proxy/http/grammar.h"
#include "proxy/http/text.h"

namespace shaketable::proxy::http {
namespace {

/// What a field costs beside its bytes (RFC 9113 section 6.5.2).
constexpr std::size_t kFieldOverhead = 32;

}  // namespace

void Http2HeadReader::begin(Kind kind) {
  kind_ = kind;
  error_ = ProtocolError::kNone;
  bytes_ = fields_ = 0;
  target_too_long_ = has_authority_ = has_host_ = has_length_ = false;
  length_ = 0;
  host_.clear();
  cookie_.clear();
  protocol_.clear();
  switch (kind) {
    case Kind::kRequest:
      request.clear();
      request.version = Version::kHttp2;
      break;
    case Kind::kResponse:
      response.clear();
      response.version = Version::kHttp2;
      break;
    case Kind::kTrailers:
      trailers.clear();
      break;
  }
}

void Http2HeadReader::field(std::string_view name, std::string_view value) {
  bytes_ += name.size() + value.size() + kFieldOverhead;
  if (error_ != ProtocolError::kNone) {
    return;
  }
  if (bytes_ > max_bytes_) {
    error_ = kind_ == Kind::kTrailers ? ProtocolError::kTrailersTooLarge
                                      : ProtocolError::kHeadersTooLarge;
    return;
  }
  if (name[0] == ':') {
    pseudo_field(name, value);
    return;
  }
  if (name == "cookie" && kind_ == Kind::kRequest) {
    add_crumb(value);
    return;
  }
  if (++fields_ > max_fields_) {
    error_ = ProtocolError::kTooManyHeaders;
    return;
  }
  switch (kind_) {
    case Kind::kRequest:
      regular_field(name, value, request.headers);
      break;
    case Kind::kResponse:
      regular_field(name, value, response.headers);
      break;
    case Kind::kTrailers:
      trailer_field(name, value);
      break;
  }
}

void Http2HeadReader::pseudo_field(std::string_view name, std::string_view value) {
  if (kind_ == Kind::kResponse) {
    response.status = 0;  // nghttp2 has checked that it is three digits
    for (const char c : value) {
      response.status = static_cast<std::uint16_t>(response.status * 10 + (c - '0'));
    }
    return;
  }
  if (name == ":path") {
    if (value.size() > max_target_) {
      error_ = ProtocolError::kHeadersTooLarge;
      target_too_long_ = true;
      return;
    }
    request.path = value;
  } else if (name == ":method") {
    request.method = value;
  } else if (name == ":authority") {
    request.authority = value;
    has_authority_ = true;
  } else if (name == ":scheme") {
    request.scheme = value;
  } else if (name == ":protocol") {
    protocol_ = value;
  }
}

void Http2HeadReader::regular_field(std::string_view name, std::string_view value,
                                    HeaderList& headers) {
  switch (known_field(name)) {
    case KnownField::kNone:
      if (!hides_a_known_field(name)) {
        headers.add_lower(name, value);
      }
      return;
    case KnownField::kHost:
      if (kind_ == Kind::kRequest) {
        host_ = value;
        has_host_ = true;
      }
      return;
    case KnownField::kContentLength:
      if (has_length_ || !parse_content_length(value, length_)) {
        error_ = ProtocolError::kBadFraming;
        return;
      }
      has_length_ = true;
      headers.add_lower(name, value);
      return;
    case KnownField::kTe:
      request.accepts_trailers |= equals_ignoring_case(value, "trailers");
      return;
    case KnownField::kExpect:
      if (kind_ == Kind::kRequest && equals_ignoring_case(value, "100-continue")) {
        request.expects_continue = true;
      } else {
        headers.add_lower(name, value);
      }
      return;
    case KnownField::kTransferEncoding:
    case KnownField::kConnection:
    case KnownField::kUpgrade:
    case KnownField::kHttp2Settings:
    case KnownField::kHop:
      return;
  }
}

void Http2HeadReader::trailer_field(std::string_view name, std::string_view value) {
  if (!is_forbidden_trailer(name)) {
    trailers.add_lower(name, value);
  }
}

// HTTP/2 may split a cookie for its compression; HTTP/1 must see one (RFC 9113 section 8.2.3).
void Http2HeadReader::add_crumb(std::string_view value) {
  if (!cookie_.empty()) {
    cookie_ += "; ";
  }
  cookie_ += value;
}

ProtocolError Http2HeadReader::check_target() {
  if (!has_authority_) {
    request.authority = host_;
  } else if (has_host_ && !equals_ignoring_case(host_, request.authority)) {
    return ProtocolError::kBadHost;
  }
  if (!is_token(request.method)) {
    return ProtocolError::kBadRequestLine;
  }
  if (request.method == "CONNECT" && protocol_.empty()) {
    return is_authority_with_port(request.authority) ? ProtocolError::kNone
                                                     : ProtocolError::kBadHost;
  }
  if (!is_authority(request.authority)) {
    return ProtocolError::kBadHost;
  }
  const bool is_server_wide = request.path == "*" && request.method == "OPTIONS";
  if ((request.scheme != "http" && request.scheme != "https") ||
      (!is_server_wide && !is_origin_form(request.path))) {
    return ProtocolError::kBadRequestLine;
  }
  return ProtocolError::kNone;
}

ProtocolError Http2HeadReader::finish_request(bool end) {
  if (error_ == ProtocolError::kNone) {
    error_ = check_target();
  }
  if (error_ != ProtocolError::kNone) {
    return error_;
  }
  if (!cookie_.empty()) {
    request.headers.add_lower("cookie", cookie_);
  }
  if (request.method == "CONNECT") {
    request.body = BodyKind::kTunnel;
    request.headers.remove("content-length");
    if (!protocol_.empty()) {          // What HTTP/1 says by an upgrade.
      if (protocol_ != "websocket") {  // the only one that HTTP/1 is asked for
        return error_ = ProtocolError::kBadHeader;
      }
      request.method = "GET";
      request.upgrade = protocol_;
    }
    return error_;
  }
  request.body = has_length_ ? BodyKind::kLength : end ? BodyKind::kNone : BodyKind::kUntilEnd;
  request.content_length = length_;
  return error_;
}

ProtocolError Http2HeadReader::finish_response(bool end, bool bodiless) {
  if (error_ != ProtocolError::kNone) {
    return error_;
  }
  const bool none = bodiless || response.status == 204 || response.status == 304;
  response.body = none          ? BodyKind::kNone
                  : has_length_ ? BodyKind::kLength
                  : end         ? BodyKind::kNone
                                : BodyKind::kUntilEnd;
  response.content_length = none ? 0 : length_;
  return error_;
}

}  // namespace shaketable::proxy::http
