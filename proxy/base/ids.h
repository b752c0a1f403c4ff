#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>

namespace shaketable::proxy {

/// A dense number that names one thing of the kind `Tag`, so that ids of different kinds do not
/// mix: `using ClusterId = Id<struct ClusterTag>;`. A default-constructed id is invalid.
///
/// Ordered by number; ties in time and in load balancing are broken by this order.
template <class Tag>
struct Id {
  /// The number that no valid id has.
  static constexpr std::uint32_t kInvalidValue = std::numeric_limits<std::uint32_t>::max();
  /// "None"; equal to a default-constructed id.
  static const Id kInvalid;

  std::uint32_t value = kInvalidValue;

  constexpr Id() = default;
  constexpr explicit Id(std::uint32_t number) : value(number) {}

  /// Makes an id from an index into a container. The index must be below `kInvalidValue`.
  [[nodiscard]] static constexpr Id from_index(std::size_t index) {
    return Id(static_cast<std::uint32_t>(index));
  }

  [[nodiscard]] constexpr bool is_valid() const { return value != kInvalidValue; }
  /// The number as an index into a container.
  [[nodiscard]] constexpr std::size_t index() const { return value; }

  friend constexpr bool operator==(Id, Id) = default;
  friend constexpr auto operator<=>(Id, Id) = default;
};

template <class Tag>
inline constexpr Id<Tag> Id<Tag>::kInvalid{};

}  // namespace shaketable::proxy

/// Lets ids be keys of look-up tables; such tables must never be iterated.
template <class Tag>
struct std::hash<shaketable::proxy::Id<Tag>> {
  std::size_t operator()(shaketable::proxy::Id<Tag> id) const noexcept {
    return static_cast<std::size_t>(id.value * std::uint64_t{0x9e3779b97f4a7c15});
  }
};
