#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/core/sidecar.h"
#include "tests/support/core_fixture.h"

// Retries and timeouts of a whole request.
namespace shaketable::proxy {
namespace {

using support::cluster_with;
using support::config_with;
using support::CoreHost;
using support::route_to;

struct Host : CoreHost {
  using CoreHost::CoreHost;
  explicit Host(const Route& route, std::uint32_t hosts = 1, std::uint64_t seed = 1)
      : CoreHost(config_with({cluster_with(hosts)}, {route}), seed) {}
  ~Host() { EXPECT_EQ(checks.violations(), std::vector<std::string>()); }
};

Route retrying(std::uint32_t retry_on, std::uint32_t retries, Duration backoff = 0ns) {
  Route route = route_to();
  route.retry = RetryPolicy{};
  route.retry->retry_on = retry_on;
  route.retry->num_retries = retries;
  route.retry->backoff_base = backoff;
  return route;
}

CoreHost::Answer answer(std::uint16_t status, Duration after = 0ns) { return {status, after}; }

TEST(SidecarRetryTest, TriesAgainUntilAnAttemptSucceeds) {
  Host host(retrying(kRetryOn5xx, 3));
  host.server = [&host](const auto&) { return answer(host.sends.size() < 3 ? 503 : 200); };

  const std::uint64_t token = host.request();
  host.run_for(1s);

  EXPECT_EQ(host.text(token), "200 -");
  EXPECT_EQ(host.outcome(token).attempts, 3U);
  EXPECT_EQ(host.sends[0].flags, 0U);
  EXPECT_EQ(host.sends[1].flags, kSendRetry);
  EXPECT_EQ(host.cluster().stats.upstream_rq_retry, 2U);
  EXPECT_EQ(host.cluster().breaker.retries, 0U);
}

TEST(SidecarRetryTest, ForwardsTheLastResponseWhenTheLimitIsReached) {
  // Row EN-TO-4, without its back-off: 503 each time, two retries.
  Host host(retrying(kRetryOn5xx, 2));
  host.server = [](const auto&) { return answer(503, 10ms); };

  const std::uint64_t token = host.request();
  host.run_for(1s);

  EXPECT_EQ(host.text(token), "503 URX");
  EXPECT_EQ(host.outcome(token).kind, ActionKind::kForwardResponse);
  EXPECT_EQ(host.outcome(token).attempts, 3U);
  EXPECT_EQ(host.outcome(token).at, kStart + 30ms);
  EXPECT_EQ(host.cluster().stats.upstream_rq_retry_limit_exceeded, 1U);
}

TEST(SidecarRetryTest, SetsUrxEvenWithoutARetryToSpend) {
  Host host(retrying(kRetryOn5xx, 0));
  host.server = [](const auto&) { return answer(503); };

  const std::uint64_t token = host.request();
  host.run_for(1s);

  EXPECT_EQ(host.text(token), "503 URX");
}

TEST(SidecarRetryTest, DoesNotTryAgainWhatThePolicyDoesNotName) {
  Host host(retrying(kRetryOnGatewayError, 5));
  host.server = [](const auto&) { return answer(500); };

  const std::uint64_t token = host.request();
  host.run_for(1s);

  EXPECT_EQ(host.text(token), "500 -");
  EXPECT_EQ(host.sends.size(), 1U);
}

TEST(SidecarRetryTest, WaitsWholeMillisecondsInsideTheWindow) {
  std::set<std::int64_t> waits;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Host host(retrying(kRetryOn5xx, 1, 25ms), 1, seed);
    host.server = [](const auto&) { return answer(503); };
    host.request();
    host.run_for(1s);
    ASSERT_EQ(host.sends.size(), 2U);
    waits.insert((host.sends[1].at - kStart).count());
  }

  EXPECT_EQ(*waits.begin(), 0);
  EXPECT_EQ(*waits.rbegin(), 24'000'000);
  EXPECT_EQ(waits.size(), 25U);
}

TEST(SidecarRetryTest, WidensTheWindowWithEachRetry) {
  std::vector<Duration> greatest(5);
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Host host(retrying(kRetryOn5xx, 5, 25ms), 1, seed);
    host.server = [](const auto&) { return answer(503); };
    host.request();
    host.run_for(10s);
    for (std::size_t i = 0; i < 5; ++i) {
      greatest[i] = std::max(greatest[i], host.sends[i + 1].at - host.sends[i].at);
    }
  }

