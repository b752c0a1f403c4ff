#include <fmt/format.h>

#include "tests/fidelity/parts.h"
#include "tests/fidelity/plan.h"

/// Metastable failures as published: a trigger that ends, retries that keep the server busy.
namespace shaketable::fidelity {
namespace {

using proxy::Distribution;

/// Both the width of the buckets and what is left out of the start.
constexpr double kBucketSeconds = 10;

/// Open loop -> a caller whose sidecar tries again at once -> one queue that is served in order and
/// goes on with what nobody waits for any more. Requests wait for each try at most `timeout_s`.
Experiment retried_queue(double length, double per_second, const Distribution& service_time,
                         double timeout_s, std::uint32_t retries) {
  Experiment made = experiment(length, kBucketSeconds, /*drain=*/false);
  engine::Mesh& mesh = made.scenario.mesh;
  mesh.services = {with_sidecar(service("app", sharing(), {{call(1)}})),
                   service("server", fifo(1), {{work(service_time)}})};
  proxy::RetryPolicy& retry = mesh.default_route.retry.emplace();
  retry.retry_on = proxy::kRetryOn5xx;
  retry.num_retries = retries;
  retry.per_try_timeout = seconds(timeout_s);
  retry.backoff_base = retry.backoff_max = proxy::Duration{0};
  mesh.default_policy.protocol = proxy::UpstreamProtocol::kHttp2;
  mesh.default_policy.max_concurrent_streams = kNoLimit;
  made.station = 1;
  made.scenario.loads = {arrivals(0, per_second)};
  return made;
}

engine::Fault trigger(engine::FaultKind kind, double from, double to) {
  engine::Fault fault;
  fault.name = "trigger";
  fault.kind = kind;
  fault.at = proxy::kStart + seconds(from);
  fault.length = seconds(to - from);
  return fault;
}

Plan planned(const std::string& key, const Experiment& made, double requests, double tries) {
  Plan plan;
  plan.how = "scenario: a queue behind a sidecar that retries, arrivals evenly spaced";
  plan.variants = {by_scenario("sidecar", key, made, requests, tries, tries)};
  return plan;
}

/// Bronson et al., HotOS'21: a database stands still for ten seconds.
Plan outage(const CaseRow& row, const Parameters& p) {
  const std::string variant = p.text("variant");
  Plan plan;
  if (variant.find("budget") != std::string::npos) {
    plan.why_not = "another algorithm: a budget of tokens for first tries, Envoy's is of requests";
    return plan;
  }
  const bool is_shed = variant.find("shed") != std::string::npos;
  const double length = is_shed ? 600 : 400;
  const double rate = p.number("lambda");
  const Distribution time = Distribution::constant(seconds(1 / p.number("capacity", 300)));
  Experiment made = retried_queue(length, rate, time, p.number("timeout_s", 1),
                                  static_cast<std::uint32_t>(p.number("retries", 1)));
  made.scenario.loads[0].arrivals = engine::Arrivals::kConstant;
  made.scenario.faults = {trigger(engine::FaultKind::kPause, 20, 30)};
  made.scenario.faults[0].target.service = 1;
  made.window_from_s = is_shed ? 550 : 300;
  made.window_to_s = length;
  if (is_shed) {
    if (variant != "280-shedall100" && variant != "280-shed50-100s") {
      plan.why_not = "another way to shed load, which the row tells in words alone";
      return plan;
    }
    engine::Fault shed = trigger(engine::FaultKind::kLoad, 100, 200);
    shed.name = "shed";
    shed.factor_ppm = variant == "280-shedall100" ? 0 : 500'000;
    made.scenario.faults.push_back(shed);
  }
  return planned(row.id, made, rate * length, 2);
}

/// Huang et al., OSDI'22: a database with a fifth of its CPU for some seconds. A tenth of its size,
/// as the row allows.
Plan slow_database(const CaseRow& row, const Parameters& p) {
  constexpr double kScale = 10;
  const std::vector<double> times = p.numbers("trigger_s");
  const double rate = p.number("lambda") / kScale;
  const Distribution time = Distribution::constant(seconds(kScale / p.number("capacity")));
  Experiment made = retried_queue(190, rate, time, p.number("timeout_s"),
                                  static_cast<std::uint32_t>(p.number("max_retries")));
  made.scenario.loads[0].arrivals = engine::Arrivals::kConstant;
  made.scenario.faults = {trigger(engine::FaultKind::kSlow, times[0], times[1])};
  made.scenario.faults[0].target.service = 1;
  made.scenario.faults[0].factor_ppm =
      static_cast<std::uint32_t>(1e6 / p.number("capacity_factor") + 0.5);
  made.window_from_s = 150;
  made.window_to_s = 190;
  made.rate_scale = kScale;
  return planned(row.id, made, rate * 190, 5);
}

/// Seconds until no more than `few` are inside the station, or `longest`.
double recovery_s(const Experiment& made, std::uint64_t seed, double few, double longest) {
  constexpr double kStepSeconds = 5;
  engine::SimulationOptions options;
  options.seed = seed;
  options.bucket = made.scenario.run.warm_up;
  engine::Simulation simulation(made.scenario, options);
  std::size_t looked_at = 1;  // The bucket in which the backlog comes.
  for (double now = kStepSeconds; now <= longest; now += kStepSeconds) {
    simulation.run_until(proxy::kStart + seconds(now));
    const auto& points = simulation.live().gauges[made.station].points;
    for (; looked_at < points.size(); ++looked_at) {
      if (static_cast<double>(points[looked_at].in_flight_milli) <= few * 1e3) {
        return static_cast<double>(looked_at) *
               std::chrono::duration<double>(options.bucket).count();
      }
    }
  }
  return longest;
}

/// A backlog at the start, and retries on top of what comes.
Plan backlog(const CaseRow& row, const Parameters& p) {
  constexpr double kLongest = 600;
  constexpr double kLookEvery = 0.02;
  constexpr double kBurst = 0.001;
  const double few = p.number("recovered_when_N_le", 10);
  const int reps = static_cast<int>(p.number("reps"));
  Experiment made = retried_queue(
      kLongest, p.number("lambda"), Distribution::exponential(seconds(1 / p.number("mu"))),
      p.number("timeout_s"), static_cast<std::uint32_t>(p.number("retries")));
  made.scenario.run.warm_up = seconds(kLookEvery);
  engine::Load queued = arrivals(1, p.number("backlog") / kBurst);
  queued.name = "backlog";
  queued.arrivals = engine::Arrivals::kConstant;
  queued.stop = proxy::kStart + seconds(kBurst);
  made.scenario.loads.push_back(queued);
  Plan plan;
  plan.how = "scenario: a queue behind a sidecar that retries, a backlog at the start";
  Variant variant;
  variant.name = "sidecar";
  variant.key = row.id;
  variant.cost_s = reps * p.number("lambda") * 1e-4;
  variant.run = [made, few, reps, metric = row.metric](std::uint64_t seed,
                                                       const std::set<std::string>&) -> Figures {
    double sum = 0, recovered = 0;
    for (int rep = 0; rep < reps; ++rep) {
      const double time =
          recovery_s(made, seed * 100'000 + static_cast<std::uint64_t>(rep), few, kLongest);
      sum += time;
      recovered += time < kLongest ? 1 : 0;
    }
    const bool is_fraction = metric.starts_with("fraction");
    return {{metric, {(is_fraction ? recovered : sum) / reps}}};
  };
  plan.variants = {variant};
  return plan;
}

}  // namespace

Plan metastable_plan(const CaseRow& row) {
  const Parameters p(row.parameters);
  if (row.id.starts_with("MS-HOTOS")) {
    return outage(row, p);
  }
  if (row.id.starts_with("MS-OSDI")) {
    return slow_database(row, p);
  }
  if (row.id.starts_with("MS-REC")) {
    return backlog(row, p);
  }
  Plan plan;
  if (row.id.starts_with("MS-COLLAPSE")) {
    plan.why_not = "needs a server whose time grows with what it has under way";
  } else {
    plan.why_not = "a formula by itself, or one beside the run: nothing of the program computes it";
  }
  return plan;
}

}  // namespace shaketable::fidelity
