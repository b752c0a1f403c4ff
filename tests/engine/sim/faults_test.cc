#include <gtest/gtest.h>

#include "tests/support/scenario_builder.h"

// What goes wrong, and its end. Messages take 1 ms each way; sidecars only where a test says so.
namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

using Latencies = std::vector<Duration>;

/// One shop, four requests, one a second; the fault hits the second and third of them.
ScenarioBuilder four_requests(const Runtime& runtime = workers(4)) {
  ScenarioBuilder build;
  build.service("shop", runtime, {work(10ms)});
  build.requests("shop", 4);
  return build;
}

TEST(FaultsTest, ADelayAddsItsTimeWhileItLasts) {
  ScenarioBuilder build = four_requests();
  build.fault(FaultKind::kDelay, "shop", 500ms, 2s).time = Distribution::constant(100ms);

  EXPECT_EQ(run(build)->latencies(), (Latencies{12ms, 112ms, 112ms, 12ms}));
}

TEST(FaultsTest, TwoDelaysAddUpAndEndApart) {
  ScenarioBuilder build = four_requests();
  build.fault(FaultKind::kDelay, "shop", 500ms, 1s).time = Distribution::constant(100ms);
  build.fault(FaultKind::kDelay, "shop", 600ms, 2s).time = Distribution::constant(30ms);

  EXPECT_EQ(run(build)->latencies(), (Latencies{12ms, 142ms, 42ms, 12ms}));
}

TEST(FaultsTest, FaultsHitTheirShareOfTheRequests) {
  ScenarioBuilder build;
  build.service("shop", shared(4), {});
  build.requests("shop", 4'000, 1ms);
  Fault& fault = build.fault(FaultKind::kAbort, "shop", 0s, 0s);
  fault.ppm = 300'000;
  fault.status = 500;

  EXPECT_NEAR(static_cast<double>(run(build)->answers(Outcome::kServerError)), 1'200, 100);
}

TEST(FaultsTest, AFaultOfOneCallersRequestsSparesTheOthers) {
  for (const bool sidecars : {false, true}) {
    ScenarioBuilder build;
    build.sidecars = sidecars;
    build.service("price", shared(4), {});
    build.service("shop", shared(4), {build.call("price")});
    build.service("office", shared(4), {build.call("price")});
    build.requests("shop", 4);
    build.requests("office", 4);
    build.requests("price", 4);
    build.fault(FaultKind::kAbort, "price", 1500ms, 0s).other.service = build.index("shop");

    const auto test = run(build);

    EXPECT_EQ(test->answers(Outcome::kOk, 0), 2);
    EXPECT_EQ(test->answers(Outcome::kServerError, 0), 2);
    EXPECT_EQ(test->answers(Outcome::kOk, 1), 4);
    EXPECT_EQ(test->answers(Outcome::kOk, 2), 4) << "clients are not the shop";
  }
}

TEST(FaultsTest, AFaultOfOneEndpointSparesTheOthers) {
  ScenarioBuilder build = four_requests();
  Service& shop = build["shop"];
  shop.endpoint_names.push_back("GET /other");
  Endpoint other = shop.versions[0].endpoints[0];
  other.name = "GET /other";
  other.path = "/other";
  shop.versions[0].endpoints.push_back(other);
  build.requests("shop", 4).targets.front().endpoint = 1;
  build.fault(FaultKind::kAbort, "shop", 0s, 0s).target.endpoint = 1;

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk, 0), 4);
  EXPECT_EQ(test->answers(Outcome::kOk, 1), 0);
}

TEST(FaultsTest, AnAbortAnswersAtOnceWithItsStatus) {
  ScenarioBuilder build = four_requests();
  build.fault(FaultKind::kAbort, "shop", 500ms, 1s).status = 429;

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), (Latencies{12ms, 2ms, 12ms, 12ms}));
  EXPECT_EQ(test->answers(Outcome::kClientError), 1);
}

TEST(FaultsTest, AResetEndsTheStreamWithoutAnAnswer) {
  ScenarioBuilder build = four_requests();
  build.fault(FaultKind::kReset, "shop", 500ms, 1s);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), (Latencies{12ms, 2ms, 12ms, 12ms}));
  EXPECT_EQ(test->answers(Outcome::kConnection), 1);
  EXPECT_EQ(test->served("shop", Outcome::kConnection), 1);
}

