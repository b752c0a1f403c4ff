#include "proxy/http/http1_parser.h"

#include <algorithm>

#include "proxy/http/grammar.h"
#include "proxy/http/text.h"

namespace shaketable::proxy::http {
namespace {

constexpr std::size_t kMaxMethod = 32;

constexpr ParseFailure kBadRequestLine{ProtocolError::kBadRequestLine, 400};

/// "HTTP/1.0" or "HTTP/1.x"; later minor versions are read as 1.1 (RFC 9110 section 2.5).
bool parse_version(std::string_view text, Version& version) {
  if (text.size() != 8 || !text.starts_with("HTTP/1.") || !has_class(text[7], kDigit)) {
    return false;
  }
  version = text[7] == '0' ? Version::kHttp10 : Version::kHttp11;
  return true;
}

bool is_other_major_version(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && has_class(text[5], kDigit) &&
         text[6] == '.' && has_class(text[7], kDigit);
}

/// The rest of an absolute-form target behind "http://" or "https://"; empty when it is none.
std::string_view after_scheme(std::string_view target) {
  for (const std::string_view scheme :
       {std::string_view("http://"), std::string_view("https://")}) {
    if (target.size() > scheme.size() &&
        equals_ignoring_case(target.substr(0, scheme.size()), scheme)) {
      return target.substr(scheme.size());
    }
  }
  return {};
}

bool parse_absolute_form(std::string_view target, RequestMessage& request) {
  const std::string_view rest = after_scheme(target);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  if (!is_authority(rest.substr(0, end))) {
    return false;
  }
  request.authority.assign(rest.substr(0, end));
  if (end == rest.size()) {
    // RFC 9112 section 3.2.4: such a URI is how a client asks a proxy for OPTIONS *.
    request.path = request.method == "OPTIONS" ? "*" : "/";
    return true;
  }
  if (rest[end] == '?') {
    request.path = "/";
  }
  request.path.append(rest.substr(end));
  return is_origin_form(request.path);
}

bool parse_target(std::string_view target, RequestMessage& request) {
  if (request.method == "CONNECT") {
    request.authority.assign(target);
    return is_authority_with_port(target);
  }
  if (target[0] == '/') {
    request.path.assign(target);
    return is_origin_form(target);
  }
  if (target == "*") {
    request.path = "*";
    return request.method == "OPTIONS";
  }
  return parse_absolute_form(target, request);
}

}  // namespace

LineReader::Result LineReader::next(Bytes& input, std::size_t limit, std::string_view& line) {
  if (given_) {
    partial_.clear();
    given_ = false;
  }
  const std::size_t end = input.find('\n');
  const std::size_t found = end == Bytes::npos ? input.size() : end + 1;
  if (partial_.size() + found > limit) {
    return Result::kTooLong;
  }
  if (end == Bytes::npos) {
    // A CR that no LF follows will not get better: do not wait for the end of such a line.
    const bool is_bad =
        (!partial_.empty() && partial_.back() == '\r') || input.find('\r') < input.size() - 1;
    partial_.append(input);
    input = {};
    return is_bad ? Result::kBad : Result::kMore;
  }
  line = input.substr(0, end);
  input.remove_prefix(end + 1);
  if (!partial_.empty()) {
    partial_.append(line);
    line = partial_;
    given_ = true;
  }
  if (line.empty() || line.back() != '\r') {
    return Result::kBad;
  }
  line.remove_suffix(1);
  return Result::kLine;
}

void LineReader::release() {
  std::string().swap(partial_);
  given_ = false;
}

bool parse_field_line(std::string_view line, std::string_view& name, std::string_view& value,
                      bool& has_underscore) {
  std::size_t end = 0;
  unsigned seen = 0;
  while (end < line.size() && has_class(line[end], kTokenChar)) {
    seen |= kCharClasses[static_cast<unsigned char>(line[end++])];
  }
  if (end == 0 || end == line.size() || line[end] != ':') {
    return false;
  }
  has_underscore = (seen & kUnderscore) != 0;
  name = line.substr(0, end);
  value = trimmed(line.substr(end + 1));
  return is_field_value(value);
}

ParseFailure parse_request_line(std::string_view line, RequestMessage& request) {
  std::size_t end = 0;
  while (end < line.size() && has_class(line[end], kTokenChar)) {
    ++end;
  }
  if (end == 0 || end == line.size() || line[end] != ' ') {
    return kBadRequestLine;
  }
  const std::size_t space = line.find(' ', end + 1);
  if (space == std::string_view::npos || space == end + 1) {
    return kBadRequestLine;
  }
  const std::string_view version = line.substr(space + 1);
  if (!parse_version(version, request.version)) {
    return is_other_major_version(version) ? ParseFailure{ProtocolError::kUnsupportedVersion, 505}
                                           : kBadRequestLine;
  }
  if (end > kMaxMethod) {
    return {ProtocolError::kBadRequestLine, 501};
  }
  request.method.assign(line.substr(0, end));
  return parse_target(line.substr(end + 1, space - end - 1), request) ? ParseFailure{}
                                                                      : kBadRequestLine;
}

bool may_begin_request_line(std::string_view bytes) {
  std::size_t end = 0;
  while (end < bytes.size() && end <= kMaxMethod && has_class(bytes[end], kTokenChar)) {
    ++end;
  }
  if (end == bytes.size()) {
    return end <= kMaxMethod;
  }
  // An empty line may come first; its CR is all of it that can be there.
  return (end > 0 && bytes[end] == ' ') || bytes == "\r";
}

bool parse_status_line(std::string_view line, ResponseMessage& response) {
  constexpr std::size_t kVersionSize = 8;
  constexpr std::size_t kCodeEnd = kVersionSize + 4;
  if (line.size() < kCodeEnd || !parse_version(line.substr(0, kVersionSize), response.version) ||
      line[kVersionSize] != ' ') {
    return false;
  }
  unsigned status = 0;
  for (const char c : line.substr(kVersionSize + 1, 3)) {
    if (!has_class(c, kDigit)) {
      return false;
    }
    status = status * 10 + static_cast<unsigned>(c - '0');
  }
  response.status = static_cast<std::uint16_t>(status);
  const std::string_view reason = line.substr(kCodeEnd);
  return status >= 100 && status <= 599 &&
         (reason.empty() || (reason[0] == ' ' && is_field_value(reason)));
}

}  // namespace shaketable::proxy::http