  const std::vector<Duration> windows = {25ms, 50ms, 100ms, 200ms, 250ms};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_LT(greatest[i], windows[i]);
    EXPECT_GE(greatest[i], windows[i] * 95 / 100);
  }
}

TEST(SidecarRetryTest, TriesFailedConnectsAgain) {
  Host host(retrying(kRetryOnConnectFailure, 1));
  host.connects = false;
  const std::uint64_t token = host.request();

  host.fail_connect(host.opened[0]);
  host.run_for(1ms);
  EXPECT_EQ(host.text(token), "open");
  ASSERT_EQ(host.opened.size(), 2U);
  host.fail_connect(host.opened[1]);

  EXPECT_EQ(host.text(token), "503 UF,URX");
  EXPECT_EQ(host.outcome(token).attempts, 2U);
}

TEST(SidecarRetryTest, TriesRefusedStreamsAgain) {
  Host host(retrying(kRetryOnRefusedStream, 1));
  const std::uint64_t token = host.request();

  host.reset(token, ResetReason::kRefusedStream);
  host.run_for(1ms);
  host.respond(token);

  EXPECT_EQ(host.text(token), "200 -");
}

TEST(SidecarRetryTest, TriesAClosedConnectionAgainOnAnotherOne) {
  Host host(retrying(kRetryOnReset, 1));
  const std::uint64_t token = host.request();

  host.close(host.opened[0]);
  host.run_for(1ms);
  host.respond(token);

  EXPECT_EQ(host.text(token), "200 -");
  EXPECT_EQ(host.opened.size(), 2U);
}

TEST(SidecarRetryTest, NeverTriesAnOverflowAgain) {
  Route route = retrying(kRetryOn5xx | kRetryOnReset, 5);
  ClusterConfig cluster = cluster_with(1);
  cluster.circuit_breakers.max_pending_requests = 0;
  Host host(config_with({cluster}, {route}));

  const std::uint64_t token = host.request();

  EXPECT_EQ(host.text(token), "503 UO");
  EXPECT_EQ(host.outcome(token).attempts, 1U);
}

TEST(SidecarRetryTest, DoesNotTryAgainWhatCannotBeReplayed) {
  Host host(retrying(kRetryOn5xx, 5));
  const std::uint64_t large = host.request("/", false);
  const std::uint64_t grown = host.request();
  host.sidecar->on_not_replayable(host.streams[grown]);

  host.respond(large, 503);
  host.respond(grown, 503);

  EXPECT_EQ(host.text(large), "503 -");
  EXPECT_EQ(host.text(grown), "503 -");
}

TEST(SidecarRetryTest, CancelsTheRestOfAResponseThatItTriesAgain) {
  Host host(retrying(kRetryOn5xx, 1));
  const std::uint64_t token = host.request();

  host.respond(token, 503, false);
  host.run_for(1ms);
  host.respond(token);

  EXPECT_EQ(host.text(token), "200 -");
  EXPECT_EQ(host.cancelled.size(), 1U);
  EXPECT_EQ(host.closed.size(), 1U) << "HTTP/1.1 cannot go on behind half a response";
}

TEST(SidecarRetryTest, LimitsConcurrentRetries) {
  ClusterConfig cluster = cluster_with(1);
  cluster.circuit_breakers.max_retries = 2;
  Host host(config_with({cluster}, {retrying(kRetryOn5xx, 5, 25ms)}));
  std::vector<std::uint64_t> tokens;
  for (int i = 0; i < 4; ++i) {
    tokens.push_back(host.request());
  }

  for (const std::uint64_t token : tokens) {
    host.respond(token, 503);
  }

  EXPECT_EQ(host.text(tokens[1]), "open");
  EXPECT_EQ(host.text(tokens[2]), "503 -") << "the original response, without URX";
  EXPECT_EQ(host.cluster().breaker.retries, 2U);
  EXPECT_EQ(host.cluster().stats.upstream_rq_retry_overflow, 2U);
  EXPECT_EQ(host.records.back().reason, static_cast<std::uint8_t>(Resource::kRetries));
}

