#include "engine/formats/scenario_loader.h"

#include <variant>

#include <gmock/gmock.h>

#include "engine/judge/names.h"
#include "tests/engine/formats/loader_fixture.h"

namespace shaketable::engine {
namespace {

using proxy::Instant;
using std::chrono::milliseconds;
using std::chrono::seconds;

Scenario with(const std::string& rest) {
  return scenario_of(kTwoServices + "zones: [eu-a, eu-b]\nrun: {duration: 100s, warm_up: 5s}\n" +
                     rest);
}

TEST(ScenarioLoaderTest, LoadsTheShippedSample) {
  Diagnostics diagnostics;
  const auto scenario = load_scenario("scenarios/payment-brownout.yaml", {}, diagnostics);

  ASSERT_TRUE(scenario.has_value()) << render(diagnostics, false);
  EXPECT_TRUE(diagnostics.empty()) << render(diagnostics, false);
  EXPECT_EQ(scenario->name, "payment-brownout");
  EXPECT_EQ(scenario->mesh.name, "shop");
  EXPECT_EQ(scenario->run.seed, 7U);
  EXPECT_EQ(scenario->run.duration, std::chrono::minutes(3));
  EXPECT_EQ(scenario->loads.size(), 2U);
  EXPECT_EQ(scenario->faults.size(), 2U);
  EXPECT_EQ(scenario->expectations.size(), 5U);
}

TEST(ScenarioLoaderTest, NeedsThreeLinesForAScenario) {
  const Scenario scenario = scenario_of(
      "services: {api: {entry: true, endpoints: {GET /: 5ms}}}\n"
      "load: {users: {rate: 100/s, request: GET /}}\n"
      "expect: [{metric: p99, must: '< 50ms'}]\n");

  EXPECT_EQ(scenario.name, "scenario");
  EXPECT_EQ(scenario.run.duration, seconds(60));
  EXPECT_EQ(scenario.run.seed, 1U);
  EXPECT_EQ(scenario.expectations.at(0).text, "p99 of api < 50ms");
}

TEST(ScenarioLoaderTest, TakesTheMeshFromAMapAsWell) {
  const Scenario scenario = scenario_of(
      "mesh: {mesh: inner, services: {api: {entry: true, endpoints: {GET /: 5ms}}}}\n"
      "traffic: {defaults: {timeout: 3s}, api: {retries: 5}}\n");

  EXPECT_EQ(scenario.mesh.name, "inner");
  EXPECT_EQ(scenario.mesh.policies.at(0).default_route.timeout, seconds(3));
  EXPECT_EQ(scenario.mesh.policies.at(0).default_route.retry->num_retries, 5U);
}

TEST(ScenarioLoaderTest, PutsItsPoliciesOnTopOfTheMeshFile) {
  Diagnostics diagnostics;
  const auto scenario = parse_scenario("scenarios/x.yaml",
                                       "mesh: meshes/shop.yaml\n"
                                       "network: {discovery_delay: 9s}\n"
                                       "traffic: {payment: {timeout: 2s, circuit_breakers: "
                                       "{max_requests: 7}}, cart: {timeout: 1s}}\n",
                                       {}, diagnostics);

  ASSERT_TRUE(scenario.has_value()) << render(diagnostics, false);
  ASSERT_EQ(scenario->mesh.policies.size(), 2U);
  const DestinationPolicy& payment = scenario->mesh.policies[0];
  EXPECT_EQ(payment.default_route.timeout, seconds(2));
  EXPECT_EQ(payment.rules.at(0).route.timeout, seconds(2));
  EXPECT_EQ(payment.rules.at(0).destinations.size(), 2U) << "the split stays";
  EXPECT_EQ(payment.policy.circuit_breakers.max_requests, 7U);
  EXPECT_EQ(payment.policy.circuit_breakers.max_connections, 100U) << "kept";
  EXPECT_EQ(payment.default_route.retry->num_retries, 2U) << "kept";
  EXPECT_EQ(scenario->mesh.network.discovery_delay, seconds(9));
  EXPECT_EQ(scenario->mesh.network.cross_zone.loss_ppm, 100U) << "kept";
}

TEST(ScenarioLoaderTest, ReadsAClosedLoop) {
  const Scenario scenario = with(R"(
load:
  shoppers:
    workers: 120
    ramp_up: 20s
    delay: 250ms
    timeout: 3s
    at: 1s
    until: 50s
    scenarios:
      browse: {weight: 80, steps: [GET /, {think: {exponential: 1s}}, {request: "GET /?page=2", headers: {X-A: b}}]}
      buy: {steps: [gateway GET /]}
  one: {workers: 1, steps: [GET /]}
)");

  const Load& load = scenario.loads.at(0);
  EXPECT_EQ(load.workers, 120U);
  EXPECT_EQ(load.ramp_up, seconds(20));
  EXPECT_EQ(load.delay.mean(), milliseconds(250));
  EXPECT_EQ(load.timeout, seconds(3));
  EXPECT_EQ(load.start, Instant(seconds(1)));
  EXPECT_EQ(load.stop, Instant(seconds(50)));
  ASSERT_EQ(load.journeys.size(), 2U);
  EXPECT_EQ(load.journeys[0].weight, 80U);
  EXPECT_EQ(load.journeys[1].weight, 1U);
  ASSERT_EQ(load.journeys[0].steps.size(), 3U);
  EXPECT_EQ(load.journeys[0].steps[1].kind, JourneyStep::Kind::kThink);
  const LoadRequest& request = load.targets.at(load.journeys[0].steps[2].request);
  EXPECT_EQ(request.query, "page=2");
  EXPECT_EQ(request.headers.at(0).key, "x-a");
  EXPECT_EQ(scenario.loads.at(1).journeys.at(0).name, "one");
}

TEST(ScenarioLoaderTest, ReadsAnOpenLoop) {
  const Scenario scenario = with(R"(
load:
  flat: {rate: 400/s, arrivals: constant, request: GET /, headers: {a: b}, query: x=1}
  stages:
    rate: {stages: [{to: 50/s, over: 30s}, {hold: 2m}, {rate: 600/m, for: 5s}, {to: 0/s, over: 1s}]}
    request: GET /
)");

  const Load& flat = scenario.loads.at(0);
  EXPECT_EQ(flat.workers, 0U);
  EXPECT_EQ(flat.arrivals, Arrivals::kConstant);
  EXPECT_EQ(flat.stages.at(0).to_ups, 400'000'000U);
  EXPECT_EQ(flat.targets.at(0).query, "x=1");
  const std::vector<RateStage>& stages = scenario.loads.at(1).stages;
  ASSERT_EQ(stages.size(), 4U);
  EXPECT_EQ(stages[0].from_ups, 0U);
  EXPECT_EQ(stages[0].to_ups, 50'000'000U);
  EXPECT_EQ(stages[1].from_ups, 50'000'000U);
  EXPECT_EQ(stages[1].length, std::chrono::minutes(2));
  EXPECT_EQ(stages[2].from_ups, 10'000'000U);
  EXPECT_EQ(stages[3].from_ups, 10'000'000U);
  EXPECT_EQ(stages[3].to_ups, 0U);
}

TEST(ScenarioLoaderTest, AnAbortMayBeAGrpcStatus) {
  const Scenario scenario = with(R"(
faults:
  name: {on: payment, abort: {grpc_status: UNAVAILABLE, percent: 5%}}
  number: {on: payment, abort: {grpc_status: 8}}
)");

  ASSERT_EQ(scenario.faults.size(), 2U);
  EXPECT_EQ(scenario.faults[0].grpc_status, 14U);
  EXPECT_EQ(scenario.faults[0].status, 503U);
  EXPECT_EQ(scenario.faults[0].ppm, 50'000U);
  EXPECT_EQ(scenario.faults[1].grpc_status, 8U);
  EXPECT_EQ(scenario.faults[1].status, 429U);
}

TEST(ScenarioLoaderTest, ReadsEveryKindOfFault) {
  const Scenario scenario = with(R"(
load: {users: {workers: 1, steps: [GET /]}}
faults:
  delay: {at: 60s, for: 30s, on: payment, delay: {add: 2s, percent: 60%}}
  delay2: {at: 60s, until: 90s, on: payment POST /charge, delay: {exponential: 1s}, percent: 10%}
  abort: {on: payment v2, abort: {status: 500, percent: 5%}}
  abort2: {on: payment-4, abort: 429}
  reset: {on: {service: payment, zone: eu-b}, reset: true}
  hole: {on: eu-a, blackhole: 20%}
  cut: {between: [eu-a, eu-b], partition: true}
  cut2: {between: [gateway, payment], partition: one_way}
  cut3: {on: gateway -> payment, partition: both_ways}
  edge: {on: gateway -> payment POST /charge, abort: 503}
  kill: {at: 1s, on: payment, kill: 1, restart_after: 15s}
  kill2: {at: 1s, for: 5s, on: payment v1, kill: all}
  zone: {at: 1s, zone_loss: eu-b}
  pause: {on: payment, pause: true, instances: 2}
  slow: {on: payment, slow: 3x}
  loss: {loss: 5%}
  surge: {load: {times: 3.0, of: users}}
  silence: {load: 0}
  push: {config_push: {traffic: {payment: {timeout: 9s}}, delay: {uniform: [0s, 2s]}}}
)");

  const std::vector<Fault>& faults = scenario.faults;
  ASSERT_EQ(faults.size(), 19U);
  EXPECT_EQ(faults[0].kind, FaultKind::kDelay);
  EXPECT_EQ(faults[0].at, Instant(seconds(60)));
  EXPECT_EQ(faults[0].length, seconds(30));
  EXPECT_EQ(faults[0].ppm, 600'000U);
  EXPECT_EQ(faults[0].time.mean(), seconds(2));
  EXPECT_EQ(faults[1].length, seconds(30));
  EXPECT_EQ(faults[1].target.endpoint, 0U);
  EXPECT_EQ(faults[1].ppm, 100'000U);
  EXPECT_EQ(faults[2].target.version, 1U);
  EXPECT_EQ(faults[2].status, 500);
  EXPECT_EQ(faults[3].target.instance, 3U) << "counted from 0 inside";
  EXPECT_EQ(faults[3].status, 429);
  EXPECT_EQ(faults[4].target.zone, 1U);
  EXPECT_EQ(faults[4].ppm, 1'000'000U);
  EXPECT_EQ(faults[5].target.service, kNone);
  EXPECT_EQ(faults[5].target.zone, 0U);
  EXPECT_EQ(faults[6].other.zone, 1U);
  EXPECT_FALSE(faults[6].one_way);
  EXPECT_TRUE(faults[7].one_way);
  EXPECT_EQ(faults[8].target.service, 0U);
  EXPECT_EQ(faults[8].other.service, 1U);
  EXPECT_EQ(faults[9].target.service, 1U) << "requests are hit where they arrive";
  EXPECT_EQ(faults[9].target.endpoint, 0U);
  EXPECT_EQ(faults[9].other.service, 0U);
  EXPECT_EQ(faults[10].instances, 1U);
  EXPECT_EQ(faults[10].restart_after, seconds(15));
  EXPECT_EQ(faults[11].instances, 0U);
  EXPECT_EQ(faults[11].restart_after, seconds(5));
  EXPECT_EQ(faults[12].kind, FaultKind::kKill);
  EXPECT_EQ(faults[12].target.zone, 1U);
  EXPECT_EQ(faults[13].instances, 2U);
  EXPECT_EQ(faults[14].factor_ppm, 3'000'000U);
  EXPECT_EQ(faults[15].kind, FaultKind::kLoss);
  EXPECT_EQ(faults[16].load, 0U);
  EXPECT_EQ(faults[17].factor_ppm, 0U);
  ASSERT_EQ(faults[18].policies.size(), 1U);
  EXPECT_EQ(faults[18].policies[0].default_route.timeout, seconds(9));
  EXPECT_TRUE(scenario.mesh.policies.empty()) << "a push changes nothing before its time";
}

TEST(ScenarioLoaderTest, ASurgeIsOfALoadOrOfAJourneyThatOnlyOneLoadHas) {
  const std::string loads = R"(
load:
  users: {workers: 1, scenarios: {browse: {steps: [GET /]}, buy: {steps: [GET /]}}}
  bots: {workers: 1, scenarios: {crawl: {steps: [GET /]}, browse: {steps: [GET /]}}}
)";
  const Scenario scenario = with(loads + R"(
faults:
  whole: {load: {times: 2, of: users}}
  one: {load: {times: 2, of: buy}}
  named: {load: {times: 2, of: bots browse}}
  all: {load: 2x}
)");

  const auto surge = [&scenario](std::size_t fault) {
    return std::pair(scenario.faults[fault].load, scenario.faults[fault].journey);
  };
  EXPECT_EQ(surge(0), std::pair(0U, kNone));
  EXPECT_EQ(surge(1), std::pair(0U, 1U));
  EXPECT_EQ(surge(2), std::pair(1U, 1U));
  EXPECT_EQ(surge(3), std::pair(kNone, kNone));
  EXPECT_EQ(fault_words(scenario, 2), "journey browse of bots times 2");
  EXPECT_NE(report_of(kTwoServices + loads + "faults: {two: {load: {times: 2, of: browse}}}\n")
                .find("ST1314"),
            std::string::npos);
}

TEST(ScenarioLoaderTest, ReadsToHowManyInstancesAServiceIsScaled) {
  const std::string load = "load: {users: {workers: 1, steps: [GET /]}}\n";
  const Scenario scenario =
      with(load + "faults: {more: {at: 1s, for: 9s, on: payment v2, scale: 6}}");

  ASSERT_EQ(scenario.faults.size(), 1U);
  EXPECT_EQ(scenario.faults[0].kind, FaultKind::kScale);
  EXPECT_EQ(scenario.faults[0].instances, 6U);
  EXPECT_EQ(fault_words(scenario, 0), "payment v2 is to have 6 instances");
  const auto report = [&](const std::string& fault) {
    return report_of(kTwoServices + load + "faults: {more: {" + fault + "}}\n");
  };
  EXPECT_THAT(report("on: payment, scale: 6"), testing::HasSubstr("several versions"));
  EXPECT_THAT(report("on: payment-1, scale: 6"), testing::HasSubstr("only a service or a version"));
  EXPECT_THAT(report("on: payment v2, scale: 0"), testing::HasSubstr("ST1"));
  EXPECT_THAT(report("scale: 3"), testing::HasSubstr("the fault hits nothing"));
  std::string many = "on: payment v2, scale: 10000}";
  for (int i = 0; i < 20; ++i) {
    many += ", more-" + std::to_string(i) + ": {on: payment v2, scale: 10000" + (i < 19 ? "}" : "");
  }
  EXPECT_THAT(report(many), testing::HasSubstr("the faults ask for 210000 instances"));
}

TEST(ScenarioLoaderTest, ReadsHowLongAFaultRises) {
  const Scenario scenario = with(R"(
load: {users: {workers: 1, steps: [GET /]}}
faults:
  delay: {at: 1s, for: 30s, ramp: 10s, on: payment, delay: {add: 2s, percent: 60%}}
  loss: {loss: 5%, ramp: 10s}
  surge: {load: 3x, ramp: 1m}
  at-once: {on: payment, slow: 3x, ramp: 0s}
)");

  EXPECT_EQ(scenario.faults[0].ramp, seconds(10));
  EXPECT_EQ(scenario.faults[1].ramp, seconds(10));
  EXPECT_EQ(scenario.faults[2].ramp, seconds(60));
  EXPECT_EQ(scenario.faults[3].ramp, seconds(0));
}

TEST(ScenarioLoaderTest, ResolvesTheWindowsOfExpectations) {
  const Scenario scenario = with(R"(
load: {users: {workers: 1, steps: [GET /]}}
faults:
  slow: {at: 60s, for: 20s, on: payment, slow: 3.0}
  kill: {at: 10s, on: payment, kill: 1, restart_after: 15s}
expect:
  - {metric: p50, must: "< 1s", during: before slow}
  - {metric: p50, must: "< 1s", during: during slow}
  - {metric: p50, must: "< 1s", during: after kill}
  - {metric: p50, must: "< 1s", during: 10s..40s}
  - {metric: p50, must: "< 1s", during: last 30s}
  - {metric: p50, must: "< 1s", during: first 30s}
  - {event: ejection, within: 10s of slow}
  - {event: ejection, of: gateway -> payment, within: 5s of end of slow, never: true}
  - {recovered: gateway, within: 20s}
  - {recovered: gateway, never: true}
)");

  const auto window = [&](std::size_t i) {
    return std::visit(
        [](const auto& what) -> Window {
          if constexpr (requires { what.window; }) {
            return what.window;
          }
          return {};
        },
        scenario.expectations.at(i).what);
  };
  const auto span = [&](std::size_t i) {
    const Window w = window(i);
    const auto whole = [](Instant at) {
      return at == proxy::kNever ? -1 : at.time_since_epoch() / seconds(1);
    };
    return std::to_string(whole(w.from)) + ".." + std::to_string(whole(w.to));
  };
  EXPECT_EQ(span(0), "5..60") << "the warm-up is left out";
  EXPECT_EQ(span(1), "60..80");
  EXPECT_EQ(span(2), "25..-1");
  EXPECT_EQ(span(3), "10..40");
  EXPECT_EQ(span(4), "70..-1");
  EXPECT_EQ(span(5), "0..30");
  EXPECT_EQ(span(6), "60..70");
  EXPECT_EQ(span(7), "80..85");
  EXPECT_EQ(span(8), "0..20");
  EXPECT_EQ(span(9), "80..-1");
  EXPECT_EQ(scenario.expectations[7].text,
            "no ejection of gateway -> payment within 5s of end of slow");
  EXPECT_EQ(scenario.expectations[9].text, "gateway never recovers");
  EXPECT_EQ(scenario.expectations[4].text, "p50 of gateway < 1s in the last 30s");
}

TEST(ScenarioLoaderTest, ReadsSubjectsAndBoundsInTheUnitOfTheMetric) {
  const Scenario scenario = with(R"(
load: {users: {workers: 1, scenarios: {browse: {steps: [GET /]}}}}
faults: {slow: {at: 60s, for: 20s, on: payment, slow: 3.0}}
expect:
  - {metric: success_rate, of: gateway, must: ">= 99.5%"}
  - {metric: p99.9, of: gateway GET /, must: "< 400ms"}
  - {metric: share, of: payment v2, must: "10% +- 2%"}
  - {metric: retries, of: gateway -> payment, must: "<= 0.2"}
  - {metric: goodput, of: users, must: "> 100/s"}
  - {metric: requests, of: browse, must: "== 5"}
  - {metric: queue, of: payment, must: "< 2.5", fails: true}
  - {blast_radius: slow, must: "<= 2 services"}
)");

  const auto metric = [&](std::size_t i) {
    return std::get<MetricExpectation>(scenario.expectations.at(i).what);
  };
  EXPECT_EQ(metric(0).bound.value, 995'000);
  EXPECT_EQ(metric(0).bound.comparison, Comparison::kGreaterEqual);
  EXPECT_EQ(metric(1).metric, Metric::kP999);
  EXPECT_EQ(metric(1).bound.value, 400'000'000);
  EXPECT_EQ(metric(1).subject.kind, Subject::Kind::kEndpoint);
  EXPECT_EQ(metric(2).bound.comparison, Comparison::kWithin);
  EXPECT_EQ(metric(2).bound.tolerance, 20'000);
  EXPECT_EQ(metric(2).subject.version, 1U);
  EXPECT_EQ(metric(3).bound.value, 200'000);
  EXPECT_EQ(metric(3).subject.kind, Subject::Kind::kEdge);
  EXPECT_EQ(metric(3).subject.caller, 0U);
  EXPECT_EQ(metric(4).bound.value, 100'000'000);
  EXPECT_EQ(metric(4).subject.kind, Subject::Kind::kJourney);
  EXPECT_EQ(metric(4).subject.journey, kNone);
  EXPECT_EQ(metric(5).subject.journey, 0U);
  EXPECT_EQ(metric(5).bound.comparison, Comparison::kWithin);
  EXPECT_EQ(metric(6).bound.value, 2'500'000);
  EXPECT_TRUE(scenario.expectations[6].expected_to_fail);
  const auto radius = std::get<BlastRadiusExpectation>(scenario.expectations[7].what);
  EXPECT_EQ(radius.fault, 0U);
  EXPECT_EQ(radius.bound.value, 2);
}

TEST(ScenarioLoaderTest, RefusesFilesThatAreNoMap) {
  EXPECT_THAT(report_of("hello\n"), testing::HasSubstr("scenario.yaml:1:1: error[ST1101]"));
  EXPECT_THAT(report_of("- a\n"), testing::HasSubstr("scenario.yaml:1:1: error[ST1101]"));
  EXPECT_THAT(report_of("# only\n"), testing::HasSubstr("error[ST1014]"));
}

TEST(ScenarioLoaderTest, TellsAScenarioFromAMeshAndFromPolicies) {
  Diagnostics diagnostics;
  EXPECT_TRUE(check_file("scenarios/payment-brownout.yaml", {}, diagnostics));
  EXPECT_TRUE(check_file("scenarios/meshes/shop.yaml", {}, diagnostics));
  EXPECT_FALSE(check_file("scenarios/nothing-there.yaml", {}, diagnostics));
}

}  // namespace
}  // namespace shaketable::engine
