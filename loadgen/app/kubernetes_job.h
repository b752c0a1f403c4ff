#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shaketable::loadgen::app {

/// Generators in a cluster that act as one.
struct KubernetesJob {
  std::vector<std::string> arguments;  ///< Of each generator, without its share.
  std::uint32_t generators = 1;
  std::string image;
  std::int64_t start_at = 0;  ///< Unix time, seconds.
  std::string file;           ///< The load file among the arguments; empty = none.
  std::string file_text;
};

/// A ConfigMap with the load file and an Indexed Job whose pods each carry out their share and
/// write their result to their log, with comments that say how to apply it and how to add up the
/// results.
[[nodiscard]] std::string kubernetes_text(const KubernetesJob& job);

}  // namespace shaketable::loadgen::app
