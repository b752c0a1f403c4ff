#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/document.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/scenario_loader_parts.h"

namespace shaketable::engine {

/// Pushes with `defaults` or `policies` in a scenario, and the entries that all of them make.
inline constexpr std::size_t kMaxWholePushes = 1'000;
inline constexpr std::size_t kMaxPushedPolicies = 200'000;

/// Reads `config_push:` of the faults of one scenario, whose mesh is complete.
///
/// Entries of `traffic` are put on top of the destinations that they name. A push with `defaults`
/// or `policies` is a layer above those of the mesh file and of the scenario: the mesh's policies
/// are made anew from all layers, and of the result the push has what it speaks about: with
/// `defaults` every destination, with `policies` those of its objects and of the ones that these
/// replace. The mesh is left as it was.
class PushReader {
 public:
  explicit PushReader(ScenarioContext& context) : context_(context), mesh_(context.names.mesh) {}
  PushReader(const PushReader&) = delete;
  PushReader& operator=(const PushReader&) = delete;

  /// Fills `policies` and `time` of a fault, which is about to become the scenario's last one.
  void read(const Node& node, Fault& fault);
  /// After the last fault: a push that speaks about a whole destination gets entries for all
  /// callers that have one of their own in the mesh or by another push, or these would stay.
  void finish();

 private:
  /// A push that speaks about these destinations, whoever calls them.
  struct Whole {
    std::size_t fault = 0;
    std::set<ServiceIndex> services;
  };
  struct Keys {
    const Node* traffic = nullptr;
    const Node* defaults = nullptr;
    const Node* policies = nullptr;
  };

  void read_entries_only(const Node& traffic, Fault& fault);
  void read_layer(const Node& node, const Keys& keys, Fault& fault);
  void build(const Keys& keys, Whole& whole, Fault& fault);
  void read_defaults(const Node& defaults);
  void add_defaults_of_the_rest(Fault& fault) const;
  [[nodiscard]] std::vector<Document> pushed_documents(const Node* policies);
  const std::vector<Document>& standing_documents();
  LoaderContext& below();

  ScenarioContext& context_;
  Mesh& mesh_;
  Diagnostics silent_{0};  ///< What the layers below say wrong was said when they were read.
  std::optional<LoaderContext> below_;
  std::optional<std::vector<Document>> standing_;
  /// By path; nothing for a file that cannot be read.
  std::map<std::string, std::optional<std::vector<Document>>> pushed_;
  std::vector<Whole> whole_;
  std::size_t pushed_policies_ = 0;
};

}  // namespace shaketable::engine
