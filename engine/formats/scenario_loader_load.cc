#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/codes.h"
#include "engine/formats/load_file.h"
#include "engine/formats/load_reader.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader_parts.h"
#include "engine/formats/schema_reader.h"

// `run:` and `load:` of a scenario.
namespace shaketable::engine {
namespace {

constexpr Bounds<Duration> kSomeTime{Duration(1), kMaxReadDuration};

/// Says once what of the loads virtual time cannot follow, where the first of it stands.
void note_live_only(const LoadContext& context) {
  if (context.live_only.empty()) {
    return;
  }
  std::vector<std::string> what;
  for (const auto& [node, name] : context.live_only) {
    if (std::find(what.begin(), what.end(), name) == what.end()) {
      what.emplace_back(name);
    }
  }
  report_at(
      context.live_only.front().first,
      {.severity = Severity::kNote,
       .code = code::kLiveOnly,
       .message = "virtual time has no bodies and no sockets, so it passes over: " + listed(what),
       .hint = "`assumed` says how often a branch or loop that asks for them is taken"},
      context.diagnostics);
}

}  // namespace

void read_run(const Node* node, ScenarioContext& context) {
  if (node == nullptr) {
    return;
  }
  RunSpec& run = context.scenario.run;
  ObjectReader map(node, spec::kRun, context.diagnostics);
  assign(run.duration, read_duration(map.get("duration"), context.diagnostics, kSomeTime));
  const Node* const warm_up = map.get("warm_up");
  assign(run.warm_up, read_duration(warm_up, context.diagnostics));
  constexpr Bounds<std::int64_t> kSeeds{0, std::numeric_limits<std::int64_t>::max()};
  assign(run.seed, read_integer(map.get("seed"), context.diagnostics, kSeeds));
  assign(run.drain, read_duration(map.get("drain"), context.diagnostics));
  map.finish();
  if (run.warm_up >= run.duration && warm_up != nullptr) {
    context.names.error(*warm_up, code::kBadRun, "the warm-up is as long as the run",
                        "less than the duration, so that something is measured");
  }
}

void read_loads(const Node* node, const std::string& folder, ScenarioContext& context) {
  LoadContext loads{context.names, context.diagnostics, folder, &context};
  std::optional<std::vector<Document>> document;
  if (node != nullptr && node->is_scalar()) {
    const std::string file = in_folder(folder, node->text());
    document = load_documents(file, context.diagnostics);
    if (!document) {
      context.names.error(*node, code::kNoFile,
                          "the load file " + quoted(file, 200) + " cannot be used",
                          "a path relative to this file");
      return;
    }
    loads.folder = folder_of(file);
    node = load_of_document(document->front().root(), context.diagnostics);
  }
  context.scenario.loads = read_load_section(node, loads);
  note_live_only(loads);
}

}  // namespace shaketable::engine
