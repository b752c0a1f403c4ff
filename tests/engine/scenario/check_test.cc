#include "engine/scenario/check.h"

#include <gmock/gmock.h>

#include "tests/engine/formats/loader_fixture.h"

namespace shaketable::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> findings(const std::string& rest) {
  const Scenario scenario = scenario_of(kTwoServices + "zones: [a, b]\n" + rest);
  std::vector<std::string> result;
  for (const Finding& finding : check_scenario(scenario)) {
    EXPECT_GT(finding.mark.line, 0);
    result.push_back(finding.code + " " + finding.message);
  }
  return result;
}

const std::string kLoad = "load: {users: {workers: 1, steps: [GET /]}}\n";
const std::string kExpect = "expect: [{metric: p99, must: '< 1s'}]\n";

TEST(CheckScenarioTest, HasNothingToSayAboutACompleteOne) {
  EXPECT_THAT(findings(kLoad + kExpect), IsEmpty());
}

TEST(CheckScenarioTest, MissesLoadAndExpectations) {
  EXPECT_THAT(findings(""), ElementsAre(HasSubstr("ST1510"), HasSubstr("ST1514")));
}

TEST(CheckScenarioTest, FindsWhatBeginsAfterTheRun) {
  EXPECT_THAT(findings("load: {users: {workers: 1, steps: [GET /], at: 60s}}\n" + kExpect),
              ElementsAre(HasSubstr("ST1513 the load \"users\"")));
  EXPECT_THAT(findings(kLoad + kExpect + "faults: {f: {at: 60s, on: payment, pause: true}}"),
              ElementsAre(HasSubstr("ST1511 the fault \"f\"")));
}

TEST(CheckScenarioTest, FindsAFaultWhoseTargetNobodyFits) {
  // The second version's only instance is number 4: with two zones it stands in the second.
  const std::string on = "faults: {f: {on: {service: payment, version: v2, zone: ";
  EXPECT_THAT(findings(kLoad + kExpect + on + "a}, pause: true}}"),
              ElementsAre(HasSubstr("ST1512 the fault \"f\" hits nothing")));
  EXPECT_THAT(findings(kLoad + kExpect + on + "b}, pause: true}}"), IsEmpty());
}

TEST(CheckScenarioTest, FindsAFaultThatIsOverBeforeItHasRisen) {
  const std::string on = "faults: {f: {on: payment, slow: 3x, for: 10s, ramp: ";
  EXPECT_THAT(findings(kLoad + kExpect + on + "11s}}"),
              ElementsAre(HasSubstr("ST1516 the fault \"f\" is over before it has risen")));
  EXPECT_THAT(findings(kLoad + kExpect + on + "10s}}"), IsEmpty());
}

TEST(CheckScenarioTest, FindsAPushedMirrorThatFindsNoEndpoint) {
  EXPECT_THAT(
      findings(kLoad + kExpect +
               "faults: {f: {at: 5s, config_push: {traffic: {payment: {mirror: {to: {service: "
               "gateway}}}}}}}"),
      ElementsAre(HasSubstr("ST1517 copies of requests to \"payment\" go to \"gateway\", which "
                            "has no endpoint \"POST /charge\": they are answered with 404, and "
                            "nobody sees it")));
}

TEST(CheckScenarioTest, FindsAFaultOfAnEndpointThatNobodyAsksFor) {
  const auto said = [](const std::string& rest) {
    const Scenario scenario = scenario_of(
        "services:\n"
        "  a: {entry: true, endpoints: {GET /: {calls: [parallel: [b: GET /new]]}, GET /x: {calls: "
        "[b: GET /x]}}}\n"
        "  b: {endpoints: {GET /new: 1ms, GET /old: 1ms, GET /x: 1ms}}\n" +
        kLoad + kExpect + "faults: {f: {on: b " + rest);
    std::string all;
    for (const Finding& finding : check_scenario(scenario)) {
      all += finding.code + ' ' + finding.message + '\n';
    }
    return all;
  };

  EXPECT_EQ(said("GET /new, abort: 500}}"), "");
  EXPECT_EQ(said("GET /old, abort: 500}}"),
            "ST1512 the fault \"f\" hits nothing: no load reaches \"b GET /old\"\n");
  EXPECT_THAT(said("GET /x, abort: 500}}"), HasSubstr("ST1512"))
      << "its caller is not asked either";
  EXPECT_EQ(said("GET /old, abort: 500}}\n"
                 "traffic: {b: {routes: [{match: {path: /new}, rewrite: {prefix: /old}}]}}"),
            "")
      << "a rewritten path may lead there";
}

TEST(CheckScenarioTest, NotesServicesThatNoLoadReaches) {
  const Scenario scenario = scenario_of(
      "services: {a: {entry: true, endpoints: {GET /: 1ms}}, b: {endpoints: {GET /: 1ms}},"
      "c: {endpoints: {GET /: 1ms}}}\n" +
      kLoad + kExpect);

  const std::vector<Finding> found = check_scenario(scenario);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, FindingSeverity::kNote);
  EXPECT_EQ(found[0].message, "no load reaches \"b\" and 1 more");
}

}  // namespace
}  // namespace shaketable::engine
