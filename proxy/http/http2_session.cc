#include "proxy/http/http2_session.h"

#include <vector>

#include "proxy/http/http2_native.h"
#include "proxy/http/preface.h"

namespace shaketable::proxy::http {
namespace {

/// Frames that carry nothing, once the burst is used up.
constexpr std::uint32_t kIdleFramesASecond = 10;
/// DATA frames of a few bytes, because the window is opened by so much.
constexpr std::uint32_t kCrumbsASecond = 100'000;

std::uint32_t reset_code(StreamError error) {
  switch (error) {
    case StreamError::kCancelled:
      return NGHTTP2_CANCEL;
    case StreamError::kRefused:
      return NGHTTP2_REFUSED_STREAM;
    case StreamError::kProtocol:
      return NGHTTP2_PROTOCOL_ERROR;
    case StreamError::kInternal:
    case StreamError::kConnectionLost:
      return NGHTTP2_INTERNAL_ERROR;
  }
  return NGHTTP2_INTERNAL_ERROR;
}

}  // namespace

Http2Session::Http2Session(Role role, const CodecLimits& limits, Http2Side& side,
                           std::string& output, ProtocolError& error)
    : head(limits),
      role_(role),
      limits_(limits),
      side_(side),
      output_(output),
      error_(error),
      native_(std::make_unique<Native>()),
      preface_left_(role == Role::kServer ? kHttp2Preface.size() : 0),
      frames_(limits.frame_budget, kIdleFramesASecond),
      resets_(limits.reset_burst, limits.resets_a_second),
      crumbs_(kCrumbsASecond, kCrumbsASecond),
      ignorable_(limits.stream_window) {
  native_->session = make_native_session(*this, is_server(), limits);
}

Http2Session::~Http2Session() = default;

bool Http2Session::upgrade(Bytes settings, bool is_head_request) {
  const auto* payload = reinterpret_cast<const std::uint8_t*>(settings.data());
  if (nghttp2_session_upgrade2(native_->session, payload, settings.size(), is_head_request ? 1 : 0,
                               nullptr) != 0) {
    return false;
  }
  if (settings_refused_) {  // nghttp2 calls that a broken connection, but not here
    return false;
  }
  history_.open(1);
  return true;
}

void Http2Session::receive_end() { tell_lost(); }

void Http2Session::reset(StreamNumber id, StreamError error) {
  Http2Stream* stream = streams_.find(id);
  if (stream == nullptr || stream->silenced) {
    return;
  }
  silence(*stream);
  nghttp2_submit_rst_stream(native_->session, NGHTTP2_FLAG_NONE, static_cast<std::int32_t>(id),
                            reset_code(error));
}

void Http2Session::reject(StreamNumber id, ProtocolError error) {
  counted_error_ = id;
  side_.on_stream_error(error);
  nghttp2_submit_rst_stream(native_->session, NGHTTP2_FLAG_NONE, static_cast<std::int32_t>(id),
                            NGHTTP2_PROTOCOL_ERROR);
}

/// A stream too many: it was not processed, and may be tried again.
void Http2Session::refuse(StreamNumber id) {
  nghttp2_submit_rst_stream(native_->session, NGHTTP2_FLAG_NONE, static_cast<std::int32_t>(id),
                            NGHTTP2_REFUSED_STREAM);
}

/// The handler hears no more of the stream, and its bytes are not sent.
void Http2Session::silence(Http2Stream& stream) {
  stream.silenced = true;
  end_receive(stream);
  stream.send_ended = true;
  drop_queue(stream);
  release_held(stream);
}

/// Whether the handler has no more to hear of the stream.
bool Http2Session::is_over(const Http2Stream& stream) const {
  const bool has_sent = stream.send_ended || stream.bodiless || !is_server();
  return stream.silenced || (stream.receive_ended && has_sent);
}

/// nghttp2 has closed the stream: in good order, or by a reset of either side.
void Http2Session::close(StreamNumber id, std::uint32_t code) {
  Http2Stream* stream = streams_.find(id);
  if (stream == nullptr) {
    return;
  }
  const bool over = is_over(*stream);
  silence(*stream);
  streams_.erase(id);
  if (over) {
    return;
  }
  const StreamError error = code == NGHTTP2_NO_ERROR || code == NGHTTP2_CANCEL
                                ? StreamError::kCancelled
                            : code == NGHTTP2_REFUSED_STREAM ? StreamError::kRefused
                            : code == NGHTTP2_PROTOCOL_ERROR ? StreamError::kProtocol
                                                             : StreamError::kInternal;
  side_.on_reset(id, error);
}

/// The connection is over for all streams.
void Http2Session::tell_lost() {
  std::vector<StreamNumber> lost;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const Http2Stream& stream = streams_.at(i);
    if (!is_over(stream)) {
      lost.push_back(stream.id);
    }
  }
  for (const StreamNumber id : lost) {
    Http2Stream* stream = streams_.find(id);
    if (stream != nullptr && !stream->silenced) {
      silence(*stream);
      side_.on_reset(id, StreamError::kConnectionLost);
    }
  }
}

void Http2Session::drain() {
  if (draining_) {
    return;
  }
  draining_ = true;
  if (is_server()) {
    nghttp2_submit_shutdown_notice(native_->session);
  }
}

void Http2Session::finish_drain() {
  if (drained_finally_) {
    return;
  }
  draining_ = drained_finally_ = true;
  if (is_server()) {
    nghttp2_submit_goaway(native_->session, NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(native_->session),
                          NGHTTP2_NO_ERROR, nullptr, 0);
  }
}

/// nghttp2's own buffers stay, which are most of it.
void Http2Session::release_buffers() {
  if (output_.empty()) {
    output_.shrink_to_fit();
  }
  streams_.release_spare();
  head = Http2HeadReader(limits_);
  native_->fields = {};
  drained_.shrink_to_fit();
  yielded_.shrink_to_fit();
}

bool Http2Session::wants_close() const {
  if (has_failed()) {
    return true;
  }
  const bool takes_no_more = peer_goaway_ || drained_finally_ || (draining_ && !is_server());
  return takes_no_more && streams_.empty();
}

Phase Http2Session::phase() const {
  const bool in_head = in_block_ || (payload_left_ > 0 && frame_.type == FrameType::kHeaders) ||
                       (streams_.empty() && (partial_size_ > 0 || payload_left_ > 0));
  if (in_head || (is_server() && !settings_seen_)) {
    return Phase::kHead;
  }
  if (receiving_ > 0) {
    return Phase::kBody;
  }
  if (silent_ > 0) {
    return Phase::kTunnel;
  }
  return streams_.empty() ? Phase::kIdle : Phase::kWaiting;
}

void Http2Session::fail(ProtocolError error, Http2Code code) {
  error_ = error;
  nghttp2_session_terminate_session(native_->session, static_cast<std::uint32_t>(code));
}

/// For callbacks: nghttp2 does not like to be ended from within them all.
void Http2Session::fail_later(ProtocolError error, Http2Code code) {
  if (later_error_ == ProtocolError::kNone) {
    later_error_ = error;
    later_code_ = code;
  }
}

void Http2Session::settle_failure() {
  if (later_error_ != ProtocolError::kNone && !has_failed()) {
    fail(later_error_, later_code_);
  }
}

}  // namespace shaketable::proxy::http
