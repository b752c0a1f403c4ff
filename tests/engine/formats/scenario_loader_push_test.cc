#include <algorithm>
#include <chrono>
#include <map>
#include <string>

#include <gmock/gmock.h>

#include "engine/mesh/compile.h"
#include "tests/engine/formats/loader_fixture.h"

// `config_push:` with `defaults` and Istio files: a layer above those of the mesh and the scenario.
namespace shaketable::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

using Files = std::map<std::string, std::string>;

const std::string kMesh =
    "services:\n"
    "  gateway: {entry: true, endpoints: {GET /: {calls: [payment, stock]}}}\n"
    "  payment: {endpoints: {POST /charge: 5ms}, versions: {v1: {instances: 3}, v2: {}}}\n"
    "  stock: {endpoints: {GET /stock: {work: 1ms, calls: [payment]}}}\n"
    "load: {users: {workers: 1, steps: [GET /]}}\n"
    "expect: [{metric: p99, must: '< 1s'}]\n";

/// A VirtualService of payment that sends everything to v1 and v2 in these shares.
std::string split(int v1, int v2, const std::string& name = "payment") {
  return "apiVersion: networking.istio.io/v1\n"
         "kind: VirtualService\n"
         "metadata: {name: " +
         name +
         "}\n"
         "spec:\n"
         "  hosts: [payment]\n"
         "  http:\n"
         "    - route:\n"
         "        - {destination: {host: payment, subset: v1}, weight: " +
         std::to_string(v1) +
         "}\n"
         "        - {destination: {host: payment, subset: v2}, weight: " +
         std::to_string(v2) + "}\n";
}

const std::string kSubsets =
    "apiVersion: networking.istio.io/v1\n"
    "kind: DestinationRule\n"
    "metadata: {name: payment}\n"
    "spec:\n"
    "  host: payment\n"
    "  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]\n";

struct Loaded {
  std::optional<Scenario> scenario;
  std::string report;
};

Loaded load(const std::string& rest, const Files& files = {}) {
  Diagnostics diagnostics;
  diagnostics.provide("nothing.yaml", "");  // From here on nothing is read from the disk.
  for (const auto& [name, text] : files) {
    diagnostics.provide(name, text);
  }
  Loaded loaded;
  loaded.scenario = parse_scenario("scenario.yaml", kMesh + rest, {}, diagnostics);
  loaded.report = render(diagnostics, false);
  return loaded;
}

Scenario good(const std::string& rest, const Files& files = {}) {
  Loaded loaded = load(rest, files);
  EXPECT_TRUE(loaded.scenario.has_value()) << loaded.report;
  return loaded.scenario.value_or(Scenario{});
}

const DestinationPolicy* find(const std::vector<DestinationPolicy>& policies, ServiceIndex service,
                              ServiceIndex from = kNone) {
  const auto found = std::find_if(
      policies.begin(), policies.end(),
      [&](const DestinationPolicy& it) { return it.service == service && it.from == from; });
  return found == policies.end() ? nullptr : &*found;
}

std::vector<std::uint32_t> weights_of(const DestinationPolicy& policy) {
  std::vector<std::uint32_t> weights;
  for (const RouteDestination& to : policy.rules.back().destinations) {
    weights.push_back(to.weight);
  }
  return weights;
}

constexpr ServiceIndex kGateway = 0;
constexpr ServiceIndex kPayment = 1;
constexpr ServiceIndex kStock = 2;

