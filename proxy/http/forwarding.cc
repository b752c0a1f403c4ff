#include "proxy/http/forwarding.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>

#include "proxy/core/matcher.h"
#include "proxy/http/fields.h"
#include "proxy/http/grammar.h"
#include "proxy/http/text.h"

namespace shaketable::proxy::http {
namespace {

constexpr std::size_t kMaxRequestId = 128;

/// Text of a number, without an allocation.
class NumberText {
 public:
  explicit NumberText(std::uint64_t number)
      : size_(static_cast<std::size_t>(
            std::to_chars(std::begin(digits_), std::end(digits_), number).ptr - digits_)) {}
  [[nodiscard]] operator std::string_view() const { return {digits_, size_}; }

 private:
  char digits_[20]{};
  std::size_t size_;
};

std::uint64_t milliseconds(Duration duration) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

/// What a peer outside of the mesh may not tell us.
bool is_believed_inside_only(std::string_view name) {
  return name.starts_with("x-envoy-") || name.starts_with("x-forwarded-") ||
         name.starts_with("x-istio-") || name.starts_with("l5d-") || name == "forwarded" ||
         name == "x-real-ip" || name == "x-request-id";
}

/// Whether the target is one that both protocols can say to an upstream.
bool has_valid_target(const RequestMessage& request) {
  if (!is_token(request.method) || !is_authority(request.authority)) {
    return false;
  }
  if (request.method == "CONNECT") {
    return is_authority_with_port(request.authority);
  }
  return is_origin_form(request.path) || (request.path == "*" && request.method == "OPTIONS");
}

/// RFC 9110 section 7.6.2. Returns whether the request may go on.
bool spend_forward(RequestMessage& request) {
  if (request.method != "OPTIONS") {
    return true;
  }
  const auto value = request.headers.find("max-forwards");
  std::uint64_t hops = 0;
  if (!value || !parse_content_length(*value, hops)) {
    return true;
  }
  if (hops > 0) {
    request.headers.set("max-forwards", NumberText(hops - 1));
  }
  return hops > 0;
}

/// Appends to the one x-forwarded-for, or makes it.
void append_forwarded_for(HeaderList& headers, std::string_view address) {
  if (address.empty()) {
    return;
  }
  if (headers.count("x-forwarded-for") == 0) {
    headers.add("x-forwarded-for", address);
    return;
  }
  std::string all;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (headers[i].name == "x-forwarded-for") {
      all.append(headers[i].value).append(", ");
    }
  }
  headers.set("x-forwarded-for", all.append(address));
}

void add_client_certificate(HeaderList& headers, const DownstreamHop& hop) {
  if (hop.direction == Direction::kInbound && !hop.peer_id.empty()) {
    std::string text;
    if (!hop.own_id.empty()) {
      text.append("By=").append(hop.own_id).append(";");
    }
    headers.add("x-forwarded-client-cert", text.append("URI=").append(hop.peer_id));
  }
}

void add_request_id(HeaderList& headers, RandomBytes random) {
  const auto id = headers.find("x-request-id");
  if (id && !id->empty() && id->size() <= kMaxRequestId && headers.count("x-request-id") == 1) {
    return;
  }
  const std::array<char, 36> made = make_request_id(random);
  headers.set("x-request-id", {made.data(), made.size()});
}

/// Fields that a route's mutations do not reach.
bool is_out_of_reach(std::string_view name) {
  return known_field(name) != KnownField::kNone || is_identity_field(name);
}

void rewrite_authority(RequestMessage& request, std::string_view authority) {
  if (is_authority(authority)) {
    request.authority.assign(authority);
  }
}

/// Envoy's table (source/common/grpc/status.cc): what gRPC is told of an HTTP status.
std::string_view grpc_status_of(std::uint16_t status) {
  switch (status) {
    case 400:
      return "13";
    case 401:
      return "16";
    case 403:
      return "7";
    case 404:
      return "12";
    case 429:
    case 502:
    case 503:
    case 504:
      return "14";
    default:
      return "2";
  }
}

}  // namespace

std::array<char, 36> make_request_id(RandomBytes random) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<char, 36> text{};
  std::size_t out = 0;
  for (std::size_t i = 0; i < random.size(); ++i) {
    unsigned byte = random[i];
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      text[out++] = '-';
    }
    if (i == 6) {
      byte = (byte & 0x0fU) | 0x40U;  // version 4
    } else if (i == 8) {
      byte = (byte & 0x3fU) | 0x80U;  // variant of RFC 9562
    }
    text[out++] = kHex[byte >> 4U];
    text[out++] = kHex[byte & 0x0fU];
  }
  return text;
}

