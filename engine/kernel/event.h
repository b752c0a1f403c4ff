#pragma once

#include <cstdint>
#include <type_traits>

#include "proxy/base/bits.h"
#include "proxy/base/time.h"

namespace shaketable::engine {

using proxy::Duration;
using proxy::Instant;
using proxy::kNever;
using proxy::kStart;

/// Something that will happen: plain data, decoded by one `switch (kind)` of the simulator.
struct Event {
  Instant at{};
  std::uint64_t seq = 0;     ///< Order of scheduling; set by the kernel, breaks ties in time.
  std::uint8_t kind = 0;     ///< What happens; the simulator's enum.
  std::uint8_t flags = 0;    ///< Free for the kind.
  std::uint16_t small = 0;   ///< Free for the kind.
  std::uint32_t target = 0;  ///< To whom: an index or slot; part of the fingerprint.
  std::uint64_t arg = 0;     ///< Free for the kind; usually a packed handle.
};
static_assert(sizeof(Event) == 32);
static_assert(std::is_trivially_copyable_v<Event>);

/// What is scheduled, apart from when.
struct EventBody {
  std::uint8_t kind = 0;
  std::uint8_t flags = 0;
  std::uint16_t small = 0;
  std::uint32_t target = 0;
  std::uint64_t arg = 0;
};

/// An event that happens, which is at `now()`.
[[nodiscard]] inline EventBody body_of(const Event& event) {
  return {event.kind, event.flags, event.small, event.target, event.arg};
}

/// A scheduled one.
[[nodiscard]] inline Event event_of(Instant at, std::uint64_t seq, EventBody body) {
  return {at, seq, body.kind, body.flags, body.small, body.target, body.arg};
}

/// The order of events, as one number: by time, then by scheduling. Times are not negative.
using EventKey = proxy::Uint128;

[[nodiscard]] constexpr EventKey make_key(Instant at, std::uint64_t seq) {
  return (static_cast<EventKey>(static_cast<std::uint64_t>(proxy::nanoseconds_of(at))) << 64) | seq;
}
[[nodiscard]] constexpr EventKey key_of(const Event& event) {
  return make_key(event.at, event.seq);
}

/// Greater than the key of every event: what an empty set answers.
inline constexpr EventKey kNoEvent = ~EventKey{0};

[[nodiscard]] constexpr Instant time_of(EventKey key) {
  return proxy::instant_at(static_cast<std::int64_t>(static_cast<std::uint64_t>(key >> 64)));
}

}  // namespace shaketable::engine
