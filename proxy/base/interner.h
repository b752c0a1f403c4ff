#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/base/assert.h"
#include "proxy/base/ids.h"

namespace shaketable::proxy {

/// Gives each distinct string a dense id, in the order of first appearance. For configuration time:
/// what runs per request compares ids. `Interner<ClusterTag>` makes `Id<ClusterTag>`s.
///
/// Interning allocates, finding does not. Not thread-safe while strings are added.
template <class Tag>
class Interner {
 public:
  Interner() = default;
  // The look-up table points into the strings; moving keeps them in place, copying would not.
  Interner(const Interner&) = delete;
  Interner& operator=(const Interner&) = delete;
  Interner(Interner&&) noexcept = default;
  Interner& operator=(Interner&&) noexcept = default;

  /// The id of `text`, a new one if it has none.
  Id<Tag> intern(std::string_view text) {
    if (const auto found = ids_.find(text); found != ids_.end()) {
      return Id<Tag>(found->second);
    }
    ASSERT(strings_.size() < Id<Tag>::kInvalidValue);
    const auto number = static_cast<std::uint32_t>(strings_.size());
    strings_.emplace_back(text);
    ids_.emplace(strings_.back(), number);
    return Id<Tag>(number);
  }

  /// The id of `text`; invalid if it was never interned.
  [[nodiscard]] Id<Tag> find(std::string_view text) const {
    const auto found = ids_.find(text);
    return found == ids_.end() ? Id<Tag>() : Id<Tag>(found->second);
  }

  /// The string of an id that this interner made. Valid as long as the interner lives.
  [[nodiscard]] std::string_view name(Id<Tag> id) const {
    ASSERT(id.index() < strings_.size());
    return strings_[id.index()];
  }

  /// Number of strings; the ids are 0 to size() - 1.
  [[nodiscard]] std::size_t size() const { return strings_.size(); }

 private:
  std::deque<std::string> strings_;                          // a deque never moves its elements
  std::unordered_map<std::string_view, std::uint32_t> ids_;  // looked up, never iterated
};

}  // namespace shaketable::proxy
