#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/scenario/model.h"
#include "engine/sim/simulation.h"

/// A scenario made for measuring, and the figures of one run of it.
namespace shaketable::fidelity {

/// A figure's components by the name of the row's metric.
using Figures = std::map<std::string, std::vector<double>>;

/// A scenario with what its figures refer to.
struct Experiment {
  engine::Scenario scenario;         ///< Its warm-up is the width of the gauges' buckets too.
  engine::ServiceIndex station = 0;  ///< The queue in question.
  /// Retrials: where those who come again wait. Hedges: who asks the station once or twice.
  engine::ServiceIndex gate = 0;
  double servers = 1;  ///< Of the station, in all its instances.
  double service_mean_ms = 1;
  double gate_mean_ms = 0;
  double slow_ms = 0;                         ///< What "p_slow_request" counts takes longer.
  bool sojourn_is_of_station = false;         ///< Else sojourn times are those of the clients.
  double window_from_s = 0, window_to_s = 0;  ///< Of "goodput,load" and "goodput,attempts".
  double rate_scale = 1;                      ///< Of those: the row's rates over the scenario's.
};

/// Runs the experiment with that seed and computes those metrics. Times are measured from the
/// intended start; everything before the end of the warm-up is left out, and what is under way when
/// the arrivals stop is waited for. Percentiles are nearest-rank on raw samples.
[[nodiscard]] Figures run_experiment(const Experiment& experiment, std::uint64_t seed,
                                     const std::set<std::string>& metrics);

/// The value at the nearest rank; reorders the samples.
[[nodiscard]] double nearest_rank(std::vector<std::int64_t>& samples, double quantile);

}  // namespace shaketable::fidelity
