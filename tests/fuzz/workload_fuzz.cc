#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "proxy/app/mesh_config.h"
#include "tests/fuzz/parts.h"
#include "tests/fuzz/require.h"

// Makes the configuration of a sidecar from arbitrary files: a mesh or a scenario, then, behind a
// zero byte each, the workload's name and the addresses of services. What must hold: no crash and
// no leak, and either a configuration whose references lead somewhere or the reason why there is
// none.
namespace shaketable::proxy::app {
namespace {

void require_sound(const live::LiveConfig& config) {
  require(config.listeners.size() == 2);
  require(config.clusters.size() == config.core.clusters.size());
  for (const ClusterConfig& cluster : config.core.clusters) {
    require(cluster.hosts != nullptr);
    for (const HostConfig& host : *cluster.hosts) {
      require(host.id < config.hosts.size());
      require(host.weight >= 1 && host.weight <= 128);
    }
  }
  for (const std::vector<VirtualHost>* side : {&config.core.outbound, &config.core.inbound}) {
    for (const VirtualHost& host : *side) {
      for (const Route& route : host.routes) {
        for (const WeightedCluster& to : route.clusters) {
          require(to.cluster == kNoCluster || to.cluster < config.core.clusters.size());
        }
      }
    }
  }
  for (const live::DnsCluster& dns : config.dns) {
    require(dns.cluster < config.core.clusters.size());
    require(!dns.name.empty());
  }
}

void run(std::string_view input) {
  std::vector<std::string> parts = parts_of(input, 3);
  parts.resize(3);
  // Logs and bodies that a file names are the only ones that would be read from the disk.
  if (parts[0].find("file") != std::string::npos || parts[0].find("replay") != std::string::npos) {
    return;
  }
  engine::Diagnostics diagnostics;
  diagnostics.provide("mesh.yaml", parts[0]);
  diagnostics.provide("endpoints.yaml", parts[2]);
  WorkloadRequest request;
  request.workload = parts[1].empty() ? "a" : parts[1];
  request.app = "127.0.0.1:8080";
  request.endpoints = parts[2].empty() ? "" : "endpoints.yaml";
  request.dns_suffix = ".test:80";
  request.tls = "off";
  const auto config = load_workload("mesh.yaml", request, diagnostics);
  require(config.has_value() != diagnostics.has_errors());
  if (config) {
    require_sound(*config);
  }
  (void)engine::render(diagnostics, false);
}

}  // namespace
}  // namespace shaketable::proxy::app

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shaketable::proxy::app::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
