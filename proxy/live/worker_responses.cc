#include <utility>

#include "proxy/live/live_flags.h"
#include "proxy/live/worker.h"
#include "proxy/telemetry/response_flags.h"

// Responses on their way back, and all ends of a stream.
namespace shaketable::proxy::live {
namespace {

/// Bytes of a body's buffer that the next request may have.
constexpr std::size_t kMostKept = 8 * 1024;

ResetReason reason_of(http::StreamError error) {
  switch (error) {
    case http::StreamError::kRefused:
      return ResetReason::kRefusedStream;
    case http::StreamError::kConnectionLost:
      return ResetReason::kConnectionTermination;
    case http::StreamError::kCancelled:
    case http::StreamError::kProtocol:
    case http::StreamError::kInternal:
      break;
  }
  return ResetReason::kRemoteReset;
}

/// RFC 9110 section 15.6.3.
constexpr std::uint16_t kBadGateway = 502;

/// The core's flags, with what the driver knows better: an answer that is not HTTP was a reset to
/// the core.
std::uint32_t flags_of(const Stream& stream, std::uint32_t flags) {
  constexpr std::uint32_t kResets = kFlagUpstreamRemoteReset | kFlagUpstreamConnectionTermination;
  return stream.upstream_is_broken && (flags & kResets) != 0
             ? (flags & ~kResets) | kFlagUpstreamProtocolError
             : flags;
}

/// grpc-status of a response that ends with its head.
std::uint8_t grpc_status_of(const http::ResponseMessage& response) {
  const auto text = response.headers.find("grpc-status");
  unsigned value = 0;
  if (text.has_value() && !text->empty() && text->size() <= 2) {
    for (const char c : *text) {
      if (c < '0' || c > '9') {
        return 0;
      }
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
  }
  return static_cast<std::uint8_t>(value);
}

}  // namespace

// ---- the response -----------------------------------------------------------------------------

void LiveWorker::on_informational(std::uint64_t handle, http::ResponseMessage& response) {
  Stream* const stream = streams_.find(handle);
  if (stream == nullptr || stream->down == nullptr || stream->response_forwarded) {
    return;
  }
  stream->down->server()->send_informational(stream->down_number, response);
  stream->down->mark_dirty();
}

void LiveWorker::on_response(std::uint64_t handle, http::ResponseMessage& response, bool end) {
  Stream* const stream = streams_.find(handle);
  if (stream == nullptr) {
    return;
  }
  std::swap(stream->response, response);
  stream->response_ended = end;
  stream->first_response_byte = now();
  stream->is_tunnel = stream->response.body == http::BodyKind::kTunnel;
  ResponseHead head;
  head.status = stream->response.status;
  head.end_stream = end;
  head.grpc_status = grpc_status_of(stream->response);
  head.rate_limited = stream->response.headers.contains("x-envoy-ratelimited");
  const bool is_tunnel = stream->is_tunnel;
  const StreamId core = stream->core;
  count_response(*stream);
  if (end) {
    leave_connection(*stream);
  }
  sidecar_->on_response(now(), stream->attempt, head);
  if (is_tunnel) {
    sidecar_->on_tunnel(now(), core);
  }
  carry_out_actions();
  if (Stream* const still = streams_.find(handle); still != nullptr && end && still->is_mirror) {
    detach_upstream(*still, http::StreamError::kCancelled);
    finish_stream(*still);
  }
}

void LiveWorker::forward_response(const Action& action) {
  Stream* const stream = streams_.find(action.token);
  if (stream == nullptr) {
    return;
  }
  const bool more = (action.flags & kForwardMore) != 0;
  stream->flags |= action.flags & ~kForwardMore;
  stream->status = stream->response.status;
  stream->response_forwarded = true;
  if (!more) {
    stream->core = kNoHandle;
  }
  prepare_response(*stream);
  if (more && stream->is_tunnel) {
    count_tunnel(*stream, true);
  }
  if (stream->down != nullptr) {
    stream->down->server()->send_response(stream->down_number, stream->response, !more);
    stream->down->mark_dirty();
  }
  if (!more) {
    end_response(*stream);
  }
}

void LiveWorker::on_response_data(std::uint64_t handle, http::Bytes bytes, bool end) {
  Stream* const stream = streams_.find(handle);
  if (stream == nullptr) {
    return;
  }
  stream->response_ended = end;
  stream->bytes_sent += bytes.size();
  if (stream->down != nullptr && stream->response_forwarded) {
    Downstream& down = *stream->down;
    down.server()->send_data(stream->down_number, bytes, end);
    down.mark_dirty();
    if (!end) {
      pause_blocked_response(*stream);
    }
  }
  if (end) {
    end_upstream(*stream);
  } else {
    sidecar_->on_response_activity(now(), stream->attempt);
  }
}

void LiveWorker::on_response_trailers(std::uint64_t handle, http::HeaderList& trailers) {
  Stream* const stream = streams_.find(handle);
  if (stream == nullptr) {
    return;
  }
  stream->response_ended = true;
  if (stream->down != nullptr && stream->response_forwarded) {
    stream->down->server()->send_trailers(stream->down_number, trailers);
    stream->down->mark_dirty();
  }
  end_upstream(*stream);
}

/// The response is complete.
void LiveWorker::end_upstream(Stream& stream) {
  stream.core = kNoHandle;
  leave_connection(stream);
  sidecar_->on_response_end(now(), stream.attempt);
  end_response(stream);
  carry_out_actions();
}

/// An HTTP/1 connection whose answer came before its request had ended cannot carry another one:
/// the core must know before it frees the connection for the next.
void LiveWorker::leave_connection(const Stream& stream) {
  if (!stream.request_sent && stream.up != nullptr &&
      stream.up->client()->version() != http::Version::kHttp2) {
    sidecar_->on_connection_draining(now(), stream.up->id());
  }
}

void LiveWorker::pause_blocked_response(Stream& stream) {
  if (!stream.up_paused && stream.down->server()->is_blocked(stream.down_number)) {
    stream.up_paused = true;
    stream.up->client()->pause_stream(stream.up_number);
  }
}

void LiveWorker::pause_upstream(std::uint64_t handle) {
  Stream* const stream = streams_.find(handle);
  if (stream != nullptr && stream->up != nullptr && stream->response_forwarded) {
    pause_blocked_response(*stream);
  }
}

/// The downstream takes more of the response's body.
void LiveWorker::resume_upstream(std::uint64_t handle) {
  Stream* const stream = streams_.find(handle);
  if (stream != nullptr && stream->up != nullptr && stream->up_paused) {
    stream->up_paused = false;
    stream->up->client()->resume_stream(stream->up_number);
    stream->up->mark_dirty();
  }
}

void LiveWorker::on_upstream_reset(std::uint64_t handle, http::StreamError error, bool is_broken) {
  Stream* const stream = streams_.find(handle);
  if (stream == nullptr) {
    return;
  }
  const AttemptId attempt = std::exchange(stream->attempt, kNoHandle);
  Upstream* const up = std::exchange(stream->up, nullptr);
  if (up != nullptr) {
    up->forget_stream(stream->up_number);
    ++stats_.clusters[up->cluster_tag()].rq_rx_reset;
  }
  stream->upstream_is_broken = is_broken;
  attempt_over(*stream, is_broken ? "not a response" : "reset by the upstream");
  sidecar_->on_upstream_reset(now(), attempt, reason_of(error));
  if (stream->is_mirror) {
    finish_stream(*stream);
  }
  carry_out_actions();
}

/// The connection is gone; the core has been told about it, or is about to be.
void LiveWorker::on_upstream_lost(std::uint64_t handle, bool is_broken) {
  Stream* const stream = streams_.find(handle);
  if (stream == nullptr) {
    return;
  }
  stream->up = nullptr;
  stream->attempt = kNoHandle;
  stream->upstream_is_broken = is_broken;
  attempt_over(*stream, is_broken ? "not a response" : "connection closed by the upstream");
  if (stream->is_mirror) {
    finish_stream(*stream);
  }
}

// ---- ends -------------------------------------------------------------------------------------

/// An answer without the core: the request may not go further.
void LiveWorker::refuse(Stream& stream, std::uint16_t status) {
  Action action;
  action.token = stream.handle;
  action.status = status;
  action.flags = status >= 400 ? std::uint32_t{kFlagLocalReset} : 0;
  local_reply(action);
}

void LiveWorker::local_reply(Action action) {
  Stream* const stream = streams_.find(action.token);
  if (stream == nullptr) {
    return;
  }
  if (const std::uint32_t flags = flags_of(*stream, action.flags); flags != action.flags) {
    action.flags = flags;
    action.status = kBadGateway;
  }
  stream->core = kNoHandle;
  stream->flags |= action.flags;
  stream->status = action.status;
  if ((action.flags & kFlagUpstreamRequestTimeout) != 0) {
    count_timeout(*stream);
  }
  detach_upstream(*stream, http::StreamError::kCancelled);
  if (stream->down != nullptr) {
    const bool has_body = make_local_reply(*stream, action, local_, local_body_);
    stream->bytes_sent = local_body_.size();
    http::ServerCodec& server = *stream->down->server();
    server.send_response(stream->down_number, local_, !has_body);
    if (has_body) {
      server.send_data(stream->down_number, local_body_, true);
    }
    stream->down->mark_dirty();
  }
  end_response(*stream);
}

void LiveWorker::reset_downstream(const Action& action) {
  Stream* const stream = streams_.find(action.token);
  if (stream == nullptr) {
    return;
  }
  stream->core = kNoHandle;
  stream->flags |= flags_of(*stream, action.flags);
  stats_.listeners[stream->listener_stats].rq_tx_reset += stream->down != nullptr ? 1U : 0U;
  detach_upstream(*stream, http::StreamError::kCancelled);
  if (stream->down != nullptr) {
    stream->down->server()->reset(stream->down_number, http::StreamError::kInternal);
    stream->down->mark_dirty();
  }
  end_response(*stream);
}

/// All of the response has been handed to the downstream's codec.
void LiveWorker::end_response(Stream& stream) {
  detach_upstream(stream, http::StreamError::kCancelled);
  if (stream.down != nullptr) {
    // A request that goes on behind its answer is the codec's business: it drains or closes.
    stream.down->forget_stream(stream.down_number);
    stream.down->mark_dirty();
  }
  finish_stream(stream);
}

void LiveWorker::finish_stream(Stream& stream) {
  record_end(stream);
  if (stream.body.capacity() > kMostKept) {
    std::string().swap(stream.body);  // one large upload must not cost its memory for ever
  }
  streams_.give_back(stream.handle);
}

}  // namespace shaketable::proxy::live
