#include "reports/html/topology_layout.h"

#include <gtest/gtest.h>

namespace shaketable::reports {
namespace {

using Places = std::vector<std::int64_t>;

TEST(PlaceInOrderTest, GivesEveryoneWhatTheyWantWhereThereIsRoom) {
  EXPECT_EQ(place_in_order({0, 100, 300}, {0, 50, 50}), (Places{0, 100, 300}));
}

TEST(PlaceInOrderTest, SharesTheShiftAmongThoseThatCollide) {
  EXPECT_EQ(place_in_order({100, 100}, {0, 50}), (Places{75, 125}));
}

TEST(PlaceInOrderTest, KeepsTheOrderEvenAgainstTheWishes) {
  const Places places = place_in_order({300, 200, 100}, {0, 10, 10});

  EXPECT_EQ(places[1] - places[0], 10);
  EXPECT_EQ(places[2] - places[1], 10);
  EXPECT_EQ(place_in_order({}, {}), Places{});
}

TEST(TopologyLayoutTest, BoxesOfALayerDoNotOverlap) {
  const TopologyLayout layout = lay_out_topology(4, {{0, 1}, {0, 2}, {0, 3}});

  for (std::size_t i = 2; i < 4; ++i) {
    EXPECT_GE(layout.boxes[i].y - layout.boxes[i - 1].y, 46 * 10);
    EXPECT_EQ(layout.boxes[i].x, layout.boxes[1].x);
  }
  EXPECT_GT(layout.boxes[1].x, layout.boxes[0].x);
}

TEST(TopologyLayoutTest, ALineThatPassesALayerGoesAroundItsBoxes) {
  // 0 calls 2 directly and through 1: the direct line must not cross the box of 1.
  const TopologyLayout layout = lay_out_topology(3, {{0, 1}, {1, 2}, {0, 2}});

  const auto& line = layout.lines[2];
  ASSERT_EQ(line.size(), 4U);
  EXPECT_EQ(line[1].x, layout.boxes[1].x);
  const bool above = line[1].y < layout.boxes[1].y;
  const bool below = line[1].y > layout.boxes[1].y + 46 * 10;
  EXPECT_TRUE(above || below);
}

TEST(TopologyLayoutTest, LoopsAndCyclesAreDrawnToo) {
  const TopologyLayout layout = lay_out_topology(2, {{0, 1}, {1, 0}, {1, 1}});

  ASSERT_EQ(layout.lines.size(), 3U);
  for (const auto& line : layout.lines) {
    EXPECT_EQ(line.size(), 2U);
  }
}

TEST(TopologyLayoutTest, NothingAtAllIsStillALayout) {
  EXPECT_TRUE(lay_out_topology(0, {}).boxes.empty());
}

}  // namespace
}  // namespace shaketable::reports
