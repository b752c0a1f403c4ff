#pragma once

#include <concepts>
#include <cstddef>

#include "engine/kernel/event.h"

namespace shaketable::engine {

/// A set of future events, ordered by (time, seq). All implementations return the same sequence;
/// they differ in speed only.
///
/// - `push(event)`: not earlier than the last event popped; with a greater `seq` than all before.
/// - `next_key()`: the key of the earliest event, `kNoEvent` if there is none. May reorganise.
/// - `pop()`: removes and returns the earliest event; there must be one.
template <class Set>
concept EventSet = requires(Set set, const Set const_set, const Event& event) {
  { set.push(event) } -> std::same_as<void>;
  { set.next_key() } -> std::same_as<EventKey>;
  { set.pop() } -> std::same_as<Event>;
  { const_set.size() } -> std::same_as<std::size_t>;
};

}  // namespace shaketable::engine
