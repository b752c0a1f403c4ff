#include "proxy/live/downstream.h"

#include <algorithm>

#include "proxy/http/http1_server.h"
#include "proxy/http/http2_server.h"
#include "proxy/http/preface.h"
#include "proxy/http/proxy_protocol.h"
#include "proxy/http/tunnel.h"
#include "proxy/live/worker.h"

namespace shaketable::proxy::live {
namespace {

std::string text_of(const http::ProxyAddresses& addresses) {
  const std::string& host = addresses.source.host;
  switch (addresses.kind) {
    case http::ProxyAddresses::Kind::kNone:
      break;
    case http::ProxyAddresses::Kind::kIpv4:
      return host + ':' + std::to_string(addresses.source.port);
    case http::ProxyAddresses::Kind::kIpv6:
      return '[' + host + "]:" + std::to_string(addresses.source.port);
    case http::ProxyAddresses::Kind::kUnix:
      return "unix:" + host;
  }
  return {};
}

}  // namespace

Downstream::Downstream(LiveWorker& worker, std::uint64_t handle,
                       std::shared_ptr<const ListenerState> listener)
    : Link(worker), handle_(handle), listener_(std::move(listener)) {}

void Downstream::accept(int fd, const SocketAddress& peer) {
  listener_stats_ = worker_.count_accepted(*listener_);
  opened_at_ = worker_.now();
  header_read_ = !listener_->config.proxy_protocol;
  adopt(fd, Stage::kRaw, peer);
  if (header_read_) {
    after_raw();
  }
}

const std::string& Downstream::peer_id() const {
  static const std::string kNobody;
  return tls() != nullptr ? tls()->peer_id() : kNobody;
}

// ---- which protocol ---------------------------------------------------------------------------

/// Leaves kRaw when nothing has to be looked at below TLS.
void Downstream::after_raw() {
  if (listener_->config.protocol == ListenerProtocol::kTcp) {
    if (listener_->config.tcp_routes.size() == 1 &&
        listener_->config.tcp_routes[0].server_names.empty()) {
      choose_tcp({});
    }
    return;
  }
  switch (listener_->config.tls_mode) {
    case TlsMode::kOff:
      on_secure();
      return;
    case TlsMode::kStrict:
      start_tls(listener_->tls);
      return;
    case TlsMode::kPermissive:
      return;  // the first bytes tell
  }
}

std::string_view Downstream::on_raw(std::string_view all) {
  if (!header_read_) {
    const http::ProxyHeader header = http::read_proxy_header(all);
    if (header.state == http::ProxyHeader::State::kInvalid) {
      lose(LinkEnd::kProtocolError);
      return {};
    }
    if (header.state == http::ProxyHeader::State::kMore) {
      return all;
    }
    header_read_ = true;
    if (header.addresses.kind != http::ProxyAddresses::Kind::kNone) {
      told_address_ = text_of(header.addresses);
    }
    all.remove_prefix(header.size);
    after_raw();
    if (stage() != Stage::kRaw) {
      return all;
    }
  }
  if (all.empty()) {
    return all;
  }
  if (listener_->config.protocol == ListenerProtocol::kTcp) {
    choose_tcp(all);
    return all;
  }
  switch (http::guess_tls(all)) {
    case http::TlsGuess::kYes:
      start_tls(listener_->tls);
      break;
    case http::TlsGuess::kNo:
      on_secure();
      break;
    case http::TlsGuess::kMore:
      break;
  }
  return all;
}

/// Plain text from here on, with or without TLS below.
void Downstream::on_secure() {
  const std::string_view alpn = tls() != nullptr ? tls()->alpn() : std::string_view{};
  const ListenerProtocol protocol = listener_->config.protocol;
  if (alpn == "h2" || protocol == ListenerProtocol::kHttp2) {
    choose_http2();
  } else if (alpn == "http/1.1" || protocol == ListenerProtocol::kHttp1) {
    choose_http1();
  } else {
    set_stage(Stage::kChoosing);
  }
}

void Downstream::on_choosing(std::string_view all) {
  switch (http::guess_preface(all)) {
    case http::PrefaceGuess::kYes:
      choose_http2();
      break;
    case http::PrefaceGuess::kNo:
      choose_http1();
      break;
    case http::PrefaceGuess::kMore:
      break;
  }
}

void Downstream::use_codec(std::unique_ptr<http::ServerCodec> codec) {
  server_ = codec.get();
  set_codec(std::move(codec));
  worker_.count_codec(*this);
  if (is_draining_) {
    server_->drain();
  }
}

void Downstream::choose_http1() {
  auto codec =
      std::make_unique<http::Http1ServerCodec>(*this, worker_.config().limits.codec, is_secure());
  http1_ = codec.get();
  use_codec(std::move(codec));
}

/// `upgrade: h2c`: HTTP/1 says 101 and leaves; the request becomes stream 1 of HTTP/2.
void Downstream::switch_to_h2c(http::RequestMessage& request) {
  http1_->accept_h2c();
  auto codec =
      std::make_unique<http::Http2ServerCodec>(*this, worker_.config().limits.codec, is_secure());
  codec->output() = std::move(http1_->output());
  http::Http2ServerCodec& http2 = *codec;
  http2_ = &http2;
  const std::string settings = http1_->h2c_settings();
  http1_ = nullptr;
  use_codec(std::move(codec));
  if (!http2.upgrade(settings, std::move(request))) {
    lose(LinkEnd::kProtocolError);
  }
}

void Downstream::choose_http2() {
  auto codec =
      std::make_unique<http::Http2ServerCodec>(*this, worker_.config().limits.codec, is_secure());
  http2_ = codec.get();
  use_codec(std::move(codec));
}

/// TCP: the server name of a ClientHello, where there is one, is what routes it.
void Downstream::choose_tcp(std::string_view all) {
  std::string name;
  if (http::guess_tls(all) == http::TlsGuess::kYes) {
    const http::ClientHello hello = http::read_client_hello(all);
    if (!hello.complete && hello.valid) {
      return;
    }
    name = hello.server_name;
  }
  const auto& routes = listener_->config.tcp_routes;
  const auto route = std::find_if(routes.begin(), routes.end(), [&](const TcpRoute& candidate) {
    return candidate.server_names.empty() ||
           std::any_of(
               candidate.server_names.begin(), candidate.server_names.end(),
               [&](const std::string& pattern) { return http::matches_name(pattern, name); });
  });
  if (route == routes.end()) {
    worker_.count_no_tcp_route(*this);
    lose(LinkEnd::kLocal);
    return;
  }
  use_codec(std::make_unique<http::TunnelServerCodec>(*this, worker_.config().limits.codec,
                                                      tcp_authority(route->cluster)));
  if (all.empty()) {
    server_->receive({});  // nothing to wait for: the server may want to speak first
  }
}

// ---- streams ----------------------------------------------------------------------------------

std::uint64_t Downstream::find_stream(http::StreamNumber number) const {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const auto& entry) { return entry.first == number; });
  return found == streams_.end() ? 0 : found->second;
}

