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

struct Planner {
  const char* family;
  Plan (*plan)(const CaseRow&);
};

constexpr Planner kPlanners[] = {
    {"Q", queueing_plan},    {"LB", balancing_plan}, {"RT", retry_plan}, {"TL", tail_plan},
    {"MS", metastable_plan}, {"OD", outlier_plan},   {"EN", envoy_plan}, {"AV", availability_plan},
};

}  // namespace

double times_longer(const CaseRow& row) {
  // The variance of a mean wait over a time T is near lambda E[S^4] / (4 (1 - rho)^2 T), which a
  // lognormal service makes large: 1.9, 1.9 and 2.9 % of the mean. The one of the queue length of
  // the birth-death process is exact: 1.6 % with a tolerance of 1 %.
  struct Longer {
    const char* id;
    double times;
  };
  constexpr Longer kLonger[] = {{"Q-MG1-lognor4-50-WQ", 17},
                                {"Q-MG1-lognor4-80-WQ", 3},
                                {"Q-MG1-lognor10-90-WQ", 8},
                                {"Q-MMCK-2-100-1.9-W", 16}};
  for (const Longer& longer : kLonger) {
    if (row.id == longer.id) {
      return longer.times;
    }
  }
  return 1;
}

RunLength RunLength::of(const Parameters& parameters, double longer) {
  RunLength length;
  length.requests =
      parameters.number("run.n_requests", parameters.number("run.completions", 2'000'000));
  length.warm_up = parameters.number("run.warmup", length.requests / 10) * longer;
  length.requests *= longer;
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

std::vector<std::string> planned_families() {
  std::vector<std::string> families;
  for (const Planner& planner : kPlanners) {
    families.emplace_back(planner.family);
  }
  return families;
}

Plan plan_of(const CaseRow& row) {
  Plan plan;
  for (const Planner& planner : kPlanners) {
    if (row.family() == planner.family) {
      plan = planner.plan(row);
    }
  }
  if (times_longer(row) > 1) {
    plan.how += fmt::format("; {} times as long as the row says", times_longer(row));
  }
  if (plan.variants.empty() && plan.why_not.empty()) {
    plan.why_not = "no plan for this kind of row";
  }
  return plan;
}

}  // namespace shaketable::fidelity
