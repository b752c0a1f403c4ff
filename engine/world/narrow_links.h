#pragma once

#include <cstdint>
#include <vector>

#include "engine/world/pipe.h"
#include "engine/world/place.h"

namespace shaketable::engine {

/// One end of a message's way: an instance, or a client.
struct LinkEnd {
  std::uint32_t instance = kNone;  ///< kNone: a client of the load.
  Place place;                     ///< Of a client: in the zone of the other end.
};

/// A limit of what passes to and from each instance of a place.
struct RateLimit {
  std::uint32_t id = 0;    ///< Of the caller, for `remove`.
  Place one;               ///< Whose instances have the pipes.
  Place other;             ///< For messages from and to whom; kNone parts match everything.
  std::uint64_t rate = 0;  ///< Bytes a second each way, from 1 on.
};

/// The pipes of instances whose links are narrow: one out and one in for each limit, and one out
/// for each kind of link that has a bandwidth. Clients have none. Where several limits meet in one
/// direction, the narrowest decides.
///
/// Memory: two pipes for each limit and instance, from the first message on.
class NarrowLinks {
 public:
  explicit NarrowLinks(const Network& network)
      : same_zone_{network.same_zone.bandwidth, {}},
        cross_zone_{network.cross_zone.bandwidth, {}} {}

  void add(const RateLimit& limit) { limits_.push_back({limit, {}, {}}); }
  void remove(std::uint32_t id);
  /// What waits at a dead instance passes no more.
  void clear(std::uint32_t instance);

  /// True if messages of this kind of link pass no pipe.
  [[nodiscard]] bool are_wide(bool same_zone) const {
    return limits_.empty() && (same_zone ? same_zone_ : cross_zone_).rate == 0;
  }
  /// When the last byte of a message that leaves its sender at `at` is on its way. Calls for one
  /// sender in order of `at`.
  proxy::Instant leave(proxy::Instant at, const LinkEnd& from, const LinkEnd& to,
                       std::uint32_t bytes);
  /// Whether what comes to this receiver has a pipe to pass.
  [[nodiscard]] bool is_narrow_in(const LinkEnd& from, const LinkEnd& to) const;
  /// When a message that gets to the host of its receiver at `at` is there with its last byte.
  /// Calls for one receiver in order of `at`.
  proxy::Instant enter(proxy::Instant at, const LinkEnd& from, const LinkEnd& to,
                       std::uint32_t bytes);

 private:
  using Pipes = std::vector<Pipe>;  ///< By instance.
  struct Link {
    std::uint64_t rate = 0;  ///< 0 = wide.
    Pipes out;
  };
  struct Limit {
    RateLimit limit;
    Pipes out, in;
  };

  Link same_zone_, cross_zone_;
  std::vector<Limit> limits_;
};

}  // namespace shaketable::engine
