#include "loadgen/live/request_encoding.h"

#include "proxy/http/grammar.h"
#include "proxy/http/http1_writer.h"

namespace shaketable::loadgen::live {
namespace {

namespace http = proxy::http;

constexpr std::string_view kUserAgent = "shaketable-load";

/// Servers expect a length with these, also when there is nothing (RFC 9110 section 8.6).
bool has_meaning_for_content(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

bool can_be_written(const http::RequestMessage& message) {
  return http::is_token(message.method) && http::is_authority(message.authority) &&
         (http::is_origin_form(message.path) ||
          (message.path == "*" && message.method == "OPTIONS"));
}

void add_headers(const RenderedRequest& request, http::RequestMessage& message) {
  for (const HeaderField& field : request.headers) {
    if (field.name == "host") {
      message.authority.assign(field.value);
    } else if (field.name == "te") {
      message.accepts_trailers = field.value == "trailers";
    } else {
      message.headers.add_lower(field.name, field.value);
    }
  }
  if (!message.headers.contains("user-agent")) {
    message.headers.add_lower("user-agent", kUserAgent);
  }
  if (!message.headers.contains("accept")) {
    message.headers.add_lower("accept", "*/*");
  }
}

void write_http1(const http::RequestMessage& message, const EncodingContext& context,
                 std::string_view body, std::string& out) {
  out.append(message.method).append(" ");
  if (context.absolute_form) {
    out.append(message.scheme).append("://").append(message.authority);
  }
  out.append(message.path).append(" HTTP/1.1\r\n");
  http::append_field(out, "host", message.authority);
  http::append_fields(out, message.headers, http::ContentLength::kLeaveOut);
  if (context.absolute_form && !context.proxy_authorization.empty()) {
    http::append_field(out, "proxy-authorization", context.proxy_authorization);
  }
  if (message.accepts_trailers) {
    http::append_field(out, "te", "trailers");
  }
  if (context.closes || message.accepts_trailers) {
    http::append_field(out, "connection",
                       !message.accepts_trailers ? "close"
                       : context.closes          ? "close, te"
                                                 : "te");
  }
  if (!body.empty() || has_meaning_for_content(message.method)) {
    http::append_content_length(out, body.size());
  }
  out.append("\r\n").append(body);
}

}  // namespace

void encode(const RenderedRequest& request, const EncodingContext& context, EncodedRequest& out) {
  http::RequestMessage& message = out.message;
  message.clear();
  out.http1.clear();
  message.method.assign(request.method);
  message.scheme.assign(context.scheme);
  message.authority.assign(context.authority);
  message.path.assign(context.base_path).append(request.path);
  add_headers(request, message);
  if (!request.body.empty() || has_meaning_for_content(request.method)) {
    message.body = request.body.empty() ? http::BodyKind::kNone : http::BodyKind::kLength;
    message.content_length = request.body.size();
    if (!request.body.empty()) {
      message.headers.add_lower("content-length", std::to_string(request.body.size()));
    }
  }
  if (!context.websocket_key.empty()) {
    message.body = http::BodyKind::kTunnel;
    message.upgrade = "websocket";
    message.headers.add_lower("sec-websocket-version", "13");
    message.headers.add_lower("sec-websocket-key", context.websocket_key);
    return;
  }
  if (context.wants_http1 && can_be_written(message)) {
    write_http1(message, context, request.body, out.http1);
  }
}

}  // namespace shaketable::loadgen::live
