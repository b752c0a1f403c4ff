#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/scenario/model.h"
#include "gui/run/mesh_state.h"
#include "gui/run/run_history.h"

namespace shaketable::gui {

/// A service at a moment, as the canvas and the lists show it.
struct NodeLook {
  NodeHealth health = NodeHealth::kNoData;
  bool has_run = false;  ///< False before the first bucket is over: there are no figures.
  double rate = 0;       ///< Answers per second.
  double error_share = 0;
  std::uint32_t p50_us = 0, p99_us = 0;
  double utilisation = 0;  ///< 0 to 1 and, where requests share CPUs, above.
  double queue = 0;        ///< Waiting requests.
  std::uint32_t instances = 0, instances_up = 0, ejected = 0;
  std::vector<std::uint32_t> faults;  ///< On now, that hit it.
};

/// Calls from one service to another at a moment.
struct EdgeLook {
  NodeHealth health = NodeHealth::kNoData;
  double rate = 0;
  double error_share = 0;
  double retry_share = 0;                       ///< Retries per request.
  double timeout_share = 0, refused_share = 0;  ///< Of the requests; parts of `error_share`.
  std::uint32_t p50_us = 0, p99_us = 0;
  Fill breaker;  ///< At the end of the bucket.
  bool circuit_open = false;
  std::string reason;  ///< Of the open circuit.
};

/// Services that are drawn and calls between them that the mesh can make, in order.
struct MeshShape {
  std::size_t services = 0;
  std::vector<std::pair<engine::ServiceIndex, engine::ServiceIndex>> edges;
};

[[nodiscard]] MeshShape shape_of(const engine::Mesh& mesh);

struct MeshLook {
  std::vector<NodeLook> nodes;  ///< By service.
  std::vector<EdgeLook> edges;  ///< Parallel to MeshShape::edges.
  MeshState state;
};

/// Everything at one moment. `scenario` is the one that ran, with the acts of the session.
[[nodiscard]] MeshLook look_at(const engine::Scenario& scenario, const MeshShape& shape,
                               const RunHistory& history, engine::Instant at);

/// "42/s", "1,280/s"; "12.3 ms".
[[nodiscard]] std::string rate_text(double per_second);
[[nodiscard]] std::string latency_text(std::uint32_t microseconds);
[[nodiscard]] std::string share_text(double share);

}  // namespace shaketable::gui
