#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/formats/mesh_loader.h"
#include "engine/formats/scenario_loader.h"
#include "tests/fuzz/parts.h"
#include "tests/fuzz/require.h"

// Feeds arbitrary bytes to the readers of scenarios and meshes: a file; or, with zero bytes between
// them, an argument of `--set`, the file, and another one that it may name as `m`. What must hold:
// no crash and no leak, and either a scenario or the reason why there is none; a scenario's
// references lead somewhere.
namespace shaketable::engine {
namespace {

void require_calls(const std::vector<Step>& steps, const Mesh& mesh) {
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::kCall) {
      require(step.call.service < mesh.services.size());
      require(step.call.endpoint < mesh.services[step.call.service].endpoint_names.size());
    }
    for (const std::vector<Step>& branch : step.branches) {
      require_calls(branch, mesh);
    }
  }
}

void require_sound(const Mesh& mesh) {
  require(!mesh.services.empty());
  require(!mesh.zones.empty());
  for (const Service& service : mesh.services) {
    require(!service.versions.empty());
    for (const Version& version : service.versions) {
      require(version.endpoints.size() == service.endpoint_names.size());
      for (const Endpoint& endpoint : version.endpoints) {
        require_calls(endpoint.steps, mesh);
      }
    }
  }
  for (const DestinationPolicy& policy : mesh.policies) {
    require(policy.service < mesh.services.size());
  }
}

void require_sound(const Scenario& scenario) {
  require_sound(scenario.mesh);
  require(scenario.run.duration > Duration::zero());
  require(scenario.run.warm_up < scenario.run.duration);
  for (const Fault& fault : scenario.faults) {
    for (const DestinationPolicy& policy : fault.policies) {
      require(policy.service < scenario.mesh.services.size());
      require(policy.from == kNone || policy.from < scenario.mesh.services.size());
    }
  }
  for (const Load& load : scenario.loads) {
    require((load.workers > 0) != !(load.stages.empty() && load.recorded.empty()));
    require(!load.journeys.empty());
    require(load.targets.size() == load.requests.size());
    for (const Journey& journey : load.journeys) {
      for (const std::uint32_t request : shaketable::loadgen::requests_of(journey.steps)) {
        require(request < load.requests.size());
      }
    }
  }
}

}  // namespace
}  // namespace shaketable::engine

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shaketable::engine;  // NOLINT(google-build-using-namespace)
  std::vector<std::string> parts =
      shaketable::parts_of({reinterpret_cast<const char*>(data), size}, 3);
  std::vector<std::string> sets;
  if (parts.size() > 1) {
    sets.push_back(parts[0]);
    parts.erase(parts.begin());
  }
  parts.resize(2);
  // Logs and bodies that a file names are the only ones that would be read from the disk.
  if (parts[0].find("file") != std::string::npos || parts[0].find("replay") != std::string::npos) {
    return 0;
  }
  Diagnostics diagnostics;
  diagnostics.provide("fuzz.yaml", parts[0]);
  diagnostics.provide("m", parts[1]);
  if (const auto scenario = load_scenario("fuzz.yaml", sets, diagnostics)) {
    require_sound(*scenario);
    shaketable::require(!diagnostics.has_errors());
  } else {
    shaketable::require(diagnostics.has_errors());
  }
  Diagnostics of_mesh;
  of_mesh.provide("fuzz.yaml", parts[0]);
  if (const auto mesh = load_mesh("fuzz.yaml", sets, of_mesh)) {
    require_sound(*mesh);
  } else {
    shaketable::require(of_mesh.has_errors());
  }
  (void)render(diagnostics, false);
  return 0;
}
