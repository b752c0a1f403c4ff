#include "proxy/core/worker.h"

#include <algorithm>

#include "proxy/core/sidecar.h"
#include "proxy/core/upstream_cluster.h"

namespace shaketable::proxy {

void Worker::attach(Sidecar& sidecar) {
  if (sidecars_.size() <= sidecar.id()) {
    sidecars_.resize(sidecar.id() + 1, nullptr);
  }
  sidecars_[sidecar.id()] = &sidecar;
}

void Worker::detach(const Sidecar& sidecar) { sidecars_[sidecar.id()] = nullptr; }

const Route* Worker::route_of(AttemptId id) {
  const ActiveStream* stream = find_attempt(id);
  return stream == nullptr || stream->has(kIsMirror) ? nullptr : &stream->route->route;
}

ConnectionId Worker::connection_of(AttemptId id) {
  const ActiveStream* stream = find_attempt(id);
  return stream == nullptr || stream->attempt_state == UpstreamRequest::State::kPending
             ? kNoHandle
             : connections.packed_of(stream->attempt.connection);
}

std::size_t Worker::attempt_count() const {
  std::size_t count = 0;
  for (std::uint32_t slot = 0; slot < streams.slot_count(); ++slot) {
    count += streams.handle_at(slot).is_valid() &&
                     streams[slot].attempt_state != UpstreamRequest::State::kNone
                 ? 1
                 : 0;
  }
  return count;
}

void Worker::on_deadline(Instant now) {
  while (const std::optional<std::uint64_t> payload = deadlines.pop_due(now)) {
    const auto kind = static_cast<TimerKind>(*payload >> 56);
    const auto slot = static_cast<std::uint32_t>(*payload);
    const auto cluster = static_cast<std::uint32_t>(*payload >> 32 & 0xff'ffffU);
    std::uint32_t proxy = slot;  // kClusterTick, kPoolIdle
    switch (kind) {
      case TimerKind::kRouteTimeout:
      case TimerKind::kStreamIdle:
      case TimerKind::kStreamPause:
      case TimerKind::kPerTry:
        proxy = streams[slot].proxy;
        break;
      case TimerKind::kConnect:
        proxy = connections[slot].cluster->proxy();
        break;
      case TimerKind::kClusterTick:
      case TimerKind::kPoolIdle:
        break;
    }
    sidecars_[proxy]->on_timer(now, kind, slot, cluster);
  }
}

}  // namespace shaketable::proxy
