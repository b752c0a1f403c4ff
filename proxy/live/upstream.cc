#include "proxy/live/upstream.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/http/http1_client.h"
#include "proxy/http/http2_client.h"
#include "proxy/http/proxy_protocol.h"
#include "proxy/http/tunnel.h"
#include "proxy/live/worker.h"

namespace shaketable::proxy::live {
namespace {

http::ProxyEndpoint endpoint_of(const SocketAddress& address) {
  const auto parts = split_host_port(address_text(address));
  return parts.has_value() ? http::ProxyEndpoint{parts->first, parts->second}
                           : http::ProxyEndpoint{};
}

}  // namespace

Upstream::Upstream(LiveWorker& worker, ConnectionId id, ClusterIndex index, std::uint32_t tag,
                   std::uint32_t host, std::shared_ptr<const ClusterState> cluster)
    : Link(worker),
      id_(id),
      cluster_index_(index),
      cluster_tag_(tag),
      host_(host),
      opened_at_(worker.now()),
      cluster_(std::move(cluster)) {}

void Upstream::connect(const SocketAddress& address) {
  const int fd = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    fail_to_connect();
    return;
  }
  if (!address.is_unix()) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (::connect(fd, address.get(), address.length) != 0 && errno != EINPROGRESS) {
    ::close(fd);
    fail_to_connect();
    return;
  }
  adopt(fd, Stage::kConnecting, address);
}

void Upstream::on_connect_result(int error) {
  if (error != 0) {
    lose(LinkEnd::kConnectFailed);
    return;
  }
  if (cluster_->tls != nullptr) {
    start_tls(cluster_->tls);
    if (cluster_->send_proxy_protocol) {
      is_introduced_ = true;
      std::string header;
      http::append_proxy_header({}, header);
      prepend_raw(header);
    }
  } else {
    become_ready();
  }
}

void Upstream::on_secure() { become_ready(); }

void Upstream::become_ready() {
  const http::CodecLimits& limits = worker_.config().limits.codec;
  std::unique_ptr<http::ClientCodec> codec;
  if (cluster_->is_tcp) {
    auto tunnel = std::make_unique<http::TunnelClientCodec>(*this, limits);
    tunnel_ = tunnel.get();
    codec = std::move(tunnel);
  } else if (cluster_->protocol == UpstreamProtocol::kHttp2) {
    codec = std::make_unique<http::Http2ClientCodec>(*this, limits);
  } else {
    codec = std::make_unique<http::Http1ClientCodec>(*this, limits);
  }
  client_ = codec.get();
  set_codec(std::move(codec));
  is_ready_ = true;
  worker_.count_ready(*this);
  worker_.sidecar().on_connected(worker_.now(), id_);
}

/// Nothing was opened: the core is told, and this object goes.
void Upstream::fail_to_connect() { lose(LinkEnd::kConnectFailed); }

void Upstream::introduce(const std::string& client) {
  if (!cluster_->send_proxy_protocol || std::exchange(is_introduced_, true)) {
    return;
  }
  http::ProxyAddresses addresses;
  const auto source = parse_address(client);
  const auto host = parse_address(peer());
  if (source.has_value() && host.has_value() && !source->is_unix() &&
      source->family() == host->family()) {
    addresses.kind = source->family() == AF_INET ? http::ProxyAddresses::Kind::kIpv4
                                                 : http::ProxyAddresses::Kind::kIpv6;
    addresses.source = endpoint_of(*source);
    addresses.destination = endpoint_of(*host);
  }
  std::string header;
  http::append_proxy_header(addresses, header);
  client_->output().insert(0, header);
}

void Upstream::after_request() {
  if (tunnel_ != nullptr) {
    tunnel_->answer();
  }
}

void Upstream::close_by_core() {
  core_knows_ = false;
  was_idle_ = is_ready_ && !is_going_ && streams_.empty();
  if (client_ != nullptr) {
    client_->drain();
    client_->finish_drain();
  }
  lose(LinkEnd::kLocal);
}

void Upstream::on_closed() {
  had_streams_ = !streams_.empty();
  worker_.count_upstream_end(*this);
  while (!streams_.empty()) {
    const std::uint64_t stream = streams_.back().second;
    streams_.pop_back();
    worker_.on_upstream_lost(stream, is_broken());
  }
  if (core_knows_) {
    core_knows_ = false;
    if (is_ready_) {
      worker_.sidecar().on_connection_closed(worker_.now(), id_);
    } else {
      worker_.sidecar().on_connect_failed(worker_.now(), id_);
    }
  }
  worker_.bury(*this);
}

void Upstream::on_congested() {
  for (const auto& [number, stream] : streams_) {
    worker_.pause_downstream(stream);
  }
}

void Upstream::on_stream_error(http::ProtocolError error) {
  worker_.count_stream_error(*this, error);
}

Duration Upstream::patience(http::Phase) const { return Duration::zero(); }
LinkEnd Upstream::on_patience_over(http::Phase) { return LinkEnd::kLocal; }

// ---- streams ----------------------------------------------------------------------------------

std::uint64_t Upstream::find_stream(http::StreamNumber number) const {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const auto& entry) { return entry.first == number; });
  return found == streams_.end() ? 0 : found->second;
}

void Upstream::add_stream(http::StreamNumber number, std::uint64_t handle) {
  if (client_->version() != http::Version::kHttp2) {
    read_little();
  }
  streams_.emplace_back(number, handle);
}

void Upstream::forget_stream(http::StreamNumber number) {
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const auto& entry) { return entry.first == number; });
  if (found != streams_.end()) {
    *found = streams_.back();
    streams_.pop_back();
  }
}

void Upstream::on_informational(http::StreamNumber number, http::ResponseMessage& response) {
  worker_.on_informational(find_stream(number), response);
}

void Upstream::on_response(http::StreamNumber number, http::ResponseMessage& response, bool end) {
  mark_dirty();
  worker_.on_response(find_stream(number), response, end);
}

void Upstream::on_response_data(http::StreamNumber number, http::Bytes bytes, bool end) {
  worker_.on_response_data(find_stream(number), bytes, end);
}

void Upstream::on_response_trailers(http::StreamNumber number, http::HeaderList& trailers) {
  worker_.on_response_trailers(find_stream(number), trailers);
}

void Upstream::on_response_reset(http::StreamNumber number, http::StreamError error) {
  const std::uint64_t stream = find_stream(number);
  if (error == http::StreamError::kConnectionLost) {
    return;  // on_closed follows, and tells the core about the connection first
  }
  forget_stream(number);
  // A reset by the server may have the same code.
  const bool ours = error == http::StreamError::kProtocol && is_broken();
  worker_.on_upstream_reset(stream, error, ours);
}

void Upstream::on_request_drained(http::StreamNumber number) {
  worker_.resume_downstream(find_stream(number));
}

void Upstream::on_going_away() {
  if (core_knows_ && !is_going_) {
    is_going_ = true;
    worker_.sidecar().on_connection_draining(worker_.now(), id_);
  }
}

}  // namespace shaketable::proxy::live
