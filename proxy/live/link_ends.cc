#include <utility>

#include <sys/socket.h>

#include "proxy/live/link.h"
#include "proxy/live/worker.h"

// How a connection ends, and what makes it end by itself.
namespace shaketable::proxy::live {
namespace {

constexpr Duration kLinger = std::chrono::seconds(1);
/// A connection that has been idle for so long gives back the memory that only messages need.
constexpr Duration kQuiet = std::chrono::milliseconds(100);

}  // namespace

// ---- ends -------------------------------------------------------------------------------------

/// All is said. A peer that is still sending would get a reset in front of our last words, so its
/// bytes are read and thrown away for a moment.
void Link::finish_or_linger() {
  const LinkEnd why = codec_->has_failed() ? LinkEnd::kProtocolError : LinkEnd::kDone;
  if (!lingers() || codec_->must_abort()) {
    lose(why);
    return;
  }
  if (codec_->has_failed()) {
    codec_->receive_end();  // streams that were under way
  }
  if (tls_ != nullptr) {
    tls_->close();
    flush();
  }
  if (stage_ == Stage::kClosed) {
    return;
  }
  ending_ = why;
  stage_ = Stage::kLingering;
  rest_.clear();
  ::shutdown(descriptor_.fd(), SHUT_WR);
}

void Link::lose(LinkEnd why) {
  if (stage_ == Stage::kClosed) {
    return;
  }
  if (stage_ == Stage::kOpen && tls_ != nullptr && why != LinkEnd::kPeerClosed && !blocked_) {
    tls_->close();
    flush();
    if (stage_ == Stage::kClosed) {
      return;
    }
  }
  end(why);
}

void Link::end(LinkEnd why) {
  const bool was_open = stage_ == Stage::kOpen;
  if (was_open && codec_->must_abort()) {
    // A reset: an orderly end would make half a body look like a whole one.
    const linger reset{1, 0};
    ::setsockopt(descriptor_.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  stage_ = Stage::kClosed;
  ending_ = why;
  worker_.timers().cancel(timeout_);
  timeout_ = {};
  worker_.timers().cancel(stall_check_);
  stall_check_ = {};
  tell_stream_errors();
  descriptor_.close();
  if (was_open) {
    codec_->receive_end();
  }
  on_closed();
}

// ---- timeouts ---------------------------------------------------------------------------------

/// The timeout of a stage or phase runs from its beginning; that of a body, and of a peer that does
/// not read, from the last byte that moved.
void Link::arm_timeout() {
  http::Phase phase = codec_ != nullptr ? codec_->phase() : http::Phase::kIdle;
  if (stage_ == Stage::kOpen && blocked_ && phase != http::Phase::kTunnel) {
    phase = http::Phase::kBody;
  }
  const bool restarts =
      progressed_ && (phase == http::Phase::kBody || phase == http::Phase::kTunnel);
  progressed_ = false;
  if (phase == timed_phase_ && stage_ == timed_stage_ && !restarts) {
    return;
  }
  timed_phase_ = phase;
  timed_stage_ = stage_;
  worker_.timers().cancel(timeout_);
  timeout_ = {};
  on_phase(phase);
  Duration time = stage_ == Stage::kLingering ? kLinger : patience(phase);
  is_quieting_ = stage_ == Stage::kOpen && phase == http::Phase::kIdle &&
                 (time <= Duration::zero() || time > kQuiet);
  if (is_quieting_) {
    time = kQuiet;
  }
  if (time > Duration::zero()) {
    timeout_ = worker_.timers().arm(worker_.now(), time, worker_.timer_payload(*this));
  }
}

/// Nothing has happened for a moment: the rest of the idle timeout passes with less memory.
void Link::grow_quiet() {
  is_quieting_ = false;
  codec_->release_buffers();
  rest_.shrink_to_fit();
  on_quiet();
  const Duration time = patience(http::Phase::kIdle);
  if (time > kQuiet) {
    timeout_ = worker_.timers().arm(worker_.now(), time - kQuiet, LiveWorker::timer_payload(*this));
  }
}

/// A stream of many that waits for its peer, to take a body or to go on with one: the connection
/// itself may be as busy as ever. The codec needs two looks to know that one has not moved.
void Link::watch_stalls() {
  if (watches_stalls_ || !(codec_->has_waiting_bodies() || awaits_bodies())) {
    return;
  }
  const Duration patience = stall_patience();
  if (patience > Duration::zero()) {
    watches_stalls_ = true;
    stall_check_ =
        worker_.timers().arm(worker_.now(), patience / 2, LiveWorker::stall_payload(*this));
  }
}

void Link::on_stall_check() {
  stall_check_ = {};
  watches_stalls_ = false;
  if (stage_ != Stage::kOpen) {
    return;
  }
  if (const std::size_t count = codec_->reset_stalled(); count > 0) {
    on_stalled(count);
  }
  refuse_late_bodies();
  mark_dirty();
}

void Link::tell_stream_errors() {
  while (codec_ != nullptr && codec_->has_stream_error()) {
    on_stream_error(codec_->take_stream_error());
  }
}

void Link::on_timeout() {
  timeout_ = {};
  if (is_quieting_ && stage_ == Stage::kOpen) {
    grow_quiet();
    return;
  }
  timed_stage_ = Stage::kClosed;  // whatever follows is timed anew
  if (stage_ == Stage::kLingering) {
    lose(ending_);
    return;
  }
  const LinkEnd why = on_patience_over(timed_phase_);
  if (stage_ == Stage::kClosed) {
    return;
  }
  flush();
  lose(why);
}

}  // namespace shaketable::proxy::live