TEST(SidecarRetryTest, HoldsItsPlaceAmongTheRetriesUntilTheAttemptEnds) {
  ClusterConfig cluster = cluster_with(1);
  cluster.circuit_breakers.max_retries = 1;
  Host host(config_with({cluster}, {retrying(kRetryOn5xx, 5)}));
  const std::uint64_t a = host.request();
  const std::uint64_t b = host.request();
  host.respond(a, 503);
  host.run_for(1ms);
  ASSERT_EQ(host.sends_of(a), 2U);

  host.respond(b, 503);
  EXPECT_EQ(host.text(b), "503 -");
  host.respond(a, 503);
  EXPECT_EQ(host.text(a), "open") << "its own place is free while it asks again";
  host.run_for(1ms);
  host.respond(a);

  EXPECT_EQ(host.cluster().breaker.retries, 0U);
}

TEST(SidecarRetryTest, GivesRetriesTheirShareOfTheActiveRequests) {
  ClusterConfig cluster = cluster_with(1);
  cluster.circuit_breakers.retry_budget = RetryBudget{200'000, 0};
  Host host(config_with({cluster}, {retrying(kRetryOn5xx, 5, 25ms)}));
  std::vector<std::uint64_t> tokens;
  for (int i = 0; i < 10; ++i) {
    tokens.push_back(host.request());
  }

  // 20 % of 10, of 9 and of 8 active requests are 2, 1 and 1; the one that fails counts as active.
  host.respond(tokens[0], 503);
  EXPECT_EQ(host.text(tokens[0]), "open");
  host.respond(tokens[1], 503);

  EXPECT_EQ(host.text(tokens[1]), "503 -");
  EXPECT_EQ(host.records.back().a, 1U);
}

TEST(SidecarRetryTest, AvoidsHostsThatWereTried) {
  Route route = retrying(kRetryOn5xx, 3);
  route.retry->previous_hosts = true;
  route.retry->host_selection_retry_max_attempts = 100;
  ClusterConfig cluster = cluster_with(4);
  cluster.lb_policy = LbPolicy::kRandom;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Host host(config_with({cluster}, {route}), seed);
    host.server = [](const auto&) { return answer(503); };
    host.request();
    host.run_for(1s);

    std::set<std::uint32_t> tried;
    for (const auto& sent : host.sends) {
      tried.insert(sent.host);
    }
    ASSERT_EQ(tried.size(), 4U) << "seed " << seed;
  }
}

TEST(SidecarRetryTest, TakesATriedHostWhenReselectionFindsNoOther) {
  Route route = retrying(kRetryOn5xx, 2);
  route.retry->previous_hosts = true;
  Host host(route, 1);
  host.server = [](const auto&) { return answer(503); };

  const std::uint64_t token = host.request();
  host.run_for(1s);

  EXPECT_EQ(host.outcome(token).attempts, 3U);
}

TEST(SidecarRetryTest, CanHitTheSameHostWithoutThePredicate) {
  ClusterConfig cluster = cluster_with(2);
  cluster.lb_policy = LbPolicy::kRandom;
  int same = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Host host(config_with({cluster}, {retrying(kRetryOn5xx, 1)}), seed);
    host.server = [](const auto&) { return answer(503); };
    host.request();
    host.run_for(1s);
    same += host.sends[0].host == host.sends[1].host ? 1 : 0;
  }

  EXPECT_NEAR(same, 100, 30);
}

// ---- timeouts ---------------------------------------------------------------------------------

TEST(SidecarTimeoutTest, AnswersForAnUpstreamThatTakesTooLong) {
  Host host(route_to());

  const std::uint64_t token = host.request();
  host.run_for(1min);

  EXPECT_EQ(host.text(token), "504 UT");
  EXPECT_EQ(host.outcome(token).at, kStart + 15s) << "Envoy's default";
  EXPECT_EQ(host.cancelled.size(), 1U);
  EXPECT_EQ(host.cluster().stats.upstream_rq_timeout, 1U);
}

