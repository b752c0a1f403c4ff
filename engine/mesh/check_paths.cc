#include "engine/mesh/check_paths.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace shaketable::engine {
namespace {

/// A call, whatever the steps around it.
struct Call {
  std::size_t endpoint;  ///< Number of the callee's endpoint.
  ServiceIndex service;
  Duration timeout;  ///< Of the caller's own client.
  SourceMark mark;
};

/// An endpoint in the order in which it was finished.
struct Node {
  ServiceIndex service = kNone;
  EndpointIndex endpoint = kNone;
  std::vector<Call> calls;
};

/// What the worst path below an endpoint costs.
struct Path {
  std::uint64_t tries = 1;  ///< Attempts at its end for one request at its beginning.
  std::size_t next = static_cast<std::size_t>(-1);
};

std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

std::string seconds(Duration duration) {
  return std::to_string(duration.count() / 1'000'000) + "ms";
}

class PathCheck {
 public:
  explicit PathCheck(const Mesh& mesh) : mesh_(mesh) { collect(); }

  std::vector<Finding> run() {
    order();
    paths_.assign(nodes_.size(), {});
    for (const std::size_t node : finished_) {
      follow(node);
    }
    report_tries();
    return std::move(findings_);
  }

 private:
  void collect() {
    for (ServiceIndex i = 0; i < mesh_.services.size(); ++i) {
      first_.push_back(nodes_.size());
      for (EndpointIndex e = 0; e < mesh_.services[i].endpoint_names.size(); ++e) {
        nodes_.push_back({i, e, {}});
      }
    }
    for (const DestinationPolicy& policy : mesh_.policies) {
      policies_.emplace(std::pair{policy.service, policy.from}, &policy);
    }
    for (Node& node : nodes_) {
      for (const Version& version : mesh_.services[node.service].versions) {
        if (node.endpoint < version.endpoints.size()) {
          add_calls(version.endpoints[node.endpoint].steps, node.calls);
        }
      }
    }
  }

  void add_calls(const std::vector<Step>& steps, std::vector<Call>& calls) {
    for (const Step& step : steps) {
      if (step.kind == Step::Kind::kCall && step.call.service < mesh_.services.size()) {
        calls.push_back({first_[step.call.service] + step.call.endpoint, step.call.service,
                         step.call.timeout, step.mark});
      }
      for (const std::vector<Step>& branch : step.branches) {
        add_calls(branch, calls);
      }
    }
  }

  /// Callees before callers, without recursion.
  void order() {
    std::vector<std::uint8_t> seen(nodes_.size(), 0);
    std::vector<std::pair<std::size_t, std::size_t>> stack;
    for (std::size_t start = 0; start < nodes_.size(); ++start) {
      if (seen[start] != 0) {
        continue;
      }
      seen[start] = 1;
      stack.emplace_back(start, 0);
      while (!stack.empty()) {
        auto& [node, next] = stack.back();
        if (next == nodes_[node].calls.size()) {
          finished_.push_back(node);
          stack.pop_back();
          continue;
        }
        const std::size_t callee = nodes_[node].calls[next++].endpoint;
        if (seen[callee] == 0) {
          seen[callee] = 1;
          stack.emplace_back(callee, 0);
        }
      }
    }
  }

  /// The settings of calls from one service to another: its own entry, the general one, defaults.
  [[nodiscard]] const proxy::Route& route(ServiceIndex caller, ServiceIndex service) const {
    for (const ServiceIndex from : {caller, kNone}) {
      if (const auto found = policies_.find({service, from}); found != policies_.end()) {
        const DestinationPolicy& policy = *found->second;
        return policy.rules.empty() ? policy.default_route : policy.rules.back().route;
      }
    }
    return mesh_.default_route;
  }

  /// Retries that a server's failure starts; Istio's default, for connections alone, is no storm.
  static std::uint64_t tries(const proxy::Route& route) {
    constexpr std::uint32_t kOverload = proxy::kRetryOn5xx | proxy::kRetryOnGatewayError |
                                        proxy::kRetryOnReset | proxy::kRetryOnStatusCodes;
    const bool counts = route.retry && (route.retry->retry_on & kOverload) != 0;
    return counts ? std::uint64_t{route.retry->num_retries} + 1 : 1;
  }