TEST(FaultsTest, ABlackholeNeverAnswersWhatItHasSwallowed) {
  ScenarioBuilder build = four_requests();
  build.scenario.loads[0].timeout = 3s;
  build.fault(FaultKind::kBlackhole, "shop", 500ms, 1s);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), (Latencies{12ms, 12ms, 12ms, 3s}));
  EXPECT_EQ(test->answers(Outcome::kTimeout), 1);
  EXPECT_EQ(test->simulator().census().visits, 0) << "the client's end clears it away";
}

TEST(FaultsTest, WhatABlackholeHasSwallowedIsInsideUntilNobodyWaitsForIt) {
  for (const bool killed : {false, true}) {
    ScenarioBuilder build = four_requests();
    build.scenario.run.duration = 10s;
    build.scenario.loads[0].timeout = killed ? 0s : 3s;
    build.fault(FaultKind::kBlackhole, "shop", 500ms, 1s);
    if (killed) {
      build.fault(FaultKind::kKill, "shop", 4s, 0s);
    }

    const auto test = run(build);

    const std::vector<Gauge>& points = test->record().gauges.front().points;
    ASSERT_EQ(points.size(), 10);
    EXPECT_EQ(points[2].in_flight_milli, 1'010) << "one swallowed, one at work for 10 ms";
    EXPECT_EQ(points[3].in_flight_milli, 1'010);
    EXPECT_EQ(points[5].in_flight_milli, 0) << (killed ? "killed" : "given up");
  }
}

TEST(FaultsTest, SlowStretchesWorkAndTwoOfThemMultiply) {
  ScenarioBuilder build = four_requests();
  build.fault(FaultKind::kSlow, "shop", 500ms, 2s).factor_ppm = 3'000'000;
  build.fault(FaultKind::kSlow, "shop", 600ms, 1s).factor_ppm = 2'000'000;

  EXPECT_EQ(run(build)->latencies(), (Latencies{12ms, 62ms, 32ms, 12ms}));
}

TEST(FaultsTest, SlowHitsAsManyInstancesAsItSays) {
  ScenarioBuilder build;
  build.service("shop", workers(4), {work(10ms)}, 2);
  build.requests("shop", 4);
  Fault& fault = build.fault(FaultKind::kSlow, "shop", 0s, 0s);
  fault.factor_ppm = 2'000'000;
  fault.instances = 1;

  EXPECT_EQ(run(build)->latencies(), (Latencies{22ms, 12ms, 22ms, 12ms}));
}

struct PauseCase {
  const char* name;
  Runtime runtime;
};

class PauseTest : public testing::TestWithParam<PauseCase> {};

INSTANTIATE_TEST_SUITE_P(Runtimes, PauseTest,
                         testing::Values(PauseCase{"Workers", workers(4)},
                                         PauseCase{"ContendedWorkers", workers(4, 9, 2)},
                                         PauseCase{"EventLoop", event_loop()},
                                         PauseCase{"Shared", shared(1)}),
                         [](const auto& param_info) { return param_info.param.name; });

TEST_P(PauseTest, WorkStandsStillAndGoesOnAfterwards) {
  ScenarioBuilder build;
  build.service("shop", GetParam().runtime, {work(10ms)});
  build.requests("shop", 1);            // works from 1 to 5 ms, and 6 ms more
  build.requests("shop", 1, 1s, 49ms);  // arrives at 50
  build.requests("shop", 1, 1s, 300ms);
  build.fault(FaultKind::kPause, "shop", 5ms, 100ms);

  const bool is_serial = GetParam().runtime.model == RuntimeModel::kEventLoop;
  EXPECT_EQ(run(build, 0)->latencies().front(),
            GetParam().runtime.model == RuntimeModel::kShared ? 118ms : 112ms);
  // Begun in the pause at 50 it has its 10 ms from 105 on; a loop finishes the first one before.
  const Duration second = run(build, 1)->latencies().front();
  EXPECT_EQ(second,
            is_serial ? 73ms : (GetParam().runtime.model == RuntimeModel::kShared ? 73ms : 67ms));
  EXPECT_EQ(run(build, 2)->latencies().front(), 12ms);
}

TEST_P(PauseTest, NothingElseHappensEither) {
  ScenarioBuilder build;
  build.service("price", shared(4), {wait(10ms)});
  build.service("shop", GetParam().runtime, {wait(10ms), build.call("price"), build.call("price")});
  build.requests("shop", 1);            // its call's answer comes back in the pause
  build.requests("shop", 1, 1s, 30ms);  // arrives in it
  build.fault(FaultKind::kPause, "shop", 20ms, 100ms);

  EXPECT_EQ(run(build, 0)->latencies(), Latencies{120ms + 12ms + 1ms});
  EXPECT_EQ(run(build, 1)->latencies(), Latencies{90ms + 10ms + 24ms + 1ms});
}

TEST_P(PauseTest, PausesThatOverlapLastUntilTheLastOneEnds) {
  ScenarioBuilder build;
  build.service("shop", GetParam().runtime, {work(10ms)});
  build.requests("shop", 1);
  build.fault(FaultKind::kPause, "shop", 5ms, 100ms);
  build.fault(FaultKind::kPause, "shop", 55ms, 100ms);
  build.fault(FaultKind::kPause, "shop", 157ms, 10ms);

  EXPECT_EQ(run(build)->latencies(), Latencies{12ms + 150ms + 10ms});
}

TEST_P(PauseTest, AKillInThePauseIsTheEndOfItsRequests) {
  ScenarioBuilder build;
  build.service("shop", GetParam().runtime, {wait(10ms), work(10ms)});
  build.burst("shop", 3);
  build.requests("shop", 1, 1s, 4s);
  build.fault(FaultKind::kPause, "shop", 5ms, 1s);
  build.fault(FaultKind::kKill, "shop", 500ms, 0s).restart_after = 100ms;

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kConnection, 0), 3);
  EXPECT_EQ(test->answers(Outcome::kOk, 1), 1);
  EXPECT_EQ(test->simulator().census().visits, 0);
}

