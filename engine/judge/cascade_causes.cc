#include "engine/judge/cascade_causes.h"

#include <algorithm>
#include <string>

#include "engine/judge/cascade_shares.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

constexpr std::size_t kOnsetBuckets = 5;      // How much of an episode shows its cause.
constexpr std::uint64_t kBusy = 900'000;      // ppm of workers or CPUs
constexpr std::uint64_t kPool = 950'000;      // ppm: all workers are taken
constexpr std::uint64_t kQueueSlack = 1'000;  // Thousandths of a request.
constexpr Duration kRelapse = std::chrono::seconds(10);

bool is_silent(const EdgeRecord& edge, const Sums& now) {
  return edge.normal.buckets > 0 && edge.normal.count >= 10 * edge.normal.buckets &&
         now.count * 10 * edge.normal.buckets <= edge.normal.count * now.buckets;
}

struct OutcomeWord {
  Outcome outcome;
  Mechanism mechanism;
};
constexpr OutcomeWord kWays[] = {
    {Outcome::kTimeout, Mechanism::kTimeout},    {Outcome::kRefused, Mechanism::kCircuitOpen},
    {Outcome::kNoHost, Mechanism::kNoHost},      {Outcome::kConnection, Mechanism::kConnection},
    {Outcome::kServerError, Mechanism::kErrors}, {Outcome::kInjected, Mechanism::kErrors}};

constexpr OutcomeWord kCallersMistake{Outcome::kClientError, Mechanism::kErrors};

// How most of the failures of an edge ended.
OutcomeWord worst_way(const Sums& sums) {
  return *std::max_element(std::begin(kWays), std::end(kWays),
                           [&](const OutcomeWord& l, const OutcomeWord& r) {
                             return sums.of(l.outcome) < sums.of(r.outcome);
                           });
}

// The same for the step that makes the calls.
OutcomeWord worst_way_for_caller(const Sums& sums) {
  const OutcomeWord way = worst_way(sums);
  return sums.of(kCallersMistake.outcome) > sums.of(way.outcome) ? kCallersMistake : way;
}

const char* ended_words(const OutcomeWord& way) {
  switch (way.outcome) {
    case Outcome::kTimeout:
      return "timed out";
    case Outcome::kRefused:
      return "were refused";
    case Outcome::kNoHost:
      return "found no host";
    case Outcome::kConnection:
      return "lost their connection";
    case Outcome::kClientError:
      return "got a 4xx answer";
    case Outcome::kOk:
    case Outcome::kServerError:
    case Outcome::kInjected:
      break;
  }
  return "failed";
}

std::string out_of(std::uint64_t part, std::uint64_t whole) {
  return format_count(part) + " of " + format_count(whole);
}

}  // namespace

std::int64_t amplification_in(const EdgeRecord& edge, const BucketSpan& span) {
  const Sums sums = sums_of(*edge.series, span);
  return sums.count == 0
             ? kAll
             : static_cast<std::int64_t>(scaled(sums.count + sums.retries, kAll, sums.count));
}

CauseFinder::CauseFinder(const RunView& view, const std::vector<ServiceHealth>& health,
                         const std::vector<CascadeStep>& steps)
    : view_(view), health_(health), steps_(steps), steps_of_(view.services()) {
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    steps_of_[steps[i].service].push_back(i);
  }
  const std::vector<Service>& services = view.scenario().mesh.services;
  for (ServiceIndex s = 0; s < services.size(); ++s) {
    for (const Version& version : services[s].versions) {
      for (const Endpoint& endpoint : version.endpoints) {
        note_calls(s, endpoint.steps);
      }
    }
  }
}

void CauseFinder::note_calls(ServiceIndex caller, const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::kCall) {
      bool& survived = is_survived_.try_emplace({caller, step.call.service}, true).first->second;
      survived = survived && step.call.optional;
    }
    for (const std::vector<Step>& branch : step.branches) {
      note_calls(caller, branch);
    }
  }
}

