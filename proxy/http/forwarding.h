#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proxy/base/time.h"
#include "proxy/config/route.h"
#include "proxy/core/types.h"
#include "proxy/http/message.h"

/// What a proxy changes in a message between its two hops, the same for both protocols. Codecs have
/// taken out what speaks of one connection; this is about what a peer may say and what we add.
/// `via` is left alone: a sidecar is a part of its service, not a hop that anybody chose.
///
///   prepare_request -> (the core routes) -> apply_route -> stamp_attempt, for each attempt anew
///   prepare_response, or make_local_reply, on the way back
namespace shaketable::proxy::http {

/// The hop that a request came by. Views live for the call.
struct DownstreamHop {
  Direction direction = Direction::kInbound;
  std::string_view peer_address;  ///< IP address without a port; empty = Unix socket.
  std::string_view peer_id;       ///< SPIFFE id that the peer has proved, or "".
  std::string_view own_id;        ///< Ours, or "".
  /// Ours, for HTTP/1.0 requests that name no host (RFC 9112 section 3.3); empty = "localhost".
  std::string_view default_authority;
  /// The peer is outside of the mesh (a gateway's listener): what proxies say to each other is not
  /// believed and not passed on.
  bool is_edge = false;
  /// CONNECT may become a tunnel. Only for a listener that is a forward proxy by intention: the
  /// bytes of a tunnel pass every policy by.
  bool allows_connect = false;
};

using RandomBytes = std::span<const std::uint8_t, 16>;

/// Makes a request ready for routing: the path in its normal form (so that authorization, routing
/// and the upstream see the same one), identity fields of the peer out and ours in,
/// x-forwarded-for, x-forwarded-proto, and x-request-id (of `random`, as a version 4 UUID) where
/// it is missing.
///
/// Returns 0, or the status to answer with instead: 400 for a message that no hop may get, 405 for
/// TRACE and (as a rule) CONNECT, 200 for OPTIONS that may not go further (max-forwards: 0).
[[nodiscard]] std::uint16_t prepare_request(RequestMessage& request, const DownstreamHop& hop,
                                            RandomBytes random);

/// Rewrites of the route, and its header mutations. The old path stays in x-envoy-original-path.
/// What would not be a valid target or authority is not applied.
void apply_route(RequestMessage& request, const Route& route);

/// What one attempt tells the upstream.
struct AttemptInfo {
  std::uint32_t number = 1;       ///< x-envoy-attempt-count; from 1.
  Duration expected_timeout{};    ///< x-envoy-expected-rq-timeout-ms; 0 = none.
  bool is_timeout_retry = false;  ///< x-envoy-is-timeout-retry.
};
void stamp_attempt(RequestMessage& request, const AttemptInfo& attempt);

/// The copy of a request that a mirror gets: `shop:80` becomes `shop-shadow:80`, as in Envoy.
/// An IPv6 literal stays as it is: it can take no suffix.
[[nodiscard]] std::string shadow_authority(std::string_view authority);

/// What a response gets on its way back.
struct ResponseInfo {
  Duration upstream_time{};  ///< x-envoy-upstream-service-time, in ms; negative = none.
  std::string_view date;     ///< For a response that has none (RFC 9110 section 6.6.1); or "".
};
/// `route` may be null: a request that found none.
void prepare_response(ResponseMessage& response, const Route* route, const ResponseInfo& info);

/// A response of our own with `body_size` bytes of text. gRPC gets its error in its own way: 200
/// with grpc-status and grpc-message (`reason`), and no body; returns whether a body is to be sent.
bool make_local_reply(ResponseMessage& response, const RequestMessage& request,
                      std::uint16_t status, std::string_view reason);

/// Whether the request speaks gRPC, by its content-type.
[[nodiscard]] bool is_grpc(const HeaderList& headers);

/// `location` for a redirect; `match` is the route's own.
[[nodiscard]] std::string redirect_location(const Redirect& redirect, const PathMatch& match,
                                            const RequestMessage& request);

/// Applies mutations of a route. What codecs or proxies answer for (framing, connection, host, the
/// identity of peers) and what is no valid field is left as it is; `host` and `:authority` are set
/// in a request by a rewrite.
void apply_mutations(HeaderList& headers, std::span<const HeaderMutation> mutations);

/// RFC 3986 section 6.2.2: %XX of unreserved characters decoded, other hexadecimal digits in upper
/// case, dot segments removed, backslashes and %00 refused. The query stays. False: no path to pass
/// on.
[[nodiscard]] bool normalize_path(std::string& path);

/// A version 4 UUID.
[[nodiscard]] std::array<char, 36> make_request_id(RandomBytes random);

}  // namespace shaketable::proxy::http
