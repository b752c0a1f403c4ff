#pragma once

#include "proxy/live/live_config.h"
#include "proxy/net/dns_lookup.h"

/// Look-ups are those of proxy/net, asked for clusters.
namespace shaketable::proxy::live {

using net::DnsAnswer;
using net::DnsOptions;
using net::kMaxResolvedHosts;
using net::ResolvedHost;

/// As net::look_up.
[[nodiscard]] inline Result<DnsAnswer> look_up(const DnsCluster& query, const DnsOptions& options) {
  return net::look_up({query.kind, query.name, query.port}, options);
}

}  // namespace shaketable::proxy::live
