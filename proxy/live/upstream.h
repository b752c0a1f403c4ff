#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/http/tunnel.h"
#include "proxy/live/link.h"
#include "proxy/live/live_config.h"

namespace shaketable::proxy::live {

/// What connections to a cluster need, ready for use.
struct ClusterState {
  std::shared_ptr<const http::TlsContext> tls;
  UpstreamProtocol protocol = UpstreamProtocol::kHttp1;
  bool is_tcp = false;
  bool send_proxy_protocol = false;
};

/// A connection to a host, opened when the core says so.
class Upstream final : public Link, public http::ClientHandler {
 public:
  /// `tag` is the cluster's number in the statistics, `host` the index of its address.
  Upstream(LiveWorker& worker, ConnectionId id, ClusterIndex index, std::uint32_t tag,
           std::uint32_t host, std::shared_ptr<const ClusterState> cluster);

  /// Begins to connect. The outcome goes to the core, at once when it fails here.
  void connect(const SocketAddress& address);

  [[nodiscard]] ConnectionId id() const { return id_; }
  [[nodiscard]] ClusterIndex cluster_index() const { return cluster_index_; }
  [[nodiscard]] std::uint32_t cluster_tag() const { return cluster_tag_; }
  [[nodiscard]] std::uint32_t host() const { return host_; }
  [[nodiscard]] Instant opened_at() const { return opened_at_; }
  [[nodiscard]] bool has_streams() const { return had_streams_; }
  /// The core closed it for being idle.
  [[nodiscard]] bool was_idle() const { return was_idle_; }
  /// Just now, what came was found not to be HTTP; `on_stream_error` tells what of it.
  [[nodiscard]] bool is_broken() const {
    return codec() != nullptr && (codec()->has_failed() || codec()->has_stream_error());
  }
  /// Null until it is connected.
  [[nodiscard]] http::ClientCodec* client() const { return client_; }
  /// Streams under way, as (number, handle of the worker's stream).
  [[nodiscard]] std::uint64_t find_stream(http::StreamNumber number) const;
  void add_stream(http::StreamNumber number, std::uint64_t handle);
  void forget_stream(http::StreamNumber number);

  /// The first request of a connection that tells its client: writes the PROXY header in front of
  /// all. `client` is the client's address as text. With TLS it went out before the handshake, and
  /// says that the proxy speaks for itself.
  void introduce(const std::string& client);
  /// A request has been sent: TCP has its answer at once.
  void after_request();
  /// The core does not use it any more.
  void close_by_core();

  // http::ClientHandler
  void on_informational(http::StreamNumber number, http::ResponseMessage& response) override;
  void on_response(http::StreamNumber number, http::ResponseMessage& response, bool end) override;
  void on_response_data(http::StreamNumber number, http::Bytes bytes, bool end) override;
  void on_response_trailers(http::StreamNumber number, http::HeaderList& trailers) override;
  void on_response_reset(http::StreamNumber number, http::StreamError error) override;
  void on_request_drained(http::StreamNumber number) override;
  void on_going_away() override;

 protected:
  void on_connect_result(int error) override;
  void on_secure() override;
  void on_closed() override;
  [[nodiscard]] Duration patience(http::Phase phase) const override;
  LinkEnd on_patience_over(http::Phase phase) override;
  [[nodiscard]] bool lingers() const override { return false; }
  /// Its end can wait until what it has sent is taken.
  [[nodiscard]] bool reads_while_paused() const override { return false; }
  void on_stream_error(http::ProtocolError error) override;
  void on_congested() override;

 private:
  void fail_to_connect();
  void become_ready();

  ConnectionId id_;
  ClusterIndex cluster_index_;
  std::uint32_t cluster_tag_;
  std::uint32_t host_;
  Instant opened_at_;
  bool had_streams_ = false;  ///< When it ended.
  bool was_idle_ = false;
  std::shared_ptr<const ClusterState> cluster_;
  http::ClientCodec* client_ = nullptr;
  http::TunnelClientCodec* tunnel_ = nullptr;
  bool core_knows_ = true;  ///< The core still counts it.
  bool is_ready_ = false;
  bool is_going_ = false;
  bool is_introduced_ = false;
  std::vector<std::pair<http::StreamNumber, std::uint64_t>> streams_;
};

}  // namespace shaketable::proxy::live
