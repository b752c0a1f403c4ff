#include "engine/sim/slab.h"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

struct Thing {
  std::uint64_t id = 0;
  int value = 0;
};

TEST(SlabTest, FindsElementsUntilTheyAreErased) {
  Slab<Thing> slab;
  Thing& first = slab.emplace();
  Thing& second = slab.emplace();
  const std::uint64_t id = first.id;

  EXPECT_EQ(slab.find(id), &first);
  EXPECT_EQ(slab.find(second.id), &second);
  EXPECT_EQ(slab.find(0), nullptr);
  slab.erase(first);

  EXPECT_EQ(slab.find(id), nullptr);
  EXPECT_FALSE(Slab<Thing>::is_used(first));
  EXPECT_TRUE(Slab<Thing>::is_used(second));
  EXPECT_EQ(slab.size(), 1U);
}

TEST(SlabTest, AnIdOfAnEarlierLifeFindsNothing) {
  Slab<Thing> slab;
  Thing& thing = slab.emplace();
  const std::uint64_t earlier = thing.id;
  thing.value = 5;
  slab.erase(thing);

  Thing& again = slab.emplace();

  EXPECT_EQ(&again, &thing) << "last freed, first used";
  EXPECT_EQ(again.value, 5) << "values are kept";
  EXPECT_EQ(slab.find(earlier), nullptr);
  EXPECT_EQ(slab.find(again.id), &again);
  EXPECT_EQ(slab.slot_count(), 1U);
}

TEST(SlabTest, ElementsDoNotMoveWhenItGrows) {
  Slab<Thing> slab;
  std::vector<Thing*> things;
  for (int i = 0; i < 1000; ++i) {
    things.push_back(&slab.emplace());
    things.back()->value = i;
  }

  for (std::uint32_t slot = 0; slot < 1000; ++slot) {
    ASSERT_EQ(&slab.at_slot(slot), things[slot]);
    ASSERT_EQ(slab.at_slot(slot).value, static_cast<int>(slot));
  }
}

}  // namespace
}  // namespace shaketable::engine
