#include <algorithm>
#include <utility>

#include "loadgen/live/transport.h"

// Connections of a transport: when they are opened, and what becomes of those who wait for them.

namespace shaketable::loadgen::live {
namespace {

/// Of an answer: those who wait for it use it at once, also when it may not be kept.
constexpr proxy::Duration kShortestLife = std::chrono::nanoseconds(1);

using proxy::Duration;

/// Connections that are being opened, of one origin, while few are open.
constexpr std::size_t kMostConnecting = 128;
/// An address that fails so often in a row rests.
constexpr std::uint32_t kFailuresBeforeRest = 8;
constexpr Duration kShortestRest = std::chrono::milliseconds(1);
constexpr Duration kLongestRest = std::chrono::milliseconds(100);

std::uint32_t first_rest(const OriginState& origin) {
  return kFailuresBeforeRest *
         static_cast<std::uint32_t>(std::max<std::size_t>(origin.addresses.size(), 1));
}

/// Nobody has been reached there for a while.
bool rests(const OriginState& origin) { return origin.failed_in_a_row >= first_rest(origin); }

}  // namespace

void Transport::open(OriginState& origin, Exchange* first) {
  auto made = std::make_unique<Connection>(*this, origin);
  Connection& connection = *made;
  connection.place = origin.connections.size();
  origin.connections.push_back(std::move(made));
  if (first != nullptr) {
    connection.is_shared = false;
    connection.first = first;
    first->opening = &connection;
    connection.owner = first->owner;
    connection.owner->connections.push_back(&connection);
    ++origin.owned_connecting;
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

bool Transport::is_full(const OriginState& origin) const {
  return config_.connections > 0 && origin.connections.size() >= config_.connections;
}

/// A server that stands still must not be met by thousands of connections at once, which its
/// backlog loses and which then take a second: their number doubles, as those before are accepted.
/// And one that refuses is asked now and then, not all the time.
bool Transport::may_open(const OriginState& origin) const {
  const std::size_t connecting = origin.connecting + origin.owned_connecting;
  const std::size_t open = origin.connections.size() - connecting;
  if (rests(origin)) {
    return connecting == 0 && loop_.now() >= origin.rests_until;
  }
  return connecting < std::max(kMostConnecting, 2 * open);
}

/// As many connections as the waiting requests can use.
void Transport::open_as_needed(OriginState& origin) {
  if (origin.waiting.empty() || !ensure_addresses(origin)) {
    return;
  }
  const std::size_t room = room_of(origin);
  while (origin.connecting * room < origin.waiting.size() && !is_full(origin) && may_open(origin)) {
    const std::size_t before = origin.waiting.size();
    open(origin, nullptr);
    if (origin.waiting.size() < before && origin.connecting == 0) {
      return;  // failed at once: the rest has its turn with the next loop
    }
  }
}

/// Connections for those who want one of their own.
void Transport::open_unresolved(OriginState& origin) {
  std::size_t count = origin.unresolved.size();
  while (count-- > 0 && !origin.unresolved.empty() && may_open(origin) &&
         ensure_addresses(origin)) {
    open(origin, origin.unresolved.pop_front());
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
  origin.failed_in_a_row = 0;
  needs_connections_ = true;
  if (!connection.is_shared) {
    --origin.owned_connecting;
    if (Exchange* const first = std::exchange(connection.first, nullptr)) {
      first->opening = nullptr;
      put(*first, connection);
    }
    return;
  }
  --origin.connecting;
  on_room(connection);
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
    make_available(connection);
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
  if (never_opened) {
    --(connection.is_shared ? origin.connecting : origin.owned_connecting);
  }
  if (Exchange* const first = std::exchange(connection.first, nullptr)) {
    first->opening = nullptr;
    finish(*first, why == Failure::kNone ? Failure::kCancelled : why);
  }
  counters_.failed_connections += never_opened ? 1 : 0;
  counters_.closed_by_server += !never_opened && why == Failure::kClosed ? 1 : 0;
  const bool was_shared = connection.is_shared;
  bury(connection);
  if (never_opened && why != Failure::kNone) {
    on_failed_open(origin, was_shared, why);
  }
  if (!origin.waiting.empty() || !origin.unresolved.empty()) {
    needs_connections_ = true;
  }
}

/// A connection has come to nothing. Whoever goes on failing rests for longer and longer before the
/// next attempt: a closed loop would do nothing else but to be refused.
void Transport::on_failed_open(OriginState& origin, bool was_shared, Failure why) {
  ++origin.failed_in_a_row;
  if (rests(origin)) {
    const unsigned doubled = std::min(origin.failed_in_a_row - first_rest(origin), 10U);
    const Duration rest = std::min(kShortestRest * (1U << doubled), kLongestRest);
    origin.rests_until = loop_.now() + rest;
    timers_.arm_irregular(origin.rests_until,
                          reinterpret_cast<std::uintptr_t>(&origin) | kOriginBit);
  }
  const std::size_t open = origin.connections.size() - origin.connecting - origin.owned_connecting;
  if (why == Failure::kNoResources && open > 0) {
    return;  // those that are open serve whoever waits
  }
  if (rests(origin) && open == 0 && origin.connecting == 0) {
    while (Exchange* const exchange = origin.waiting.pop_front()) {
      finish(*exchange, why);
    }
    while (Exchange* const exchange = origin.unresolved.pop_front()) {
      finish(*exchange, why);
    }
  } else if (was_shared) {
    fail_waiting(origin, why);
  }
}

/// A connection that came to nothing takes those with it for whom it was opened.
void Transport::fail_waiting(OriginState& origin, Failure why) {
  const std::size_t room = room_of(origin);
  for (std::size_t i = 0;
       i < room && !origin.waiting.empty() && origin.waiting.size() > origin.connecting * room;
       ++i) {
    finish(*origin.waiting.pop_front(), why);
  }
}

void Transport::bury(Connection& connection) {
  OriginState& origin = connection.origin();
  if (connection.is_available) {
    make_unavailable(connection);
  }
  if (connection.is_dirty) {
    dirty_[connection.dirty_place] = nullptr;
  }
  if (connection.reads_later) {
    const std::size_t at = connection.late_place;
    const bool is_new = at < late_.size() && late_[at] == &connection;
    (is_new ? late_ : late_now_)[at] = nullptr;
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
      origin.addresses_end =
          config_.look_up == LookUp::kOnce ? proxy::kNever
          : config_.look_up == LookUp::kByTtl
              ? proxy::after(loop_.now(), std::max(ticket->answer->ttl, kShortestLife))
              : loop_.now() + kShortestLife;
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

}  // namespace shaketable::loadgen::live