TEST(FaultsTest, AKillResetsWhatIsAtTheInstanceAndRefusesUntilItIsKnown) {
  ScenarioBuilder build;
  build.service("shop", workers(1), {work(600ms)});
  build.burst("shop", 2);             // one at work, one waits
  build.requests("shop", 1, 1s, 1s);  // to a dead host
  build.requests("shop", 1, 1s, 2s);  // known to be dead
  build.requests("shop", 1, 1s, 4s);  // back since 3 s
  build.fault(FaultKind::kKill, "shop", 500ms, 0s).restart_after = 2s;

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), (Latencies{501ms, 501ms}));
  EXPECT_EQ(test->answers(Outcome::kConnection, 0), 2);
  EXPECT_EQ(run(build, 1)->latencies(), Latencies{2ms});
  EXPECT_EQ(test->answers(Outcome::kConnection, 1), 1);
  EXPECT_EQ(run(build, 2)->latencies(), Latencies{0ms});
  EXPECT_EQ(test->answers(Outcome::kConnection, 2), 1);
  EXPECT_EQ(test->answers(Outcome::kOk, 3), 1);
  EXPECT_EQ(test->served("shop", Outcome::kConnection), 4)
      << "its clients have nobody else to tell";
  ASSERT_EQ(test->events(EventKind::kInstanceDown).size(), 1);
  ASSERT_EQ(test->events(EventKind::kInstanceUp).size(), 1);
  EXPECT_EQ(test->events(EventKind::kInstanceUp)[0].at, at(2500ms));
}

TEST(FaultsTest, WhatAFaultDoesAtOnceIsNoPartOfTheSecondThatEndsThere) {
  ScenarioBuilder build;
  build.service("shop", workers(8), {work(600ms)});
  build.requests("shop", 1, 1s, 1500ms);  // at work when its instance dies
  build.fault(FaultKind::kKill, "shop", 2s, 0s);

  const auto test = run(build);

  const engine::Series* shop = engine::find_series(
      test->record(), {.kind = engine::Subject::Kind::kService, .service = build.index("shop")});
  ASSERT_NE(shop, nullptr);
  EXPECT_EQ(shop->points.at(1).count, 0U);
  EXPECT_EQ(shop->points.at(2).count, 1U);
}

