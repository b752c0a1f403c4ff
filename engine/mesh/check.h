#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/mesh/model.h"

/// Lints: settings that are allowed and yet cannot do what their author hopes for.
namespace shaketable::engine {

/// How much a finding matters. Findings never stop a run.
enum class FindingSeverity : std::uint8_t { kWarning, kNote };

/// One remark about a mesh or a scenario.
struct Finding {
  FindingSeverity severity = FindingSeverity::kWarning;
  std::string code;     ///< Stable, "ST1501"; explained by engine/formats/codes.h.
  std::string message;  ///< One sentence without a full stop.
  std::string hint;     ///< What to do about it; may be empty.
  SourceMark mark;
};

/// Looks over a complete mesh (all indexes valid, no cycle of calls), in the order of its policies.
///
/// Finds: outlier detection whose cap leaves no host to eject (ST1501), tries that do not fit into
/// the route's timeout (ST1502), a caller that gives up before its callee does (ST1503), retries
/// that multiply along a path (ST1504), subsets and route destinations without any version
/// (ST1505), rules behind a rule that takes everything (ST1506), weights that are written like
/// percents and do not add up to 100 (ST1507), retries that no condition ever starts (ST1508),
/// rules and mirrors to another service that has no such endpoint (ST1517).
/// Linear in the size of the mesh.
[[nodiscard]] std::vector<Finding> check_mesh(const Mesh& mesh);

}  // namespace shaketable::engine