// Calls that no step describes (a route leads there) count as needed.
bool CauseFinder::is_needed(const EdgeRecord& edge) const {
  const auto found = is_survived_.find({edge.caller, edge.service});
  return found == is_survived_.end() || !found->second;
}

Symptoms CauseFinder::symptoms_of(const CascadeStep& step) const {
  Symptoms symptoms;
  const std::size_t from = view_.bucket_at(step.at);
  const std::size_t end =
      step.until == proxy::kNever ? view_.buckets() : view_.bucket_at(step.until);
  symptoms.onset = {from, std::max(std::min(from + kOnsetBuckets, end), from + 1)};
  const ServiceHealth& health = health_[step.service];
  if (const Series* own = view_.own(step.service); own != nullptr) {
    const Sums sums = sums_of(*own, symptoms.onset);
    const Sums normal = sums_of(*own, view_.baseline());
    symptoms.count = sums.count;
    symptoms.errors = has_errors(sums, normal) ? excess_errors(sums, normal) : 0;
    const Limits limits = limits_of(health.baseline);
    symptoms.slower = sums.p99 > limits.p99 ? sums.p99 - health.baseline.p99 : 0;
  }
  Sums callers, normal;
  for (const std::uint32_t e : view_.into(step.service)) {
    const EdgeRecord& edge = view_.edges()[e];
    const Sums sums = sums_of(*edge.series, symptoms.onset);
    callers.count += sums.count;
    callers.errors += sums.errors;
    normal.count += edge.normal.count;
    normal.errors += edge.normal.errors;
  }
  if (has_errors(callers, normal) && excess_errors(callers, normal) > symptoms.errors) {
    symptoms.errors = excess_errors(callers, normal);
    symptoms.count = callers.count;
  }
  symptoms.stalled = health.episodes[step.episode].by_stall;
  return symptoms;
}

// ---- callees ----------------------------------------------------------------------------------

std::optional<std::uint32_t> CauseFinder::active_step(ServiceIndex service,
                                                      const CascadeStep& at) const {
  const Duration slack = 2 * view_.record().bucket;
  std::optional<std::uint32_t> found;
  for (const std::uint32_t s : steps_of_[service]) {
    const CascadeStep& step = steps_[s];
    const bool over = step.until != proxy::kNever && step.until + slack <= at.at;
    if (step.at <= at.at && !over) {
      found = s;  // The latest that has begun.
    }
  }
  return found;
}

std::optional<Cause> CauseFinder::over_edge(const CascadeStep& step, const Symptoms& symptoms,
                                            std::uint32_t number, std::uint32_t parent) const {
  const EdgeRecord& edge = view_.edges()[number];
  const Sums sums = as_seen_by_caller(sums_of(*edge.series, symptoms.onset));
  const Sums normal = as_seen_by_caller(edge.normal);
  const bool required = is_needed(edge);
  Cause cause{.parent = parent, .caller = edge.caller, .callee = edge.service};
  cause.evidence = {
      .at = view_.start_of(symptoms.onset.from), .caller = edge.caller, .service = edge.service};
  const std::uint64_t failed =
      required && has_errors(sums, normal) ? excess_errors(sums, normal) : 0;
  const std::int64_t slower = slower_by(edge, sums);
  const bool silent = is_silent(edge, sums);
  std::int64_t sum = 0;
  std::int64_t kinds = 0;
  const auto add = [&](bool shown, std::int64_t part) {
    sum += shown ? part : 0;
    kinds += shown ? 1 : 0;
  };
  add(symptoms.errors > 0, share(failed, symptoms.errors));
  add(symptoms.slower > 0, silent ? kAll : share(slower, symptoms.slower));
  add(symptoms.stalled || kinds == 0, silent ? kAll : slower > 0 ? kAll / 2 : 0);
  cause.strength = std::max(sum / kinds, silent && symptoms.stalled ? kAll : 0);
  const Runtime& runtime = view_.scenario().mesh.services[step.service].versions.front().runtime;
  const bool pool_is_out = runtime.model == RuntimeModel::kWorkers &&
                           view_.utilisation(step.service, symptoms.onset) >= kPool;
  // Workers that wait in silence leave no room for others: their queue is full, too.
  cause.strength = silent && pool_is_out ? kAll : cause.strength;
  if (cause.strength < kLeastStrength) {
    return std::nullopt;
  }
  if (failed > 0 && share(failed, symptoms.errors) >= kLeastStrength) {
    const OutcomeWord way = worst_way_for_caller(sums);
    cause.mechanism = way.mechanism;
    cause.evidence.count = sums.of(way.outcome);
    cause.evidence.text = out_of(sums.of(way.outcome), sums.count) + " calls " + ended_words(way);
  } else if (pool_is_out) {
    cause.mechanism = Mechanism::kPoolExhausted;
    cause.evidence.text =
        "workers busy " +
        format_ppm(static_cast<std::int64_t>(view_.utilisation(step.service, symptoms.onset)));
  } else if (silent) {
    cause.mechanism = Mechanism::kStall;
    cause.evidence.text = "hardly any answers";
  } else {
    cause.mechanism = Mechanism::kSlow;
    cause.evidence.text =
        "p99 " + format_duration(sums.p99) + " (normal: " + format_duration(edge.p99) + ")";
  }
  cause.evidence.mechanism = cause.mechanism;
  return cause;
}

