#include "engine/formats/load_reader.h"

#include <algorithm>

#include "engine/formats/codes.h"
#include "engine/formats/data_file.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"
#include "engine/formats/schema_words.h"

// One entry of `load:`.
namespace shaketable::engine {
namespace {

constexpr std::uint32_t kMaxUsers = 10'000'000;
constexpr Bounds<std::int64_t> kAnyCount{0, 1'000'000'000'000'000};

/// Gives values from outside of the file: see Session.
constexpr std::string_view kBuiltIn[] = {"worker", "run", "uuid"};

class LoadReader {
 public:
  LoadReader(Load& load, LoadContext& context)
      : load_(load), context_(context), diagnostics_(context.diagnostics) {}

  void read(const Node& node) {
    ObjectReader map(&node, spec::kLoad, diagnostics_);
    [[maybe_unused]] const auto about = read_string(map.get("about"), diagnostics_);
    workers_ = map.get("workers");
    rate_ = map.get("rate");
    assign(load_.workers, read_count(workers_, diagnostics_, 1, kMaxUsers));
    read_variables(map.get("variables"), context_);
    read_auth(map.get("auth"), context_);
    read_closed(map);
    read_open(map);
    read_content(map, node);
    read_ends(map);
    map.finish();
    if (map.ok() && (workers_ == nullptr) == (rate_ == nullptr)) {
      context_.names.error(node, code::kBadLoad,
                           workers_ == nullptr ? "this load sends nothing"
                                               : "a load is either a closed loop or an open one",
                           "`workers` with `scenarios`, or `rate` with `request`");
    }
    check_variables();
    check_subjects();
    load_.variable_names = context_.variables.names();
  }

 private:
  const Node* only_with(ObjectReader& map, const char* key, const Node* owner, const char* name) {
    const Node* const node = map.get(key);
    if (node != nullptr && owner == nullptr) {
      context_.names.error(*node, code::kBadLoad,
                           "this setting means nothing without " + quoted(name),
                           quoted(name) + " in the load");
    }
    return node;
  }

  void read_closed(ObjectReader& map) {
    const auto of_workers = [&](const char* key) {
      return only_with(map, key, workers_, "workers");
    };
    assign(load_.ramp_up, read_duration(of_workers("ramp_up"), diagnostics_));
    assign(load_.delay, read_time(of_workers("delay"), context_.names));
    assign(load_.run_delay, read_time(of_workers("run_delay"), context_.names));
    assign(load_.worker_duration, read_duration(of_workers("duration"), diagnostics_));
    assign(load_.max_runs, read_integer(of_workers("max_runs"), diagnostics_, kAnyCount));
    assign(load_.runs_per_session,
           read_integer(of_workers("runs_per_session"), diagnostics_, kAnyCount));
    assign(load_.picker, read_enum(of_workers("picker"), diagnostics_, words::kPicker, "a picker"));
  }

  void read_open(ObjectReader& map) {
    const auto of_rate = [&](const char* key) { return only_with(map, key, rate_, "rate"); };
    read_rate(rate_, context_);
    const Node* const arrivals = of_rate("arrivals");
    assign(load_.arrivals,
           read_enum(arrivals, diagnostics_, words::kArrivals, "a process of arrivals"));
    if (arrivals != nullptr && !load_.recorded.empty()) {
      context_.names.error(*arrivals, code::kContradiction,
                           "recorded arrivals have a timing of their own", "no `arrivals`");
    }
    const Node* const limit = of_rate("max_in_flight");
    assign(load_.max_in_flight, read_integer(limit, diagnostics_, kAnyCount));
    const Node* const full = only_with(map, "when_full", limit, "max_in_flight");
    assign(load_.when_full,
           read_enum(full, diagnostics_, words::kWhenFullLoad, "what happens to an arrival"));
  }

  void read_content(ObjectReader& map, const Node& node) {
    const Node* const scenarios = map.get("scenarios");
    const Node* const steps = map.get("steps");
    const Node* const request = map.get("request");
    const RequestNodes nodes{request,
                             only_with(map, "headers", request, "request"),
                             only_with(map, "query", request, "request"),
                             only_with(map, "json", request, "request"),
                             only_with(map, "body", request, "request"),
                             only_with(map, "check", request, "request")};
    const int ways = (scenarios != nullptr) + (steps != nullptr) + (request != nullptr);
    if (request != nullptr) {
      JourneyStep step;
      step.request = read_plain_request(nodes, context_);
      add_journey(request).steps.push_back(std::move(step));
    }
    if (steps != nullptr) {
      context_.steps = 0;
      std::vector<JourneyStep> read;
      read_journey_steps(steps, read, context_);
      add_journey(steps).steps = std::move(read);
    }
    read_journeys(scenarios);
    read_fixtures(map.get("set_up"), load_.fixtures.global_set_up, load_.fixtures.worker_set_up,
                  load_.fixtures.session_set_up);
    read_fixtures(map.get("tear_down"), load_.fixtures.global_tear_down,
                  load_.fixtures.worker_tear_down, load_.fixtures.session_tear_down);
    if (ways > 1) {
      context_.names.error(*(steps != nullptr ? steps : request), code::kContradiction,
                           "`steps`, `scenarios` and `request` exclude each other", "one of them");
    } else if (ways == 0 && (workers_ != nullptr || rate_ != nullptr)) {
      context_.names.error(node, code::kBadLoad,
                           workers_ != nullptr ? "the workers have nothing to do"
                                               : "the arrivals have nothing to do",
                           workers_ != nullptr ? "`scenarios` or `steps`" : "`request: GET /x`");
    }
  }

  Journey& add_journey(const Node* node) {
    Journey& journey = load_.journeys.emplace_back();
    journey.name = load_.name;
    load_.journey_marks.push_back(mark_of(node));
    return journey;
  }

  void read_journeys(const Node* scenarios) {
    for (const MapEntry& entry : read_entries(scenarios, diagnostics_, "a map of journeys")) {
      if (++context_.journeys > kMaxJourneys) {
        context_.names.error(*entry.key, code::kTooMany, "too many journeys", "at most 10,000");
        break;
      }
      read_journey(entry);
    }
    if (scenarios == nullptr || !scenarios->is_map()) {
      return;
    }
    std::uint64_t sum = 0;
    for (const Journey& journey : load_.journeys) {
      sum += journey.weight;
    }
    if (sum == 0) {
      context_.names.error(*scenarios, code::kBadWeights, "no journey can ever be chosen",
                           "a journey with a weight above zero");
    } else if (sum > proxy::kUnlimited) {
      context_.names.error(*scenarios, code::kBadWeights, "the sum of the weights is too large",
                           "at most 4294967295");
    }
  }

  void read_journey(const MapEntry& entry) {
    Journey journey;
    journey.name = read_name(entry.key, diagnostics_).value_or("");
    ObjectReader map(entry.value, spec::kJourney, diagnostics_);
    assign(journey.weight, read_count(map.get("weight"), diagnostics_, 0, proxy::kUnlimited));
    assign(journey.delay, read_time(map.get("delay"), context_.names));
    for (const Node* tag : read_sequence(map.get("tags"), diagnostics_, "a list of tags")) {
      journey.tags.push_back(read_name(tag, diagnostics_).value_or(""));
    }
    context_.steps = 0;
    const std::size_t others = load_.requests.size();
    read_journey_steps(map.get("steps"), journey.steps, context_);
    for (std::size_t i = others; i < load_.requests.size(); ++i) {
      add_tags(journey.tags, load_.requests[i].tags);
    }
    map.finish();
    load_.journeys.push_back(std::move(journey));
    load_.journey_marks.push_back(mark_of(entry.key));
  }

  /// Tags of a journey are those of all that it sends.
  static void add_tags(const std::vector<std::string>& from, std::vector<std::string>& tags) {
    for (const std::string& tag : from) {
      if (std::find(tags.begin(), tags.end(), tag) == tags.end()) {
        tags.push_back(tag);
      }
    }
  }

  void read_fixtures(const Node* node, std::vector<JourneyStep>& global,
                     std::vector<JourneyStep>& worker, std::vector<JourneyStep>& session) {
    if (node == nullptr) {
      return;
    }
    context_.live_only.emplace_back(*node, "steps before and after the load");
    ObjectReader map(node, spec::kFixtures, diagnostics_);
    context_.steps = 0;
    const auto part = [&](const char* key, std::vector<JourneyStep>& steps) {
      if (const Node* const list = map.get(key)) {
        read_journey_steps(list, steps, context_);
      }
    };
    part("global", global);
    part("worker", worker);
    part("session", session);
    map.finish();
  }

  void read_ends(ObjectReader& map) {
    assign(load_.timeout, read_duration(map.get("timeout"), diagnostics_));
    if (const auto at = read_duration(map.get("at"), diagnostics_)) {
      load_.start = Instant(*at);
    }
    const Node* const until = map.get("until");
    if (const auto stop = read_duration(until, diagnostics_)) {
      load_.stop = Instant(*stop);
    }
    if (load_.stop <= load_.start && until != nullptr) {
      context_.names.error(*until, code::kBadWindow, "the load ends before it starts",
                           "a time behind `at`");
    }
    const auto failure =
        read_enum(map.get("on_failure"), diagnostics_, words::kOnFailure, "what a failure does");
    load_.continue_on_failure = failure == words::OnFailure::kContinue;
    assign(load_.stop_on_failure, read_bool(map.get("stop_on_failure"), diagnostics_));
    const Node* const fail = map.get("fail");
    assign(load_.fail_threshold, read_integer(fail, diagnostics_, kAnyCount));
    const Node* const thresholds = map.get("thresholds");
    read_thresholds(thresholds, context_);
    if (const Node* const judged = thresholds != nullptr ? thresholds : fail) {
      context_.live_only.emplace_back(*judged, "thresholds (a scenario has `expect`)");
    }
  }

  /// Every `${name}` must have somebody who gives it a value.
  void check_variables() {
    std::vector<std::string> given;
    for (loadgen::VariableIndex i = 0; i < context_.is_given.size(); ++i) {
      if (context_.is_given[i]) {
        given.push_back(context_.variables.names()[i]);
      }
    }
    given.insert(given.end(), std::begin(kBuiltIn), std::end(kBuiltIn));
    for (const auto& [node, variable] : context_.mentions) {
      const std::string& name = context_.variables.names()[variable];
      if (std::find(given.begin(), given.end(), name) == given.end()) {
        context_.names.error(node, code::kUnknownVariable,
                             "nothing gives " + quoted("${" + name + "}") + " a value",
                             "a name of `variables`, `capture` or `set`, or worker, run, uuid",
                             nearest_of(name, given, diagnostics_));
      }
    }
  }

  /// What thresholds are about is a part of the load.
  void check_subjects() {
    std::vector<std::string> names = {load_.name};
    for (const Journey& journey : load_.journeys) {
      names.push_back(journey.name);
    }
    for (const loadgen::Request& request : load_.requests) {
      names.push_back(request.name);
      add_tags(request.tags, names);
    }
    for (const auto& [node, name] : context_.subjects) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        context_.names.error(node, code::kUnknownSubject,
                             "nothing of this load is named " + quoted(name),
                             "a journey, step or tag of it", nearest_of(name, names, diagnostics_));
      }
    }
  }

