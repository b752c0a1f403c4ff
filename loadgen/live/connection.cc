#include "loadgen/live/connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loadgen/live/transport.h"
#include "proxy/http/http2_client.h"

namespace shaketable::loadgen::live {
namespace {

using proxy::Duration;
using proxy::Instant;
namespace http = proxy::http;

/// Reads of one turn, so that a server that sends without end does not keep the loop for itself.
constexpr int kReadsAtOnce = 16;

http::CodecLimits codec_limits(const TransportConfig& config) {
  http::CodecLimits limits;
  limits.max_head_bytes = config.max_head_bytes;
  limits.max_headers = config.max_headers;
  limits.max_concurrent_streams = config.streams;
  // A server of a load test resets what it likes; it is counted, not fought.
  limits.resets_a_second = 1'000'000'000;
  limits.reset_burst = 1'000'000'000;
  limits.stream_window = 1024 * 1024;
  limits.connection_window = 16 * 1024 * 1024;
  return limits;
}

Failure failure_of_connect(int error) {
  switch (error) {
    case ECONNREFUSED:
      return Failure::kConnectRefused;
    case ETIMEDOUT:
      return Failure::kConnectTimeout;
    case EADDRNOTAVAIL:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EAGAIN:  // a Unix socket whose backlog is full
      return Failure::kNoResources;
    default:
      return Failure::kConnectFailed;
  }
}

Failure failure_of_stream(http::StreamError error) {
  switch (error) {
    case http::StreamError::kRefused:
      return Failure::kStreamRefused;
    case http::StreamError::kProtocol:
      return Failure::kProtocol;
    case http::StreamError::kConnectionLost:
      return Failure::kClosed;
    case http::StreamError::kCancelled:
    case http::StreamError::kInternal:
      break;
  }
  return Failure::kStreamReset;
}

}  // namespace

Connection::Connection(Transport& transport, OriginState& origin)
    : transport_(transport), origin_(origin) {}

Connection::~Connection() {
  if (fd_ >= 0) {
    transport_.loop_.forget(*this);
    ::close(fd_);
  }
}

// ---- opening ----------------------------------------------------------------------------------

void Connection::connect(const proxy::net::SocketAddress& address) {
  connect_began_ = transport_.loop_.now();
  fd_ = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) {
    close(failure_of_connect(errno));
    return;
  }
  if (!address.is_unix()) {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (::connect(fd_, address.get(), address.length) != 0 && errno != EINPROGRESS) {
    close(failure_of_connect(errno));
    return;
  }
  if (!transport_.loop_.watch(fd_, *this)) {
    close(Failure::kNoResources);
    return;
  }
  arm(transport_.config_.connect_timeout);
}

void Connection::on_connected() {
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) {
    close(failure_of_connect(error));
    return;
  }
  if (!transport_.config_.proxy_address.empty() && origin_.origin.is_tls) {
    ask_proxy();
  } else {
    begin_security();
  }
}

void Connection::ask_proxy() {
  stage_ = Stage::kProxy;
  auto codec = std::make_unique<http::Http1ClientCodec>(*this, codec_limits(transport_.config_));
  http::RequestMessage request;
  request.method = "CONNECT";
  request.authority = origin_.peer;
  request.body = http::BodyKind::kTunnel;
  if (!transport_.config_.proxy_authorization.empty()) {
    request.headers.add("proxy-authorization", transport_.config_.proxy_authorization);
  }
  const http::StreamNumber stream = codec->send_request(request, /*end=*/false);
  codec_ = std::move(codec);
  if (stream == 0) {
    close(Failure::kUnsendable);
    return;
  }
  transport_.mark_dirty(*this);
}

void Connection::begin_security() {
  if (origin_.tls == nullptr) {
    begin_http();
    return;
  }
  stage_ = Stage::kHandshake;
  tls_ = std::make_unique<http::TlsSession>(origin_.tls, transport_.config_.resume_tls
                                                             ? std::string_view(origin_.peer)
                                                             : std::string_view());
  tls_->start();
  transport_.mark_dirty(*this);
}

