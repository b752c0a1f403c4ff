#include "engine/formats/istio_hosts.h"

#include "engine/formats/istio_readers.h"

namespace shaketable::engine::istio {
namespace {

constexpr std::string_view kDomain = ".svc.cluster.local";
// Above the length of any name, so that an exact host beats all wildcards.
constexpr std::size_t kExactFit = 1'000'000;

bool is_wildcard(std::string_view host) { return host.starts_with('*'); }

// host == full_name(service), without building it: this is asked for all pairs.
bool is_full_name(std::string_view host, const Service& service) {
  const std::size_t dot = service.name.size();
  return host.size() == dot + 1 + service.kube_namespace.size() + kDomain.size() &&
         host[dot] == '.' && host.starts_with(service.name) && host.ends_with(kDomain) &&
         host.substr(dot + 1).starts_with(service.kube_namespace);
}

}  // namespace

std::string qualified_host(std::string_view host, std::string_view kube_namespace) {
  std::string result(host);
  if (host.find_first_of(".:*") == std::string_view::npos) {
    result += ".";
    result += kube_namespace;
    result += kDomain;
  }
  return result;
}

std::string full_name(const Service& service) {
  return service.name + "." + service.kube_namespace + std::string(kDomain);
}

std::size_t host_fit(std::string_view host, const Service& service) {
  // A service with a dot in its name stands for a host outside of the cluster.
  const bool is_external = service.name.find('.') != std::string::npos;
  if (!is_wildcard(host)) {
    return is_full_name(host, service) || (is_external && host == service.name) ? kExactFit : 0;
  }
  const std::string_view suffix = host.substr(1);
  const bool fits =
      full_name(service).ends_with(suffix) || (is_external && service.name.ends_with(suffix));
  return fits ? host.size() : 0;
}

bool hosts_overlap(std::string_view a, std::string_view b) {
  if (is_wildcard(a) && is_wildcard(b)) {
    return a.substr(1).ends_with(b.substr(1)) || b.substr(1).ends_with(a.substr(1));
  }
  if (is_wildcard(a)) {
    return b.ends_with(a.substr(1));
  }
  return is_wildcard(b) ? a.ends_with(b.substr(1)) : a == b;
}

ServiceIndex find_host(const Mesh& mesh, std::string_view host) {
  for (std::size_t i = 0; i < mesh.services.size(); ++i) {
    if (!is_wildcard(host) && host_fit(host, mesh.services[i]) > 0) {
      return static_cast<ServiceIndex>(i);
    }
  }
  return kNone;
}

ServiceIndex find_short_host(const Mesh& mesh, std::string_view host) {
  if (host.ends_with(".svc")) {
    host.remove_suffix(4);
  }
  for (std::size_t i = 0; i < mesh.services.size(); ++i) {
    if (host == mesh.services[i].name + "." + mesh.services[i].kube_namespace) {
      return static_cast<ServiceIndex>(i);
    }
  }
  return kNone;
}

ServiceIndex find_elsewhere(const Mesh& mesh, std::string_view host) {
  return host.ends_with(kDomain) ? find_service(mesh, host.substr(0, host.find('.'))) : kNone;
}

}  // namespace shaketable::engine::istio