void Downstream::add_stream(http::StreamNumber number, std::uint64_t handle) {
  streams_.emplace_back(number, handle);
}

void Downstream::forget_stream(http::StreamNumber number) {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const auto& entry) { return entry.first == number; });
  if (found != streams_.end()) {
    *found = streams_.back();
    streams_.pop_back();
  }
}

void Downstream::on_request(http::StreamNumber number, http::RequestMessage& request, bool end) {
  mark_dirty();
  if (http1_ != nullptr && http1_->offers_h2c() &&
      listener_->config.protocol == ListenerProtocol::kAuto) {
    switch_to_h2c(request);
    return;
  }
  if (listener_->is_admin) {
    worker_.start_admin(*this, number, request, end);
  } else {
    worker_.start_stream(*this, number, request, end);
  }
}

void Downstream::on_request_data(http::StreamNumber number, http::Bytes bytes, bool end) {
  worker_.add_request_data(find_stream(number), bytes, end);
}

void Downstream::on_request_trailers(http::StreamNumber number, http::HeaderList& trailers) {
  worker_.add_request_trailers(find_stream(number), trailers);
}

void Downstream::on_request_reset(http::StreamNumber number, http::StreamError error) {
  const std::uint64_t stream = find_stream(number);
  had_streams_ |= error == http::StreamError::kConnectionLost;
  forget_stream(number);
  if (is_refusing_) {
    worker_.on_client_late(stream);
  } else {
    worker_.on_client_gone(stream);
  }
}

