#include "engine/mesh/compile.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace shaketable::engine {
namespace {

void collect_callees(const std::vector<Step>& steps, std::vector<ServiceIndex>& callees) {
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::kCall && step.call.service != kNone) {
      callees.push_back(step.call.service);
    }
    for (const std::vector<Step>& branch : step.branches) {
      collect_callees(branch, callees);
    }
  }
}

bool has_label(const Version& version, const Label& wanted) {
  return std::any_of(version.labels.begin(), version.labels.end(), [&](const Label& label) {
    return label.key == wanted.key && label.value == wanted.value;
  });
}

std::string full_name(const Service& service) {
  return service.name + "." + service.kube_namespace + ".svc.cluster.local";
}

unsigned port_of(const Service& service) {
  return service.ports.empty() ? 80 : service.ports.front();
}

/// Builds the configuration of one service's sidecars, cluster by cluster.
class WorkloadCompiler {
 public:
  WorkloadCompiler(const Mesh& mesh, ServiceIndex caller) : mesh_(mesh), caller_(caller) {}

  WorkloadConfig compile() {
    add_inbound();
    for (const ServiceIndex callee : callees_of(mesh_, caller_)) {
      add_callee(callee);
    }
    return std::move(result_);
  }

 private:
  void add_inbound() {
    const Service& service = mesh_.services[caller_];
    proxy::ClusterConfig cluster;
    cluster.name = "inbound|" + std::to_string(port_of(service)) + "||";
    apply_cluster_policy(ClusterPolicy{}, cluster);
    cluster.lb_policy = proxy::LbPolicy::kRoundRobin;
    cluster.tag = caller_;
    result_.config.clusters.push_back(std::move(cluster));
    result_.bindings.push_back({});
    proxy::Route route;
    route.name = "default";
    route.timeout = Duration{0};
    route.clusters = {{0, 1}};
    result_.config.inbound.push_back({"inbound|http", {"*"}, {route}});
  }

  void add_callee(ServiceIndex callee) {
    const Service& service = mesh_.services[callee];
    const DestinationPolicy* policy = find_policy(mesh_, callee, caller_);
    proxy::VirtualHost host;
    host.name = full_name(service);
    host.domains = {service.name, service.name + "." + service.kube_namespace,
                    service.name + "." + service.kube_namespace + ".svc", host.name};
    if (policy == nullptr || policy->rules.empty()) {
      proxy::Route route = policy == nullptr ? mesh_.default_route : policy->default_route;
      route.clusters = {{cluster_of(callee, ""), 1}};
      host.routes.push_back(std::move(route));
    } else {
      for (const RouteRule& rule : policy->rules) {
        host.routes.push_back(compile_rule(rule));
      }
    }
    result_.config.outbound.push_back(std::move(host));
  }

  proxy::Route compile_rule(const RouteRule& rule) {
    proxy::Route route = rule.route;
    route.clusters.clear();
    for (const RouteDestination& destination : rule.destinations) {
      route.clusters.push_back(
          {cluster_of(destination.service, destination.subset), destination.weight});
    }
    route.mirrors.clear();
    for (const RouteRule::Mirror& mirror : rule.mirrors) {
      route.mirrors.push_back({cluster_of(mirror.to.service, mirror.to.subset), mirror.ppm});
    }
    return route;
  }