TEST(ConfigPushTest, DefaultsReachEveryDestinationAndLeaveWhatIsWrittenForOne) {
  const Scenario scenario = good(
      "traffic: {defaults: {connect_timeout: 2s, timeout: 9s}, payment: {timeout: 300ms}}\n"
      "faults: {f: {at: 1s, config_push: {traffic: {defaults: {timeout: 5s, retries: 4}}}}}\n");

  const std::vector<DestinationPolicy>& pushed = scenario.faults[0].policies;
  ASSERT_EQ(pushed.size(), 3U);
  const DestinationPolicy& payment = *find(pushed, kPayment);
  const DestinationPolicy& stock = *find(pushed, kStock);
  EXPECT_EQ(payment.default_route.timeout, milliseconds(300));
  EXPECT_EQ(payment.default_route.retry->num_retries, 4U);
  EXPECT_EQ(stock.default_route.timeout, seconds(5));
  EXPECT_EQ(stock.default_route.retry->num_retries, 4U);
  EXPECT_EQ(stock.policy.connect_timeout, seconds(2)) << "the mesh's own default stays";
  EXPECT_EQ(scenario.mesh.default_route.timeout, seconds(9)) << "before the push";
  EXPECT_EQ(scenario.mesh.default_route.retry->num_retries, 2U);
  EXPECT_EQ(find(scenario.mesh.policies, kPayment)->default_route.retry->num_retries, 2U);
}

TEST(ConfigPushTest, EntriesBesideDefaultsAreBuiltOnThem) {
  const Scenario scenario = good(
      "faults: {f: {config_push: {traffic: {defaults: {timeout: 5s}, payment: {retries: 1}}}}}\n");

  const DestinationPolicy& payment = *find(scenario.faults[0].policies, kPayment);
  EXPECT_EQ(payment.default_route.timeout, seconds(5));
  EXPECT_EQ(payment.default_route.retry->num_retries, 1U);
}

TEST(ConfigPushTest, AnIstioObjectTakesThePlaceOfTheOneOfItsName) {
  const Scenario scenario = good(
      "policies: [rules.yaml, canary.yaml]\n"
      "faults: {f: {config_push: {policies: [next.yaml], delay: 2s}}}\n",
      {{"rules.yaml", kSubsets}, {"canary.yaml", split(90, 10)}, {"next.yaml", split(50, 50)}});

  ASSERT_EQ(scenario.faults[0].policies.size(), 1U) << "of payment alone";
  const DestinationPolicy& pushed = scenario.faults[0].policies[0];
  EXPECT_EQ(pushed.service, kPayment);
  EXPECT_THAT(weights_of(pushed), ElementsAre(50, 50));
  EXPECT_EQ(pushed.subsets.size(), 2U) << "of the DestinationRule that stays";
  EXPECT_EQ(scenario.faults[0].time.mean(), seconds(2));
  EXPECT_THAT(weights_of(*find(scenario.mesh.policies, kPayment)), ElementsAre(90, 10));
}

TEST(ConfigPushTest, AnIstioObjectOfAnotherNameComesBehindTheOlderOne) {
  const Loaded loaded = load(
      "policies: [rules.yaml, canary.yaml]\n"
      "faults: {f: {config_push: {policies: [next.yaml]}}}\n",
      {{"rules.yaml", kSubsets},
       {"canary.yaml", split(90, 10)},
       {"next.yaml", split(50, 50, "another")}});

  ASSERT_TRUE(loaded.scenario.has_value()) << loaded.report;
  EXPECT_THAT(weights_of(*find(loaded.scenario->faults[0].policies, kPayment)),
              ElementsAre(90, 10));
  EXPECT_THAT(loaded.report, HasSubstr("next.yaml:1:1: warning[ST3104]: VirtualService "
                                       "\"default/another\" has no effect on \"payment\""));
}

TEST(ConfigPushTest, AServiceThatAReplacedObjectSpokeAboutLosesIt) {
  std::string elsewhere = split(50, 50);
  elsewhere.replace(elsewhere.find("hosts: [payment]"), 16, "hosts: [stock]  ");
  const Scenario scenario = good(
      "policies: [rules.yaml, canary.yaml]\n"
      "faults: {f: {config_push: {policies: [next.yaml]}}}\n",
      {{"rules.yaml", kSubsets}, {"canary.yaml", split(90, 10)}, {"next.yaml", elsewhere}});

  const std::vector<DestinationPolicy>& pushed = scenario.faults[0].policies;
  ASSERT_EQ(pushed.size(), 2U);
  EXPECT_TRUE(find(pushed, kPayment)->rules.empty());
  EXPECT_EQ(find(pushed, kPayment)->subsets.size(), 2U);
  EXPECT_EQ(find(pushed, kStock)->rules.size(), 1U);
}

