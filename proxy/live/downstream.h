#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/live/link.h"
#include "proxy/live/live_config.h"
#include "proxy/live/stream.h"

namespace shaketable::proxy::http {
class Http1ServerCodec;
class Http2ServerCodec;
}  // namespace shaketable::proxy::http

namespace shaketable::proxy::live {

/// A listener as its connections see it: configuration, TLS and what it is for. Shared by the
/// connections that came in by it, which keep it when a reload replaces it.
struct ListenerState {
  ListenerConfig config;
  std::shared_ptr<const http::TlsContext> tls;
  bool is_admin = false;
};

/// A connection that came in.
class Downstream final : public Link, public http::ServerHandler {
 public:
  Downstream(LiveWorker& worker, std::uint64_t handle,
             std::shared_ptr<const ListenerState> listener);

  /// Takes the accepted socket.
  void accept(int fd, const SocketAddress& peer);

  [[nodiscard]] const ListenerState& listener() const { return *listener_; }
  [[nodiscard]] const std::shared_ptr<const ListenerState>& shared_listener() const {
    return listener_;
  }
  [[nodiscard]] std::uint32_t listener_stats() const { return listener_stats_; }
  [[nodiscard]] Instant opened_at() const { return opened_at_; }
  [[nodiscard]] bool is_http2() const {
    return server_ != nullptr && server_->version() == http::Version::kHttp2;
  }
  [[nodiscard]] std::uint64_t handle() const { return handle_; }
  [[nodiscard]] http::ServerCodec* server() const { return server_; }
  [[nodiscard]] bool is_secure() const { return tls() != nullptr; }
  /// It was asked to go.
  [[nodiscard]] bool is_draining() const { return is_draining_; }
  /// It ended with requests under way.
  [[nodiscard]] bool had_streams() const { return had_streams_; }
  /// The client's address, from the PROXY header where there is one.
  [[nodiscard]] const std::string& client_address() const {
    return told_address_.empty() ? peer() : told_address_;
  }
  [[nodiscard]] const std::string& peer_id() const;

  /// Which of the worker's streams has this number here; 0 = none.
  [[nodiscard]] std::uint64_t find_stream(http::StreamNumber number) const;
  void add_stream(http::StreamNumber number, std::uint64_t handle);
  void forget_stream(http::StreamNumber number);

  /// Ends it in good order: no new requests.
  void drain();
  void finish_drain();

  // http::ServerHandler
  void on_request(http::StreamNumber number, http::RequestMessage& request, bool end) override;
  void on_request_data(http::StreamNumber number, http::Bytes bytes, bool end) override;
  void on_request_trailers(http::StreamNumber number, http::HeaderList& trailers) override;
  void on_request_reset(http::StreamNumber number, http::StreamError error) override;
  void on_response_drained(http::StreamNumber number) override;

 protected:
  std::string_view on_raw(std::string_view all) override;
  void on_secure() override;
  void on_choosing(std::string_view all) override;
  void on_closed() override;
  void on_quiet() override { streams_.shrink_to_fit(); }
  [[nodiscard]] Duration patience(http::Phase phase) const override;
  LinkEnd on_patience_over(http::Phase phase) override;
  void on_phase(http::Phase phase) override;
  [[nodiscard]] Duration stall_patience() const override;
  void on_stalled(std::size_t streams) override;
  [[nodiscard]] bool awaits_bodies() const override;
  void refuse_late_bodies() override;
  void on_stream_error(http::ProtocolError error) override;
  void on_congested() override;

 private:
  void count_slow_head(bool is_one);
  void use_codec(std::unique_ptr<http::ServerCodec> codec);
  void choose_http1();
  void switch_to_h2c(http::RequestMessage& request);
  void choose_http2();
  void choose_tcp(std::string_view all);
  void after_raw();

  std::uint64_t handle_;
  std::shared_ptr<const ListenerState> listener_;
  http::ServerCodec* server_ = nullptr;
  http::Http1ServerCodec* http1_ = nullptr;  ///< The same, when it is one.
  http::Http2ServerCodec* http2_ = nullptr;  ///< Or this.
  std::uint32_t listener_stats_ = 0;
  Instant opened_at_{};
  std::string told_address_;  ///< By the PROXY header.
  bool header_read_ = false;  ///< The PROXY header, if one is due.
  bool is_draining_ = false;
  bool had_streams_ = false;
  bool is_refusing_ = false;    ///< Requests whose body does not come: 408.
  bool has_slow_head_ = false;  ///< Counted by the worker: a part of a head has come.
  std::vector<std::pair<http::StreamNumber, std::uint64_t>> streams_;
};

}  // namespace shaketable::proxy::live