TEST(SidecarTimeoutTest, CoversAllTriesAndIsNotTriedAgain) {
  // Row EN-TO-2: per try 100 ms, two retries without back-off, route 250 ms, upstream never.
  Route route = retrying(kRetryOn5xx, 2);
  route.retry->per_try_timeout = 100ms;
  route.timeout = 250ms;
  Host host(route);

  const std::uint64_t token = host.request();
  host.run_for(1s);

  EXPECT_EQ(host.text(token), "504 UT");
  EXPECT_EQ(host.outcome(token).at, kStart + 250ms);
  EXPECT_EQ(host.outcome(token).attempts, 3U);
}

TEST(SidecarTimeoutTest, EndsARequestThatIsBackingOff) {
  Route route = retrying(kRetryOn5xx, 5, 10s);
  route.retry->backoff_max = 100s;
  route.timeout = 1ms;
  Host host(route, 1, 4);
  const std::uint64_t token = host.request();
  host.respond(token, 503);

  host.run_for(1s);

  EXPECT_EQ(host.text(token), "504 UT");
  EXPECT_EQ(host.cluster().breaker.retries, 0U);
  host.run_for(100s);
  EXPECT_EQ(host.sends.size(), 1U);
}

TEST(SidecarTimeoutTest, EndsARequestThatWaitsForAConnection) {
  Route route = route_to();
  route.timeout = 1s;
  Host host(route);
  host.connects = false;

  const std::uint64_t token = host.request();
  host.run_for(2s);

  EXPECT_EQ(host.text(token), "504 UT");
  EXPECT_EQ(host.cluster().breaker.pending_requests, 0U);
  EXPECT_TRUE(host.cancelled.empty());
}

TEST(SidecarTimeoutTest, ResetsAResponseThatHasBegun) {
  Route route = route_to();
  route.timeout = 1s;
  Host host(route);
  const std::uint64_t token = host.request();
  host.respond(token, 200, false);

  host.run_for(2s);

  EXPECT_EQ(host.text(token), "reset UT");
}

TEST(SidecarTimeoutTest, CanBeSwitchedOff) {
  Route route = route_to();
  route.timeout = route.idle_timeout = 0ns;
  Host host(route);

  const std::uint64_t token = host.request();
  host.run_for(240h);

  EXPECT_EQ(host.text(token), "open");
}

TEST(SidecarTimeoutTest, LimitsEachTry) {
  Route route = retrying(kRetryOn5xx, 1);
  route.retry->per_try_timeout = 100ms;
  Host host(route);

  const std::uint64_t token = host.request();
  host.run_for(1s);

  EXPECT_EQ(host.text(token), "504 URX,UT");
  EXPECT_EQ(host.outcome(token).at, kStart + 200ms);
  EXPECT_EQ(host.cluster().stats.upstream_rq_per_try_timeout, 2U);
}

TEST(SidecarTimeoutTest, TriesAgainAfterATryOnlyIfThePolicySaysSo) {
  for (const auto& [retry_on, attempts] : {std::pair<std::uint32_t, std::uint32_t>{kRetryOn5xx, 2},
                                           {kRetryOnGatewayError, 2},
                                           {kRetryOnReset, 2},
                                           {kRetryOnConnectFailure | kRetryOnRefusedStream, 1}}) {
    Route route = retrying(retry_on, 1);
    route.retry->per_try_timeout = 100ms;
    Host host(route);

    const std::uint64_t token = host.request();
    host.run_for(1s);

    EXPECT_EQ(host.outcome(token).attempts, attempts) << retry_on;
  }
}

TEST(SidecarTimeoutTest, CountsATryFromTheMomentItIsSent) {
  Route route = retrying(kRetryOn5xx, 0);
  route.retry->per_try_timeout = 100ms;
  Host host(route);
  host.connects = false;
  const std::uint64_t token = host.request();
  host.run_for(500ms);
  host.connect(host.opened[0]);

  host.run_for(1s);

  EXPECT_EQ(host.outcome(token).at, kStart + 600ms);
}

