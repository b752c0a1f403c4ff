#include <cerrno>
#include <memory>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "loadgen/live/connection.h"
#include "loadgen/live/transport.h"
#include "proxy/http/http2_client.h"

// A connection from its socket to the moment at which it can carry requests.

namespace shaketable::loadgen::live {
namespace {

namespace http = proxy::http;

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

}  // namespace

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

}  // namespace shaketable::loadgen::live
