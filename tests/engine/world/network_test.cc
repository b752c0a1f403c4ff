#include "engine/world/network.h"

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using proxy::Instant;

constexpr Duration kLost{-1};

class NetworkModelTest : public testing::Test {
 protected:
  NetworkModelTest() {
    network_.same_zone.latency = Distribution::constant(1ms);
    network_.cross_zone.latency = Distribution::constant(5ms);
  }

  Duration delay(const Place& from, const Place& to, Duration when = 0s) {
    return model_.delay(Instant{} + when, from, to, rng_);
  }

  static NetworkFault cut(const Place& one, const Place& other) {
    NetworkFault fault;
    fault.id = 1;
    fault.one = one;
    fault.other = other;
    return fault;
  }

  static constexpr Place kAnywhere{kNone, kNone, kNone, kNone};
  Network network_;
  NetworkModel model_{network_};
  proxy::Rng rng_{5};
  // Service 0 and 1, two instances each, one in either zone.
  Place a0_{0, 0, 0, 0}, a1_{0, 0, 1, 1}, b0_{1, 0, 0, 0}, b1_{1, 0, 1, 1};
};

TEST_F(NetworkModelTest, KnowsZones) {
  EXPECT_EQ(delay(a0_, b0_), 1ms);
  EXPECT_EQ(delay(a0_, b1_), 5ms);
  EXPECT_TRUE(model_.is_plain(true));
  EXPECT_EQ(model_.plain_delay(false), 5ms);
}

TEST_F(NetworkModelTest, ACutLastsForeverOrUntilItIsRemoved) {
  model_.add(cut({0, kNone, kNone, kNone}, {1, kNone, kNone, kNone}));

  EXPECT_FALSE(model_.is_plain(true));
  EXPECT_EQ(delay(a0_, b0_), kLost);
  EXPECT_EQ(delay(b0_, a0_), kLost);
  EXPECT_EQ(delay(a0_, a1_), 5ms);
  model_.remove(2);
  EXPECT_EQ(delay(a0_, b0_), kLost);
  model_.remove(1);
  EXPECT_EQ(delay(a0_, b0_), 1ms);
}

TEST_F(NetworkModelTest, RetransmitsWithDoublingTimeouts) {
  NetworkFault fault = cut({0, kNone, kNone, kNone}, {1, kNone, kNone, kNone});
  fault.until = Instant{} + 1s;
  model_.add(fault);

  EXPECT_EQ(delay(a0_, b0_, 0s), 1'400ms + 1ms) << "0, 0.2, 0.6 and 1.4 s";
  EXPECT_EQ(delay(a0_, b0_, 900ms), 201ms);
  EXPECT_EQ(delay(a0_, b0_, 1s), 1ms) << "the end is open";
}

TEST_F(NetworkModelTest, AConnectionThatOpensWaitsASecondAndThenTwiceAsLong) {
  NetworkFault fault = cut({0, kNone, kNone, kNone}, {1, kNone, kNone, kNone});
  fault.until = Instant{} + 5s;
  model_.add(fault);
  const auto opening = [&](Duration when) {
    return model_.delay(Instant{} + when, a0_, b0_, rng_, kOpeningRetransmission);
  };

  EXPECT_EQ(opening(0s), 7s + 1ms) << "0, 1, 3 and 7 s";
  EXPECT_EQ(opening(4500ms), 1001ms);
  EXPECT_EQ(opening(5s), 1ms);
  model_.remove(1);
  fault.until = proxy::kNever;
  model_.add(fault);
  EXPECT_EQ(opening(0s), kLost);
}

TEST_F(NetworkModelTest, ALossMayChangeWhileItLasts) {
  NetworkFault fault = cut({0, kNone, kNone, kNone}, kAnywhere);
  fault.loss_ppm = 0;
  fault.until = Instant{} + 1s;
  model_.add(fault);
  EXPECT_EQ(delay(a0_, b0_), 1ms);

  model_.set_loss(2, 1'000'000);
  EXPECT_EQ(delay(a0_, b0_), 1ms) << "of another fault";
  model_.set_loss(1, 1'000'000);
  EXPECT_EQ(delay(a0_, b0_), 1'401ms);
}

TEST_F(NetworkModelTest, ASenderGivesUpAfterFifteenRetransmissions) {
  // 0.2, 0.4, ... 102.4 s, and 120 s six times.
  EXPECT_EQ(NetworkModel::give_up_after(), 924'600ms);

  NetworkFault fault = cut({0, kNone, kNone, kNone}, {1, kNone, kNone, kNone});
  fault.until = Instant{} + NetworkModel::give_up_after() - 120s;
  model_.add(fault);
  EXPECT_EQ(delay(a0_, b0_), NetworkModel::give_up_after() - 120s + 1ms) << "the last one arrives";
}

TEST_F(NetworkModelTest, ACutMayHaveOneDirection) {
  NetworkFault fault = cut({0, kNone, kNone, kNone}, {1, kNone, kNone, kNone});
  fault.one_way = true;
  model_.add(fault);

  EXPECT_EQ(delay(a0_, b0_), kLost);
  EXPECT_EQ(delay(b0_, a0_), 1ms);
}

TEST_F(NetworkModelTest, AFarEndOfNothingIsEverybodyElse) {
  model_.add(cut({kNone, kNone, kNone, 0}, kAnywhere));

  EXPECT_EQ(delay(a0_, b0_), 1ms) << "both inside";
  EXPECT_EQ(delay(a1_, b1_), 1ms) << "both outside";
  EXPECT_EQ(delay(a0_, b1_), kLost);
  EXPECT_EQ(delay(b1_, a0_), kLost);
}

TEST_F(NetworkModelTest, AOneWayCutFromEverybodyElseLetsMessagesIn) {
  NetworkFault fault = cut({0, kNone, 1, kNone}, kAnywhere);
  fault.one_way = true;
  model_.add(fault);

  EXPECT_EQ(delay(a1_, b1_), kLost);
  EXPECT_EQ(delay(b1_, a1_), 1ms);
  EXPECT_EQ(delay(a0_, b0_), 1ms);
}

TEST_F(NetworkModelTest, NoPartAtAllIsEverything) {
  NetworkFault fault = cut(kAnywhere, kAnywhere);
  fault.loss_ppm = 1'000'000;
  model_.add(fault);

  EXPECT_EQ(delay(a0_, a0_), kLost);
}

TEST_F(NetworkModelTest, LossesOfLinkAndFaultsAddUp) {
  network_.same_zone.loss_ppm = 100'000;
  NetworkFault fault = cut({0, kNone, kNone, kNone}, kAnywhere);
  fault.loss_ppm = 200'000;
  model_.add(fault);

  int direct = 0;
  for (int i = 0; i < 10'000; ++i) {
    direct += delay(a0_, b0_) == 1ms ? 1 : 0;
  }
  EXPECT_NEAR(direct, 7'200, 150);
}

}  // namespace
}  // namespace shaketable::engine
