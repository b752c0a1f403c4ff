#include "engine/formats/mesh_loader.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/engine/formats/loader_fixture.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::engine {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

Runtime runtime_of(const std::string& text) {
  return mesh_of("services: {a: {entry: true, endpoints: {GET /: 1ms}, runtime: " + text + "}}")
      .services[0]
      .versions[0]
      .runtime;
}

Distribution work_of(const std::string& text) {
  const Mesh mesh =
      mesh_of("services: {a: {entry: true, endpoints: {GET /: {work: " + text + "}}}}");
  return mesh.services[0].versions[0].endpoints[0].steps.at(0).time;
}

TEST(MeshLoaderTest, FillsInTheDefaultsOfARealSystem) {
  const Mesh mesh = mesh_of("services: {a: {entry: true, endpoints: {GET /: 1ms}}}");

  EXPECT_EQ(mesh.name, "mesh");
  EXPECT_EQ(mesh.zones, std::vector<std::string>{"zone-1"});
  EXPECT_EQ(mesh.network.same_zone.latency.mean(), microseconds(250));
  EXPECT_EQ(mesh.network.cross_zone.latency.mean(), milliseconds(1));
  EXPECT_TRUE(mesh.network.tls);
  EXPECT_EQ(mesh.default_route.timeout, Duration::zero());
  EXPECT_EQ(mesh.default_route.retry->num_retries, 2U);
  EXPECT_EQ(mesh.default_policy.circuit_breakers.max_requests, proxy::kUnlimited);
  EXPECT_FALSE(mesh.default_policy.outlier_detection.has_value());
  const Service& service = mesh.services[0];
  EXPECT_TRUE(service.sidecar);
  EXPECT_EQ(service.sidecar_cost.cpu_per_request, microseconds(200));
  ASSERT_EQ(service.versions.size(), 1U);
  EXPECT_EQ(service.versions[0].name, "v1");
  EXPECT_EQ(service.versions[0].instances, 1U);
  EXPECT_EQ(service.versions[0].runtime.name, "go");
}

