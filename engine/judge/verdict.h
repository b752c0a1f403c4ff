#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/judge/analysis.h"
#include "engine/judge/health.h"
#include "engine/scenario/model.h"

/// What a run means: the answer to each expectation, the golden signals, and the story of what
/// happened. Plain data; `judge()` makes it, the reports print it.
namespace shaketable::engine {

enum class ExpectationState : std::uint8_t {
  kHeld,
  kBroken,
  kKnownFailure,    ///< Broken, as `fails: true` says it should be.
  kUnexpectedPass,  ///< It holds although `fails: true`: the mark is out of date.
  kNotMeasurable,   ///< Nothing was there to measure; counts as not held.
};

/// True for the states that let a run pass.
[[nodiscard]] constexpr bool is_fine(ExpectationState state) {
  return state == ExpectationState::kHeld || state == ExpectationState::kKnownFailure;
}

struct ExpectationVerdict {
  ExpectationState state = ExpectationState::kHeld;
  std::string text;      ///< The expectation in one line.
  std::string wanted;    ///< "< 400 ms"
  std::string got;       ///< "812 ms"
  std::string where;     ///< "gateway GET /products"
  Instant from{}, to{};  ///< The span that was looked at.
  /// First bucket in which the metric broke, the event, or the recovery.
  std::optional<Instant> when;
  /// Distance to the bound in `unit`, positive when there is room; metrics and blast radius only.
  std::optional<std::int64_t> margin;
  std::optional<std::int64_t> value;  ///< What was measured, in `unit`.
  std::string unit;                   ///< "ppm", "ns", "micro_per_second", "millionths", "count".
  std::vector<std::string> evidence;  ///< Sentences: how many requests, the worst moment, why not.
  SourceMark mark;
};

/// One service over the measured run, seen from its own inbound side.
struct GoldenSignals {
  ServiceIndex service = kNone;
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::int64_t rate = 0;  ///< Micro-requests per second.
  std::int64_t success_ppm = 0;
  std::int64_t p50 = 0, p99 = 0, max = 0;  ///< ns.
  std::uint64_t retries = 0;               ///< Attempts beyond the first, of all callers.
  std::optional<std::int64_t> utilisation_ppm;
  ServiceState worst = ServiceState::kHealthy;  ///< The worst that the run has seen.
};

/// One line of the story.
struct StoryLine {
  Instant at{};
  Instant until{};  ///< Last of the events that were folded into the line; `at` when alone.
  EventKind kind = EventKind::kFaultStart;
  std::string subject;   ///< "gateway -> payment"
  std::string what;      ///< "circuit open"
  std::string evidence;  ///< "max_pending_requests"; may be empty.
  std::uint64_t count = 1;
  ServiceIndex service = kNone;
};

/// How far one fault spread: the services that left their normal state after it began and before
/// the next fault did, first to leave first. The service that was hit counts, too.
struct Spread {
  std::uint32_t fault = kNone;
  struct Step {
    ServiceIndex service = kNone;
    Instant at{};
  };
  std::vector<Step> services;
};

struct Verdict {
  bool passed = true;
  bool partial = false;  ///< The run was interrupted; only what had happened by then is judged.
  std::string headline;  ///< "FAILED: 2 of 5 expectations did not hold"
  std::uint32_t held = 0, broken = 0, known_failures = 0, unexpected_passes = 0, not_measurable = 0;
  Window measured;                               ///< What the golden signals cover.
  std::vector<ExpectationVerdict> expectations;  ///< Parallel to Scenario::expectations.
  std::vector<GoldenSignals> signals;            ///< One for each service, by index.
  std::vector<ServiceHealth> health;             ///< One for each service, by index.
  std::vector<Spread> spread;                    ///< One for each fault, by index.
  std::vector<StoryLine> story;                  ///< In order of time.
  std::uint64_t story_left_out = 0;              ///< Lines that were less telling.
  Analysis analysis;                             ///< Causes, lanes, canaries, loops, limits.
};

}  // namespace shaketable::engine
