#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/app/endpoints_file.h"
#include "proxy/config/proxy_config.h"
#include "proxy/live/live_config.h"

namespace shaketable::proxy::app {

/// Gives each address one host id, in the order in which they come.
class HostTable {
 public:
  explicit HostTable(std::vector<live::HostAddress>& hosts);

  /// The id of an address; a new one is appended.
  std::uint32_t id_of(const std::string& address);
  /// The hosts of a cluster; endpoints that are names are left out.
  std::shared_ptr<const HostSet> set_of(const std::vector<Endpoint>& endpoints);

 private:
  std::vector<live::HostAddress>& hosts_;
  std::unordered_map<std::string, std::uint32_t> ids_;
};

/// Gives a cluster its endpoints: hosts, or a name for the resolver.
void set_endpoints(ClusterIndex cluster, const std::vector<Endpoint>& endpoints, HostTable& table,
                   live::LiveConfig& config);

/// Makes the host ids of `config` continue those of `previous`: its addresses come first, with
/// their ids, and new ones behind them. Clusters whose hosts are what they were share the HostSet
/// of `previous`.
void keep_host_ids(const live::LiveConfig& previous, live::LiveConfig& config);

}  // namespace shaketable::proxy::app
