#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

/// What was in which state when, as lanes on the run's time axis, and what each policy saved and
/// cost. Plain data; `find_lanes()` makes it.
namespace shaketable::engine {

enum class LaneKind : std::uint8_t {
  kFault,         ///< One for each fault of the scenario.
  kConfigPush,    ///< One for each push.
  kCircuit,       ///< One per edge and limit: open, else closed. Envoy knows no half-open.
  kRetryBudget,   ///< One per edge: retries were refused.
  kEjection,      ///< One per host: ejected, else in use.
  kPanic,         ///< One per edge: all hosts are used, healthy or not.
  kQueueFull,     ///< One per service: an application had no waiting place left.
  kInstanceDown,  ///< One per instance.
  kScale,         ///< One per service: how many instances there are to be, from then on.
};

/// The kind as a key: "circuit", "retry_budget".
[[nodiscard]] const char* name_of(LaneKind kind);
/// What a span of the lane is: "open", "ejected", "down".
[[nodiscard]] const char* span_word(LaneKind kind);

/// A stretch of time in the state that the lane tells about.
struct LaneSpan {
  Instant from{};
  Instant to = proxy::kNever;  ///< kNever: still so when the run ended.
  std::string reason;          ///< "max_pending_requests = 20"; "5 consecutive 5xx"
  std::uint64_t count = 1;     ///< Requests refused, sidecars that ejected the host.
};

struct Lane {
  LaneKind kind = LaneKind::kFault;
  ServiceIndex caller = kNone;  ///< Circuits, budgets and panics: whose sidecars.
  ServiceIndex service = kNone;
  std::uint32_t instance = kNone;
  std::uint32_t fault = kNone;
  std::string name;             ///< "gateway -> payment"; "payment-2"; the fault's name
  std::vector<LaneSpan> spans;  ///< In order of time, at most kMostSpans; they do not overlap.
  std::uint64_t spans_left_out = 0;
  Duration total{0};  ///< Time in all spans (within the run).
};

/// What a policy on an edge did, for and against its users. Estimates say so in `text`.
struct PolicyEffect {
  LaneKind kind = LaneKind::kCircuit;  ///< kCircuit, kRetryBudget or kEjection.
  ServiceIndex caller = kNone, service = kNone;
  std::uint64_t acted = 0;          ///< Requests refused (circuit), retries refused, hosts ejected.
  Duration active{0};               ///< How long it acted.
  std::uint64_t failed_fast = 0;    ///< Requests that were told at once.
  std::int64_t waited_less_ns = 0;  ///< Estimate: time that these did not wait.
  std::int64_t work_avoided_ns = 0;   ///< Estimate: work of the callee that was not asked for.
  std::uint64_t healthy_refused = 0;  ///< Estimate: refused although they would have succeeded.
  std::string text;                   ///< One sentence, with the formula of what is estimated.
};

struct Lanes {
  std::vector<Lane> lanes;  ///< By kind, then first span; at most kMostLanes.
  std::uint64_t left_out = 0;
  std::vector<PolicyEffect> effects;
};

inline constexpr std::size_t kMostLanes = 500;
inline constexpr std::size_t kMostSpans = 1'000;

[[nodiscard]] Lanes find_lanes(const Scenario& scenario, const RunRecord& record);

}  // namespace shaketable::engine