TEST(SidecarTimeoutTest, StopsLimitingATryOnceItsHeadersAreThere) {
  Route route = retrying(kRetryOn5xx, 1);
  route.retry->per_try_timeout = 100ms;
  Host host(route);
  const std::uint64_t token = host.request();
  host.respond(token, 200, false);

  host.run_for(1s);
  host.end_response(token);

  EXPECT_EQ(host.text(token), "200 -");
}

TEST(SidecarTimeoutTest, CoversWhatFollowsATryThatItsOwnLimitHasCovered) {
  // The route's timer is armed only when no try's timer comes first; the moment must not move.
  Route route = retrying(kRetryOn5xx, 1, 0ns);
  route.retry->per_try_timeout = 100ms;
  route.timeout = 300ms;
  Host body(route);
  const std::uint64_t slow_body = body.request();
  body.run_for(50ms);
  body.respond(slow_body, 200, false);
  body.run_for(1s);
  EXPECT_EQ(body.text(slow_body), "reset UT");
  EXPECT_EQ(body.outcome(slow_body).at, kStart + 300ms);

  route.retry->backoff_base = route.retry->backoff_max = 100s;
  Host waiting(route);
  const std::uint64_t backing_off = waiting.request();
  waiting.run_for(50ms);
  waiting.respond(backing_off, 503);
  waiting.run_for(1s);
  EXPECT_EQ(waiting.text(backing_off), "504 UT");
  EXPECT_EQ(waiting.outcome(backing_off).at, kStart + 300ms);

  Host pending(route);
  pending.connects = false;
  const std::uint64_t queued = pending.request();
  pending.run_for(1s);
  EXPECT_EQ(pending.outcome(queued).at, kStart + 300ms);
}

TEST(SidecarTimeoutTest, IgnoresATryLimitThatIsNotShorterThanTheRoutes) {
  Route route = retrying(kRetryOn5xx, 1);
  route.retry->per_try_timeout = 1s;
  route.timeout = 1s;
  Host host(route);

  const std::uint64_t token = host.request();
  host.run_for(5s);

  EXPECT_EQ(host.text(token), "504 UT");
  EXPECT_EQ(host.outcome(token).attempts, 1U);
}

TEST(SidecarTimeoutTest, EndsAnIdleStreamBeforeItsHeaders) {
  Route route = route_to();
  route.timeout = 0ns;
  route.idle_timeout = 2s;
  Host host(route);

  const std::uint64_t token = host.request();
  host.run_for(5s);

  EXPECT_EQ(host.text(token), "504 SI");
  EXPECT_EQ(host.outcome(token).at, kStart + 2s);
}

TEST(SidecarTimeoutTest, CountsIdlenessFromTheLastActivity) {
  Route route = route_to();
  route.timeout = 0ns;
  route.idle_timeout = 2s;
  Host host(route);
  const std::uint64_t token = host.request();
  host.run_for(1s);
  host.respond(token, 200, false);
  host.run_for(1500ms);
  host.sidecar->on_response_activity(host.now, host.last_sent(token).attempt);

  host.run_until(kStart + 4500ms - 1ns);
  EXPECT_EQ(host.text(token), "200 -");
  host.run_until(kStart + 4500ms);

  EXPECT_EQ(host.text(token), "reset SI");
  EXPECT_TRUE(host.worker.deadlines.empty());
}

TEST(SidecarTimeoutTest, LetsTheShorterOfRouteAndIdleTimeoutWin) {
  Route route = route_to();
  route.timeout = 3s;
  route.idle_timeout = 1s;
  Host idle(route);
  route.idle_timeout = 3s;
  Host total(route);

  const std::uint64_t a = idle.request();
  const std::uint64_t b = total.request();
  idle.run_for(5s);
  total.run_for(5s);

  EXPECT_EQ(idle.text(a), "504 SI");
  EXPECT_EQ(total.text(b), "504 UT");
}

}  // namespace
}  // namespace shaketable::proxy
