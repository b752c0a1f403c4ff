#include "engine/formats/mesh_loader.h"

#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/istio_import.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/scenario_override.h"
#include "engine/formats/schema_reader.h"
#include "engine/mesh/check.h"

namespace shaketable::engine {

std::vector<std::string> policy_files(const PolicyLayer& layer, LoaderContext& context) {
  std::vector<std::string> files;
  for (const Node* item : read_sequence(layer.policies, context.diagnostics, "a list of files")) {
    if (const auto path = read_name(item, context.diagnostics)) {
      files.push_back(in_folder(layer.folder, *path));
    }
  }
  return files;
}

std::optional<Mesh> load_mesh(const std::string& path, std::span<const std::string> overrides,
                              Diagnostics& diagnostics) {
  const auto documents = load_documents(path, diagnostics);
  return documents ? read_mesh_document(path, documents->front().root(), overrides, diagnostics)
                   : std::nullopt;
}

std::optional<Mesh> parse_mesh(const std::string& name, std::string text,
                               std::span<const std::string> overrides, Diagnostics& diagnostics) {
  const auto documents = parse_documents(name, std::move(text), diagnostics);
  return documents ? read_mesh_document(name, documents->front().root(), overrides, diagnostics)
                   : std::nullopt;
}

std::optional<Mesh> read_mesh_document(const std::string& name, const Node& document,
                                       std::span<const std::string> overrides,
                                       Diagnostics& diagnostics) {
  OverrideSet set(overrides, diagnostics);
  const Node* const root = set.apply(document, spec::kMesh, true);
  set.report_unused();
  Mesh mesh = default_mesh();
  mesh.name = stem_of(name);
  LoaderContext context{diagnostics, mesh};
  context.folder = folder_of(name);
  read_mesh_root(*root, context.folder, {}, context);
  if (diagnostics.has_errors()) {
    return std::nullopt;
  }
  add_findings(check_mesh(mesh), diagnostics);
  return mesh;
}

Mesh default_mesh() {
  Mesh mesh;
  mesh.network.same_zone.latency = Distribution::constant(std::chrono::microseconds(250));
  mesh.network.cross_zone.latency = Distribution::constant(std::chrono::milliseconds(1));
  mesh.default_route = istio_default_route();
  return mesh;
}

void read_mesh_root(const Node& root, const std::string& folder, std::span<const PolicyLayer> above,
                    LoaderContext& context) {
  ObjectReader map(&root, spec::kMesh, context.diagnostics);
  assign(context.mesh.name, read_name(map.get("mesh"), context.diagnostics));
  [[maybe_unused]] const auto about = read_string(map.get("about"), context.diagnostics);
  std::vector<PolicyLayer> layers{
      {map.get("traffic"), map.get("policies"), map.get("network"), folder}};
  layers.insert(layers.end(), above.begin(), above.end());
  read_mesh_sections({map.get("zones"), map.get("nodes")}, map.get("services"), layers, context);
  map.finish();
}

void read_mesh_sections(const PlaceKeys& places, const Node* services,
                        std::span<const PolicyLayer> layers, LoaderContext& context) {
  context.layers.assign(layers.begin(), layers.end());
  read_zones(places.zones, context);
  read_nodes(places.nodes, context);
  read_services(services, context);
  std::vector<std::string> files;
  for (const PolicyLayer& layer : layers) {
    if (layer.traffic != nullptr && layer.traffic->is_map()) {
      read_traffic_defaults(layer.traffic->find("defaults"), context);
    }
    for (std::string& file : policy_files(layer, context)) {
      files.push_back(std::move(file));
    }
  }
  for (const PolicyLayer& layer : layers) {  // `network.tls` beats `mtls` of the defaults.
    read_network(layer.network, context);
  }
  if (!files.empty()) {
    import_istio(files, context.mesh, context.diagnostics);
  }
  for (const PolicyLayer& layer : layers) {
    read_traffic(layer.traffic, context.mesh.policies, context);
  }
}

void add_findings(const std::vector<Finding>& findings, Diagnostics& diagnostics) {
  for (const Finding& finding : findings) {
    diagnostics.add({.severity = finding.severity == FindingSeverity::kNote ? Severity::kNote
                                                                            : Severity::kWarning,
                     .code = finding.code,
                     .file = finding.mark.file,
                     .line = finding.mark.line,
                     .column = finding.mark.column,
                     .message = finding.message,
                     .hint = finding.hint});
  }
}

std::string folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == std::string::npos ? std::string() : file.substr(0, slash + 1);
}

std::string in_folder(const std::string& folder, std::string_view path) {
  return path.starts_with('/') ? std::string(path) : folder + std::string(path);
}

std::string stem_of(const std::string& file) {
  const std::string base = file.substr(folder_of(file).size());
  const std::size_t dot = base.rfind('.');
  return dot == std::string::npos || dot == 0 ? base : base.substr(0, dot);
}

}  // namespace shaketable::engine
