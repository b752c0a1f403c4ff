#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/judge/verdict.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

/// The figures of one subject over the measured run.
struct SignalSummary {
  enum class Kind : std::uint8_t { kClient, kService, kEdge };
  Kind kind = Kind::kService;
  std::string name;  ///< "all requests", a load, a service, "gateway -> payment".
  /// Where it is in its own scenario; a summary that was read back has none of them.
  ServiceIndex service = kNone, caller = kNone;
  std::uint32_t load = kNone;
  std::uint64_t count = 0, errors = 0, retries = 0;
  std::int64_t rate = 0;                        ///< Micro-requests per second.
  std::int64_t mean = 0, p50 = 0, p99 = 0;      ///< ns
  std::optional<std::int64_t> utilisation_ppm;  ///< Services only.
};

struct ExpectationSummary {
  ExpectationState state = ExpectationState::kHeld;
  std::optional<std::int64_t> value;  ///< In the unit of the expectation's verdict.
};

/// What remains of a run when many of the same scenario are looked at together: small enough to be
/// kept for each seed.
struct RunSummary {
  std::uint64_t seed = 0;
  std::uint64_t fingerprint = 0;
  bool passed = true;
  bool interrupted = false;
  std::vector<ExpectationSummary> expectations;  ///< Parallel to Scenario::expectations.
  std::vector<SignalSummary> signals;            ///< Clients, then services, then edges.
};

/// "all requests": what the clients saw, over all loads together. It is always the first signal.
inline constexpr char kAllRequests[] = "all requests";

[[nodiscard]] RunSummary summarise(const Scenario& scenario, const RunRecord& record,
                                   const Verdict& verdict);

/// What all clients saw, over the measured run.
[[nodiscard]] WindowTotals client_totals(const RunRecord& record);

/// The figure of a signal, in the metric's unit; nothing when there is none (a share of no
/// request). Success rate, error rate, rps, mean, p50, p99, retry ratio, utilisation, requests.
[[nodiscard]] std::optional<std::int64_t> value_of(const SignalSummary& signal, Metric metric);

}  // namespace shaketable::engine