  Load& load_;
  LoadContext& context_;
  Diagnostics& diagnostics_;
  const Node* workers_ = nullptr;
  const Node* rate_ = nullptr;
};

}  // namespace

loadgen::VariableIndex LoadContext::give(std::string_view name) {
  const loadgen::VariableIndex variable = variables.add(name);
  is_given.resize(std::max<std::size_t>(is_given.size(), variables.size()));
  is_given[variable] = true;
  return variable;
}

std::optional<loadgen::TextTemplate> LoadContext::text(const Node& node, std::string_view text) {
  auto parsed = loadgen::TextTemplate::parse(text, variables);
  if (!parsed) {
    names.error(node, code::kMalformed, parsed.error().message, parsed.error().expected);
    return std::nullopt;
  }
  for (const loadgen::TextTemplate::Piece& piece : parsed->pieces()) {
    if (piece.variable != loadgen::kNoVariable) {
      mentions.emplace_back(node, piece.variable);
    }
  }
  return std::move(*parsed);
}

std::optional<loadgen::TextTemplate> LoadContext::text(const Node* node, std::size_t max_bytes) {
  const auto read = read_string(node, diagnostics, max_bytes);
  return read ? text(*node, *read) : std::nullopt;
}

std::optional<std::string> LoadContext::file(const Node* node) {
  const auto path = read_string(node, diagnostics, 4'096);
  if (!path || path->empty()) {
    return std::nullopt;
  }
  auto bytes = read_data_file(in_folder(folder, *path), kMaxLoadFile, diagnostics);
  if (!bytes) {
    names.error(*node, code::kNoFile, "the file " + quoted(*path, 200) + " cannot be used",
                "a path relative to this file");
  }
  return bytes;
}

std::vector<Load> read_load_section(const Node* node, LoadContext& context) {
  std::vector<Load> loads;
  for (const MapEntry& entry : read_entries(node, context.diagnostics, "a map of loads")) {
    if (loads.size() == kMaxLoads) {
      context.names.error(*entry.key, code::kTooMany, "too many loads", "at most 1,000");
      break;
    }
    Load& load = loads.emplace_back();
    load.name = read_name(entry.key, context.diagnostics).value_or("");
    load.mark = mark_of(entry.key);
    context.load = &load;
    context.variables = {};
    context.is_given.clear();
    context.mentions.clear();
    context.subjects.clear();
    LoadReader(load, context).read(*entry.value);
    context.load = nullptr;
  }
  return loads;
}

}  // namespace shaketable::engine
