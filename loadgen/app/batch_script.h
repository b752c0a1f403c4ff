#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shaketable::loadgen::app {

/// Generators that a batch system or a shell starts on several machines, and that act as one.
struct BatchScript {
  std::vector<std::string> arguments;  ///< Of each generator, without its share.
  std::uint32_t generators = 1;
  std::optional<std::int64_t> start_at;  ///< Unix time, seconds; absent: soon after it was started.
  std::string file;                      ///< The load file among the arguments; empty = none.
  std::vector<std::string> thresholds;   ///< That the sum must meet: "p99 < 300ms".
};

/// A script for `sbatch`: one task a node, each its share, then their results added up.
[[nodiscard]] std::string slurm_text(const BatchScript& script);

/// A script for a shell with GNU parallel: as many processes here, or one on each of the machines
/// that it is called with, then their results added up.
[[nodiscard]] std::string parallel_text(const BatchScript& script);

}  // namespace shaketable::loadgen::app
