#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/load_reader.h"
#include "engine/formats/schema_reader.h"
#include "loadgen/core/journey_program.h"

// Steps of journeys: a tree of requests, thinking, loops and branches.
namespace shaketable::engine {
namespace {

constexpr std::uint32_t kMaxTurns = 1'000'000;

class StepReader {
 public:
  StepReader(const Node& node, std::vector<JourneyStep>& steps, LoadContext& context,
             std::uint32_t loops)
      : node_(node), steps_(steps), context_(context), loops_(loops) {}

  void read();

 private:
  void add(JourneyStep step) { steps_.push_back(std::move(step)); }
  void mistake(const char* message) {
    context_.names.error(node_, code::kBadLoad, message,
                         "GET /x, {request: ...}, {think: 1s}, {repeat: 3, steps: [...]}, {if: "
                         "..., then: [...]}, {set: ...}, {fail: why} or {end: true}");
  }
  void read_think(const Node& node);
  void read_loop();
  void read_branch();
  void read_set(const Node& node);
  void read_fail(const Node& node);
  void read_conditions_of(const Node* node, JourneyStep& step);

  const Node& node_;
  std::vector<JourneyStep>& steps_;
  LoadContext& context_;
  std::uint32_t loops_;
};

void read_list(const Node* node, std::vector<JourneyStep>& steps, LoadContext& context,
               std::uint32_t loops) {
  const auto items = read_sequence(node, context.diagnostics, "a list of steps");
  if (node != nullptr && node->is_sequence() && items.empty()) {
    context.names.error(*node, code::kBadLoad, "there are no steps", "1 to 10,000");
    return;
  }
  for (const Node* item : items) {
    if (++context.steps > kMaxJourneySteps) {
      context.names.error(*item, code::kTooMany, "too many steps in a journey", "at most 10,000");
      return;
    }
    StepReader(*item, steps, context, loops).read();
  }
}

void StepReader::read() {
  if (!node_.is_map()) {
    JourneyStep step;
    step.request = read_step_request(node_, context_);
    add(std::move(step));
    return;
  }
  constexpr const char* kKinds[] = {"request", "grpc",  "websocket", "events", "think", "repeat",
                                    "while",   "until", "if",        "set",    "fail",  "end"};
  int kinds = 0;
  const char* kind = "";
  for (const char* candidate : kKinds) {
    const bool loops_already =
        kinds > 0 && (std::string_view(kind) == "repeat" || std::string_view(kind) == "while");
    const std::string_view word = candidate;
    if (node_.find(word) != nullptr && !(loops_already && (word == "while" || word == "until"))) {
      kind = candidate;
      ++kinds;
    }
  }
  if (kinds != 1) {
    ObjectReader map(&node_, spec::kJourneyStep, context_.diagnostics);
    for (const KeySpec& key : spec::kJourneyStep.keys) {
      map.get(key.key);
    }
    map.finish();
    mistake(kinds == 0 ? "this is no step" : "a step does one thing");
    return;
  }
  const Node* const value = node_.find(kind);
  const std::string_view word = kind;
  if (word == "think") {
    read_think(*value);
  } else if (word == "repeat" || word == "while" || word == "until") {
    read_loop();
  } else if (word == "if") {
    read_branch();
  } else if (word == "set") {
    read_set(*value);
  } else if (word == "fail" || word == "end") {
    read_fail(*value);
  } else {
    JourneyStep step;
    step.request = read_step_request(node_, context_);
    add(std::move(step));
  }
}

void StepReader::read_think(const Node& node) {
  JourneyStep step;
  step.kind = JourneyStep::Kind::kThink;
  assign(step.think, read_time(&node, context_.names));
  refuse_other_keys(node_, {"think"}, context_);
  add(std::move(step));
}

void StepReader::read_conditions_of(const Node* node, JourneyStep& step) {
  read_conditions(node, step.condition, context_);
  const auto assumed = read_ppm(node_.find("assumed"), context_.diagnostics);
  for (loadgen::Condition& condition : step.condition) {
    condition.assumed_ppm = assumed.value_or(0);
  }
}

void StepReader::read_loop() {
  JourneyStep step;
  step.kind = JourneyStep::Kind::kLoop;
  const Node* const repeat = node_.find("repeat");
  const Node* const before = node_.find("while");
  const Node* const after = node_.find("until");
  step.count = kMaxTurns;
  assign(step.count, read_count(repeat, context_.diagnostics, 1, kMaxTurns));
  step.until = after != nullptr;
  read_conditions_of(after != nullptr ? after : before, step);
  if (before != nullptr && after != nullptr) {
    context_.names.error(*after, code::kContradiction, "`while` and `until` exclude each other",
                         "one of them");
  }
  if (loops_ + 1 >= loadgen::kMaxLoopDepth) {
    context_.names.error(node_, code::kTooNested, "loops within loops are nested too deep",
                         "at most " + std::to_string(loadgen::kMaxLoopDepth));
    return;
  }
  const Node* const steps = node_.find("steps");
  if (steps == nullptr) {
    mistake("a loop without `steps`");
  }
  read_list(steps, step.steps, context_, loops_ + 1);
  refuse_other_keys(node_, {"repeat", "while", "until", "steps", "assumed"}, context_);
  add(std::move(step));
}

void StepReader::read_branch() {
  JourneyStep step;
  step.kind = JourneyStep::Kind::kBranch;
  read_conditions_of(node_.find("if"), step);
  const Node* const then = node_.find("then");
  if (then == nullptr) {
    mistake("a branch without `then`");
  }
  read_list(then, step.steps, context_, loops_);
  read_list(node_.find("else"), step.otherwise, context_, loops_);
  refuse_other_keys(node_, {"if", "then", "else", "assumed"}, context_);
  add(std::move(step));
}

void StepReader::read_set(const Node& node) {
  for (const MapEntry& entry : read_entries(&node, context_.diagnostics, "a map of variables")) {
    JourneyStep step;
    step.kind = JourneyStep::Kind::kSet;
    assign(step.text, context_.text(entry.value));
    if (const auto name = read_name(entry.key, context_.diagnostics)) {
      step.variable = context_.give(*name);
      add(std::move(step));
    }
  }
  refuse_other_keys(node_, {"set"}, context_);
}

void StepReader::read_fail(const Node& node) {
  JourneyStep step;
  const bool fails = node_.find("fail") != nullptr;
  step.kind = fails ? JourneyStep::Kind::kFail : JourneyStep::Kind::kEnd;
  if (fails) {
    assign(step.text, context_.text(&node));
  } else if (const auto value = read_bool(&node, context_.diagnostics); value && !*value) {
    mistake("`end` is true or is not there");
  }
  refuse_other_keys(node_, {fails ? "fail" : "end"}, context_);
  add(std::move(step));
}

}  // namespace

void refuse_other_keys(const Node& node, std::initializer_list<std::string_view> own,
                       LoadContext& context) {
  MapReader map(&node, context.diagnostics, "this kind of step");
  for (const std::string_view key : own) {
    map.optional(key);
  }
  map.finish();
}

void read_journey_steps(const Node* node, std::vector<JourneyStep>& steps, LoadContext& context) {
  const std::size_t mistakes = context.diagnostics.error_count();
  read_list(node, steps, context, 0);
  if (node != nullptr && context.diagnostics.error_count() == mistakes &&
      loadgen::requests_of(steps).empty()) {
    context.names.error(*node, code::kBadLoad, "the journey sends no request",
                        "a step such as GET /");
  }
}

}  // namespace shaketable::engine
