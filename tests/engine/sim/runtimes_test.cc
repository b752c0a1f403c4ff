#include <gtest/gtest.h>

#include "tests/support/scenario_builder.h"

// How services spend their time. Messages take 1 ms each way; nobody has a sidecar.
namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

using Latencies = std::vector<Duration>;

TEST(RuntimesTest, AnswerAfterTheWorkAndBothWays) {
  ScenarioBuilder build;
  build.service("shop", workers(1), {work(10ms)});
  build.requests("shop", 1);

  EXPECT_EQ(run(build)->latencies(), Latencies{12ms});
}

TEST(RuntimesTest, WorkersServeOneRequestAtATimeInOrderOfArrival) {
  ScenarioBuilder build;
  build.service("shop", workers(1), {work(10ms)});
  build.burst("shop", 3);

  EXPECT_EQ(run(build)->latencies(), (Latencies{12ms, 22ms, 32ms}));
}

TEST(RuntimesTest, WorkersRefuseConnectionsBeyondTheBacklog) {
  ScenarioBuilder build;
  build.service("shop", workers(2, 3), {work(10ms)});
  build.burst("shop", 7);

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 5);
  EXPECT_EQ(test->answers(Outcome::kConnection), 2);
  EXPECT_EQ(test->events(EventKind::kQueueFull).size(), 1);
  EXPECT_EQ(test->events(EventKind::kQueueFull).front().count, 2);
}

TEST(RuntimesTest, PoolsWithAQueueOfTheirOwnAnswer503WhenItIsFull) {
  ScenarioBuilder build;
  Runtime pool = workers(1, 1);
  pool.refuse_connection = false;
  build.service("shop", pool, {work(10ms)});
  build.burst("shop", 3);

  const auto test = run(build);

  EXPECT_EQ(test->answers(Outcome::kOk), 2);
  EXPECT_EQ(test->answers(Outcome::kServerError), 1);
  EXPECT_EQ(test->latencies().front(), 2ms) << "the refusal costs both ways and nothing else";
}

TEST(RuntimesTest, WorkersAreHeldWhileTheyWaitForACallee) {
  ScenarioBuilder build;
  build.service("price", shared(8), {wait(20ms)});
  build.service("shop", workers(1), {work(1ms), build.call("price")});
  build.burst("shop", 2);

  EXPECT_EQ(run(build)->latencies(), (Latencies{25ms, 48ms}));
}

TEST(RuntimesTest, WorkersBeyondTheCpusStretchEachOther) {
  ScenarioBuilder build;
  build.service("shop", workers(2, 10, 1), {work(10ms)});
  build.burst("shop", 2);

  EXPECT_EQ(run(build)->latencies(), (Latencies{22ms, 22ms}));
}

TEST(RuntimesTest, EventLoopsSerialiseCpuWorkAndOverlapWaits) {
  ScenarioBuilder build;
  build.service("shop", event_loop(), {work(10ms), wait(50ms)});
  build.burst("shop", 3);

  EXPECT_EQ(run(build)->latencies(), (Latencies{62ms, 72ms, 82ms}));
}

TEST(RuntimesTest, EventLoopsTakeTurnsBetweenTheStepsOfRequests) {
  ScenarioBuilder build;
  build.service("shop", event_loop(), {work(10ms), work(10ms)});
  build.burst("shop", 2);

  EXPECT_EQ(run(build)->latencies(), (Latencies{32ms, 42ms}));
}

TEST(RuntimesTest, SeveralLoopsWorkSideBySide) {
  ScenarioBuilder build;
  build.service("shop", event_loop(2), {work(10ms)});
  build.burst("shop", 4);

  EXPECT_EQ(run(build)->latencies(), (Latencies{12ms, 12ms, 22ms, 22ms}));
}

TEST(RuntimesTest, LoopsBeyondTheCpusStretchEachOther) {
  ScenarioBuilder build;
  build.service("shop", event_loop(2, 1), {work(10ms)});
  build.burst("shop", 2);

  EXPECT_EQ(run(build)->latencies(), (Latencies{22ms, 22ms}));
}

TEST(RuntimesTest, EventLoopsRefuseBeyondTheirLimit) {
  ScenarioBuilder build;
  Runtime loop = event_loop();
  loop.max_in_flight = 2;
  loop.refuse_connection = false;
  build.service("shop", loop, {work(10ms)});
  build.burst("shop", 3);

  EXPECT_EQ(run(build)->answers(Outcome::kServerError), 1);
}

TEST(RuntimesTest, TwoJobsOnOneSharedCpuTakeTwiceAsLong) {
  ScenarioBuilder build;
  build.service("shop", shared(1), {work(10ms)});
  build.burst("shop", 2);

  EXPECT_EQ(run(build)->latencies(), (Latencies{22ms, 22ms}));
}

