#include <algorithm>
#include <utility>

#include "loadgen/journey/escape.h"
#include "loadgen/journey/message_codec.h"
#include "loadgen/journey/request_text.h"
#include "loadgen/journey/session.h"
#include "proxy/base/base64.h"

// A session's requests: what is sent, and where a redirect leads.
namespace shaketable::loadgen {

using proxy::Duration;
using proxy::Instant;

void Session::render(std::uint32_t number, Instant now) {
  const Request& request = load_.plan().requests[number];
  const CompiledLoad::Prepared& prepared = load_.prepared(number);
  if (load_.uuid_variable() != kNoVariable) {
    values_[load_.uuid_variable()] = random_uuid(rng_);
  }
  request_ = {};
  request_.request = number;
  if (!load_.feed().renew(VariableSource::Renewal::kRequest, {.worker = worker_}, rng_, values_)) {
    is_exhausted_ = true;
    failure_text_ = "the rows of a variable have run out";
    fail(FailureKind::kStep);
    is_failed_ = true;
    return;
  }
  request_.method = request.method;
  request_.origin = request.origin;
  request_.protocol = request.protocol;
  request_.listen = request.listen;
  request_.timeout = request.timeout > Duration::zero() ? request.timeout : load_.plan().timeout;
  if (request.method.empty() && !take_line(request)) {
    return;
  }
  if (prepared.is_constant) {
    request_.path = prepared.path;
    request_.body = prepared.body;
  } else {
    if (!request.method.empty()) {
      path_.clear();
      render_path(request, load_.plan().authentication, values_, path_);
    }
    request_.path = path_;
    body_.clear();
    if (prepared.has_constant_body) {
      request_.body = prepared.body;
    } else if (prepared.codec != nullptr) {
      if (!render_messages(request, prepared)) {
        return;
      }
      request_.body = body_;
    } else {
      render_body(request, values_, body_);
      request_.body = body_;
    }
  }
  if (request.protocol == Request::Protocol::kEventStream) {
    events_.clear();
  }
  render_headers(prepared, now);
}

/// A request without a method: the value of its path is the whole line, `GET /path?query`. False,
/// and the run fails, if it is none.
bool Session::take_line(const Request& request) {
  std::string line;
  request.path.render(values_, line);
  const std::size_t space = line.find(' ');
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
  if (space == 0 || space == std::string_view::npos || line.size() == space + 1 ||
      line[space + 1] != '/' ||
      std::any_of(line.begin() + static_cast<std::ptrdiff_t>(space) + 1, line.end(), is_bad)) {
    failure_text_ = "its line is no `METHOD /path`";
    fail(FailureKind::kStep);
    is_failed_ = true;
    return false;
  }
  method_ = line.substr(0, space);
  path_ = line.substr(space + 1);
  request_.method = method_;
  return true;
}

void Session::render_headers(const CompiledLoad::Prepared& prepared, Instant now) {
  header_fields_.clear();
  header_values_.resize(std::max(header_values_.size(), prepared.headers.size()));
  for (std::size_t i = 0; i < prepared.headers.size(); ++i) {
    const CompiledLoad::Prepared::Header& header = prepared.headers[i];
    if (header.value.is_constant()) {
      header_fields_.push_back({header.name, header.value.prefix()});
      continue;
    }
    header_values_[i] = header.prefix;
    render_escaped(header.value, values_, Escape::kHeader, header_values_[i]);
    header_fields_.push_back({header.name, header_values_[i]});
  }
  if (prepared.computes_basic) {
    const Authentication& auth = load_.plan().authentication;
    std::string pair;
    auth.user.render(values_, pair);
    pair += ':';
    auth.password.render(values_, pair);
    basic_ = "Basic " + proxy::to_base64(pair);
    header_fields_.push_back({"authorization", basic_});
  }
  cookie_.clear();
  const std::string_view path = request_.path.substr(0, request_.path.find('?'));
  const bool has_cookies =
      !cookies_.empty() && cookies_.append_header(request_.origin, path, now, cookie_);
  if (has_cookies) {
    header_fields_.push_back({"cookie", cookie_});
  }
  request_.is_constant = prepared.is_constant && !has_cookies;
  request_.headers = header_fields_;
}

/// The messages of a gRPC request, each in its frame. False, and the run fails, if one is not what
/// its type asks for.
bool Session::render_messages(const Request& request, const CompiledLoad::Prepared& prepared) {
  for (const TextTemplate& message : request.messages) {
    std::string json;
    render_escaped(message, values_, Escape::kJson, json);
    const auto bytes = prepared.codec->encode(json);
    if (!bytes) {
      failure_text_ = bytes.error().message;
      fail(FailureKind::kStep);
      is_failed_ = true;
      return false;
    }
    append_grpc_frame(*bytes, body_);
  }
  return true;
}

void Session::take_cookies(const Response& response) {
  const std::string_view path = request_.path.substr(0, request_.path.find('?'));
  for (const HeaderField& header : response.headers) {
    if (header.name == "set-cookie") {
      cookies_.set(header.value, request_.origin, path, response.ended);
    }
  }
}

/// Makes the request the one that the answer points to. False if it points nowhere.
bool Session::follow_redirect(const Response& response) {
  if (response.status < 300 || response.status >= 400 || response.status == 304) {
    return false;
  }
  const auto found =
      std::find_if(response.headers.begin(), response.headers.end(),
                   [](const HeaderField& field) { return field.name == "location"; });
  if (found == response.headers.end() || found->value.empty()) {
    return false;
  }
  std::string_view location = found->value.substr(0, found->value.find('#'));
  std::string origin(request_.origin);
  if (const std::size_t scheme = location.find("://");
      scheme != std::string_view::npos && scheme < location.find('/')) {
    const std::size_t slash = std::min(location.find_first_of("/?", scheme + 3), location.size());
    origin = std::string(location.substr(0, slash));
    location.remove_prefix(slash);
  }
  std::string path;
  if (location.starts_with('/')) {
    path = location;
  } else if (location.empty() || location.starts_with('?')) {
    path = std::string(location.empty() ? "/" : request_.path.substr(0, request_.path.find('?')));
    path += location;
  } else {
    const std::string_view before = request_.path.substr(0, request_.path.find('?'));
    path = std::string(before.substr(0, before.rfind('/') + 1)).append(location);
  }
  path_ = std::move(path);
  origin_ = std::move(origin);
  request_.path = path_;
  request_.origin = origin_;
  const bool becomes_get =
      response.status == 303 ||
      ((response.status == 301 || response.status == 302) && request_.method == "POST");
  if (becomes_get && request_.method != "HEAD") {
    request_.method = "GET";
    request_.body = {};
  }
  ++redirects_;
  render_headers(load_.prepared(request_.request), response.ended);
  request_.is_constant = false;
  return true;
}

}  // namespace shaketable::loadgen
