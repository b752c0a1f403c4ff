#pragma once

#include <optional>
#include <vector>

#include "engine/cli/streams.h"
#include "loadgen/app/arguments.h"
#include "loadgen/core/load_plan.h"
#include "loadgen/live/target_url.h"

namespace shaketable::loadgen::app {

/// A load and where it goes.
struct LoadSource {
  LoadFile file;
  live::TargetUrl target;
  std::vector<Threshold> thresholds;  ///< Of options: of all loads together.
};

/// The argument is a file by its ending, not a URL.
[[nodiscard]] bool is_load_file_name(const std::string& what);

/// Reads the load that the arguments name (a URL, or a file), with what options change about it.
/// Nothing when there is a mistake; all of them have been told on standard error.
[[nodiscard]] std::optional<LoadSource> find_load(const RunArguments& arguments,
                                                  const engine::Streams& streams);

/// Fills what a file says of its target and no option says otherwise.
void apply_target(const Target& target, live::TransportConfig& transport);

}  // namespace shaketable::loadgen::app
