#include "engine/formats/scenario_loader.h"

#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/istio_import.h"
#include "engine/formats/load_file.h"
#include "engine/formats/load_reader.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader_parts.h"
#include "engine/formats/scenario_override.h"
#include "engine/formats/schema_reader.h"
#include "engine/scenario/check.h"

namespace shaketable::engine {
namespace {

/// Where the mesh of a scenario comes from.
struct MeshNodes {
  const Node* mesh = nullptr;  ///< `mesh:`; a path, a map, or a name beside `services`.
  PlaceKeys places;
  const Node* services = nullptr;
  PolicyLayer layer;
};

class ScenarioReader {
 public:
  ScenarioReader(const std::string& name, std::span<const std::string> overrides,
                 Diagnostics& diagnostics)
      : folder_(folder_of(name)), diagnostics_(diagnostics), overrides_(overrides, diagnostics) {
    scenario_.file = name;
    scenario_.name = stem_of(name);
    scenario_.mesh = default_mesh();
  }

  std::optional<Scenario> read(const Node& document) {
    const Node& root = *apply_overrides(document);
    ObjectReader map(&root, spec::kScenario, diagnostics_);
    assign(scenario_.name, read_name(map.get("scenario"), diagnostics_));
    assign(scenario_.about, read_string(map.get("about"), diagnostics_));
    LoaderContext names{diagnostics_, scenario_.mesh};
    names.folder = folder_;
    ScenarioContext context{names, scenario_, diagnostics_};
    read_run(map.get("run"), context);
    MeshNodes nodes{map.get("mesh"),
                    {map.get("zones"), map.get("nodes")},
                    map.get("services"),
                    {map.get("traffic"), map.get("policies"), map.get("network"), folder_}};
    const bool has_mesh = root.is_map() && read_mesh(root, nodes, names);
    const Node* const load = map.get("load");
    static_cast<void>(read_target_settings(map.get("target"), diagnostics_));
    const Node* const faults = map.get("faults");
    const Node* const expect = map.get("expect");
    const Node* const canary = map.get("canary");
    if (has_mesh && !names.mesh.services.empty()) {
      collect_edges(context);
      collect_entries(context);
      read_loads(load, folder_, context);
      read_faults(faults, context);
      read_expectations(expect, context);
      read_canary(canary, context);
    }
    map.finish();
    if (diagnostics_.has_errors()) {
      return std::nullopt;
    }
    add_findings(check_mesh(scenario_.mesh), diagnostics_);
    add_findings(check_scenario(scenario_), diagnostics_);
    return std::move(scenario_);
  }

 private:
  static bool is_external(const Node& root) {
    const Node* mesh = root.is_map() ? root.find("mesh") : nullptr;
    return mesh != nullptr && mesh->is_scalar() && root.find("services") == nullptr;
  }

  /// Sections of a mesh go to the mesh file, unless the scenario has them itself.
  const Node* apply_overrides(const Node& document) {
    if (!document.is_map()) {
      return &document;
    }
    const Node* root = overrides_.apply(document, spec::kScenario, false);
    if (!is_external(*root)) {
      root = apply_to_inline_mesh(*root);
      root = overrides_.apply(*root, spec::kScenario, true);
      overrides_.report_unused();
      return root;
    }
    mesh_documents_ = load_mesh_document(*root->find("mesh"));
    if (mesh_documents_) {
      mesh_root_ = overrides_.apply(mesh_documents_->front().root(), spec::kMeshSections, true);
    }
    root = overrides_.apply(*root, spec::kScenario, true);
    overrides_.report_unused();
    return root;
  }

  /// `services.x...` reaches into `mesh: {services: ...}`.
  const Node* apply_to_inline_mesh(const Node& root) {
    const Node* mesh = root.find("mesh");
    if (mesh == nullptr || !mesh->is_map()) {
      return &root;
    }
    const Node* changed = overrides_.apply(*mesh, spec::kMesh, false);
    for (const MapEntry& entry : root.entries()) {
      if (entry.value == mesh) {
        return editor_.with_entry(root, entry.key, changed);
      }
    }
    return &root;
  }

  std::optional<std::vector<Document>> load_mesh_document(const Node& node) {
    if (node.text().empty()) {
      return std::nullopt;
    }
    mesh_file_ = in_folder(folder_, node.text());
    auto documents = load_documents(mesh_file_, diagnostics_);
    if (!documents) {
      report_at(node,
                {.code = code::kNoMesh,
                 .message = "the mesh file " + quoted(mesh_file_, 200) + " cannot be used",
                 .expected = "a path relative to this file"},
                diagnostics_);
    }
    return documents;
  }

