#pragma once

#include <string>

#include "engine/formats/diagnostic.h"
#include "engine/mesh/compile.h"
#include "proxy/app/mesh_config.h"
#include "proxy/live/live_config.h"

namespace shaketable::proxy::app {

/// Gives every outbound cluster of a compiled workload its endpoints, by service and version:
/// from the file, or by DNS. Entries are `service` (of one version) or `service/version`. Reports
/// each service whose addresses nobody knows, and entries that no service has.
void bind_endpoints(const engine::Mesh& mesh, engine::ServiceIndex self,
                    const engine::WorkloadConfig& compiled, const WorkloadRequest& request,
                    live::LiveConfig& config, engine::Diagnostics& diagnostics);

}  // namespace shaketable::proxy::app
