#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "loadgen/live/connection.h"
#include "loadgen/live/event_loop.h"
#include "loadgen/live/exchange.h"
#include "loadgen/live/name_service.h"
#include "loadgen/live/transport_config.h"
#include "proxy/base/deadline_queue.h"
#include "proxy/base/result.h"

namespace shaketable::loadgen::live {

/// What a transport has done, for the report.
struct TransportCounters {
  std::uint64_t connections = 0;  ///< Opened, with TLS where it belongs.
  std::uint64_t failed_connections = 0;
  std::uint64_t closed_by_server = 0;  ///< While nothing was under way.
  std::uint64_t bytes_in = 0;          ///< From the kernel, so with TLS and framing.
  std::uint64_t bytes_out = 0;
  std::uint64_t repeated = 0;      ///< Requests sent again, because an old connection was closed.
  std::uint64_t waited = 0;        ///< Requests for which there was no connection at once ...
  std::uint64_t held = 0;          ///< ... and none could be opened: `connections` were.
  std::uint64_t http2 = 0;         ///< Connections that speak HTTP/2.
  std::uint64_t resumed = 0;       ///< TLS sessions that were resumed.
  proxy::Duration connect_time{};  ///< Sum over `connections`, TLS included.
  proxy::Duration slowest_connect{};
};

/// Where a transport stands with one origin.
struct OriginState {
  Origin origin;
  std::string authority;
  std::string peer;  ///< "host:port", for the name service and for people.
  std::shared_ptr<const proxy::http::TlsContext> tls;
  std::vector<proxy::net::SocketAddress> addresses;
  std::size_t next_address = 0;
  proxy::Instant addresses_end = proxy::kNever;
  std::shared_ptr<NameTicket> ticket;  ///< A look-up under way.
  std::vector<std::unique_ptr<Connection>> connections;
  std::vector<Connection*> available;  ///< Everybody's, with room; some have lost it since.
  std::size_t turn = 0;                ///< Of the next one, HTTP/2.
  std::size_t connecting = 0;          ///< Everybody's, not open yet.
  std::size_t owned_connecting = 0;    ///< Those of sessions.
  std::uint32_t failed_in_a_row = 0;   ///< Connections that came to nothing, since one did not.
  proxy::Instant rests_until{};        ///< No connection is opened before.
  bool is_http2 = false;               ///< Its last connection was.
  bool knows_protocol = false;
  ExchangeList waiting;     ///< For a connection of everybody's.
  ExchangeList unresolved;  ///< Exchanges with connections of their own, without address.
};

/// Sends requests and collects responses: connections, their reuse, timeouts and limits. The part
/// of a thread of load that knows the network but no load.
///
///     transport.start(exchange) ... loop.wait(transport.next_deadline()); transport.turn();
///     while (Exchange* done = transport.take_done()) { ... }
///     transport.flush();
///
/// An exchange that was started is told once by `take_done`, whatever happens; nothing hangs as
/// long as its timeout is set. Belongs to the thread of its loop.
class Transport {
 public:
  /// `names` may be shared by transports. Everything outlives the transport.
  Transport(EventLoop& loop, NameService& names, TransportConfig config);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Makes an origin known, or finds it. Fails when its TLS files cannot be used.
  proxy::Result<OriginIndex> add_origin(const Origin& origin);
  [[nodiscard]] const Origin& origin(OriginIndex index) const { return origins_[index].origin; }
  [[nodiscard]] const std::string& authority(OriginIndex index) const {
    return origins_[index].authority;
  }
  [[nodiscard]] const TransportConfig& config() const { return config_; }
  /// Requests to it are written with their whole URL: it is reached through a proxy, in clear text.
  [[nodiscard]] bool wants_absolute_form(OriginIndex index) const;

  /// Sends it as soon as there is a connection.
  void start(Exchange& exchange);
  /// Gives an exchange up; it is done with that failure. Nothing if it is done already.
  void cancel(Exchange& exchange, Failure why);
  /// Enough of a response that has begun: the exchange is done, and well.
  void end_early(Exchange& exchange);
  /// Lets an exchange take as long as it likes from now on.
  void lift_timeout(Exchange& exchange);
  /// More of a conversation's body; ignored when it is over.
  void send_data(Exchange& exchange, std::string_view bytes, bool end);
  /// Closes the connections of a session, those under way too.
  void release(ConnectionOwner& owner);

  /// The next exchange that is done, or (a conversation) has news; null if there is none.
  Exchange* take_done() { return done_.pop_front(); }
  [[nodiscard]] bool has_done() const { return !done_.empty(); }

  /// What is due after each wait: timeouts, look-ups, connections that were not read to their end.
  void turn();
  /// Sends what `start` and `send_data` have left to be sent together.
  void flush();
  /// When `turn` must be called at the latest.
  [[nodiscard]] proxy::Instant next_deadline() const;

  /// Started and not done.
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::size_t open_connections() const;
  [[nodiscard]] const TransportCounters& counters() const { return counters_; }

 private:
  friend class Connection;

  /// In payloads of timers, which are addresses else.
  static constexpr std::uint64_t kConnectionBit = 1;
  static constexpr std::uint64_t kOriginBit = 2;

  // --- what connections tell and use -----------------------------------------------------------
  void on_open(Connection& connection);
  void on_room(Connection& connection);
  void on_connection_closed(Connection& connection);
  /// The exchange is off its connection.
  void finish(Exchange& exchange, Failure failure);
  void note_news(Exchange& exchange);
  void mark_dirty(Connection& connection);
  void read_later(Connection& connection);

  [[nodiscard]] Connection* take_available(OriginState& origin);
  void start_owned(Exchange& exchange, OriginState& origin);
  void open(OriginState& origin, Exchange* first);
  void open_as_needed(OriginState& origin);
  void open_unresolved(OriginState& origin);
  [[nodiscard]] bool may_open(const OriginState& origin) const;
  [[nodiscard]] bool is_full(const OriginState& origin) const;
  [[nodiscard]] std::size_t room_of(const OriginState& origin) const;
  void on_failed_open(OriginState& origin, bool was_shared, Failure why);
  void fail_waiting(OriginState& origin, Failure why);
  [[nodiscard]] bool ensure_addresses(OriginState& origin);
  void take_answers();
  void put(Exchange& exchange, Connection& connection);
  void make_available(Connection& connection);
  void make_unavailable(Connection& connection);
  void bury(Connection& connection);
  [[nodiscard]] bool repeat(Exchange& exchange, Failure failure);

  EventLoop& loop_;
  NameService& names_;
  TransportConfig config_;
  std::deque<OriginState> origins_;
  proxy::DeadlineQueue timers_;
  ExchangeList done_;
  std::vector<Connection*> dirty_, late_, late_now_;
  std::vector<std::unique_ptr<Connection>> graveyard_;
  std::size_t in_flight_ = 0;
  std::size_t look_ups_ = 0;
  bool needs_connections_ = false;  ///< Somebody waits for one that nobody has opened.
  TransportCounters counters_;
  std::vector<char> read_buffer_;
  std::string plain_;
  std::string nothing_;
};

}  // namespace shaketable::loadgen::live
