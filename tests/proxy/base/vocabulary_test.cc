#include <array>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/base/assert.h"
#include "proxy/base/hash.h"
#include "proxy/base/ids.h"
#include "proxy/base/result.h"
#include "proxy/base/rng.h"
#include "proxy/base/time.h"

// gtest has no macro of this name; ours must survive its header.
#ifndef ASSERT
#error "ASSERT is not defined"
#endif

namespace shaketable::proxy {
namespace {

TEST(TimeTest, AdditionSaturates) {
  EXPECT_EQ(after(kStart, 5ms), kStart + 5ms);
  EXPECT_EQ(after(kStart + 1s, kForever), kNever);
  EXPECT_EQ(after(kNever, 1s), kNever);
  EXPECT_EQ(after(kNever, -1s), kNever);
  EXPECT_EQ(after(Instant::min(), -1s), Instant::min());
  EXPECT_EQ(nanoseconds_of(instant_at(17)), 17);
}

TEST(IdTest, AnIdIsInvalidUntilItHasANumber) {
  using HostId = Id<struct HostTag>;

  EXPECT_FALSE(HostId().is_valid());
  EXPECT_EQ(HostId(), HostId::kInvalid);
  EXPECT_LT(HostId(1), HostId(2));
  EXPECT_EQ(HostId::from_index(7).index(), 7U);
}

TEST(AssertDeathTest, SaysWhereAndWhat) {
  const int answer = 41;
  EXPECT_DEATH(ASSERT(answer == 42), "vocabulary_test.cc:[0-9]+: assertion failed: answer == 42");
}

TEST(ResultTest, FailCarriesMessagePlaceAndExpectation) {
  const Result<int> result = fail("unknown unit", "a.yaml:3:7", "ns, us, ms or s");

  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().where, "a.yaml:3:7");
}

TEST(RngTest, IsXoshiro256PlusPlusSeededBySplitmix64) {
  Rng rng(0);
  // First outputs of the published reference code for the seed 0.
  EXPECT_EQ(rng.next(), 0x53175d61490b23dfU);
  EXPECT_EQ(rng.next(), 0x61da6f3dc380d507U);
  EXPECT_EQ(rng.draws(), 2U);
}

TEST(RngTest, BelowIsUniform) {
  Rng rng(3);
  std::array<int, 10> count{};
  for (int i = 0; i < 100'000; ++i) {
    ++count.at(rng.below(10));
  }
  for (const int n : count) {
    EXPECT_NEAR(n, 10'000, 500);
  }
  EXPECT_EQ(rng.below(0), 0U);
}

TEST(RngTest, CertainChancesDrawNothing) {
  Rng rng(3);

  EXPECT_FALSE(rng.chance_ppm(0));
  EXPECT_TRUE(rng.chance_ppm(1'000'000));
  EXPECT_EQ(rng.draws(), 0U);
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) {
    hits += rng.chance_ppm(250'000) ? 1 : 0;
  }
  EXPECT_NEAR(hits, 25'000, 700);
}

TEST(RngTest, AStreamDependsOnSeedAndNameButNotOnDraws) {
  Rng master(99);
  Rng before = master.stream("retry-jitter", 4);
  master.next();
  Rng later = master.stream("retry-jitter", 4);

  EXPECT_EQ(before.next(), later.next());
  std::set<std::uint64_t> firsts;
  for (std::uint64_t owner = 0; owner < 1000; ++owner) {
    firsts.insert(master.stream("work", owner).next());
    firsts.insert(master.stream("loss", owner).next());
    firsts.insert(Rng(1000 + owner).stream("work", 0).next());
  }
  EXPECT_EQ(firsts.size(), 3000U);
}

TEST(StableHashTest, DependsOnOrderAndValue) {
  StableHash ab;
  ab.add(1);
  ab.add(2);
  StableHash ba;
  ba.add(2);
  ba.add(1);

  EXPECT_NE(ab.value(), ba.value());
  EXPECT_NE(ab.value(), StableHash().value());
}

}  // namespace
}  // namespace shaketable::proxy
