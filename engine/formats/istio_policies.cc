#include "engine/formats/istio_policies.h"

#include <algorithm>
#include <utility>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_hosts.h"
#include "engine/formats/istio_merge.h"
#include "engine/formats/printable.h"

namespace shaketable::engine::istio {
namespace {

std::string name_of(const ObjectMeta& meta) {
  return quoted(meta.kube_namespace + "/" + meta.name);
}

bool names_port(const Service& service, std::uint32_t port) {
  return port == 0 || service.ports.empty() ||
         std::find(service.ports.begin(), service.ports.end(), port) != service.ports.end();
}

// Callers with the same selection.
struct Group {
  Selection selection;
  ServiceIndex first = kNone;
  std::size_t size = 0;
};

}  // namespace

std::vector<DestinationPolicy> PolicyBuilder::build() {
  check_hosts();
  check_unreachable();
  std::vector<DestinationPolicy> result;
  for (ServiceIndex service = 0; service < mesh_.services.size(); ++service) {
    if (selector_.is_concerned(service)) {
      build_service(service, result);
    }
  }
  return result;
}

// The largest group of callers gets the entry for everybody, the others one each. A caller with an
// entry of its own in the mesh keeps one.
void PolicyBuilder::build_service(ServiceIndex service, std::vector<DestinationPolicy>& result) {
  std::vector<Group> groups;
  std::vector<std::size_t> group_of;  // By caller.
  for (ServiceIndex client = 0; client < mesh_.services.size(); ++client) {
    Selection selection = selector_.select(service, client);
    auto same = std::find_if(groups.begin(), groups.end(),
                             [&](const Group& group) { return group.selection == selection; });
    if (same == groups.end()) {
      same = groups.insert(same, Group{std::move(selection), client, 0});
    }
    ++same->size;
    group_of.push_back(static_cast<std::size_t>(same - groups.begin()));
  }
  const auto common = std::max_element(
      groups.begin(), groups.end(), [](const Group& a, const Group& b) { return a.size < b.size; });
  for (ServiceIndex client = 0; client < mesh_.services.size(); ++client) {
    const Group& group = groups[group_of[client]];
    if (&group != &*common || existing(service, client) != nullptr) {
      result.push_back(build_policy(service, client, client, group.selection));
    }
  }
  result.push_back(build_policy(service, kNone, common->first, common->selection));
}

const DestinationPolicy* PolicyBuilder::existing(ServiceIndex service, ServiceIndex from) const {
  for (const DestinationPolicy& policy : mesh_.policies) {
    if (policy.service == service && policy.from == from) {
      return &policy;
    }
  }
  return nullptr;
}

DestinationPolicy PolicyBuilder::build_policy(ServiceIndex service, ServiceIndex from,
                                              ServiceIndex client, const Selection& selection) {
  DestinationPolicy policy;
  const DestinationPolicy* base = existing(service, from);
  base = base == nullptr ? existing(service, kNone) : base;
  if (base != nullptr) {
    policy = *base;
  } else {
    policy.policy = mesh_.default_policy;
    policy.default_route = mesh_.default_route;
  }
  policy.service = service;
  policy.from = from;
  if (!selection.rows.empty()) {
    // The mesh's own subsets go with its own rules: in Istio a subset is there by a
    // DestinationRule.
    policy.rules.clear();
    policy.subsets.clear();
    const RouteRow& first = selection.rows.front();
    policy.mark = objects_.virtual_services[first.virtual_service].meta.mark;
    for (const RouteRow& row : selection.rows) {
      policy.rules.push_back(build_rule(row, client));
    }
  }
  apply_rules(selection.destination_rules, policy);
  return policy;
}

void PolicyBuilder::apply_rules(const std::vector<std::uint32_t>& rules,
                                DestinationPolicy& policy) {
  if (rules.empty()) {
    return;
  }
  const Service& service = mesh_.services[policy.service];
  const ClusterPolicy base = policy.policy;
  const DestinationRule* top = nullptr;
  std::vector<Subset> subsets;
  for (const std::uint32_t index : rules) {
    const DestinationRule& rule = objects_.destination_rules[index];
    if (policy.mark.line == 0) {
      policy.mark = rule.meta.mark;
    }
    if (rule.policy && top != nullptr) {
      remarks_.say(rule.meta.mark, Severity::kWarning, code::kIstioPolicyIgnored,
                   "spec.trafficPolicy of DestinationRule " + name_of(rule.meta) +
                       " is ignored: " + name_of(top->meta) + " is older and has the same host");
    } else if (rule.policy) {
      top = &rule;
      policy.policy = merge_policy(base, base, *rule.policy, service, remarks_);
      check_locality(rule);
    }
  }
  for (const std::uint32_t index : rules) {
    for (const SubsetRule& subset : objects_.destination_rules[index].subsets) {
      const auto same = std::find_if(subsets.begin(), subsets.end(), [&](const Subset& other) {
        return other.name == subset.name;
      });
      if (same != subsets.end()) {
        remarks_.say(subset.mark, Severity::kWarning, code::kIstioPolicyIgnored,
                     "subset " + quoted(subset.name) + " is ignored: it is there already at " +
                         same->mark.file + ":" + std::to_string(same->mark.line));
      } else {
        subsets.push_back(build_subset(subset, service, base, policy.policy));
      }
    }
  }
  // A subset of the mesh's own stays beside its own rules.
  for (Subset& own : policy.subsets) {
    const bool is_hidden = std::any_of(subsets.begin(), subsets.end(),
                                       [&](const Subset& other) { return other.name == own.name; });
    if (!is_hidden) {
      subsets.push_back(std::move(own));
    }
  }
  policy.subsets = std::move(subsets);
}

// In Istio outlier detection switches on more than it says.
void PolicyBuilder::check_locality(const DestinationRule& rule) {
  if (rule.policy->has_outlier_detection && mesh_.zones.size() > 1) {
    remarks_.say(rule.meta.mark, Severity::kWarning, code::kIstioNotModelled,
                 "outlierDetection makes Istio prefer instances in the caller's own zone (locality "
                 "failover), which is not modelled: all zones are used alike");
  }
}

Subset PolicyBuilder::build_subset(const SubsetRule& rule, const Service& service,
                                   const ClusterPolicy& base, const ClusterPolicy& destination) {
  Subset subset;
  subset.name = rule.name;
  subset.mark = rule.mark;
  subset.labels = instance_labels(rule.labels, service);
  if (rule.policy) {
    subset.policy = merge_policy(base, destination, *rule.policy, service, remarks_);
  }
  if (!selects_any(subset.labels, service)) {
    remarks_.say(
        rule.mark, Severity::kNote, code::kIstioEmptySubset,
        "no version of " + quoted(service.name) + " has the labels of subset " + quoted(rule.name));
  }
  return subset;
}

RouteRule PolicyBuilder::build_rule(const RouteRow& row, ServiceIndex client) {
  const VirtualService& rule = objects_.virtual_services[row.virtual_service];
  const HttpRoute& route = rule.http[row.route];
  RouteRule result;
  result.route = route.route;
  result.mark = route.mark;
  if (!route.written.timeout) {
    result.route.timeout = mesh_.default_route.timeout;
  }
  if (!route.written.retries) {
    result.route.retry = mesh_.default_route.retry;
  }
  if (row.match != kNone) {
    result.route.match = route.matches[row.match].match;
  }
  for (const Destination& destination : route.destinations) {
    result.destinations.push_back(resolve(destination, client));
  }
  for (const Mirror& mirror : route.mirrors) {
    RouteDestination to = resolve(mirror.to, client);
    to.weight = 1;
    result.mirrors.push_back({std::move(to), mirror.ppm});
  }
  return result;
}

RouteDestination PolicyBuilder::resolve(const Destination& destination, ServiceIndex client) {
  RouteDestination result;
  result.subset = destination.subset;
  result.weight = destination.weight;
  result.service = resolve_host(destination);
  if (result.service == kNone) {
    return result;
  }
  const Service& service = mesh_.services[result.service];
  if (!names_port(service, destination.port)) {
    remarks_.say(destination.mark, Severity::kWarning, code::kIstioUnknownPort,
                 quoted(service.name) + " has no port " + std::to_string(destination.port) +
                     ": requests routed there get 503 (NC)");
    result.service = kNone;
    return result;
  }
  if (!destination.subset.empty()) {
    check_subset(destination, result.service, client);
  }
  return result;
}

ServiceIndex PolicyBuilder::resolve_host(const Destination& destination) {
  const std::string& host = destination.host;
  const ServiceIndex service = find_host(mesh_, host);
  if (service != kNone) {
    return service;
  }
  if (const ServiceIndex meant = find_short_host(mesh_, host); meant != kNone) {
    remarks_.say(destination.mark, Severity::kWarning, code::kIstioLiteralHost,
                 "Istio takes " + quoted(destination.host) +
                     " literally and knows no such host: requests routed there get 503 (NC)",
                 "write " + full_name(mesh_.services[meant]));
    return kNone;
  }
  const ServiceIndex elsewhere = find_elsewhere(mesh_, host);
  remarks_.say(
      destination.mark, Severity::kWarning, code::kIstioUnknownDestination,
      "the mesh has no service " + quoted(host) + ": requests routed there get 503 (NC)",
      elsewhere == kNone ? std::string() : "the mesh has " + full_name(mesh_.services[elsewhere]));
  return kNone;
}

void PolicyBuilder::check_subset(const Destination& destination, ServiceIndex index,
                                 ServiceIndex client) {
  const Service& service = mesh_.services[index];
  for (const std::uint32_t rule : selector_.destination_rules(index, client)) {
    for (const SubsetRule& subset : objects_.destination_rules[rule].subsets) {
      if (subset.name != destination.subset) {
        continue;
      }
      if (!selects_any(instance_labels(subset.labels, service), service)) {
        remarks_.say(destination.mark, Severity::kWarning, code::kIstioEmptySubset,
                     "no instance of " + quoted(service.name) + " is in subset " +
                         quoted(subset.name) + ": requests routed there get 503 (UH)",
                     "the mesh needs a version with the labels at " + subset.mark.file + ":" +
                         std::to_string(subset.mark.line));
      }
      return;
    }
  }
  remarks_.say(destination.mark, Severity::kWarning, code::kIstioUnknownSubset,
               "no DestinationRule that callers see defines subset " + quoted(destination.subset) +
                   " of " + quoted(service.name) + ": requests routed there get 503 (NC)",
               "add the file with the DestinationRule");
}

}  // namespace shaketable::engine::istio
