#include "proxy/core/sidecar.h"

#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/core_fixture.h"

namespace shaketable::proxy {
namespace {

using support::cluster_with;
using support::config_with;
using support::CoreHost;
using support::hosts_of;
using support::route_to;

struct Host : CoreHost {
  using CoreHost::CoreHost;
  explicit Host(const Route& route, std::uint32_t hosts = 1)
      : CoreHost(config_with({cluster_with(hosts)}, {route})) {}
  ~Host() { EXPECT_EQ(checks.violations(), std::vector<std::string>()); }
};

CoreHost::Answer answer(std::uint16_t status, Duration after = 0ns) { return {status, after}; }

TEST(SidecarTest, ForwardsARequestAndItsResponse) {
  Host host(route_to());

  const std::uint64_t token = host.request();
  host.run_for(5ms);
  host.respond(token, 201);

  EXPECT_EQ(host.text(token), "201 -");
  EXPECT_EQ(host.outcome(token).attempts, 1U);
  EXPECT_EQ(host.outcome(token).at, kStart + 5ms);
  EXPECT_TRUE(host.worker.streams.empty());
  EXPECT_TRUE(host.worker.attempt_count() == 0);
}

TEST(SidecarTest, ForwardsTheHeadersFirstWhenABodyFollows) {
  Host host(route_to());
  const std::uint64_t token = host.request();

  host.respond(token, 200, false);
  EXPECT_EQ(host.text(token), "200 -");
  EXPECT_EQ(host.worker.streams.size(), 1U);
  host.end_response(token);

  EXPECT_TRUE(host.worker.streams.empty());
  EXPECT_EQ(host.cluster().breaker.requests, 0U);
}

TEST(SidecarTest, AnswersWithoutARouteWithNr) {
  ProxyConfig config = config_with({cluster_with(1)}, {});
  Host host(config);

  EXPECT_EQ(host.text(host.request()), "404 NR");
}

TEST(SidecarTest, KeepsInboundAndOutboundApart) {
  ProxyConfig config = config_with({cluster_with(1)}, {route_to()});
  Host host(config);
  RequestHead head;
  head.authority = "upstream.test";
  head.path = "/";

  EXPECT_EQ(host.text(host.request(head, Direction::kInbound)), "404 NR");
  EXPECT_EQ(host.text(host.request(head, Direction::kOutbound)), "open");
}

TEST(SidecarTest, AnswersWithoutAClusterWithNc) {
  Host none(route_to(kNoCluster));
  Route weightless = route_to();
  weightless.clusters = {{0, 0}, {0, 0}};
  Host zero(weightless);
  Route empty;
  Host nothing(empty);

  EXPECT_EQ(none.text(none.request()), "503 NC");
  EXPECT_EQ(zero.text(zero.request()), "503 NC");
  EXPECT_EQ(nothing.text(nothing.request()), "503 NC");
}

TEST(SidecarTest, AnswersWithoutAHostWithUh) {
  Host host(route_to(), 0);

  EXPECT_EQ(host.text(host.request()), "503 UH");
  EXPECT_EQ(host.count(RecordKind::kNoHealthyHost), 1U);
}

TEST(SidecarTest, AnswersRedirectsAndDirectResponsesItself) {
  Route redirect;
  redirect.match.path = {PathMatch::Kind::kPrefix, "/old"};
  redirect.action = Route::Action::kRedirect;
  redirect.redirect = Redirect{308, "", "", "/new", "", 0, false};
  Route direct;
  direct.action = Route::Action::kDirectResponse;
  direct.direct_response = DirectResponse{418, "teapot"};
  Host host(config_with({cluster_with(1)}, {redirect, direct}));

  EXPECT_EQ(host.text(host.request("/old/x")), "308 -");
  EXPECT_EQ(host.text(host.request("/")), "418 -");
  EXPECT_TRUE(host.sends.empty());
}

TEST(SidecarTest, SharesRequestsOutByWeight) {
  Route route;
  route.clusters = {{0, 90}, {1, 10}, {2, 0}};
  ClusterConfig v2 = cluster_with(1, "v2");
  v2.hosts = hosts_of({7});
  ClusterConfig v3 = cluster_with(1, "v3");
  v3.hosts = hosts_of({8});
  Host host(config_with({cluster_with(1, "v1"), v2, v3}, {route}));
  host.server = [](const auto&) { return answer(200); };
  std::map<std::uint32_t, int> counts;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t token = host.request();
    host.run_for(1us);
    ++counts[host.outcome(token).host];
  }

