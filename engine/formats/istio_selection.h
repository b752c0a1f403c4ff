#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/istio_import.h"
#include "engine/formats/istio_model.h"
#include "engine/mesh/model.h"

namespace shaketable::engine::istio {

/// Remarks about places that are looked at once for every caller: each is made once.
class OnceDiagnostics {
 public:
  explicit OnceDiagnostics(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  void say(const SourceMark& mark, Severity severity, const char* code, std::string message,
           std::string hint = {});

 private:
  Diagnostics& diagnostics_;
  std::set<std::string> said_;
};

/// One match of one route, as an index; `match` is kNone for a route without matches.
struct RouteRow {
  std::uint32_t virtual_service = 0;
  std::uint32_t route = 0;
  std::uint32_t match = kNone;

  friend bool operator==(const RouteRow&, const RouteRow&) = default;
};

/// What applies to the calls of one caller to one service. Callers with equal selections get equal
/// policies.
struct Selection {
  std::vector<RouteRow> rows;                    ///< In order; empty: no VirtualService applies.
  std::vector<std::uint32_t> destination_rules;  ///< Of one host, oldest first: to be merged.

  friend bool operator==(const Selection&, const Selection&) = default;
};

/// Decides as istiod does which VirtualService and which DestinationRules apply.
class Selector {
 public:
  Selector(const Objects& objects, const Mesh& mesh, const IstioOptions& options,
           OnceDiagnostics& remarks)
      : objects_(objects),
        mesh_(mesh),
        options_(options),
        remarks_(remarks),
        candidates_(mesh.services.size()) {}

  [[nodiscard]] Selection select(ServiceIndex service, ServiceIndex client);
  [[nodiscard]] std::vector<std::uint32_t> destination_rules(ServiceIndex service,
                                                             ServiceIndex client);
  /// True when any object speaks about the service.
  [[nodiscard]] bool is_concerned(ServiceIndex service);

  /// A service of runtime "envoy" at which load enters.
  [[nodiscard]] static bool is_gateway(const Service& service);

 private:
  /// An object that speaks about a service, whoever calls it.
  struct Candidate {
    std::uint32_t index = 0;
    std::size_t fit = 0;   ///< Of its hosts with the service; 0 = it only routes there.
    bool reaches = false;  ///< It is for gateways and routes to the service.
  };
  struct Candidates {
    std::vector<Candidate> virtual_services, destination_rules;
  };

  const Candidates& candidates(ServiceIndex service);
  std::vector<RouteRow> gateway_rows(ServiceIndex service, ServiceIndex client);
  std::vector<RouteRow> sidecar_rows(ServiceIndex service, ServiceIndex client);
  /// Adds the rows of one VirtualService that this caller gets; stops behind one that takes all.
  void add_rows(std::uint32_t index, ServiceIndex service, ServiceIndex client, bool at_gateway,
                std::vector<RouteRow>& rows);
  bool applies(const Match& match, ServiceIndex service, ServiceIndex client, bool at_gateway);
  bool labels_match(const std::vector<Label>& labels, const Service& client, const SourceMark& mark,
                    const char* what);
  bool is_called_port(std::uint32_t port, const Service& service, const SourceMark& mark);
  std::vector<std::uint32_t> rules_in(const std::string& kube_namespace, ServiceIndex service,
                                      ServiceIndex client, bool only_exported);

  const Objects& objects_;
  const Mesh& mesh_;
  const IstioOptions& options_;
  OnceDiagnostics& remarks_;
  std::vector<std::optional<Candidates>> candidates_;  ///< By service, filled when asked for.
};

/// The best fit of a VirtualService's hosts with a service; see `host_fit`.
[[nodiscard]] std::size_t best_fit(const VirtualService& rule, const Service& service);

/// True when a route of the VirtualService goes to the service.
[[nodiscard]] bool routes_to(const VirtualService& rule, const Service& service);

/// True when the match asks nothing of the request: it takes every one that reaches it.
[[nodiscard]] bool takes_all(const proxy::RouteMatch& match);

}  // namespace shaketable::engine::istio
