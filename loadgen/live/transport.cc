#include "loadgen/live/transport.h"

#include <algorithm>
#include <utility>

namespace shaketable::loadgen::live {
namespace {

using proxy::Duration;
using proxy::Instant;
using proxy::Result;

constexpr std::size_t kReadBuffer = 64 * 1024;
constexpr std::uint64_t kConnectionBit = 1;

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
  if (ensure_addresses(origin)) {
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
    connection->is_available = false;
    origin.available[at] = origin.available[last];
    origin.available.pop_back();
  }
  return nullptr;
}

void Transport::put(Exchange& exchange, Connection& connection) {
  connection.send(exchange);
  if (connection.is_available && !connection.is_http2()) {
    // It is the last of the list, or take_available finds it later.
    OriginState& origin = connection.origin();
    if (origin.available.back() == &connection) {
      connection.is_available = false;
      origin.available.pop_back();
    }
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
  for (const auto& connection : origin.connections) {
    if (connection->first == &exchange) {
      connection->first = nullptr;
      finish(exchange, why);
      connection->close(Failure::kNone);
      return;
    }
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
  if (!exchange.is_queued) {
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
  if (!exchange.is_queued) {
    done_.push_back(exchange);
  }
}

// ---- connections ------------------------------------------------------------------------------

void Transport::open(OriginState& origin, Exchange* first) {
  auto made = std::make_unique<Connection>(*this, origin);
  Connection& connection = *made;
  connection.place = origin.connections.size();
  origin.connections.push_back(std::move(made));
  if (first != nullptr) {
    connection.is_shared = false;
    connection.first = first;
    connection.owner = first->owner;
    connection.owner->connections.push_back(&connection);
  } else {
    ++origin.connecting;
  }
  const std::size_t address = origin.next_address++ % origin.addresses.size();
  connection.connect(origin.addresses[address]);
}

/// Streams of a connection, as far as is known. Before ALPN has spoken, one connection is enough to
/// find out.
std::size_t Transport::room_of(const OriginState& origin) const {
  return origin.is_http2 || !origin.knows_protocol ? config_.streams : 1;
}

/// As many connections as the waiting requests can use.
void Transport::open_as_needed(OriginState& origin) {
  if (origin.waiting.empty() || !ensure_addresses(origin)) {
    return;
  }
  const std::size_t room = room_of(origin);
  while (origin.connecting * room < origin.waiting.size() &&
         (config_.connections == 0 || origin.connections.size() < config_.connections)) {
    const std::size_t before = origin.waiting.size();
    open(origin, nullptr);
    if (origin.waiting.size() < before && origin.connecting == 0) {
      return;  // failed at once: the rest has its turn with the next loop
    }
  }
}

void Transport::on_open(Connection& connection) {
  OriginState& origin = connection.origin();
  ++counters_.connections;
  const Duration took = loop_.now() - connection.connect_began();
  counters_.connect_time += took;
  counters_.slowest_connect = std::max(counters_.slowest_connect, took);
  origin.is_http2 = connection.is_http2();
  origin.knows_protocol = true;
  counters_.http2 += connection.is_http2() ? 1 : 0;
  counters_.resumed += connection.was_resumed() ? 1 : 0;
  mark_dirty(connection);
  if (!connection.is_shared) {
    if (Exchange* const first = std::exchange(connection.first, nullptr)) {
      put(*first, connection);
    }
    return;
  }
  --origin.connecting;
  on_room(connection);
  needs_connections_ = needs_connections_ || !origin.waiting.empty();
}

void Transport::on_room(Connection& connection) {
  OriginState& origin = connection.origin();
  if (!connection.is_shared) {
    return;
  }
  while (!origin.waiting.empty() && connection.has_room()) {
    put(*origin.waiting.pop_front(), connection);
  }
  if (!connection.is_available && connection.has_room()) {
    connection.is_available = true;
    origin.available.push_back(&connection);
  }
}

void Transport::on_connection_closed(Connection& connection) {
  OriginState& origin = connection.origin();
  const Failure why = connection.ending();
  if (connection.owner != nullptr) {
    std::erase(connection.owner->connections, &connection);
    connection.owner = nullptr;
  }
  const bool never_opened = !connection.has_opened();
  if (Exchange* const first = std::exchange(connection.first, nullptr)) {
    finish(*first, why == Failure::kNone ? Failure::kCancelled : why);
  } else if (never_opened && connection.is_shared) {
    --origin.connecting;
    fail_waiting(origin, why);
  }
  counters_.failed_connections += never_opened ? 1 : 0;
  counters_.closed_by_server += !never_opened && why == Failure::kClosed ? 1 : 0;
  bury(connection);
  if (!origin.waiting.empty()) {
    needs_connections_ = true;
  }
}

/// A connection that came to nothing takes those with it for whom it was opened.
void Transport::fail_waiting(OriginState& origin, Failure why) {
  const std::size_t room = room_of(origin);
  for (std::size_t i = 0;
       i < room && !origin.waiting.empty() && origin.waiting.size() > origin.connecting * room;
       ++i) {
    finish(*origin.waiting.pop_front(), why == Failure::kNone ? Failure::kConnectFailed : why);
  }
}

void Transport::bury(Connection& connection) {
  OriginState& origin = connection.origin();
  if (connection.is_available) {
    std::erase(origin.available, &connection);
    connection.is_available = false;
  }
  if (connection.is_dirty) {
    std::erase(dirty_, &connection);
  }
  if (connection.reads_later) {
    std::erase(late_, &connection);
    std::replace(late_now_.begin(), late_now_.end(), &connection,
                 static_cast<Connection*>(nullptr));
  }
  auto& all = origin.connections;
  const std::size_t place = connection.place;
  graveyard_.push_back(std::move(all[place]));
  if (place + 1 != all.size()) {
    all[place] = std::move(all.back());
    all[place]->place = place;
  }
  all.pop_back();
}

void Transport::mark_dirty(Connection& connection) {
  if (!connection.is_dirty) {
    connection.is_dirty = true;
    dirty_.push_back(&connection);
  }
}

void Transport::read_later(Connection& connection) {
  if (!connection.reads_later) {
    connection.reads_later = true;
    late_.push_back(&connection);
  }
}

// ---- names ------------------------------------------------------------------------------------

/// Whether there is an address to connect to; if not, a look-up is under way.
bool Transport::ensure_addresses(OriginState& origin) {
  if (!origin.addresses.empty() && loop_.now() < origin.addresses_end) {
    return true;
  }
  if (origin.ticket != nullptr) {
    return false;
  }
  if (!origin.origin.unix_path.empty()) {
    const auto address = proxy::net::parse_address("unix:" + origin.origin.unix_path);
    if (address) {
      origin.addresses = {*address};
      return true;
    }
  }
  std::string host = origin.origin.host;
  std::uint16_t port = origin.origin.port;
  if (!config_.proxy_address.empty()) {
    if (const auto parts = proxy::net::split_host_port(config_.proxy_address)) {
      host = parts->first;
      port = parts->second;
    }
  }
  NameAnswer answer;
  if (names_.knows(host, port, answer)) {
    origin.addresses = std::move(answer.addresses);
    return true;
  }
  origin.ticket = names_.ask(host, port, loop_);
  ++look_ups_;
  return false;
}

void Transport::take_answers() {
  for (OriginState& origin : origins_) {
    if (origin.ticket == nullptr || !origin.ticket->is_done.load(std::memory_order_acquire)) {
      continue;
    }
    const std::shared_ptr<NameTicket> ticket = std::exchange(origin.ticket, nullptr);
    --look_ups_;
    if (ticket->answer) {
      origin.addresses = ticket->answer->addresses;
      origin.addresses_end = config_.look_up == LookUp::kOnce ? proxy::kNever
                             : config_.look_up == LookUp::kByTtl
                                 ? proxy::after(loop_.now(), ticket->answer->ttl)
                                 : loop_.now() + std::chrono::nanoseconds(1);
      continue;
    }
    // A name that was good keeps its addresses.
    if (!origin.addresses.empty()) {
      origin.addresses_end = loop_.now() + std::chrono::seconds(1);
      continue;
    }
    while (Exchange* const exchange = origin.waiting.pop_front()) {
      finish(*exchange, Failure::kNameLookup);
    }
    while (Exchange* const exchange = origin.unresolved.pop_front()) {
      finish(*exchange, Failure::kNameLookup);
    }
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
      std::size_t count = origin.unresolved.size();
      while (count-- > 0 && ensure_addresses(origin)) {
        open(origin, origin.unresolved.pop_front());
      }
    }
  }
}

void Transport::flush() {
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    dirty_[i]->is_dirty = false;
    dirty_[i]->flush();
  }
  dirty_.clear();
  graveyard_.clear();
}

}  // namespace shaketable::loadgen::live
