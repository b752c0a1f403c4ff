#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/core/sidecar.h"
#include "tests/support/core_fixture.h"

// Random configurations, random inputs (late and repeated ones among them) in virtual time. After
// each run everything has to be back where it was.
namespace shaketable::proxy {
namespace {

using support::CoreHost;

std::uint32_t pick(Rng& rng, std::initializer_list<std::uint32_t> values) {
  return values.begin()[rng.below(values.size())];
}
Duration pick_ms(Rng& rng, std::initializer_list<std::uint32_t> values) {
  return std::chrono::milliseconds(pick(rng, values));
}

OutlierDetection random_detection(Rng& rng) {
  OutlierDetection detection;
  detection.consecutive_5xx = pick(rng, {0, 1, 3, 5});
  detection.enforcing_consecutive_gateway_failure = pick(rng, {0, 50, 100});
  detection.split_external_local_origin_errors = rng.below(2) == 0;
  detection.interval = pick_ms(rng, {10, 100, 1000});
  detection.base_ejection_time = pick_ms(rng, {10, 300});
  detection.max_ejection_percent = pick(rng, {10, 50, 100});
  detection.max_ejection_time_jitter = pick_ms(rng, {0, 50});
  detection.always_eject_one_host = rng.below(2) == 0;
  detection.enforcing_success_rate = pick(rng, {0, 100});
  detection.success_rate_request_volume = 5;
  detection.enforcing_failure_percentage = pick(rng, {0, 100});
  detection.failure_percentage_request_volume = 5;
  return detection;
}

ClusterConfig random_cluster(Rng& rng, const std::string& name, UpstreamProtocol protocol) {
  ClusterConfig cluster = support::cluster_with(0, name);
  cluster.protocol = protocol;
  auto hosts = std::make_shared<HostSet>();
  for (std::uint32_t id = 0; id < 5; ++id) {
    if (rng.below(4) != 0) {
      hosts->push_back({id, pick(rng, {1, 1, 3})});
    }
  }
  cluster.hosts = hosts;
  cluster.lb_policy = static_cast<LbPolicy>(rng.below(3));
  cluster.full_scan = rng.below(2) == 0;
  cluster.max_concurrent_streams = pick(rng, {1, 2, 100});
  cluster.max_requests_per_connection = pick(rng, {0, 1, 3});
  cluster.connect_timeout = pick_ms(rng, {0, 5, 50});
  cluster.pool_idle_timeout = pick_ms(rng, {0, 7, 500});
  cluster.circuit_breakers.max_connections = pick(rng, {1, 3, 1024});
  cluster.circuit_breakers.max_pending_requests = pick(rng, {0, 1, 5, 1024});
  cluster.circuit_breakers.max_requests = pick(rng, {1, 4, 1024});
  cluster.circuit_breakers.max_retries = pick(rng, {0, 1, 3});
  if (rng.below(3) == 0) {
    cluster.circuit_breakers.retry_budget = RetryBudget{};
  }
  if (rng.below(2) == 0) {
    cluster.outlier_detection = random_detection(rng);
  }
  cluster.panic_threshold_percent = pick(rng, {0, 50});
  return cluster;
}

Route random_route(Rng& rng) {
  Route route;
  route.clusters = {{0, 3}, {1, 1}};
  if (rng.below(10) == 0) {
    route.clusters = {{kNoCluster, 1}};
  }
  route.timeout = pick_ms(rng, {0, 20, 200});
  route.idle_timeout = pick_ms(rng, {0, 15, 100});
  if (rng.below(3) != 0) {
    route.retry = RetryPolicy{};
    route.retry->retry_on = static_cast<std::uint32_t>(rng.below(1U << 13));
    route.retry->num_retries = pick(rng, {0, 1, 3});
    route.retry->per_try_timeout = pick_ms(rng, {0, 5, 50});
    route.retry->backoff_base = pick_ms(rng, {0, 3});
    route.retry->previous_hosts = rng.below(2) == 0;
  }
  if (rng.below(3) == 0) {
    route.fault = FaultPolicy{};
    route.fault->delay_ppm = pick(rng, {0, 300'000, 1'000'000});
    route.fault->fixed_delay = pick_ms(rng, {0, 10});
    route.fault->abort_ppm = pick(rng, {0, 300'000});
    route.fault->max_active_faults = pick(rng, {1, kUnlimited});
  }
  if (rng.below(3) == 0) {
    route.mirrors = {{1, 500'000}};
  }
  return route;
}

class Swarm {
 public:
  explicit Swarm(std::uint64_t seed)
      : rng_(seed),
        protocol_(rng_.below(2) == 0 ? UpstreamProtocol::kHttp1 : UpstreamProtocol::kHttp2),
        host_(random_config(), seed) {
    // Limits of connections come with their configuration; the checks know the greatest one.
    host_.checks.max_streams = protocol_ == UpstreamProtocol::kHttp1 ? 1 : 100;
    host_.connects = false;
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      check_counters();
    }
  }

  /// Stops giving requests, answers what is open, and expects that nothing is left.
  void wind_down() {
    for (int round = 0; round < 2000 && !is_quiet(); ++round) {
      for (const auto& [id, connection] : std::map(host_.checks.connections())) {
        if (!connection.is_open && host_.checks.connections().count(id) != 0) {
          host_.connect(id);
        }
      }
      for (const auto& [id, attempt] : std::map(host_.checks.attempts())) {
        if (host_.checks.attempts().count(id) != 0) {
          finish(id, attempt);
        }
      }
      host_.run_for(10ms);
    }
    EXPECT_TRUE(is_quiet());
    host_.push(ProxyConfig{});  // retires every cluster: connections close, timers stop
    for (const auto& [id, connection] : std::map(host_.checks.connections())) {
      host_.connect(id);  // those that nobody has waited for any more
    }
    EXPECT_TRUE(host_.worker.streams.empty());
    EXPECT_TRUE(host_.worker.attempt_count() == 0);
    EXPECT_TRUE(host_.worker.connections.empty());
    EXPECT_TRUE(host_.worker.deadlines.empty()) << host_.worker.deadlines.size();
    EXPECT_TRUE(host_.checks.waiting_streams().empty());
    EXPECT_TRUE(host_.checks.connections().empty());
    EXPECT_EQ(host_.checks.violations(), std::vector<std::string>());
  }
  [[nodiscard]] const CoreHost& host() const { return host_; }

 private:
  ProxyConfig random_config() {
    ProxyConfig config;
    config.clusters = {random_cluster(rng_, "a", protocol_), random_cluster(rng_, "b", protocol_)};
    if (rng_.below(4) == 0) {
      std::swap(config.clusters[0], config.clusters[1]);
    }
    config.outbound = {{"all", {"*"}, {random_route(rng_)}}};
    return config;
  }

  void step() {
    switch (rng_.below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        old_streams_.push_back(host_.streams[host_.request("/", rng_.below(5) != 0)]);
        return;
      case 5:
      case 6:
        host_.run_for(Duration(static_cast<std::int64_t>(rng_.below(8'000'000))));
        return;
      case 7:
      case 8:
        connection_news();
        return;
      case 9:
      case 10:
      case 11:
      case 12:
        attempt_news();
        return;
      case 13:
        stale_news();
        return;
      case 14:
        if (const auto tokens = host_.checks.waiting_streams(); !tokens.empty()) {
          host_.downstream_reset(tokens[rng_.below(tokens.size())]);
        }
        return;
      default:
        change_config();
        return;
    }
  }

  void connection_news() {
    const auto& all = host_.checks.connections();
    if (all.empty()) {
      return;
    }
    auto it = all.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(rng_.below(all.size())));
    const ConnectionId id = it->first;
    old_connections_.push_back(id);
    if (!it->second.is_open && rng_.below(4) != 0) {
      host_.connect(id);
    } else if (!it->second.is_open) {
      host_.fail_connect(id);
    } else if (rng_.below(6) == 0) {
      host_.close(id);
    }
  }

  void attempt_news() {
    const auto& all = host_.checks.attempts();
    if (all.empty()) {
      return;
    }
    auto it = all.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(rng_.below(all.size())));
    const AttemptId id = it->first;
    const support::CheckingDriver::Attempt attempt = it->second;
    old_attempts_.push_back(id);
    if (attempt.has_headers && rng_.below(3) == 0) {
      host_.sidecar->on_response_activity(host_.now, id);
    } else if (rng_.below(5) == 0) {
      host_.checks.attempt_ends(id);
      host_.sidecar->on_upstream_reset(host_.now, id, static_cast<ResetReason>(rng_.below(4)));
      host_.settle();
    } else {
      finish(id, attempt);
    }
  }

  void finish(AttemptId id, const support::CheckingDriver::Attempt& attempt) {
    if (!attempt.has_headers) {
      ResponseHead head;
      head.status = static_cast<std::uint16_t>(pick(rng_, {200, 200, 200, 404, 409, 500, 503}));
      head.end_stream = rng_.below(3) != 0;
      head.grpc_status = static_cast<std::uint8_t>(pick(rng_, {0, 0, 14}));
      head.rate_limited = rng_.below(20) == 0;
      host_.respond(id, head);
      return;
    }
    host_.checks.attempt_ends(id);
    if (!attempt.is_mirror) {
      host_.checks.stream_completes(attempt.token);
    }
    host_.sidecar->on_response_end(host_.now, id);
    host_.settle();
  }

  /// Inputs about things that have ended, mostly; those about living ones would need a reason.
  void stale_news() {
    const auto one_of = [this](const std::vector<std::uint64_t>& all) {
      return all.empty() ? kNoHandle : all[rng_.below(all.size())];
    };
    const AttemptId attempt = one_of(old_attempts_);
    if (host_.checks.attempts().count(attempt) == 0) {
      host_.sidecar->on_response(host_.now, attempt, {});
      host_.sidecar->on_response_end(host_.now, attempt);
      host_.sidecar->on_response_activity(host_.now, attempt);
      host_.sidecar->on_upstream_reset(host_.now, attempt, ResetReason::kRemoteReset);
    }
    const ConnectionId connection = one_of(old_connections_);
    const auto found = host_.checks.connections().find(connection);
    if (found == host_.checks.connections().end()) {
      host_.sidecar->on_connection_closed(host_.now, connection);
      host_.sidecar->on_connect_failed(host_.now, connection);
    }
    if (found == host_.checks.connections().end() || found->second.is_open) {
      host_.sidecar->on_connected(host_.now, connection);
    }
    host_.sidecar->on_not_replayable(one_of(old_streams_));
    host_.worker.on_deadline(host_.now);
    host_.settle();
  }

  void change_config() {
    if (rng_.below(4) == 0) {
      host_.push(random_config());
      return;
    }
    auto hosts = std::make_shared<HostSet>();
    for (std::uint32_t id = 0; id < 6; ++id) {
      if (rng_.below(3) != 0) {
        hosts->push_back({id, pick(rng_, {1, 1, 1, 2})});
      }
    }
    host_.set_hosts(hosts, static_cast<ClusterIndex>(rng_.below(2)));
  }

  [[nodiscard]] bool is_quiet() const {
    return host_.worker.streams.empty() && host_.worker.attempt_count() == 0;
  }

  /// The breakers of the two clusters never count less or more than there is.
  void check_counters() {
    std::uint64_t requests = 0;
    std::uint64_t connections = 0;
    for (ClusterIndex index = 0; index < 2; ++index) {
      if (const UpstreamCluster* cluster = host_.sidecar->cluster(index)) {
        requests += cluster->breaker.requests;
        connections += cluster->breaker.connections;
        ASSERT_LE(cluster->breaker.retries, host_.worker.streams.size());
        ASSERT_LE(cluster->breaker.pending_requests, host_.worker.attempt_count());
        ASSERT_LE(cluster->ejected_count(), cluster->host_count());
      }
    }
    // Both names are always configured, so that no cluster is ever retired here.
    ASSERT_EQ(requests, host_.checks.attempts().size());
    ASSERT_EQ(connections, host_.checks.connections().size());
  }

  Rng rng_;
  UpstreamProtocol protocol_;
  CoreHost host_;
  std::vector<std::uint64_t> old_attempts_, old_connections_, old_streams_;
};

TEST(SidecarSwarmTest, SurvivesRandomInputsAndReturnsEverything) {
  std::size_t requests = 0;
  std::size_t sends = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Swarm swarm(seed);
    swarm.run(400);
    swarm.wind_down();
    requests += swarm.host().streams.size();
    sends += swarm.host().sends.size();
    if (testing::Test::HasFailure()) {
      return;
    }
  }
  EXPECT_GT(requests, 40'000U);
  EXPECT_GT(sends, 10'000U);
}

TEST(SidecarSwarmTest, RepeatsItselfExactly) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Swarm first(seed);
    Swarm second(seed);
    first.run(300);
    second.run(300);

    EXPECT_EQ(first.host().sidecar->draws(), second.host().sidecar->draws());
    ASSERT_EQ(first.host().sends.size(), second.host().sends.size());
    for (std::size_t i = 0; i < first.host().sends.size(); ++i) {
      ASSERT_EQ(first.host().sends[i].at, second.host().sends[i].at);
      ASSERT_EQ(first.host().sends[i].attempt, second.host().sends[i].attempt);
    }
  }
}

}  // namespace
}  // namespace shaketable::proxy
