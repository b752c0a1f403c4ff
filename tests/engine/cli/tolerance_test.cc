#include "engine/cli/tolerance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

using testing::HasSubstr;

TEST(ToleranceTest, ReadsEachKindOfAmount) {
  const auto relative = parse_tolerance("p99=10%");
  const auto points = parse_tolerance("success_rate=0.1pp");
  const auto time = parse_tolerance("p50:cart=1.5ms");
  const auto rate = parse_tolerance("rps:*=5/s");
  const auto edge = parse_tolerance("mean:shop -> cart=2s");

  ASSERT_TRUE(relative && points && time && rate && edge);
  EXPECT_EQ(relative->metric, Metric::kP99);
  EXPECT_EQ(relative->subject, "");
  EXPECT_EQ(relative->kind, Tolerance::Kind::kRelative);
  EXPECT_EQ(relative->amount, 100'000);
  EXPECT_EQ(relative->text, "10%");
  EXPECT_EQ(points->kind, Tolerance::Kind::kPoints);
  EXPECT_EQ(points->amount, 1'000);
  EXPECT_EQ(time->subject, "cart");
  EXPECT_EQ(time->amount, 1'500'000);
  EXPECT_EQ(rate->subject, "*");
  EXPECT_EQ(rate->amount, 5'000'000);
  EXPECT_EQ(edge->subject, "shop -> cart");
  EXPECT_EQ(edge->amount, 2'000'000'000);
}

TEST(ToleranceTest, RefusesWhatCannotBeMeant) {
  for (const char* text :
       {"", "p99", "p99=", "p99=10", "p99=-1%", "p99=1e3%", "p99=0.1pp", "success_rate=5ms",
        "rps=1pp", "=10%", "p99=9999999999999%", "p99=0.1234567%", "p99=.%", "p99=%"}) {
    EXPECT_FALSE(parse_tolerance(text).has_value()) << text;
  }
}

TEST(ToleranceTest, NamesTheNearestFigure) {
  const auto wrong = parse_tolerance("sucess_rate=1pp");

  ASSERT_FALSE(wrong.has_value());
  EXPECT_THAT(wrong.error().message, HasSubstr("did you mean success_rate?"));
  EXPECT_THAT(wrong.error().expected, HasSubstr("p99"));
}

}  // namespace
}  // namespace shaketable::engine
