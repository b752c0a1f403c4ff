#include <thread>

#include <gtest/gtest.h>

#include "engine/sim/simulation.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/random_scenario.h"

// How a run is steered and repeated.
namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

/// Three tiers with both sidecars of every hop and a steady open load.
ScenarioBuilder steady() {
  ScenarioBuilder build;
  build.scenario.mesh.default_route = istio_default_route();
  build.scenario.mesh.default_route.timeout = 1s;
  build.scenario.mesh.network.tls = true;
  build.sidecars = true;
  build.service("erp", workers(16, 1'000), {work(Distribution::exponential(1ms))}, 3);
  build.service("price", event_loop(4), {work(200us), build.call_with_timeout("erp", 500ms)}, 3);
  build.service(
      "shop", shared(4),
      {work(200us), parallel({{build.call("price")}, {build.call("price")}}), build.call("erp")},
      3);
  proxy::RetryPolicy retry;
  retry.retry_on = proxy::kRetryOn5xx;
  retry.per_try_timeout = 300ms;
  build.policy("price").default_route.retry = retry;
  build.policy("price").policy.outlier_detection = proxy::OutlierDetection{};
  build.poisson("shop", 500);
  build.scenario.run.duration = 60s;
  return build;
}

TEST(ControlTest, RunsUpToAndIncludingTheGivenTime) {
  ScenarioBuilder build;
  build.service("shop", workers(1), {work(10ms)});
  build.requests("shop", 3);
  TestRun test(build.scenario);

  test.simulator().run_until(at(11ms));
  EXPECT_EQ(test.latencies().size(), 0);
  EXPECT_EQ(test.simulator().in_flight(), 1);
  test.simulator().run_until(at(12ms));

  EXPECT_EQ(test.latencies().size(), 1);
  EXPECT_EQ(test.simulator().now(), at(12ms));
  EXPECT_FALSE(test.simulator().finished());
  test.simulator().run_until(at(5ms));
  EXPECT_EQ(test.simulator().now(), at(12ms)) << "time does not go back";
}

TEST(ControlTest, TellsHowManyEventsArePlanned) {
  ScenarioBuilder build;
  build.service("shop", workers(4), {work(10ms)});
  build.requests("shop", 3, 1ms);
  TestRun test(build.scenario);

  test.simulator().run_until(at(5ms));
  EXPECT_EQ(test.simulator().pending_events(), 4) << "three ends of work, and that of the second";
  test.simulator().run_until(at(30ms));
  EXPECT_EQ(test.simulator().pending_events(), 1) << "that of the second";
}

TEST(ControlTest, EndsWithItsDurationAndDrain) {
  ScenarioBuilder build;
  build.service("shop", workers(1), {wait(3s)});
  build.requests("shop", 100, 100ms);
  build.scenario.run.duration = 5s;
  build.scenario.run.drain = 200s;

  TestRun test(build.scenario);
  test.simulator().run_until(proxy::kNever);

  EXPECT_TRUE(test.simulator().finished());
  EXPECT_EQ(test.simulator().now(), at(205s));
  EXPECT_EQ(test.latencies().size(), 50) << "no new load after the duration, and the rest goes on";
  EXPECT_EQ(test.simulator().in_flight(), 0);
}

TEST(ControlTest, StepsLetSoManyEventsHappen) {
  TestRun test(steady().scenario);

  EXPECT_EQ(test.simulator().step(1), 1);
  EXPECT_EQ(test.simulator().step(999), 999);

  EXPECT_EQ(test.simulator().events(), 1'000);
}

TEST(ControlTest, StepsEndWithTheRun) {
  ScenarioBuilder build;
  build.service("shop", workers(1), {});
  build.requests("shop", 1);
  TestRun test(build.scenario);

  EXPECT_LT(test.simulator().step(1'000'000), 100);
  EXPECT_TRUE(test.simulator().finished());
}

TEST(ControlTest, AnotherThreadMayPauseARun) {
  ScenarioBuilder build = steady();
  build.scenario.run.duration = 1h * 100;
  Simulation simulation(build.scenario, {});
  std::thread other([&] { simulation.pause(); });

  simulation.run_to_end();  // comes back, whenever the other thread gets there
  other.join();

  EXPECT_FALSE(simulation.finished());
  const Instant stopped = simulation.now();
  simulation.run_until(stopped + 1s);
  EXPECT_EQ(simulation.now(), stopped + 1s) << "and goes on from there";
  EXPECT_TRUE(simulation.take_record().interrupted);
}

TEST(ControlTest, APausedRunIsTheSameRun) {
  ScenarioBuilder build = steady();
  build.scenario.run.duration = 5s;
  TestRun one(build.scenario);
  TestRun paused(build.scenario);

  one.finish();
  while (!paused.simulator().finished()) {
    paused.simulator().pause();
    paused.simulator().run_until(paused.simulator().end());
  }

  EXPECT_EQ(paused.simulator().fingerprint(), one.record().fingerprint);
}

TEST(ControlTest, RecordingDoesNotChangeARun) {
  ScenarioBuilder build = steady();
  build.scenario.run.duration = 3s;
  SimulationOptions silent;
  silent.record = false;
  SimulationOptions fine;
  fine.bucket = 1s;
  Simulation one(build.scenario, silent);
  Simulation other(build.scenario, fine);

  one.run_to_end();
  other.run_to_end();

  EXPECT_EQ(one.fingerprint(), other.fingerprint());
}

/// The fields of a record that reports show, as one text.
std::string text_of(const RunRecord& record) {
  std::string text = std::to_string(record.fingerprint);
  for (const Series& series : record.series) {
    text += "\n" + series.subject.text + ":";
    for (const Point& point : series.points) {
      text += " " + std::to_string(point.count) + "/" + std::to_string(point.p99) + "/" +
              std::to_string(point.latency_sum) + "/" + std::to_string(point.retries);
    }
  }
  for (const RunEvent& event : record.events) {
    text += "\n" + std::to_string(proxy::nanoseconds_of(event.at)) + " " + event.reason + " " +
            std::to_string(event.count);
  }
  return text;
}

TEST(ControlTest, TheSameSeedGivesTheSameRecordToTheByte) {
  for (std::uint64_t seed = 100; seed < 110; ++seed) {
    const Scenario scenario = RandomScenario(seed, {}).make();
    TestRun one(scenario);
    TestRun other(scenario);

    EXPECT_EQ(text_of(one.finish().record()), text_of(other.finish().record()));
  }
}

TEST(ControlTest, ALookAtTheRecordIsThatOfARunThatWasStoppedAndChangesNothing) {
  for (std::uint64_t seed = 100; seed < 106; ++seed) {
    const Scenario scenario = RandomScenario(seed, {}).make();
    SimulationOptions options;
    options.traces.sample_ppm = 1'000'000;
    Simulation plain(scenario, options);
    Simulation watched(scenario, options);
    plain.run_to_end();
    for (int part = 1; part <= 3; ++part) {
      const Instant moment(watched.end().time_since_epoch() * part / 4);
      watched.run_until(moment);
      const RunRecord seen = watched.peek_record();
      Simulation stopped(scenario, options);
      stopped.run_until(moment);
      const RunRecord left = stopped.take_record();

      EXPECT_TRUE(seen.interrupted);
      EXPECT_EQ(text_of(seen), text_of(left)) << "seed " << seed;
      ASSERT_EQ(seen.traces.size(), left.traces.size());
      for (std::size_t i = 0; i < seen.traces.size(); ++i) {
        EXPECT_EQ(seen.traces[i].number, left.traces[i].number);
        EXPECT_EQ(seen.traces[i].spans.size(), left.traces[i].spans.size());
      }
    }
    watched.run_to_end();

    const RunRecord end = watched.take_record();
    const RunRecord wanted = plain.take_record();
    EXPECT_EQ(text_of(end), text_of(wanted)) << "seed " << seed;
    EXPECT_EQ(end.traces.size(), wanted.traces.size());
  }
}

TEST(ControlTest, InjectedFaultsAreJournaledAndReplayTheRun) {
  SwarmOptions calm;
  calm.drain = 1s;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    Scenario scenario = RandomScenario(seed, calm).make();
    const std::vector<Fault> clicks = RandomScenario(seed + 1'000, calm).make().faults;
    TestRun played(scenario);
    for (std::size_t i = 0; i < clicks.size(); ++i) {
      played.simulator().run_until(
          at(500ms * static_cast<std::int64_t>(i + 1)));  // bucket ends, too
      Fault click = clicks[i];
      click.target.service %= static_cast<std::uint32_t>(scenario.mesh.services.size());
      click.node %= scenario.mesh.nodes;  // The click was meant for another mesh.
      if (click.kind == FaultKind::kDeploy) {
        click.target.version = 0;
        click.to = kNone;
      }
      click.other = {};
      click.policies.clear();
      played.simulator().inject(click);
      played.simulator().inject(click);  // twice at one moment
    }
    played.finish();

    ASSERT_EQ(played.simulator().journal().size(), clicks.size() * 2);
    Scenario replay = scenario;
    for (const Fault& fault : played.simulator().journal()) {
      replay.faults.push_back(fault);
    }
    TestRun replayed(std::move(replay));
    replayed.finish();

    EXPECT_EQ(replayed.record().fingerprint, played.record().fingerprint) << "seed " << seed;
    EXPECT_EQ(text_of(replayed.record()), text_of(played.record())) << "seed " << seed;
  }
}

/// The same with trouble: what is foreseen may be gone when it would happen.
ScenarioBuilder troubled() {
  ScenarioBuilder build = steady();
  build.fault(FaultKind::kKill, "price", 1s, 0s).restart_after = 500ms;
  build.fault(FaultKind::kAbort, "erp", 2s, 1s).ppm = 200'000;
  build.fault(FaultKind::kLoad, "", 3s, 1s).factor_ppm = 4'000'000;
  build.scenario.run.duration = 5s;
  return build;
}

/// More services behind those of the scenario, which nobody calls: they change no random stream.
void add_idle_services(ScenarioBuilder& build, int count) {
  for (int i = 0; i < count; ++i) {
    build.service("idle-" + std::to_string(i), workers(1), {work(1ms)});
  }
}

TEST(ControlTest, ForeseeingEventsChangesNothing) {
  ScenarioBuilder build = troubled();
  add_idle_services(build, 300);
  TestRun stepped(build.scenario);  // event by event, without foresight
  TestRun foreseen(build.scenario);

  while (!stepped.simulator().finished()) {
    stepped.simulator().step(1'000);
  }
  foreseen.finish();

  EXPECT_EQ(foreseen.simulator().fingerprint(), stepped.simulator().fingerprint());
  EXPECT_EQ(foreseen.latencies(), stepped.latencies());
}

TEST(ControlTest, AServiceIsRecordedAloneAsAmongHundreds) {
  ScenarioBuilder alone = troubled();
  ScenarioBuilder among = troubled();
  add_idle_services(among, 300);
  Simulation small(alone.scenario, {});
  Simulation large(among.scenario, {});

  small.run_to_end();
  large.run_to_end();

  const RunRecord expected = small.take_record();
  const RunRecord record = large.take_record();
  for (ServiceIndex s = 0; s < 3; ++s) {
    const Series& one = expected.series[s];
    const Series& other = record.series[s];
    ASSERT_EQ(one.subject.service, s);
    ASSERT_EQ(other.subject.service, s);
    ASSERT_EQ(other.points.size(), one.points.size());
    EXPECT_GT(one.total.count, 1'000U);
    EXPECT_EQ(other.total.count, one.total.count);
    EXPECT_EQ(other.total.latency.percentile(990'000), one.total.latency.percentile(990'000));
    for (std::size_t p = 0; p < one.points.size(); ++p) {
      EXPECT_EQ(other.points[p].count, one.points[p].count);
      EXPECT_EQ(other.points[p].outcomes, one.points[p].outcomes);
      EXPECT_EQ(other.points[p].latency_sum, one.points[p].latency_sum);
      EXPECT_EQ(other.points[p].p99, one.points[p].p99);
    }
  }
}

TEST(ControlTest, AnInjectedFaultHappensAtOnce) {
  ScenarioBuilder build;
  build.service("shop", workers(4), {work(10ms)});
  build.requests("shop", 4);
  Fault fault;
  fault.name = "click";
  fault.kind = FaultKind::kAbort;
  fault.length = 1s;
  TestRun test(build.scenario);

  test.simulator().run_until(at(500ms));
  test.simulator().inject(fault);
  test.finish();

  EXPECT_EQ(test.answers(Outcome::kServerError), 1);
  ASSERT_EQ(test.events(EventKind::kFaultStart).size(), 1);
  EXPECT_EQ(test.events(EventKind::kFaultStart)[0].at, at(500ms) + 1ns);
}

TEST(ControlTest, NothingIsAllocatedPerRequestOnceWarm) {
  ScenarioBuilder build = steady();
  build.fault(FaultKind::kLoad, "", 0s, 10s).factor_ppm = 1'300'000;  // slabs for the worst case
  SimulationOptions options;
  options.bucket = 1h;  // the ends of buckets may allocate
  Simulation simulation(build.scenario, options);
  simulation.run_until(at(20s));
  const std::uint64_t hops = simulation.hops();
  const std::uint64_t before = allocation_count();

  simulation.run_until(at(25s));

  EXPECT_EQ(allocation_count() - before, 0);
  EXPECT_GT(simulation.hops() - hops, 10'000);
}

TEST(ControlTest, NothingIsAllocatedPerRequestWithBrokenPoliciesEither) {
  ScenarioBuilder build = steady();
  build.policy("price").policy.circuit_breakers.max_connections = 2;
  build.policy("price").policy.circuit_breakers.max_pending_requests = 1;
  build.fault(FaultKind::kAbort, "erp", 0s, 0s).ppm = 200'000;
  build.fault(FaultKind::kLoad, "", 0s, 10s).factor_ppm = 1'300'000;
  SimulationOptions options;
  options.bucket = 1h;
  Simulation simulation(build.scenario, options);
  simulation.run_until(at(20s));
  const std::uint64_t hops = simulation.hops();
  const std::uint64_t before = allocation_count();

  simulation.run_until(at(25s));

  EXPECT_LT(allocation_count() - before, (simulation.hops() - hops) / 100)
      << "refusals are folded, not written down one by one";
}

}  // namespace
}  // namespace shaketable::engine
