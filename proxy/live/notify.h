#pragma once

#include <string_view>

namespace shaketable::proxy::live {

/// Tells systemd (or whoever set NOTIFY_SOCKET) a state such as "READY=1"; nothing without it.
/// Source: sd_notify(3), the datagram protocol.
void notify_service_manager(std::string_view state);

}  // namespace shaketable::proxy::live
