#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/formats/mesh_loader_context.h"
#include "engine/scenario/model.h"

/// The readers behind `load_scenario`, by section of the file. Shared by the files of the loader.
namespace shaketable::engine {

class ObjectReader;

inline constexpr std::size_t kMaxFaults = 10'000;
inline constexpr std::size_t kMaxExpectations = 10'000;

/// The context of a mesh that is complete, and the scenario that is being built.
struct ScenarioContext {
  LoaderContext& names;
  Scenario& scenario;
  Diagnostics& diagnostics;
  std::set<std::pair<ServiceIndex, ServiceIndex>> edges = {};  ///< Caller and callee.
  /// Endpoints of entry services by name, each with its owners.
  std::unordered_map<std::string_view, std::vector<ServiceIndex>> entries = {};

  /// Index of the fault that `node` names; reports and returns kNone.
  std::uint32_t fault(const Node& node);
};

/// Fills `edges`: calls of endpoints, and where routes lead them.
void collect_edges(ScenarioContext& context);
/// Fills `entries`.
void collect_entries(ScenarioContext& context);

void read_run(const Node* node, ScenarioContext& context);
/// `folder` is the one of the file that `node` stands in.
void read_loads(const Node* node, const std::string& folder, ScenarioContext& context);
void read_canary(const Node* node, ScenarioContext& context);
void read_faults(const Node* node, ScenarioContext& context);
void read_expectations(const Node* node, ScenarioContext& context);

/// `GET /x?page=2` of the entry service that has it, or `gateway GET /x`.
[[nodiscard]] std::optional<LoadRequest> read_request(const Node* node, ScenarioContext& context);

/// `on:` of a fault: a text or a map.
[[nodiscard]] std::optional<FaultTarget> read_target(const Node* node, ScenarioContext& context);

/// `gateway -> payment`, as a part of `node`; both nothing when there is no arrow.
struct EdgeText {
  std::optional<Node> caller;
  std::optional<Node> callee;
};
[[nodiscard]] EdgeText split_edge(const Node& node);

/// `of:` of a surge: a load, or a journey of one. Reports what is none.
void read_surge_target(const Node& node, Fault& surge, ScenarioContext& context);

/// `of:` of an expectation: service, endpoint, version, edge, load or journey.
[[nodiscard]] std::optional<Subject> read_subject(const Node* node, ScenarioContext& context);

/// Where a fault hits, as its keys are written; nullptr = not at all.
struct FaultPlaceKeys {
  const Node* on = nullptr;
  const Node* between = nullptr;
  std::string_view kind;  ///< The key that names the kind.
};
/// Fills `target` and `other` of a fault.
void read_fault_place(const FaultPlaceKeys& keys, Fault& fault, ScenarioContext& context);
/// Whether faults of the kind hit single requests, where they arrive.
[[nodiscard]] bool hits_requests(std::string_view kind);
/// Whether they hit messages between two ends.
[[nodiscard]] bool cuts_messages(std::string_view kind);
/// A setting that faults of this kind do not have, but those of `kinds`.
void report_misplaced(const Node& node, std::string_view kind, std::string_view kinds,
                      ScenarioContext& context);

/// Fills what deploy, node_loss, leak, cache_flush, bandwidth, dns_stale, discovery_delay,
/// cert_expire and clock_skew say, each from its key if it is there. Place and times are read.
void read_platform_fault(ObjectReader& map, Fault& fault, ScenarioContext& context);
/// `on:` of scale and deploy names one version. Reports what is none.
void check_one_version(const Node* on, std::string_view what, const FaultTarget& target,
                       ScenarioContext& context);

/// `during:` of an expectation.
[[nodiscard]] std::optional<Window> read_during(const Node* node, ScenarioContext& context);
/// `within:` of an event or a recovery.
[[nodiscard]] std::optional<Window> read_within(const Node* node, ScenarioContext& context);

/// `must:` in the unit of the metric.
[[nodiscard]] std::optional<Bound> read_bound(const Node* node, Metric metric,
                                              ScenarioContext& context);
/// `must:` of a blast radius: `<= 2 services`.
[[nodiscard]] std::optional<Bound> read_service_bound(const Node* node, ScenarioContext& context);

/// `3.0` or `3x` as parts per million.
[[nodiscard]] std::optional<std::uint32_t> read_factor(const Node* node, Diagnostics& diagnostics);

/// Whether a node is the scalar `text`.
[[nodiscard]] inline bool is_word(const Node& node, std::string_view text) {
  return node.is_scalar() && node.text() == text;
}

/// The part of a text without spaces at its ends.
[[nodiscard]] Node trimmed(const Node& node, std::size_t offset, std::size_t length);

}  // namespace shaketable::engine
