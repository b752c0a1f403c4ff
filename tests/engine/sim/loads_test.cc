#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/record/run_record.h"
#include "engine/sim/simulation.h"
#include "tests/engine/formats/loader_fixture.h"

// Loads as users write them, in virtual time: the load that arrives is the load that was asked for.
namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;

/// A server that is never the bottleneck, and whatever the test adds.
Scenario shop(const std::string& load, const std::string& rest = "",
              const std::string& run = "60s") {
  return scenario_of(
      "network: {same_zone: {latency: 0ms}}\n"
      "services:\n"
      "  shop: {entry: true, sidecar: false, runtime: {go: {cpus: 64}}, endpoints: {\n"
      "    GET /a: {wait: 1ms}, GET /b: {wait: 1ms}, 'GET /c/{id}': {wait: 1ms}}}\n"
      "run: {duration: " +
      run + ", seed: 5}\n" + rest + "load:\n" + load);
}

struct Seen {
  RunRecord record;
  std::vector<double> ms;  ///< Latencies of the first load.
};

Seen run(const Scenario& scenario) {
  Simulation simulation(scenario, {.seed = scenario.run.seed, .keep_samples_of = 0});
  simulation.run_to_end();
  Seen result;
  for (const std::int64_t ns : simulation.samples()) {
    result.ms.push_back(static_cast<double>(ns) * 1e-6);
  }
  std::sort(result.ms.begin(), result.ms.end());
  result.record = simulation.take_record();
  return result;
}

std::uint64_t answers(const Scenario& scenario, const RunRecord& record, const std::string& name) {
  for (const Series& series : record.series) {
    if (series.subject.kind == Subject::Kind::kJourney && series.subject.text == name &&
        (series.subject.journey != kNone || scenario.loads[series.subject.load].name == name)) {
      return series.total.count;
    }
  }
  return 0;
}

double quantile(const std::vector<double>& sorted, double part) {
  return sorted.at(static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1)));
}

