#pragma once

#include <vector>

#include "engine/formats/istio_import.h"
#include "engine/formats/istio_model.h"
#include "engine/formats/istio_selection.h"

namespace shaketable::engine::istio {

/// Turns objects into the policies of a mesh: one entry for each service that they speak about,
/// and further ones for callers that get something else.
class PolicyBuilder {
 public:
  PolicyBuilder(const Objects& objects, const Mesh& mesh, const IstioOptions& options,
                Diagnostics& diagnostics)
      : objects_(objects),
        mesh_(mesh),
        remarks_(diagnostics),
        selector_(objects, mesh, options, remarks_) {}

  [[nodiscard]] std::vector<DestinationPolicy> build();

 private:
  void build_service(ServiceIndex service, std::vector<DestinationPolicy>& result);
  DestinationPolicy build_policy(ServiceIndex service, ServiceIndex from, ServiceIndex client,
                                 const Selection& selection);
  const DestinationPolicy* existing(ServiceIndex service, ServiceIndex from) const;

  void apply_rules(const std::vector<std::uint32_t>& rules, DestinationPolicy& policy);
  void check_locality(const DestinationRule& rule);
  Subset build_subset(const SubsetRule& rule, const Service& service, const ClusterPolicy& base,
                      const ClusterPolicy& destination);
  RouteRule build_rule(const RouteRow& row, ServiceIndex client);
  RouteDestination resolve(const Destination& destination, ServiceIndex client);
  ServiceIndex resolve_host(const Destination& destination);
  void check_subset(const Destination& destination, ServiceIndex service, ServiceIndex client);
  void check_hosts();
  void check_gateway_rule(const VirtualService& rule);
  void check_unreachable();

  const Objects& objects_;
  const Mesh& mesh_;
  OnceDiagnostics remarks_;
  Selector selector_;
};

}  // namespace shaketable::engine::istio
