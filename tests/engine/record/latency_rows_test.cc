#include "engine/record/latency_rows.h"

#include <limits>

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

TEST(LatencyRowsTest, EveryRowBeginsAtItsLowestLatency) {
  for (std::uint32_t row = 0; row < kLatencyRows; ++row) {
    EXPECT_EQ(latency_row_of(lowest_of_row(row)), row);
    EXPECT_TRUE(row == 0 || latency_row_of(lowest_of_row(row) - 1) == row - 1) << row;
  }
}

TEST(LatencyRowsTest, AnOctaveHasFourRows) {
  EXPECT_EQ(latency_row_of(2'000'000) - latency_row_of(1'000'000), 4U);
}

TEST(LatencyRowsTest, NothingIsOutside) {
  EXPECT_EQ(latency_row_of(-5), 0U);
  EXPECT_EQ(latency_row_of(std::numeric_limits<std::int64_t>::max()), kLatencyRows - 1);
}

}  // namespace
}  // namespace shaketable::engine
