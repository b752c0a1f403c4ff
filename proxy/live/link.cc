#include "proxy/live/link.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/socket.h>

#include "proxy/live/worker.h"

namespace shaketable::proxy::live {
namespace {

/// Bytes that a paused connection may still send us (a pipelined request, or the end).
constexpr std::size_t kMaxRest = 64 * 1024;

}  // namespace

void Link::adopt(int fd, Stage stage, const SocketAddress& peer) {
  descriptor_ = Reactor::Descriptor(worker_.reactor(), fd, *this);
  stage_ = stage;
  peer_ = address_text(peer);
  peer_is_loopback_ = peer.is_loopback();
  if (stage == Stage::kConnecting) {
    descriptor_.want_write();
  }
  mark_dirty();
}

void Link::start_tls(std::shared_ptr<const http::TlsContext> context) {
  tls_ = std::make_unique<http::TlsSession>(std::move(context), peer_);
  stage_ = Stage::kHandshake;
  tls_->start();
  mark_dirty();
}

void Link::set_codec(std::unique_ptr<http::Codec> codec) {
  replaced_codec_ = std::exchange(codec_, std::move(codec));
  stage_ = Stage::kOpen;
  mark_dirty();
}

void Link::mark_dirty() {
  if (!is_dirty_ && stage_ != Stage::kClosed) {
    is_dirty_ = true;
    worker_.add_dirty(*this);
  }
}

// ---- reading ----------------------------------------------------------------------------------

void Link::on_readable() {
  // One connection cannot keep a worker for itself, and no more than this waits for a peer that
  // turns out to take nothing.
  std::string& buffer = worker_.read_buffer();
  for (std::size_t left = buffer.size(); left > 0 && stage_ != Stage::kClosed;) {
    const std::size_t most = std::min<std::size_t>(read_size_, left);
    const ssize_t count = ::recv(descriptor_.fd(), buffer.data(), most, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      break;
    }
    if (count <= 0) {
      lose(stage_ == Stage::kLingering ? ending_ : LinkEnd::kPeerClosed);
      break;
    }
    const auto size = static_cast<std::size_t>(count);
    left -= size;
    if (stage_ == Stage::kLingering) {
      continue;
    }
    bytes_in_ += size;
    progressed_ = true;
    take_raw(std::string_view(buffer).substr(0, size));
    if (!wants_read() || (stage_ == Stage::kOpen && codec_->is_paused())) {
      read_little();
      break;
    }
    if (size < most) {
      break;
    }
    read_size_ = static_cast<std::uint32_t>(std::min(2 * most, buffer.size()));
  }
  mark_dirty();
  worker_.finish();
}

void Link::take_raw(std::string_view bytes) {
  std::string joined;
  if (stage_ == Stage::kRaw) {
    rest_.append(bytes);
    joined.swap(rest_);
    bytes = on_raw(joined);
    if (stage_ == Stage::kRaw) {
      rest_ = bytes;
      if (rest_.size() > kMaxRest) {
        lose(LinkEnd::kProtocolError);
      }
      return;
    }
  }
  if (stage_ == Stage::kClosed) {
    return;
  }
  if (tls_ == nullptr) {
    take_plain(bytes);
    return;
  }
  std::string& plain = worker_.plain_buffer();
  plain.clear();
  borrow_cipher_buffer();
  const auto state = tls_->receive(bytes, plain);
  if (state == http::TlsSession::State::kFailed) {
    flush();  // the alert
    lose(LinkEnd::kTlsFailed);
    return;
  }
  if (stage_ == Stage::kHandshake && state != http::TlsSession::State::kHandshake) {
    stage_ = Stage::kChoosing;
    on_secure();
  }
  if (!plain.empty() && stage_ != Stage::kClosed) {
    take_plain(plain);
  }
  if (state == http::TlsSession::State::kClosed && stage_ != Stage::kClosed) {
    lose(LinkEnd::kPeerClosed);
  }
}

void Link::take_plain(std::string_view bytes) {
  if (stage_ == Stage::kChoosing) {
    rest_.append(bytes);
    on_choosing(rest_);
    if (stage_ != Stage::kOpen) {
      return;
    }
    const std::string all = std::exchange(rest_, {});
    feed(all);
    return;
  }
  if (rest_.empty()) {
    feed(bytes);
  } else {
    rest_.append(bytes);
    const std::string all = std::exchange(rest_, {});
    feed(all);
  }
}

/// Gives bytes to the codec and keeps what it does not use.
void Link::feed(std::string_view bytes) {
  codec_->set_now(worker_.now());
  // A codec that hands the connection over to another one (h2c) lives until its call is over.
  while (!bytes.empty() && stage_ == Stage::kOpen && !codec_->is_paused() &&
         !codec_->has_failed()) {
    http::Codec* const before = codec_.get();
    const std::size_t used = before->receive(bytes);
    bytes.remove_prefix(used);
    replaced_codec_.reset();
    if (used == 0 && codec_.get() == before) {
      break;
    }
  }
  if (stage_ == Stage::kOpen && !codec_->has_failed()) {
    rest_.assign(bytes);
  }
}

bool Link::wants_read() const {
  switch (stage_) {
    case Stage::kConnecting:
    case Stage::kClosed:
      return false;
    case Stage::kRaw:
    case Stage::kHandshake:
    case Stage::kChoosing:
    case Stage::kLingering:
      return true;
    case Stage::kOpen:
      break;
  }
  if (codec_->has_failed() || rest_.size() >= kMaxRest) {
    return false;
  }
  return !codec_->is_paused() || (rest_.empty() && reads_while_paused());
}

// ---- writing ----------------------------------------------------------------------------------

void Link::on_writable() {
  blocked_ = false;
  if (stage_ == Stage::kConnecting) {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(descriptor_.fd(), SOL_SOCKET, SO_ERROR, &error, &length);
    on_connect_result(error);
  }
  mark_dirty();
  worker_.finish();
}

void Link::borrow_cipher_buffer() {
  if (tls_->output().empty()) {
    tls_->output().swap(worker_.cipher_buffer());
  }
}

void Link::return_cipher_buffer() {
  constexpr std::size_t kMostKept = 512 * 1024;
  std::string& spare = worker_.cipher_buffer();
  std::string& own = tls_->output();
  if (!own.empty()) {
    return;
  }
  if (own.capacity() > spare.capacity() && own.capacity() <= kMostKept) {
    own.swap(spare);
  }
  own = std::string();
}

/// The kernel takes no more: a peer that reads slowly holds what waits for it, once, and nothing
/// of the buffers that it went through.
void Link::become_congested() {
  constexpr std::size_t kSmall = 4 * 1024;
  const auto trim = [](std::string& buffer) {
    if (buffer.capacity() > buffer.size() + kSmall) {
      buffer.shrink_to_fit();
    }
  };
  blocked_ = true;
  descriptor_.want_write();
  if (tls_ != nullptr) {
    trim(tls_->output());
  }
  if (codec_ != nullptr) {
    trim(codec_->output());
    codec_->set_congested(true);
    on_congested();
  }
}

/// What the kernel gets next; the codec's and the session's buffers are filled on the way.
std::string& Link::sendable() {
  if (tls_ == nullptr) {
    if (codec_ != nullptr) {
      codec_->fill_output();
      return codec_->output();
    }
    return worker_.no_output();
  }
  if (tls_->output().empty() && codec_ != nullptr) {
    codec_->fill_output();
    if (!codec_->output().empty()) {
      borrow_cipher_buffer();
      tls_->send(codec_->output());
      codec_->output().clear();
    }
  }
  return tls_->output();
}

void Link::flush() {
  while (!blocked_ && stage_ != Stage::kClosed && stage_ != Stage::kConnecting) {
    std::string& bytes = sendable();
    if (bytes.empty()) {
      if (tls_ != nullptr) {
        return_cipher_buffer();
      }
      return;
    }
    const ssize_t sent = ::send(descriptor_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM)) {
      become_congested();
      return;
    }
    if (sent < 0) {
      lose(LinkEnd::kPeerClosed);
      return;
    }
    bytes_out_ += static_cast<std::uint64_t>(sent);
    progressed_ = true;
    if (static_cast<std::size_t>(sent) == bytes.size()) {
      bytes.clear();
      if (codec_ != nullptr) {
        codec_->set_congested(false);
      }
    } else {
      bytes.erase(0, static_cast<std::size_t>(sent));
    }
  }
}

void Link::settle() {
  is_dirty_ = false;
  if (stage_ == Stage::kOpen && !rest_.empty() && !codec_->is_paused()) {
    const std::string all = std::exchange(rest_, {});
    feed(all);
  }
  const bool was_paused = stage_ == Stage::kOpen && codec_->is_paused();
  flush();
  if (was_paused && stage_ == Stage::kOpen && !rest_.empty() && !codec_->is_paused()) {
    mark_dirty();  // what was held up by the output that is sent now
  }
  if (stage_ == Stage::kOpen && !blocked_ && (codec_->has_failed() || codec_->wants_close()) &&
      sendable().empty()) {
    finish_or_linger();
  }
  if (stage_ == Stage::kClosed) {
    return;
  }
  if (wants_read()) {
    descriptor_.want_read();
  }
  arm_timeout();
  if (stage_ == Stage::kOpen) {
    tell_stream_errors();
    watch_stalls();
  }
}

}  // namespace shaketable::proxy::live
