#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/scenario_builder.h"

// Faults of the platform: discovery, names, machines, slots, memory, caches.
namespace shaketable::engine {
namespace {

using support::at;
using support::run;
using support::ScenarioBuilder;
using support::shared;
using support::TestRun;
using support::work;
using support::workers;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

std::uint32_t up_at(const TestRun& test, const std::string& service, std::size_t second) {
  const ServiceIndex index = find_service(test.scenario().mesh, service);
  return test.record().gauges.at(index).points.at(second).instances_up;
}

const Gauge& gauge_at(const TestRun& test, const std::string& service, std::size_t second) {
  return test.record().gauges.at(find_service(test.scenario().mesh, service)).points.at(second);
}

std::uint64_t outcomes(const Series* series, std::size_t from, std::size_t to, Outcome outcome) {
  std::uint64_t sum = 0;
  for (std::size_t second = from; series != nullptr && second < to; ++second) {
    sum += series->points.at(second).outcomes[static_cast<std::size_t>(outcome)];
  }
  return sum;
}

const Series* series_of(const TestRun& test, const std::string& service) {
  return find_series(test.record(), {.kind = Subject::Kind::kService,
                                     .service = find_service(test.scenario().mesh, service)});
}

std::uint64_t answers_of_load(const TestRun& test, std::size_t from, std::size_t to,
                              Outcome outcome) {
  Subject subject;
  subject.kind = Subject::Kind::kJourney;
  subject.load = 0;
  return outcomes(find_series(test.record(), subject), from, to, outcome);
}

/// A shop that asks one of three instances of stock, through sidecars; 100 requests a second.
ScenarioBuilder shop_and_stock() {
  ScenarioBuilder build;
  build.scenario.run.duration = 60s;
  build.sidecars = true;
  build.service("stock", workers(4), {work(1ms)}, 3);
  build.service("shop", workers(50), {build.call("stock")}, 1);
  build["stock"].entry = false;
  build.poisson("shop", 100);
  return build;
}

// ---- discovery --------------------------------------------------------------------------------

std::uint64_t failures_of_a_kill(Duration late) {
  ScenarioBuilder build = shop_and_stock();
  build.scenario.mesh.network.discovery_delay = 1s;
  build.scenario.mesh.default_route.retry = {};
  Fault& kill = build.fault(FaultKind::kKill, "stock", 20s, 0s);
  kill.instances = 1;
  if (late > 0s) {
    build.fault(FaultKind::kDiscoveryDelay, "stock", 10s, 0s).amount = late;
  }
  const auto test = run(build);
  return outcomes(test->edge("shop", "stock"), 0, 60, Outcome::kConnection);
}

TEST(DiscoveryDelayTest, SidecarsAskTheDeadForAsLongAsTheyKnowNothing) {
  const std::uint64_t soon = failures_of_a_kill(0s);
  const std::uint64_t late = failures_of_a_kill(10s);
  EXPECT_GT(soon, 10U);
  EXPECT_NEAR(static_cast<double>(late), static_cast<double>(soon) * 10,
              static_cast<double>(soon) * 3);
}

TEST(DiscoveryDelayTest, AnotherServicesDelayChangesNothing) {
  ScenarioBuilder build = shop_and_stock();
  build.fault(FaultKind::kKill, "stock", 20s, 0s).instances = 1;
  const auto without = run(build);
  build.fault(FaultKind::kDiscoveryDelay, "shop", 10s, 0s).amount = 30s;
  const auto with = run(build);
  EXPECT_EQ(outcomes(with->edge("shop", "stock"), 0, 60, Outcome::kOk),
            outcomes(without->edge("shop", "stock"), 0, 60, Outcome::kOk));
}

TEST(DiscoveryDelayTest, ItsEndTellsWhatIsUnderWay) {
  ScenarioBuilder build = shop_and_stock();
  build.scenario.mesh.default_route.retry = {};
  build.fault(FaultKind::kKill, "stock", 20s, 0s).instances = 1;
  build.fault(FaultKind::kDiscoveryDelay, "stock", 10s, 15s).amount = 1h;

  const auto test = run(build);

  const Series* const edge = test->edge("shop", "stock");
  EXPECT_GT(outcomes(edge, 21, 25, Outcome::kConnection), 50U);
  EXPECT_EQ(outcomes(edge, 27, 60, Outcome::kConnection), 0U) << "a second after its end";
}

TEST(DiscoveryDelayTest, NewsThatTookLongerThanLaterNewsSayNothingAnyMore) {
  ScenarioBuilder build = shop_and_stock();
  build.scenario.mesh.default_route.retry = {};
  Fault& kill = build.fault(FaultKind::kKill, "stock", 12s, 0s);
  kill.instances = 1;
  kill.restart_after = 10s;
  build.fault(FaultKind::kDiscoveryDelay, "stock", 10s, 5s).amount = 20s;

  const auto test = run(build);

  EXPECT_EQ(up_at(*test, "stock", 30), 3U);
  const Series* const stock = series_of(*test, "stock");
  EXPECT_GT(outcomes(stock, 35, 60, Outcome::kOk), 2'000U) << "all three serve";
}

// ---- names ------------------------------------------------------------------------------------

TEST(DnsStaleTest, ClientsGoOnAskingTheDeadUntilItEnds) {
  ScenarioBuilder build;
  build.scenario.run.duration = 60s;
  build.service("shop", workers(10), {work(1ms)}, 4);
  build.poisson("shop", 100);
  build.fault(FaultKind::kKill, "shop", 20s, 0s).instances = 1;
  build.fault(FaultKind::kDnsStale, "shop", 10s, 30s);

  const auto test = run(build);

  EXPECT_NEAR(static_cast<double>(answers_of_load(*test, 21, 39, Outcome::kConnection)), 18 * 25.0,
              100.0)
      << "every fourth request";
  EXPECT_EQ(answers_of_load(*test, 41, 60, Outcome::kConnection), 0U);
}

TEST(DnsStaleTest, SidecarsDoNotAskForNames) {
  ScenarioBuilder build = shop_and_stock();
  build.fault(FaultKind::kKill, "stock", 20s, 0s).instances = 1;
  const auto without = run(build);
  build.fault(FaultKind::kDnsStale, "stock", 10s, 30s);
  const auto with = run(build);
  EXPECT_EQ(with->served("stock", Outcome::kOk), without->served("stock", Outcome::kOk));
}

// ---- machines ---------------------------------------------------------------------------------

ScenarioBuilder shop_on_nodes(std::uint32_t nodes) {
  ScenarioBuilder build = shop_and_stock();
  build.scenario.mesh.nodes = nodes;
  build.scenario.mesh.default_route.retry = {};
  build.scenario.mesh.default_route.timeout = 1s;
  return build;
}

TEST(NodeLossTest, TakesWhatRunsOnTheNodeAndNobodyIsToldSoon) {
  ScenarioBuilder build = shop_on_nodes(4);
  Fault& loss = build.fault(FaultKind::kNodeLoss, "", 10s, 0s);
  loss.node = 1;  // The second instance of stock; the shop is on it, too, or not.
  loss.amount = 20s;
  loss.restart_after = 40s;

  const auto test = run(build);

  const auto down = test->events(EventKind::kInstanceDown);
  ASSERT_FALSE(down.empty());
  for (const RunEvent& event : down) {
    EXPECT_EQ(event.at, at(10s));
    EXPECT_EQ(event.reason, "node-2 lost");
  }
  EXPECT_EQ(up_at(*test, "stock", 30), 2U);
  EXPECT_EQ(up_at(*test, "stock", 55), 3U);
}

/// Of three instances of stock one is on the lost node, and the shop is not.
TEST(NodeLossTest, WhoAsksTheLostOnesHearsNothingAtAll) {
  ScenarioBuilder build = shop_on_nodes(4);
  std::uint32_t node = kNone;
  for (std::uint32_t candidate = 0; candidate < 4 && node == kNone; ++candidate) {
    ScenarioBuilder trial = build;
    Fault& loss = trial.fault(FaultKind::kNodeLoss, "", 10s, 0s);
    loss.node = candidate;
    loss.amount = 20s;
    const auto test = run(trial);
    const auto down = test->events(EventKind::kInstanceDown);
    const ServiceIndex stock = trial.index("stock");
    if (down.size() == 1 && down[0].service == stock) {
      node = candidate;
      const Series* const edge = test->edge("shop", "stock");
      EXPECT_GT(outcomes(edge, 10, 30, Outcome::kTimeout), 400U)
          << "a third of the requests waits for its timeout until the platform notices";
      EXPECT_EQ(outcomes(edge, 10, 20, Outcome::kConnection), 0U)
          << "nobody sends a reset, and to connect takes ten seconds to fail";
      EXPECT_EQ(outcomes(edge, 32, 60, Outcome::kTimeout), 0U);
    }
  }
  EXPECT_NE(node, kNone);
}

TEST(NodeLossTest, InstancesOfAServiceAreSpreadOverTheNodesOfTheirZone) {
  ScenarioBuilder build;
  build.scenario.mesh.zones = {"a", "b"};
  build.scenario.mesh.nodes = 4;
  build.scenario.run.duration = 5s;
  build.service("shop", workers(1), {work(1ms)}, 8);
  for (std::uint32_t node = 0; node < 4; ++node) {
    ScenarioBuilder trial = build;
    trial.fault(FaultKind::kNodeLoss, "", 1s, 0s).node = node;
    const auto down = run(trial)->events(EventKind::kInstanceDown);
    EXPECT_EQ(down.size(), 2U) << "node " << node;
    for (const RunEvent& event : down) {
      EXPECT_EQ(event.instance % 2, node % 2) << "zones and nodes alternate";
    }
  }
}

TEST(NodeLossTest, WhoStartsMeanwhileStartsOnAnotherNode) {
  ScenarioBuilder build;
  build.scenario.mesh.nodes = 2;
  build.scenario.run.duration = 60s;
  build.service("shop", workers(1), {work(1ms)}, 2).start_delay = 1s;
  build.poisson("shop", 50);
  build.fault(FaultKind::kNodeLoss, "", 10s, 0s).node = 0;
  build.fault(FaultKind::kScale, "shop", 20s, 0s).instances = 4;
  EXPECT_EQ(up_at(*run(build), "shop", 30), 3U);

  build.fault(FaultKind::kNodeLoss, "", 15s, 0s).node = 1;
  EXPECT_EQ(up_at(*run(build), "shop", 30), 0U) << "no machine is left";
}

// ---- slots and memory -------------------------------------------------------------------------

TEST(LeakTest, EachInstanceLosesOneSlotAfterTheOther) {
  ScenarioBuilder build;
  build.scenario.run.duration = 60s;
  build.service("shop", workers(4, 5), {work(1ms)}, 2);
  build.poisson("shop", 100);
  Fault& leak = build.fault(FaultKind::kLeak, "shop", 10s, 30s);
  leak.amount = 5s;

  const auto test = run(build);

  EXPECT_NEAR(static_cast<double>(gauge_at(*test, "shop", 12).utilisation_ppm), 250'000, 60'000);
  EXPECT_NEAR(static_cast<double>(gauge_at(*test, "shop", 17).utilisation_ppm), 500'000, 60'000);
  EXPECT_EQ(answers_of_load(*test, 0, 24, Outcome::kOk),
            answers_of_load(*test, 0, 24, Outcome::kOk));
  EXPECT_EQ(gauge_at(*test, "shop", 30).utilisation_ppm, 1'000'000U) << "all four of each are gone";
  EXPECT_EQ(answers_of_load(*test, 30, 40, Outcome::kOk), 0U);
  EXPECT_GT(answers_of_load(*test, 41, 60, Outcome::kOk), 1'500U) << "its end gives them back";
}

TEST(LeakTest, ARestartBringsTheSlotsBack) {
  ScenarioBuilder build;
  build.scenario.run.duration = 60s;
  build.service("shop", workers(2, 5), {work(1ms)}, 1);
  build.poisson("shop", 50);
  Fault& leak = build.fault(FaultKind::kLeak, "shop", 10s, 15s);
  leak.amount = 5s;
  leak.length = 14s;  // Both are lost, and no more come.
  Fault& kill = build.fault(FaultKind::kKill, "shop", 20s, 0s);
  kill.restart_after = 1s;

  const auto test = run(build);

  EXPECT_EQ(answers_of_load(*test, 16, 19, Outcome::kOk), 0U);
  EXPECT_GT(answers_of_load(*test, 23, 24, Outcome::kOk), 20U);
  EXPECT_LT(gauge_at(*test, "shop", 40).utilisation_ppm, 150'000U);
}

TEST(LeakTest, ABusyWorkerIsLostWhenItIsDone) {
  ScenarioBuilder build;
  build.scenario.run.duration = 20s;
  build.service("shop", workers(1, 10), {work(3s)}, 1);
  build.requests("shop", 5, 100ms);
  build.fault(FaultKind::kLeak, "shop", 1s, 0s).amount = 1h;

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 1U) << "the one that was under way";
}

TEST(LeakTest, PlacesOfARuntimeWithoutWorkersAreThoseInFlight) {
  ScenarioBuilder build;
  build.scenario.run.duration = 30s;
  Runtime limited = shared(2);
  limited.max_in_flight = 2;
  build.service("shop", limited, {work(1ms)}, 1);
  build.poisson("shop", 50);
  build.fault(FaultKind::kLeak, "shop", 5s, 0s).amount = 5s;

  const auto test = run(build);

  EXPECT_GT(answers_of_load(*test, 0, 10, Outcome::kOk), 400U);
  EXPECT_EQ(answers_of_load(*test, 11, 30, Outcome::kOk), 0U);
}

TEST(LeakTest, AnInstanceWithoutMemoryIsKilledAndStartsWithAllOfIt) {
  ScenarioBuilder build;
  build.scenario.run.duration = 60s;
  build.service("shop", workers(4), {work(1ms)}, 1);
  build.requests("shop", 600, 100ms);
  Fault& leak = build.fault(FaultKind::kLeak, "shop", 0s, 0s);
  leak.bytes = 1'024;
  leak.limit_bytes = 100 * 1'024;
  leak.restart_after = 5s;

  const auto test = run(build);

  const auto down = test->events(EventKind::kInstanceDown);
  ASSERT_GE(down.size(), 3U);
  EXPECT_EQ(down[0].reason, "out of memory");
  EXPECT_NEAR(static_cast<double>((down[0].at - at(0s)).count()), 9.9e9, 0.2e9)
      << "the hundredth request";
  EXPECT_NEAR(static_cast<double>((down[1].at - down[0].at).count()), 15e9, 1.2e9)
      << "five seconds of restart, ten of requests, and what discovery takes";
}

// ---- caches -----------------------------------------------------------------------------------

ScenarioBuilder shop_with_cache(Duration ttl) {
  ScenarioBuilder build;
  build.scenario.run.duration = 120s;
  build.service("stock", workers(50), {work(1ms)}, 1);
  build.service("shop", workers(50), {build.call("stock")}, 1);
  Endpoint& endpoint = build["shop"].versions[0].endpoints[0];
  endpoint.cache_hit_ppm = 900'000;
  endpoint.cache_hit_time = Distribution::constant(100us);
  endpoint.cache_ttl = ttl;
  build.poisson("shop", 200);
  return build;
}

std::uint64_t misses(const TestRun& test, std::size_t from, std::size_t to) {
  return outcomes(test.edge("shop", "stock"), from, to, Outcome::kOk);
}

TEST(CacheFlushTest, EverythingIsAMissAndTheCacheFillsWithinTheLifeOfAnEntry) {
  ScenarioBuilder build = shop_with_cache(40s);
  build.fault(FaultKind::kCacheFlush, "shop", 20s, 0s);

  const auto test = run(build);

  EXPECT_NEAR(static_cast<double>(misses(*test, 10, 20)), 200, 60) << "every tenth";
  EXPECT_GT(misses(*test, 20, 22), 350U) << "nearly all";
  EXPECT_GT(misses(*test, 22, 27), misses(*test, 30, 35)) << "fewer and fewer";
  EXPECT_NEAR(static_cast<double>(misses(*test, 60, 70)), 200, 60) << "as before";
}

TEST(CacheFlushTest, AsLongAsItLastsNothingIsKept) {
  ScenarioBuilder build = shop_with_cache(1s);
  build.fault(FaultKind::kCacheFlush, "shop", 20s, 30s);

  const auto test = run(build);

  EXPECT_GT(misses(*test, 21, 50), 29U * 180U);
  EXPECT_NEAR(static_cast<double>(misses(*test, 60, 70)), 200, 60);
}

TEST(CacheFlushTest, WithoutACacheNothingHappens) {
  ScenarioBuilder build = shop_and_stock();
  const auto without = run(build);
  build.fault(FaultKind::kCacheFlush, "stock", 20s, 10s);
  EXPECT_EQ(run(build)->served("stock", Outcome::kOk), without->served("stock", Outcome::kOk));
}

}  // namespace
}  // namespace shaketable::engine
