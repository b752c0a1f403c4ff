#include "proxy/http/http1_writer.h"

#include <charconv>
#include <cstddef>
#include <cstring>

#include "proxy/http/fields.h"
#include "proxy/http/grammar.h"

namespace shaketable::proxy::http {
namespace {

constexpr std::string_view kCookie = "cookie";

/// Bytes in front of a string that was made long enough at once: `append` per piece costs more.
class Appender {
 public:
  Appender(std::string& output, std::size_t at_most) : output_(output), size_(output.size()) {
    output_.resize(size_ + at_most);
  }
  ~Appender() { output_.resize(size_); }
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  void put(std::string_view text) {
    std::memcpy(output_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  void put_field(std::string_view name, std::string_view value) {
    put(name);
    put(": ");
    put(value);
    put("\r\n");
  }

 private:
  std::string& output_;
  std::size_t size_;
};

/// Room for all fields with ": " and CRLF.
std::size_t wire_size(const HeaderList& headers) {
  return headers.byte_count() + headers.size() * 4;
}

/// Whether no byte of any field can end its line. Names are tokens since they came into the list:
/// parsers and mutations see to that. In one pass, for a bad one is a rarity.
class SafetyCheck {
 public:
  explicit SafetyCheck(const HeaderList& headers) : is_clean_(is_field_value(headers.bytes())) {}
  [[nodiscard]] bool operator()(const Header& field) const {
    return is_clean_ || (is_token(field.name) && is_field_value(field.value));
  }

 private:
  bool is_clean_;
};

void put_cookies(Appender& appender, const HeaderList& headers, std::size_t first,
                 const SafetyCheck& is_safe) {
  appender.put("cookie: ");
  appender.put(headers[first].value);
  for (std::size_t i = first + 1; i < headers.size(); ++i) {
    const Header field = headers[i];
    if (field.name == kCookie && is_safe(field)) {
      appender.put("; ");
      appender.put(field.value);
    }
  }
  appender.put("\r\n");
}

}  // namespace

std::string_view reason_phrase(std::uint16_t status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 102:
      return "Processing";
    case 103:
      return "Early Hints";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 203:
      return "Non-Authoritative Information";
    case 204:
      return "No Content";
    case 205:
      return "Reset Content";
    case 206:
      return "Partial Content";
    case 207:
      return "Multi-Status";
    case 300:
      return "Multiple Choices";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 425:
      return "Too Early";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    case 511:
      return "Network Authentication Required";
    default:
      return "Unknown";
  }
}

void append_status_line(std::string& output, std::uint16_t status) {
  const char code[] = {static_cast<char>('0' + status / 100 % 10),
                       static_cast<char>('0' + status / 10 % 10),
                       static_cast<char>('0' + status % 10), ' '};
  output.append("HTTP/1.1 ").append(code, sizeof code).append(reason_phrase(status)).append("\r\n");
}

void append_field(std::string& output, std::string_view name, std::string_view value) {
  Appender(output, name.size() + value.size() + 4).put_field(name, value);
}

void append_content_length(std::string& output, std::uint64_t length) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), length).ptr;
  append_field(output, "content-length", {digits, static_cast<std::size_t>(end - digits)});
}

void append_fields(std::string& output, const HeaderList& headers, ContentLength content_length) {
  Appender appender(output, wire_size(headers) + kCookie.size());
  const SafetyCheck is_safe(headers);
  bool has_cookies = false;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const Header field = headers[i];
    switch (known_field(field.name)) {
      case KnownField::kNone:
        break;
      case KnownField::kContentLength:
        if (content_length == ContentLength::kKeep) {
          break;
        }
        continue;
      case KnownField::kHost:
      case KnownField::kTransferEncoding:
      case KnownField::kConnection:
      case KnownField::kTe:
      case KnownField::kUpgrade:
      case KnownField::kExpect:
      case KnownField::kHttp2Settings:
      case KnownField::kHop:
        continue;
    }
    if (!is_safe(field)) [[unlikely]] {
      continue;
    }
    if (field.name == kCookie) {
      if (!has_cookies) {
        put_cookies(appender, headers, i, is_safe);
        has_cookies = true;
      }
      continue;
    }
    appender.put_field(field.name, field.value);
  }
}

void append_trailers(std::string& output, const HeaderList& trailers) {
  Appender appender(output, wire_size(trailers));
  const SafetyCheck is_safe(trailers);
  for (std::size_t i = 0; i < trailers.size(); ++i) {
    const Header field = trailers[i];
    if (!is_forbidden_trailer(field.name) && is_safe(field)) {
      appender.put_field(field.name, field.value);
    }
  }
}

}  // namespace shaketable::proxy::http
