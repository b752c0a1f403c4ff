#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader_parts.h"
#include "engine/formats/schema_reader.h"
#include "engine/formats/schema_words.h"

// `run:` and `load:`.
namespace shaketable::engine {
namespace {

constexpr std::uint32_t kMaxUsers = 10'000'000;
constexpr Bounds<std::int64_t> kRates{0, 100'000'000'000'000};  // 100 million a second.
constexpr Bounds<Duration> kSomeTime{Duration(1), kMaxReadDuration};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

void read_headers(const Node* node, LoadRequest& request, ScenarioContext& context) {
  for (const MapEntry& entry : read_entries(node, context.diagnostics, "a map of headers")) {
    const auto value = read_string(entry.value, context.diagnostics, 8'192);
    if (read_name(entry.key, context.diagnostics) && value) {
      request.headers.push_back({lower(entry.key->text()), *value});
    }
  }
}

void read_query(const Node* node, LoadRequest& request, ScenarioContext& context) {
  const auto query = read_string(node, context.diagnostics, 8'192);
  if (!query) {
    return;
  }
  if (!request.query.empty()) {
    context.names.error(*node, code::kContradiction, "the request has a query already",
                        "either `?...` or `query`");
  } else if (query->starts_with('?')) {
    context.names.error(*node, code::kMalformed, "the query begins with \"?\"",
                        "only what comes behind it");
  }
  request.query = *query;
}

class LoadReader {
 public:
  LoadReader(Load& load, ScenarioContext& context)
      : load_(load), context_(context), diagnostics_(context.diagnostics) {}

  void read(const Node& node) {
    ObjectReader map(&node, spec::kLoad, diagnostics_);
    [[maybe_unused]] const auto about = read_string(map.get("about"), diagnostics_);
    const Node* const workers = map.get("workers");
    const Node* const rate = map.get("rate");
    assign(load_.workers, read_count(workers, diagnostics_, 1, kMaxUsers));
    only_with(map.get("ramp_up"), workers, "workers");
    only_with(map.get("delay"), workers, "workers");
    only_with(map.get("scenarios"), workers, "workers");
    only_with(map.get("steps"), workers, "workers");
    only_with(map.get("arrivals"), rate, "rate");
    only_with(map.get("request"), rate, "rate");
    only_with(map.get("headers"), rate, "rate");
    only_with(map.get("query"), rate, "rate");
    assign(load_.ramp_up, read_duration(map.get("ramp_up"), diagnostics_));
    assign(load_.delay, read_time(map.get("delay"), context_.names));
    read_journeys(map, node, workers != nullptr);
    read_rate_of(rate);
    assign(load_.arrivals,
           read_enum(map.get("arrivals"), diagnostics_, words::kArrivals, "a process of arrivals"));
    read_open_request(map, node, rate != nullptr);
    read_span(map);
    map.finish();
    if (map.ok() && (workers == nullptr) == (rate == nullptr)) {
      context_.names.error(node, code::kBadLoad,
                           workers == nullptr ? "this load sends nothing"
                                              : "a load is either a closed loop or an open one",
                           "`workers` with `scenarios`, or `rate` with `request`");
    }
  }

 private:
  void only_with(const Node* node, const Node* owner, const char* name) {
    if (node != nullptr && owner == nullptr) {
      context_.names.error(*node, code::kBadLoad,
                           "this setting means nothing without " + quoted(name),
                           quoted(name) + " in the load");
    }
  }

  void read_journeys(ObjectReader& map, const Node& node, bool closed) {
    const Node* const scenarios = map.get("scenarios");
    const Node* const steps = map.get("steps");
    if (steps != nullptr) {
      Journey journey;
      journey.name = load_.name;
      journey.mark = mark_of(steps);
      read_steps(steps, journey);
      load_.journeys.push_back(std::move(journey));
    }
    for (const MapEntry& entry : read_entries(scenarios, diagnostics_, "a map of journeys")) {
      if (++context_.journeys > kMaxJourneys) {
        context_.names.error(*entry.key, code::kTooMany, "too many journeys", "at most 10,000");
        break;
      }
      read_journey(entry);
    }
    if (steps != nullptr && scenarios != nullptr) {
      context_.names.error(*steps, code::kContradiction,
                           "`steps` and `scenarios` exclude each other", "one of the two");
    } else if (closed && steps == nullptr && scenarios == nullptr) {
      context_.names.error(node, code::kBadLoad, "the workers have nothing to do",
                           "`scenarios` or `steps`");
    } else if (scenarios != nullptr && scenarios->is_map()) {
      check_weights(*scenarios);
    }
  }

  void check_weights(const Node& node) {
    std::uint64_t sum = 0;
    for (const Journey& journey : load_.journeys) {
      sum += journey.weight;
    }
    if (sum == 0) {
      context_.names.error(node, code::kBadWeights, "no journey can ever be chosen",
                           "a journey with a weight above zero");
    } else if (sum > proxy::kUnlimited) {
      context_.names.error(node, code::kBadWeights, "the sum of the weights is too large",
                           "at most 4294967295");
    }
  }

  void read_journey(const MapEntry& entry) {
    Journey journey;
    journey.name = read_name(entry.key, diagnostics_).value_or("");
    journey.mark = mark_of(entry.key);
    ObjectReader map(entry.value, spec::kJourney, diagnostics_);
    assign(journey.weight, read_count(map.get("weight"), diagnostics_, 0, proxy::kUnlimited));
    read_steps(map.get("steps"), journey);
    map.finish();
    load_.journeys.push_back(std::move(journey));
  }

  void read_steps(const Node* node, Journey& journey) {
    const auto items = read_sequence(node, diagnostics_, "a list of steps");
    if (node != nullptr && node->is_sequence() &&
        (items.empty() || items.size() > kMaxJourneySteps)) {
      context_.names.error(*node, items.empty() ? code::kBadLoad : code::kTooMany,
                           "a journey has " + std::to_string(items.size()) + " steps",
                           "1 to 10,000");
      return;
    }
    bool sends = false;
    for (const Node* item : items) {
      JourneyStep step;
      if (!read_step(*item, step)) {
        sends = true;  // Reported; one mistake is enough.
        continue;
      }
      sends = sends || step.kind == JourneyStep::Kind::kRequest;
      journey.steps.push_back(std::move(step));
    }
    if (!items.empty() && !sends) {
      context_.names.error(*node, code::kBadLoad, "the journey sends no request",
                           "a step such as GET /");
    }
  }

  bool read_step(const Node& node, JourneyStep& step) {
    if (!node.is_map()) {
      auto request = read_request(&node, context_);
      assign(step.request, std::move(request));
      return step.request.endpoint != kNone;
    }
    ObjectReader map(&node, spec::kJourneyStep, diagnostics_);
    const Node* const think = map.get("think");
    const Node* const request = map.get("request");
    const Node* const headers = map.get("headers");
    const Node* const query = map.get("query");
    assign(step.request, read_request(request, context_));
    read_headers(headers, step.request, context_);
    read_query(query, step.request, context_);
    if (think != nullptr) {
      step.kind = JourneyStep::Kind::kThink;
      assign(step.think, read_time(think, context_.names));
    }
    map.finish();
    if ((think == nullptr) == (request == nullptr) ||
        (think != nullptr && (headers != nullptr || query != nullptr))) {
      context_.names.error(node, code::kBadLoad, "a step is a request or thinking",
                           "GET /x, {request: ..., headers: ...} or {think: 1s}");
    }
    return think != nullptr || step.request.endpoint != kNone;
  }

  void read_rate_of(const Node* node) {
    if (node == nullptr || !node->is_map()) {
      if (const auto rate = read_rate(node, diagnostics_, kRates)) {
        const auto ups = static_cast<RateUps>(*rate);
        load_.stages.push_back({ups, ups, Duration::zero()});
      }
      return;
    }
    ObjectReader map(node, spec::kRate, diagnostics_);
    const Node* const stages = map.get("stages");
    const auto items = read_sequence(stages, diagnostics_, "a list of stages");
    map.finish();
    if (stages != nullptr && stages->is_sequence() &&
        (items.empty() || items.size() > kMaxStages)) {
      context_.names.error(*stages, code::kTooMany,
                           "a rate has " + std::to_string(items.size()) + " stages", "1 to 10,000");
      return;
    }
    RateUps current = 0;
    for (const Node* item : items) {
      read_stage(*item, current);
    }
  }

  void read_stage(const Node& node, RateUps& current) {
    ObjectReader map(&node, spec::kRateStage, diagnostics_);
    const Node* const to_node = map.get("to");
    const Node* const over_node = map.get("over");
    const Node* const hold_node = map.get("hold");
    const Node* const rate_node = map.get("rate");
    const Node* const for_node = map.get("for");
    const auto to = read_rate(to_node, diagnostics_, kRates);
    const auto over = read_duration(over_node, diagnostics_, kSomeTime);
    const auto hold = read_duration(hold_node, diagnostics_, kSomeTime);
    const auto rate = read_rate(rate_node, diagnostics_, kRates);
    const auto length = read_duration(for_node, diagnostics_, kSomeTime);
    map.finish();
    const bool ramp = to_node && over_node && !hold_node && !rate_node && !for_node;
    const bool flat = hold_node && !to_node && !over_node && !rate_node && !for_node;
    const bool jump = rate_node && for_node && !to_node && !over_node && !hold_node;
    if (map.ok() && !ramp && !flat && !jump) {
      context_.names.error(node, code::kBadLoad, "these keys make no stage",
                           "{to, over}, {hold} or {rate, for}");
      return;
    }
    if (ramp && to && over) {
      load_.stages.push_back({current, static_cast<RateUps>(*to), *over});
    } else if (flat && hold) {
      load_.stages.push_back({current, current, *hold});
    } else if (jump && rate && length) {
      load_.stages.push_back({static_cast<RateUps>(*rate), static_cast<RateUps>(*rate), *length});
    }
    if (!load_.stages.empty()) {
      current = load_.stages.back().to;
    }
  }

  void read_open_request(ObjectReader& map, const Node& node, bool open) {
    const Node* const request = map.get("request");
    assign(load_.request, read_request(request, context_));
    read_headers(map.get("headers"), load_.request, context_);
    read_query(map.get("query"), load_.request, context_);
    if (open && request == nullptr) {
      context_.names.error(node, code::kBadLoad, "an open loop sends one request, here is none",
                           "`request: GET /x`");
    }
  }

  void read_span(ObjectReader& map) {
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
  }

  Load& load_;
  ScenarioContext& context_;
  Diagnostics& diagnostics_;
};

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

void read_loads(const Node* node, ScenarioContext& context) {
  for (const MapEntry& entry : read_entries(node, context.diagnostics, "a map of loads")) {
    if (context.scenario.loads.size() == kMaxLoads) {
      context.names.error(*entry.key, code::kTooMany, "too many loads", "at most 1,000");
      return;
    }
    Load load;
    load.name = read_name(entry.key, context.diagnostics).value_or("");
    load.mark = mark_of(entry.key);
    LoadReader(load, context).read(*entry.value);
    context.scenario.loads.push_back(std::move(load));
  }
}

}  // namespace shaketable::engine
