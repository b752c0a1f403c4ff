#include "engine/formats/load_file.h"

#include <limits>
#include <utility>
#include <vector>

#include "engine/formats/codes.h"
#include "engine/formats/load_reader.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/scenario_loader.h"
#include "engine/formats/scenario_override.h"
#include "engine/formats/schema_reader.h"

namespace shaketable::engine {
namespace {

/// A load file by itself: requests are `METHOD /path`, no mesh knows them.
std::optional<loadgen::LoadFile> read_load_file(const std::string& name, const Node& document,
                                                std::span<const std::string> overrides,
                                                Diagnostics& diagnostics) {
  OverrideSet set(overrides, diagnostics);
  const Node& root = document.is_map() ? *set.apply(document, spec::kLoadFile, true) : document;
  set.report_unused();
  loadgen::LoadFile file;
  file.file = name;
  file.name = stem_of(name);
  ObjectReader map(&root, spec::kLoadFile, diagnostics);
  assign(file.name, read_name(map.get("name"), diagnostics));
  assign(file.about, read_string(map.get("about"), diagnostics));
  file.target = read_target_settings(map.get("target"), diagnostics);
  if (const Node* const node = map.get("run")) {
    constexpr Bounds<std::int64_t> kSeeds{0, std::numeric_limits<std::int64_t>::max()};
    ObjectReader run(node, spec::kLoadRun, diagnostics);
    assign(file.duration, read_duration(run.get("duration"), diagnostics));
    assign(file.warm_up, read_duration(run.get("warm_up"), diagnostics));
    assign(file.seed, read_integer(run.get("seed"), diagnostics, kSeeds));
    run.finish();
  }
  Mesh mesh = default_mesh();
  LoaderContext names{diagnostics, mesh};
  LoadContext context{names, diagnostics, folder_of(name)};
  for (Load& load : read_load_section(map.get("load"), context)) {
    file.loads.push_back(std::move(load));
  }
  map.finish();
  return diagnostics.has_errors() ? std::nullopt : std::optional(std::move(file));
}

/// The loads of a scenario, and where they go when they are real.
std::optional<loadgen::LoadFile> from_scenario(Scenario scenario, const Node& root,
                                               Diagnostics& diagnostics) {
  loadgen::LoadFile file;
  file.file = scenario.file;
  file.name = scenario.name;
  file.about = scenario.about;
  file.duration = scenario.run.duration;
  file.warm_up = scenario.run.warm_up;
  file.seed = scenario.run.seed;
  file.target = read_target_settings(root.find("target"), diagnostics);
  for (Load& load : scenario.loads) {
    file.loads.push_back(std::move(load));
  }
  return file;
}

std::optional<loadgen::LoadFile> read(const std::string& name, const Node& root,
                                      std::optional<std::string> text,
                                      std::span<const std::string> overrides,
                                      Diagnostics& diagnostics) {
  if (is_load_file(root)) {
    return read_load_file(name, root, overrides, diagnostics);
  }
  auto scenario = text ? parse_scenario(name, std::move(*text), overrides, diagnostics)
                       : load_scenario(name, overrides, diagnostics);
  return scenario ? from_scenario(std::move(*scenario), root, diagnostics) : std::nullopt;
}

}  // namespace

std::vector<loadgen::Threshold> parse_thresholds(const std::string& name,
                                                 std::span<const std::string> texts,
                                                 Diagnostics& diagnostics) {
  std::string list = "[";
  for (const std::string& text : texts) {
    list += list.size() > 1 ? ", \"" : "\"";
    for (const char c : text) {
      list += c == '"' || c == '\\' ? "\\" : "";
      list += c;
    }
    list += '"';
  }
  const auto documents = parse_documents(name, list + "]", diagnostics);
  if (!documents) {
    return {};
  }
  Mesh mesh = default_mesh();
  LoaderContext names{diagnostics, mesh};
  Load load;
  LoadContext context{names, diagnostics, ""};
  context.load = &load;
  read_thresholds(&documents->front().root(), context);
  return std::move(load.thresholds);
}

bool is_load_file(const Node& root) {
  return root.is_map() && root.find("load") != nullptr && root.find("mesh") == nullptr &&
         root.find("services") == nullptr && root.find("scenario") == nullptr &&
         root.find("faults") == nullptr && root.find("expect") == nullptr;
}

const Node* load_of_document(const Node& root, Diagnostics& diagnostics) {
  const Node* const load = root.is_map() ? root.find("load") : nullptr;
  if (load == nullptr || !load->is_map()) {
    report_at(load == nullptr ? root : *load,
              {.code = load == nullptr ? code::kMissingKey : code::kWrongKind,
               .message = "this file holds no loads",
               .expected = "`load:` with a map of loads"},
              diagnostics);
    return nullptr;
  }
  return load;
}

std::optional<loadgen::LoadFile> load_load_file(const std::string& path,
                                                std::span<const std::string> overrides,
                                                Diagnostics& diagnostics) {
  const auto documents = load_documents(path, diagnostics);
  return documents ? read(path, documents->front().root(), std::nullopt, overrides, diagnostics)
                   : std::nullopt;
}

std::optional<loadgen::LoadFile> parse_load_file(const std::string& name, std::string text,
                                                 std::span<const std::string> overrides,
                                                 Diagnostics& diagnostics) {
  const auto documents = parse_documents(name, text, diagnostics);
  return documents ? read(name, documents->front().root(), std::move(text), overrides, diagnostics)
                   : std::nullopt;
}

}  // namespace shaketable::engine