TEST(ConfigPushTest, TrafficStaysOnTopOfPushedFilesAsItIsInAMesh) {
  const Scenario scenario = good(
      "policies: [rules.yaml]\n"
      "traffic: {payment: {timeout: 300ms}}\n"
      "faults: {f: {config_push: {policies: [next.yaml], traffic: {stock: {timeout: 7s}}}}}\n",
      {{"rules.yaml", kSubsets}, {"next.yaml", split(50, 50)}});

  const std::vector<DestinationPolicy>& pushed = scenario.faults[0].policies;
  ASSERT_EQ(pushed.size(), 2U);
  EXPECT_THAT(weights_of(*find(pushed, kPayment)), ElementsAre(50, 50));
  EXPECT_EQ(find(pushed, kPayment)->rules.back().route.timeout, milliseconds(300));
  EXPECT_EQ(find(pushed, kStock)->default_route.timeout, seconds(7));
}

TEST(ConfigPushTest, SpeaksForCallersThatHaveAnEntryOfTheirOwnToo) {
  const std::string by_caller =
      "apiVersion: networking.istio.io/v1\n"
      "kind: VirtualService\n"
      "metadata: {name: payment}\n"
      "spec:\n"
      "  hosts: [payment]\n"
      "  http:\n"
      "    - {match: [{sourceLabels: {app: stock}}], timeout: 1s, route: [{destination: {host: "
      "payment}}]}\n"
      "    - {timeout: 2s, route: [{destination: {host: payment}}]}\n";
  const Scenario scenario = good(
      "policies: [first.yaml]\n"
      "faults:\n"
      "  f: {config_push: {policies: [next.yaml]}}\n"
      "  g: {at: 5s, config_push: {traffic: {payment: {from: gateway, timeout: 8s}}}}\n",
      {{"first.yaml", by_caller}, {"next.yaml", split(50, 50) + "---\n" + kSubsets}});

  ASSERT_NE(find(scenario.mesh.policies, kPayment, kStock), nullptr);
  const std::vector<DestinationPolicy>& pushed = scenario.faults[0].policies;
  ASSERT_EQ(pushed.size(), 3U);
  EXPECT_THAT(weights_of(*find(pushed, kPayment, kStock)), ElementsAre(50, 50));
  EXPECT_THAT(weights_of(*find(pushed, kPayment, kGateway)), ElementsAre(50, 50))
      << "an entry that another push makes";
}

TEST(ConfigPushTest, MakesTheConfigurationThatTheSameLayerWouldMakeFromTheStart) {
  const std::string layer =
      "{defaults: {timeout: 5s, load_balancing: round_robin}, payment: {split: {v1: 50%, v2: "
      "50%}}}";
  const std::string own = "traffic: {defaults: {retries: 5}, stock: {timeout: 1s}}\n";
  Scenario later = good(own + "faults: {f: {config_push: {traffic: " + layer + "}}}\n");
  const Scenario before = good(
      "traffic: {defaults: {retries: 5, timeout: 5s, load_balancing: round_robin}, stock: "
      "{timeout: 1s}, payment: {split: {v1: 50%, v2: 50%}}}\n");

  later.mesh.policies = later.faults[0].policies;
  for (const ServiceIndex caller : {kGateway, kStock}) {
    const proxy::ProxyConfig pushed = compile_workload(later.mesh, caller).config;
    const proxy::ProxyConfig wanted = compile_workload(before.mesh, caller).config;
    ASSERT_EQ(pushed.clusters.size(), wanted.clusters.size());
    for (std::size_t c = 1; c < wanted.clusters.size(); ++c) {
      EXPECT_EQ(pushed.clusters[c].name, wanted.clusters[c].name);
      EXPECT_EQ(pushed.clusters[c].lb_policy, proxy::LbPolicy::kRoundRobin);
    }
    for (const ServiceIndex service : {kPayment, kStock}) {
      const DestinationPolicy* const after = find_policy(later.mesh, service, caller);
      ASSERT_NE(after, nullptr);
      EXPECT_EQ(after->default_route.timeout, service == kStock ? seconds(1) : seconds(5));
      EXPECT_EQ(after->default_route.retry->num_retries, 5U);
    }
  }
}

