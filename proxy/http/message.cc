#include "proxy/http/message.h"

#include <algorithm>

#include "proxy/http/text.h"

namespace shaketable::proxy::http {

void HeaderList::add(std::string_view name, std::string_view value) {
  const std::size_t begin = bytes_.size();
  add_lower(name, value);
  char* const stored = bytes_.data() + begin;
  for (std::size_t i = 0; i < name.size(); ++i) {
    stored[i] = lower(stored[i]);
  }
}

void HeaderList::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

std::size_t HeaderList::remove(std::string_view name) {
  const std::size_t before = fields_.size();
  keep_if([name](const Header& header) { return header.name != name; });
  return before - fields_.size();
}

std::optional<std::string_view> HeaderList::find(std::string_view name) const {
  for (std::size_t i = 0; i < size(); ++i) {
    if ((*this)[i].name == name) {
      return (*this)[i].value;
    }
  }
  return std::nullopt;
}

std::size_t HeaderList::count(std::string_view name) const {
  std::size_t result = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    result += (*this)[i].name == name ? 1 : 0;
  }
  return result;
}

bool HeaderList::has_token(std::string_view name, std::string_view token) const {
  for (std::size_t i = 0; i < size(); ++i) {
    if ((*this)[i].name == name && list_has_token((*this)[i].value, token)) {
      return true;
    }
  }
  return false;
}

void HeaderList::copy_views(std::vector<Header>& views) const {
  views.clear();
  for (std::size_t i = 0; i < size(); ++i) {
    views.push_back((*this)[i]);
  }
}

std::string_view version_name(Version version) {
  switch (version) {
    case Version::kHttp10:
      return "HTTP/1.0";
    case Version::kHttp11:
      return "HTTP/1.1";
    case Version::kHttp2:
      return "HTTP/2";
  }
  return "-";
}

void RequestMessage::clear() {
  method.clear();
  scheme.clear();
  authority.clear();
  path.clear();
  upgrade.clear();
  headers.clear();
  version = Version::kHttp11;
  body = BodyKind::kNone;
  content_length = 0;
  expects_continue = accepts_trailers = false;
}

void ResponseMessage::clear() {
  status = 200;
  headers.clear();
  version = Version::kHttp11;
  body = BodyKind::kNone;
  content_length = 0;
  upgrade.clear();
}

}  // namespace shaketable::proxy::http