TEST(MeshLoaderTest, ReadsAnAutoscalerWithKubernetesDefaults) {
  const auto service_with = [](const std::string& keys) {
    return "services: {a: {entry: true, instances: 3, endpoints: {GET /: 1ms}, " + keys + "}}";
  };
  const Service service =
      mesh_of(service_with("autoscale: {max: 9}, start_delay: 40s")).services[0];

  ASSERT_TRUE(service.autoscale.has_value());
  EXPECT_EQ(service.autoscale->min, 3U);
  EXPECT_EQ(service.autoscale->max, 9U);
  EXPECT_EQ(service.autoscale->target_ppm, 800'000U);
  EXPECT_EQ(service.autoscale->tolerance_ppm, 100'000U);
  EXPECT_EQ(service.autoscale->interval, seconds(15));
  EXPECT_EQ(service.autoscale->scale_down_stabilization, seconds(300));
  EXPECT_EQ(service.start_delay, seconds(40));
  EXPECT_EQ(service.termination_grace_period, seconds(30));
  EXPECT_THAT(report_of(service_with("autoscale: {max: 2}")),
              HasSubstr("`max` is less than `min`, which is 3"));
  EXPECT_THAT(report_of(service_with("autoscale: {max: 9, target: 0%}")), HasSubstr("above 0 %"));
  EXPECT_THAT(report_of(service_with("autoscale: {min: 2}")), HasSubstr("max"));
  EXPECT_THAT(report_of(service_with("autoscale: {max: 9, interval: 1ms}")), HasSubstr("ST1"));
  EXPECT_THAT(report_of(service_with("autoscale: {max: 9, scale_down_stabilization: 2h}")),
              HasSubstr("ST1"));
  EXPECT_THAT(report_of(service_with("versions: {v1: , v2: }, autoscale: {max: 9}")),
              HasSubstr("an autoscaler is of one version"));
}

TEST(MeshLoaderTest, KnowsTheDefaultsOfEachRuntime) {
  const Runtime gunicorn = runtime_of("gunicorn");
  EXPECT_EQ(gunicorn.model, RuntimeModel::kWorkers);
  EXPECT_EQ(gunicorn.workers, 1U);
  EXPECT_EQ(gunicorn.queue, 2048U);
  EXPECT_TRUE(gunicorn.refuse_connection);

  const Runtime threads = runtime_of("threads");
  EXPECT_EQ(threads.workers, 200U);
  EXPECT_EQ(threads.queue, 100U);
  EXPECT_FALSE(threads.refuse_connection);

  EXPECT_EQ(runtime_of("uwsgi").queue, 100U);
  EXPECT_EQ(runtime_of("uvicorn").model, RuntimeModel::kEventLoop);
  EXPECT_EQ(runtime_of("aiohttp").queue, 128U);
  EXPECT_EQ(runtime_of("go").model, RuntimeModel::kShared);
  EXPECT_TRUE(runtime_of("go").cancel);
  EXPECT_FALSE(runtime_of("jvm").cancel);
}

TEST(MeshLoaderTest, ReadsTheSettingsOfARuntime) {
  const Runtime pool = runtime_of(
      "{threads: {pool: 8, queue: 32, gil: true, speed: 3.0, "
      "when_full: refuse}}");
  EXPECT_EQ(pool.workers, 8U);
  EXPECT_EQ(pool.queue, 32U);
  EXPECT_EQ(pool.cpus, 1U);
  EXPECT_EQ(pool.speed_ppm, 3'000'000U);
  EXPECT_TRUE(pool.refuse_connection);

  const Runtime jvm = runtime_of(
      "{jvm: {cpus: 4, max_in_flight: 50, cancel: true, "
      "gc: {every: 10s, for: 80ms}}}");
  EXPECT_EQ(jvm.cpus, 4U);
  EXPECT_EQ(jvm.max_in_flight, 50U);
  EXPECT_TRUE(jvm.cancel);
  EXPECT_EQ(jvm.pause_every, seconds(10));
  EXPECT_EQ(jvm.pause_for, milliseconds(80));
  EXPECT_EQ(runtime_of("{go: {}}").cpus, 2U);
}

TEST(MeshLoaderTest, ReadsEveryDistribution) {
  EXPECT_EQ(work_of("250ms").mean(), milliseconds(250));
  EXPECT_EQ(work_of("{constant: 4ms}").mean(), milliseconds(4));
  const auto near = [](Distribution d, Duration mean) {
    return std::abs((d.mean() - mean).count()) < mean.count() / 100;
  };
  EXPECT_TRUE(near(work_of("{exponential: 25ms}"), milliseconds(25)));
  EXPECT_TRUE(near(work_of("{normal: [10ms, 1ms]}"), milliseconds(10)));
  EXPECT_TRUE(near(work_of("{uniform: [2ms, 4ms]}"), milliseconds(3)));
  EXPECT_TRUE(near(work_of("{pareto: {scale: 1ms, shape: 3}}"), microseconds(1500)));
  EXPECT_TRUE(near(work_of("{gamma: {shape: 2, scale: 3ms}}"), milliseconds(6)));
  EXPECT_TRUE(near(work_of("{gamma: {shape: 2, mean: 3ms}}"), milliseconds(3)));
  EXPECT_TRUE(near(work_of("{hyperexponential: [[90%, 1ms], [10%, 11ms]]}"), milliseconds(2)));
  EXPECT_EQ(
      work_of("{lognormal: {median: 8ms, p99: 40ms}}").quantile_ppm(500'000).count() / 100'000, 80);
  const Distribution by_mu = work_of("{lognormal: {mu: -4.828314, sigma: 0.5}}");
  const Distribution by_median = work_of("{lognormal: {median: 8ms, sigma: 0.5}}");
  EXPECT_NEAR(proxy::to_seconds(by_mu.quantile_ppm(500'000)),
              proxy::to_seconds(by_median.quantile_ppm(500'000)), 1e-5);
  const Distribution points =
      work_of("{empirical: [[min, 1ms], [p50, 2ms], [99.9%, 9ms], [1, 9ms]]}");
  EXPECT_EQ(points.quantile_ppm(500'000), milliseconds(2));
}

class MeasuredTimesTest : public testing::Test {
 protected:
  /// The work of a service whose times are measured in a file with that text.
  std::optional<Distribution> work_of_file(const std::string& text) {
    static_cast<void>(folder_.write("times.yaml", text));
    const std::string path =
        folder_.write("scenario.yaml",
                      "services: {a: {entry: true, endpoints: {GET /: {work: {empirical: "
                      "times.yaml}}}}}\nload: {u: {rate: 1/s, request: GET /}}\n");
    const auto scenario = load_scenario(path, {}, diagnostics_);
    source_ = source_of(path, {}, diagnostics_);
    return scenario ? std::optional(work_in(*scenario)) : std::nullopt;
  }

  static Distribution work_in(const Scenario& scenario) {
    return scenario.mesh.services.at(0).versions.at(0).endpoints.at(0).steps.at(0).time;
  }

  TemporaryFolder folder_;
  Diagnostics diagnostics_;
  ScenarioSource source_;
};

TEST_F(MeasuredTimesTest, AreEachAsLikelyAsTheOthers) {
  const auto work = work_of_file("# measured on Monday\n- 4ms\n- 1ms\n- 4ms\n- 30ms\n");

  ASSERT_TRUE(work.has_value()) << render(diagnostics_, false);
  EXPECT_EQ(work->quantile_ppm(200'000), milliseconds(1));
  EXPECT_EQ(work->quantile_ppm(500'000), milliseconds(4));
  EXPECT_EQ(work->quantile_ppm(740'000), milliseconds(4));
  EXPECT_EQ(work->quantile_ppm(760'000), milliseconds(30));
}

TEST_F(MeasuredTimesTest, MayBeQuantiles) {
  const auto work = work_of_file("[[p50, 2ms], [p99, 9ms]]");

  ASSERT_TRUE(work.has_value()) << render(diagnostics_, false);
  EXPECT_EQ(work->quantile_ppm(500'000), milliseconds(2));
}

TEST_F(MeasuredTimesTest, AreAmongWhatAScenarioIsMadeFrom) {
  ASSERT_TRUE(work_of_file("[2ms]").has_value());
  static_cast<void>(folder_.write("times.yaml", "[3ms]"));

  Diagnostics diagnostics;
  const auto again = load_scenario(source_, diagnostics);

  ASSERT_TRUE(again.has_value()) << render(diagnostics, false);
  EXPECT_EQ(work_in(*again).quantile_ppm(500'000), milliseconds(2));
}

TEST_F(MeasuredTimesTest, OfAnArgumentAreBesideTheScenarioAsAllItsFilesAre) {
  ASSERT_TRUE(work_of_file("[2ms]").has_value());
  static_cast<void>(folder_.write("others.yaml", "[3ms]"));
  const std::vector<std::string> overrides{"services.a.endpoints.GET /.work.empirical=others.yaml"};

  Diagnostics diagnostics;
  const auto scenario = load_scenario(folder_ / "scenario.yaml", overrides, diagnostics);

  ASSERT_TRUE(scenario.has_value()) << render(diagnostics, false);
  EXPECT_EQ(work_in(*scenario).quantile_ppm(500'000), milliseconds(3));
}

TEST_F(MeasuredTimesTest, AreReadOnceHoweverOftenTheyAreNamed) {
  const std::string path = folder_.write(
      "scenario.yaml",
      "services: {a: {entry: true, endpoints: {GET /: {work: {empirical: times.yaml}}, GET /b: "
      "{work: {empirical: ./times.yaml}}, GET /c: {work: {empirical: times.yaml}}}}}\n"
      "load: {u: {rate: 1/s, request: GET /}}\n");
  static_cast<void>(folder_.write("times.yaml", "- 2ms\n- 3\n"));
  EXPECT_FALSE(load_scenario(path, {}, diagnostics_));
  EXPECT_EQ(diagnostics_.error_count(), 2U) << "once for each name of the file";

  static_cast<void>(folder_.write("times.yaml", "- 2ms\n"));
  Diagnostics diagnostics;
  const auto scenario = load_scenario(path, {}, diagnostics);
  ASSERT_TRUE(scenario) << render(diagnostics, false);
  for (const Endpoint& endpoint : scenario->mesh.services[0].versions[0].endpoints) {
    EXPECT_EQ(endpoint.steps.at(0).time.quantile_ppm(500'000), milliseconds(2));
  }
}

TEST_F(MeasuredTimesTest, AreRefusedWithTheirPlace) {
  EXPECT_FALSE(work_of_file("- 2ms\n- 3\n").has_value());
  EXPECT_THAT(render(diagnostics_, false), HasSubstr("times.yaml:2:3: error[ST1104]"));
  EXPECT_FALSE(work_of_file("{}").has_value());
  EXPECT_FALSE(work_of_file("[]").has_value());
  std::filesystem::remove(folder_ / "times.yaml");
  Diagnostics diagnostics;
  EXPECT_FALSE(load_scenario(folder_ / "scenario.yaml", {}, diagnostics).has_value());
  EXPECT_THAT(render(diagnostics, false), HasSubstr("scenario.yaml:1:"));
}

TEST(MeshLoaderTest, KeepsWorkThenWaitThenCallsInTheirOrder) {
  const Mesh mesh = mesh_of(R"(
services:
  a:
    entry: true
    endpoints:
      GET /:
        calls:
          - b: GET /x
          - {work: 1ms}
          - parallel:
              - b: {call: GET /y, optional: true, timeout: 300ms, probability: 20%}
              - sequence: [{wait: 2ms}, b GET /x]
        wait: 3ms
        work: 4ms
  b: {endpoints: {GET /x: 1ms, GET /y: 1ms}}
)");

  const std::vector<Step>& steps = mesh.services[0].versions[0].endpoints[0].steps;
  ASSERT_EQ(steps.size(), 5U);
  EXPECT_EQ(steps[0].kind, Step::Kind::kWork);
  EXPECT_EQ(steps[1].kind, Step::Kind::kWait);
  EXPECT_EQ(steps[2].kind, Step::Kind::kCall);
  EXPECT_EQ(steps[3].kind, Step::Kind::kWork);
  ASSERT_EQ(steps[4].branches.size(), 2U);
  const CallStep& call = steps[4].branches[0].at(0).call;
  EXPECT_EQ(call.service, 1U);
  EXPECT_EQ(call.endpoint, 1U);
  EXPECT_TRUE(call.optional);
  EXPECT_EQ(call.timeout, milliseconds(300));
  EXPECT_EQ(call.probability_ppm, 200'000U);
  ASSERT_EQ(steps[4].branches[1].size(), 2U);
  EXPECT_EQ(steps[4].branches[1][0].kind, Step::Kind::kWait);
  EXPECT_EQ(steps[2].mark.line, 8);
}

TEST(MeshLoaderTest, LetsAVersionChangeSingleKeysOfAnEndpoint) {
  const Mesh mesh = mesh_of(R"(
services:
  pay:
    entry: true
    instances: 2
    runtime: jvm
    endpoints:
      POST /charge: {work: 12ms, wait: 1ms, errors: {rate: 1%, status: 503}}
      GET /: 1ms
    versions:
      v1: {instances: 3}
      v2: {runtime: go, endpoints: {POST /charge: {work: 14ms, errors: 3%}}, labels: {tier: x}}
)");

  const Service& service = mesh.services[0];
  const Endpoint& old = service.versions[0].endpoints[0];
  const Endpoint& changed = service.versions[1].endpoints[0];
  EXPECT_EQ(service.versions[0].instances, 3U);
  EXPECT_EQ(service.versions[1].instances, 2U);
  EXPECT_EQ(service.versions[0].runtime.name, "jvm");
  EXPECT_EQ(service.versions[1].runtime.name, "go");
  EXPECT_EQ(old.steps[0].time.mean(), milliseconds(12));
  EXPECT_EQ(changed.steps[0].time.mean(), milliseconds(14));
  EXPECT_EQ(changed.steps[1].time.mean(), milliseconds(1)) << "kept";
  EXPECT_EQ(old.error_ppm, 10'000U);
  EXPECT_EQ(changed.error_ppm, 30'000U);
  EXPECT_EQ(changed.error_status, 503) << "kept";
  EXPECT_EQ(service.versions[1].endpoints[1].name, "GET /");
  EXPECT_EQ(service.versions[1].labels[0].key, "version");
  EXPECT_EQ(service.versions[1].labels[0].value, "v2");
}

TEST(MeshLoaderTest, CachesWhatDoesNotChangeAnything) {
  const Mesh mesh = mesh_of(R"(
services:
  a:
    entry: true
    cache: {hit_ratio: 80%, hit_time: 0.2ms}
    endpoints: {GET /: 5ms, POST /: 5ms, GET /own: {work: 5ms, cache: {hit_ratio: 10%}}}
)");

  const std::vector<Endpoint>& endpoints = mesh.services[0].versions[0].endpoints;
  EXPECT_EQ(endpoints[0].cache_hit_ppm, 800'000U);
  EXPECT_EQ(endpoints[0].cache_hit_time.mean(), microseconds(200));
  EXPECT_EQ(endpoints[1].cache_hit_ppm, 0U);
  EXPECT_EQ(endpoints[2].cache_hit_ppm, 100'000U);
  EXPECT_EQ(endpoints[2].cache_hit_time.mean(), microseconds(100));
}

TEST(MeshLoaderTest, ReadsNamesOfEndpointsWithAndWithoutMethod) {
  const Mesh mesh = mesh_of(
      "services: {a: {entry: true, endpoints: {GET /x: 1ms, /y: 1ms, shop.Cart/Add: 1ms}}}");

  const std::vector<Endpoint>& endpoints = mesh.services[0].versions[0].endpoints;
  EXPECT_EQ(endpoints[0].method + endpoints[0].path, "GET/x");
  EXPECT_EQ(endpoints[1].method + endpoints[1].path, "GET/y");
  EXPECT_EQ(endpoints[2].method + endpoints[2].path, "POST/shop.Cart/Add");
  EXPECT_EQ(endpoints[2].name, "shop.Cart/Add");
}

TEST(MeshLoaderTest, ReadsSidecarNetworkAndZones) {
  const Mesh mesh = mesh_of(R"(
zones: [eu-a, eu-b]
network:
  same_zone: 0.1ms
  cross_zone: {latency: {normal: [1.2ms, 0.2ms]}, loss: 0.01%}
  discovery_delay: 3s
  tls: false
services:
  a: {entry: true, sidecar: {cpu_per_request: 1ms, latency: 2ms, cpus: 4}, endpoints: {GET /: 1ms}}
  b: {sidecar: false, ports: [80, 443], namespace: prod, endpoints: {GET /: 1ms}}
)");

  EXPECT_EQ(mesh.zones.size(), 2U);
  EXPECT_EQ(mesh.network.same_zone.latency.mean(), microseconds(100));
  EXPECT_EQ(mesh.network.cross_zone.loss_ppm, 100U);
  EXPECT_EQ(mesh.network.discovery_delay, seconds(3));
  EXPECT_FALSE(mesh.network.tls);
  EXPECT_TRUE(mesh.services[0].sidecar);
  EXPECT_EQ(mesh.services[0].sidecar_cost.cpu_per_request, milliseconds(1));
  EXPECT_EQ(mesh.services[0].sidecar_cost.latency, milliseconds(2));
  EXPECT_EQ(mesh.services[0].sidecar_cost.cpus, 4U);
  EXPECT_FALSE(mesh.services[1].sidecar);
  EXPECT_EQ(mesh.services[1].ports, (std::vector<std::uint16_t>{80, 443}));
  EXPECT_EQ(mesh.services[1].kube_namespace, "prod");
}

TEST(MeshLoaderTest, NamesWhatItDoesNotModel) {
  Diagnostics diagnostics;
  const auto mesh = parse_mesh("m.yaml", R"(
services:
  a:
    entry: true
    cache: {hit_ratio: 80%, ttl: 30s}
    endpoints: {GET /: {work: 1ms, calls: [{publish: orders}]}}
queues: {orders: {broker: amqp, prefetch: 8}}
traffic: {a: {authorize: [{from: x}]}}
)",
                               {}, diagnostics);

  ASSERT_TRUE(mesh.has_value()) << render(diagnostics, false);
  std::vector<std::string> places;
  for (const Diagnostic& one : diagnostics.sorted()) {
    if (one.code == "ST1216") {
      EXPECT_EQ(one.severity, Severity::kWarning);
      places.push_back(std::to_string(one.line) + " " + one.message);
    }
  }
  ASSERT_EQ(places.size(), 3U);
  EXPECT_THAT(places[0], testing::StartsWith("6 \"publish\" is not modelled"));
  EXPECT_THAT(places[1], testing::StartsWith("7 \"queues\""));
  EXPECT_THAT(places[2], testing::StartsWith("8 \"authorize\""));
}

std::string nested_steps(std::size_t depth) {
  std::string steps = "[{work: 1ms}]";
  for (std::size_t i = 0; i < depth; ++i) {
    steps = "[{parallel: " + steps + "}]";
  }
  return "services: {a: {entry: true, endpoints: {GET /: {calls: " + steps + "}}}}";
}

TEST(MeshLoaderTest, StopsAtItsLimits) {
  const auto report = [](const std::string& text) {
    Diagnostics diagnostics;
    static_cast<void>(parse_mesh("m.yaml", text, {}, diagnostics));
    return render(diagnostics, false);
  };

  EXPECT_EQ(report(nested_steps(15)), "");
  EXPECT_THAT(report(nested_steps(16)), testing::HasSubstr("ST1217"));

  std::string calls;
  for (int i = 0; i < 257; ++i) {
    calls += "b,";
  }
  EXPECT_THAT(report("services: {a: {entry: true, endpoints: {GET /: {calls: [" + calls +
                     "]}}}, b: {endpoints: {GET /: 1ms}}}"),
              testing::HasSubstr("ST1207"));
  EXPECT_THAT(report("services: {a: {entry: true, instances: 100000, endpoints: {GET /: 1ms}},"
                     "b: {instances: 100000, endpoints: {GET /: 1ms}},"
                     "c: {instances: 1, endpoints: {GET /: 1ms}}}"),
              testing::HasSubstr("200001 instances"));
  EXPECT_THAT(report("services: {a: {entry: true, instances: 100001, endpoints: {GET /: 1ms}}}"),
              testing::HasSubstr("ST1106"));
}

TEST(MeshLoaderTest, ReadsALargeMeshInLinearTime) {
  std::string text = "services:\n";
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = "s" + std::to_string(i);
    text += "  " + name + ": {entry: true, endpoints: {GET /: {work: 1ms";
    text += i == 0 ? "}}}\n" : ", calls: [s" + std::to_string(i - 1) + "]}}}\n";
  }

  const Mesh mesh = mesh_of(text);

  ASSERT_EQ(mesh.services.size(), 20'000U);
  EXPECT_EQ(mesh.services[19'999].versions[0].endpoints[0].steps[1].call.service, 19'998U);
}

}  // namespace
}  // namespace shaketable::engine
