#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/formats/diagnostic.h"
#include "proxy/app/endpoints_file.h"
#include "proxy/app/proxy_file.h"
#include "tests/fuzz/require.h"

// Feeds arbitrary bytes to the readers of the proxy's file and of endpoints. What must hold: no
// crash and no leak, and either a configuration that is whole or the reason why there is none.
namespace shaketable::proxy::app {
namespace {

void require_sound(const live::LiveConfig& config, ClusterIndex cluster) {
  require(cluster == kNoCluster || cluster < config.core.clusters.size());
}

void require_sound(const live::LiveConfig& config, const std::vector<VirtualHost>& hosts) {
  for (const VirtualHost& host : hosts) {
    require(!host.domains.empty());
    for (const Route& route : host.routes) {
      require((route.action == Route::Action::kForward) == !route.clusters.empty());
      for (const WeightedCluster& to : route.clusters) {
        require(to.cluster != kNoCluster);
        require_sound(config, to.cluster);
      }
      for (const MirrorPolicy& mirror : route.mirrors) {
        require_sound(config, mirror.cluster);
      }
    }
  }
}

void require_sound(const live::LiveConfig& config) {
  require(!config.listeners.empty());
  require(config.clusters.size() == config.core.clusters.size());
  require(config.concurrency > 0);
  for (const ClusterConfig& cluster : config.core.clusters) {
    require(cluster.hosts != nullptr);
    for (const HostConfig& host : *cluster.hosts) {
      require(host.id < config.hosts.size());
      require(host.weight >= 1 && host.weight <= 128);
    }
  }
  for (const live::DnsCluster& dns : config.dns) {
    require(dns.cluster < config.core.clusters.size());
    require(!dns.name.empty());
  }
  require_sound(config, config.core.outbound);
  require_sound(config, config.core.inbound);
}

}  // namespace
}  // namespace shaketable::proxy::app

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shaketable;  // NOLINT(google-build-using-namespace)
  const std::string text(reinterpret_cast<const char*>(data), size);
  engine::Diagnostics diagnostics;
  // Other files would make a finding depend on the machine.
  const auto config =
      proxy::app::parse_proxy_file("fuzz.yaml", text, diagnostics, {.open_files = false});
  shaketable::require(config.has_value() != diagnostics.has_errors());
  if (config) {
    proxy::app::require_sound(*config);
  }
  (void)engine::render(diagnostics, false);
  engine::Diagnostics of_endpoints;
  const auto file = proxy::app::parse_endpoints_file("fuzz.yaml", text, of_endpoints);
  shaketable::require(file.has_value() != of_endpoints.has_errors());
  return 0;
}
