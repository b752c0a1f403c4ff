#include "loadgen/live/connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "loadgen/live/transport.h"

namespace shaketable::loadgen::live {
namespace {

using proxy::Duration;
namespace http = proxy::http;

/// Reads of one turn, so that a server that sends without end does not keep the loop for itself.
constexpr int kReadsAtOnce = 16;

}  // namespace

Connection::Connection(Transport& transport, OriginState& origin)
    : transport_(transport), origin_(origin) {}

Connection::~Connection() {
  if (fd_ >= 0) {
    transport_.loop_.forget(*this);
    ::close(fd_);
  }
}

// ---- requests ---------------------------------------------------------------------------------

bool Connection::has_room() const {
  const std::uint64_t most = transport_.config_.max_requests;
  return stage_ == Stage::kOpen && !is_worn_ && (most == 0 || requests_ < most) &&
         streams_.size() < (is_http2_ ? transport_.config_.streams : 1U) && codec_->can_send();
}

void Connection::send(Exchange& exchange) {
  exchange.sent = transport_.loop_.now();
  if (streams_.size() == 0) {
    moved_ = exchange.sent;
    if (transport_.config_.idle_timeout > Duration::zero() && timer_ == proxy::TimerHandle{}) {
      arm(transport_.config_.idle_timeout);
    }
  }
  exchange.was_on_used_connection = requests_++ > 0;
  const bool has_body = !exchange.body.empty();
  http::StreamNumber stream = 0;
  if (http1_ != nullptr && !exchange.rendered.empty()) {
    stream = http1_->send_rendered(exchange.rendered, exchange.request->method == "HEAD");
  } else {
    stream = codec_->send_request(*exchange.request, !has_body && !exchange.keeps_sending);
    if (stream != 0 && has_body) {
      codec_->send_data(stream, exchange.body, !exchange.keeps_sending);
    }
  }
  if (stream == 0) {
    exchange.connection = nullptr;
    transport_.finish(exchange, Failure::kUnsendable);
    return;
  }
  exchange.connection = this;
  exchange.stream = stream;
  streams_.add(stream, exchange);
  transport_.mark_dirty(*this);
}

void Connection::send_data(Exchange& exchange, std::string_view bytes, bool end) {
  codec_->send_data(exchange.stream, bytes, end);
  transport_.mark_dirty(*this);
}

void Connection::abandon(Exchange& exchange) {
  streams_.remove(exchange.stream);
  exchange.connection = nullptr;
  codec_->reset(exchange.stream, http::StreamError::kCancelled);
  if (is_http2_) {
    transport_.mark_dirty(*this);
  } else if (is_feeding_) {
    is_worn_ = true;  // closed when the codec has returned
  } else {
    close(Failure::kNone);
  }
}

// ---- bytes ------------------------------------------------------------------------------------

void Connection::on_ready(bool readable, bool writable, bool ended) {
  has_ended_ = has_ended_ || ended;
  if (writable && stage_ == Stage::kConnecting) {
    on_connected();
  } else if (writable && blocked_) {
    blocked_ = false;
    flush();
  }
  if (readable && stage_ != Stage::kClosed && stage_ != Stage::kConnecting) {
    read();
  }
}

void Connection::read() {
  for (int i = 0; i < kReadsAtOnce; ++i) {
    std::vector<char>& buffer = transport_.read_buffer_;
    const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0 && errno == EAGAIN) {
      return;
    }
    if (count <= 0) {
      close(count < 0 ? Failure::kReset : Failure::kClosed);
      return;
    }
    const auto size = static_cast<std::size_t>(count);
    transport_.counters_.bytes_in += size;
    moved_ = transport_.loop_.refresh();
    take_raw({buffer.data(), size});
    if (stage_ == Stage::kClosed || (size < buffer.size() && !has_ended_)) {
      return;  // A short read has taken all there was; what comes later is a new edge.
    }
  }
  transport_.read_later(*this);
}

void Connection::take_raw(std::string_view bytes) {
  if (tls_ == nullptr) {
    take_plain(bytes);
    return;
  }
  std::string& plain = transport_.plain_;
  plain.clear();
  const auto state = tls_->receive(bytes, plain);
  if (state == http::TlsSession::State::kFailed) {
    flush();  // the alert
    close(tls_->failure() == http::TlsFailure::kBadCertificate ? Failure::kTlsCertificate
                                                               : Failure::kTls);
    return;
  }
  if (stage_ == Stage::kHandshake && state != http::TlsSession::State::kHandshake) {
    begin_http();
  }
  if (!plain.empty() && stage_ == Stage::kOpen) {
    take_plain(plain);
  }
  if (state == http::TlsSession::State::kClosed && stage_ != Stage::kClosed) {
    close(Failure::kClosed);
  } else if (!tls_->output().empty()) {
    transport_.mark_dirty(*this);
  }
}

