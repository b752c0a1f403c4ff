#include "engine/mesh/model.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace shaketable::engine {
namespace {

/// Index of the first element whose name is `name`, or kNone.
template <typename Range, typename NameOf>
std::uint32_t index_of(const Range& range, std::string_view name, NameOf name_of) {
  std::uint32_t index = 0;
  for (const auto& element : range) {
    if (name_of(element) == name) {
      return index;
    }
    ++index;
  }
  return kNone;
}

constexpr auto kOwnName = [](const auto& element) -> std::string_view { return element.name; };
constexpr auto kItself = [](const std::string& element) -> std::string_view { return element; };

}  // namespace

ServiceIndex find_service(const Mesh& mesh, std::string_view name) {
  return index_of(mesh.services, name, kOwnName);
}

EndpointIndex find_endpoint(const Service& service, std::string_view name) {
  return index_of(service.endpoint_names, name, kItself);
}

VersionIndex find_version(const Service& service, std::string_view name) {
  return index_of(service.versions, name, kOwnName);
}

ZoneIndex find_zone(const Mesh& mesh, std::string_view name) {
  return index_of(mesh.zones, name, kItself);
}

std::string node_name(std::uint32_t node) { return "node-" + std::to_string(node + 1); }

proxy::RetryPolicy istio_default_retries() {
  proxy::RetryPolicy policy;
  policy.retry_on = proxy::kRetryOnConnectFailure | proxy::kRetryOnRefusedStream |
                    proxy::kRetryOnUnavailable | proxy::kRetryOnCancelled;
  policy.num_retries = 2;
  policy.previous_hosts = true;
  policy.host_selection_retry_max_attempts = 5;
  return policy;
}

proxy::Route istio_default_route() {
  proxy::Route route;
  route.timeout = Duration::zero();
  route.retry = istio_default_retries();
  return route;
}

}  // namespace shaketable::engine
