#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/fidelity/parts.h"
#include "tests/fidelity/plan.h"

/// Tails: a request that waits for the slowest of many, or for the faster of two, and a tester that
/// waits with its server.
namespace shaketable::fidelity {
namespace {

using engine::ServiceIndex;
using proxy::Distribution;

constexpr double kSlowMs = 100;

/// Service times of independent leaves that nobody queues for.
engine::Service leaves(const Distribution& time) {
  return service("leaf", fifo(1'000'000), {{wait(time)}});
}

/// A caller that asks so many leaves at once and has its answer with the last of theirs.
Experiment fan_out(double per_second, double requests, double fanout, const Distribution& leaf) {
  Experiment made = experiment(requests / per_second, requests / per_second / 10);
  made.scenario.mesh.services = {
      service("source", sharing(),
              {{calls_at_once(std::vector<ServiceIndex>(static_cast<std::size_t>(fanout), 1))}}),
      leaves(leaf)};
  made.scenario.loads = {arrivals(0, per_second)};
  made.station = 1;
  made.slow_ms = kSlowMs / 2;
  return made;
}

/// Each leaf is slow with that probability, else it takes a millisecond.
Plan slow_leaves(const Parameters& p) {
  constexpr double kMostHops = 3e8;
  constexpr double kParts = 1'000'000;
  const double fanout = p.number("fanout");
  // Three standard deviations of a share are within 0.003 from 250,000 requests on.
  const double asked = RunLength::of(p).requests;
  const double requests = std::min(asked, std::max(kMostHops / fanout, 150'000.0));
  const auto slow = static_cast<std::uint64_t>(p.number("p_slow") * kParts + 0.5);
  const Distribution::WeightedValue values[] = {
      {milliseconds(1), static_cast<std::uint64_t>(kParts) - slow}, {milliseconds(kSlowMs), slow}};
  Plan plan;
  plan.how = fmt::format("scenario: parallel calls of {} leaves", fanout);
  if (requests < asked) {
    plan.how += fmt::format("; {} requests", requests);
  }
  plan.variants = {by_scenario("direct", fmt::format("fan-out {} {}", fanout, p.number("p_slow")),
                               fan_out(20, requests, fanout, Distribution::discrete(values)),
                               requests, fanout)};
  return plan;
}

/// The mixture of the row's text, "mix .99 exp5ms + .01 exp100ms", one leaf.
Plan mixture(const Parameters& p) {
  const double requests = RunLength::of(p).requests;
  Plan plan;
  plan.how = "scenario: one leaf, a mixture of two exponentials";
  plan.variants = {by_scenario("direct", "mixture",
                               fan_out(100, requests, 1, two_exponentials(0.99, 200, 10)), requests,
                               1)};
  return plan;
}

/// The row's points of a complementary distribution function, straight lines up to 10 ms, above it
/// straight lines of the logarithms, the last of which goes on.
Distribution fitted_leaf(const Parameters& p) {
  const std::vector<double> points = p.numbers("leaf_ccdf_points_ms");
  std::vector<Distribution::QuantilePoint> quantiles;
  const auto add = [&quantiles](double ms, double above) {
    quantiles.push_back({1 - above, milliseconds(ms)});
  };
  add(points[0], points[1]);
  add(points[2], points[3]);
  for (std::size_t i = 2; i + 3 < points.size(); i += 2) {
    const bool is_last = i + 5 >= points.size();
    const double slope =
        std::log(points[i + 3] / points[i + 1]) / std::log(points[i + 2] / points[i]);
    const double end = is_last ? points[i + 2] * 30 : points[i + 2];
    constexpr int kSteps = 200;
    for (int step = 1; step <= kSteps; ++step) {
      const double ms = points[i] * std::pow(end / points[i], static_cast<double>(step) / kSteps);
      add(ms, points[i + 1] * std::pow(ms / points[i], slope));
    }
  }
  return Distribution::empirical(quantiles);
}

Plan bigtable(const Parameters& p) {
  const double requests = RunLength::of(p).requests;
  const double fanout = p.number("fanout");
  Plan plan;
  plan.how =
      fmt::format("scenario: parallel calls of {} leaves, times by the row's points", fanout);
  plan.variants = {by_scenario("direct", "bigtable", fan_out(5, requests, fanout, fitted_leaf(p)),
                               requests, fanout)};
  return plan;
}

/// So many times at once: a leaf is asked, after `hedge_ms` without its answer another one too, and
/// the first answer of the two counts. A parallel step ends with all answers or with the first
/// failure, so the leaves fail, and who asks for a pair survives that.
Experiment hedged(double per_second, double requests, double fanout, double hedge_ms,
                  const Distribution& leaf) {
  Experiment made = experiment(requests / per_second, requests / per_second / 10);
  engine::Step pairs =
      calls_at_once(std::vector<ServiceIndex>(static_cast<std::size_t>(fanout), 1));
  for (std::vector<engine::Step>& branch : pairs.branches) {
    branch[0].call.optional = true;
  }
  engine::Step pair = calls_at_once({2, 2});
  pair.branches[1].insert(pair.branches[1].begin(),
                          wait(Distribution::constant(milliseconds(hedge_ms))));
  engine::Runtime stops = sharing();
  stops.cancel = true;  // The second leaf is not asked once the first has answered.
  made.scenario.mesh.services = {service("source", sharing(), {{pairs}}),
                                 service("pair", stops, {{pair}}),
                                 service("leaf", fifo(1'000'000), {{work(leaf)}})};
  made.scenario.mesh.services[2].versions[0].endpoints[0].error_ppm = 1'000'000;
  made.scenario.loads = {arrivals(0, per_second)};
  made.gate = 1;
  made.station = 2;
  return made;
}

Plan hedging(const CaseRow& row, const Parameters& p) {
  constexpr double kMostPairs = 1e7;
  const bool is_bigtable = row.id.starts_with("TL-BIGTABLE");
  const bool is_mixture = row.id.starts_with("TL-HEDGE-BIM");
  const double fanout = is_bigtable ? p.number("fanout") : 1;
  const double asked = RunLength::of(p).requests;
  const double requests = std::min(asked, kMostPairs / fanout);
  const Distribution leaf = is_bigtable  ? fitted_leaf(p)
                            : is_mixture ? two_exponentials(0.99, 200, 10)
                                         : Distribution::exponential(milliseconds(10));
  Plan plan;
  plan.how = "scenario: a parallel step whose first failure ends it, one branch of it waits";
  if (requests < asked) {
    plan.how += fmt::format("; {} requests", requests);
  }
  const std::string key = fmt::format("hedged {} {}", row.id.substr(0, 12), fanout);
  plan.variants = {by_scenario(
      "direct", key,
      hedged(is_bigtable ? 20 : 1000, requests, fanout, p.number("hedge_delay_ms"), leaf), requests,
      2 * fanout)};
  return plan;
}

/// One worker in a closed loop, so that it sends nothing while the server stands still: the mean of
/// what it sees is the mean that such a tester reports.
Plan naive_tester(const Parameters& p) {
  const double good = p.number("good_s");
  const double stall = p.number("stall_s");
  const double each_ms = p.number("good_ms");
  Experiment made = experiment(good + stall + 1, 1 / p.number("rate"));
  engine::Scenario& scenario = made.scenario;
  scenario.mesh.services = {
      service("server", fifo(1), {{work(Distribution::constant(milliseconds(each_ms)))}})};
  engine::Load tester = users(0, 1, 0);
  tester.delay = Distribution::constant(milliseconds(1e3 / p.number("rate") - each_ms));
  tester.stop = proxy::kStart + seconds(good + stall);
  scenario.loads = {tester};
  engine::Fault fault;
  fault.name = "stall";
  fault.kind = engine::FaultKind::kPause;
  fault.at = proxy::kStart + seconds(good);
  fault.length = seconds(stall);
  fault.target.service = 0;
  scenario.faults = {fault};
  Plan plan;
  plan.how = "scenario: a worker that waits for its answer, a server that stands still";
  plan.variants = {by_scenario("direct", "naive tester", made, good * p.number("rate"), 1)};
  return plan;
}

}  // namespace

Plan tail_plan(const CaseRow& row) {
  const Parameters p(row.parameters);
  if (row.id.starts_with("TL-FAN")) {
    return slow_leaves(p);
  }
  if (row.id == "TL-HEDGE-BIM-NOHEDGE") {
    return mixture(p);
  }
  if (row.id == "TL-BIGTABLE-NOHEDGE") {
    return bigtable(p);
  }
  if (row.id.starts_with("TL-CO")) {
    return naive_tester(p);
  }
  if (row.id.starts_with("TL-HEDGE") || row.id == "TL-BIGTABLE-EXTRA") {
    return hedging(row, p);
  }
  Plan plan;
  plan.why_not = "a formula by itself: nothing of the program computes it";
  return plan;
}

}  // namespace shaketable::fidelity