std::uint16_t prepare_request(RequestMessage& request, const DownstreamHop& hop,
                              RandomBytes random) {
  if (request.authority.empty()) {
    request.authority.assign(hop.default_authority.empty() ? "localhost" : hop.default_authority);
  }
  if (!has_valid_target(request)) {
    return 400;
  }
  // TRACE would show the client what proxies add (RFC 9110 section 9.3.8).
  if (request.method == "TRACE" || (request.method == "CONNECT" && !hop.allows_connect)) {
    return 405;
  }
  if (!spend_forward(request)) {
    return 200;
  }
  if (!request.path.empty() && request.path != "*" && !normalize_path(request.path)) {
    return 400;
  }
  HeaderList& headers = request.headers;
  headers.keep_if([&hop](const Header& header) {
    // All that is looked for begins with one of these letters.
    const char first = header.name[0];
    return (first != 'x' && first != 'l' && first != 'f' && first != 'p') ||
           !(is_identity_field(header.name) ||
             header.name == "proxy" ||  // CGI programs take it for their HTTP_PROXY
             (hop.is_edge && is_believed_inside_only(header.name)));
  });
  append_forwarded_for(headers, hop.peer_address);
  if (!headers.contains("x-forwarded-proto")) {
    headers.add("x-forwarded-proto", request.scheme);
  }
  add_client_certificate(headers, hop);
  add_request_id(headers, random);
  return 0;
}

void apply_route(RequestMessage& request, const Route& route) {
  if (route.rewrite) {
    std::string path = request.path.empty() || request.path == "*"
                           ? request.path
                           : rewritten_path(*route.rewrite, route.match.path, request.path);
    if (path != request.path && is_origin_form(path)) {
      request.headers.set("x-envoy-original-path", request.path);
      request.path = std::move(path);
    }
    if (!route.rewrite->authority.empty()) {
      rewrite_authority(request, route.rewrite->authority);
    }
  }
  apply_mutations(request.headers, route.request_headers);
  for (const HeaderMutation& mutation : route.request_headers) {
    if (mutation.op == HeaderMutation::Op::kSet &&
        (mutation.name == ":authority" || equals_ignoring_case(mutation.name, "host"))) {
      rewrite_authority(request, mutation.value);
    }
  }
}

void stamp_attempt(RequestMessage& request, const AttemptInfo& attempt) {
  HeaderList& headers = request.headers;
  headers.set("x-envoy-attempt-count", NumberText(attempt.number));
  if (attempt.expected_timeout > Duration::zero()) {
    headers.set("x-envoy-expected-rq-timeout-ms",
                NumberText(milliseconds(attempt.expected_timeout)));
  }
  if (attempt.is_timeout_retry) {
    headers.set("x-envoy-is-timeout-retry", "true");
  }
}

void prepare_response(ResponseMessage& response, const Route* route, const ResponseInfo& info) {
  HeaderList& headers = response.headers;
  headers.keep_if([](const Header& header) {
    return header.name[0] != 'x' || !is_identity_field(header.name);
  });
  if (info.upstream_time >= Duration::zero()) {
    headers.set("x-envoy-upstream-service-time", NumberText(milliseconds(info.upstream_time)));
  }
  if (!info.date.empty() && !headers.contains("date")) {
    headers.add("date", info.date);
  }
  if (route != nullptr) {
    apply_mutations(headers, route->response_headers);
  }
}

void apply_mutations(HeaderList& headers, std::span<const HeaderMutation> mutations) {
  std::string lowered;
  for (const HeaderMutation& mutation : mutations) {
    std::string_view name = mutation.name;
    if (std::any_of(name.begin(), name.end(), [](char c) { return c != lower(c); })) {
      lowered.assign(name);
      std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
      name = lowered;
    }
    if (!is_token(name) || !is_field_value(mutation.value) || is_out_of_reach(name)) {
      continue;
    }
    switch (mutation.op) {
      case HeaderMutation::Op::kSet:
        headers.set(name, mutation.value);
        break;
      case HeaderMutation::Op::kAdd:
        headers.add(name, mutation.value);
        break;
      case HeaderMutation::Op::kRemove:
        headers.remove(name);
        break;
    }
  }
}

bool is_grpc(const HeaderList& headers) {
  constexpr std::string_view kGrpc = "application/grpc";
  const auto type = headers.find("content-type");
  return type && type->starts_with(kGrpc) &&
         (type->size() == kGrpc.size() || (*type)[kGrpc.size()] == '+' ||
          (*type)[kGrpc.size()] == ';');
}

bool make_local_reply(ResponseMessage& response, const RequestMessage& request,
                      std::uint16_t status, std::string_view reason) {
  response.clear();
  if (is_grpc(request.headers) && status >= 400) {
    response.status = 200;
    response.headers.add("content-type", "application/grpc");
    response.headers.add("grpc-status", grpc_status_of(status));
    if (!reason.empty()) {
      response.headers.add("grpc-message", reason);
    }
    return false;
  }
  response.status = status;
  const bool has_body = !reason.empty() && status != 204 && status != 304;
  if (has_body) {
    response.body = BodyKind::kLength;
    response.content_length = reason.size();
    response.headers.add("content-length", NumberText(reason.size()));
    response.headers.add("content-type", "text/plain");
  }
  return has_body && request.method != "HEAD";
}

}  // namespace shaketable::proxy::http
