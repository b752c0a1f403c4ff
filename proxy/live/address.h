#pragma once

#include "proxy/net/address.h"

/// Socket addresses are those of proxy/net.
namespace shaketable::proxy::live {

using net::address_text;
using net::parse_address;
using net::SocketAddress;
using net::split_host_port;

}  // namespace shaketable::proxy::live
