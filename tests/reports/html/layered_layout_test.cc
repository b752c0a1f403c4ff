#include "reports/html/layered_layout.h"

#include <gtest/gtest.h>

namespace shaketable::reports {
namespace {

TEST(LayeredLayoutTest, CallersStandBeforeAllWhomTheyCall) {
  const LayeredLayout layout = lay_out(4, {{0, 1}, {0, 2}, {1, 2}, {2, 3}});

  EXPECT_EQ(layout.nodes[0].layer, 0U);
  EXPECT_EQ(layout.nodes[1].layer, 1U);
  EXPECT_EQ(layout.nodes[2].layer, 2U) << "behind the longest path, not the shortest";
  EXPECT_EQ(layout.nodes[3].layer, 3U);
}

TEST(LayeredLayoutTest, OrdersALayerSoThatLinesDoNotCross) {
  const LayeredLayout layout = lay_out(4, {{0, 3}, {1, 2}});

  const bool callers = layout.nodes[0].row < layout.nodes[1].row;
  const bool callees = layout.nodes[3].row < layout.nodes[2].row;
  EXPECT_EQ(callers, callees);
}

TEST(LayeredLayoutTest, ACycleAndALoopEndSomewhere) {
  const LayeredLayout layout = lay_out(3, {{0, 1}, {1, 2}, {2, 0}, {1, 1}});

  EXPECT_EQ(layout.nodes.size(), 3U);
  EXPECT_EQ(layout.nodes[0].layer, 0U);
  EXPECT_EQ(layout.nodes[2].layer, 2U);
}

TEST(LayeredLayoutTest, RowsOfALayerHaveNoGapsAndNoDoubles) {
  const LayeredLayout layout = lay_out(5, {{0, 1}, {0, 2}, {0, 3}, {0, 4}});

  std::vector<bool> seen(4, false);
  for (std::size_t n = 1; n < 5; ++n) {
    ASSERT_LT(layout.nodes[n].row, 4U);
    EXPECT_FALSE(seen[layout.nodes[n].row]);
    seen[layout.nodes[n].row] = true;
  }
  EXPECT_EQ(layout.rows, (std::vector<std::size_t>{1, 4}));
}

TEST(LayeredLayoutTest, NothingIsLaidOutAsNothing) { EXPECT_TRUE(lay_out(0, {}).nodes.empty()); }

}  // namespace
}  // namespace shaketable::reports
