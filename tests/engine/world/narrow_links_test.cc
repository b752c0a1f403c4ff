#include "engine/world/narrow_links.h"

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using proxy::kStart;

constexpr Place kAnywhere{kNone, kNone, kNone, kNone};
constexpr Place kServiceA{0, kNone, kNone, kNone};
constexpr Place kServiceB{1, kNone, kNone, kNone};
constexpr std::uint64_t kRate = 1'000'000;  // 1 ms for the 1,000 bytes of every message here

class NarrowLinksTest : public testing::Test {
 protected:
  Duration out(const LinkEnd& from, const LinkEnd& to) {
    return links_.leave(kStart, from, to, 1'000) - kStart;
  }
  Duration in(const LinkEnd& from, const LinkEnd& to) {
    return links_.enter(kStart, from, to, 1'000) - kStart;
  }

  Network network_;
  NarrowLinks links_{network_};
  LinkEnd a0_{0, {0, 0, 0, 0}}, a1_{1, {0, 0, 1, 1}}, b0_{2, {1, 0, 0, 0}}, b1_{3, {1, 0, 1, 1}};
  LinkEnd client_{kNone, {}};
};

TEST_F(NarrowLinksTest, NothingWaitsWithoutALimit) {
  EXPECT_TRUE(links_.are_wide(true));
  EXPECT_TRUE(links_.are_wide(false));
  EXPECT_EQ(out(a0_, b0_), 0ms);
  EXPECT_EQ(in(a0_, b0_), 0ms);
}

TEST_F(NarrowLinksTest, EachInstanceOfThePlaceHasAPipeOutAndAPipeIn) {
  links_.add({1, kServiceA, kAnywhere, kRate});

  EXPECT_FALSE(links_.are_wide(true));
  EXPECT_EQ(out(a0_, b0_), 1ms);
  EXPECT_EQ(out(a0_, b1_), 2ms) << "whoever it goes to";
  EXPECT_EQ(out(a1_, b0_), 1ms) << "its own";
  EXPECT_EQ(in(b0_, a0_), 1ms) << "full duplex";
  EXPECT_EQ(in(client_, a0_), 2ms);
  EXPECT_TRUE(links_.is_narrow_in(b0_, a0_));
  EXPECT_FALSE(links_.is_narrow_in(a0_, b0_));
  EXPECT_EQ(out(b0_, a0_), 0ms);
}

TEST_F(NarrowLinksTest, BetweenTwoPlacesThoseOfTheFirstHaveThePipes) {
  links_.add({1, kServiceA, {1, kNone, 0, kNone}, kRate});

  EXPECT_EQ(out(a0_, b0_), 1ms);
  EXPECT_EQ(in(b0_, a0_), 1ms);
  EXPECT_EQ(out(b0_, a0_), 0ms);
  EXPECT_EQ(out(a0_, b1_), 0ms);
  EXPECT_EQ(in(client_, a0_), 0ms);
}

TEST_F(NarrowLinksTest, ClientsHaveNoPipesEvenInAPlaceThatHas) {
  links_.add({1, {kNone, kNone, kNone, 0}, kAnywhere, kRate});

  EXPECT_EQ(out(client_, b0_), 0ms);
  EXPECT_FALSE(links_.is_narrow_in(b0_, client_));
  EXPECT_EQ(in(client_, b0_), 1ms);
}

TEST_F(NarrowLinksTest, TheNarrowestOfSeveralDecides) {
  links_.add({1, kServiceA, kAnywhere, kRate});
  links_.add({2, kServiceA, kServiceB, kRate / 4});

  EXPECT_EQ(out(a0_, b0_), 4ms);
  links_.remove(2);
  EXPECT_EQ(out(a0_, b0_), 2ms) << "the other counted it, too";
}

TEST_F(NarrowLinksTest, EachKindOfLinkMayHaveItsOwnBandwidthOutOfAnInstance) {
  network_.same_zone.bandwidth = kRate;
  network_.cross_zone.bandwidth = kRate / 5;
  links_ = NarrowLinks(network_);

  EXPECT_EQ(out(a0_, b0_), 1ms);
  EXPECT_EQ(out(a0_, b1_), 5ms);
  EXPECT_EQ(out(a0_, b0_), 2ms) << "apart from each other";
  EXPECT_EQ(out(client_, b0_), 0ms);
  EXPECT_EQ(out(b0_, client_), 1ms);
  EXPECT_FALSE(links_.is_narrow_in(a0_, b0_));
}

TEST_F(NarrowLinksTest, OneKindOfLinkMayBeWide) {
  network_.cross_zone.bandwidth = kRate;
  links_ = NarrowLinks(network_);

  EXPECT_TRUE(links_.are_wide(true));
  EXPECT_FALSE(links_.are_wide(false));
}

TEST_F(NarrowLinksTest, NothingWaitsAtAnInstanceThatHasDied) {
  network_.same_zone.bandwidth = kRate;
  links_ = NarrowLinks(network_);
  links_.add({1, kServiceA, kAnywhere, kRate});
  out(a0_, b0_);
  in(b0_, a0_);
  links_.clear(a0_.instance);
  links_.clear(b1_.instance);

  EXPECT_EQ(out(a0_, b0_), 1ms);
  EXPECT_EQ(in(b0_, a0_), 1ms);
}

}  // namespace
}  // namespace shaketable::engine