TEST(FaultsTest, ADeadInstanceIsLeftOutOnceItIsKnownAndComesBack) {
  ScenarioBuilder build;
  build.service("shop", workers(8), {work(1ms)}, 2);
  build.requests("shop", 900, 10ms);
  Fault& kill = build.fault(FaultKind::kKill, "shop", 2s, 0s);
  kill.instances = 1;
  kill.restart_after = 3s;

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kConnection), 50) << "each second request for a second";
  EXPECT_EQ(test->served("shop", Outcome::kConnection), 50);
  EXPECT_EQ(test->answers(Outcome::kOk), 850);
  EXPECT_EQ(test->record().gauges[0].points[3].instances_up, 1);
  EXPECT_EQ(test->record().gauges[0].points[8].instances_up, 2);
}

TEST(FaultsTest, ADeadCallersWorkIsTakenBack) {
  ScenarioBuilder build;
  build.service("price", shared(1, true), {wait(50ms), work(5s)});
  build.service("shop", workers(4), {build.call("price")});
  build.burst("shop", 3);
  build.requests("price", 1, 1s, 200ms);
  build.fault(FaultKind::kKill, "shop", 20ms, 0s);

  const auto test = run(build, 1);

  EXPECT_EQ(test->latencies(), Latencies{5052ms});
  EXPECT_EQ(test->answers(Outcome::kConnection, 0), 3);
  EXPECT_EQ(test->simulator().census().visits, 0);
  EXPECT_EQ(test->simulator().census().calls, 0);
}

TEST(FaultsTest, APartitionHoldsMessagesUntilTheRetransmissionAfterItsEnd) {
  ScenarioBuilder build = four_requests();
  build.fault(FaultKind::kPartition, "shop", 500ms, 1s);

  // Sent at 1 s, again at 1.2 and (400 ms later) at 1.6, which gets through.
  EXPECT_EQ(run(build)->latencies(), (Latencies{12ms, 612ms, 12ms, 12ms}));
}

TEST(FaultsTest, AOneWayPartitionLetsTheOthersThrough) {
  ScenarioBuilder build = four_requests();
  build.fault(FaultKind::kPartition, "shop", 500ms, 1s).one_way = true;

  // The request arrives at 1.001; its answer leaves at 1.011, 1.211 and 1.611.
  EXPECT_EQ(run(build)->latencies(), (Latencies{12ms, 612ms, 12ms, 12ms}));
  EXPECT_EQ(run(build)->served("shop", Outcome::kOk), 4);
}

TEST(FaultsTest, APartitionThatNeverEndsLosesMessagesForGood) {
  ScenarioBuilder build = four_requests();
  build.fault(FaultKind::kPartition, "shop", 1500ms, 0s);
  build.scenario.loads[0].timeout = 2s;

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 2);
  EXPECT_EQ(test->answers(Outcome::kTimeout), 2);
  EXPECT_EQ(test->simulator().census().visits, 0);
}

TEST(FaultsTest, ARequestThatIsNeverAcknowledgedFailsWhenItsSenderGivesUp) {
  ScenarioBuilder build;
  build.service("price", workers(4), {});
  build.service("shop", workers(4), {build.call("price")});
  build.requests("shop", 2);
  build.fault(FaultKind::kPartition, "price", 500ms, 0s);
  build.scenario.run.drain = 1'000s;

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), (Latencies{4ms, 924'602ms}));
  EXPECT_EQ(
      test->edge("shop", "price")->total.outcomes[static_cast<std::size_t>(Outcome::kConnection)],
      1);
  EXPECT_EQ(test->simulator().census().visits, 0);
}

TEST(FaultsTest, APartitionBetweenTwoServicesSparesTheRest) {
  ScenarioBuilder build;
  build.service("price", workers(4), {});
  build.service("stock", workers(4), {});
  build.service("shop", workers(4),
                {build.call_with_timeout("stock", 100ms), build.call_with_timeout("price", 100ms)});
  build.requests("shop", 1, 1s, 1s);
  build.fault(FaultKind::kPartition, "shop", 0s, 0s).other.service = build.index("price");

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), Latencies{104ms});
  EXPECT_EQ(test->served("stock", Outcome::kOk), 1);
}

