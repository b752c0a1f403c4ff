#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proxy/config/route.h"
#include "proxy/core/types.h"
#include "proxy/http/codec.h"
#include "proxy/http/message.h"
#include "proxy/live/tracing.h"

namespace shaketable::proxy::live {

class Downstream;
class Upstream;
struct ListenerState;

/// One request on its way through the proxy, or a mirror's copy of one (no downstream). What it
/// waits for is the core's business; this is what the sockets need. Elements of a StablePool: they
/// keep their buffers' memory from use to use.
struct Stream {
  std::uint64_t handle = 0;   ///< Its own; the token that the core hands back.
  StreamId core = kNoHandle;  ///< kNoHandle once the core has ended it, and for mirrors.
  Direction direction = Direction::kOutbound;

  // Downstream.
  Downstream* down = nullptr;  ///< Null: a mirror, or the client has gone.
  http::StreamNumber down_number = 0;
  http::RequestMessage request;
  std::string body;  ///< What has come of the body and may be needed (again).
  http::HeaderList trailers;
  bool has_trailers = false;
  bool request_ended = false;  ///< All of the request has come.
  bool keeps_body = true;      ///< `body` holds all of it from the start: another try is possible.
  bool down_paused = false;

  // The attempt under way.
  AttemptId attempt = kNoHandle;
  Upstream* up = nullptr;
  http::StreamNumber up_number = 0;
  std::uint32_t host = 0;
  std::uint32_t host_stats = 0xffff'ffffU;  ///< In WorkerStats::hosts, while it is counted.
  bool up_paused = false;
  bool request_sent = false;       ///< To the end.
  http::ResponseMessage response;  ///< Until the core has decided about it.
  bool response_forwarded = false;
  bool response_ended = false;      ///< Upstream.
  bool upstream_is_broken = false;  ///< The latest attempt failed because its answer is not HTTP.
  bool is_tunnel = false;
  const Route* route = nullptr;  ///< Of the attempts; the core keeps it while the stream lives.

  // Mirrors that copy this one, by handle.
  std::vector<std::uint64_t> mirrors;
  bool is_mirror = false;
  bool is_direct = false;    ///< Answered by a direct response of its route.
  bool is_redirect = false;  ///< Or by its redirect.
  bool is_admin = false;     ///< A question to the admin port: the core never sees it.

  // For logs and statistics.
  Instant started{};
  Instant sent_upstream{};
  Instant first_response_byte{};
  Instant request_complete{};        ///< Its last byte came; Instant{} = not yet.
  std::uint64_t bytes_received = 0;  ///< Body bytes from the client.
  std::uint64_t bytes_sent = 0;      ///< Body bytes to it.
  std::uint16_t status = 0;
  std::uint8_t attempts = 0;
  std::uint32_t flags = 0;
  std::uint32_t cluster = 0xffff'ffffU;  ///< Index in the configuration; none yet.
  std::string original_path;             ///< Before rewrites, when it was changed.
  std::shared_ptr<const ListenerState> listener;
  std::uint32_t listener_stats = 0;
  RequestTrace trace;
  SpanId attempt_span = 0;
  std::string route_name, tls_server_name;
  std::string_view tls_version;         ///< Static text.
  std::string client_address, peer_id;  ///< With an access log or traces.

  void clear();
};

}  // namespace shaketable::proxy::live