  void follow(std::size_t node) {
    Path& path = paths_[node];
    const ServiceIndex self = nodes_[node].service;
    for (const Call& call : nodes_[node].calls) {
      // A caller without a sidecar has no policies.
      const bool proxied = mesh_.services[self].sidecar;
      const std::uint64_t here = proxied ? tries(route(self, call.service)) : 1;
      const std::uint64_t product =
          std::min<std::uint64_t>(here * paths_[call.endpoint].tries, 1'000'000'000);
      if (product > path.tries) {
        path = {product, call.endpoint};
      }
      check_timeouts(self, call);
    }
  }

  /// How long a call may take; zero when nothing bounds it.
  [[nodiscard]] Duration limit(ServiceIndex caller, const Call& call) const {
    const Duration own = call.timeout;
    const Duration of_route =
        mesh_.services[caller].sidecar ? route(caller, call.service).timeout : Duration::zero();
    if (own == Duration::zero() || of_route == Duration::zero()) {
      return std::max(own, of_route);
    }
    return std::min(own, of_route);
  }

  void check_timeouts(ServiceIndex caller, const Call& outer) {
    const Duration outside = limit(caller, outer);
    if (outside == Duration::zero()) {
      return;
    }
    for (const Call& inner : nodes_[outer.endpoint].calls) {
      const Duration inside = limit(outer.service, inner);
      // Two defaults that are equal are no decision of anybody's.
      const bool decided = inside > outside || outer.timeout != Duration::zero() ||
                           policies_.contains({outer.service, kNone}) ||
                           policies_.contains({outer.service, caller});
      if (inside < outside || !decided ||
          !reported_.emplace(std::pair{caller, outer.service}, inner.service).second) {
        continue;
      }
      findings_.push_back({FindingSeverity::kWarning, "ST1503",
                           quoted(mesh_.services[caller].name) + " gives up on " +
                               quoted(mesh_.services[outer.service].name) + " after " +
                               seconds(outside) + ", which itself waits up to " + seconds(inside) +
                               " for " + quoted(mesh_.services[inner.service].name) +
                               ": work goes on for nobody",
                           "timeouts that shrink from caller to callee", outer.mark});
    }
  }

  /// The worst path that begins at an entry, once.
  void report_tries() {
    constexpr std::uint64_t kStorm = 9;
    std::size_t worst = nodes_.size();
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const bool entry = mesh_.services[nodes_[i].service].entry;
      if (entry && (worst == nodes_.size() || paths_[i].tries > paths_[worst].tries)) {
        worst = i;
      }
    }
    if (worst == nodes_.size() || paths_[worst].tries < kStorm) {
      return;
    }
    std::string text = name(worst);
    for (std::size_t node = paths_[worst].next; node < nodes_.size(); node = paths_[node].next) {
      text += " -> " + name(node);
    }
    const Endpoint& endpoint =
        mesh_.services[nodes_[worst].service].versions.front().endpoints[nodes_[worst].endpoint];
    findings_.push_back({FindingSeverity::kWarning, "ST1504",
                         "retries multiply: one request may become " +
                             std::to_string(paths_[worst].tries) + " at the end of " + text,
                         "retries at one level only, or a retry budget", endpoint.mark});
  }

  [[nodiscard]] std::string name(std::size_t node) const {
    return mesh_.services[nodes_[node].service].name;
  }

  const Mesh& mesh_;
  std::vector<std::size_t> first_;
  std::vector<Node> nodes_;
  std::vector<std::size_t> finished_;
  std::vector<Path> paths_;
  std::map<std::pair<ServiceIndex, ServiceIndex>, const DestinationPolicy*> policies_;
  std::map<std::pair<ServiceIndex, ServiceIndex>, ServiceIndex> reported_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_paths(const Mesh& mesh) { return PathCheck(mesh).run(); }

}  // namespace shaketable::engine
