#pragma once

#include <memory>
#include <vector>

#include "engine/cli/streams.h"
#include "loadgen/app/arguments.h"
#include "loadgen/app/target_guard.h"
#include "loadgen/core/load_plan.h"
#include "loadgen/journey/compiled_load.h"
#include "loadgen/live/live_run.h"
#include "loadgen/live/name_service.h"
#include "loadgen/results/load_stats.h"
#include "proxy/base/result.h"

namespace shaketable::loadgen::app {

/// Everything of a run before it begins: what to send, where, and how.
struct PreparedRun {
  LoadFile file;
  std::vector<Threshold> thresholds;  ///< Of options: of all loads together.
  std::vector<std::shared_ptr<const CompiledLoad>> loads;
  live::LiveRunOptions options;
  live::NameService names;
  TargetCheck target;
};

/// Reads what the arguments name, looks the target up, and says on standard error what is about to
/// happen to another machine. An error with an empty message has been told already.
[[nodiscard]] proxy::Result<void> prepare_run(const RunArguments& arguments,
                                              const engine::Streams& streams, PreparedRun& run);

/// Compiles the loads of `run.file` anew, after they were changed.
[[nodiscard]] proxy::Result<void> compile_loads(const RunArguments& arguments, PreparedRun& run);

/// Loads of one name (workers with one run more than others) are one load.
[[nodiscard]] std::vector<LoadStats> merged_by_name(std::vector<LoadStats> loads);

/// Unix time in milliseconds.
[[nodiscard]] std::int64_t unix_time_ms();

}  // namespace shaketable::loadgen::app
