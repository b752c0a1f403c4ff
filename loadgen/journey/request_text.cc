#include "loadgen/journey/request_text.h"

#include <string_view>

#include "loadgen/journey/escape.h"

namespace shaketable::loadgen {
namespace {

void render_form(const Request& request, std::span<const std::string> values, std::string& out) {
  bool first = true;
  for (const FormField& field : request.body.fields) {
    out += first ? "" : "&";
    first = false;
    append_escaped(field.name, Escape::kUrl, out);
    out += '=';
    std::string value;
    field.value.render(values, value);
    append_escaped(value, Escape::kUrl, out);
  }
}

/// A quote or a line break in a name would end the header that holds it.
std::string quotable(std::string_view name) {
  std::string text;
  for (const char c : name) {
    text += c == '"' || c == '\r' || c == '\n' ? '_' : c;
  }
  return text;
}

void render_multipart(const Request& request, std::span<const std::string> values,
                      std::string& out) {
  for (const FormField& field : request.body.fields) {
    out.append("--").append(kBoundary).append("\r\ncontent-disposition: form-data; name=\"");
    out.append(quotable(field.name)).append("\"");
    if (!field.file_name.empty()) {
      out.append("; filename=\"").append(quotable(field.file_name)).append("\"");
    }
    out += "\r\n";
    if (!field.content_type.empty()) {
      out.append("content-type: ").append(field.content_type).append("\r\n");
    }
    out += "\r\n";
    field.value.render(values, out);
    out += "\r\n";
  }
  out.append("--").append(kBoundary).append("--\r\n");
}

}  // namespace

void render_path(const Request& request, const Authentication& authentication,
                 std::span<const std::string> values, std::string& out) {
  render_escaped(request.path, values, Escape::kUrl, out);
  char mark = '?';
  if (!request.raw_query.empty()) {
    out += mark;
    render_escaped(request.raw_query, values, Escape::kUrl, out);
    mark = '&';
  }
  const auto add = [&](std::string_view name, const TextTemplate& text) {
    out += mark;
    mark = '&';
    append_escaped(name, Escape::kUrl, out);
    out += '=';
    std::string value;
    text.render(values, value);
    append_escaped(value, Escape::kUrl, out);
  };
  for (const auto& [name, text] : request.query) {
    add(name, text);
  }
  if (authentication.kind == Authentication::Kind::kApiKey && !authentication.query.empty()) {
    add(authentication.query, authentication.token);
  }
}

void render_body(const Request& request, std::span<const std::string> values, std::string& out) {
  switch (request.body.kind) {
    case Body::Kind::kNone:
      return;
    case Body::Kind::kText:
      request.body.text.render(values, out);
      return;
    case Body::Kind::kJson:
      render_escaped(request.body.text, values, Escape::kJson, out);
      return;
    case Body::Kind::kForm:
      render_form(request, values, out);
      return;
    case Body::Kind::kMultipart:
      render_multipart(request, values, out);
      return;
  }
}

std::string content_type_of(const Request& request) {
  if (request.protocol == Request::Protocol::kGrpc) {
    return "application/grpc";
  }
  if (!request.body.content_type.empty()) {
    return request.body.content_type;
  }
  switch (request.body.kind) {
    case Body::Kind::kNone:
      return "";
    case Body::Kind::kText:
      return "text/plain";
    case Body::Kind::kJson:
      return "application/json";
    case Body::Kind::kForm:
      return "application/x-www-form-urlencoded";
    case Body::Kind::kMultipart:
      return std::string("multipart/form-data; boundary=") + kBoundary;
  }
  return "";
}

}  // namespace shaketable::loadgen
