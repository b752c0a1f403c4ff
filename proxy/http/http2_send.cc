#include <algorithm>

#include "proxy/http/http2_native.h"

// What goes: the queues of the streams, and the output.
namespace shaketable::proxy::http {
namespace {

/// Of a stream's queue, while the peer's windows or the connection let nothing of it through, or
/// all queues of the connection hold a sixteenth of max_output. A peer that takes nothing then
/// makes us keep one piece of each body; to ask for one takes it some 30 bytes.
constexpr std::size_t kTightQueue = 4 * 1024;

}  // namespace

void Http2Session::send_data(StreamNumber id, Bytes bytes, bool end) {
  Http2Stream* stream = streams_.find(id);
  if (stream == nullptr || stream->send_ended) {
    return;
  }
  stream->send_ended = end;
  if (stream->bodiless) {
    return;
  }
  if (!bytes.empty()) {
    if (stream->queue.size() == 0) {
      ++queues_;
      stream->stalls = 0;
    }
    stream->queue.append(bytes);
    queued_ += bytes.size();
    // Most are so short that no limit matters.
    stream->blocked |= stream->queue.size() > std::min(kTightQueue, limits_.high_water) &&
                       stream->queue.size() > stream_limit(*stream);
  }
  resume(*stream);
}

void Http2Session::send_trailers(StreamNumber id, const HeaderList& trailers) {
  Http2Stream* stream = streams_.find(id);
  if (stream == nullptr || stream->send_ended) {
    return;
  }
  stream->send_ended = true;
  if (stream->bodiless) {
    return;
  }
  stream->trailers = trailers;
  stream->has_trailers = !trailers.empty();
  resume(*stream);
}

bool Http2Session::is_blocked(StreamNumber id) const {
  const Http2Stream* stream = streams_.find(id);
  return stream != nullptr && stream->blocked;
}

/// Whether the peer's windows let no byte through. nghttp2 knows a client's stream from its HEADERS
/// on.
bool Http2Session::is_window_closed(const Http2Stream& stream) const {
  const auto id = static_cast<std::int32_t>(stream.id);
  return nghttp2_session_get_remote_window_size(native_->session) <= 0 ||
         (nghttp2_session_find_stream(native_->session, id) != nullptr &&
          nghttp2_session_get_stream_remote_window_size(native_->session, id) <= 0);
}

/// Few streams may fill their queues up to the high-water mark, if their peer takes what is sent.
std::size_t Http2Session::stream_limit(const Http2Stream& stream) const {
  const bool is_tight =
      is_congested_ || queued_ > limits_.max_output / 16 || is_window_closed(stream);
  return is_tight ? std::min(kTightQueue, limits_.high_water) : limits_.high_water;
}

void Http2Session::resume(Http2Stream& stream) {
  if (stream.waits_for_data) {
    stream.waits_for_data = false;
    nghttp2_session_resume_data(native_->session, static_cast<std::int32_t>(stream.id));
  }
}

void Http2Session::note_sent(Http2Stream& stream, std::size_t count) {
  const bool had_bytes = stream.queue.size() > 0;
  stream.queue.consume(count);
  stream.stalls = 0;
  has_sent_body_ = true;
  queued_ -= count;
  queues_ -= had_bytes && stream.queue.size() == 0 ? 1 : 0;
  if (stream.blocked && !stream.drain_due && stream.queue.size() <= stream_limit(stream) / 2) {
    stream.drain_due = true;
    drained_.push_back(stream.id);
  }
}

/// A stream that waits for its turn is not stalled: its own window is open, and others move. Who
/// reads a conversation (gRPC) may stop for ten times as long.
std::size_t Http2Session::reset_stalled() {
  constexpr std::uint8_t kMostStalls = 2;  // so that a whole interval lies between
  constexpr std::uint8_t kMostInConversations = 20;
  std::vector<StreamNumber> stalled;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    Http2Stream& stream = streams_.at(i);
    const bool is_waiting =
        stream.queue.size() > 0 &&
        (!has_sent_body_ || nghttp2_session_get_stream_remote_window_size(
                                native_->session, static_cast<std::int32_t>(stream.id)) <= 0);
    stream.stalls = is_waiting ? static_cast<std::uint8_t>(stream.stalls + 1) : std::uint8_t{0};
    if (stream.stalls > (stream.may_be_silent ? kMostInConversations : kMostStalls)) {
      stalled.push_back(stream.id);
    }
  }
  has_sent_body_ = false;
  for (const StreamNumber id : stalled) {
    Http2Stream* const stream = streams_.find(id);
    if (stream == nullptr || stream->silenced) {
      continue;  // the handler has reset it, hearing of another one
    }
    const bool over = is_over(*stream);
    reset(id, StreamError::kCancelled);
    if (!over) {
      side_.on_reset(id, StreamError::kCancelled);
    }
  }
  return stalled.size();
}