TEST(LoadsTest, AnOpenLoopSeesAllOfAStallAsItsUsersWould) {
  // A server that stands still for one of six seconds at 2,000 requests a second: a sixth of all
  // waits, evenly up to a second. True: p90 400 ms, p99 940 ms.
  for (const char* arrivals : {"constant", "poisson"}) {
    const Seen seen =
        run(shop("  all: {rate: 2000/s, arrivals: " + std::string(arrivals) + ", request: GET /a}",
                 "faults: {stall: {at: 2500ms, for: 1s, on: shop, pause: true}}\n", "6s"));

    EXPECT_NEAR(static_cast<double>(seen.ms.size()), 12'000, 4 * 110);
    EXPECT_NEAR(quantile(seen.ms, 0.5), 1.0, 0.2);
    EXPECT_GT(quantile(seen.ms, 0.9), 380);
    EXPECT_LT(quantile(seen.ms, 0.9), 440);
    EXPECT_GT(quantile(seen.ms, 0.99), 900);
    EXPECT_LT(quantile(seen.ms, 0.99), 960);
  }
}

TEST(LoadsTest, AClosedLoopHidesAStall) {
  // Row TL-CO-NAIVE of the shared table (G. Tene): one worker at 100 a second, 100 s of 1 ms, then
  // a stall of 100 s: 10,000 samples of 1 ms and one of 100 s, whose mean is 10.9989 ms.
  const Seen seen =
      run(shop("  one: {workers: 1, delay: 9ms, steps: [GET /a], until: 100001ms}",
               "faults: {stall: {at: 100s, for: 100s, on: shop, pause: true}}\n", "201s"));

  double sum = 0;
  for (const double ms : seen.ms) {
    sum += ms;
  }
  EXPECT_EQ(seen.ms.size(), 10'001U);
  EXPECT_NEAR(sum / static_cast<double>(seen.ms.size()), 10.9989, 0.1);
}

TEST(LoadsTest, JourneysComeInProportionToTheirWeights) {
  const Scenario scenario = shop(R"(
  users:
    workers: 20
    delay: 10ms
    scenarios:
      a: {weight: 60, steps: [GET /a]}
      b: {weight: 30, steps: [GET /b]}
      c: {weight: 10, steps: ["GET /c/${worker}"]}
)");

  const RunRecord record = run(scenario).record;

  const auto a = static_cast<double>(answers(scenario, record, "a"));
  const auto b = static_cast<double>(answers(scenario, record, "b"));
  const auto c = static_cast<double>(answers(scenario, record, "c"));
  const double all = a + b + c;
  ASSERT_NEAR(all, 20 * 60'000 / 11.0, 40) << "a request every 11 ms for each worker, exactly";
  EXPECT_NEAR(a, 0.6 * all, 4 * std::sqrt(all * 0.24));
  EXPECT_NEAR(b, 0.3 * all, 4 * std::sqrt(all * 0.21));
  EXPECT_NEAR(c, 0.1 * all, 4 * std::sqrt(all * 0.09));
}

TEST(LoadsTest, ASurgeOfOneJourneyLeavesTheOthersBe) {
  const std::string journeys =
      "scenarios: {a: {weight: 3, steps: [GET /a]}, b: {steps: [GET /b]}}}\n";
  const std::string surge = "faults: {sale: {at: 20s, for: 20s, load: {times: 5, of: b}}}\n";
  for (const char* const pace :
       {"{rate: 400/s, arrivals: constant, ", "{workers: 8, delay: 19ms, "}) {
    const Scenario scenario = shop("  users: " + std::string(pace) + journeys, surge);
    const RunRecord record = run(scenario).record;
    const auto a = static_cast<double>(answers(scenario, record, "a"));
    const auto b = static_cast<double>(answers(scenario, record, "b"));
    // 100 of b a second, 500 for a third of the time; 300 of a all the time.
    EXPECT_NEAR(a, 18'000, 4 * std::sqrt(18'000)) << pace;
    EXPECT_NEAR(b, 14'000, 4 * std::sqrt(14'000)) << pace;
  }
}

TEST(LoadsTest, SurgesOfAJourneyAndOfItsLoadMultiplyAndEnd) {
  const std::string load =
      "  users: {rate: 400/s, arrivals: constant, scenarios: {a: {weight: 3, steps: [GET /a]}, "
      "b: {steps: [GET /b]}}}\n";
  const Scenario scenario = shop(load,
                                 "faults: {none: {at: 5s, for: 5s, load: {times: 0, of: b}},"
                                 " half: {at: 5s, for: 5s, load: 0.5}}\n",
                                 "15s");
  const RunRecord record = run(scenario).record;
  // Of a 300 a second, 150 for a third of the time; of b 100, then none, then 100 again.
  EXPECT_NEAR(static_cast<double>(answers(scenario, record, "a")), 3'750, 4 * std::sqrt(3'750));
  EXPECT_NEAR(static_cast<double>(answers(scenario, record, "b")), 1'000, 4 * std::sqrt(1'000));
}

TEST(LoadsTest, ThinkTimesHaveTheMeanThatTheyWereGiven) {
  const Scenario scenario =
      shop("  users: {workers: 100, steps: [GET /a, {think: {exponential: 99ms}}]}\n");

  const double count = static_cast<double>(run(scenario).ms.size());

  // A renewal every 100 ms, with a variance of 99^2: the count's is n * (99 / 100)^2.
  EXPECT_NEAR(count, 60'000, 4 * std::sqrt(60'000 * 0.98) + 100);
}

