#include "engine/judge/comparison.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/judge/judge.h"
#include "tests/support/record_builder.h"

namespace shaketable::engine {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// A minute of a shop whose checkout has this latency and so many failures a second.
class ShopMinute {
 public:
  ShopMinute(Duration latency, std::uint64_t failed, std::uint64_t seed = 1,
             const std::string& service = "checkout")
      : builder_({"shop", service}, 60) {
    builder_.record.seed = seed;
    builder_.record.fingerprint = seed + static_cast<std::uint64_t>(latency.count()) + failed;
    // A wave that both sides of a pair share: common random numbers.
    std::vector<Traffic> waves;
    for (int s = 0; s < 60; ++s) {
      waves.push_back({s, s + 1, 100 + static_cast<std::uint64_t>(s % 7), failed,
                       latency + milliseconds(s % 5)});
    }
    builder_.service("shop", waves);
    builder_.service(service, waves);
    builder_.edge("shop", service, waves);
    builder_.expect(expect_metric(Metric::kP99, builder_.service_subject("shop"), Comparison::kLess,
                                  100'000'000));
    record_ = builder_.finish();
    verdict_ = judge(builder_.scenario, record_);
  }

  [[nodiscard]] ComparedSide side(const std::string& name) const {
    return {.name = name,
            .scenario = builder_.scenario,
            .record = record_,
            .verdict = verdict_,
            .runs = {summarise(builder_.scenario, record_, verdict_)}};
  }

