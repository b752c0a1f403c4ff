#pragma once

#include "proxy/live/open_sockets.h"

namespace shaketable::proxy::live {

/// The sockets that systemd (or whoever speaks its protocol) has opened for this process:
/// LISTEN_FDS of them from descriptor `first` on, when LISTEN_PID is this process; named by
/// LISTEN_FDNAMES. A listener gets the one of its name, or the one that is bound to its address;
/// all workers share it. What is not a listening stream socket is closed and left out.
///
/// Removes the three variables from the environment: they are not for children. Call it once, at
/// the start, while there is one thread. notify.h is the other half of the protocol.
/// Source: sd_listen_fds(3).
[[nodiscard]] OpenSockets activated_sockets(int first = 3);

}  // namespace shaketable::proxy::live
