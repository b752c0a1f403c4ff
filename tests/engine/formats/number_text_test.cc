#include "engine/formats/number_text.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

TEST(SplitQuantityTest, SeparatesNumberAndUnit) {
  const auto quantity = split_quantity("-12.500ms");
  ASSERT_TRUE(quantity.has_value());
  EXPECT_TRUE(quantity->negative);
  EXPECT_EQ(quantity->whole, "12");
  EXPECT_EQ(quantity->fraction, "5");
  EXPECT_EQ(quantity->unit, "ms");
}

TEST(SplitQuantityTest, LeavesWhatIsNoNumberInTheUnit) {
  EXPECT_EQ(split_quantity("1e3")->unit, "e3");
  EXPECT_EQ(split_quantity("1.")->unit, ".");
  EXPECT_EQ(split_quantity("1.2.3")->unit, ".3");
  EXPECT_EQ(split_quantity("1,000")->unit, ",000");
  EXPECT_EQ(split_quantity("7 s")->unit, " s");
}

TEST(SplitQuantityTest, WantsADigitFirst) {
  for (const char* text : {"", "-", "+", ".5", "-.5", "--1", "x1", " 1"}) {
    EXPECT_FALSE(split_quantity(text).has_value()) << text;
  }
}

struct ScaleCase {
  const char* name;
  std::string text;
  std::int64_t scale;
  std::int64_t value;
};

class ScaleExactlyTest : public testing::TestWithParam<ScaleCase> {};

TEST_P(ScaleExactlyTest, ComputesInIntegers) {
  const ScaledQuantity result = scale_exactly(*split_quantity(GetParam().text), GetParam().scale);
  EXPECT_FALSE(result.error.has_value());
  EXPECT_EQ(result.value, GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(
    Values, ScaleExactlyTest,
    testing::Values(ScaleCase{"Whole", "7", 1000, 7000}, ScaleCase{"Fraction", "0.1", 10, 1},
                    ScaleCase{"Negative", "-0.25", 100, -25},
                    ScaleCase{"TrailingZeros", "1.50000000000000000000000000", 10, 15},
                    ScaleCase{"LeadingZeros", "0000000000000000000000000001", 1, 1},
                    ScaleCase{"PowersOfTwo", "0.5", 1024, 512},
                    ScaleCase{"Hours", "0.000000000001", 3'600'000'000'000'000, 3600},
                    ScaleCase{"Largest", "9223372036854775807", 1,
                              std::numeric_limits<std::int64_t>::max()},
                    ScaleCase{"LargestFraction", "9223372036.854775807", 1'000'000'000,
                              std::numeric_limits<std::int64_t>::max()}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(ScaleExactlyTest, RefusesWhatDoesNotFit) {
  const auto error = [](const std::string& text, std::int64_t scale) {
    return scale_exactly(*split_quantity(text), scale).error;
  };
  EXPECT_EQ(error("9223372036854775808", 1), QuantityError::kTooLarge);
  EXPECT_EQ(error("9223372036.854775808", 1'000'000'000), QuantityError::kTooLarge);
  EXPECT_EQ(error(std::string(5000, '9'), 1), QuantityError::kTooLarge);
  EXPECT_EQ(error("0.1", 1), QuantityError::kTooFine);
  EXPECT_EQ(error("0." + std::string(5000, '3'), 1000), QuantityError::kTooFine);
  EXPECT_EQ(error("0.1", 1024), QuantityError::kTooFine);
}

TEST(DecimalTextTest, WritesWhatWasRead) {
  EXPECT_EQ(decimal_text(125'000, 4), "12.5");
  EXPECT_EQ(decimal_text(-1, 6), "-0.000001");
  EXPECT_EQ(decimal_text(3'000'000, 6), "3");
  EXPECT_EQ(decimal_text(std::numeric_limits<std::int64_t>::min(), 6), "-9223372036854.775808");
}

}  // namespace
}  // namespace shaketable::engine
