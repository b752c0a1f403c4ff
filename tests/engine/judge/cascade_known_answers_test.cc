#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/judge/judge.h"
#include "engine/judge/names.h"
#include "engine/record/windows.h"
#include "engine/sim/simulation.h"
#include "tests/engine/formats/loader_fixture.h"

/// Scenarios whose cause is known, because we built it in: the analysis must find it, in order.
namespace shaketable::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

struct Judged {
  Scenario scenario;
  RunRecord record;
  Verdict verdict;

  [[nodiscard]] const Cascade& cascade() const { return verdict.analysis.cascade; }
  // First episodes: "payment by fault", "gateway <- payment by timeout".
  [[nodiscard]] std::vector<std::string> steps() const {
    std::vector<std::string> lines;
    for (const CascadeStep& step : cascade().steps) {
      if (step.episode == 0) {
        std::string line = service_name(scenario, step.service);
        if (step.parent != kNone) {
          line += " <- " + service_name(scenario, cascade().steps[step.parent].service);
        }
        lines.push_back(line + " by " + name_of(step.mechanism));
      }
    }
    return lines;
  }
};

Judged run(const std::string& text) {
  Judged judged;
  judged.scenario = scenario_of(text);
  SimulationOptions options;
  options.windows = windows_of(judged.scenario);
  Simulation simulation(judged.scenario, options);
  simulation.run_to_end();
  judged.record = simulation.take_record();
  judged.verdict = judge(judged.scenario, judged.record);
  EXPECT_EQ(judged.verdict.analysis.capacity.violations, 0U);
  return judged;
}

// front -> shop -> {stock, price}; front -> blog -> text: two halves that share the entry only.
const std::string kMesh =
    "  services:\n"
    "    front: {entry: true, endpoints: {GET /shop: {work: 0.2ms, calls: [shop]}, GET /blog: "
    "{work: 0.2ms, calls: [{blog: {call: GET /, optional: true}}]}}}\n"
    "    shop: {instances: 2, endpoints: {GET /: {work: 1ms, calls: [stock, price]}}}\n"
    "    stock: {instances: 2, endpoints: {GET /: 4ms}}\n"
    "    price: {instances: 2, endpoints: {GET /: 2ms}}\n"
    "    blog: {instances: 2, endpoints: {GET /: {work: 1ms, calls: [text]}}}\n"
    "    text: {instances: 2, endpoints: {GET /: 2ms}}\n";
const std::string kLoad =
    "load:\n"
    "  buyers: {rate: 60/s, request: GET /shop}\n"
    "  readers: {rate: 60/s, request: GET /blog}\n"
    "run: {duration: 60s, warm_up: 5s}\n";

TEST(CascadeKnownAnswersTest, APushThatLetsSidecarsAnswerWith404IsWhyCallersFail) {
  const Judged judged = run("scenario: not-found\nmesh:\n" + kMesh + kLoad +
                            "faults:\n"
                            "  slip: {at: 20s, for: 10s, config_push: {traffic: {stock: {routes: "
                            "[{direct_response: {status: 404}}]}}}}\n");

  EXPECT_THAT(judged.steps(), ElementsAre("shop by errors", "front <- shop by errors"));
  ASSERT_THAT(judged.cascade().roots, SizeIs(1));
  EXPECT_EQ(judged.cascade().roots[0].fault, 0U);
  EXPECT_EQ(judged.cascade().roots[0].mechanism, Mechanism::kConfigPush);
  EXPECT_EQ(judged.cascade().roots[0].services, 2U);
  EXPECT_THAT(judged.cascade().steps[0].text, HasSubstr("calls got a 4xx answer"));
  EXPECT_THAT(judged.cascade().headline, HasSubstr("push slip at 20.0 s"));
}

TEST(CascadeKnownAnswersTest, AnAbortWithA4xxIsWhyCallersFail) {
  const Judged judged = run("scenario: refused\nmesh:\n" + kMesh + kLoad +
                            "faults: {strict: {at: 20s, for: 10s, on: stock, abort: 429}}\n");

  EXPECT_THAT(judged.steps(), ElementsAre("shop by errors", "front <- shop by errors"));
  ASSERT_THAT(judged.cascade().roots, SizeIs(1));
  EXPECT_EQ(judged.cascade().roots[0].fault, 0U);
}

TEST(CascadeKnownAnswersTest, TwoIndependentFaultsAreTwoCausesWithTheirOwnVictims) {
  const Judged judged = run("scenario: two\nmesh:\n" + kMesh + kLoad +
                            "faults:\n"
                            "  broken-stock: {at: 20s, for: 10s, on: stock, abort: 503}\n"
                            "  broken-text: {at: 40s, for: 10s, on: text, abort: 500}\n");

  EXPECT_THAT(judged.steps(),
              ElementsAre("stock by fault", "shop <- stock by errors", "front <- shop by errors",
                          "text by fault", "blog <- text by errors"));
  ASSERT_THAT(judged.cascade().roots, SizeIs(2));
  EXPECT_EQ(judged.cascade().roots[0].fault, 0U);
  EXPECT_EQ(judged.cascade().roots[0].services, 3U);
  EXPECT_EQ(judged.cascade().roots[1].fault, 1U);
  EXPECT_EQ(judged.cascade().roots[1].services, 2U);
}

