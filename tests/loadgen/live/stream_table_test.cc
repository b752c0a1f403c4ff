#include "loadgen/live/stream_table.h"

#include <vector>

#include <gtest/gtest.h>

namespace shaketable::loadgen::live {
namespace {

TEST(StreamTableTest, FindsStreamsThatStayWhileOthersComeAndGo) {
  std::vector<int> values(1000);
  StreamTable<int> table;
  table.add(1, values[0]);
  table.add(7, values[3]);
  for (std::uint32_t i = 4; i < 900; ++i) {
    table.add(2 * i + 1, values[i]);
    if (i >= 14) {
      table.remove(2 * (i - 10) + 1);
    }
  }

  EXPECT_EQ(table.find(1), &values[0]);
  EXPECT_EQ(table.find(7), &values[3]);
  EXPECT_EQ(table.find(9), nullptr);
  EXPECT_EQ(table.find(2 * 899 + 1), &values[899]);
  EXPECT_EQ(table.size(), 12U);
}

TEST(StreamTableTest, GivesEachStreamOnce) {
  std::vector<int> values(5);
  StreamTable<int> table;
  EXPECT_EQ(table.find(1), nullptr);
  for (std::uint32_t i = 0; i < 5; ++i) {
    table.add(2 * i + 1, values[i]);
  }

  std::size_t given = 0;
  while (table.pop() != nullptr) {
    ++given;
  }

  EXPECT_EQ(given, 5U);
  EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace shaketable::loadgen::live
