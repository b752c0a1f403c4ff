#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "proxy/core/circuit_breaker.h"
#include "proxy/core/lb/load_balancer.h"
#include "proxy/core/outlier_detector.h"
#include "proxy/core/retry_policy.h"
#include "tests/fidelity/parts.h"
#include "tests/fidelity/plan.h"

/// Envoy's arithmetic: the policies by themselves, and hosts that fail behind a sidecar.
namespace shaketable::fidelity {
namespace {

using proxy::Distribution;
using proxy::Instant;
using proxy::OutlierDetection;

Plan not_covered(const std::string& why) {
  Plan plan;
  plan.why_not = why;
  return plan;
}

/// A row that calls a policy: `measure` gives the components of its metric.
Plan by_policy(const CaseRow& row, const std::string& how,
               const std::function<std::vector<double>(std::uint64_t seed)>& measure) {
  Plan plan;
  plan.how = "policy: " + how;
  Variant variant;
  variant.name = "policy";
  variant.key = row.id;
  variant.cost_s = 0.05;
  variant.run = [measure, metric = row.metric](std::uint64_t seed,
                                               const std::set<std::string>&) -> Figures {
    return {{metric, measure(seed)}};
  };
  plan.variants = {variant};
  return plan;
}

// ---- outlier detection -------------------------------------------------------------------------

/// A detector over so many hosts, whose ticks come as a cluster delivers them.
class Detector {
 public:
  Detector(const OutlierDetection& config, std::uint32_t hosts) : detector_(config, proxy::kStart) {
    std::vector<std::uint32_t> ids(hosts);
    std::iota(ids.begin(), ids.end(), 0U);
    detector_.set_hosts(ids, std::vector<bool>(hosts, true));
  }

  void respond(std::uint32_t host, std::uint16_t status, double times) {
    for (double i = 0; i < times; ++i) {
      static_cast<void>(detector_.on_response(now_, host, status, rng_, reporter_));
    }
  }
  /// Delivers the next tick.
  void tick() {
    now_ = detector_.next_tick(now_);
    static_cast<void>(detector_.on_tick(now_, rng_, reporter_));
  }
  void wait(proxy::Duration time) { now_ += time; }
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] bool is_ejected(std::uint32_t host) const { return detector_.is_ejected(host); }
  [[nodiscard]] std::uint32_t ejected() const { return detector_.ejected_count(); }

