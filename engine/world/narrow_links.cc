#include "engine/world/narrow_links.h"

#include <algorithm>

namespace shaketable::engine {
namespace {

Pipe& pipe_of(std::vector<Pipe>& pipes, std::uint32_t instance) {
  if (pipes.size() <= instance) {
    pipes.resize(instance + 1);
  }
  return pipes[instance];
}

void forget(std::vector<Pipe>& pipes, std::uint32_t instance) {
  if (instance < pipes.size()) {
    pipes[instance] = Pipe{};
  }
}

/// Whether an instance at `here` has a pipe for what it exchanges with `there`.
bool holds(const RateLimit& limit, const LinkEnd& here, const LinkEnd& there) {
  return here.instance != kNone && is_at(limit.one, here.place) && is_at(limit.other, there.place);
}

}  // namespace

void NarrowLinks::remove(std::uint32_t id) {
  std::erase_if(limits_, [id](const Limit& limit) { return limit.limit.id == id; });
}

void NarrowLinks::clear(std::uint32_t instance) {
  forget(same_zone_.out, instance);
  forget(cross_zone_.out, instance);
  for (Limit& limit : limits_) {
    forget(limit.out, instance);
    forget(limit.in, instance);
  }
}

proxy::Instant NarrowLinks::leave(proxy::Instant at, const LinkEnd& from, const LinkEnd& to,
                                  std::uint32_t bytes) {
  proxy::Instant last = at;
  Link& link = from.place.zone == to.place.zone ? same_zone_ : cross_zone_;
  if (link.rate != 0 && from.instance != kNone) {
    last = pipe_of(link.out, from.instance).pass(at, bytes, link.rate);
  }
  for (Limit& limit : limits_) {
    if (holds(limit.limit, from, to)) {
      last = std::max(last, pipe_of(limit.out, from.instance).pass(at, bytes, limit.limit.rate));
    }
  }
  return last;
}

bool NarrowLinks::is_narrow_in(const LinkEnd& from, const LinkEnd& to) const {
  return std::any_of(limits_.begin(), limits_.end(),
                     [&](const Limit& limit) { return holds(limit.limit, to, from); });
}

proxy::Instant NarrowLinks::enter(proxy::Instant at, const LinkEnd& from, const LinkEnd& to,
                                  std::uint32_t bytes) {
  proxy::Instant last = at;
  for (Limit& limit : limits_) {
    if (holds(limit.limit, to, from)) {
      last = std::max(last, pipe_of(limit.in, to.instance).pass(at, bytes, limit.limit.rate));
    }
  }
  return last;
}

}  // namespace shaketable::engine
