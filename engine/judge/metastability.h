#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/judge/cascade.h"

/// Did a bad state outlive its trigger, what kept it alive, and what would have ended it? Plain
/// data; `find_metastability()` makes it.
namespace shaketable::engine {

/// What keeps a bad state alive when its trigger is gone.
enum class SustainingLoop : std::uint8_t {
  kNoLoop,    ///< It ended with its trigger, or is only working off its backlog.
  kRetries,   ///< Failures make retries, retries make failures.
  kDeadWork,  ///< Queues hold requests that nobody waits for any more.
  kStuck,     ///< Requests hang for ever and hold workers.
  kDown,      ///< Something did not come back.
  kUnknown,   ///< Sustained, and no loop is visible.
};
[[nodiscard]] const char* name_of(SustainingLoop loop);

/// One trigger, and what was left of its trouble when it had ended.
struct Metastability {
  std::uint32_t root = kNone;  ///< Place in Cascade::roots.
  Instant trigger_ended{};
  Instant bad_until = proxy::kNever;  ///< The last of its services was back; kNever: never.
  bool sustained = false;             ///< Still bad long after the trigger (see the .cc's rule).
  SustainingLoop loop = SustainingLoop::kNoLoop;
  ServiceIndex service = kNone;  ///< The service in which the loop closes.
  ServiceIndex caller = kNone;   ///< With kRetries: whose retries.
  std::int64_t offered = 0;      ///< Micro-requests/s that reached it while sustained,
  std::int64_t first_tries = 0;  ///< and how many of them were first tries.
  std::int64_t capacity = 0;     ///< What it can do, micro-requests/s; 0: not known.
  /// Estimates: the load (as a share of the first tries) below which the loop dies out, and the
  /// retries per request that it could have borne.
  std::int64_t safe_load_ppm = 0;
  std::int64_t safe_budget_ppm = 0;
  std::string text;  ///< With the formula.
};

/// One for each root whose trigger ended within the run while some of its services were still out
/// for more than a bucket.
[[nodiscard]] std::vector<Metastability> find_metastability(const Scenario& scenario,
                                                            const RunRecord& record,
                                                            const Cascade& cascade);

}  // namespace shaketable::engine
