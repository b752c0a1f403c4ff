#include "tests/fidelity/plan.h"

#include <memory>

#include <fmt/format.h>

#include "tests/fidelity/parts.h"

namespace shaketable::fidelity {
namespace {

// CPU seconds of a hop on the machines of the project, rounded up; only the choice of the quick set
// depends on them.
constexpr double kPlainHop = 0.20e-6;
constexpr double kProxiedHop = 1.2e-6;

}  // namespace

RunLength RunLength::of(const Parameters& parameters) {
  RunLength length;
  length.requests =
      parameters.number("run.n_requests", parameters.number("run.completions", 2'000'000));
  length.warm_up = parameters.number("run.warmup", length.requests / 10);
  return length;
}

Experiment RunLength::at(double per_second, bool drain) const {
  return experiment(requests / per_second, warm_up / per_second, drain);
}

Variant by_scenario(const std::string& name, const std::string& key, const Experiment& experiment,
                    double requests, double hops, double proxied) {
  Variant variant;
  variant.name = name;
  variant.key = fmt::format("{} n={} {}", key, requests, name);
  variant.cost_s = requests * (hops * kPlainHop + proxied * kProxiedHop);
  const auto shared = std::make_shared<const Experiment>(experiment);
  variant.run = [shared](std::uint64_t seed, const std::set<std::string>& metrics) {
    return run_experiment(*shared, seed, metrics);
  };
  return variant;
}

Plan plan_of(const CaseRow& row) {
  Plan plan;
  if (row.family() == "Q") {
    plan = queueing_plan(row);
  } else if (row.family() == "LB") {
    plan = balancing_plan(row);
  } else {
    plan = retry_plan(row);
  }
  if (plan.variants.empty() && plan.why_not.empty()) {
    plan.why_not = "no plan for this kind of row";
  }
  return plan;
}

}  // namespace shaketable::fidelity
