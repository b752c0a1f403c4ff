#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"

// `calls:` of an endpoint: a tree of steps.
namespace shaketable::engine {
namespace {

class StepReader {
 public:
  explicit StepReader(LoaderContext& context) : context_(context) {}

  std::vector<Step> list(const Node* node, std::size_t depth) {
    std::vector<Step> steps;
    if (node == nullptr) {
      return steps;
    }
    if (depth > kMaxStepNesting) {
      context_.error(*node, code::kTooNested, "steps are nested too deeply", "at most 16 levels");
      return steps;
    }
    for (const Node* item : read_sequence(node, context_.diagnostics, "a list of steps")) {
      step(*item, depth, steps);
    }
    return steps;
  }

 private:
  void step(const Node& node, std::size_t depth, std::vector<Step>& steps) {
    if (node.is_scalar()) {
      short_call(node, steps);
      return;
    }
    ObjectReader map(&node, spec::kStep, context_.diagnostics);
    timed(map.get("work"), Step::Kind::kWork, steps);
    timed(map.get("wait"), Step::Kind::kWait, steps);
    if (const Node* branches = map.get("parallel")) {
      parallel(*branches, depth, steps);
    }
    for (Step& inner : list(map.get("sequence"), depth + 1)) {
      steps.push_back(std::move(inner));
    }
    for (const MapEntry& entry : map.others()) {
      long_call(entry, steps);
    }
    map.finish();
  }

  void timed(const Node* node, Step::Kind kind, std::vector<Step>& steps) {
    if (auto time = read_time(node, context_)) {
      Step step;
      step.kind = kind;
      step.time = *std::move(time);
      step.mark = mark_of(node);
      steps.push_back(std::move(step));
    }
  }

  void parallel(const Node& node, std::size_t depth, std::vector<Step>& steps) {
    Step step;
    step.kind = Step::Kind::kParallel;
    step.mark = mark_of(&node);
    if (depth + 1 > kMaxStepNesting) {
      list(&node, depth + 1);  // Reports.
      return;
    }
    for (const Node* item : read_sequence(&node, context_.diagnostics, "a list of steps")) {
      std::vector<Step> branch;
      this->step(*item, depth + 1, branch);
      if (!branch.empty()) {
        step.branches.push_back(std::move(branch));
      }
    }
    if (!step.branches.empty()) {
      steps.push_back(std::move(step));
    }
  }

  /// "catalog GET /products", or "catalog" when it has one endpoint.
  void short_call(const Node& node, std::vector<Step>& steps) {
    std::size_t rest = 0;
    Step step = call_step(node);
    step.call.service = context_.split_service(node.text(), rest);
    if (step.call.service == kNone) {
      const std::size_t end = std::min(node.text().find(' '), node.text().size());
      const Node name = NodeEditor::part(node, 0, end);
      context_.service(name);  // Reports.
      return;
    }
    const Service& callee = context_.mesh.services[step.call.service];
    if (rest != std::string_view::npos) {
      const Node name = NodeEditor::part(node, rest, node.text().size() - rest);
      step.call.endpoint = context_.endpoint(step.call.service, name);
    } else if (callee.endpoint_names.size() == 1) {
      step.call.endpoint = 0;
    } else {
      context_.error(node, code::kAmbiguous,
                     quoted(callee.name) + " has " + std::to_string(callee.endpoint_names.size()) +
                         " endpoints: name one",
                     quoted(callee.name + ": METHOD /path"));
    }
    add_call(node, std::move(step), steps);
  }

  /// `catalog: GET /products` and `catalog: {call: GET /products, optional: true}`.
  void long_call(const MapEntry& entry, std::vector<Step>& steps) {
    Step step = call_step(*entry.key);
    step.call.service = context_.service(*entry.key);
    const Node* endpoint = entry.value;
    if (entry.value->is_map()) {
      ObjectReader map(entry.value, spec::kCall, context_.diagnostics);
      endpoint = map.get("call");
      assign(step.call.optional, read_bool(map.get("optional"), context_.diagnostics));
      assign(step.call.timeout, read_duration(map.get("timeout"), context_.diagnostics,
                                              {Duration(1), kMaxReadDuration}));
      assign(step.call.probability_ppm, read_ppm(map.get("probability"), context_.diagnostics));
      map.finish();
    }
    if (endpoint != nullptr && step.call.service != kNone &&
        read_name(endpoint, context_.diagnostics)) {
      step.call.endpoint = context_.endpoint(step.call.service, *endpoint);
    }
    add_call(*entry.key, std::move(step), steps);
  }

  static Step call_step(const Node& node) {
    Step step;
    step.kind = Step::Kind::kCall;
    step.mark = mark_of(&node);
    return step;
  }

  void add_call(const Node& node, Step step, std::vector<Step>& steps) {
    if (++calls_ == kMaxCalls + 1) {
      context_.error(node, code::kTooMany, "an endpoint makes too many calls", "at most 256");
    }
    // A call that could not be resolved is left out: the error stops the run anyway.
    if (calls_ <= kMaxCalls && step.call.endpoint != kNone) {
      steps.push_back(std::move(step));
    }
  }

  LoaderContext& context_;
  std::size_t calls_ = 0;
};

}  // namespace

std::vector<Step> read_calls(const Node* node, LoaderContext& context) {
  return StepReader(context).list(node, 1);
}

}  // namespace shaketable::engine
