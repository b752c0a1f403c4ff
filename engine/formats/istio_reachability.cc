#include <algorithm>
#include <utility>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_hosts.h"
#include "engine/formats/istio_policies.h"
#include "engine/formats/printable.h"

// Remarks about objects that do nothing: hosts that nobody has, routes that nothing reaches.
namespace shaketable::engine::istio {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + printable(word);
  }
  return text;
}

bool is_gateway_only(const VirtualService& rule) {
  return std::find(rule.gateways.begin(), rule.gateways.end(), "mesh") == rule.gateways.end();
}

std::string hint_for(const Mesh& mesh, const std::string& host) {
  const ServiceIndex elsewhere = find_elsewhere(mesh, host);
  return elsewhere == kNone ? std::string() : "the mesh has " + full_name(mesh.services[elsewhere]);
}

bool fits_any(const Mesh& mesh, const std::string& host) {
  return std::any_of(mesh.services.begin(), mesh.services.end(),
                     [&](const Service& service) { return host_fit(host, service) > 0; });
}

// A route whose first condition-free match takes everything, from every caller.
bool takes_everything(const HttpRoute& route) {
  if (route.matches.empty()) {
    return true;
  }
  return std::any_of(route.matches.begin(), route.matches.end(), [](const Match& match) {
    return takes_all(match.match) && !match.never && match.port == 0 && match.gateways.empty() &&
           match.source_labels.empty() && match.source_namespace.empty();
  });
}

}  // namespace

// A VirtualService for gateways, when the mesh has some.
void PolicyBuilder::check_gateway_rule(const VirtualService& rule) {
  constexpr std::size_t kAnyHost = 1;  // The fit of "*", which names no service.
  for (const Service& service : mesh_.services) {
    if (best_fit(rule, service) > kAnyHost || routes_to(rule, service)) {
      return;
    }
  }
  remarks_.say(rule.meta.mark, Severity::kWarning, code::kIstioUnknownHost,
               "the mesh has neither the hosts nor the destinations of VirtualService " +
                   quoted(rule.meta.name) + ": it has no effect");
}

void PolicyBuilder::check_hosts() {
  if (mesh_.services.empty()) {
    return;  // The files are looked at by themselves.
  }
  const bool has_gateway = std::any_of(mesh_.services.begin(), mesh_.services.end(),
                                       [](const Service& s) { return Selector::is_gateway(s); });
  for (const VirtualService& rule : objects_.virtual_services) {
    if (is_gateway_only(rule)) {
      if (!has_gateway) {
        remarks_.say(rule.meta.mark, Severity::kNote, code::kIstioGatewayOnly,
                     "VirtualService " + quoted(rule.meta.name) + " is bound to " +
                         joined(rule.gateways) + ": sidecars do not use it",
                     "a service with entry: true and runtime: envoy stands for a gateway");
      } else {
        check_gateway_rule(rule);
      }
      continue;
    }
    for (const Host& host : rule.hosts) {
      const std::string& name = host.text;
      if (!fits_any(mesh_, name)) {
        remarks_.say(
            host.mark, Severity::kWarning, code::kIstioUnknownHost,
            "the mesh has no service " + quoted(name) + ": this VirtualService has no effect on it",
            hint_for(mesh_, name));
      }
    }
  }
  for (const DestinationRule& rule : objects_.destination_rules) {
    const std::string& name = rule.host.text;
    if (fits_any(mesh_, name)) {
      continue;
    }
    const ServiceIndex meant = find_short_host(mesh_, name);
    if (meant != kNone) {
      remarks_.say(rule.host.mark, Severity::kWarning, code::kIstioLiteralHost,
                   "Istio takes " + quoted(rule.host.text) +
                       " literally and knows no such host: this DestinationRule has no effect",
                   "write " + full_name(mesh_.services[meant]));
    } else {
      remarks_.say(
          rule.host.mark, Severity::kWarning, code::kIstioUnknownHost,
          "the mesh has no service " + quoted(name) + ": this DestinationRule has no effect",
          hint_for(mesh_, name));
    }
  }
}

void PolicyBuilder::check_unreachable() {
  for (const VirtualService& rule : objects_.virtual_services) {
    const auto last = std::find_if(rule.http.begin(), rule.http.end(), takes_everything);
    for (auto route = last; route != rule.http.end(); ++route) {
      if (route != last) {
        remarks_.say(route->mark, Severity::kWarning, code::kIstioUnreachable,
                     "no request reaches this route: the one at line " +
                         std::to_string(last->mark.line) + " takes all of them");
      }
    }
  }
}

}  // namespace shaketable::engine::istio
