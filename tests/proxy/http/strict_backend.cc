#include "tests/proxy/http/strict_backend.h"

#include <algorithm>
#include <cctype>
#include <regex>

namespace shaketable::proxy::http {
namespace {

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

const std::regex& request_line() {
  static const std::regex regex("[!#$%&'*+.^_`|~0-9A-Za-z-]+ ([\\x21-\\x7e]+) HTTP/1\\.1");
  return regex;
}
const std::regex& field_line() {
  static const std::regex regex(
      "([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*([^\\x00-\\x08\\x0a-\\x1f\\x7f]*)");
  return regex;
}

}  // namespace

void StrictBackend::receive(std::string_view bytes) {
  all_.append(bytes);
  buffer_.append(bytes);
  while (complaint_.empty() && !buffer_.empty() && read_request() == Read::kWhole) {
  }
}

StrictBackend::Read StrictBackend::read_request() {
  const std::size_t end = buffer_.find("\r\n\r\n");
  if (end == std::string::npos) {
    return Read::kMore;
  }
  Request request;
  std::size_t hosts = 0;
  std::vector<std::string> lengths;
  std::vector<std::string> codings;
  std::size_t begin = 0;
  while (begin < end + 2) {
    const std::size_t line_end = buffer_.find("\r\n", begin);
    const std::string line = buffer_.substr(begin, line_end - begin);
    std::smatch match;
    if (!std::regex_match(line, match, begin == 0 ? request_line() : field_line())) {
      return complain("line '" + line + "'");
    }
    if (begin == 0) {
      request.target = match[1];
    } else {
      const std::string name = lowered(match[1]);
      hosts += name == "host" ? 1 : 0;
      if (name == "content-length") {
        lengths.push_back(match[2]);
      } else if (name == "transfer-encoding") {
        codings.push_back(lowered(match[2]));
      }
    }
    begin = line_end + 2;
  }
  const bool is_chunked = !codings.empty();
  if (hosts != 1 || lengths.size() + codings.size() > 1 ||
      (is_chunked && codings[0] != "chunked") ||
      (!lengths.empty() && !std::regex_match(lengths[0], std::regex("0|[1-9][0-9]{0,17}")))) {
    return complain("host or framing of " + request.target);
  }
  std::size_t rest = 0;
  const Read read =
      read_body(end + 4, is_chunked, lengths.empty() ? 0 : std::stoul(lengths[0]), request, rest);
  if (read == Read::kWhole) {
    requests_.push_back(request);
    buffer_.erase(0, rest);
  }
  return read;
}

StrictBackend::Read StrictBackend::read_body(std::size_t begin, bool is_chunked, std::size_t length,
                                             Request& request, std::size_t& end) {
  if (!is_chunked) {
    request.body_size = length;
    end = begin + length;
    return buffer_.size() < end ? Read::kMore : Read::kWhole;
  }
  bool in_trailers = false;
  while (true) {
    const std::size_t line_end = buffer_.find("\r\n", begin);
    if (line_end == std::string::npos) {
      return Read::kMore;
    }
    const std::string line = buffer_.substr(begin, line_end - begin);
    begin = line_end + 2;
    if (in_trailers) {
      if (line.empty()) {
        end = begin;
        return Read::kWhole;
      }
      if (!std::regex_match(line, field_line())) {
        return complain("trailer '" + line + "'");
      }
      continue;
    }
    if (!std::regex_match(line, std::regex("[0-9a-f]{1,15}"))) {
      return complain("chunk '" + line + "'");
    }
    const std::size_t size = std::stoul(line, nullptr, 16);
    in_trailers = size == 0;
    if (in_trailers) {
      continue;
    }
    if (buffer_.size() < begin + size + 2) {
      return Read::kMore;
    }
    if (buffer_.compare(begin + size, 2, "\r\n") != 0) {
      return complain("end of a chunk");
    }
    begin += size + 2;
    request.body_size += size;
  }
}

}  // namespace shaketable::proxy::http