void Connection::begin_http() {
  const HttpChoice choice = transport_.config_.http;
  is_http2_ = tls_ != nullptr && choice == HttpChoice::kAny ? tls_->alpn() == "h2"
                                                            : choice == HttpChoice::kHttp2;
  const http::CodecLimits limits = codec_limits(transport_.config_);
  if (is_http2_) {
    codec_ = std::make_unique<http::Http2ClientCodec>(*this, limits);
  } else {
    auto codec = std::make_unique<http::Http1ClientCodec>(*this, limits);
    http1_ = codec.get();
    codec_ = std::move(codec);
  }
  stage_ = Stage::kOpen;
  has_opened_ = true;
  transport_.timers_.cancel(timer_);
  timer_ = {};
  transport_.on_open(*this);
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

// ---- responses --------------------------------------------------------------------------------

void Connection::on_informational(http::StreamNumber /*stream*/,
                                  http::ResponseMessage& /*response*/) {}

void Connection::on_response(http::StreamNumber stream, http::ResponseMessage& response, bool end) {
  if (stage_ == Stage::kProxy) {
    proxy_said_yes_ = response.status >= 200 && response.status <= 299;
    proxy_said_no_ = !proxy_said_yes_;
    return;
  }
  Exchange* const exchange = streams_.find(stream);
  if (exchange == nullptr) {
    return;
  }
  exchange->head_at = moved_;
  exchange->status = response.status;
  if (exchange->wants_headers) {
    std::swap(exchange->headers, response.headers);
  }
  if (end) {
    end_exchange(*exchange, Failure::kNone);
  } else if (exchange->is_conversation) {
    transport_.note_news(*exchange);
  } else if (exchange->wants_body && response.body == http::BodyKind::kLength) {
    constexpr std::uint64_t kReserve = 64 * 1024;
    exchange->content.reserve(
        static_cast<std::size_t>(std::min(response.content_length, kReserve)));
  }
}

void Connection::on_response_data(http::StreamNumber stream, http::Bytes bytes, bool end) {
  if (stage_ == Stage::kProxy) {
    return;
  }
  Exchange* const exchange = streams_.find(stream);
  if (exchange == nullptr) {
    return;
  }
  take_body(*exchange, bytes);
  if (exchange->connection != this) {
    return;  // too much
  }
  if (end) {
    end_exchange(*exchange, Failure::kNone);
  } else if (exchange->is_conversation) {
    transport_.note_news(*exchange);
  }
}

void Connection::take_body(Exchange& exchange, std::string_view bytes) {
  exchange.body_bytes += bytes.size();
  if (exchange.body_bytes > transport_.config_.max_body_bytes) {
    abandon(exchange);
    transport_.finish(exchange, Failure::kBodyTooLarge);
    return;
  }
  if (exchange.wants_body) {
    exchange.content.append(bytes);
  }
}

void Connection::on_response_trailers(http::StreamNumber stream, http::HeaderList& trailers) {
  Exchange* const exchange = streams_.find(stream);
  if (exchange != nullptr) {
    std::swap(exchange->trailers, trailers);
    end_exchange(*exchange, Failure::kNone);
  }
}

void Connection::on_response_reset(http::StreamNumber stream, http::StreamError error) {
  Exchange* const exchange = streams_.find(stream);
  if (exchange == nullptr) {
    return;
  }
  Failure failure = failure_of_stream(error);
  if (error == http::StreamError::kConnectionLost && ending_ != Failure::kNone) {
    failure = ending_;
  } else if (error == http::StreamError::kProtocol && codec_->has_failed()) {
    failure = failure_of_codec();
  }
  end_exchange(*exchange, failure);
}

void Connection::end_exchange(Exchange& exchange, Failure failure) {
  streams_.remove(exchange.stream);
  exchange.connection = nullptr;
  transport_.finish(exchange, failure);
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
