// What the sidecar core costs for a hop: the caller's sidecar and the callee's, all policies on,
// request and response, without simulator, network or application.
//
//   core_bench [HOPS [IN_FLIGHT [PAIRS]]]
//
// Instructions, from the difference of two runs (start-up cancels out):
//   for n in 100000 200000; do
//     valgrind --tool=callgrind --callgrind-out-file=/dev/null build/release/bin/core_bench $n
//   done

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "proxy/base/fifo_ring.h"
#include "proxy/core/sidecar.h"

namespace {

using namespace shaketable::proxy;  // NOLINT(google-build-using-namespace)

ProxyConfig caller_config() {
  ClusterConfig cluster;
  cluster.name = "payment";
  cluster.lb_policy = LbPolicy::kLeastRequest;
  cluster.circuit_breakers = {.max_connections = kUnlimited,
                              .max_pending_requests = kUnlimited,
                              .max_requests = kUnlimited,
                              .max_retries = 3,
                              .retry_budget = RetryBudget{}};
  cluster.outlier_detection = OutlierDetection{};
  cluster.hosts = std::make_shared<const HostSet>(HostSet{{0, 1}, {1, 1}, {2, 1}});
  Route route;
  route.match.path = {PathMatch::Kind::kPrefix, "/charge"};
  route.clusters = {{0, 1}};
  route.timeout = 800ms;
  route.retry = RetryPolicy{};
  route.retry->retry_on = kRetryOn5xx | kRetryOnReset;
  route.retry->num_retries = 2;
  route.retry->per_try_timeout = 250ms;
  route.retry->previous_hosts = true;
  route.fault = FaultPolicy{};
  route.fault->delay_ppm = 100;
  route.fault->fixed_delay = 5ms;
  route.fault->abort_ppm = 100;
  ProxyConfig config;
  config.clusters = {cluster};
  config.outbound = {{"payment", {"payment.shop"}, {route}}};
  return config;
}

ProxyConfig callee_config() {
  ClusterConfig local;
  local.name = "application";
  local.hosts = std::make_shared<const HostSet>(HostSet{{99, 1}});
  Route route;
  route.clusters = {{0, 1}};
  ProxyConfig config;
  config.clusters = {local};
  config.inbound = {{"application", {"*"}, {route}}};
  return config;
}

/// Pairs of sidecars on one worker; the application answers in the order of arrival once
/// `in_flight` requests are with it.
class Bench {
 public:
  explicit Bench(std::uint32_t pairs) {
    const auto caller = std::make_shared<CompiledConfig>(caller_config());
    const auto callee = std::make_shared<CompiledConfig>(callee_config());
    const Rng master(1);
    for (std::uint32_t i = 0; i < pairs; ++i) {
      sidecars_.push_back(std::make_unique<Sidecar>(worker_, 2 * i, caller, master, kStart));
      sidecars_.push_back(std::make_unique<Sidecar>(worker_, 2 * i + 1, callee, master, kStart));
    }
  }

  void run(std::uint64_t hops, std::uint64_t in_flight) {
    RequestHead head;
    head.method = "POST";
    head.authority = "payment.shop";
    head.path = "/charge";
    head.shape = 0;
    const std::uint64_t end = hops_ + hops;
    while (hops_ < end) {
      now_ += 20us;
      if (worker_.next_deadline() <= now_) {
        worker_.on_deadline(now_);
        carry_out(head);
      }
      caller_ = caller_ + 2 == sidecars_.size() ? 0 : caller_ + 2;
      sidecars_[caller_]->on_request(now_, Direction::kOutbound, head, kNoHandle);
      carry_out(head);
      while (working_.size() > in_flight) {
        const Working next = working_.front();
        working_.pop_front();
        sidecars_[next.proxy]->on_response(now_, next.attempt, {});
        carry_out(head);
      }
    }
  }

 private:
  struct Working {
    std::uint32_t proxy;
    AttemptId attempt;
  };

  void carry_out(const RequestHead& head) {
    ActionList& actions = worker_.actions();
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const Action action = actions[i];
      const bool is_callee = action.proxy % 2 == 1;
      switch (action.kind) {
        case ActionKind::kOpenConnection:
          sidecars_[action.proxy]->on_connected(now_, action.connection);
          break;
        case ActionKind::kSendRequest:
          if (is_callee) {
            working_.push_back({action.proxy, action.attempt});
          } else {
            sidecars_[action.proxy + 1]->on_request(now_, Direction::kInbound, head,
                                                    action.attempt);
          }
          break;
        case ActionKind::kForwardResponse:
        case ActionKind::kLocalReply:
          if (is_callee) {
            sidecars_[action.proxy - 1]->on_response(now_, action.token, {});
          } else {
            ++hops_;
          }
          break;
        case ActionKind::kCloseConnection:
        case ActionKind::kCancelAttempt:
        case ActionKind::kResetDownstream:
          break;
      }
    }
    actions.clear();
    worker_.telemetry().clear();
  }

  Worker worker_;
  std::vector<std::unique_ptr<Sidecar>> sidecars_;
  FifoRing<Working> working_;
  Instant now_ = kStart;
  std::size_t caller_ = 0;
  std::uint64_t hops_ = 0;
};

std::uint64_t argument(int count, char** values, int index, std::uint64_t otherwise) {
  return index < count ? std::strtoull(values[index], nullptr, 10) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t hops = argument(argc, argv, 1, 3'000'000);
  const std::uint64_t in_flight = argument(argc, argv, 2, 1000);
  const auto pairs = static_cast<std::uint32_t>(argument(argc, argv, 3, 8));
  Bench bench(pairs);
  bench.run(20'000, in_flight);  // warm-up
  const auto start = std::chrono::steady_clock::now();
  bench.run(hops, in_flight);
  const auto took = std::chrono::steady_clock::now() - start;
  std::printf(
      "core: %.1f ns a hop (both sidecars, request and response), %llu in flight, %u pairs\n",
      std::chrono::duration<double, std::nano>(took).count() / static_cast<double>(hops),
      static_cast<unsigned long long>(in_flight), pairs);
  return 0;
}
