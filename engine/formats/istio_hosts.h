#pragma once

#include <string>
#include <string_view>

#include "engine/mesh/model.h"

/// Names of hosts as Istio resolves and compares them.
namespace shaketable::engine::istio {

/// "reviews" in a rule of namespace "prod" -> "reviews.prod.svc.cluster.local". A name with a dot,
/// an address and a wildcard are taken as they are.
[[nodiscard]] std::string qualified_host(std::string_view host, std::string_view kube_namespace);

/// The full name of a service of the mesh.
[[nodiscard]] std::string full_name(const Service& service);

/// How well a qualified host of a rule fits a service: the longer, the more specific; 0 = not at
/// all. An exact name beats every wildcard.
[[nodiscard]] std::size_t host_fit(std::string_view host, const Service& service);

/// True when some name is matched by both, as Istio's check for duplicates asks.
[[nodiscard]] bool hosts_overlap(std::string_view a, std::string_view b);

/// The service that a qualified host names exactly, or kNone.
[[nodiscard]] ServiceIndex find_host(const Mesh& mesh, std::string_view host);

/// The service that "name.namespace" or "name.namespace.svc" would name if Istio expanded it, or
/// kNone. Istio does not.
[[nodiscard]] ServiceIndex find_short_host(const Mesh& mesh, std::string_view host);

/// A service of this name in another namespace than the host says, or kNone: for hints.
[[nodiscard]] ServiceIndex find_elsewhere(const Mesh& mesh, std::string_view host);

}  // namespace shaketable::engine::istio