TEST(RuntimesTest, ArrivalsAndDeparturesMoveTheEndsOnASharedCpu) {
  ScenarioBuilder build;
  build.service("shop", shared(1), {work(10ms)});
  build.requests("shop", 2, 4ms);

  // Alone for 4 ms; both share until the first has had its 10 ms at 16; the second ends at 20.
  EXPECT_EQ(run(build)->latencies(), (Latencies{18ms, 18ms}));
}

TEST(RuntimesTest, JobsUpToTheNumberOfCpusDoNotDisturbEachOther) {
  ScenarioBuilder build;
  build.service("shop", shared(2), {work(10ms)});
  build.burst("shop", 2, 0s);
  build.burst("shop", 4, 1s);

  EXPECT_EQ(run(build, 0)->latencies(), (Latencies{12ms, 12ms}));
  EXPECT_EQ(run(build, 1)->latencies(), (Latencies{22ms, 22ms, 22ms, 22ms}));
}

TEST(RuntimesTest, SharedCpusRefuseBeyondTheirLimit) {
  ScenarioBuilder build;
  Runtime runtime = shared(2);
  runtime.max_in_flight = 2;
  runtime.refuse_connection = false;
  build.service("shop", runtime, {work(10ms)});
  build.burst("shop", 5);

  EXPECT_EQ(run(build)->answers(Outcome::kServerError), 3);
}

TEST(RuntimesTest, SpeedScalesTheWorkAndNotTheWaits) {
  ScenarioBuilder build;
  Runtime fast = workers(1);
  fast.speed_ppm = 4'000'000;
  build.service("shop", fast, {work(20ms), wait(10ms)});
  build.requests("shop", 1);

  EXPECT_EQ(run(build)->latencies(), Latencies{17ms});
}

TEST(RuntimesTest, GarbageCollectionStopsTheWorldNowAndThen) {
  ScenarioBuilder build;
  Runtime jvm = shared(1);
  jvm.pause_every = 500ms;
  jvm.pause_for = 100ms;
  build.service("shop", jvm, {work(5ms)});
  build.requests("shop", 90, 100ms);

  std::uint64_t delayed = 0;
  for (const Duration latency : run(build)->latencies()) {
    delayed += latency > 7ms ? 1 : 0;
    EXPECT_LE(latency, 107ms + 10ms);
  }
  EXPECT_GE(delayed, 14) << "every sixth or so falls into a pause";
  EXPECT_LE(delayed, 20);
}

TEST(RuntimesTest, UtilisationAndQueueAreMeasured) {
  ScenarioBuilder build;
  build.service("shop", workers(2), {work(100ms)});
  build.requests("shop", 20, 500ms);  // 20 % of one worker
  build.scenario.run.duration = 10s;

  const auto test = run(build);

  const ServiceGauges& gauges = test->record().gauges.front();
  ASSERT_EQ(gauges.points.size(), 10);
  for (const Gauge& gauge : gauges.points) {
    EXPECT_EQ(gauge.utilisation_ppm, 100'000);
    EXPECT_EQ(gauge.queue_milli, 0);
    EXPECT_EQ(gauge.in_flight_milli, 200);
    EXPECT_EQ(gauge.instances_up, 1);
  }
}

TEST(RuntimesTest, FullWorkersAreBusyAllTheTimeAndOthersWait) {
  ScenarioBuilder build;
  build.service("shop", workers(1, 1'000), {work(100ms)});
  build.burst("shop", 100);
  build.scenario.run.duration = 4s;

  const auto test = run(build);

  const Gauge& second = test->record().gauges.front().points[1];
  EXPECT_EQ(second.utilisation_ppm, 1'000'000);
  EXPECT_NEAR(static_cast<double>(second.queue_milli), 84'500, 100);
  EXPECT_EQ(second.in_flight_milli, second.queue_milli + 1'000);
}

TEST(RuntimesTest, ALongQueueWithoutAnyWorkDoesNotDeepenTheStack) {
  ScenarioBuilder build;
  Service& shop = build.service("shop", workers(1, 1'000'000), {});
  shop.endpoint_names.push_back("GET /slow");
  Endpoint slow = shop.versions[0].endpoints[0];
  slow.name = "GET /slow";
  slow.path = "/slow";
  slow.steps = {wait(1s)};
  shop.versions[0].endpoints.push_back(slow);
  build.requests("shop", 1).targets.front().endpoint = 1;
  build.burst("shop", 300'000, 500ms);
  build.scenario.run.duration = 2s;

  const auto test = run(build);

  EXPECT_EQ(test->served("shop", Outcome::kOk), 300'001);
}

}  // namespace
}  // namespace shaketable::engine
