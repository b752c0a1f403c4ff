#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/mesh/model.h"

/// Istio's objects as they were written, before they meet a mesh: fields have their units and
/// defaults, names are not resolved. Filled by `istio_*_reader.cc`, used by `istio_policies.cc`.
namespace shaketable::engine::istio {

struct ObjectMeta {
  std::string name;
  std::string kube_namespace;
  std::string created;      ///< RFC 3339 in UTC, as Kubernetes writes it; empty in files from git.
  std::uint32_t order = 0;  ///< Place among all documents read.
  SourceMark mark;
};

struct Host {
  std::string text;
  SourceMark mark;
};

struct Destination {
  std::string host;
  std::string subset;
  std::uint32_t port = 0;  ///< 0 = not written.
  std::uint32_t weight = 0;
  SourceMark mark;
};

/// One entry of `http[].match`, with the conditions on the caller apart from those on the request.
struct Match {
  proxy::RouteMatch match;
  std::uint32_t port = 0;             ///< 0 = any.
  std::vector<std::string> gateways;  ///< Empty = all of the VirtualService.
  std::vector<Label> source_labels;   ///< Not evaluated when `gateways` is there.
  std::string source_namespace;       ///< Likewise; empty = any.
  bool never = false;                 ///< Asks for something that no request of ours has.
  SourceMark mark;
};

struct Mirror {
  Destination to;
  std::uint32_t ppm = proxy::kPpmOne;
};

/// What a route says itself. The rest comes from the root of a delegate, or from the mesh's
/// default route (Istio's `meshConfig.defaultHttpRetryPolicy`).
struct WrittenFields {
  bool timeout = false;
  bool retries = false;
};

struct Delegate {
  std::string name;
  std::string kube_namespace;  ///< Empty = the root's.
};

/// One entry of `http`. Without `matches` it takes every request.
struct HttpRoute {
  proxy::Route route;  ///< Everything but `match`, `clusters` and `mirrors`.
  std::vector<Match> matches;
  std::vector<Destination> destinations;  ///< Weight 0 dropped; a single one has weight 1.
  std::vector<Mirror> mirrors;
  std::optional<Delegate> delegate;
  WrittenFields written;
  SourceMark mark;
};

struct VirtualService {
  ObjectMeta meta;
  std::vector<Host> hosts;             ///< Empty: a delegate.
  std::vector<std::string> gateways;   ///< {"mesh"} when not written.
  std::vector<std::string> export_to;  ///< Empty = everywhere.
  std::vector<HttpRoute> http;
};

/// `trafficPolicy`, or an entry of `portLevelSettings`. A block is taken as a whole or not at all;
/// its values stand in the fields of `values` that belong to it.
struct TrafficPolicy {
  ClusterPolicy values;
  bool has_load_balancer = false;
  bool has_connection_pool = false;
  bool has_outlier_detection = false;
  bool has_protocol = false;  ///< `h2UpgradePolicy` says UPGRADE or DO_NOT_UPGRADE.
  std::optional<proxy::RetryBudget> retry_budget;
  struct PortPolicy;
  std::vector<PortPolicy> ports;
};

struct TrafficPolicy::PortPolicy {
  std::uint32_t port = 0;
  TrafficPolicy policy;
  SourceMark mark;
};

struct SubsetRule {
  std::string name;
  std::vector<Label> labels;
  std::optional<TrafficPolicy> policy;
  SourceMark mark;
};

struct DestinationRule {
  ObjectMeta meta;
  Host host;
  std::optional<TrafficPolicy> policy;
  std::vector<SubsetRule> subsets;
  std::vector<std::string> export_to;    ///< Empty = everywhere.
  std::vector<Label> workload_selector;  ///< Empty = every caller.
};

/// Everything that a set of files holds, oldest first within each kind.
struct Objects {
  std::vector<VirtualService> virtual_services;
  std::vector<DestinationRule> destination_rules;
};

}  // namespace shaketable::engine::istio