TEST(FaultsTest, AZonesPartitionSparesWhatIsInsideIt) {
  ScenarioBuilder build;
  build.scenario.mesh.zones = {"a", "b"};
  build.service("price", workers(4), {}, 2);  // price-0 in a, price-1 in b
  build.service("shop", workers(4), {build.call_with_timeout("price", 100ms)}, 2);
  build.requests("shop", 40, 100ms);
  Fault& cut = build.fault(FaultKind::kPartition, "", 0s, 0s);
  cut.target.zone = 0;

  const auto test = run(build);

  // Round robin over both shops, and over both prices: in step, so that each stays in its zone.
  EXPECT_EQ(test->answers(Outcome::kOk), 40);
  EXPECT_EQ(test->served("price", Outcome::kOk), 40);
}

TEST(FaultsTest, ZonesMayBeCutFromEachOther) {
  ScenarioBuilder build;
  build.scenario.mesh.zones = {"a", "b"};
  build.service("price", workers(4), {}, 2);
  build.service("shop", workers(4), {build.call_with_timeout("price", 100ms)});  // in a
  build.requests("shop", 40, 100ms);
  Fault& cut = build.fault(FaultKind::kPartition, "", 0s, 0s);
  cut.target.zone = 0;
  cut.other.zone = 1;

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 20);
  EXPECT_EQ(test->answers(Outcome::kServerError), 20);
}

