#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/random_scenario.h"
#include "tests/support/scenario_builder.h"

// Requests that are followed through the mesh: their spans, and what was decided on the way.
namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

RunRecord traced(const Scenario& scenario, TraceOptions traces = {.sample_ppm = 1'000'000}) {
  SimulationOptions options;
  options.traces = traces;
  Simulation simulation(scenario, options);
  simulation.run_to_end();
  return simulation.take_record();
}

std::vector<Span> spans_of(const Trace& trace, SpanKind kind) {
  std::vector<Span> found;
  std::copy_if(trace.spans.begin(), trace.spans.end(), std::back_inserter(found),
               [kind](const Span& span) { return span.kind == kind; });
  return found;
}

std::vector<std::string> reasons_of(const Trace& trace, SpanEventKind kind) {
  std::vector<std::string> found;
  for (const SpanEvent& event : trace.events) {
    if (event.kind == kind) {
      found.push_back(event.reason);
    }
  }
  return found;
}

/// shop -> price with sidecars that cost nothing.
ScenarioBuilder shop(std::vector<Step> steps = {work(1ms)}, std::uint32_t instances = 2) {
  ScenarioBuilder build;
  build.sidecars = true;
  build.service("price", shared(8), std::move(steps), instances);
  build.service("shop", shared(8), {work(2ms), build.call("price"), work(3ms)});
  build.policy("price").policy.lb_policy = proxy::LbPolicy::kRoundRobin;
  return build;
}

TEST(TracesTest, ARequestIsATreeOfThePlacesThatItPassed) {
  ScenarioBuilder build = shop();
  build.requests("shop", 1);

  const RunRecord record = traced(build.scenario);

  ASSERT_EQ(record.traces.size(), 1);
  const Trace& trace = record.traces[0];
  EXPECT_EQ(trace.number, 1);
  EXPECT_EQ(trace.root().kind, SpanKind::kClient);
  EXPECT_EQ(trace.root().status, 200);
  // There, back, and for the call a handshake's round trip, there, back: 6 ms; work: 6 ms.
  EXPECT_EQ(trace.duration(), 12ms);
  EXPECT_EQ(spans_of(trace, SpanKind::kInbound).size(), 2);
  EXPECT_EQ(spans_of(trace, SpanKind::kNetwork).size(), 4);
  const std::vector<Span> calls = spans_of(trace, SpanKind::kCall);
  ASSERT_EQ(calls.size(), 1);
  EXPECT_EQ(calls[0].service, build.index("shop"));
  EXPECT_EQ(calls[0].peer, build.index("price"));
  EXPECT_EQ(calls[0].attempt, 1);
  const std::vector<Span> pending = spans_of(trace, SpanKind::kPending);
  ASSERT_EQ(pending.size(), 1) << "the first request opens a connection";
  EXPECT_EQ(pending[0].to - pending[0].from, 2ms);
  const std::vector<Span> worked = spans_of(trace, SpanKind::kWork);
  ASSERT_EQ(worked.size(), 2) << "before and after the call";
  EXPECT_EQ(worked[0].to - worked[0].from, 2ms);
  EXPECT_EQ(worked[1].to - worked[1].from, 3ms);
}

TEST(TracesTest, FollowingRequestsChangesNothingOfARun) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const Scenario scenario = RandomScenario(seed, {}).make();
    SimulationOptions options;
    Simulation plain(scenario, options);
    plain.run_to_end();
    options.traces = {.sample_ppm = 1'000'000, .most_kept = 10'000};
    Simulation followed(scenario, options);
    followed.run_to_end();

    EXPECT_EQ(plain.fingerprint(), followed.fingerprint()) << "seed " << seed;
    EXPECT_EQ(plain.take_record().statistics.draws, followed.take_record().statistics.draws);
  }
}

