#pragma once

#include <vector>

#include "engine/mesh/check.h"

namespace shaketable::engine {

/// The part of `check_mesh` that follows calls through the mesh: callers that give up before the
/// one that they call would (ST1503), and tries that multiply along a path (ST1504).
/// Needs a mesh without cycles of calls. Linear in services and calls.
[[nodiscard]] std::vector<Finding> check_paths(const Mesh& mesh);

}  // namespace shaketable::engine
