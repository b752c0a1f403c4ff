#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/formats/mesh_loader_context.h"
#include "engine/mesh/check.h"

/// The readers behind `load_mesh`, by section of the file. Shared by the files of the loader.
namespace shaketable::engine {

class ObjectReader;

/// Method and path of an endpoint's name: "GET /x"; "/x" is a GET; any other name is a POST to it.
struct EndpointName {
  std::string method;
  std::string path;
};
/// Reports and returns nothing when the name cannot be one.
[[nodiscard]] std::optional<EndpointName> read_endpoint_name(const Node& node,
                                                             LoaderContext& context);

/// `zones:`
void read_zones(const Node* node, LoaderContext& context);
/// `nodes:`, behind the zones.
void read_nodes(const Node* node, LoaderContext& context);
/// `network:`, on top of what `context.mesh` has.
void read_network(const Node* node, LoaderContext& context);
/// `services:`, with all references between them; reports cycles of calls.
void read_services(const Node* node, LoaderContext& context);
/// `runtime:`, on top of `runtime`.
void read_runtime(const Node* node, Runtime& runtime, LoaderContext& context);
/// `calls:` of an endpoint.
[[nodiscard]] std::vector<Step> read_calls(const Node* node, LoaderContext& context);
/// Reports every cycle of calls once.
void check_call_cycles(LoaderContext& context);

/// A destination and a caller (kNone = everybody).
using PolicyPair = std::pair<ServiceIndex, ServiceIndex>;
/// `traffic:` without `defaults`: entries are put on top of those of the same pair in `policies`,
/// or of the defaults. Returns the pairs that were written.
std::vector<PolicyPair> read_traffic(const Node* node, std::vector<DestinationPolicy>& policies,
                                     LoaderContext& context);
/// The `defaults` entry of `traffic:`.
void read_traffic_defaults(const Node* node, LoaderContext& context);
/// The settings of a cluster in an entry.
void read_cluster_keys(ObjectReader& map, ClusterPolicy& policy, LoaderContext& context);
/// `timeout`, `idle_timeout`, `retries` and `fault` of an entry or a route. A retry budget goes to
/// `breakers`, or is refused when there are none.
void read_route_keys(ObjectReader& map, proxy::Route& route, proxy::CircuitBreakers* breakers,
                     LoaderContext& context);
/// `rewrite`, `redirect` and `direct_response` of a route. Returns how many of the latter two are
/// written: each is a way to go by itself.
int read_route_actions(ObjectReader& map, proxy::Route& route, LoaderContext& context);
/// One entry of a `split:`: the name of a share, and the share.
struct NamedWeight {
  const Node* name;
  std::uint32_t weight;
};
/// A map of weights or percents; reports sums that cannot be. `what` is for messages.
[[nodiscard]] std::vector<NamedWeight> read_weights(const Node* node, std::string_view what,
                                                    LoaderContext& context);
/// `split:` of the service.
[[nodiscard]] std::vector<RouteDestination> read_split(const Node* node, ServiceIndex service,
                                                       LoaderContext& context);
/// `mirror:` of an entry or a route.
[[nodiscard]] std::vector<RouteRule::Mirror> read_mirrors(const Node* node, ServiceIndex service,
                                                          LoaderContext& context);
/// `to:` of a route or a mirror.
[[nodiscard]] std::optional<RouteDestination> read_route_to(const Node* node, ServiceIndex service,
                                                            LoaderContext& context);
/// `routes:`; one rule for each entry of each `match`.
[[nodiscard]] std::vector<RouteRule> read_routes(const Node* node, const DestinationPolicy& base,
                                                 LoaderContext& context);
/// A regular expression that RE2 takes.
[[nodiscard]] std::optional<std::string> read_regex(const Node* node, LoaderContext& context);
/// `match:` of a route: one or several.
[[nodiscard]] std::vector<proxy::RouteMatch> read_matches(const Node* node, LoaderContext& context);

/// The files of `policies:`, as seen from the folder of the file that names them.
[[nodiscard]] std::vector<std::string> policy_files(const PolicyLayer& layer,
                                                    LoaderContext& context);
/// Where instances can be: `zones:` and `nodes:`.
struct PlaceKeys {
  const Node* zones = nullptr;
  const Node* nodes = nullptr;
};
/// Reads the sections of a mesh in the order in which they depend on each other: names and calls,
/// all defaults, imported policies, own policies.
void read_mesh_sections(const PlaceKeys& places, const Node* services,
                        std::span<const PolicyLayer> layers, LoaderContext& context);
/// A mesh document's root (or an inline mesh), with further layers on top. `folder` is the file's.
void read_mesh_root(const Node& root, const std::string& folder, std::span<const PolicyLayer> above,
                    LoaderContext& context);

/// A whole mesh file, with `--set` and lints.
[[nodiscard]] std::optional<Mesh> read_mesh_document(const std::string& name, const Node& document,
                                                     std::span<const std::string> overrides,
                                                     Diagnostics& diagnostics);

/// An empty mesh with the defaults of Istio and of our network.
[[nodiscard]] Mesh default_mesh();
/// Adds the findings of a check to the diagnostics.
void add_findings(const std::vector<Finding>& findings, Diagnostics& diagnostics);

/// The folder of a file, with its slash; empty for a name without one.
[[nodiscard]] std::string folder_of(const std::string& file);
/// `path` as seen from `folder`: absolute ones stay.
[[nodiscard]] std::string in_folder(const std::string& folder, std::string_view path);
/// The file's name without folder and ending.
[[nodiscard]] std::string stem_of(const std::string& file);

}  // namespace shaketable::engine