TEST(ConfigPushTest, RemarksAboutPushedFilesHaveTheirPlaceAndComeOnce) {
  const Loaded loaded = load(
      "policies: [canary.yaml]\n"
      "faults: {f: {config_push: {policies: [next.yaml]}}}\n",
      {{"canary.yaml", split(90, 10)},
       {"next.yaml",
        "apiVersion: networking.istio.io/v1\n"
        "kind: DestinationRule\n"
        "metadata: {name: payment}\n"
        "spec:\n"
        "  host: payment\n"
        "  trafficPolicy: {outlierDetecton: {}}\n"}});

  EXPECT_THAT(loaded.report, HasSubstr("next.yaml:6:19: "));
  EXPECT_THAT(loaded.report, HasSubstr("outlierDetection"));
  EXPECT_THAT(loaded.report, HasSubstr("canary.yaml:9:"));
  const std::size_t first = loaded.report.find("canary.yaml:9:");
  EXPECT_EQ(loaded.report.find("canary.yaml:9:", first + 1), std::string::npos) << loaded.report;
}

TEST(ConfigPushTest, MistakesAreErrorsWithTheirPlace) {
  EXPECT_THAT(load("faults: {f: {config_push: {policies: [gone.yaml]}}}\n").report,
              AllOf(HasSubstr("gone.yaml: error[ST1001]"),
                    HasSubstr("scenario.yaml:7:39: error[ST1305]: the policies of \"gone.yaml\" "
                              "cannot be used")));
  EXPECT_THAT(load("faults:\n  f: {config_push: {traffic: {defaults: {timeot: 5s}}}}\n").report,
              HasSubstr("scenario.yaml:8:42: error[ST1103]: unknown key \"timeot\""));
  EXPECT_THAT(load("faults:\n  f: {config_push: {traffic: {defaults: {mtls: disable}}}}\n").report,
              HasSubstr("a push cannot switch mTLS"));
  EXPECT_THAT(load("faults: {f: {config_push: {delay: 1s}}}\n").report,
              HasSubstr("this push changes nothing"));
  EXPECT_THAT(load("faults:\n  f: {config_push: {traffic: {defaults: {split: {v1: 1}}}}}\n").report,
              HasSubstr("\"split\" belongs to one destination"));
}

TEST(ConfigPushTest, TheModeOfMtlsMayBeRepeated) {
  EXPECT_TRUE(load("faults: {f: {config_push: {traffic: {defaults: {mtls: strict}}}}}\n").scenario);
}

TEST(ConfigPushTest, AScenarioThatIsKeptInMemoryKeepsItsPushedFiles) {
  Diagnostics diagnostics;
  diagnostics.provide("scenario.yaml", kMesh +
                                           "policies: [rules.yaml]\n"
                                           "faults: {f: {config_push: {policies: [next.yaml]}}}\n");
  diagnostics.provide("rules.yaml", kSubsets);
  diagnostics.provide("next.yaml", split(50, 50));
  ASSERT_TRUE(load_scenario("scenario.yaml", {}, diagnostics)) << render(diagnostics, false);

  const ScenarioSource source = source_of("scenario.yaml", {}, diagnostics);
  Diagnostics again;
  const auto scenario = load_scenario(source, again);

  ASSERT_TRUE(scenario) << render(again, false);
  EXPECT_THAT(weights_of(*find(scenario->faults[0].policies, kPayment)), ElementsAre(50, 50));
}

}  // namespace
}  // namespace shaketable::engine