TEST(TracesTest, SpansFormATreeInOrderOfTimeWhateverHappens) {
  std::size_t traces = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const RunRecord record =
        traced(RandomScenario(seed, {}).make(), {.sample_ppm = 1'000'000, .most_kept = 100'000});
    for (const Trace& trace : record.traces) {
      ++traces;
      ASSERT_FALSE(trace.spans.empty());
      EXPECT_EQ(trace.root().parent, kNone);
      for (std::size_t i = 0; i < trace.spans.size(); ++i) {
        const Span& span = trace.spans[i];
        EXPECT_LE(span.from, span.to) << name_of(span.kind) << ", seed " << seed;
        if (i > 0) {
          ASSERT_LT(span.parent, i);
          EXPECT_GE(span.from, trace.spans[span.parent].from)
              << name_of(span.kind) << " in " << name_of(trace.spans[span.parent].kind);
        }
      }
      for (std::size_t i = 1; i < trace.events.size(); ++i) {
        EXPECT_LE(trace.events[i - 1].at, trace.events[i].at);
      }
    }
  }
  EXPECT_GT(traces, 1'000);
}

TEST(TracesTest, RetriesAreAttemptsWithABackOffAndAReason) {
  ScenarioBuilder build = shop();
  proxy::RetryPolicy retry;
  retry.retry_on = proxy::kRetryOn5xx;
  retry.num_retries = 1;
  retry.previous_hosts = true;
  build.policy("price").default_route.retry = retry;
  build.fault(FaultKind::kAbort, "price", 0s, 0s).target.instance = 0;
  build.requests("shop", 4, 100ms);

  const RunRecord record = traced(build.scenario);

  // Whichever host the first request meets, one of them meets the broken one first.
  const auto found = std::find_if(
      record.traces.begin(), record.traces.end(),
      [](const Trace& trace) { return spans_of(trace, SpanKind::kAttempt).size() == 2; });
  ASSERT_NE(found, record.traces.end());
  const Trace& trace = *found;
  const std::vector<Span> attempts = spans_of(trace, SpanKind::kAttempt);
  ASSERT_EQ(attempts.size(), 2);
  EXPECT_EQ(attempts[0].status, 503);
  EXPECT_EQ(attempts[0].peer_instance, 0);
  EXPECT_EQ(attempts[1].status, 200);
  EXPECT_EQ(attempts[1].peer_instance, 1);
  const std::vector<Span> back_off = spans_of(trace, SpanKind::kBackOff);
  ASSERT_EQ(back_off.size(), 1);
  EXPECT_EQ(back_off[0].from, attempts[0].to);
  const std::vector<std::string> reasons = reasons_of(trace, SpanEventKind::kRetry);
  ASSERT_EQ(reasons.size(), 1);
  EXPECT_EQ(reasons[0].rfind("status 503: attempt 2 follows", 0), 0) << reasons[0];
  EXPECT_EQ(reasons_of(trace, SpanEventKind::kFault), std::vector<std::string>{"fault fault-1"});
}

TEST(TracesTest, SaysWhyThereIsNoOtherAttempt) {
  ScenarioBuilder build = shop();
  proxy::RetryPolicy retry;
  retry.retry_on = proxy::kRetryOn5xx;
  retry.num_retries = 1;
  build.policy("price").default_route.retry = retry;
  build.fault(FaultKind::kAbort, "price", 0s, 0s);
  build.requests("shop", 1);

  const RunRecord record = traced(build.scenario);

  EXPECT_EQ(reasons_of(record.traces.at(0), SpanEventKind::kNoRetry),
            std::vector<std::string>{"status 503: all attempts were made"});
  EXPECT_EQ(record.traces[0].root().status, 502);
  EXPECT_NE(record.traces[0].reasons & kKeptAsFailed, 0);
}

TEST(TracesTest, ABreakerThatRefusesNamesItsLimit) {
  ScenarioBuilder build = shop({work(50ms)}, 1);
  build.policy("price").policy.circuit_breakers.max_connections = 1;
  build.policy("price").policy.circuit_breakers.max_pending_requests = 1;
  build.burst("shop", 5);

  const RunRecord record = traced(build.scenario);

  std::size_t refused = 0;
  for (const Trace& trace : record.traces) {
    for (const std::string& reason : reasons_of(trace, SpanEventKind::kOverflow)) {
      ++refused;
      EXPECT_EQ(reason, "max_pending_requests of 1 is reached");
      EXPECT_EQ(spans_of(trace, SpanKind::kAttempt).size(), 0) << "nothing was sent";
    }
  }
  EXPECT_GE(refused, 3);
}

TEST(TracesTest, APerTryTimeoutCancelsTheAttemptWhoseWorkGoesOn) {
  ScenarioBuilder build = shop({work(500ms)});
  proxy::RetryPolicy retry;
  retry.retry_on = proxy::kRetryOn5xx;
  retry.num_retries = 1;
  retry.per_try_timeout = 100ms;
  build.policy("price").default_route.retry = retry;
  build.requests("shop", 1);

  const RunRecord record = traced(build.scenario);

  const Trace& trace = record.traces.at(0);
  const std::vector<Span> attempts = spans_of(trace, SpanKind::kAttempt);
  ASSERT_EQ(attempts.size(), 2);
  EXPECT_EQ(attempts[0].to - attempts[0].from, 100ms);
  EXPECT_TRUE(attempts[0].is_cancelled);
  EXPECT_EQ(attempts[0].outcome, Outcome::kTimeout);
  EXPECT_EQ(reasons_of(trace, SpanEventKind::kTimeout).at(0), "per-try timeout after 100 ms");
  const auto working = std::find_if(trace.spans.begin(), trace.spans.end(), [&](const Span& span) {
    return span.kind == SpanKind::kApplication && span.service == build.index("price");
  });
  ASSERT_NE(working, trace.spans.end());
  EXPECT_TRUE(working->is_cancelled);
  EXPECT_EQ(working->to - working->from, 500ms) << "this runtime does not notice";
}

TEST(TracesTest, WaitingForAWorkerIsASpanOfItsOwn) {
  ScenarioBuilder build;
  build.service("shop", workers(1), {work(10ms)});
  build.burst("shop", 2);

  const RunRecord record = traced(build.scenario);

  ASSERT_EQ(record.traces.size(), 2);
  const std::vector<Span> queue = spans_of(record.traces[1], SpanKind::kQueue);
  ASSERT_EQ(queue.size(), 1);
  EXPECT_EQ(queue[0].to - queue[0].from, 10ms);
  EXPECT_EQ(spans_of(record.traces[0], SpanKind::kQueue).size(), 0);
}

TEST(TracesTest, BranchesOfAParallelStepOverlap) {
  ScenarioBuilder build;
  build.service("a", shared(4), {work(10ms)});
  build.service("b", shared(4), {work(20ms)});
  build.service("shop", shared(4), {parallel({{build.call("a")}, {build.call("b")}})});
  build.requests("shop", 1);

  const RunRecord record = traced(build.scenario);

  const std::vector<Span> calls = spans_of(record.traces.at(0), SpanKind::kCall);
  ASSERT_EQ(calls.size(), 2);
  EXPECT_EQ(calls[0].from, calls[1].from);
  EXPECT_EQ(calls[0].parent, calls[1].parent);
}

TEST(TracesTest, WhatIsUnderWayAtTheEndIsOpen) {
  ScenarioBuilder build;
  build.service("shop", shared(4), {work(20s)});
  build.requests("shop", 1);

  const RunRecord record = traced(build.scenario);

  ASSERT_EQ(record.traces.size(), 1);
  EXPECT_TRUE(record.traces[0].root().is_open);
  EXPECT_EQ(record.traces[0].root().to, at(10s));
}

TEST(TracesTest, KeepsTheSlowestAndAFewOthers) {
  ScenarioBuilder build;
  build.service("shop", workers(1), {work(1ms)});
  build.burst("shop", 90);

  const RunRecord record = traced(build.scenario);

  EXPECT_EQ(record.tracing.followed, 90);
  EXPECT_LE(record.traces.size(), 10);
  std::vector<Duration> slow;
  for (const Trace& trace : record.traces) {
    if ((trace.reasons & kKeptAsSlow) != 0) {
      slow.push_back(trace.duration());
    }
  }
  std::sort(slow.begin(), slow.end());
  EXPECT_EQ(slow, (std::vector<Duration>{88ms, 89ms, 90ms, 91ms, 92ms}));
}

TEST(TracesTest, KeepsAllAsLongAsTheyFitAndThenAShare) {
  ScenarioBuilder build;
  build.service("shop", shared(4), {work(1ms)});
  build.requests("shop", 1'000, 5ms);

  const RunRecord all = traced(build.scenario, {.sample_ppm = 1'000'000, .most_kept = 10'000});
  const RunRecord some = traced(build.scenario, {.sample_ppm = 1'000'000, .most_kept = 1'000});

  EXPECT_EQ(all.traces.size(), 1'000);
  EXPECT_EQ(all.tracing.kept_good_ppm, 1'000'000);
  EXPECT_LE(some.traces.size(), 260);  // of two rows each; half the room is for failed ones
  EXPECT_GT(some.traces.size(), 100);
  EXPECT_LE(some.tracing.kept_good_ppm, 250'000);
}

TEST(TracesTest, FollowsAShareByTraceId) {
  ScenarioBuilder build;
  build.service("shop", shared(4), {work(1ms)});
  build.requests("shop", 1'000, 5ms);

  const RunRecord record = traced(build.scenario, {.sample_ppm = 100'000});

  EXPECT_NEAR(static_cast<double>(record.tracing.followed), 100, 40);
  EXPECT_EQ(record.tracing.followed + record.tracing.missed, 1'000);
}

}  // namespace
}  // namespace shaketable::engine
