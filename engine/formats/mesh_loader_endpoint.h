#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/formats/mesh_loader_context.h"
#include "engine/formats/mesh_loader_parts.h"

/// Endpoints of services and of versions. Shared by the files of the loader.
namespace shaketable::engine {

/// `cache:`
struct CacheParts {
  std::uint32_t hit_ppm = 0;
  Distribution hit_time = Distribution::constant(std::chrono::microseconds(100));
  Duration ttl = Endpoint{}.cache_ttl;
};

/// What an endpoint says; what it does not say, a version takes from the service.
struct EndpointParts {
  std::optional<Distribution> work, wait;
  std::optional<std::vector<Step>> calls;
  std::optional<std::uint32_t> error_ppm;
  std::optional<std::uint16_t> error_status;
  std::optional<CacheParts> cache;
  std::optional<std::uint32_t> request_bytes, response_bytes;
  SourceMark mark;
  SourceMark work_mark, wait_mark;
};

/// `cache:` of a service or an endpoint.
[[nodiscard]] std::optional<CacheParts> read_cache(const Node* node, LoaderContext& context);

/// An endpoint: a map, or a duration that is its work.
[[nodiscard]] EndpointParts read_endpoint(const Node& node, LoaderContext& context);

/// Puts what `over` says on top of `parts`.
void overlay(EndpointParts& parts, EndpointParts over);

/// The endpoint of a version; `cache` is the service's.
[[nodiscard]] Endpoint build_endpoint(const std::string& name, const EndpointName& parsed,
                                      const EndpointParts& parts,
                                      const std::optional<CacheParts>& cache);

}  // namespace shaketable::engine
