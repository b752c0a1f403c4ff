#include "engine/formats/scenario_override.h"

#include <gmock/gmock.h>

#include "tests/engine/formats/loader_fixture.h"

namespace shaketable::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kScenario = kTwoServices +
                              "load: {users: {workers: 1, steps: [GET /]}}\n"
                              "faults: {slow: {at: 5s, for: 10s, on: payment, slow: 3.0}}\n"
                              "expect: [{metric: p99, must: '< 1s'}]\n";

std::string complaint(const std::string& set) { return report_of(kScenario, {set}); }

TEST(OverrideSetTest, ReplacesWhatIsThere) {
  const Scenario scenario =
      scenario_of(kScenario, {"services.payment.versions.v1.instances=5", "faults.slow.for=20s",
                              "expect.0.must=< 2s", "services.gateway.endpoints.GET /.work=7ms",
                              "load.users.workers=9"});

  EXPECT_EQ(scenario.mesh.services[1].versions[0].instances, 5U);
  EXPECT_EQ(scenario.faults[0].length, seconds(20));
  EXPECT_EQ(scenario.expectations[0].text, "p99 of gateway < 2s");
  EXPECT_EQ(scenario.mesh.services[0].versions[0].endpoints[0].steps[0].time.mean(),
            milliseconds(7));
  EXPECT_EQ(scenario.loads[0].workers, 9U);
}

TEST(OverrideSetTest, AddsWhatTheSchemaKnows) {
  const Scenario scenario = scenario_of(
      kScenario,
      {"run.seed=3", "run.duration=20s", "traffic.payment.timeout=500ms",
       "traffic.payment.retries.attempts=7", "services.gateway.runtime={gunicorn: {workers: 4}}",
       "traffic.payment.split={v1: 1, v2: 1}", "traffic.payment.split.v2=4"});

  EXPECT_EQ(scenario.run.seed, 3U);
  EXPECT_EQ(scenario.run.duration, seconds(20));
  EXPECT_EQ(scenario.mesh.policies.at(0).default_route.timeout, milliseconds(500));
  EXPECT_EQ(scenario.mesh.policies.at(0).default_route.retry->num_retries, 7U);
  EXPECT_EQ(scenario.mesh.services[0].versions[0].runtime.workers, 4U);
  EXPECT_EQ(scenario.mesh.policies.at(0).rules.at(0).destinations.at(1).weight, 4U);
}

TEST(OverrideSetTest, ReachesIntoTheMeshFileAndTheInlineMesh) {
  Diagnostics diagnostics;
  const std::vector<std::string> sets = {"services.catalog.instances=7",
                                         "traffic.payment.timeout=1s", "network.tls=false"};
  const auto scenario = load_scenario("scenarios/payment-brownout.yaml", sets, diagnostics);
  ASSERT_TRUE(scenario.has_value()) << render(diagnostics, false);
  EXPECT_EQ(scenario->mesh.services[1].versions[0].instances, 7U);
  EXPECT_EQ(scenario->mesh.policies[0].default_route.timeout, seconds(1));
  EXPECT_FALSE(scenario->mesh.network.tls);

  const Scenario inlined =
      scenario_of("mesh: {services: {a: {entry: true, endpoints: {GET /: 1ms}}}}",
                  {"services.a.instances=4", "mesh.services.a.cache={hit_ratio: 10%}"});
  EXPECT_EQ(inlined.mesh.services[0].versions[0].instances, 4U);
  EXPECT_EQ(inlined.mesh.services[0].versions[0].endpoints[0].cache_hit_ppm, 100'000U);
}

TEST(OverrideSetTest, NamesTheNearestKeyOfAPathThatLeadsNowhere) {
  EXPECT_THAT(complaint("services.paymnt.instances=5"),
              testing::AllOf(testing::HasSubstr("--set services.paymnt.instances=5"),
                             testing::HasSubstr("did you mean \"payment\"")));
  EXPECT_THAT(complaint("run.sed=5"), testing::HasSubstr("did you mean \"seed\""));
  EXPECT_THAT(complaint("lod.users.workers=5"), testing::HasSubstr("did you mean \"load\""));
  EXPECT_THAT(complaint("expect.1.must=x"), testing::HasSubstr("no item of the list"));
  EXPECT_THAT(complaint("faults.slow.slow.x=1"), testing::HasSubstr("which has no parts"));
  EXPECT_THAT(complaint("faults.new.at=1s"), testing::HasSubstr("there is no \"new\""));
  EXPECT_THAT(complaint("seed"), testing::HasSubstr("path=value"));
  EXPECT_THAT(complaint("traffic.paymnt.timeout=1s"),
              testing::HasSubstr("did you mean \"payment\""));
}

TEST(OverrideSetTest, ReportsAWrongValueAtTheArgument) {
  EXPECT_THAT(complaint("run.duration=5"),
              testing::HasSubstr("--set run.duration=5:1:1: error[ST1104]"));
  EXPECT_THAT(complaint("run.seed={"), testing::HasSubstr("--set run.seed={:1:1: error"));
  EXPECT_THAT(complaint("run.seed="), testing::HasSubstr("error"));
}

}  // namespace
}  // namespace shaketable::engine
