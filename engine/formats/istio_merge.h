#pragma once

#include <vector>

#include "engine/formats/istio_model.h"
#include "engine/formats/istio_selection.h"
#include "engine/mesh/model.h"

namespace shaketable::engine::istio {

/// A traffic policy laid over another one, block by block: what `policy` has replaces the block of
/// `below` as a whole. Settings for the service's port replace everything of `below`: blocks that
/// they lack come from `defaults`, as Istio does it.
[[nodiscard]] ClusterPolicy merge_policy(const ClusterPolicy& defaults, const ClusterPolicy& below,
                                         const TrafficPolicy& policy, const Service& service,
                                         OnceDiagnostics& remarks);

/// Labels of a subset as the mesh knows them: those that all instances of the service carry by
/// custom (`app: reviews`) are left out when no version has the key.
[[nodiscard]] std::vector<Label> instance_labels(const std::vector<Label>& labels,
                                                 const Service& service);

/// True when some version of the service carries all labels.
[[nodiscard]] bool selects_any(const std::vector<Label>& labels, const Service& service);

}  // namespace shaketable::engine::istio
