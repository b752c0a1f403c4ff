#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/mesh_loader.h"
#include "engine/formats/scenario_loader.h"
#include "tests/fuzz/require.h"

// Feeds arbitrary bytes to the readers of scenarios and meshes. Up to the first zero byte they are
// an argument of `--set`, behind it the file. What must hold: no crash and no leak, and either a
// scenario or the reason why there is none; a scenario's references lead somewhere.
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
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = bytes.find('\0');
  std::vector<std::string> sets;
  if (zero != std::string_view::npos && zero > 0) {
    sets.emplace_back(bytes.substr(0, zero));
  }
  const std::string text(zero == std::string_view::npos ? bytes : bytes.substr(zero + 1));
  // Other files would make a finding depend on the machine.
  if (text.find("policies") != std::string::npos || text.find("mesh") != std::string::npos) {
    return 0;
  }
  Diagnostics diagnostics;
  if (const auto scenario = parse_scenario("fuzz.yaml", text, sets, diagnostics)) {
    require_sound(*scenario);
    shaketable::require(!diagnostics.has_errors());
  } else {
    shaketable::require(diagnostics.has_errors());
  }
  Diagnostics of_mesh;
  if (const auto mesh = parse_mesh("fuzz.yaml", text, sets, of_mesh)) {
    require_sound(*mesh);
  } else {
    shaketable::require(of_mesh.has_errors());
  }
  (void)render(diagnostics, false);
  return 0;
}
