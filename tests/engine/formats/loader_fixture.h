#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/formats/mesh_loader.h"
#include "engine/formats/scenario_loader.h"

namespace shaketable::engine {

/// A mesh that must load.
inline Mesh mesh_of(const std::string& text) {
  Diagnostics diagnostics;
  auto mesh = parse_mesh("mesh.yaml", text, {}, diagnostics);
  EXPECT_TRUE(mesh.has_value()) << render(diagnostics, false) << text;
  return mesh.value_or(Mesh{});
}

/// A scenario that must load.
inline Scenario scenario_of(const std::string& text, const std::vector<std::string>& sets = {}) {
  Diagnostics diagnostics;
  auto scenario = parse_scenario("scenario.yaml", text, sets, diagnostics);
  EXPECT_TRUE(scenario.has_value()) << render(diagnostics, false) << text;
  return scenario.value_or(Scenario{});
}

/// Everything that is said about a scenario, good or bad.
inline std::string report_of(const std::string& text, const std::vector<std::string>& sets = {}) {
  Diagnostics diagnostics;
  static_cast<void>(parse_scenario("scenario.yaml", text, sets, diagnostics));
  return render(diagnostics, false);
}

/// A mesh of one entry service `gateway` that calls `payment`, which runs v1 and v2.
inline const std::string kTwoServices =
    "services:\n"
    "  gateway: {entry: true, instances: 2, endpoints: {GET /: {work: 1ms, calls: [payment]}}}\n"
    "  payment:\n"
    "    endpoints: {POST /charge: 5ms}\n"
    "    versions: {v1: {instances: 3}, v2: {}}\n";

}  // namespace shaketable::engine
