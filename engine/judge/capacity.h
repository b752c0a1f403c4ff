#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

/// What limits the mesh, where latency begins to climb, and whether the run's own figures agree
/// with each other. Plain data; `find_capacity()` makes it.
namespace shaketable::engine {

/// One service by the utilisation law: utilisation = throughput x demand / servers.
struct ServiceCapacity {
  ServiceIndex service = kNone;
  std::int64_t demand = 0;           ///< ns of a worker or CPU per answer; 0: no answers.
  std::int64_t throughput = 0;       ///< Micro-requests/s before the first fault, or measured run.
  std::int64_t peak_throughput = 0;  ///< In the best bucket.
  std::int64_t utilisation_ppm = 0;  ///< In the same span.
  std::int64_t peak_utilisation_ppm = 0;
  std::int64_t limit = 0;             ///< Micro-requests/s at 100 %: servers / demand. 0: unknown.
  Instant saturated = proxy::kNever;  ///< First bucket with at least 95 %.
  /// Where the bucket's latency leaves the flat part: throughput of the least busy bucket whose p90
  /// is above twice that of quiet ones. 0: it did not.
  std::int64_t knee = 0;
  std::int64_t knee_utilisation_ppm = 0;
};

/// Little's law for one service over the whole run: N = lambda x R.
struct LittleCheck {
  ServiceIndex service = kNone;
  std::uint64_t inside_milli = 0;    ///< N: mean number inside, from the gauge.
  std::uint64_t expected_milli = 0;  ///< lambda x R, from arrivals and their times.
  std::int64_t deviation_ppm = 0;    ///< Of the larger one.
  bool both_sides = false;  ///< Nothing was abandoned, so that N may not be greater either.
  bool holds = true;
  std::string text;  ///< When it does not: the figures.
};

struct Capacity {
  std::vector<ServiceCapacity> services;  ///< One for each service, by index.
  /// Services by how soon they saturate when all load grows alike; at most ten.
  std::vector<ServiceIndex> order;
  /// By how much the load of the measured run could grow before the first of them is full, ppm of
  /// it: 1,300,000 is 30 % more. 0: not known.
  std::int64_t headroom_ppm = 0;
  std::vector<LittleCheck> little;  ///< One for each service that had requests.
  std::uint32_t violations = 0;     ///< Checks that do not hold: a bug of the simulator.
  std::string text;
};

[[nodiscard]] Capacity find_capacity(const Scenario& scenario, const RunRecord& record);

}  // namespace shaketable::engine