void Connection::take_plain(std::string_view bytes) {
  is_feeding_ = true;
  codec_->set_now(moved_);
  while (!bytes.empty() && !codec_->has_failed() && !is_worn_out()) {
    const std::size_t used = codec_->receive(bytes);
    bytes.remove_prefix(used);
    if (used == 0) {
      break;
    }
  }
  is_feeding_ = false;
  settle_streams();
}

bool Connection::is_worn_out() const { return is_worn_ && streams_.size() == 0; }

/// After the codec has had its say.
void Connection::settle_streams() {
  if (stage_ == Stage::kProxy) {
    if (proxy_said_yes_) {
      codec_.reset();
      begin_security();
    } else if (proxy_said_no_ || codec_->has_failed() || codec_->wants_close()) {
      close(Failure::kProxyRefused);
    }
    return;
  }
  if (codec_->has_failed()) {
    flush();  // HTTP/2 says why
    close(failure_of_codec());
    return;
  }
  if (is_http2_) {
    transport_.mark_dirty(*this);  // window updates, answers to settings and pings
  }
  if (streams_.size() == 0 &&
      (codec_->wants_close() || is_worn_ || transport_.config_.reuse == Reuse::kNever)) {
    close(Failure::kNone);
    return;
  }
  transport_.on_room(*this);
}

Failure Connection::failure_of_codec() const {
  const http::ProtocolError error = codec_->error();
  const bool is_too_large = error == http::ProtocolError::kHeadersTooLarge ||
                            error == http::ProtocolError::kTooManyHeaders ||
                            error == http::ProtocolError::kTrailersTooLarge;
  return is_too_large ? Failure::kHeadTooLarge : Failure::kProtocol;
}

std::string& Connection::sendable() {
  if (codec_ != nullptr) {
    codec_->fill_output();
  }
  if (tls_ == nullptr) {
    return codec_ != nullptr ? codec_->output() : transport_.nothing_;
  }
  if (codec_ != nullptr && !codec_->output().empty()) {
    tls_->send(codec_->output());
    codec_->output().clear();
  }
  return tls_->output();
}

void Connection::flush() {
  while (!blocked_ && stage_ != Stage::kClosed && stage_ != Stage::kConnecting) {
    std::string& bytes = sendable();
    if (bytes.empty()) {
      return;
    }
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent < 0) {
      // Without room: the next edge goes on. A connection that is broken is found by reading, which
      // also finds what the server said before it closed.
      blocked_ = true;
      if (errno != EAGAIN) {
        transport_.read_later(*this);
      }
      return;
    }
    transport_.counters_.bytes_out += static_cast<std::uint64_t>(sent);
    if (static_cast<std::size_t>(sent) == bytes.size()) {
      bytes.clear();
      if (!is_http2_) {
        return;  // HTTP/1 has said all
      }
    } else {
      bytes.erase(0, static_cast<std::size_t>(sent));
    }
  }
}

// ---- ends -------------------------------------------------------------------------------------

void Connection::arm(Duration time) {
  if (time > Duration::zero()) {
    timer_ =
        transport_.timers_.arm(transport_.loop_.now(), time,
                               reinterpret_cast<std::uintptr_t>(this) | Transport::kConnectionBit);
  }
}

void Connection::on_timeout() {
  timer_ = {};
  if (stage_ != Stage::kOpen) {
    close(Failure::kConnectTimeout);
    return;
  }
  if (streams_.size() == 0) {
    return;  // armed again with the next request
  }
  const Duration limit = transport_.config_.idle_timeout;
  const Duration quiet = transport_.loop_.now() - moved_;
  if (quiet >= limit) {
    close(Failure::kIdleTimeout);
  } else {
    arm(limit);
  }
}

void Connection::fail_streams(Failure why) {
  while (Exchange* const exchange = streams_.pop()) {
    exchange->connection = nullptr;
    transport_.finish(*exchange, why == Failure::kNone ? Failure::kClosed : why);
  }
}

void Connection::close(Failure why) {
  if (stage_ == Stage::kClosed) {
    return;
  }
  const bool was_open = stage_ == Stage::kOpen;
  ending_ = why;
  if (was_open && tls_ != nullptr && why == Failure::kNone && !blocked_) {
    tls_->close();
    flush();
  }
  stage_ = Stage::kClosed;
  transport_.timers_.cancel(timer_);
  timer_ = {};
  if (fd_ >= 0) {
    transport_.loop_.forget(*this);
    ::close(fd_);
    fd_ = -1;
  }
  if (was_open && why == Failure::kClosed && !is_feeding_) {
    codec_->receive_end();  // a body may end so
  }
  fail_streams(why);
  transport_.on_connection_closed(*this);
}

}  // namespace shaketable::loadgen::live
