#include "engine/judge/kayenta.h"

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

const std::vector<std::int64_t> kSame{10, 11, 12, 13, 14, 15, 16, 17, 18, 19};

TEST(KayentaTest, EqualSamplesPass) {
  EXPECT_EQ(classify(kSame, kSame, Direction::kEither, {}), MetricClass::kPass);
}

TEST(KayentaTest, AClearRiseIsHighOnlyInTheDirectionThatMatters) {
  std::vector<std::int64_t> risen;
  for (const std::int64_t value : kSame) {
    risen.push_back(value + 100);
  }

  EXPECT_EQ(classify(risen, kSame, Direction::kIncrease, {}), MetricClass::kHigh);
  EXPECT_EQ(classify(risen, kSame, Direction::kDecrease, {}), MetricClass::kPass);
  EXPECT_EQ(classify(kSame, risen, Direction::kEither, {}), MetricClass::kLow);
}

TEST(KayentaTest, WithoutASampleThereIsNoData) {
  EXPECT_EQ(classify({}, kSame, Direction::kEither, {}), MetricClass::kNoData);
  EXPECT_EQ(classify(kSame, {}, Direction::kEither, {}), MetricClass::kNoData);
}

TEST(KayentaTest, TheIntervalIsMirroredWhenTheSamplesChangePlaces) {
  const std::vector<std::int64_t> other{12, 15, 19, 22, 23, 24, 31, 32, 40, 41};

  const MannWhitney one = mann_whitney(other, kSame, 2'326'348);
  const MannWhitney two = mann_whitney(kSame, other, 2'326'348);

  EXPECT_LE(one.low, one.estimate);
  EXPECT_LE(one.estimate, one.high);
  EXPECT_EQ(one.low, -two.high);
  EXPECT_EQ(one.high, -two.low);
}

TEST(KayentaTest, NothingToJudgeScoresNothing) { EXPECT_EQ(kayenta_score({}, {}), 0); }

TEST(KayentaTest, AGroupWithoutAWeightSharesWhatTheOthersLeave) {
  const std::vector<JudgedMetric> metrics{{"a", MetricClass::kPass, false},
                                          {"b", MetricClass::kHigh, false}};

  EXPECT_EQ(kayenta_score(metrics, {{"a", 80}}), 80'000'000);
}

}  // namespace
}  // namespace shaketable::engine
