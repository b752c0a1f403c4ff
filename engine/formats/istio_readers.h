#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "engine/formats/istio_fields.h"
#include "engine/formats/istio_model.h"

/// The readers of Istio's objects, from the whole to its parts. They report what Istio's admission
/// check would refuse and what is not modelled, and always return what could be read.
namespace shaketable::engine::istio {

/// `spec` of a VirtualService. `spec` may be null: then it is reported.
[[nodiscard]] VirtualService read_virtual_service(const Node& object, const Node* spec,
                                                  ObjectMeta meta, Diagnostics& diagnostics);

/// `spec` of a DestinationRule.
[[nodiscard]] DestinationRule read_destination_rule(const Node& object, const Node* spec,
                                                    ObjectMeta meta, Diagnostics& diagnostics);

/// What a route may do depends on the object that it stands in.
struct RouteContext {
  bool delegate = false;  ///< A VirtualService without hosts.
  bool mesh = true;       ///< Bound to sidecars, not to gateways alone.
};

[[nodiscard]] HttpRoute read_http_route(const Node& node, const std::string& path,
                                        const RouteContext& context, Diagnostics& diagnostics);

[[nodiscard]] Match read_match(const Node& node, const std::string& path,
                               const RouteContext& context, Diagnostics& diagnostics);

/// `{exact|prefix|regex}`. An empty map means "present"; nothing = a mistake, which was reported.
[[nodiscard]] std::optional<proxy::StringMatch> read_string_match(const Node* node,
                                                                  const std::string& path,
                                                                  Diagnostics& diagnostics);

/// `destination`, `mirror` and `mirrors[].destination`. A null node gives an empty host.
[[nodiscard]] Destination read_destination(const Node* node, const std::string& path,
                                           Diagnostics& diagnostics);

/// `retries`; nothing when it switches them off. For a route without the field see
/// `istio_default_retries()`.
[[nodiscard]] std::optional<proxy::RetryPolicy> read_retries(const Node* node,
                                                             const std::string& path,
                                                             Diagnostics& diagnostics);

[[nodiscard]] std::optional<proxy::FaultPolicy> read_fault(const Node* node,
                                                           const std::string& path,
                                                           Diagnostics& diagnostics);

[[nodiscard]] proxy::Redirect read_redirect(const Node* node, const std::string& path,
                                            Diagnostics& diagnostics);

[[nodiscard]] proxy::DirectResponse read_direct_response(const Node* node, const std::string& path,
                                                         Diagnostics& diagnostics);

[[nodiscard]] std::optional<proxy::Rewrite> read_rewrite(const Node* node, const std::string& path,
                                                         Diagnostics& diagnostics);

/// `headers` of a route or of a destination: mutations in Envoy's order (set, add, remove).
struct HeaderRules {
  std::vector<proxy::HeaderMutation> request;
  std::vector<proxy::HeaderMutation> response;
  std::string authority;  ///< Written by `:authority` or `host`; empty = kept.
};
[[nodiscard]] HeaderRules read_headers(const Node* node, const std::string& path,
                                       Diagnostics& diagnostics);

/// `corsPolicy`: checked, and listed as not modelled.
void check_cors(const Node* node, const std::string& path, Diagnostics& diagnostics);

/// `trafficPolicy`, and an entry of `portLevelSettings` when `port_level`.
[[nodiscard]] TrafficPolicy read_traffic_policy(const Node& node, const std::string& path,
                                                bool port_level, Diagnostics& diagnostics);

/// `tls` of a traffic policy: checked; a mode that changes the handshake is listed.
void check_tls(const Node* node, const std::string& path, Diagnostics& diagnostics);

/// True for a DNS name, one with a wildcard as its first label (`*`, `*.a.b`, `*-a.b`), or an
/// IPv4 or IPv6 address: what Istio takes as a host.
[[nodiscard]] bool is_valid_host(std::string_view host);

/// True for letters, digits and inner dashes, 1 to 63 bytes.
[[nodiscard]] bool is_dns_label(std::string_view label);

/// Reports a pattern that RE2 does not compile. True when it is good.
bool check_regex(const Node& node, std::string_view pattern, const std::string& path,
                 Diagnostics& diagnostics);

}  // namespace shaketable::engine::istio