std::optional<Cause> CauseFinder::callee(std::uint32_t number) const {
  const CascadeStep& step = steps_[number];
  const Symptoms symptoms = symptoms_of(step);
  std::optional<Cause> best;
  for (const std::uint32_t e : view_.out_of(step.service)) {
    const EdgeRecord& edge = view_.edges()[e];
    if (edge.service == step.service) {
      continue;
    }
    const std::optional<std::uint32_t> parent = active_step(edge.service, step);
    if (!parent) {
      continue;
    }
    std::optional<Cause> cause = over_edge(step, symptoms, e, *parent);
    if (cause &&
        (!best || cause->strength > best->strength ||
         (cause->strength == best->strength && steps_[*parent].at < steps_[best->parent].at))) {
      best = std::move(cause);
    }
  }
  return best;
}

// ---- callers, and the rest ----------------------------------------------------------------------

bool CauseFinder::is_overloaded(ServiceIndex service, const BucketSpan& span) const {
  if (view_.utilisation(service, span) >= kBusy) {
    return true;
  }
  const std::uint64_t normal = view_.queue_milli(service, view_.baseline());
  return view_.queue_milli(service, span) >= 2 * normal + kQueueSlack;
}

CauseFinder::Surge CauseFinder::surge_of(ServiceIndex service, const BucketSpan& span) const {
  Surge surge;
  const std::optional<std::uint64_t> normal = view_.normally_offered(service, span.to - span.from);
  surge.offered = view_.offered(service, span);
  surge.normal = normal.value_or(0);
  surge.is_one = normal.has_value() && surge.offered * 5 >= surge.normal * 6 &&
                 surge.offered >= surge.normal + 10;
  return surge;
}

// Whether retries on some edge above the service add a fifth of load.
bool CauseFinder::retries_above(ServiceIndex service, const BucketSpan& span) const {
  std::vector<bool> seen(view_.services(), false);
  std::vector<ServiceIndex> open{service};
  seen[service] = true;
  while (!open.empty()) {
    const ServiceIndex at = open.back();
    open.pop_back();
    for (const std::uint32_t e : view_.into(at)) {
      const EdgeRecord& edge = view_.edges()[e];
      if (amplification_in(edge, span) >= kAll * 6 / 5) {
        return true;
      }
      if (!seen[edge.caller]) {
        seen[edge.caller] = true;
        open.push_back(edge.caller);
      }
    }
  }
  return false;
}

