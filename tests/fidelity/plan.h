#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/fidelity/case_row.h"
#include "tests/fidelity/experiment.h"

/// How a row of the table is measured.
namespace shaketable::fidelity {

/// One way to measure a row. Rows with the same key share the runs.
struct Variant {
  std::string name;  ///< "direct", "sidecar"; for the report.
  std::string key;
  double cost_s = 0;  ///< Estimated CPU seconds of one seed.
  std::function<Figures(std::uint64_t seed, const std::set<std::string>& metrics)> run;
};

/// Either ways to measure, which must all agree with the row, or a reason why there is none.
struct Plan {
  std::string how;  ///< The scenario, or the policy, in a few words.
  std::vector<Variant> variants;
  std::string why_not;
};

/// The families of this runner; what needs no plan (CA) has tests of its own.
[[nodiscard]] std::vector<std::string> planned_families();

/// The plan of a row of those families.
[[nodiscard]] Plan plan_of(const CaseRow& row);

// ---- for the makers of plans ------------------------------------------------------------------

/// How long a row wants to run.
struct RunLength {
  double requests = 0;
  double warm_up = 0;

  /// From "run"; 2,000,000 requests where there is none, and a tenth for the warm-up. Times
  /// `longer`, see `times_longer`.
  static RunLength of(const Parameters& parameters, double longer = 1);
  /// An empty experiment in which so many arrive at that rate.
  [[nodiscard]] Experiment at(double per_second, bool drain = true) const;
};

/// How many times longer than it says a row runs, because its tolerance is narrower than three
/// standard deviations of what it measures in a run of the length that it says: 1 but for a few.
[[nodiscard]] double times_longer(const CaseRow& row);

/// Measures by running a scenario; `hops` and `proxied` are requests between services for each
/// request, without and with a sidecar on the way.
[[nodiscard]] Variant by_scenario(const std::string& name, const std::string& key,
                                  const Experiment& experiment, double requests, double hops,
                                  double proxied = 0);

[[nodiscard]] Plan queueing_plan(const CaseRow& row);
[[nodiscard]] Plan network_plan(const Parameters& parameters);
[[nodiscard]] Plan impatience_plan(const Parameters& parameters);
[[nodiscard]] Plan balancing_plan(const CaseRow& row);
[[nodiscard]] Plan retry_plan(const CaseRow& row);
[[nodiscard]] Plan tail_plan(const CaseRow& row);
[[nodiscard]] Plan metastable_plan(const CaseRow& row);
[[nodiscard]] Plan outlier_plan(const CaseRow& row);
[[nodiscard]] Plan envoy_plan(const CaseRow& row);
[[nodiscard]] Plan availability_plan(const CaseRow& row);

}  // namespace shaketable::fidelity
