#pragma once

#include <cstdint>
#include <vector>

#include "engine/mesh/model.h"
#include "proxy/base/distribution.h"

/// Endpoints as flat programs, so that running a request is a walk over an array.
namespace shaketable::engine {

/// Number of an endpoint over all services: `Plans::first_endpoint[service] + EndpointIndex`.
using GlobalEndpoint = std::uint32_t;

/// One step. What running it takes lies in its first cache line.
struct alignas(64) Op {
  enum class Kind : std::uint8_t { kWork, kWait, kCall, kParallel, kEnd };
  Kind kind = Kind::kEnd;
  bool optional = false;              ///< kCall
  std::uint32_t probability_ppm = 0;  ///< kCall
  ServiceIndex service = kNone;       ///< kCall
  GlobalEndpoint endpoint = kNone;    ///< kCall
  Duration timeout{0};                ///< kCall: the caller's own client gives up.
  std::uint32_t edge = kNone;         ///< kCall: for the driver's own use, with those that follow.
  std::uint32_t usual_cluster = kNone;
  const void* usual_route = nullptr;
  ServiceIndex caller = kNone;     ///< Whose program it is.
  Distribution time;               ///< kWork, kWait
  std::uint32_t first_branch = 0;  ///< kParallel: into Plans::branches.
  std::uint32_t branch_count = 0;
};

/// Index of an operation that only ends the program.
inline constexpr std::uint32_t kEndOp = 0;

/// One endpoint of one version.
struct alignas(32) EndpointPlan {
  std::uint32_t first_op = 0;
  std::uint32_t error_ppm = 0;
  std::uint32_t cache_hit_ppm = 0;
  std::uint16_t error_status = 500;
  ServiceIndex service = kNone;
  VersionIndex version = 0;
  EndpointIndex endpoint = 0;
  Distribution cache_hit_time;
  Duration cache_ttl{0};
};

/// What an endpoint's messages take of a narrow link, in bytes.
struct MessageSizes {
  std::uint32_t request = 0, response = 0;
};

/// All programs of a mesh. Immutable.
struct Plans {
  explicit Plans(const Mesh& mesh);

  /// Of `versions * endpoints` plans of a service, the one for (version, endpoint).
  [[nodiscard]] std::uint32_t plan_of(const Mesh& mesh, ServiceIndex service, VersionIndex version,
                                      EndpointIndex endpoint) const {
    return first_plan[service] +
           version * static_cast<std::uint32_t>(mesh.services[service].endpoint_names.size()) +
           endpoint;
  }

  std::vector<Op> ops;
  std::vector<std::uint32_t> branches;  ///< First ops of the branches of parallel steps.
  std::vector<EndpointPlan> endpoints;
  std::vector<MessageSizes> sizes;             ///< By plan; apart, because few runs read them.
  MessageSizes unknown_sizes;                  ///< Of what a service has no endpoint for.
  std::vector<std::uint32_t> first_plan;       ///< By service.
  std::vector<GlobalEndpoint> first_endpoint;  ///< By service.
  GlobalEndpoint endpoint_count = 0;

 private:
  std::uint32_t add_steps(const std::vector<Step>& steps, ServiceIndex caller);
};

}  // namespace shaketable::engine