 private:
  proxy::OutlierDetector detector_;
  Instant now_ = proxy::kStart;
  proxy::Rng rng_{1};
  proxy::TelemetryBuffer telemetry_;
  proxy::OutlierDetector::Reporter reporter_{&telemetry_, 0, 0};
};

OutlierDetection all_may_go() {
  OutlierDetection config;
  config.max_ejection_percent = 100;
  return config;
}

/// All hosts fail five times in a row.
double ejected_at_once(const Parameters& p, bool always_one) {
  const auto hosts = static_cast<std::uint32_t>(p.number("hosts"));
  OutlierDetection config;
  config.max_ejection_percent = static_cast<std::uint32_t>(p.number("max_ejection_percent"));
  config.always_eject_one_host = always_one;
  Detector detector(config, hosts);
  for (std::uint32_t host = 0; host < hosts; ++host) {
    detector.respond(host, 503, 5);
  }
  return detector.ejected();
}

/// The largest number of equally bad hosts that are found among so many.
double largest_group(const Parameters& p) {
  const auto hosts = static_cast<std::uint32_t>(p.number("hosts"));
  OutlierDetection config = all_may_go();
  config.consecutive_5xx = 0;
  config.enforcing_success_rate = 100;
  config.success_rate_stdev_factor = static_cast<std::uint32_t>(p.number("factor") * 1000 + 0.5);
  double largest = 0;
  for (std::uint32_t bad = 1; bad < hosts; ++bad) {
    Detector detector(config, hosts);
    for (std::uint32_t host = 0; host < hosts; ++host) {
      detector.respond(host, 200, host < bad ? 50 : 100);
      detector.respond(host, 503, host < bad ? 50 : 0);
    }
    detector.tick();
    largest = detector.ejected() == bad ? bad : largest;
  }
  return largest;
}

double failure_percentage(const Parameters& p) {
  OutlierDetection config = all_may_go();
  config.consecutive_5xx = 0;
  config.enforcing_failure_percentage =
      static_cast<std::uint32_t>(p.number("enforcing_failure_percentage"));
  config.failure_percentage_threshold =
      static_cast<std::uint32_t>(p.number("failure_percentage_threshold"));
  config.failure_percentage_minimum_hosts = static_cast<std::uint32_t>(p.number("min_hosts"));
  config.failure_percentage_request_volume = static_cast<std::uint32_t>(p.number("request_volume"));
  Detector detector(config, config.failure_percentage_minimum_hosts);
  detector.respond(0, 503, p.number("failures"));
  detector.respond(0, 200, p.number("total") - p.number("failures"));
  for (std::uint32_t host = 1; host < config.failure_percentage_minimum_hosts; ++host) {
    detector.respond(host, 200, p.number("total"));
  }
  detector.tick();
  return detector.is_ejected(0) ? 1 : 0;
}

/// How long host 0 is out when it fails now, in base ejection times.
double times_out(Detector& detector, const OutlierDetection& config) {
  const Instant began = detector.now();
  detector.respond(0, 503, config.consecutive_5xx);
  while (detector.is_ejected(0)) {
    detector.tick();
  }
  return static_cast<double>((detector.now() - began).count()) /
         static_cast<double>(config.base_ejection_time.count());
}

/// After so many ejections: healthy intervals until an ejection is as short as the first one. Each
/// of them takes one from the multiplier, so their number is the multiplier too.
std::vector<double> healthy_intervals(const Parameters& p) {
  constexpr int kEjections = 13;
  OutlierDetection config = all_may_go();
  config.base_ejection_time = seconds(p.number("base_ejection_time_s"));
  config.max_ejection_time = seconds(p.number("max_ejection_time_s"));
  config.interval = seconds(p.number("interval_s"));
  for (int healthy = 0; healthy < 100; ++healthy) {
    Detector detector(config, 2);
    for (int i = 0; i < kEjections; ++i) {
      static_cast<void>(times_out(detector, config));
    }
    for (int i = 0; i < healthy; ++i) {
      detector.tick();
    }
    if (times_out(detector, config) <= 1) {
      return {static_cast<double>(healthy), static_cast<double>(healthy)};
    }
  }
  return {};
}

/// One of the hosts always fails; a caller asks them in turn.
Experiment one_bad_host(const Parameters& p, double per_second, double requests) {
  Experiment made = experiment(requests / per_second, requests / per_second / 10);
  engine::Mesh& mesh = made.scenario.mesh;
  mesh.services = {
      with_sidecar(service("caller", sharing(), {{call(1)}})),
      service("server", sharing(), {{work(Distribution::constant(proxy::Duration{0}))}},
              static_cast<std::uint32_t>(p.number("hosts")))};
  mesh.default_policy.lb_policy = proxy::LbPolicy::kRoundRobin;
  mesh.default_policy.protocol = proxy::UpstreamProtocol::kHttp2;
  engine::Fault bad;
  bad.name = "bad";
  bad.kind = engine::FaultKind::kAbort;
  bad.target.service = 1;
  bad.target.instance = 0;
  made.scenario.faults = {bad};
  made.scenario.loads = {arrivals(0, per_second)};
  made.scenario.loads[0].arrivals = engine::Arrivals::kConstant;
  made.station = 1;
  return made;
}

Plan ejection_times(const CaseRow& row, const Parameters& p) {
  const double rate = p.number("rps");
  const double requests = rate * p.number("seconds");
  Experiment made = one_bad_host(p, rate, requests);
  made.scenario.mesh.default_policy.outlier_detection = OutlierDetection{};
  Plan plan;
  plan.how = "scenario: one of the hosts behind a sidecar always fails";
  plan.variants = {by_scenario("sidecar", row.id, made, requests, 1, 1)};
  return plan;
}

// ---- availability ------------------------------------------------------------------------------

Plan one_bad(const CaseRow& row, const Parameters& p) {
  const double requests = 200'000;
  Experiment made = one_bad_host(p, 1000, requests);
  if (p.has("retries")) {
    proxy::RetryPolicy& retry = made.scenario.mesh.default_route.retry.emplace();
    retry.retry_on = proxy::kRetryOn5xx;
    retry.num_retries = static_cast<std::uint32_t>(p.number("retries"));
    retry.backoff_base = retry.backoff_max = proxy::Duration{0};
    retry.previous_hosts = p.text("predicate") == "previous_hosts";
    retry.host_selection_retry_max_attempts =
        static_cast<std::uint32_t>(p.number("host_selection_retry_max_attempts", 1));
  }
  Plan plan;
  plan.how = "scenario: round robin of a sidecar over hosts one of which always fails";
  plan.variants = {by_scenario("sidecar", row.id, made, requests, 1, 1.1)};
  return plan;
}

Plan serial_dependencies(const CaseRow& row, const Parameters& p) {
  const double requests = 3'000'000;
  const auto count = static_cast<std::size_t>(p.number("n"));
  Experiment made = experiment(requests / 1000, requests / 10'000);
  engine::Mesh& mesh = made.scenario.mesh;
  std::vector<engine::Step> steps;
  mesh.services.resize(1);
  for (std::size_t i = 1; i <= count; ++i) {
    steps.push_back(call(static_cast<engine::ServiceIndex>(i)));
    mesh.services.push_back(service(fmt::format("dependency-{}", i), sharing(),
                                    {{work(Distribution::constant(proxy::Duration{0}))}}));
    mesh.services.back().versions[0].endpoints[0].error_ppm =
        static_cast<std::uint32_t>((1 - p.number("p")) * 1e6 + 0.5);
  }
  mesh.services[0] = service("caller", sharing(), {steps});
  made.scenario.loads = {arrivals(0, 1000)};
  Plan plan;
  plan.how = fmt::format("scenario: {} calls one after the other", count);
  plan.variants = {by_scenario("direct", row.id, made, requests, static_cast<double>(count))};
  return plan;
}

// ---- integers ----------------------------------------------------------------------------------

double retry_limit(const Parameters& p) {
  proxy::CircuitBreakers limits;
  limits.retry_budget =
      proxy::RetryBudget{static_cast<std::uint32_t>(p.number("budget_percent") * 10'000 + 0.5),
                         static_cast<std::uint32_t>(p.number("min_retry_concurrency"))};
  proxy::CircuitBreaker breaker;
  breaker.requests = static_cast<std::uint32_t>(p.number("active_plus_pending"));
  return breaker.retry_limit(limits);
}

std::vector<double> mean_backoff(const Parameters& p, std::uint64_t seed) {
  constexpr std::uint32_t kRetries = 6;
  proxy::RetryPolicy policy;
  policy.backoff_base = milliseconds(p.number("base_ms"));
  policy.backoff_max = milliseconds(p.number("max_ms"));
  proxy::Rng rng = proxy::Rng(seed).stream("retry-jitter", 0);
  const double samples = p.number("run.samples");
  std::vector<double> means;
  for (std::uint32_t retry = 1; retry <= kRetries; ++retry) {
    double sum = 0;
    for (double i = 0; i < samples; ++i) {
      sum += static_cast<double>(proxy::backoff_delay(policy, retry, rng).count()) * 1e-6;
    }
    means.push_back(sum / samples);
  }
  return means;
}

std::vector<double> schedule(const std::vector<double>& weights, std::size_t picks) {
  proxy::EdfSchedule schedule;
  for (std::size_t slot = 0; slot < weights.size(); ++slot) {
    schedule.add(weights[slot], static_cast<std::uint32_t>(slot));
  }
  std::vector<double> sequence;
  while (sequence.size() < picks) {
    const std::uint32_t slot = schedule.take();
    schedule.add(weights[slot], slot);
    sequence.push_back(slot);
  }
  return sequence;
}

}  // namespace

Plan outlier_plan(const CaseRow& row) {
  const Parameters p(row.parameters);
  if (row.id.starts_with("OD-MAXEJ")) {
    return by_policy(row, "OutlierDetector, all hosts fail", [p, row](std::uint64_t) {
      return std::vector{ejected_at_once(
          p, row.parameters.find("\"always_eject_one_host\": true") != std::string::npos)};
    });
  }
  if (row.id.starts_with("OD-SRMAX")) {
    return by_policy(row, "OutlierDetector, half of the bad hosts' requests fail",
                     [p](std::uint64_t) { return std::vector{largest_group(p)}; });
  }
  if (row.id.starts_with("OD-FP")) {
    return by_policy(row, "OutlierDetector, failure percentage",
                     [p](std::uint64_t) { return std::vector{failure_percentage(p)}; });
  }
  if (row.id == "OD-EJBACKOFFCAP") {
    return by_policy(row, "OutlierDetector; the multiplier by the intervals that it takes to fall",
                     [p](std::uint64_t) { return healthy_intervals(p); });
  }
  if (row.id == "OD-TIMELINE-EJ") {
    return ejection_times(row, p);
  }
  return not_covered(
      "the detector says who is out, not its mean and threshold; see "
      "tests/proxy/core/outlier_detector_test.cc");
}

Plan availability_plan(const CaseRow& row) {
  const Parameters p(row.parameters);
  return row.id.starts_with("AV-1BAD") ? one_bad(row, p) : serial_dependencies(row, p);
}

Plan envoy_plan(const CaseRow& row) {
  const Parameters p(row.parameters);
  if (row.id.starts_with("EN-RB")) {
    return by_policy(row, "CircuitBreaker::retry_limit",
                     [p](std::uint64_t) { return std::vector{retry_limit(p)}; });
  }
  if (row.id == "EN-BO-MEAN") {
    return by_policy(row, "backoff_delay",
                     [p](std::uint64_t seed) { return mean_backoff(p, seed); });
  }
  if (row.id.starts_with("EN-EDF")) {
    return by_policy(row, "EdfSchedule",
                     [p](std::uint64_t) { return schedule(p.numbers("weights"), 10); });
  }
  if (row.id.starts_with("EN-TO") || row.id == "EN-BO-LB") {
    return not_covered(
        "a fixed or lower-bounded back-off, or an outcome with names; see "
        "tests/proxy/core/retry_policy_test.cc");
  }
  if (row.id.starts_with("EN-LRW")) {
    return not_covered(
        "the balancer says whom it picks, not the weights behind that; see "
        "tests/proxy/core/lb/load_balancer_test.cc");
  }
  return not_covered(
      "another policy: priorities, localities, slow start and adaptive concurrency "
      "are not among the ones of this proxy yet");
}

}  // namespace shaketable::fidelity
