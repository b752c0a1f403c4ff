#include <gtest/gtest.h>

#include "tests/support/scenario_builder.h"

// Links that let so many bytes a second through. Messages take 1 ms each way beside that.
namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

using Latencies = std::vector<Duration>;

constexpr std::uint64_t kRate = 1'000'000;  // bytes a second: a thousand take a millisecond

void set_sizes(Service& service, std::uint32_t request, std::uint32_t response) {
  for (Version& version : service.versions) {
    for (Endpoint& endpoint : version.endpoints) {
      endpoint.request_bytes = request;
      endpoint.response_bytes = response;
    }
  }
}

Fault& narrow(ScenarioBuilder& build, const std::string& service, Duration when = 0s,
              Duration length = 0s) {
  Fault& fault = build.fault(FaultKind::kBandwidth, service, when, length);
  fault.bytes = kRate;
  return fault;
}

/// One shop that answers at once: requests of 1 byte, answers of 10 kB.
ScenarioBuilder shop_of_answers() {
  ScenarioBuilder build;
  build.service("shop", shared(64), {});
  set_sizes(build["shop"], 1, 10'000);
  return build;
}

TEST(BandwidthTest, AnswersThatComeTogetherTakeTheirSizeByTheRate) {
  ScenarioBuilder build = shop_of_answers();
  build.burst("shop", 100, 1s);
  narrow(build, "shop", 500ms);

  const Latencies seen = run(build)->latencies();

  ASSERT_EQ(seen.size(), 100);
  EXPECT_EQ(seen.front(), 2ms + 10ms + 1us);
  EXPECT_EQ(seen[49] - seen.front(), 490ms);
  EXPECT_EQ(seen.back(), 2ms + 1'000ms + 1us)
      << "the requests wait for each other at the same time";
}

TEST(BandwidthTest, TheTwoDirectionsDoNotWaitForEachOther) {
  ScenarioBuilder build;
  build.service("upload", shared(64), {});
  build.service("download", shared(64), {});
  set_sizes(build["upload"], 10'000, 1'000);
  set_sizes(build["download"], 1'000, 10'000);
  build.burst("upload", 3, 1s);
  narrow(build, "upload", 500ms);
  narrow(build, "download", 500ms);
  build.burst("download", 3, 1s);

  // Requests are in after 10, 20, 30 ms, and each answer leaves while the next request comes in.
  EXPECT_EQ(run(build, 0)->latencies(), (Latencies{13ms, 23ms, 33ms}));
  EXPECT_EQ(run(build, 1)->latencies(), (Latencies{13ms, 23ms, 33ms}));
}

TEST(BandwidthTest, ALinkThatIsHalfBusyMakesMessagesWaitAsTheoryHasIt) {
  ScenarioBuilder build = shop_of_answers();
  build.poisson("shop", 50);
  build.scenario.run.duration = 2'000s;
  narrow(build, "shop");

  Duration sum{0};
  const Latencies seen = run(build)->latencies();
  for (const Duration latency : seen) {
    sum += latency;
  }

  // M/D/1: at 50 % those who come wait for half of the 10 ms that one takes.
  EXPECT_NEAR(proxy::to_seconds(sum) / static_cast<double>(seen.size()), 0.002 + 0.010 + 0.005,
              0.0003);
}

TEST(BandwidthTest, EachInstanceHasPipesOfItsOwn) {
  ScenarioBuilder build;
  build.service("shop", shared(64), {}, 2);
  set_sizes(build["shop"], 1, 10'000);
  build.burst("shop", 4, 1s);
  narrow(build, "shop", 500ms).target.instance = 1;

  EXPECT_EQ(run(build)->latencies(), (Latencies{2ms, 2ms, 12'001us, 22'001us}));
}

TEST(BandwidthTest, ItEndsAndWhatWaitsKeepsItsArrival) {
  ScenarioBuilder build = shop_of_answers();
  build.burst("shop", 3, 1s);
  build.burst("shop", 1, 1'006ms);
  narrow(build, "shop", 500ms, 505ms);

  EXPECT_EQ(run(build, 0)->latencies(), (Latencies{12'001us, 22'001us, 32'001us}));
  EXPECT_EQ(run(build, 1)->latencies(), Latencies{2ms});
}

TEST(BandwidthTest, BetweenTwoServicesOthersPassFreely) {
  ScenarioBuilder build;
  build.service("price", shared(64), {});
  build.service("stock", shared(64), {});
  set_sizes(build["price"], 1'000, 10'000);
  set_sizes(build["stock"], 1'000, 10'000);
  build.service("shop", shared(64), {build.call("price"), build.call("stock")});
  build.burst("shop", 1, 1s);
  build.burst("price", 1, 1s);
  narrow(build, "shop", 500ms).other.service = build.index("price");

  EXPECT_EQ(run(build, 0)->latencies(), Latencies{2ms + 2ms + 11ms + 2ms});
  EXPECT_EQ(run(build, 1)->latencies(), Latencies{2ms});
}

TEST(BandwidthTest, AnswersThatAreErrorsAreShort) {
  ScenarioBuilder build = shop_of_answers();
  build.burst("shop", 2, 1s);
  narrow(build, "shop", 500ms);
  build.fault(FaultKind::kAbort, "shop", 0s, 0s).status = 503;

  EXPECT_EQ(run(build)->latencies(), (Latencies{3'025us, 4'049us})) << "1 KiB at most";
}

TEST(BandwidthTest, CancellationsOvertakeAndResetsTakeNoRoom) {
  ScenarioBuilder build = shop_of_answers();
  build.burst("shop", 2, 1s);
  narrow(build, "shop", 500ms);
  build.fault(FaultKind::kReset, "shop", 0s, 0s);

  const auto test = run(build);

  EXPECT_EQ(test->latencies(), (Latencies{2ms + 1us, 2ms + 2us})) << "of a request of one byte";
  EXPECT_EQ(test->answers(Outcome::kConnection), 2);
}

TEST(BandwidthTest, WhatNobodyWaitsForStillTakesItsRoom) {
  ScenarioBuilder build = shop_of_answers();
  build.burst("shop", 5, 1s).timeout = 15ms;
  build.burst("shop", 1, 1'020ms);
  narrow(build, "shop", 500ms);

  const auto test = run(build, 1);

  EXPECT_EQ(test->answers(Outcome::kOk, 0), 1);
  EXPECT_EQ(test->answers(Outcome::kTimeout, 0), 4);
  // The five are through at 1051 ms, and then its own 10 ms; it came at 1020.
  EXPECT_EQ(test->latencies(), Latencies{42ms + 1us});
  EXPECT_EQ(test->simulator().census().visits, 0);
}

TEST(BandwidthTest, SidecarsSendThroughItToo) {
  ScenarioBuilder build;
  build.sidecars = true;
  build.service("price", shared(8), {work(3ms)});
  set_sizes(build["price"], 1'000, 4'000);
  build.service("shop", shared(8), {build.call("price")});
  build.requests("shop", 3);
  narrow(build, "price");

  EXPECT_EQ(run(build)->latencies(), (Latencies{14ms, 12ms, 12ms})) << "handshakes take no room";
}

TEST(BandwidthTest, LossAndPartitionsGoOnBehindThePipe) {
  ScenarioBuilder build = shop_of_answers();
  build.burst("shop", 2, 1s);
  narrow(build, "shop", 500ms);
  build.fault(FaultKind::kPartition, "shop", 500ms, 600ms);

  // Sent again after 200 ms, when the way is free; they come to the pipe in the shop together.
  EXPECT_EQ(run(build)->latencies(), (Latencies{212ms + 1us, 222ms + 1us}));
}

TEST(BandwidthTest, ARetransmissionHoldsUpNobodyElse) {
  ScenarioBuilder build = shop_of_answers();
  build.requests("shop", 2'000, 21ms);  // so that what comes 200 ms late fits between
  build.scenario.run.duration = 60s;
  build.scenario.run.drain = 60s;
  build.scenario.mesh.network.same_zone.loss_ppm = 50'000;
  narrow(build, "shop");

  const Latencies seen = run(build)->latencies();

  ASSERT_EQ(seen.size(), 2'000);
  EXPECT_NEAR(static_cast<double>(std::count(seen.begin(), seen.end(), 12ms + 1us)), 1'805, 60)
      << "whose request and answer were not lost";
}

TEST(BandwidthTest, ADeadInstanceLeavesNoQueueBehind) {
  ScenarioBuilder build = shop_of_answers();
  build.burst("shop", 500, 1s);
  build.burst("shop", 1, 4s);
  narrow(build, "shop", 500ms);
  build.fault(FaultKind::kKill, "shop", 2s, 0s).restart_after = 100ms;

  EXPECT_EQ(run(build, 1)->latencies(), Latencies{12ms + 1us});
}

TEST(BandwidthTest, WhoComesLaterHasAPipeToo) {
  ScenarioBuilder build = shop_of_answers();
  build["shop"].start_delay = 1s;
  build.requests("shop", 8);
  narrow(build, "shop", 1'500ms);
  build.fault(FaultKind::kScale, "shop", 2s, 0s).instances = 2;

  EXPECT_EQ(run(build)->latencies(),
            (Latencies{2ms, 2ms, 12'001us, 12'001us, 12'001us, 12'001us, 12'001us, 12'001us}));
}

TEST(BandwidthTest, AClickStartsItAndTheJournalReplaysIt) {
  ScenarioBuilder build = shop_of_answers();
  build.requests("shop", 5);
  TestRun clicked(build.scenario);
  clicked.simulator().run_until(at(1'500ms));
  Fault fault;
  fault.kind = FaultKind::kBandwidth;
  fault.length = 2s;
  fault.bytes = kRate;
  fault.target.service = build.index("shop");
  clicked.simulator().inject(fault);

  clicked.finish();
  build.scenario.faults = clicked.simulator().journal();
  const auto replayed = run(build);

  EXPECT_EQ(clicked.latencies(), (Latencies{2ms, 2ms, 12'001us, 12'001us, 2ms}));
  EXPECT_EQ(replayed->latencies(), clicked.latencies());
  EXPECT_EQ(replayed->record().fingerprint, clicked.record().fingerprint);
}

/// shop in zone a calls price in either zone: 1,000 bytes there, 4,000 back.
ScenarioBuilder two_zones() {
  ScenarioBuilder build;
  build.scenario.mesh.zones = {"a", "b"};
  build.service("price", shared(4), {}, 2);
  set_sizes(build["price"], 1'000, 4'000);
  build.service("shop", shared(4), {build.call("price")});
  set_sizes(build["shop"], 1'000, 2'000);
  return build;
}

TEST(LinkBandwidthTest, EachKindOfLinkHasItsRate) {
  ScenarioBuilder build = two_zones();
  build.requests("shop", 4);
  build.scenario.mesh.network.cross_zone.bandwidth = kRate;

  EXPECT_EQ(run(build)->latencies(), (Latencies{4ms, 17ms, 4ms, 17ms}));

  build.scenario.mesh.network.same_zone.bandwidth = kRate;

  // The shop's answer passes its pipe; what the client sends has none to pass.
  EXPECT_EQ(run(build)->latencies(), (Latencies{11ms, 19ms, 11ms, 19ms}));
}

TEST(LinkBandwidthTest, AFaultMayMakeItNarrower) {
  ScenarioBuilder build = shop_of_answers();
  build.scenario.mesh.network.same_zone.bandwidth = 10 * kRate;
  build.requests("shop", 4);
  narrow(build, "shop", 500ms, 2s);

  EXPECT_EQ(run(build)->latencies(), (Latencies{3ms, 12'001us, 12'001us, 3ms}));
}

TEST(LinkBandwidthTest, AWideLinkTakesNoMoreThanTheNanosecondOfEachMessage) {
  ScenarioBuilder build = two_zones();
  build.poisson("shop", 200);
  const Latencies unlimited = run(build)->latencies();
  build.scenario.mesh.network.same_zone.bandwidth = std::uint64_t{1} << 50U;
  build.scenario.mesh.network.cross_zone.bandwidth = std::uint64_t{1} << 50U;
  const Latencies wide = run(build)->latencies();

  ASSERT_EQ(wide.size(), unlimited.size());
  for (std::size_t i = 0; i < wide.size(); ++i) {
    EXPECT_EQ(wide[i], unlimited[i] + 3ns) << "all but the client's request";
  }
}

TEST(LinkBandwidthTest, TheSameSeedGivesTheSameRun) {
  ScenarioBuilder build = two_zones();
  build.poisson("shop", 200);
  build.scenario.mesh.network.same_zone.bandwidth = kRate;
  build.scenario.mesh.network.same_zone.latency = Distribution::exponential(2ms);
  narrow(build, "price", 2s, 4s);

  const auto one = run(build, 0, 3);

  EXPECT_EQ(run(build, 0, 3)->record().fingerprint, one->record().fingerprint);
  EXPECT_NE(run(build, 0, 4)->record().fingerprint, one->record().fingerprint);
}

}  // namespace
}  // namespace shaketable::engine
