#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/cli/progress.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"
#include "engine/sim/simulation.h"

namespace shaketable::engine {

/// One run that is to be made.
struct RunTask {
  const Scenario* scenario = nullptr;
  std::uint64_t seed = 1;
};

struct BatchOptions {
  std::size_t jobs = 1;          ///< Runs at a time, each on its own thread.
  Progress* progress = nullptr;  ///< Null: none.
  TraceOptions traces{};         ///< Which requests are followed in each run.
};

/// Called for each run on the calling thread, in the order of the tasks, as soon as it and all
/// before it are over. Returning false gives the remaining runs up.
using RunDone = std::function<bool(std::size_t task, RunRecord record)>;

/// Makes the runs and hands out their records. After Ctrl-C (see InterruptGuard) the runs under way
/// stop soon and are handed out with `interrupted` set; those that had not begun are left out.
void run_batch(std::span<const RunTask> tasks, const BatchOptions& options, const RunDone& done);

/// Width of the buckets of a run of that length: short runs get fine ones, long runs at most about
/// 1,200 of them.
[[nodiscard]] Duration bucket_for(Duration duration);

}  // namespace shaketable::engine