  bool read_mesh(const Node& root, const MeshNodes& nodes, LoaderContext& names) {
    const std::span<const PolicyLayer> layer(&nodes.layer, 1);
    if (nodes.services != nullptr) {
      if (nodes.mesh != nullptr && nodes.mesh->is_map()) {
        names.error(*nodes.mesh, code::kContradiction, "the mesh is here twice",
                    "either `mesh` or `services`");
        return false;
      }
      scenario_.mesh.name = read_name(nodes.mesh, diagnostics_).value_or(scenario_.name);
      read_mesh_sections(nodes.places, nodes.services, layer, names);
      return true;
    }
    for (const auto& [place, key] :
         {std::pair(nodes.places.zones, "zones"), std::pair(nodes.places.nodes, "nodes")}) {
      if (place != nullptr) {
        names.error(*place, code::kContradiction, std::string(key) + " belong to the mesh",
                    "`" + std::string(key) + "` in the mesh file, or `services` beside it");
      }
    }
    if (nodes.mesh == nullptr) {
      names.error(root, code::kNoMesh, "the scenario has no mesh",
                  "`mesh: file.yaml`, or `services` in this file");
      return false;
    }
    if (nodes.mesh->is_map()) {
      scenario_.mesh.name = scenario_.name;
      read_mesh_root(*nodes.mesh, folder_, layer, names);
      return true;
    }
    if (!nodes.mesh->is_scalar()) {
      names.error(*nodes.mesh, code::kWrongKind, "`mesh` is neither a file nor a map",
                  "a path relative to this file, or {services: ...}");
      return false;
    }
    if (mesh_root_ == nullptr) {
      return false;  // Reported when the file was opened.
    }
    scenario_.mesh.name = stem_of(mesh_file_);
    read_mesh_root(*mesh_root_, folder_of(mesh_file_), layer, names);
    return true;
  }

  std::string folder_;
  Diagnostics& diagnostics_;
  OverrideSet overrides_;
  NodeEditor editor_;
  std::optional<std::vector<Document>> mesh_documents_;
  const Node* mesh_root_ = nullptr;
  std::string mesh_file_;
  Scenario scenario_;
};

/// What tells a scenario from a mesh.
bool is_scenario(const Node& root) {
  return root.find("services") == nullptr || root.find("scenario") != nullptr ||
         root.find("load") != nullptr || root.find("run") != nullptr ||
         root.find("expect") != nullptr || root.find("faults") != nullptr;
}

}  // namespace

std::optional<Scenario> load_scenario(const std::string& path,
                                      std::span<const std::string> overrides,
                                      Diagnostics& diagnostics) {
  const auto documents = load_documents(path, diagnostics);
  if (!documents) {
    return std::nullopt;
  }
  return ScenarioReader(path, overrides, diagnostics).read(documents->front().root());
}

std::optional<Scenario> parse_scenario(const std::string& name, std::string text,
                                       std::span<const std::string> overrides,
                                       Diagnostics& diagnostics) {
  const auto documents = parse_documents(name, std::move(text), diagnostics);
  if (!documents) {
    return std::nullopt;
  }
  return ScenarioReader(name, overrides, diagnostics).read(documents->front().root());
}

ScenarioSource source_of(const std::string& path, std::span<const std::string> overrides,
                         const Diagnostics& diagnostics) {
  ScenarioSource source{
      .file = path, .overrides = {overrides.begin(), overrides.end()}, .files = {}};
  for (const std::string& name : diagnostics.source_names()) {
    if (is_argument(name)) {
      continue;  // Kept for excerpts.
    }
    source.files.push_back({.name = name, .text = *diagnostics.source(name)});
  }
  return source;
}

std::optional<Scenario> load_scenario(const ScenarioSource& source, Diagnostics& diagnostics) {
  diagnostics.provide(source.file, {});  // So that nothing is read even when no file came along.
  for (const SourceFile& file : source.files) {
    diagnostics.provide(file.name, file.text);
  }
  return load_scenario(source.file, source.overrides, diagnostics);
}

std::optional<Mesh> load_any_mesh(const std::string& path, std::span<const std::string> overrides,
                                  Diagnostics& diagnostics) {
  const auto documents = load_documents(path, diagnostics);
  if (!documents) {
    return std::nullopt;
  }
  const Node& root = documents->front().root();
  if (!is_scenario(root)) {
    return read_mesh_document(path, root, overrides, diagnostics);
  }
  auto scenario = ScenarioReader(path, overrides, diagnostics).read(root);
  return scenario ? std::optional(std::move(scenario->mesh)) : std::nullopt;
}

bool check_file(const std::string& path, std::span<const std::string> overrides,
                Diagnostics& diagnostics) {
  const auto documents = load_documents(path, diagnostics, {.several_documents = true});
  if (!documents) {
    return false;
  }
  const Node& root = documents->front().root();
  if (root.find("kind") != nullptr && root.find("apiVersion") != nullptr) {
    const Mesh mesh = default_mesh();
    const std::string files[] = {path};
    static_cast<void>(read_istio(files, mesh, diagnostics));
    return !diagnostics.has_errors();
  }
  if (documents->size() > 1) {  // One document is due here: this reports the second.
    static_cast<void>(load_documents(path, diagnostics));
    return false;
  }
  if (is_load_file(root)) {
    return load_load_file(path, overrides, diagnostics).has_value();
  }
  return is_scenario(root) ? ScenarioReader(path, overrides, diagnostics).read(root).has_value()
                           : read_mesh_document(path, root, overrides, diagnostics).has_value();
}

}  // namespace shaketable::engine