void Http2Session::drop_queue(Http2Stream& stream) {
  if (stream.queue.size() > 0) {
    queued_ -= stream.queue.size();
    --queues_;
  }
  stream.queue.clear();
}

void Http2Session::fill_output() {
  if (!feeding_ && !pumping_) {
    pump();
  }
}

/// Moves frames to the output, and tells who may send more, until nothing moves.
void Http2Session::pump() {
  pumping_ = true;
  do {
    is_full_ = false;
  } while (pump_frames() && tell_drained());
  pumping_ = false;
}

/// False when the connection has failed.
bool Http2Session::pump_frames() {
  while (!goaway_sent_ && error_ != ProtocolError::kTooMuchOutput) {
    const std::uint8_t* data = nullptr;
    const auto count = nghttp2_session_mem_send(native_->session, &data);
    settle_failure();
    if (count < 0) {
      error_ = has_failed() ? error_ : ProtocolError::kHttp2;
      return false;
    }
    if (count > 0) {
      output_.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(count));
      if (!streams_announced_ && is_server()) {
        announce_streams(output_.size() - static_cast<std::size_t>(count));
      }
      if (output_.size() > limits_.max_output + kFill && !has_failed()) {
        error_ = ProtocolError::kTooMuchOutput;
        return false;
      }
      continue;
    }
    if (is_full_ || yielded_.empty()) {
      break;
    }
    for (const StreamNumber id : yielded_) {
      nghttp2_session_resume_data(native_->session, static_cast<std::int32_t>(id));
    }
    yielded_.clear();
  }
  return !has_failed();
}

/// The first frame of a server is its SETTINGS, and their first entry the number of streams: what
/// nghttp2 is told is more than what the client is told.
void Http2Session::announce_streams(std::size_t frame_begin) {
  constexpr std::size_t kValue = kFrameHeaderSize + 2;  // behind the entry's number
  streams_announced_ = true;
  const FrameHeader header = read_frame_header(std::string_view(output_).substr(frame_begin));
  ASSERT(header.type == FrameType::kSettings);
  ASSERT(header.length > kValue);
  for (unsigned i = 0; i < 4; ++i) {
    const auto byte = limits_.max_concurrent_streams >> (24U - 8U * i) & 0xffU;
    output_[frame_begin + kValue + i] = static_cast<char>(byte);
  }
}

/// False when nobody was told.
bool Http2Session::tell_drained() {
  if (drained_.empty()) {
    return false;
  }
  for (std::size_t i = 0; i < drained_.size(); ++i) {
    const StreamNumber id = drained_[i];
    Http2Stream* stream = streams_.find(id);
    if (stream == nullptr) {
      continue;
    }
    stream->blocked = stream->drain_due = false;
    if (!stream->send_ended) {
      side_.on_drained(id);
    }
  }
  drained_.clear();
  return true;
}

}  // namespace shaketable::proxy::http
