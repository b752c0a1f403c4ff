#include <algorithm>
#include <cstring>

#include "proxy/http/http2_native.h"

// What comes: frames by their headers, then nghttp2, then bodies.
namespace shaketable::proxy::http {
namespace {

/// A SETTINGS frame may touch every stream.
constexpr std::uint32_t kSettingsCost = 10;
/// DATA below this is as good as empty when many of it come.
constexpr std::uint32_t kSmallData = 256;
/// PRIORITY: the frame header and its payload.
constexpr std::size_t kPrioritySize = kFrameHeaderSize + 5;

}  // namespace

std::size_t Http2Session::receive(Bytes bytes, Instant now) {
  if (has_failed()) {
    return 0;
  }
  now_ = now;
  if (!clock_begun_) {
    clock_begun_ = true;
    frames_.begin(now);
    resets_.begin(now);
  }
  feeding_ = true;
  Bytes rest = bytes;
  while (!rest.empty() && !has_failed()) {
    rest.remove_prefix(take(rest));
  }
  feeding_ = false;
  pump();
  if (has_failed()) {
    tell_lost();
  }
  return bytes.size() - rest.size();
}

/// Takes some bytes: at most up to the end of a frame, so that what nghttp2 made of one is known
/// before the next is looked at.
std::size_t Http2Session::take(Bytes bytes) {
  if (preface_left_ > 0) {
    const std::size_t count = std::min(preface_left_, bytes.size());
    preface_left_ -= count;
    feed(bytes.substr(0, count));
    return count;
  }
  if (payload_left_ > 0) {
    const std::size_t count = std::min<std::size_t>(payload_left_, bytes.size());
    payload_left_ -= static_cast<std::uint32_t>(count);
    feed(bytes.substr(0, count));
    return count;
  }
  if (partial_size_ > 0 || bytes.size() < kPrioritySize) {
    return take_partial(bytes);
  }
  begin_frame(read_frame_header(bytes));
  if (frame_.type == FrameType::kPriority && frame_.length == kPrioritySize - kFrameHeaderSize &&
      (read_u32(bytes.substr(kFrameHeaderSize)) & 0x7fff'ffffU) == frame_.stream) {
    fail_later(ProtocolError::kHttp2, Http2Code::kProtocolError);
  }
  settle_failure();
  if (has_failed()) {
    return bytes.size();
  }
  const std::size_t count = std::min(kFrameHeaderSize + frame_.length, bytes.size());
  payload_left_ = frame_.length - static_cast<std::uint32_t>(count - kFrameHeaderSize);
  feed(bytes.substr(0, count));
  return count;
}

/// Collects a frame header that came in pieces. nghttp2 must see it in one: it counts every piece
/// of a CONTINUATION's header as a frame.
std::size_t Http2Session::take_partial(Bytes bytes) {
  const auto append = [this, &bytes](std::size_t wanted) {
    const std::size_t count = std::min(wanted - partial_size_, bytes.size());
    std::memcpy(partial_.data() + partial_size_, bytes.data(), count);
    partial_size_ = static_cast<std::uint8_t>(partial_size_ + count);
    bytes.remove_prefix(count);
    return partial_size_ == wanted;
  };
  const std::size_t given = bytes.size();
  if (partial_size_ < kFrameHeaderSize && !append(kFrameHeaderSize)) {
    return given;
  }
  const Bytes collected(partial_.data(), partial_.size());
  const FrameHeader header = read_frame_header(collected);
  const bool is_priority =
      header.type == FrameType::kPriority && header.length == kPrioritySize - kFrameHeaderSize;
  if (is_priority && !append(kPrioritySize)) {
    return given;
  }
  const std::size_t size = partial_size_;
  partial_size_ = 0;
  begin_frame(header);
  if (is_priority &&
      (read_u32(collected.substr(kFrameHeaderSize)) & 0x7fff'ffffU) == header.stream) {
    fail_later(ProtocolError::kHttp2, Http2Code::kProtocolError);
  }
  settle_failure();
  if (!has_failed()) {
    payload_left_ = header.length - static_cast<std::uint32_t>(size - kFrameHeaderSize);
    feed(collected.substr(0, size));
  }
  return given - bytes.size();
}

void Http2Session::feed(Bytes bytes) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto used = nghttp2_session_mem_recv(native_->session, data, bytes.size());
  flush_chunk(/*end=*/false);
  if (used < 0) {
    const bool is_flood = used == NGHTTP2_ERR_FLOODED || used == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS;
    fail_later(is_flood ? ProtocolError::kFlood : ProtocolError::kHttp2,
               is_flood ? Http2Code::kEnhanceYourCalm : Http2Code::kProtocolError);
  }
  settle_failure();
}

/// Judges a frame by its header, before nghttp2 sees it.
void Http2Session::begin_frame(const FrameHeader& frame) {
  frame_ = frame;
  payload_left_ = 0;
  settings_seen_ = true;  // or nghttp2 ends the connection
  if (!frames_.spend(cost(frame), now_)) {
    fail_later(ProtocolError::kFlood, Http2Code::kEnhanceYourCalm);
    return;
  }
  check_sequence(frame);
  check_ignored(frame);
  if (is_server()) {
    check_known_stream(frame);
  }
}

std::uint32_t Http2Session::cost(const FrameHeader& frame) {
  if (frame.type == FrameType::kData && frame.length >= kSmallData) {
    return 0;  // The windows bound it.
  }
  return frame.type == FrameType::kSettings && (frame.flags & kFlagAck) == 0 ? kSettingsCost : 1;
}

void Http2Session::check_sequence(const FrameHeader& frame) {
  if (frame.type == FrameType::kHeaders) {
    in_block_ = (frame.flags & kFlagEndHeaders) == 0;
    continuations_ = 0;
  } else if (frame.type == FrameType::kContinuation) {
    in_block_ = in_block_ && (frame.flags & kFlagEndHeaders) == 0;
    if (++continuations_ > max_continuations(limits_)) {
      fail_later(ProtocolError::kFlood, Http2Code::kEnhanceYourCalm);
    }
  } else if (frame.type == FrameType::kPriority && frame.stream == 0) {
    fail_later(ProtocolError::kHttp2, Http2Code::kProtocolError);
  }
}

/// nghttp2 ignores DATA of streams that were reset, and takes it for consumed. An honest peer can
/// send no more of it than the streams' windows allowed.
void Http2Session::check_ignored(const FrameHeader& frame) {
  if (frame.type != FrameType::kData || frame.length == 0 ||
      nghttp2_session_find_stream(native_->session, static_cast<std::int32_t>(frame.stream)) !=
          nullptr) {
    return;
  }
  if (ignorable_ < frame.length) {
    fail_later(ProtocolError::kHttp2, Http2Code::kFlowControlError);
    return;
  }
  ignorable_ -= frame.length;
}

void Http2Session::check_known_stream(const FrameHeader& frame) {
  if (frame.type == FrameType::kRstStream) {
    spend_reset();
    return;
  }
  const bool is_odd = (frame.stream & 1U) != 0;
  if (!is_odd || (frame.type != FrameType::kHeaders && frame.type != FrameType::kData)) {
    return;
  }
  if (frame.stream > history_.highest()) {
    if (frame.type == FrameType::kHeaders) {
      history_.open(frame.stream);
      if (drained_finally_) {  // nghttp2 ignores it, and so must we what follows
        history_.note_reset(frame.stream);
        ignorable_ += limits_.stream_window;
      }
    }
    return;
  }
  if (nghttp2_session_find_stream(native_->session, static_cast<std::int32_t>(frame.stream)) !=
      nullptr) {
    return;
  }
  switch (history_.fate(frame.stream)) {
    case StreamHistory::Fate::kSkipped:
      fail_later(ProtocolError::kHttp2, Http2Code::kProtocolError);
      break;
    case StreamHistory::Fate::kOpened:
      fail_later(ProtocolError::kHttp2, Http2Code::kStreamClosed);
      break;
    case StreamHistory::Fate::kReset:
    case StreamHistory::Fate::kUnknown:
      break;
  }
}

void Http2Session::spend_reset() {
  if (!resets_.spend(1, now_)) {
    fail_later(ProtocolError::kFlood, Http2Code::kEnhanceYourCalm);
  }
}

/// Tells the body bytes that the latest callback has seen.
void Http2Session::flush_chunk(bool end) {
  if (chunk_stream_ == 0) {
    return;
  }
  const StreamNumber id = chunk_stream_;
  chunk_stream_ = 0;
  Http2Stream* stream = streams_.find(id);
  if (stream == nullptr || stream->silenced || stream->receive_ended) {
    return;
  }
  if (end) {
    end_receive(*stream);
  }
  side_.on_data(id, chunk_, end);
  stream = end ? nullptr : streams_.find(id);
  if (stream != nullptr && !stream->silenced) {
    grow_window(*stream);
  }
}

/// Opens the windows again for bytes that were read, as far as nobody holds them.
void Http2Session::consume(Http2Stream* stream, StreamNumber id, std::size_t count) {
  const bool is_held = stream != nullptr && stream->paused && !stream->silenced;
  if (is_held) {
    stream->held += static_cast<std::uint32_t>(count);
    held_ += count;
  } else {
    nghttp2_session_consume_stream(native_->session, static_cast<std::int32_t>(id), count);
  }
  // A client's connection carries the streams of many who do not know of each other: none may stop
  // the others. A server's client stops but itself.
  if (is_held && is_server() && held_ > 4UL * limits_.connection_window) {
    held_window_ += count;
  } else {
    nghttp2_session_consume_connection(native_->session, count);
  }
}

void Http2Session::release_held(Http2Stream& stream) {
  held_ -= stream.held;
  stream.held = 0;
  if (held_window_ > 0 && held_ <= 4UL * limits_.connection_window) {
    nghttp2_session_consume_connection(native_->session, held_window_);
    held_window_ = 0;
  }
}

/// A response that flows gets a window twice as large as what has come of it, so that a client
/// which stops reading leaves no more than that to be kept.
void Http2Session::grow_window(Http2Stream& stream) {
  if (is_server() || stream.paused || stream.received < stream.window ||
      stream.window >= limits_.stream_window) {
    return;
  }
  stream.window = std::min(2 * stream.window, limits_.stream_window);
  nghttp2_session_set_local_window_size(native_->session, NGHTTP2_FLAG_NONE,
                                        static_cast<std::int32_t>(stream.id),
                                        static_cast<std::int32_t>(stream.window));
}

void Http2Session::pause_stream(StreamNumber id) {
  if (Http2Stream* stream = streams_.find(id)) {
    stream->paused = true;
  }
}

void Http2Session::resume_stream(StreamNumber id) {
  Http2Stream* stream = streams_.find(id);
  if (stream == nullptr || !stream->paused) {
    return;
  }
  stream->paused = false;
  stream->silences = 0;
  if (stream->held > 0) {
    nghttp2_session_consume_stream(native_->session, static_cast<std::int32_t>(id), stream->held);
    release_held(*stream);
  }
}

void Http2Session::begin_receive(Http2Stream& stream, bool may_be_silent) {
  end_silence_or_body(stream);
  stream.is_receiving = true;
  stream.may_be_silent = may_be_silent;
  ++(may_be_silent ? silent_ : receiving_);
}

std::vector<StreamNumber> Http2Session::late_bodies() {
  constexpr std::uint8_t kMostSilences = 2;  // so that a whole interval lies between
  std::vector<StreamNumber> late;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    Http2Stream& stream = streams_.at(i);
    const bool is_due = stream.is_receiving && !stream.may_be_silent && !stream.paused;
    stream.silences = is_due ? static_cast<std::uint8_t>(stream.silences + 1) : std::uint8_t{0};
    if (stream.silences > kMostSilences) {
      late.push_back(stream.id);
    }
  }
  return late;
}

void Http2Session::end_silence_or_body(Http2Stream& stream) {
  if (stream.is_receiving) {
    stream.is_receiving = false;
    --(stream.may_be_silent ? silent_ : receiving_);
  }
}

void Http2Session::end_receive(Http2Stream& stream) {
  stream.receive_ended = true;
  end_silence_or_body(stream);
}

}  // namespace shaketable::proxy::http
