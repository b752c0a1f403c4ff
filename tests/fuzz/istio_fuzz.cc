#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "engine/formats/istio_import.h"
#include "tests/fuzz/require.h"

// Feeds arbitrary bytes to the Istio reader, against a small mesh with two namespaces, ports, a
// gateway and an external service. The first byte chooses YAML or JSON. What must hold: no crash,
// no leak, and policies whose references stay within the mesh, at most one for each pair.
namespace shaketable::engine {
namespace {

Service make_service(const char* name, const char* kube_namespace) {
  Service service;
  service.name = name;
  service.kube_namespace = kube_namespace;
  for (const char* version : {"v1", "v2"}) {
    Version entry;
    entry.name = version;
    entry.labels = {{"version", version}, {"app", name}};
    service.versions.push_back(entry);
  }
  return service;
}

Mesh make_mesh() {
  Mesh mesh;
  mesh.zones = {"zone-1"};
  mesh.services = {make_service("ingress", "default"), make_service("reviews", "default"),
                   make_service("ratings", "prod"), make_service("api.test", "default")};
  mesh.services[0].entry = true;
  mesh.services[0].versions[0].runtime.name = "envoy";
  mesh.services[1].ports = {9080, 8080};
  mesh.default_route = istio_default_route();
  return mesh;
}

void check_destination(const RouteDestination& to, const Mesh& mesh) {
  require(to.service == kNone || to.service < mesh.services.size());
}

void check_policy(const DestinationPolicy& policy, const Mesh& mesh, bool is_valid) {
  require(policy.service < mesh.services.size());
  require(policy.from == kNone || policy.from < mesh.services.size());
  for (const RouteRule& rule : policy.rules) {
    for (const RouteDestination& to : rule.destinations) {
      check_destination(to, mesh);
      require(!is_valid || to.weight > 0);
    }
    for (const RouteRule::Mirror& mirror : rule.mirrors) {
      check_destination(mirror.to, mesh);
      require(mirror.ppm <= proxy::kPpmOne);
    }
  }
}

void run(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return;
  }
  static const Mesh mesh = make_mesh();
  std::string text(data + 1, data + size);
  Diagnostics diagnostics;
  const std::vector<DestinationPolicy> policies =
      read_istio_text((data[0] & 1) != 0 ? "f.json" : "f.yaml", std::move(text), mesh, diagnostics);
  for (std::size_t i = 0; i < policies.size(); ++i) {
    check_policy(policies[i], mesh, !diagnostics.has_errors());
    for (std::size_t j = 0; j < i; ++j) {
      require(policies[i].service != policies[j].service || policies[i].from != policies[j].from);
    }
  }
  (void)render(diagnostics, false);
}

}  // namespace
}  // namespace shaketable::engine

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shaketable::engine::run(data, size);
  return 0;
}
