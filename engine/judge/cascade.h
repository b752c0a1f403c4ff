#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/judge/health.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

/// How trouble travelled: which service left its normal state because of which other, by what
/// mechanism, and from which root. Plain data; `find_cascade()` makes it.
namespace shaketable::engine {

/// By what trouble gets from one place to the next.
enum class Mechanism : std::uint8_t {
  // What a root is.
  kFault,        ///< A fault of the scenario hits the service itself.
  kConfigPush,   ///< New policies reached its sidecar.
  kOverload,     ///< It gets more work than it can do.
  kRelapse,      ///< It had only just come back from an earlier episode.
  kUnexplained,  ///< Nothing in the record explains it.
  // Callee to caller, over the edge between them.
  kErrors,         ///< The callee answered with errors.
  kTimeout,        ///< The caller's patience ended.
  kSlow,           ///< The caller waits for the callee.
  kStall,          ///< The caller waits, and no answer comes.
  kPoolExhausted,  ///< All workers of the caller are busy waiting for the callee.
  kCircuitOpen,    ///< A circuit breaker refused requests to the callee.
  kNoHost,         ///< Nobody left to send to: ejected, dead, or not known.
  kConnection,     ///< Connections refused, reset or lost.
  // Caller to callee.
  kRetries,    ///< Retries of the callers multiply the load.
  kLoadSurge,  ///< More first requests than normal.
  // Further evidence, never the way by itself.
  kInstanceDown,   ///< Instances were down.
  kQueueFull,      ///< The waiting places of an application were full.
  kEjection,       ///< Hosts were ejected.
  kPanic,          ///< Too few healthy hosts, so that all were used.
  kRetryOverflow,  ///< The retry budget refused retries.
};

/// The mechanism as a key: "retries", "pool_exhausted".
[[nodiscard]] const char* name_of(Mechanism mechanism);

/// Something in the record that shows a step.
struct Evidence {
  Mechanism mechanism = Mechanism::kUnexplained;
  Instant at{};                 ///< When it was first seen.
  ServiceIndex caller = kNone;  ///< The edge that it was seen on; kNone: the service alone.
  ServiceIndex service = kNone;
  std::uint64_t count = 0;  ///< How many requests (events, hosts); 0 where it is not counted.
  std::string text;         ///< "412 timeouts", "p99 812 ms (normal: 31 ms)"
};

/// One service leaves its normal state.
struct CascadeStep {
  ServiceIndex service = kNone;
  Instant at{};                   ///< Start of the bucket in which it did.
  Instant until = proxy::kNever;  ///< Back to normal; kNever: not before the end of the run.
  std::uint32_t episode = 0;      ///< Place in its ServiceHealth::episodes.
  std::uint32_t root = 0;         ///< Place in Cascade::roots.
  std::uint32_t parent = kNone;   ///< Place of the step that explains this one; kNone: a root.
  std::uint32_t depth = 0;        ///< Steps between it and its root.
  Mechanism mechanism = Mechanism::kUnexplained;
  /// The edge over which the trouble came; both kNone for a root. With the mechanisms from caller
  /// to callee `callee` is the service itself, else `caller` is.
  ServiceIndex caller = kNone, callee = kNone;
  std::vector<Evidence> evidence;  ///< Most telling first, at most kMostEvidence.
  std::string text;                ///< "waits for payment: p99 2.31 s (normal: 31 ms)"
};

/// A beginning of trouble.
struct RootCause {
  Mechanism mechanism = Mechanism::kUnexplained;  ///< kFault, kConfigPush, kOverload, ...
  std::uint32_t fault = kNone;                    ///< Index into Scenario::faults.
  ServiceIndex service = kNone;      ///< Where it began; kNone: nowhere in particular (a zone).
  Instant at{};                      ///< When the fault began, or the first step.
  Instant ended = proxy::kNever;     ///< When the fault was over.
  std::vector<std::uint32_t> steps;  ///< Its steps in Cascade::steps, in their order.
  std::uint32_t services = 0;        ///< Blast radius: services that left their normal state.
  Instant seen = proxy::kNever;      ///< First of its services out of its normal state.
  /// First policy that acted: a circuit opened or a host was ejected on an edge to its services.
  Instant acted = proxy::kNever;
  Instant recovered = proxy::kNever;  ///< All its services are back; kNever: not all were.
  std::string text;                   ///< "payment slowed down: fault provider-slow, ..."
};

/// A fault (or push) from which no step follows: a coincidence, or even a remedy.
struct Coincidence {
  std::uint32_t fault = kNone;
  Instant at{};
  bool is_remedy = false;  ///< Services that were out came back soon after it.
  std::string text;        ///< "canary-push changed nothing: no service of its reach left ..."
};

/// Load that retries add on one edge: attempts over requests.
struct EdgeAmplification {
  ServiceIndex caller = kNone, service = kNone;
  std::uint64_t requests = 0, attempts = 0;  ///< Over the whole run.
  std::int64_t normal_ppm = 1'000'000;       ///< Attempts per request before the first fault.
  std::int64_t worst_ppm = 1'000'000;        ///< In the worst bucket with at least ten requests.
  Instant worst_at{};
};

/// The path on which the amplifications of one bucket multiply to the most.
struct PathAmplification {
  std::vector<ServiceIndex> services;  ///< From the entry down; empty: no edge retried.
  std::int64_t product_ppm = 1'000'000;
  Instant at{};
};

/// The answer to "why is this red?" for one service.
struct WhyPath {
  ServiceIndex service = kNone;
  std::vector<std::uint32_t> steps;  ///< From its own first step to the root's.
  std::string text;                  ///< "frontend waits for checkout, which ...: root ..."
};

struct Cascade {
  std::vector<CascadeStep> steps;  ///< Causes before their effects, else in order of time.
  std::vector<RootCause> roots;    ///< In order of time.
  std::vector<Coincidence> coincidences;
  std::vector<EdgeAmplification> amplification;  ///< Edges that retried; worst first.
  PathAmplification worst_path;
  std::vector<WhyPath> why;    ///< One for each service that left its normal state.
  std::uint64_t left_out = 0;  ///< Steps beyond kMostSteps.
  std::string headline;        ///< "Why: ..." in one sentence; empty when nothing went wrong.
};

inline constexpr std::size_t kMostSteps = 2'000;
inline constexpr std::size_t kMostEvidence = 6;

/// Finds the causes of what `health` (by service) shows.
///
/// A step is explained by the fault that hits its service, by a callee's trouble that came before
/// it (or in the same bucket) over an edge that shows a mechanism, or by its callers' load. Mere
/// order in time explains nothing. Cost: linear in edges x buckets, and in steps x edges of a
/// service.
[[nodiscard]] Cascade find_cascade(const Scenario& scenario, const RunRecord& record,
                                   const std::vector<ServiceHealth>& health);

}  // namespace shaketable::engine
