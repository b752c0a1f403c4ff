#include "loadgen/results/result_json.h"

#include <gtest/gtest.h>

#include "loadgen/results/summary_text.h"
#include "loadgen/results/thresholds.h"

namespace shaketable::loadgen {
namespace {

using proxy::Duration;

RunResult sample() {
  RunResult result;
  result.name = "shop";
  result.target = "http://127.0.0.1:80/";
  result.elapsed = std::chrono::seconds(2);
  LoadStats load;
  load.name = "buyers";
  load.steps.emplace_back().name = "GET /a";
  load.journeys.emplace_back().name = "browse";
  for (int i = 1; i <= 100; ++i) {
    const RequestOutcome outcome{.intended = proxy::kStart,
                                 .started = proxy::kStart + std::chrono::microseconds(i),
                                 .ended = proxy::kStart + std::chrono::milliseconds(i),
                                 .status = static_cast<std::uint16_t>(i <= 97 ? 200 : 503),
                                 .ok = i <= 97,
                                 .has_latency = true,
                                 .bytes = 10};
    load.steps[0].add(outcome);
    load.journeys[0].requests.add(outcome);
    load.series.at(std::chrono::milliseconds(i * 20)).requests++;
    load.series.at(std::chrono::milliseconds(i * 20)).latency.add(i);
  }
  load.steps[0].errors.add("status 503", 3);
  load.journeys[0].runs = 100;
  load.journeys[0].failed = 3;
  load.pacing.dropped = 5;
  load.total.merge(load.steps[0]);
  result.loads.push_back(load);
  result.connections.opened = 4;
  return result;
}

TEST(ResultJsonTest, ComesBackAsItWas) {
  RunResult before = sample();
  before.required = {{"", "p99 < 1s"}, {"users", "dropped < 5"}};
  before.shares = {{1, 4}};
  before.ended_early = "enough";
  before.set_up_error = "no";
  const auto after = result_from_json(result_json(before));

  ASSERT_TRUE(after.has_value()) << after.error().message;
  EXPECT_EQ(result_json(*after), result_json(before));
  EXPECT_TRUE(after->loads[0].total.latency == before.loads[0].total.latency);
}

TEST(ResultJsonTest, AddsUpWithItself) {
  RunResult sum = *result_from_json(result_json(sample()));
  sum.merge(sample());

  EXPECT_EQ(sum.total().requests, 200U);
  EXPECT_EQ(sum.loads.size(), 1U);
  EXPECT_EQ(sum.loads[0].steps.size(), 1U);
  EXPECT_EQ(sum.loads[0].steps[0].errors.total(), 6U);
  EXPECT_EQ(sum.loads[0].series.points()[0].requests, 98U);
  EXPECT_EQ(sum.generators, 2U);
  EXPECT_EQ(sum.connections.opened, 8U);
}

TEST(ResultJsonTest, RefusesWhatIsNoResult) {
  const std::string good = result_json(sample());
  std::string negative = good;
  negative.replace(negative.rfind("\"requests\":100"), 14, "\"requests\":-10");
  std::string contradiction = good;
  contradiction.replace(contradiction.rfind("\"count\":100"), 11, "\"count\":101");
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), std::string("{\"shaketable_load\":2}"),
        std::string("{\"shaketable_load\":1}"), good.substr(0, good.size() / 2), negative,
        contradiction}) {
    EXPECT_FALSE(result_from_json(text).has_value()) << text.substr(0, 60);
  }
}

TEST(ThresholdsTest, JudgesWholesAndParts) {
  const RunResult result = sample();
  const auto threshold = [](Threshold::Metric metric, Comparison comparison, std::int64_t value,
                            std::string of = "") {
    Threshold it;
    it.metric = metric;
    it.comparison = comparison;
    it.value = value;
    it.of = std::move(of);
    it.quantile_ppm = 990'000;
    return it;
  };
  constexpr std::int64_t kMs = 1'000'000;
  const std::vector<Threshold> all = {
      threshold(Threshold::Metric::kErrorRate, Comparison::kLessEqual, 30'000),
      threshold(Threshold::Metric::kErrorRate, Comparison::kLess, 30'000),
      threshold(Threshold::Metric::kLatency, Comparison::kLess, 100 * kMs, "GET /a"),
      threshold(Threshold::Metric::kLatency, Comparison::kLess, 98 * kMs, "browse"),
      threshold(Threshold::Metric::kRate, Comparison::kGreaterEqual, 50'000'000),
      threshold(Threshold::Metric::kFailedRuns, Comparison::kLess, 3),
      threshold(Threshold::Metric::kDropped, Comparison::kEqual, 5),
      threshold(Threshold::Metric::kLatency, Comparison::kLess, 100 * kMs, "nobody"),
  };
  const auto verdicts = judge_thresholds(all, result.loads, result.elapsed);

  const std::vector<bool> expected = {true, false, true, false, true, false, true, false};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(verdicts[i].holds, expected[i]) << i << ": " << verdicts[i].actual;
  }
  EXPECT_FALSE(verdicts.back().was_judged);
}

TEST(SummaryTextTest, TellsWhatMatters) {
  const std::string text = summary_text(sample(), {});

  EXPECT_NE(text.find("requests     100   50/s   3 failed (3 %)"), std::string::npos) << text;
  EXPECT_NE(text.find("p99.9"), std::string::npos);
  EXPECT_NE(text.find("200 x 97   503 x 3"), std::string::npos) << text;
  EXPECT_NE(text.find("status 503"), std::string::npos);
  EXPECT_EQ(text.find('\033'), std::string::npos);
}

}  // namespace
}  // namespace shaketable::loadgen
