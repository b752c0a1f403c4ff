#include <algorithm>

#include "proxy/live/admin_pages.h"
#include "proxy/live/text_output.h"

namespace shaketable::proxy::live {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Percent signs and plus; a percent sign without two digits stays as it is.
std::string decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      result += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      result += text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

}  // namespace

AdminQuery::AdminQuery(std::string_view path) {
  path = path.substr(0, path.find('#'));
  const std::size_t question = std::min(path.find('?'), path.size());
  page_ = path.substr(0, question);
  query_ = question < path.size() ? path.substr(question + 1) : std::string_view{};
}

std::optional<std::string> AdminQuery::get(std::string_view name) const {
  std::string_view rest = query_;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (decoded(pair.substr(0, equals)) == name) {
      return equals < pair.size() ? decoded(pair.substr(equals + 1)) : std::string();
    }
    rest = end < rest.size() ? rest.substr(end + 1) : std::string_view{};
  }
  return std::nullopt;
}

AdminResponse text_response(std::string body, std::uint16_t status) {
  AdminResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

AdminResponse json_response(std::string body, std::uint16_t status) {
  AdminResponse response = text_response(std::move(body), status);
  response.content_type = "application/json";
  return response;
}

AdminResponse error_response(std::uint16_t status, const Error& error) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("error", std::string_view(error.message));
  if (!error.where.empty()) {
    json.member("where", std::string_view(error.where));
  }
  if (!error.expected.empty()) {
    json.member("expected", std::string_view(error.expected));
  }
  json.end_object();
  body += '\n';
  return json_response(std::move(body), status);
}

}  // namespace shaketable::proxy::live