  EXPECT_NEAR(counts[7], 1000, 4 * std::sqrt(10'000 * 0.1 * 0.9));
  EXPECT_EQ(counts[0] + counts[7], 10'000);
}

TEST(SidecarTest, ForgetsARequestWhoseDownstreamIsGone) {
  Host host(route_to());
  const std::uint64_t token = host.request();

  host.downstream_reset(token);
  host.downstream_reset(token);

  EXPECT_EQ(host.text(token), "open");
  EXPECT_EQ(host.cancelled.size(), 1U);
  EXPECT_TRUE(host.worker.streams.empty());
  EXPECT_EQ(host.cluster().stats.upstream_rq_cancelled, 1U);
}

TEST(SidecarTest, NamesTheWayInWhichAnUpstreamFailed) {
  struct Case {
    ResetReason reason;
    const char* wanted;
  };
  for (const Case& c :
       {Case{ResetReason::kRemoteReset, "503 UR"}, Case{ResetReason::kRefusedStream, "503 UR"},
        Case{ResetReason::kConnectionTermination, "503 UC"},
        Case{ResetReason::kConnectFailure, "503 UF"}}) {
    Host host(route_to());
    const std::uint64_t token = host.request();

    host.reset(token, c.reason);

    EXPECT_EQ(host.text(token), c.wanted);
  }
}

TEST(SidecarTest, EndsAllRequestsOfAConnectionThatCloses) {
  ClusterConfig cluster = cluster_with(1);
  cluster.protocol = UpstreamProtocol::kHttp2;
  Host host(config_with({cluster}, {route_to()}));
  const std::uint64_t a = host.request();
  const std::uint64_t b = host.request();
  host.respond(b, 200, false);

  host.close(host.opened[0]);

  EXPECT_EQ(host.text(a), "503 UC");
  EXPECT_EQ(host.text(b), "reset UC") << "its response had begun";
  EXPECT_EQ(host.cluster().breaker.requests, 0U);
}

TEST(SidecarTest, ResetsTheDownstreamWhenAResponseBreaksOff) {
  Route route = route_to();
  route.retry = RetryPolicy{};
  route.retry->retry_on = kRetryOn5xx | kRetryOnReset;
  Host host(route);
  const std::uint64_t token = host.request();
  host.respond(token, 200, false);

  host.reset(token);

  EXPECT_EQ(host.text(token), "reset UR") << "nothing is retried once headers were forwarded";
  EXPECT_EQ(host.sends.size(), 1U);
}

TEST(SidecarTest, IgnoresLateAndRepeatedInputs) {
  Host host(route_to());
  const std::uint64_t token = host.request();
  const AttemptId attempt = host.last_sent(token).attempt;
  host.sidecar->on_response_end(host.now, attempt);  // before any headers
  EXPECT_EQ(host.text(token), "open");
  host.respond(token, 200, false);
  host.sidecar->on_response(host.now, attempt, {503, true, 0, false});
  EXPECT_TRUE(host.worker.actions().empty());
  host.end_response(token);

  host.sidecar->on_response(host.now, attempt, {});
  host.sidecar->on_response_activity(host.now, attempt);
  host.sidecar->on_response_end(host.now, attempt);
  host.sidecar->on_upstream_reset(host.now, attempt, ResetReason::kRemoteReset);
  host.sidecar->on_not_replayable(host.streams[token]);
  host.sidecar->on_downstream_reset(host.now, host.streams[token]);
  host.sidecar->on_response(host.now, kNoHandle, {});
  host.sidecar->on_downstream_reset(host.now, kNoHandle);

  EXPECT_TRUE(host.worker.actions().empty());
  EXPECT_EQ(host.text(token), "200 -");
}

// ---- faults -----------------------------------------------------------------------------------

Route faulty(const FaultPolicy& fault) {
  Route route = route_to();
  route.fault = fault;
  return route;
}

TEST(SidecarFaultTest, DelaysFirstAndForwardsThen) {
  FaultPolicy fault;
  fault.delay_ppm = kPpmOne;
  fault.fixed_delay = 2s;
  Host host(faulty(fault));

  const std::uint64_t token = host.request();
  EXPECT_TRUE(host.sends.empty());
  host.run_until(kStart + 2s);
  ASSERT_EQ(host.sends.size(), 1U);
  host.respond(token);

  EXPECT_EQ(host.sends[0].at, kStart + 2s);
  EXPECT_EQ(host.text(token), "200 DI");
}

TEST(SidecarFaultTest, AbortsAfterTheDelay) {
  FaultPolicy fault;
  fault.delay_ppm = fault.abort_ppm = kPpmOne;
  fault.fixed_delay = 1s;
  fault.abort_status = 429;
  Host host(faulty(fault));

  const std::uint64_t token = host.request();
  host.run_for(2s);

  EXPECT_EQ(host.text(token), "429 DI,FI");
  EXPECT_EQ(host.outcome(token).at, kStart + 1s);
  EXPECT_EQ(host.outcome(token).attempts, 0U);
}

TEST(SidecarFaultTest, AbortsAPart) {
  FaultPolicy fault;
  fault.abort_ppm = 250'000;
  Host host(faulty(fault));
  int aborted = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::uint64_t token = host.request();
    aborted += host.is_over(token) && host.text(token) == "503 FI" ? 1 : 0;
  }

  EXPECT_NEAR(aborted, 1000, 4 * std::sqrt(4000 * 0.25 * 0.75));
}

TEST(SidecarFaultTest, DoesNotTakeTheDelayFromTheRouteTimeout) {
  FaultPolicy fault;
  fault.delay_ppm = kPpmOne;
  fault.fixed_delay = 3s;
  Route route = faulty(fault);
  route.timeout = 1s;
  Host host(route);

  const std::uint64_t token = host.request();
  host.run_for(10s);

  EXPECT_EQ(host.text(token), "504 UT,DI");
  EXPECT_EQ(host.outcome(token).at, kStart + 4s);
}

TEST(SidecarFaultTest, LimitsFaultsThatAreActiveAtOnce) {
  FaultPolicy fault;
  fault.delay_ppm = kPpmOne;
  fault.fixed_delay = 1s;
  fault.max_active_faults = 2;
  Host host(faulty(fault));
  for (int i = 0; i < 5; ++i) {
    host.request();
  }
  EXPECT_EQ(host.sends.size(), 3U);

  host.run_for(1s);
  host.request();

  EXPECT_EQ(host.sends.size(), 5U) << "the two delayed ones went on, the new one is delayed";
}

TEST(SidecarFaultTest, FreesTheFaultOfADownstreamThatLeaves) {
  FaultPolicy fault;
  fault.delay_ppm = kPpmOne;
  fault.fixed_delay = 1s;
  fault.max_active_faults = 1;
  Host host(faulty(fault));

  host.downstream_reset(host.request());
  const std::uint64_t token = host.request();
  EXPECT_EQ(host.sends_of(token), 0U) << "the place is free again";
  host.downstream_reset(token);

  EXPECT_TRUE(host.worker.streams.empty());
  EXPECT_EQ(host.worker.deadlines.size(), 0U);
}

// ---- the end ----------------------------------------------------------------------------------

TEST(WorkerTest, ForgetsWhatIsUnderWayBeforeItsSidecarsEnd) {
  FaultPolicy fault;
  fault.delay_ppm = kPpmOne / 2;
  fault.fixed_delay = 1s;
  Host host(faulty(fault));
  for (int i = 0; i < 8; ++i) {
    host.request();
  }
  ASSERT_FALSE(host.worker.streams.empty());
  ASSERT_FALSE(host.worker.deadlines.empty());

  host.worker.forget_all();

  EXPECT_TRUE(host.worker.streams.empty() && host.worker.attempt_count() == 0);
  EXPECT_TRUE(host.worker.connections.empty() && host.worker.deadlines.empty());
}  // the sidecar ends here, and finds nothing of its own

// ---- mirrors ----------------------------------------------------------------------------------

struct MirrorHost : Host {
  explicit MirrorHost(std::uint32_t ppm = kPpmOne, std::uint32_t shadows = 1)
      : Host(config(ppm, shadows)) {}
  static ProxyConfig config(std::uint32_t ppm, std::uint32_t shadows) {
    Route route = route_to();
    route.mirrors = {{1, ppm}};
    ClusterConfig shadow = cluster_with(shadows, "shadow");
    if (shadows > 0) {
      shadow.hosts = hosts_of({9});
    }
    return config_with({cluster_with(1), shadow}, {route});
  }
  [[nodiscard]] std::vector<Sent> mirrored() const {
    std::vector<Sent> result;
    for (const Sent& sent : sends) {
      if ((sent.flags & kSendMirror) != 0) {
        result.push_back(sent);
      }
    }
    return result;
  }
};

TEST(SidecarMirrorTest, SendsACopyAndDiscardsItsResponse) {
  MirrorHost host;
  const std::uint64_t token = host.request();
  ASSERT_EQ(host.mirrored().size(), 1U);
  EXPECT_EQ(host.mirrored()[0].host, 9U);
  EXPECT_EQ(host.mirrored()[0].token, token);

  host.respond(host.mirrored()[0].attempt, {503, true, 0, false});
  EXPECT_EQ(host.text(token), "open");
  host.respond(token);

  EXPECT_EQ(host.text(token), "200 -");
  EXPECT_EQ(host.outcome(token).attempts, 1U);
}

TEST(SidecarMirrorTest, LetsTheCopyOutliveTheRequest) {
  MirrorHost host;
  const std::uint64_t token = host.request();
  host.respond(token);
  EXPECT_EQ(host.cluster(1).breaker.requests, 1U);

  host.respond(host.mirrored()[0].attempt, {200, false, 0, false});
  EXPECT_EQ(host.cluster(1).breaker.requests, 1U);
  host.checks.attempt_ends(host.mirrored()[0].attempt);
  host.sidecar->on_response_end(host.now, host.mirrored()[0].attempt);

  EXPECT_EQ(host.cluster(1).breaker.requests, 0U);
}

TEST(SidecarMirrorTest, CancelsACopyThatTakesLongerThanTheRouteAllows) {
  MirrorHost host;
  host.respond(host.request());

  host.run_for(15s);

  EXPECT_EQ(host.cancelled, std::vector<AttemptId>{host.mirrored()[0].attempt});
  EXPECT_TRUE(host.worker.attempt_count() == 0);
}

TEST(SidecarMirrorTest, CopiesAPart) {
  MirrorHost host(100'000);
  for (int i = 0; i < 5000; ++i) {
    host.request();
  }

  EXPECT_NEAR(static_cast<double>(host.mirrored().size()), 500, 4 * std::sqrt(450.0));
}

TEST(SidecarMirrorTest, DoesWithoutWhenTheShadowHasNoHost) {
  MirrorHost host(kPpmOne, 0);

  const std::uint64_t token = host.request();
  host.respond(token);

  EXPECT_EQ(host.text(token), "200 -");
}

// ---- health -----------------------------------------------------------------------------------

TEST(SidecarHealthTest, TakesAGrpcFailureForTheStatusThatItMapsTo) {
  for (const auto& [grpc_status, ejections] : {std::pair(14, 1U), std::pair(3, 0U)}) {
    ClusterConfig cluster = cluster_with(2);
    cluster.outlier_detection = OutlierDetection{};
    cluster.outlier_detection->max_ejection_percent = 100;
    cluster.outlier_detection->consecutive_5xx = 1;
    Host host(config_with({cluster}, {route_to()}));
    const std::uint64_t token = host.request();
    host.run_for(1ms);

    host.respond(host.last_sent(token).attempt,
                 {.status = 200, .grpc_status = static_cast<std::uint8_t>(grpc_status)});

    EXPECT_EQ(host.text(token), "200 -");
    EXPECT_EQ(host.count(RecordKind::kEjected), ejections) << "UNAVAILABLE is a 503, "
                                                              "INVALID_ARGUMENT a 400";
  }
}

TEST(SidecarHealthTest, SendsNothingToAnEjectedHost) {
  ClusterConfig cluster = cluster_with(4);
  cluster.outlier_detection = OutlierDetection{};
  cluster.outlier_detection->max_ejection_percent = 50;
  Host host(config_with({cluster}, {route_to()}));
  host.server = [](const auto& sent) { return answer(sent.host == 2 ? 503 : 200); };
  for (int i = 0; i < 100; ++i) {
    host.request();
    host.run_for(1ms);
  }
  EXPECT_EQ(host.count(RecordKind::kEjected), 1U);
  EXPECT_EQ(host.cluster().ejected_count(), 1U);
  const auto to_bad_host = [&host] {
    return std::count_if(host.sends.begin(), host.sends.end(),
                         [](const auto& sent) { return sent.host == 2; });
  };
  EXPECT_EQ(to_bad_host(), 5);

  host.run_until(kStart + 40s);  // the first tick after 30 s
  for (int i = 0; i < 8; ++i) {
    host.request();
    host.run_for(1ms);
  }

  EXPECT_EQ(host.count(RecordKind::kUnejected), 1U);
  EXPECT_EQ(to_bad_host(), 7);
}

TEST(SidecarHealthTest, UsesAllHostsInPanicAndSaysSo) {
  ClusterConfig cluster = cluster_with(4);
  cluster.outlier_detection = OutlierDetection{};
  cluster.outlier_detection->max_ejection_percent = 100;
  cluster.outlier_detection->consecutive_5xx = 1;
  Host host(config_with({cluster}, {route_to()}));
  host.server = [](const auto& sent) { return answer(sent.host < 3 ? 503 : 200); };
  for (int i = 0; i < 20; ++i) {
    host.request();
    host.run_for(1ms);
  }
  EXPECT_EQ(host.cluster().ejected_count(), 3U);
  EXPECT_TRUE(host.cluster().in_panic()) << "1 of 4 is below 50 %";
  ASSERT_EQ(host.count(RecordKind::kPanicEntered), 1U);

  host.sends.clear();
  for (int i = 0; i < 8; ++i) {
    host.request();
  }
  std::map<std::uint32_t, int> counts;
  for (const auto& sent : host.sends) {
    ++counts[sent.host];
  }
  EXPECT_EQ(counts, (std::map<std::uint32_t, int>{{0, 2}, {1, 2}, {2, 2}, {3, 2}}));

  host.run_until(kStart + 60s);
  EXPECT_FALSE(host.cluster().in_panic());
  EXPECT_EQ(host.count(RecordKind::kPanicLeft), 1U);
}

TEST(SidecarHealthTest, HasNoHealthyHostWhenPanicIsOff) {
  ClusterConfig cluster = cluster_with(2);
  cluster.outlier_detection = OutlierDetection{};
  cluster.outlier_detection->max_ejection_percent = 100;
  cluster.outlier_detection->consecutive_5xx = 1;
  cluster.panic_threshold_percent = 0;
  Host host(config_with({cluster}, {route_to()}));
  host.server = [](const auto&) { return answer(500); };
  host.request();
  host.run_for(1ms);
  host.request();
  host.run_for(1ms);

  EXPECT_EQ(host.text(host.request()), "503 UH");
  EXPECT_FALSE(host.cluster().in_panic());
}

TEST(SidecarHealthTest, EjectsForFailedConnectsAndTimeouts) {
  ClusterConfig cluster = cluster_with(2);
  cluster.outlier_detection = OutlierDetection{};
  cluster.outlier_detection->max_ejection_percent = 50;
  cluster.outlier_detection->consecutive_5xx = 2;
  Route route = route_to();
  route.timeout = 1s;
  Host host(config_with({cluster}, {route}));
  host.connects = false;
  host.request();
  host.request();
  host.connect(host.opened[1]);
  host.fail_connect(host.opened[0]);
  host.request();
  host.request();
  host.fail_connect(host.opened[2]);

  EXPECT_EQ(host.cluster().ejected_count(), 1U);
}

}  // namespace
}  // namespace shaketable::proxy