TEST(FaultsTest, LostMessagesAreSentAgain) {
  ScenarioBuilder build;
  build.service("shop", shared(4), {});
  build.requests("shop", 3'000, 1ms);
  build.fault(FaultKind::kLoss, "shop", 0s, 0s).ppm = 100'000;

  std::uint64_t direct = 0;
  std::uint64_t once = 0;
  const auto test = run(build);
  for (const Duration latency : test->latencies()) {
    direct += latency == 2ms ? 1 : 0;
    once += latency == 202ms ? 1 : 0;
  }

  EXPECT_NEAR(static_cast<double>(direct), 3'000 * 0.81, 90);
  EXPECT_NEAR(static_cast<double>(once), 3'000 * 2 * 0.09 * 0.9, 80);
  EXPECT_EQ(test->answers(Outcome::kOk), 3'000);
}

TEST(FaultsTest, ASurgeMultipliesTheLoadWhileItLasts) {
  ScenarioBuilder build;
  build.service("shop", shared(4), {});
  build.requests("shop", 1'000, 10ms);
  build.fault(FaultKind::kLoad, "", 2s, 4s).factor_ppm = 2'000'000;
  build.fault(FaultKind::kLoad, "", 4s, 4s).factor_ppm = 3'000'000;

  const auto test = run(build);

  Subject load;
  load.kind = Subject::Kind::kJourney;
  load.load = 0;
  const Series* const series = find_series(test->record(), load);
  ASSERT_NE(series, nullptr);
  const std::uint64_t expected[] = {100, 100, 200, 200, 600, 600, 300, 300, 100, 100};
  ASSERT_EQ(series->points.size(), 10);
  for (std::size_t second = 0; second < 10; ++second) {
    EXPECT_NEAR(static_cast<double>(series->points[second].count),
                static_cast<double>(expected[second]), 3)
        << "in second " << second;
  }
}

TEST(FaultsTest, ASurgeOfWorkersEndsWithTheFault) {
  ScenarioBuilder build;
  build.service("shop", shared(100), {});
  build.users("shop", 10, 98ms);  // 10 requests a second each
  build.fault(FaultKind::kLoad, "", 3s, 3s).factor_ppm = 3'000'000;

  const auto test = run(build);

  Subject load;
  load.kind = Subject::Kind::kJourney;
  load.load = 0;
  const Series* const series = find_series(test->record(), load);
  EXPECT_NEAR(static_cast<double>(series->points[1].count), 100, 10);
  EXPECT_NEAR(static_cast<double>(series->points[4].count), 300, 30);
  EXPECT_NEAR(static_cast<double>(series->points[8].count), 100, 10);
}

TEST(FaultsTest, TheBeginAndTheEndOfEachFaultAreWrittenDown) {
  ScenarioBuilder build = four_requests();
  build.fault(FaultKind::kSlow, "shop", 1s, 2s);
  build.fault(FaultKind::kPause, "shop", 2s, 3s);

  const auto test = run(build);

  ASSERT_EQ(test->events(EventKind::kFaultStart).size(), 2);
  ASSERT_EQ(test->events(EventKind::kFaultEnd).size(), 2);
  EXPECT_EQ(test->events(EventKind::kFaultStart)[0].at, at(1s));
  EXPECT_EQ(test->events(EventKind::kFaultEnd)[0].at, at(3s));
  EXPECT_EQ(test->events(EventKind::kFaultEnd)[1].fault, 1);
}

// ---- config pushes ----------------------------------------------------------------------------

/// Two callers' instances behind sidecars, whose calls to price time out after what a push says.
ScenarioBuilder pushable() {
  ScenarioBuilder build;
  build.scenario.mesh.default_route.timeout = 100ms;
  build.sidecars = true;
  build.service("price", shared(8), {wait(1s)});
  build.service("shop", shared(8), {build.call("price")}, 2);
  build.requests("shop", 10, 500ms, 50ms);
  return build;
}

Fault& push_timeout(ScenarioBuilder& build, Duration when, Duration length, Duration timeout,
                    Distribution delay) {
  DestinationPolicy policy;
  policy.service = build.index("price");
  policy.default_route.timeout = timeout;
  Fault& fault = build.fault(FaultKind::kConfigPush, "", when, length);
  fault.policies = {policy};
  fault.time = std::move(delay);
  return fault;
}

std::vector<bool> is_quick(const Latencies& latencies) {
  std::vector<bool> result;
  for (const Duration latency : latencies) {
    result.push_back(latency < 150ms);
  }
  return result;
}

TEST(FaultsTest, AConfigPushReachesSidecarsAfterTheirDelayAndEnds) {
  ScenarioBuilder build = pushable();
  push_timeout(build, 1s, 2s, 200ms, Distribution::constant(600ms));

  const auto test = run(build);

  // Requests start at 0.05, 0.55, ...; the push is there from 1.6 to 3.6 s.
  EXPECT_EQ(is_quick(test->latencies()),
            (std::vector<bool>{true, true, true, true, false, false, false, false, true, true}));
  ASSERT_FALSE(test->events(EventKind::kConfigPush).empty());
  EXPECT_EQ(test->events(EventKind::kConfigPush)[0].at, at(1s));
}

TEST(FaultsTest, ASidecarThatIsMadeAfterAPushHasTheNewConfiguration) {
  ScenarioBuilder build = pushable();
  build.scenario.loads[0].start = at(2050ms);
  push_timeout(build, 1s, 0s, 200ms, Distribution::constant(100ms));

  const Latencies latencies = run(build)->latencies();

  EXPECT_FALSE(latencies.empty());
  for (const Duration latency : latencies) {
    EXPECT_GT(latency, 150ms);
  }
}

TEST(FaultsTest, ASlowPushDoesNotTakeBackALaterOne) {
  ScenarioBuilder build = pushable();
  push_timeout(build, 1s, 0s, 200ms, Distribution::constant(2s));
  push_timeout(build, 2s, 0s, 100ms, Distribution::constant(100ms));

  for (const Duration latency : run(build)->latencies()) {
    EXPECT_LT(latency, 150ms);
  }
}

TEST(FaultsTest, EachSidecarHasItsOwnDelay) {
  ScenarioBuilder build = pushable();
  build.scenario.loads.clear();
  build.requests("shop", 400, 10ms);
  push_timeout(build, 1s, 0s, 200ms, Distribution::uniform(0ms, 2s));

  std::uint64_t mixed = 0;
  const Latencies latencies = run(build)->latencies();
  for (std::size_t i = 1; i < latencies.size(); ++i) {
    mixed += is_quick({latencies[i]}) != is_quick({latencies[i - 1]}) ? 1 : 0;
  }
  EXPECT_GT(mixed, 10) << "for a while one instance has it and the other has not";
}

}  // namespace
}  // namespace shaketable::engine
