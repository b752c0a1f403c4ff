#include "loadgen/live/transport.h"

#include <algorithm>
#include <utility>

namespace shaketable::loadgen::live {
namespace {

using proxy::Duration;
using proxy::Instant;
using proxy::Result;

constexpr std::size_t kReadBuffer = 64 * 1024;
proxy::http::TlsConfig tls_for(const Origin& origin, const TransportConfig& config) {
  proxy::http::TlsConfig tls = config.tls;
  if (tls.server_name.empty()) {
    tls.server_name = origin.host;
  }
  switch (config.http) {
    case HttpChoice::kAny:
      tls.alpn = {"h2", "http/1.1"};
      break;
    case HttpChoice::kHttp1:
      tls.alpn = {"http/1.1"};
      break;
    case HttpChoice::kHttp2:
      tls.alpn = {"h2"};
      break;
  }
  return tls;
}

}  // namespace

std::string Origin::authority() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  std::string result = is_v6 ? '[' + host + ']' : host;
  if (unix_path.empty() && port != (is_tls ? 443 : 80)) {
    result += ':' + std::to_string(port);
  }
  return result;
}

Transport::Transport(EventLoop& loop, NameService& names, TransportConfig config)
    : loop_(loop), names_(names), config_(std::move(config)), read_buffer_(kReadBuffer) {}

Transport::~Transport() {
  for (OriginState& origin : origins_) {
    if (origin.ticket != nullptr) {
      names_.forget(*origin.ticket);
    }
  }
}

Result<OriginIndex> Transport::add_origin(const Origin& origin) {
  for (std::size_t i = 0; i < origins_.size(); ++i) {
    if (origins_[i].origin == origin) {
      return static_cast<OriginIndex>(i);
    }
  }
  OriginState state;
  state.origin = origin;
  state.authority = origin.authority();
  state.is_http2 = config_.http == HttpChoice::kHttp2;
  state.knows_protocol = config_.http != HttpChoice::kAny || !origin.is_tls;
  const bool is_v6 = origin.host.find(':') != std::string::npos;
  state.peer = (is_v6 ? '[' + origin.host + ']' : origin.host) + ':' + std::to_string(origin.port);
  if (origin.is_tls) {
    auto made = proxy::http::TlsContext::make(proxy::http::TlsContext::Role::kClient,
                                              tls_for(origin, config_));
    if (!made) {
      return tl::unexpected(made.error());
    }
    state.tls = *made;
  }
  origins_.push_back(std::move(state));
  return static_cast<OriginIndex>(origins_.size() - 1);
}

bool Transport::wants_absolute_form(OriginIndex index) const {
  return !config_.proxy_address.empty() && !origins_[index].origin.is_tls;
}

std::size_t Transport::open_connections() const {
  std::size_t sum = 0;
  for (const OriginState& origin : origins_) {
    sum += origin.connections.size();
  }
  return sum;
}

// ---- requests ---------------------------------------------------------------------------------

void Transport::start(Exchange& exchange) {
  OriginState& origin = origins_[exchange.origin];
  exchange.reset_answer();
  exchange.started = loop_.now();
  exchange.is_under_way = true;
  ++in_flight_;
  if (exchange.timeout > Duration::zero()) {
    exchange.timer =
        timers_.arm(loop_.now(), exchange.timeout, reinterpret_cast<std::uintptr_t>(&exchange));
  }
  if (config_.reuse == Reuse::kSession && exchange.owner != nullptr) {
    start_owned(exchange, origin);
    return;
  }
  if (origin.waiting.empty()) {
    if (Connection* const connection = take_available(origin)) {
      put(exchange, *connection);
      return;
    }
  }
  ++counters_.waited;
  counters_.held += is_full(origin) ? 1 : 0;
  origin.waiting.push_back(exchange);
  open_as_needed(origin);
}

void Transport::start_owned(Exchange& exchange, OriginState& origin) {
  for (Connection* const connection : exchange.owner->connections) {
    if (&connection->origin() == &origin && connection->has_room()) {
      put(exchange, *connection);
      return;
    }
  }
  ++counters_.waited;
  if (may_open(origin) && ensure_addresses(origin)) {
    open(origin, &exchange);
  } else {
    origin.unresolved.push_back(exchange);
  }
}

/// HTTP/1: the one that was used last, for it is warm. HTTP/2: each in turn, so that all are busy.
Connection* Transport::take_available(OriginState& origin) {
  while (!origin.available.empty()) {
    const std::size_t last = origin.available.size() - 1;
    const std::size_t at = origin.is_http2 ? origin.turn++ % (last + 1) : last;
    Connection* const connection = origin.available[at];
    if (connection->has_room()) {
      return connection;
    }
    make_unavailable(*connection);
  }
  return nullptr;
}

void Transport::make_available(Connection& connection) {
  std::vector<Connection*>& list = connection.origin().available;
  connection.is_available = true;
  connection.available_place = list.size();
  list.push_back(&connection);
}

