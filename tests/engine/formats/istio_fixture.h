#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/formats/istio_import.h"

namespace shaketable::engine {

/// A service with one instance of each version, labelled as the loader labels them.
inline Service make_service(const std::string& name, const std::vector<std::string>& versions,
                            const std::string& kube_namespace = "default") {
  Service service;
  service.name = name;
  service.kube_namespace = kube_namespace;
  for (const std::string& version : versions) {
    Version entry;
    entry.name = version;
    entry.labels = {{"version", version}, {"app", name}};
    service.versions.push_back(entry);
  }
  return service;
}

inline Mesh make_mesh(std::vector<Service> services) {
  Mesh mesh;
  mesh.zones = {"zone-1"};
  mesh.services = std::move(services);
  mesh.default_route = istio_default_route();
  return mesh;
}

/// Bookinfo, with an ingress gateway.
inline Mesh bookinfo_mesh() {
  Service gateway = make_service("ingress", {"v1"});
  gateway.entry = true;
  gateway.versions.front().runtime.name = "envoy";
  return make_mesh({gateway, make_service("productpage", {"v1"}),
                    make_service("reviews", {"v1", "v2", "v3"}), make_service("ratings", {"v1"}),
                    make_service("details", {"v1", "v2"})});
}

/// Reads texts against a mesh and looks at the policies and remarks.
class IstioTest : public testing::Test {
 protected:
  void read(const std::string& text) {
    diagnostics_ = Diagnostics();
    policies_ = read_istio_text("rules.yaml", text, mesh_, diagnostics_);
  }

  /// A VirtualService of reviews in `default` whose `http` is the given text, indented by 2.
  void read_http(const std::string& http) {
    read(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: reviews}\n"
        "spec:\n  hosts: [reviews]\n  http:\n" +
        http);
  }

  /// A DestinationRule of reviews whose `spec` (beside host) is the given text, indented by 2.
  void read_rule(const std::string& spec) {
    read(
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: reviews}\n"
        "spec:\n  host: reviews\n" +
        spec);
  }

  const DestinationPolicy* find(const std::string& service, const std::string& from = {}) const {
    for (const DestinationPolicy& policy : policies_) {
      if (policy.service == find_service(mesh_, service) &&
          policy.from == (from.empty() ? kNone : find_service(mesh_, from))) {
        return &policy;
      }
    }
    return nullptr;
  }

  /// The policy for calls to reviews by everybody; fails the test when there is none.
  const DestinationPolicy& reviews() const {
    static const DestinationPolicy kNothing;
    const DestinationPolicy* policy = find("reviews");
    EXPECT_NE(policy, nullptr);
    return policy == nullptr ? kNothing : *policy;
  }

  const RouteRule& rule(std::size_t index = 0) const {
    static const RouteRule kNothing;
    EXPECT_LT(index, reviews().rules.size());
    return index < reviews().rules.size() ? reviews().rules[index] : kNothing;
  }

  /// `line code` of every remark, in order.
  std::vector<std::string> codes() const {
    std::vector<std::string> result;
    for (const Diagnostic& item : diagnostics_.sorted()) {
      result.push_back(std::to_string(item.line) + " " + item.code);
    }
    return result;
  }

  /// All remarks as text, for substrings.
  std::string reports() const {
    std::string text;
    for (const Diagnostic& item : diagnostics_.sorted()) {
      text += item.code + " " + item.message + " [" + item.hint + "]\n";
    }
    return text;
  }

  std::string destinations(const RouteRule& rule) const {
    std::string text;
    for (const RouteDestination& to : rule.destinations) {
      text += (text.empty() ? "" : " ") +
              (to.service == kNone ? std::string("none") : mesh_.services[to.service].name) +
              (to.subset.empty() ? "" : "/" + to.subset) + ":" + std::to_string(to.weight);
    }
    return text;
  }

  Mesh mesh_ = bookinfo_mesh();
  Diagnostics diagnostics_;
  std::vector<DestinationPolicy> policies_;
};

}  // namespace shaketable::engine