TEST(CascadeKnownAnswersTest, AFaultAtTheSameTimeThatHarmsNobodyIsARedHerring) {
  const Judged judged = run("scenario: herring\nmesh:\n" + kMesh + kLoad +
                            "faults:\n"
                            "  herring: {at: 20s, for: 10s, on: price, delay: 0.1ms}\n"
                            "  broken-stock: {at: 20s, for: 10s, on: stock, abort: 503}\n");

  EXPECT_THAT(judged.steps(),
              ElementsAre("stock by fault", "shop <- stock by errors", "front <- shop by errors"));
  ASSERT_THAT(judged.cascade().roots, SizeIs(1));
  EXPECT_EQ(judged.cascade().roots[0].fault, 1U);
  ASSERT_THAT(judged.cascade().coincidences, SizeIs(1));
  EXPECT_EQ(judged.cascade().coincidences[0].fault, 0U);
}

TEST(CascadeKnownAnswersTest, SlownessTravelsAsWaiting) {
  const Judged judged =
      run("scenario: slow\nmesh:\n" + kMesh + kLoad +
          "faults:\n  slow-stock: {at: 20s, for: 15s, on: stock, delay: 200ms}\n");

  EXPECT_THAT(judged.steps(),
              ElementsAre("stock by fault", "shop <- stock by slow", "front <- shop by slow"));
}

TEST(CascadeKnownAnswersTest, MoreLoadIsTheCauseOfWhatItFills) {
  const Judged judged = run(
      "scenario: surge\nmesh:\n"
      "  services:\n"
      "    front: {entry: true, instances: 2, endpoints: {GET /: {work: 0.1ms, calls: [shop]}}}\n"
      "    shop: {runtime: {threads: {pool: 2, queue: 100}}, endpoints: {GET /: 10ms}}\n"
      "load: {buyers: {rate: 100/s, request: GET /}}\n"
      "run: {duration: 60s, warm_up: 5s}\n"
      "faults:\n  rush: {at: 20s, for: 15s, load: 3.0}\n");

  EXPECT_THAT(judged.steps(),
              ElementsAre("shop by fault", testing::StartsWith("front <- shop by")));
  EXPECT_THAT(judged.cascade().headline, HasSubstr("fault rush"));
}

TEST(CascadeKnownAnswersTest, AnEmptyCacheIsWhyTheDatabaseBehindItIsFull) {
  const Judged judged = run(
      "scenario: cold\nmesh:\n"
      "  services:\n"
      "    shop: {entry: true, cache: {hit_ratio: 90%}, endpoints: {GET /: {work: 0.1ms, calls: "
      "[rows]}}}\n"
      "    rows: {runtime: {threads: {pool: 2, queue: 100}}, endpoints: {GET /: 10ms}}\n"
      "load: {buyers: {rate: 600/s, request: GET /}}\n"
      "run: {duration: 60s, warm_up: 5s}\n"
      "faults:\n  flush: {at: 20s, on: shop, cache_flush: true}\n");

  EXPECT_THAT(judged.steps(), ElementsAre("rows by fault", testing::StartsWith("shop <- rows by")));
  EXPECT_THAT(judged.cascade().headline, HasSubstr("fault flush"));
}

TEST(CascadeKnownAnswersTest, ALostMachineIsWhyThoseFailWhoAskItsInstances) {
  const Judged judged =
      run("scenario: lost\nmesh:\n  nodes: 3\n"
          "  services:\n"
          "    stock: {instances: 2, endpoints: {GET /: 4ms}}\n"
          "    shop: {entry: true, instances: 1, endpoints: {GET /: {work: 1ms, calls: [stock]}}}\n"
          "load: {buyers: {rate: 100/s, request: GET /, timeout: 2s}}\n"
          "run: {duration: 60s, warm_up: 5s}\n"
          "traffic: {defaults: {timeout: 1s}}\n"
          "faults:\n  gone: {at: 20s, for: 30s, node_loss: node-1}\n");

  ASSERT_FALSE(judged.cascade().steps.empty());
  EXPECT_EQ(judged.cascade().steps[0].mechanism, Mechanism::kFault);
  EXPECT_THAT(judged.cascade().headline, HasSubstr("fault gone at 20.0 s (node-1 lost"));
}

TEST(CascadeKnownAnswersTest, WorkersThatWaitForTheDeadAreExhaustedUpToTheEntry) {
  const Judged judged = run(
      "scenario: pools\nmesh:\n"
      "  services:\n"
      "    front: {entry: true, runtime: {threads: {pool: 8, queue: 50}}, endpoints: {GET /: "
      "{work: 1ms, calls: [shop]}}}\n"
      "    shop: {runtime: {threads: {pool: 8, queue: 50}}, endpoints: {GET /: {work: 1ms, calls: "
      "[stock]}}}\n"
      "    stock: {endpoints: {GET /: 2ms}}\n"
      "load: {buyers: {rate: 60/s, request: GET /, timeout: 5s}}\n"
      "run: {duration: 60s, warm_up: 5s}\n"
      "faults:\n  dead: {at: 20s, for: 15s, on: stock, blackhole: true}\n");

  EXPECT_THAT(judged.steps(), ElementsAre("stock by fault", "shop <- stock by pool_exhausted",
                                          "front <- shop by pool_exhausted"));
  ASSERT_THAT(judged.verdict.analysis.metastability, SizeIs(1));
  EXPECT_TRUE(judged.verdict.analysis.metastability[0].sustained);
  EXPECT_EQ(judged.verdict.analysis.metastability[0].loop, SustainingLoop::kStuck);
}

TEST(CascadeKnownAnswersTest, TheSameRunGivesTheSameAnalysis) {
  const std::string text = "scenario: twice\nmesh:\n" + kMesh + kLoad +
                           "faults:\n  broken-stock: {at: 20s, for: 10s, on: stock, abort: 503}\n";

  const Judged first = run(text);
  const Judged second = run(text);

  EXPECT_EQ(first.steps(), second.steps());
  EXPECT_EQ(first.cascade().headline, second.cascade().headline);
}

}  // namespace
}  // namespace shaketable::engine