void Downstream::on_response_drained(http::StreamNumber number) {
  worker_.resume_upstream(find_stream(number));
}

// ---- life -------------------------------------------------------------------------------------

void Downstream::drain() {
  if (is_draining_) {
    return;
  }
  is_draining_ = true;
  if (server_ != nullptr) {
    server_->drain();
    mark_dirty();
  }
}

void Downstream::finish_drain() {
  if (server_ != nullptr && !is_closed()) {
    server_->finish_drain();
    mark_dirty();
  }
}

void Downstream::count_slow_head(bool is_one) {
  if (is_one != has_slow_head_) {
    has_slow_head_ = is_one;
    worker_.count_slow_head(is_one);
  }
}

void Downstream::on_phase(http::Phase phase) {
  count_slow_head(stage() == Stage::kOpen && phase == http::Phase::kHead);
}

void Downstream::on_closed() {
  count_slow_head(false);
  had_streams_ |= !streams_.empty();
  // The codec has told of its streams; what it does not know any more has no client either.
  while (!streams_.empty()) {
    const std::uint64_t stream = streams_.back().second;
    streams_.pop_back();
    worker_.on_client_gone(stream);
  }
  worker_.count_link_end(*this);
  worker_.bury(*this);
}

Duration Downstream::patience(http::Phase phase) const {
  const ConnectionTimeouts& timeouts = worker_.config().timeouts;
  if (stage() == Stage::kRaw || stage() == Stage::kHandshake) {
    return timeouts.handshake;
  }
  if (stage() == Stage::kChoosing) {
    return timeouts.head;
  }
  switch (phase) {
    case http::Phase::kIdle:
      return timeouts.idle;
    case http::Phase::kHead:
      return worker_.head_patience();
    case http::Phase::kBody:
      return timeouts.body;
    case http::Phase::kWaiting:
      return Duration::zero();
    case http::Phase::kTunnel:
      return timeouts.tunnel_idle;
  }
  return Duration::zero();
}

Duration Downstream::stall_patience() const { return worker_.config().timeouts.body; }
void Downstream::on_stalled(std::size_t streams) { worker_.count_stalled(*this, streams); }
bool Downstream::awaits_bodies() const { return http2_ != nullptr && http2_->awaits_bodies(); }
void Downstream::refuse_late_bodies() {
  if (http2_ != nullptr) {
    is_refusing_ = true;
    worker_.count_late_bodies(*this, http2_->refuse_late_bodies());
    is_refusing_ = false;
  }
}
void Downstream::on_congested() {
  for (const auto& [number, stream] : streams_) {
    worker_.pause_upstream(stream);
  }
}
void Downstream::on_stream_error(http::ProtocolError error) {
  worker_.count_stream_error(*this, error);
}

LinkEnd Downstream::on_patience_over(http::Phase phase) {
  if (stage() != Stage::kOpen) {
    return stage() == Stage::kChoosing ? LinkEnd::kHeadTimeout : LinkEnd::kHandshakeTimeout;
  }
  switch (phase) {
    case http::Phase::kHead:
    case http::Phase::kBody:
      if (http1_ != nullptr) {
        is_refusing_ = true;
        http1_->refuse(408);
        is_refusing_ = false;
      } else {
        server_->finish_drain();  // what was not answered was not wanted: GOAWAY
      }
      return phase == http::Phase::kHead ? LinkEnd::kHeadTimeout : LinkEnd::kBodyTimeout;
    case http::Phase::kIdle:
    case http::Phase::kWaiting:
    case http::Phase::kTunnel:
      break;
  }
  server_->drain();
  server_->finish_drain();
  return phase == http::Phase::kTunnel ? LinkEnd::kTunnelIdleTimeout : LinkEnd::kIdleTimeout;
}

}  // namespace shaketable::proxy::live
