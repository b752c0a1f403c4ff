#include "proxy/core/lb/load_balancer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::proxy {
namespace {

std::vector<LbHost> hosts(const std::vector<std::uint32_t>& weights) {
  std::vector<LbHost> result;
  for (std::uint32_t slot = 0; slot < weights.size(); ++slot) {
    result.push_back({slot, weights[slot]});
  }
  return result;
}

struct Balanced {
  Balanced(LbPolicy policy, const std::vector<std::uint32_t>& weights, std::uint64_t seed = 1)
      : Balanced(config_of(policy), weights, seed) {}
  Balanced(const ClusterConfig& config, const std::vector<std::uint32_t>& weights,
           std::uint64_t seed = 1)
      : balancer(config), rng(seed), active(weights.size()) {
    balancer.set_hosts(hosts(weights), active, rng);
  }
  static ClusterConfig config_of(LbPolicy policy) {
    ClusterConfig config;
    config.lb_policy = policy;
    return config;
  }
  std::vector<std::uint32_t> picks(int count) {
    std::vector<std::uint32_t> result;
    for (int i = 0; i < count; ++i) {
      result.push_back(balancer.pick(active, rng));
    }
    return result;
  }
  std::vector<double> shares(int count) {
    std::vector<double> result(active.size());
    for (const std::uint32_t slot : picks(count)) {
      result[slot] += 1.0 / count;
    }
    return result;
  }

  LoadBalancer balancer;
  Rng rng;
  std::vector<std::uint32_t> active;
};

TEST(RoundRobinTest, TakesEachHostInTurnFromARandomStart) {
  std::map<std::uint32_t, int> starts;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Balanced balanced(LbPolicy::kRoundRobin, {1, 1, 1}, seed);

    const std::vector<std::uint32_t> picks = balanced.picks(7);

    for (std::size_t i = 1; i < picks.size(); ++i) {
      ASSERT_EQ(picks[i], (picks[i - 1] + 1) % 3);
    }
    ++starts[picks[0]];
  }
  for (std::uint32_t slot = 0; slot < 3; ++slot) {
    EXPECT_NEAR(starts[slot], 100, 35) << "replicas must not all start at the same host";
  }
}

TEST(RoundRobinTest, GoesOnCountingWhenHostsChange) {
  // Envoy keeps the index over refreshes: a refresh without a change changes nothing.
  Balanced balanced(LbPolicy::kRoundRobin, {1, 1, 1, 1});
  const std::uint32_t first = balanced.picks(1)[0];

  balanced.balancer.set_hosts(hosts({1, 1, 1, 1}), balanced.active, balanced.rng);

  EXPECT_EQ(balanced.picks(1)[0], (first + 1) % 4);
  EXPECT_EQ(balanced.rng.draws(), 1U);
}

TEST(RoundRobinTest, SpreadsWeightsByTheirShareExactly) {
  Balanced balanced(LbPolicy::kRoundRobin, {3, 1, 2});

  const std::vector<double> shares = balanced.shares(6000);

  EXPECT_NEAR(shares[0], 0.5, 0.001);
  EXPECT_NEAR(shares[1], 1.0 / 6, 0.001);
  EXPECT_NEAR(shares[2], 1.0 / 3, 0.001);
}

TEST(EdfScheduleTest, PicksInTheOrderOfDeadlinesWithTiesFirstInFirstOut) {
  // Row EN-EDF-532: weights 5, 3, 2.
  const std::vector<double> weights = {5, 3, 2};
  EdfSchedule schedule;
  for (std::uint32_t slot = 0; slot < 3; ++slot) {
    schedule.add(weights[slot], slot);
  }
  std::vector<std::uint32_t> picks;
  for (int i = 0; i < 10; ++i) {
    const std::uint32_t slot = schedule.take();
    picks.push_back(slot);
    schedule.add(weights[slot], slot);
  }

  EXPECT_EQ(picks, (std::vector<std::uint32_t>{0, 1, 0, 2, 0, 1, 0, 2, 1, 0}));
}

TEST(LeastRequestTest, TakesTheLessBusyOfTwoDrawnWithReplacement) {
  Balanced balanced(LbPolicy::kLeastRequest, {1, 1, 1, 1});
  balanced.active = {5, 0, 5, 5};

  const std::vector<double> shares = balanced.shares(100'000);

  // The idle host wins whenever it is drawn at all: 1 - (3/4)^2 = 7/16. The others share the rest.
  EXPECT_NEAR(shares[1], 7.0 / 16, 0.007);
  EXPECT_NEAR(shares[0], 3.0 / 16, 0.006);
  EXPECT_NEAR(shares[3], 3.0 / 16, 0.006);
}

TEST(LeastRequestTest, LooksAtAsManyAsTheChoiceCountSays) {
  ClusterConfig config = Balanced::config_of(LbPolicy::kLeastRequest);
  config.choice_count = 5;
  Balanced balanced(config, {1, 1, 1, 1});
  balanced.active = {5, 0, 5, 5};

  EXPECT_NEAR(balanced.shares(100'000)[1], 1 - std::pow(0.75, 5), 0.007);
}

TEST(LeastRequestTest, FullScanTakesOneOfTheLeastBusy) {
  ClusterConfig config = Balanced::config_of(LbPolicy::kLeastRequest);
  config.full_scan = true;
  Balanced balanced(config, {1, 1, 1, 1});
  balanced.active = {2, 1, 1, 1};

  const std::vector<double> shares = balanced.shares(30'000);

  EXPECT_EQ(shares[0], 0);
  for (std::uint32_t slot = 1; slot < 4; ++slot) {
    EXPECT_NEAR(shares[slot], 1.0 / 3, 0.012) << "ties are broken evenly";
  }
}

TEST(LeastRequestTest, WeighsUnequalHostsByTheirBusyness) {
  // Rows EN-LRW: weight / (active + 1). With 1 and 2 idle hosts the shares are 1:2; with one
  // request at the first they are 1:4.
  Balanced idle(LbPolicy::kLeastRequest, {1, 2});
  EXPECT_NEAR(idle.shares(3000)[1], 2.0 / 3, 0.01);

  Balanced busy(LbPolicy::kLeastRequest, {1, 2});
  busy.active = {1, 0};
  busy.picks(10);
  EXPECT_NEAR(busy.shares(5000)[1], 4.0 / 5, 0.01);
}

TEST(RandomTest, DrawsUniformly) {
  Balanced balanced(LbPolicy::kRandom, {1, 1, 1, 1, 1});

  for (const double share : balanced.shares(100'000)) {
    EXPECT_NEAR(share, 0.2, 0.006);
  }
}

TEST(RandomTest, DrawsByWeight) {
  Balanced balanced(LbPolicy::kRandom, {1, 3, 6});

  const std::vector<double> shares = balanced.shares(100'000);

  EXPECT_NEAR(shares[0], 0.1, 0.005);
  EXPECT_NEAR(shares[1], 0.3, 0.007);
  EXPECT_NEAR(shares[2], 0.6, 0.007);
}

TEST(LoadBalancerTest, HandlesOneHostAndNone) {
  for (const LbPolicy policy :
       {LbPolicy::kRoundRobin, LbPolicy::kLeastRequest, LbPolicy::kRandom}) {
    Balanced one(policy, {7});
    Balanced none(policy, {});

    EXPECT_EQ(one.picks(3), (std::vector<std::uint32_t>{0, 0, 0}));
    EXPECT_TRUE(none.balancer.empty());
  }
}

}  // namespace
}  // namespace shaketable::proxy
