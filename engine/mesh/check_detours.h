#pragma once

#include <span>
#include <vector>

#include "engine/mesh/check.h"

namespace shaketable::engine {

/// The part of `check_mesh` about requests that a rule sends to another service than the one that
/// they name: endpoints of that name are needed there, or the answer is 404 (ST1517). Of a mirror
/// nobody sees it. Rules whose rewrites change the path, and conditions that are regular
/// expressions, are taken to be right. `policies` are the mesh's own, or those of a push.
[[nodiscard]] std::vector<Finding> check_detours(const Mesh& mesh,
                                                 std::span<const DestinationPolicy> policies);

}  // namespace shaketable::engine