TEST(LoadsTest, DropsArrivalsBeyondTheLimitAndSaysSo) {
  const Scenario scenario = shop(
      "  all: {rate: 2000/s, arrivals: constant, max_in_flight: 1, request: GET /a}\n", "", "10s");

  const Seen seen = run(scenario);

  // Every answer takes 1 ms, arrivals are 0.5 ms apart: the second of every two is dropped.
  EXPECT_NEAR(static_cast<double>(seen.ms.size()), 10'000, 1);
  ASSERT_EQ(seen.record.explanations.size(), 1U);
  EXPECT_EQ(seen.record.explanations[0].text, "all: arrivals dropped, beyond max_in_flight of 1");
  EXPECT_EQ(seen.record.explanations[0].count, 10'000U);
}

TEST(LoadsTest, LetsArrivalsWaitAndCountsTheirWaiting) {
  const Scenario scenario = shop(
      "  all: {rate: 2000/s, arrivals: constant, max_in_flight: 1, when_full: wait, request: GET "
      "/a, "
      "until: 1s}\n",
      "", "10s");

  const Seen seen = run(scenario);

  // The n-th is due at n / 2 ms and answered at n + 1 ms.
  ASSERT_EQ(seen.ms.size(), 2'000U);
  EXPECT_NEAR(seen.ms.back(), 2'000 - 999.5, 0.01);
  EXPECT_NEAR(quantile(seen.ms, 0.5), 501, 1);
}

TEST(LoadsTest, BranchesOnTheStatusOfSimulatedAnswers) {
  const Scenario scenario = scenario_of(R"(
services:
  shop: {entry: true, endpoints: {GET /a: {work: 1ms, errors: 25%}, GET /b: 1ms, GET /c: 1ms}}
run: {duration: 100s, seed: 2}
load:
  users:
    workers: 5
    steps:
      - {request: GET /a, any_status: true}
      - {if: status 5xx, then: [GET /b], else: [GET /c]}
      - {think: 10ms}
)");

  const RunRecord record = run(scenario).record;

  const auto of = [&](const char* name) {
    for (const Series& series : record.series) {
      if (series.subject.kind == Subject::Kind::kEndpoint && series.subject.text.ends_with(name)) {
        return static_cast<double>(series.total.count);
      }
    }
    return 0.0;
  };
  ASSERT_GT(of("GET /a"), 30'000);
  EXPECT_NEAR(of("GET /b"), 0.25 * of("GET /a"), 4 * std::sqrt(of("GET /a") * 0.1875) + 5);
  EXPECT_NEAR(of("GET /b") + of("GET /c"), of("GET /a"), 5);
}

TEST(LoadsTest, SaysOnceWhatVirtualTimePassesOver) {
  const std::string report = report_of(kTwoServices + R"(
load:
  users:
    workers: 1
    variables: {x: {text: a}}
    steps:
      - {request: GET /, check: [status 200, body contains ok], capture: {t: json /t}}
      - {request: GET /, check: json /t == x, headers: {x-t: "${t}"}}
)");

  EXPECT_NE(report.find("ST1317"), std::string::npos) << report;
  EXPECT_EQ(report.find("ST1317"), report.rfind("ST1317")) << report;
  for (const char* part :
       {"values of variables", "captures", "what bodies", "headers with variables"}) {
    EXPECT_NE(report.find(part), std::string::npos) << part << report;
  }
}

TEST(LoadsTest, ASineOfArrivalsIsOneInTheRecord) {
  const Scenario scenario = shop(
      "  all: {rate: {sine: {mean: 1000/s, amplitude: 800/s, period: 20s}}, arrivals: constant, "
      "request: GET /a}\n");

  const RunRecord record = run(scenario).record;

  for (const Series& series : record.series) {
    if (series.subject.kind != Subject::Kind::kJourney) {
      continue;
    }
    ASSERT_GE(series.points.size(), 60U);
    for (std::size_t second = 0; second < 60; ++second) {
      const double w = 2 * 3.14159265358979 / 20;
      const auto at = static_cast<double>(second);
      const double wanted = 1000 + 800 * (std::cos(w * at) - std::cos(w * (at + 1))) / w;
      EXPECT_NEAR(static_cast<double>(series.points[second].count), wanted, 4) << second;
    }
  }
}

TEST(LoadsTest, EachBucketOfALoadHasTheAnswersOfAllItsJourneys) {
  const Scenario scenario = shop(
      "  users: {workers: 20, delay: 10ms, scenarios: {a: {weight: 3, steps: [GET /a]}, "
      "b: {steps: [GET /b]}}}\n");

  const RunRecord record = run(scenario).record;

  const Series* whole = nullptr;
  std::vector<const Series*> journeys;
  for (const Series& series : record.series) {
    if (series.subject.kind == Subject::Kind::kJourney) {
      if (series.subject.journey == kNone) {
        whole = &series;
      } else {
        journeys.push_back(&series);
      }
    }
  }
  ASSERT_NE(whole, nullptr);
  ASSERT_EQ(journeys.size(), 2U);
  ASSERT_GE(whole->points.size(), 60U);
  for (std::size_t bucket = 0; bucket < whole->points.size(); ++bucket) {
    EXPECT_EQ(whole->points[bucket].count,
              journeys[0]->points[bucket].count + journeys[1]->points[bucket].count)
        << "bucket " << bucket;
  }
  EXPECT_GT(whole->points[30].count, 100U);
}

}  // namespace
}  // namespace shaketable::engine
