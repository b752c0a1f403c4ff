#include "proxy/core/sidecar.h"

// What only real connections do: they announce their end, and they turn into tunnels.
namespace shaketable::proxy {

void Sidecar::on_connection_draining(Instant now, ConnectionId id) {
  const auto handle = SlotMap<UpstreamConnection>::Handle::unpack(id);
  if (!worker_.connections.contains(handle)) {
    return;
  }
  worker_.connections[handle.slot].cluster->drain_connection(now, handle.slot);
  handle_failures(now);
}

void Sidecar::on_tunnel(Instant now, StreamId id) {
  const auto handle = SlotMap<ActiveStream>::Handle::unpack(id);
  if (!worker_.streams.contains(handle)) {
    return;
  }
  ActiveStream& stream = worker_.streams[handle.slot];
  worker_.deadlines.cancel(stream.timeout);
  stream.timeout = {};
  stream.deadline = kNever;
  restart_idle(now, handle.slot);
}

}  // namespace shaketable::proxy
