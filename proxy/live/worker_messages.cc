#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <string_view>

#include "proxy/http/forwarding.h"
#include "proxy/live/live_flags.h"
#include "proxy/live/worker.h"
#include "proxy/telemetry/response_flags.h"

// What the proxy changes in messages between its two sides, and what it says itself.
namespace shaketable::proxy::live {
namespace {

/// What the body of a local reply says, by what went wrong.
std::string_view words_of(std::uint16_t status, std::uint32_t flags) {
  struct Words {
    std::uint32_t flag;
    std::string_view text;
  };
  static constexpr Words kWords[] = {
      {kFlagNoRouteFound, "no route matches this request"},
      {kFlagNoClusterFound, "the route's cluster does not exist"},
      {kFlagNoHealthyUpstream, "no healthy upstream"},
      {kFlagUpstreamOverflow, "a circuit breaker refused this request"},
      {kFlagUpstreamConnectionFailure, "the upstream could not be connected"},
      {kFlagUpstreamConnectionTermination, "the upstream closed the connection before it answered"},
      {kFlagUpstreamProtocolError, "the upstream's answer is not valid HTTP"},
      {kFlagUpstreamRemoteReset, "the upstream reset the request before it answered"},
      {kFlagUpstreamRequestTimeout, "the upstream did not answer in time"},
      {kFlagStreamIdleTimeout, "nothing happened on this request for too long"},
      {kFlagFaultInjected, "fault injected"},
  };
  for (const Words& words : kWords) {
    if ((flags & words.flag) != 0) {
      return words.text;
    }
  }
  return status == 403 ? "access denied" : "";
}

/// The IP address of "127.0.0.1:80" or "[::1]:80"; empty for a Unix socket.
std::string_view ip_of(std::string_view address) {
  if (address.starts_with("unix:")) {
    return {};
  }
  if (address.starts_with('[')) {
    return address.substr(1, address.find(']') - 1);
  }
  return address.substr(0, address.rfind(':'));
}

}  // namespace

void LiveWorker::note_client(Stream& stream, const Downstream& down) {
  stream.listener = down.shared_listener();
  stream.listener_stats = down.listener_stats();
  stats_.listeners[stream.listener_stats].on_request(stream.request.version);
  if (tracer_.is_on()) {
    begin_trace(stream);
  }
  if (records_requests(stream)) {
    stream.client_address = down.client_address();
    stream.peer_id = down.peer_id();
    if (const http::TlsSession* const tls = down.tls()) {
      stream.tls_version = tls->protocol();
      stream.tls_server_name = tls->server_name();
    }
  }
}

/// Returns the status to answer with at once, 0 to go on.
std::uint16_t LiveWorker::prepare_request(Stream& stream) {
  const Downstream& down = *stream.down;
  if (records_requests(stream)) {
    stream.original_path = stream.request.path;
  }
  http::DownstreamHop hop;
  hop.direction = stream.direction;
  hop.peer_address = ip_of(down.client_address());
  hop.peer_id = down.peer_id();
  hop.own_id = stream.listener->tls != nullptr ? stream.listener->tls->own_id() : "";
  hop.is_edge = stream.listener->config.is_edge;
  hop.default_authority = stream.listener->config.address;  // HTTP/1.0 may come without one
  std::array<std::uint8_t, 16> random{};
  for (std::size_t i = 0; i < random.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t bits = rng_.next();
    std::memcpy(random.data() + i, &bits, sizeof bits);
  }
  return http::prepare_request(stream.request, hop, random);
}

/// What the next attempt sends: the request as it came, changed by its route.
void LiveWorker::prepare_attempt(Stream& stream, http::RequestMessage& outgoing) {
  outgoing = stream.request;
  if (stream.route != nullptr) {
    http::apply_route(outgoing, *stream.route);
  }
  http::AttemptInfo info;
  info.number = stream.attempts;
  if (stream.route != nullptr && stream.route->timeout > Duration::zero()) {
    const Duration left = stream.route->timeout - (now() - stream.started);
    const bool has_try =
        stream.route->retry.has_value() && stream.route->retry->per_try_timeout > Duration::zero();
    info.expected_timeout = has_try ? std::min(left, stream.route->retry->per_try_timeout) : left;
  }
  http::stamp_attempt(outgoing, info);
  if (stream.trace.is_on) {
    begin_attempt_span(stream, outgoing);
  }
}

void LiveWorker::prepare_response(Stream& stream) {
  http::ResponseInfo info;
  info.upstream_time = stream.first_response_byte - stream.sent_upstream;
  if (!stream.response.headers.contains("date")) {
    info.date = http_date();
  }
  http::prepare_response(stream.response, stream.route, info);
}

/// The present second as HTTP writes it; made once a second.
std::string_view LiveWorker::http_date() {
  const std::time_t seconds = std::time(nullptr);
  if (seconds != date_second_) {
    date_second_ = seconds;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    date_.assign(text.data(), size);
  }
  return date_;
}

/// The core's answer in its own name; returns whether it has a body. Redirects and direct responses
/// come from the route, everything else from the flags.
bool LiveWorker::make_local_reply(Stream& stream, const Action& action,
                                  http::ResponseMessage& response, std::string& body) {
  body.clear();
  std::string location;
  const Route* const route = action.flags == 0 ? match_again(stream) : nullptr;
  if (route != nullptr && route->action == Route::Action::kDirectResponse &&
      route->direct_response.has_value()) {
    stream.is_direct = true;
    body = route->direct_response->body;
  } else if (route != nullptr && route->action == Route::Action::kRedirect &&
             route->redirect.has_value()) {
    stream.is_redirect = true;
    location = http::redirect_location(*route->redirect, route->match.path, stream.request);
  } else {
    body = words_of(action.status, action.flags);
  }
  response.clear();
  const bool has_body = http::make_local_reply(response, stream.request, action.status, body);
  if (!location.empty()) {
    response.headers.add("location", location);
  }
  if ((action.flags & kFlagUpstreamOverflow) != 0) {
    response.headers.add("x-envoy-overloaded", "true");
  }
  http::prepare_response(response, route, {Duration(-1), http_date()});
  if (!has_body) {
    body.clear();
  }
  return !body.empty();
}

/// The route of a request that the core answered without an attempt.
const Route* LiveWorker::match_again(const Stream& stream) {
  stream.request.headers.copy_views(header_views_);
  RequestHead head;
  head.method = stream.request.method;
  head.authority = stream.request.authority;
  head.path = stream.request.path;
  head.scheme = stream.request.scheme;
  head.headers = header_views_;
  const CompiledRoute* const route = compiled_->route(stream.direction, head);
  return route != nullptr ? &route->route : nullptr;
}

}  // namespace shaketable::proxy::live
