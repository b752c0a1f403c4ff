#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "engine/cli/cli.h"
#include "engine/cli/finished_run.h"
#include "engine/formats/diagnostic.h"
#include "engine/formats/scenario_loader.h"
#include "tests/fuzz/require.h"

namespace shaketable::engine {

/// Hands out a real run of two services with a fault and an expectation, for fuzzers of what a run
/// leaves behind.
inline void make_small_run(const SeedPlan& seeds,
                           const std::function<void(const FinishedRun&)>& use) {
  constexpr char kScenario[] =
      "scenario: fuzz\n"
      "services:\n"
      "  a: {entry: true, endpoints: {GET /: {work: 1ms, calls: [b: GET /]}}}\n"
      "  b: {endpoints: {GET /: {work: 1ms}}}\n"
      "run: {duration: 1s}\n"
      "load: {l: {rate: 50/s, request: GET /}}\n"
      "faults: {slow: {at: 500ms, for: 100ms, on: b, delay: 20ms}}\n"
      "expect: [{metric: p99, of: a, must: '< 1s', during: during slow}]\n";
  Diagnostics diagnostics;
  auto scenario = parse_scenario("fuzz.yaml", kScenario, {}, diagnostics);
  require(scenario.has_value());
  const std::vector<LoadedScenario> set{
      {.scenario = std::move(*scenario), .source = source_of("fuzz.yaml", {}, diagnostics)}};
  run_scenario_set(set, seeds, {}, [&use](std::size_t, const FinishedRun& run) {
    use(run);
    return true;
  });
}

}  // namespace shaketable::engine
