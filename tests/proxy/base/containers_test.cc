#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/base/fifo_ring.h"
#include "proxy/base/interner.h"
#include "proxy/base/rng.h"
#include "proxy/base/slot_map.h"

namespace shaketable::proxy {
namespace {

TEST(FifoRingTest, BehavesLikeADeque) {
  Rng rng(5);
  FifoRing<int> ring;
  std::deque<int> model;
  for (int i = 0; i < 20'000; ++i) {
    if (rng.below(1000) == 0) {
      ring.clear();
      model.clear();
    } else if (model.empty() || rng.below(100) < 52) {
      ring.push_back(i);
      model.push_back(i);
    } else {
      ASSERT_EQ(ring.front(), model.front());
      ring.pop_front();
      model.pop_front();
    }
    ASSERT_EQ(ring.size(), model.size());
    if (!model.empty()) {
      ASSERT_EQ(ring.front(), model.front());
      ASSERT_EQ(ring.back(), model.back());
      ASSERT_EQ(ring[model.size() / 2], model[model.size() / 2]);
    }
  }
}

TEST(FifoRingTest, MayPushAnElementOfItself) {
  FifoRing<int> ring;
  for (int i = 0; i < 8; ++i) {
    ring.push_back(i);
  }
  ring.push_back(ring.front());

  EXPECT_EQ(ring.back(), 0);
}

TEST(SlotMapTest, AStaleHandleFindsNothingAfterTheSlotIsReused) {
  SlotMap<std::string> map;
  const auto first = map.insert("first");
  EXPECT_TRUE(map.erase(first));
  const auto second = map.insert("second");

  EXPECT_EQ(second.slot, first.slot);
  EXPECT_EQ(map.find(first), nullptr);
  EXPECT_FALSE(map.erase(first));
  EXPECT_EQ(*map.find(second), "second");
  EXPECT_EQ(decltype(first)::unpack(first.packed()), first);
  EXPECT_EQ(map.find({}), nullptr);
}

TEST(SlotMapTest, EmplaceHandsOutTheOldElementSoThatItsMemoryCanBeUsedAgain) {
  SlotMap<std::vector<int>> map;
  const auto first = map.insert({1, 2, 3});
  const int* memory = map.at(first).data();
  map.erase(first);

  const auto second = map.emplace();
  map.at(second).clear();
  map.at(second).push_back(7);

  EXPECT_EQ(map.at(second).data(), memory);
}

TEST(SlotMapTest, VisitsElementsInTheOrderOfTheirSlots) {
  SlotMap<int> map;
  const auto a = map.insert(10);
  const auto b = map.insert(20);
  const auto c = map.insert(30);
  map.erase(b);

  std::vector<int> seen;
  for (std::size_t slot = 0; slot < map.slot_count(); ++slot) {
    if (const auto handle = map.handle_at(slot); handle.is_valid()) {
      seen.push_back(map.at(handle));
    }
  }

  EXPECT_EQ(seen, (std::vector<int>{10, 30}));
  EXPECT_EQ(map.size(), 2U);
  EXPECT_TRUE(map.contains(a));
  EXPECT_TRUE(map.contains(c));
}

TEST(InternerTest, GivesDenseIdsInTheOrderOfAppearance) {
  struct Tag {};
  Interner<Tag> names;
  const auto a = names.intern("payment");
  const auto b = names.intern("catalog");

  EXPECT_EQ(names.intern("payment"), a);
  EXPECT_EQ(a.value, 0U);
  EXPECT_EQ(b.value, 1U);
  EXPECT_EQ(names.name(b), "catalog");
  EXPECT_FALSE(names.find("cart").is_valid());

  const Interner<Tag> moved = std::move(names);
  EXPECT_EQ(moved.find("payment"), a);
  EXPECT_EQ(moved.size(), 2U);
}

}  // namespace
}  // namespace shaketable::proxy
