#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/live/event_loop.h"
#include "loadgen/live/exchange.h"
#include "loadgen/live/stream_table.h"
#include "proxy/base/deadline_queue.h"
#include "proxy/http/codec.h"
#include "proxy/http/http1_client.h"
#include "proxy/http/tls.h"
#include "proxy/net/address.h"

namespace shaketable::loadgen::live {

class Transport;
struct OriginState;

/// A connection to an origin: a socket, perhaps a tunnel through an HTTP proxy, perhaps TLS, and
/// the client codec of HTTP/1 or HTTP/2.
///
///     kConnecting --> (kProxy: CONNECT) --> (kHandshake: TLS) --> kOpen --> kClosed
///
/// It tells its transport what becomes of it and of the exchanges on it. Belongs to one thread.
class Connection final : public EventLoop::Source, public proxy::http::ClientHandler {
 public:
  enum class Stage : std::uint8_t { kConnecting, kProxy, kHandshake, kOpen, kClosed };

  Connection(Transport& transport, OriginState& origin);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Begins to connect. A failure is told by `Transport::on_connection_closed` before it returns.
  void connect(const proxy::net::SocketAddress& address);
  /// Puts a request on the way; has_room must hold.
  void send(Exchange& exchange);
  /// More of a conversation's request body.
  void send_data(Exchange& exchange, std::string_view bytes, bool end);
  /// Gives an exchange up: HTTP/2 resets the stream, HTTP/1 loses the connection.
  void abandon(Exchange& exchange);
  /// Reads what is left over from a long turn.
  void read();
  /// Sends what is there.
  void flush();
  void on_timeout();
  void close(Failure why);

  [[nodiscard]] Stage stage() const { return stage_; }
  [[nodiscard]] OriginState& origin() const { return origin_; }
  /// A request can be sent now.
  [[nodiscard]] bool has_room() const;
  [[nodiscard]] std::size_t stream_count() const { return streams_.size(); }
  [[nodiscard]] bool is_http2() const { return is_http2_; }
  /// Nobody waits for anything on it.
  [[nodiscard]] bool is_idle() const { return stage_ == Stage::kOpen && streams_.size() == 0; }
  /// It has been open, if only for a moment.
  [[nodiscard]] bool has_opened() const { return has_opened_; }
  [[nodiscard]] bool was_resumed() const { return tls_ != nullptr && tls_->was_resumed(); }
  [[nodiscard]] Failure ending() const { return ending_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] proxy::Instant connect_began() const { return connect_began_; }

  // EventLoop::Source
  void on_ready(bool readable, bool writable, bool ended) override;

  // proxy::http::ClientHandler
  void on_informational(proxy::http::StreamNumber stream,
                        proxy::http::ResponseMessage& response) override;
  void on_response(proxy::http::StreamNumber stream, proxy::http::ResponseMessage& response,
                   bool end) override;
  void on_response_data(proxy::http::StreamNumber stream, proxy::http::Bytes bytes,
                        bool end) override;
  void on_response_trailers(proxy::http::StreamNumber stream,
                            proxy::http::HeaderList& trailers) override;
  void on_response_reset(proxy::http::StreamNumber stream, proxy::http::StreamError error) override;
  void on_request_drained(proxy::http::StreamNumber) override {}
  void on_going_away() override { is_worn_ = true; }

  // --- for the transport's lists ---------------------------------------------------------------
  ConnectionOwner* owner = nullptr;  ///< Whose it is, when it is not everybody's.
  Exchange* first = nullptr;         ///< What it was opened for, when that is for it alone.
  std::size_t place = 0;             ///< In the origin's list.
  bool is_shared = true;
  bool is_dirty = false;      ///< In the transport's list of those with bytes to send ...
  bool is_available = false;  ///< ... in the origin's of those with room ...
  bool reads_later = false;   ///< ... in the transport's of those with bytes to read,
  std::size_t dirty_place = 0, available_place = 0, late_place = 0;  ///< and where.

 private:
  void on_connected();
  void ask_proxy();
  void begin_security();
  void begin_http();
  void take_raw(std::string_view bytes);
  void take_plain(std::string_view bytes);
  void settle_streams();
  [[nodiscard]] bool is_worn_out() const;
  [[nodiscard]] std::string& sendable();
  void take_body(Exchange& exchange, std::string_view bytes);
  void end_exchange(Exchange& exchange, Failure failure);
  [[nodiscard]] Failure failure_of_codec() const;
  void fail_streams(Failure why);
  void arm(proxy::Duration time);

  Transport& transport_;
  OriginState& origin_;
  int fd_ = -1;
  Stage stage_ = Stage::kConnecting;
  Failure ending_ = Failure::kNone;
  bool blocked_ = false;    ///< The kernel takes no more for now.
  bool has_ended_ = false;  ///< The server has said its last word; it may not be read yet.
  bool is_http2_ = false;
  bool is_worn_ = false;  ///< No further request.
  bool is_feeding_ = false;
  bool has_opened_ = false;
  bool proxy_said_yes_ = false;
  bool proxy_said_no_ = false;
  proxy::Instant connect_began_{};
  proxy::Instant moved_{};  ///< When the last byte came, or the first request went.
  std::uint64_t requests_ = 0;
  proxy::TimerHandle timer_{};
  std::unique_ptr<proxy::http::TlsSession> tls_;
  std::unique_ptr<proxy::http::ClientCodec> codec_;
  proxy::http::Http1ClientCodec* http1_ = nullptr;  ///< codec_, when it is one.
  StreamTable<Exchange> streams_;
};

/// The connections of one session (`Reuse::kSession`): closed by `Transport::release`.
struct ConnectionOwner {
  std::vector<Connection*> connections;
};

}  // namespace shaketable::loadgen::live