 private:
  RecordBuilder builder_;
  RunRecord record_;
  Verdict verdict_;
};

const Delta& delta_of(const RunComparison& comparison, const std::string& subject, Metric metric) {
  const auto found =
      std::find_if(comparison.deltas.begin(), comparison.deltas.end(),
                   [&](const Delta& it) { return it.subject == subject && it.metric == metric; });
  EXPECT_NE(found, comparison.deltas.end()) << subject;
  return *found;
}

Tolerance p99_of(const std::string& subject, std::int64_t ppm) {
  return {Metric::kP99, subject, Tolerance::Kind::kRelative, ppm, "10%"};
}

TEST(ComparisonTest, EqualRunsHaveNoChange) {
  const ShopMinute run(milliseconds(50), 1);

  const RunComparison comparison = compare_runs(run.side("a"), run.side("b"), {});

  EXPECT_TRUE(comparison.identical);
  EXPECT_FALSE(comparison.is_regression());
  EXPECT_EQ(comparison.important(), 0U);
  EXPECT_THAT(comparison.headline, StartsWith("NO CHANGE"));
  EXPECT_EQ(delta_of(comparison, "checkout", Metric::kP99).interval, (ConfidenceInterval{0, 0}));
}

TEST(ComparisonTest, PairsOfSpansSeeWhatTheWaveHides) {
  const ShopMinute before(milliseconds(50), 1);
  const ShopMinute after(milliseconds(56), 1);

  const Delta paired =
      delta_of(compare_runs(before.side("a"), after.side("b"), {}), "checkout", Metric::kP99);
  const Delta unpaired =
      delta_of(compare_runs(before.side("a"), ShopMinute(milliseconds(56), 1, 2).side("b"), {}),
               "checkout", Metric::kP99);

  EXPECT_EQ(paired.change, Change::kWorse);
  ASSERT_TRUE(paired.interval && unpaired.interval);
  EXPECT_LT(paired.interval->high - paired.interval->low,
            unpaired.interval->high - unpaired.interval->low);
}

TEST(ComparisonTest, SmallChangesDoNotMatter) {
  const RunComparison comparison = compare_runs(ShopMinute(milliseconds(50), 1).side("a"),
                                                ShopMinute(milliseconds(51), 1).side("b"), {});

  EXPECT_EQ(delta_of(comparison, "checkout", Metric::kP99).change, Change::kSame);
  EXPECT_THAT(comparison.headline, StartsWith("NO REGRESSION"));
}

TEST(ComparisonTest, ABrokenExpectationIsARegressionAndItsRepairIsNone) {
  const ShopMinute good(milliseconds(50), 1);
  const ShopMinute bad(milliseconds(150), 1);

  const RunComparison worse = compare_runs(good.side("a"), bad.side("b"), {});
  const RunComparison better = compare_runs(bad.side("a"), good.side("b"), {});

  ASSERT_TRUE(worse.is_regression());
  EXPECT_THAT(worse.headline, StartsWith("REGRESSION: "));
  EXPECT_THAT(worse.regressions[0].text, StartsWith("held before, now: got "));
  EXPECT_EQ(worse.expectations.at(0).change, Change::kWorse);
  EXPECT_FALSE(better.is_regression());
  EXPECT_EQ(better.expectations.at(0).change, Change::kBetter);
}

TEST(ComparisonTest, AKnownFailureThatHoldsNowIsBetterAndOneThatIsNewIsNoRegression) {
  const ShopMinute run(milliseconds(50), 1);
  ComparedSide known = run.side("a");
  for (auto& it : known.runs.at(0).expectations) {
    it.state = ExpectationState::kKnownFailure;
  }

  const RunComparison better = compare_runs(known, run.side("b"), {});
  const RunComparison announced = compare_runs(run.side("a"), known, {});

  EXPECT_EQ(better.expectations.at(0).change, Change::kBetter);
  EXPECT_EQ(announced.expectations.at(0).change, Change::kOther);
  EXPECT_FALSE(announced.is_regression());
}

TEST(ComparisonTest, TolerancesDecideForTheirSubject) {
  const ShopMinute before(milliseconds(50), 1);
  const ShopMinute after(milliseconds(56), 1);
  const auto regressions = [&](const Tolerance& tolerance) {
    return compare_runs(before.side("a"), after.side("b"),
                        {.importance = {}, .tolerances = {tolerance}})
        .regressions;
  };

  EXPECT_THAT(regressions(p99_of("checkout", 200'000)), IsEmpty());
  EXPECT_THAT(regressions(p99_of("nobody", 0)), IsEmpty());
  EXPECT_EQ(regressions(p99_of("*", 100'000)).size(), 2U) << "each service";
  const std::vector<Regression> found = regressions(p99_of("checkout", 100'000));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].what, "p99 of checkout");
  EXPECT_THAT(found[0].text, HasSubstr("allowed 10%"));
  EXPECT_THAT(found[0].text, HasSubstr("+"));
}

TEST(ComparisonTest, ErrorsAreInPercentagePoints) {
  const RunComparison comparison = compare_runs(ShopMinute(milliseconds(50), 0).side("a"),
                                                ShopMinute(milliseconds(50), 2).side("b"), {});

  const Delta& delta = delta_of(comparison, "checkout", Metric::kSuccessRate);
  EXPECT_EQ(delta.change, Change::kWorse);
  EXPECT_THAT(format_difference(delta.metric, *delta.difference), StartsWith("-1."));
  EXPECT_THAT(format_difference(delta.metric, *delta.difference), HasSubstr(" pp"));
}

TEST(ComparisonTest, SubjectsThatComeAndGoAreNamed) {
  const RunComparison comparison =
      compare_runs(ShopMinute(milliseconds(50), 1).side("a"),
                   ShopMinute(milliseconds(50), 1, 1, "payment").side("b"), {});

  EXPECT_EQ(delta_of(comparison, "payment", Metric::kP99).change, Change::kAdded);
  EXPECT_EQ(delta_of(comparison, "checkout", Metric::kP99).change, Change::kRemoved);
  EXPECT_EQ(delta_of(comparison, "shop -> payment", Metric::kP99).change, Change::kAdded);
}

TEST(ComparisonTest, ThreeCommonSeedsArePairedAndNoiseIsNoRegression) {
  const ShopMinute before(milliseconds(50), 1);
  const ShopMinute after(milliseconds(60), 1);
  ComparedSide old = before.side("a");
  ComparedSide now = after.side("b");
  const auto set = [](ComparedSide& side, std::vector<std::int64_t> values) {
    const RunSummary first = side.runs.front();
    side.runs.clear();
    for (std::size_t i = 0; i < values.size(); ++i) {
      RunSummary run = first;
      run.seed = i + 1;
      for (SignalSummary& signal : run.signals) {
        signal.p99 = values[i];
      }
      side.runs.push_back(std::move(run));
    }
  };
  set(old, {50'000'000, 58'000'000, 66'000'000});
  set(now, {70'000'000, 50'000'000, 70'000'000});

  const RunComparison noisy =
      compare_runs(old, now, {.importance = {}, .tolerances = {p99_of("checkout", 50'000)}});
  set(now, {56'000'000, 64'500'000, 72'500'000});
  const RunComparison sure =
      compare_runs(old, now, {.importance = {}, .tolerances = {p99_of("checkout", 50'000)}});

  EXPECT_EQ(noisy.pairing, Pairing::kSeeds);
  EXPECT_EQ(noisy.common_seeds, 3U);
  EXPECT_FALSE(noisy.is_regression()) << noisy.headline;
  EXPECT_TRUE(sure.is_regression());
}

TEST(ComparisonTest, DifferencesAreAlwaysSigned) {
  EXPECT_EQ(format_difference(Metric::kP99, 15'800'000), "+15.8 ms");
  EXPECT_EQ(format_difference(Metric::kP99, -15'800'000), "-15.8 ms");
  EXPECT_EQ(format_difference(Metric::kSuccessRate, -3'100), "-0.31 pp");
  EXPECT_EQ(format_difference(Metric::kRps, -2'500'000), "-2.5/s");
  EXPECT_EQ(format_relative(195'400), "+19.5 %");
  EXPECT_EQ(format_relative(-195'400), "-19.5 %");
  EXPECT_EQ(format_relative(0), "0 %");
}

}  // namespace
}  // namespace shaketable::engine