void Transport::make_unavailable(Connection& connection) {
  std::vector<Connection*>& list = connection.origin().available;
  Connection* const last = list.back();
  list[connection.available_place] = last;
  last->available_place = connection.available_place;
  list.pop_back();
  connection.is_available = false;
}

void Transport::put(Exchange& exchange, Connection& connection) {
  connection.send(exchange);
  if (connection.is_available && !connection.is_http2()) {
    make_unavailable(connection);
  }
}

void Transport::cancel(Exchange& exchange, Failure why) {
  OriginState& origin = origins_[exchange.origin];
  if (exchange.connection != nullptr) {
    Connection& connection = *exchange.connection;
    connection.abandon(exchange);
    finish(exchange, why);
    return;
  }
  if (origin.waiting.remove(exchange) || origin.unresolved.remove(exchange)) {
    finish(exchange, why);
    return;
  }
  if (Connection* const opening = std::exchange(exchange.opening, nullptr)) {
    opening->first = nullptr;
    finish(exchange, why);
    opening->close(Failure::kNone);
  }
}

void Transport::end_early(Exchange& exchange) {
  if (exchange.connection != nullptr) {
    exchange.connection->abandon(exchange);
    finish(exchange, Failure::kNone);
  }
}

void Transport::lift_timeout(Exchange& exchange) {
  timers_.cancel(exchange.timer);
  exchange.timer = {};
}

void Transport::send_data(Exchange& exchange, std::string_view bytes, bool end) {
  if (exchange.connection != nullptr) {
    exchange.connection->send_data(exchange, bytes, end);
  }
}

void Transport::release(ConnectionOwner& owner) {
  while (!owner.connections.empty()) {
    Connection& connection = *owner.connections.back();
    owner.connections.pop_back();
    connection.owner = nullptr;
    connection.close(Failure::kNone);
  }
}

void Transport::finish(Exchange& exchange, Failure failure) {
  if (failure != Failure::kNone && repeat(exchange, failure)) {
    return;
  }
  timers_.cancel(exchange.timer);
  exchange.timer = {};
  exchange.failure = failure;
  exchange.done = loop_.now();
  exchange.is_over = true;
  exchange.is_under_way = false;
  --in_flight_;
  if (exchange.list == nullptr) {
    done_.push_back(exchange);
  }
}

/// A server may close a connection that was idle for long at the very moment at which a request is
/// sent. That says nothing of the request, which HTTP lets a client repeat (RFC 9110, 9.2.2).
bool Transport::repeat(Exchange& exchange, Failure failure) {
  const bool was_cut = failure == Failure::kClosed || failure == Failure::kReset;
  if (!was_cut || !exchange.may_repeat || exchange.was_repeated || exchange.status != 0 ||
      exchange.is_conversation || !exchange.was_on_used_connection) {
    return false;
  }
  exchange.was_repeated = true;
  ++counters_.repeated;
  OriginState& origin = origins_[exchange.origin];
  const bool is_owned = config_.reuse == Reuse::kSession && exchange.owner != nullptr;
  (is_owned ? origin.unresolved : origin.waiting).push_back(exchange);
  needs_connections_ = true;
  return true;
}

void Transport::note_news(Exchange& exchange) {
  if (exchange.list == nullptr) {
    done_.push_back(exchange);
  }
}

void Transport::mark_dirty(Connection& connection) {
  if (!connection.is_dirty) {
    connection.is_dirty = true;
    connection.dirty_place = dirty_.size();
    dirty_.push_back(&connection);
  }
}

void Transport::read_later(Connection& connection) {
  if (!connection.reads_later) {
    connection.reads_later = true;
    connection.late_place = late_.size();
    late_.push_back(&connection);
  }
}

// ---- turns ------------------------------------------------------------------------------------

Instant Transport::next_deadline() const {
  return !late_.empty() || needs_connections_ ? loop_.now() : timers_.next();
}

void Transport::turn() {
  while (const auto payload = timers_.pop_due(loop_.now())) {
    if ((*payload & kConnectionBit) != 0) {
      reinterpret_cast<Connection*>(*payload & ~kConnectionBit)->on_timeout();
      continue;
    }
    if ((*payload & kOriginBit) != 0) {
      needs_connections_ = true;  // its rest is over
      continue;
    }
    Exchange& exchange = *reinterpret_cast<Exchange*>(*payload);
    exchange.timer = {};
    cancel(exchange, Failure::kTimeout);
  }
  if (look_ups_ > 0) {
    take_answers();
    needs_connections_ = true;
  }
  late_now_.swap(late_);
  for (Connection* const connection : late_now_) {
    if (connection != nullptr) {
      connection->reads_later = false;
      connection->read();
    }
  }
  late_now_.clear();
  if (std::exchange(needs_connections_, false)) {
    for (OriginState& origin : origins_) {
      open_as_needed(origin);
      open_unresolved(origin);
    }
  }
}

void Transport::flush() {
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    if (Connection* const connection = dirty_[i]) {
      connection->is_dirty = false;
      connection->flush();
    }
  }
  dirty_.clear();
  graveyard_.clear();
}

}  // namespace shaketable::loadgen::live
