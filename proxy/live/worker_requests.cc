#include <utility>

#include "proxy/http/forwarding.h"
#include "proxy/live/worker.h"
#include "proxy/telemetry/response_flags.h"

// Requests on their way through: the sockets' half of what the core decides.
namespace shaketable::proxy::live {

void Stream::clear() {
  request.clear();
  body.clear();
  trailers.clear();
  response.clear();
  mirrors.clear();
  original_path.clear();
  client_address.clear();
  peer_id.clear();
  route_name.clear();
  tls_server_name.clear();
  tls_version = {};
  request_complete = Instant{};
  listener.reset();
  trace = {};
  attempt_span = 0;
  core = kNoHandle;
  down = nullptr;
  up = nullptr;
  route = nullptr;
  attempt = kNoHandle;
  has_trailers = request_ended = down_paused = up_paused = request_sent = false;
  response_forwarded = response_ended = upstream_is_broken = is_mirror = is_tunnel = is_admin =
      is_direct = is_redirect = false;
  keeps_body = true;
  bytes_received = bytes_sent = 0;
  status = 0;
  attempts = 0;
  flags = 0;
  host = cluster = 0xffff'ffffU;
  sent_upstream = first_response_byte = Instant{};
}

// ---- the request ------------------------------------------------------------------------------

void LiveWorker::start_stream(Downstream& down, http::StreamNumber number,
                              http::RequestMessage& request, bool end) {
  const auto [handle, stream] = streams_.take();
  stream->clear();
  stream->handle = handle;
  stream->direction = down.listener().config.direction;
  stream->down = &down;
  stream->down_number = number;
  stream->started = now();
  stream->request_ended = end;
  if (end) {
    stream->request_complete = now();
  }
  std::swap(stream->request, request);
  down.add_stream(number, handle);
  note_client(*stream, down);
  const bool is_tcp = down.listener().config.protocol == ListenerProtocol::kTcp;
  const std::uint16_t status = is_tcp ? std::uint16_t{0} : prepare_request(*stream);
  if (status != 0) {
    refuse(*stream, status);
    return;
  }

  stream->request.headers.copy_views(header_views_);
  RequestHead head;
  head.method = stream->request.method;
  head.authority = stream->request.authority;
  head.path = stream->request.path;
  head.scheme = stream->request.scheme;
  head.headers = header_views_;
  // Whether it can be tried again shows while the body comes; a tunnel's bytes are not kept.
  head.replayable = stream->request.body != http::BodyKind::kTunnel;
  stream->keeps_body = head.replayable;
  // The core may answer at once: the actions find the stream by its handle.
  const StreamId core = sidecar_->on_request(now(), stream->direction, head, handle);
  if (Stream* const still = streams_.find(handle)) {
    still->core = core;
  }
  carry_out_actions();
}

void LiveWorker::add_request_data(std::uint64_t handle, http::Bytes bytes, bool end) {
  Stream* const stream = streams_.find(handle);
  if (stream == nullptr) {
    return;
  }
  stream->bytes_received += bytes.size();
  stream->request_ended = end;
  if (end) {
    stream->request_complete = now();
  }
  if (stream->is_admin) {
    stream->body.append(bytes.substr(0, config().limits.max_replay_bytes - stream->body.size()));
    if (end) {
      ask_admin(*stream);
    }
    return;
  }
  // Kept while it may be needed again (or has not been sent yet), within the limit.
  if (stream->keeps_body && stream->body.size() + bytes.size() > config().limits.max_replay_bytes &&
      stream->up != nullptr) {
    stream->keeps_body = false;
    stream->body.clear();
    sidecar_->on_not_replayable(stream->core);
  }
  const bool waits = stream->up == nullptr;
  if (stream->keeps_body || waits) {
    stream->body.append(bytes);
  }
  copy_to_mirrors(*stream, bytes, end);
  if (!waits) {
    send_body(*stream, bytes, end);
  } else if (stream->body.size() > config().limits.max_replay_bytes && !stream->down_paused) {
    // Nobody takes it yet: the client has to wait.
    stream->down_paused = true;
    stream->down->server()->pause_stream(stream->down_number);
  }
}

void LiveWorker::add_request_trailers(std::uint64_t handle, http::HeaderList& trailers) {
  Stream* const stream = streams_.find(handle);
  if (stream == nullptr) {
    return;
  }
  stream->request_ended = true;
  if (stream->is_admin) {
    ask_admin(*stream);
    return;
  }
  stream->has_trailers = true;
  std::swap(stream->trailers, trailers);
  copy_to_mirrors(*stream, {}, true);
  if (stream->up != nullptr) {
    send_body(*stream, {}, true);
  }
}

/// Passes a piece of the body on to the attempt under way.
void LiveWorker::send_body(Stream& stream, http::Bytes bytes, bool end) {
  Upstream& up = *stream.up;
  up.mark_dirty();
  if (end && stream.has_trailers) {
    if (!bytes.empty()) {
      up.client()->send_data(stream.up_number, bytes, false);
    }
    up.client()->send_trailers(stream.up_number, stream.trailers);
  } else if (end || !bytes.empty()) {
    up.client()->send_data(stream.up_number, bytes, end);
  }
  stream.request_sent = stream.request_sent || end;
  if (!end && stream.down != nullptr) {
    pause_blocked_request(stream);
  }
}

void LiveWorker::pause_blocked_request(Stream& stream) {
  if (!stream.down_paused && stream.up->client()->is_blocked(stream.up_number)) {
    stream.down_paused = true;
    stream.down->server()->pause_stream(stream.down_number);
  }
}

void LiveWorker::pause_downstream(std::uint64_t handle) {
  Stream* const stream = streams_.find(handle);
  if (stream != nullptr && stream->down != nullptr && !stream->request_ended) {
    pause_blocked_request(*stream);
  }
}

/// The upstream takes more of the request's body.
void LiveWorker::resume_downstream(std::uint64_t handle) {
  Stream* const stream = streams_.find(handle);
  if (stream != nullptr && stream->down != nullptr && stream->down_paused) {
    stream->down_paused = false;
    stream->down->server()->resume_stream(stream->down_number);
    stream->down->mark_dirty();
  }
}

void LiveWorker::on_client_gone(std::uint64_t handle) {
  if (Stream* const stream = streams_.find(handle)) {
    stream->flags |= kFlagDownstreamConnectionTermination;
    end_for_client(handle, *stream);
  }
}

void LiveWorker::on_client_late(std::uint64_t handle) {
  if (Stream* const stream = streams_.find(handle)) {
    stream->flags |= kFlagStreamIdleTimeout;
    stream->status = 408;
    end_for_client(handle, *stream);
  }
}

/// Nobody waits for an answer of it any more.
void LiveWorker::end_for_client(std::uint64_t handle, Stream& stream) {
  stream.down = nullptr;
  if (stream.is_admin) {
    streams_.give_back(handle);
    return;
  }
  const StreamId core = std::exchange(stream.core, kNoHandle);
  sidecar_->on_downstream_reset(now(), core);
  carry_out_actions();
  if (Stream* const still = streams_.find(handle)) {
    detach_upstream(*still, http::StreamError::kCancelled);
    finish_stream(*still);
  }
}

// ---- attempts ---------------------------------------------------------------------------------

void LiveWorker::send_request(const Action& action) {
  Stream* stream = streams_.find(action.token);
  Upstream* const up = find_upstream(action.connection);
  const bool is_mirror = (action.flags & kSendMirror) != 0;
  if (stream != nullptr && is_mirror) {
    stream = streams_.find(start_mirror(*stream));
  }
  if (stream == nullptr || up == nullptr || !up->client()->can_send()) {
    sidecar_->on_upstream_reset(now(), action.attempt,
                                up == nullptr || stream != nullptr ? ResetReason::kConnectFailure
                                                                   : ResetReason::kRemoteReset);
    return;
  }
  stream->attempt = action.attempt;
  stream->up = up;
  stream->host = action.host;
  stream->cluster = up->cluster_index();
  stream->sent_upstream = now();
  stream->request_sent = false;
  stream->upstream_is_broken = false;
  count_attempt(*stream);
  stream->response.clear();
  stream->attempts = static_cast<std::uint8_t>(stream->attempts + 1);
  sidecar_->set_attempt_token(action.attempt, stream->handle);
  if (const Route* route = core_.route_of(action.attempt)) {
    stream->route = route;
    if (records_requests(*stream)) {
      stream->route_name = route->name;
    }
  }
  const bool only_head = stream->request_ended && stream->body.empty() && !stream->has_trailers;
  prepare_attempt(*stream, outgoing_);
  const std::uint64_t handle = stream->handle;
  stream->up_number = up->client()->send_request(outgoing_, only_head);
  up->introduce(stream->down != nullptr ? stream->down->client_address() : std::string{});
  if (stream->up_number == 0) {  // the upstream's protocol cannot say it
    stream->up = nullptr;
    attempt_over(*stream, "not expressible upstream");
    sidecar_->on_upstream_reset(now(), std::exchange(stream->attempt, kNoHandle),
                                ResetReason::kRemoteReset);
    return;
  }
  up->add_stream(stream->up_number, handle);
  up->mark_dirty();
  stream->request_sent = only_head;
  if (!only_head && (!stream->body.empty() || stream->request_ended)) {
    send_body(*stream, stream->body, stream->request_ended);
    if (!stream->keeps_body) {
      stream->body.clear();
    } else if (!stream->request_ended && stream->body.size() >= config().limits.max_replay_bytes) {
      stream->keeps_body = false;
      stream->body.clear();
      sidecar_->on_not_replayable(stream->core);
    }
  }
  if (stream->down_paused && !up->client()->is_blocked(stream->up_number)) {
    resume_downstream(handle);
  }
  up->after_request();
}

/// A copy of a request whose answer nobody wants; its body follows as the original's comes.
std::uint64_t LiveWorker::start_mirror(Stream& original) {
  if (!original.keeps_body) {
    return 0;
  }
  const auto [handle, mirror] = streams_.take();
  mirror->clear();
  mirror->handle = handle;
  mirror->is_mirror = true;
  mirror->direction = original.direction;
  mirror->request = original.request;
  mirror->request.authority = http::shadow_authority(original.request.authority);
  mirror->body = original.body;
  mirror->trailers = original.trailers;
  mirror->has_trailers = original.has_trailers;
  mirror->request_ended = original.request_ended;
  mirror->started = now();
  if (!original.request_ended) {
    original.mirrors.push_back(handle);
  }
  return handle;
}

void LiveWorker::copy_to_mirrors(Stream& stream, http::Bytes bytes, bool end) {
  for (const std::uint64_t handle : stream.mirrors) {
    Stream* const mirror = streams_.find(handle);
    if (mirror == nullptr) {
      continue;
    }
    mirror->request_ended = end;
    if (end && stream.has_trailers) {
      mirror->has_trailers = true;
      mirror->trailers = stream.trailers;
    }
    if (mirror->up != nullptr) {
      send_body(*mirror, bytes, end);
    }
  }
  if (end) {
    stream.mirrors.clear();
  }
}

void LiveWorker::cancel_attempt(const Action& action) {
  Stream* const stream = streams_.find(action.token);
  if (stream == nullptr || stream->attempt != action.attempt) {
    return;
  }
  detach_upstream(*stream, http::StreamError::kCancelled);
  if (stream->is_mirror) {
    finish_stream(*stream);
  }
}

/// The stream and its attempt part: what still comes from upstream concerns nobody.
void LiveWorker::detach_upstream(Stream& stream, http::StreamError error) {
  Upstream* const up = std::exchange(stream.up, nullptr);
  stream.attempt = kNoHandle;
  stream.up_paused = false;
  if (up == nullptr) {
    return;
  }
  attempt_over(stream, stream.response_ended ? "" : "cancelled");
  up->forget_stream(stream.up_number);
  if (!up->is_closed() && (!stream.response_ended || !stream.request_sent)) {
    up->client()->reset(stream.up_number, error);
    ++stats_.clusters[up->cluster_tag()].rq_tx_reset;
    up->mark_dirty();
  }
}

}  // namespace shaketable::proxy::live