std::optional<Cause> CauseFinder::callers(std::uint32_t number) const {
  const CascadeStep& step = steps_[number];
  const BucketSpan onset = symptoms_of(step).onset;
  const Surge surge = surge_of(step.service, onset);
  if (!surge.is_one || !is_overloaded(step.service, onset)) {
    return std::nullopt;
  }
  std::optional<Cause> best;
  std::uint64_t most = 0;
  for (const std::uint32_t e : view_.into(step.service)) {
    const EdgeRecord& edge = view_.edges()[e];
    const std::optional<std::uint32_t> parent = active_step(edge.caller, step);
    if (!parent || edge.caller == step.service) {
      continue;
    }
    const Sums sums = sums_of(*edge.series, onset);
    const std::uint64_t attempts = sums.count + sums.retries;
    const std::uint64_t normal =
        scaled(edge.normal.count + edge.normal.retries, sums.buckets, edge.normal.buckets);
    if (attempts <= normal || attempts - normal <= most) {
      continue;
    }
    most = attempts - normal;
    const bool retries = retries_above(step.service, onset);
    best = Cause{.mechanism = retries ? Mechanism::kRetries : Mechanism::kLoadSurge,
                 .parent = *parent,
                 .caller = edge.caller,
                 .callee = step.service,
                 .strength = share(most, surge.offered - surge.normal)};
    best->evidence = {
        .mechanism = best->mechanism,
        .at = view_.start_of(onset.from),
        .caller = edge.caller,
        .service = step.service,
        .count = attempts,
        .text = format_millionths(
                    static_cast<std::int64_t>(scaled(surge.offered, kAll, surge.normal)), 1) +
                " times the normal load"};
  }
  return best;
}

Cause CauseFinder::root(std::uint32_t number) const {
  const CascadeStep& step = steps_[number];
  const Symptoms symptoms = symptoms_of(step);
  const BucketSpan onset = symptoms.onset;
  Cause cause{.evidence = {.at = step.at, .service = step.service}};
  const Surge surge = surge_of(step.service, onset);
  for (const std::uint32_t s : steps_of_[step.service]) {
    if (s < number && steps_[s].until != proxy::kNever && steps_[s].until <= step.at &&
        step.at - steps_[s].until <= kRelapse) {
      cause.mechanism = Mechanism::kRelapse;
      cause.parent = s;
      cause.evidence.text =
          "out again after " + format_duration(step.at - steps_[s].until) + " in normal state";
    }
  }
  if (cause.parent != kNone) {
    cause.evidence.mechanism = cause.mechanism;
    return cause;
  }
  Sums callers;
  for (const std::uint32_t e : view_.into(step.service)) {
    const Sums sums = sums_of(*view_.edges()[e].series, onset);
    callers.count += sums.count;
    callers.errors += sums.errors;
    for (std::size_t o = 0; o < kOutcomes; ++o) {
      callers.outcomes[o] += sums.outcomes[o];
    }
  }
  const OutcomeWord way = worst_way(callers);
  if (is_overloaded(step.service, onset)) {
    cause.mechanism = Mechanism::kOverload;
    cause.evidence.text =
        "busy " + format_ppm(static_cast<std::int64_t>(view_.utilisation(step.service, onset)));
    if (surge.is_one) {
      cause.evidence.text +=
          ", " +
          format_millionths(static_cast<std::int64_t>(scaled(surge.offered, kAll, surge.normal)),
                            1) +
          " times the normal load";
    }
  } else if (callers.errors >= 3) {
    cause.mechanism = way.mechanism;
    cause.evidence.count = callers.of(way.outcome);
    cause.evidence.text = out_of(callers.of(way.outcome), callers.count) + " calls to it";
  } else if (symptoms.errors >= 3) {
    cause.mechanism = Mechanism::kErrors;
    cause.evidence.count = symptoms.errors;
    cause.evidence.text = out_of(symptoms.errors, symptoms.count) + " answers";
  } else {
    cause.evidence.text = "nothing in the record explains it";
  }
  cause.evidence.mechanism = cause.mechanism;
  return cause;
}

}  // namespace shaketable::engine
