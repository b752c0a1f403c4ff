#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shaketable::loadgen::app {

/// Generators that a batch system or a shell starts on several machines, and that act as one.
struct BatchScript {
  std::vector<std::string> arguments;  ///< Of each generator, without its share.
  std::uint32_t generators = 1;
  /// When all of them begin, in seconds: Unix time, or the time after the script was started.
  std::int64_t start_at = 10;
  bool is_relative = true;
  std::string file;  ///< The load file among the arguments; empty = none.
};

/// A script for `sbatch`: one task a node, each its share, then their results added up.
[[nodiscard]] std::string slurm_text(const BatchScript& script);

/// A script for a shell with GNU parallel: as many processes here, or one on each of the machines
/// that it is called with, then their results added up.
[[nodiscard]] std::string parallel_text(const BatchScript& script);

}  // namespace shaketable::loadgen::app