  /// The cluster for a service's subset ("" = all versions); kNoCluster if there is no such subset.
  proxy::ClusterIndex cluster_of(ServiceIndex callee, const std::string& subset_name) {
    if (callee == kNone) {
      return proxy::kNoCluster;
    }
    const Service& service = mesh_.services[callee];
    const DestinationPolicy* policy = find_policy(mesh_, callee, caller_);
    const Subset* subset = nullptr;
    if (!subset_name.empty()) {
      subset = find_subset(policy, subset_name);
      if (subset == nullptr) {
        return proxy::kNoCluster;
      }
    }
    const std::string name = "outbound|" + std::to_string(port_of(service)) + "|" + subset_name +
                             "|" + full_name(service);
    const auto& clusters = result_.config.clusters;
    const auto known = std::find_if(clusters.begin(), clusters.end(),
                                    [&](const auto& cluster) { return cluster.name == name; });
    if (known != clusters.end()) {
      return static_cast<proxy::ClusterIndex>(known - clusters.begin());
    }
    proxy::ClusterConfig cluster;
    cluster.name = name;
    cluster.tag = callee;
    apply_cluster_policy(policy_of(policy, subset), cluster);
    result_.config.clusters.push_back(std::move(cluster));
    result_.bindings.push_back(
        {callee, subset == nullptr ? all_versions(service) : versions_of(service, *subset)});
    return static_cast<proxy::ClusterIndex>(result_.config.clusters.size() - 1);
  }

  static const Subset* find_subset(const DestinationPolicy* policy, const std::string& name) {
    if (policy == nullptr) {
      return nullptr;
    }
    const auto found = std::find_if(policy->subsets.begin(), policy->subsets.end(),
                                    [&](const Subset& subset) { return subset.name == name; });
    return found == policy->subsets.end() ? nullptr : &*found;
  }

  const ClusterPolicy& policy_of(const DestinationPolicy* policy, const Subset* subset) const {
    if (subset != nullptr && subset->policy.has_value()) {
      return *subset->policy;
    }
    return policy == nullptr ? mesh_.default_policy : policy->policy;
  }

  static std::vector<VersionIndex> all_versions(const Service& service) {
    std::vector<VersionIndex> versions(service.versions.size());
    std::iota(versions.begin(), versions.end(), 0U);
    return versions;
  }

  const Mesh& mesh_;
  ServiceIndex caller_;
  WorkloadConfig result_;
};

}  // namespace

WorkloadConfig compile_workload(const Mesh& mesh, ServiceIndex caller) {
  return WorkloadCompiler(mesh, caller).compile();
}

void apply_cluster_policy(const ClusterPolicy& policy, proxy::ClusterConfig& cluster) {
  cluster.lb_policy = policy.lb_policy;
  cluster.choice_count = policy.choice_count;
  cluster.full_scan = policy.full_scan;
  cluster.protocol = policy.protocol;
  cluster.max_concurrent_streams = policy.max_concurrent_streams;
  cluster.max_requests_per_connection = policy.max_requests_per_connection;
  cluster.connect_timeout = policy.connect_timeout;
  cluster.pool_idle_timeout = policy.pool_idle_timeout;
  cluster.circuit_breakers = policy.circuit_breakers;
  cluster.outlier_detection = policy.outlier_detection;
  cluster.panic_threshold_percent = policy.panic_threshold_percent;
}

const DestinationPolicy* find_policy(const Mesh& mesh, ServiceIndex service, ServiceIndex from) {
  const DestinationPolicy* general = nullptr;
  for (const DestinationPolicy& policy : mesh.policies) {
    if (policy.service != service) {
      continue;
    }
    if (policy.from == from) {
      return &policy;
    }
    if (policy.from == kNone) {
      general = &policy;
    }
  }
  return general;
}

std::vector<VersionIndex> versions_of(const Service& service, const Subset& subset) {
  std::vector<VersionIndex> versions;
  for (VersionIndex index = 0; index < service.versions.size(); ++index) {
    const Version& version = service.versions[index];
    if (std::all_of(subset.labels.begin(), subset.labels.end(),
                    [&](const Label& label) { return has_label(version, label); })) {
      versions.push_back(index);
    }
  }
  return versions;
}

std::vector<ServiceIndex> callees_of(const Mesh& mesh, ServiceIndex caller) {
  std::vector<ServiceIndex> callees;
  for (const Version& version : mesh.services[caller].versions) {
    for (const Endpoint& endpoint : version.endpoints) {
      collect_callees(endpoint.steps, callees);
    }
  }
  std::sort(callees.begin(), callees.end());
  callees.erase(std::unique(callees.begin(), callees.end()), callees.end());
  return callees;
}

}  // namespace shaketable::engine
