// Models (a) and (b) on SimGrid's S4U (libsimgrid-dev). (a): one actor for arrivals, one for the
// server. (b): one actor per request that sleeps and takes semaphores, the fastest of the forms
// that were tried; a timeout is a kernel timer that is set and removed for each call.
//   simgrid_peer a|b REQUESTS
#include <array>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <vector>

#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>

#include "tests/bench/sim/peer.h"

namespace {

namespace sg = simgrid::s4u;
using simgrid::kernel::timer::Timer;

peer::Rng rng(1);
peer::Tally tally;
std::uint64_t requests = 0;

double milliseconds_since(double start) { return (sg::Engine::get_clock() - start) * 1e3; }

/// The mean service time of (a) is 1 ms as elsewhere; SimGrid's unit is the second.
void start_single_server(sg::Host* host) {
  static std::deque<double> waiting;
  const sg::SemaphorePtr arrivals = sg::Semaphore::create(0);
  sg::Actor::create("source", host, [arrivals] {
    for (std::uint64_t i = 0; i < requests; ++i) {
      sg::this_actor::sleep_for(rng.exponential(1e-3 / 0.7));
      waiting.push_back(sg::Engine::get_clock());
      arrivals->release();
    }
  });
  sg::Actor::create("server", host, [arrivals] {
    for (std::uint64_t i = 0; i < requests; ++i) {
      arrivals->acquire();
      sg::this_actor::sleep_for(rng.exponential(1e-3));
      tally.add_latency_ms(milliseconds_since(waiting.front()));
      ++tally.hops;
      waiting.pop_front();
    }
  });
}

struct Service {
  std::array<sg::SemaphorePtr, 3> workers;
  std::size_t next_instance = 0;
  std::vector<std::size_t> callees;
};
std::array<Service, 10> services;

void call(std::size_t target) {
  constexpr double kNetwork = 250e-6;
  Service& service = services[target];
  sg::Semaphore& workers = *service.workers[service.next_instance];
  service.next_instance = (service.next_instance + 1) % 3;
  ++tally.hops;
  Timer* const timeout = Timer::set(sg::Engine::get_clock() + 1.0, [] { ++tally.timeouts; });
  sg::this_actor::sleep_for(kNetwork);
  workers.acquire();
  sg::this_actor::sleep_for(rng.exponential(1e-3));
  for (const std::size_t callee : service.callees) {
    call(callee);
  }
  workers.release();
  sg::this_actor::sleep_for(kNetwork);
  timeout->remove();
}

void start_ten_services(sg::Host* host) {
  for (std::size_t i = 0; i < services.size(); ++i) {
    for (sg::SemaphorePtr& workers : services[i].workers) {
      workers = sg::Semaphore::create(i == 0 ? 32 : (i < 4 ? 8 : 1));
    }
    if (i == 0) {
      services[i].callees = {1, 2, 3};
    } else if (i < 4) {
      services[i].callees = {2 + 2 * i, 3 + 2 * i};
    }
  }
  sg::Actor::create("source", host, [host] {
    for (std::uint64_t i = 0; i < requests; ++i) {
      sg::this_actor::sleep_for(rng.exponential(5e-4));
      sg::Actor::create("request", host, [] {
        const double start = sg::Engine::get_clock();
        call(0);
        tally.add_latency_ms(milliseconds_since(start));
      });
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: simgrid_peer a|b REQUESTS\n");
    return 2;
  }
  const char model = argv[1][0];
  requests = std::strtoull(argv[2], nullptr, 10);
  std::array<std::string, 3> options = {argv[0], "--cfg=contexts/stack-size:16",
                                        "--log=root.thresh:critical"};
  std::array<char*, 4> arguments = {options[0].data(), options[1].data(), options[2].data(),
                                    nullptr};
  int count = 3;
  sg::Engine engine(&count, arguments.data());
  sg::NetZone* const zone = sg::create_full_zone("zone");
  sg::Host* const host = zone->create_host("host", 1e9);
  zone->seal();
  if (model == 'a') {
    start_single_server(host);
  } else {
    start_ten_services(host);
  }

  const double begin = peer::cpu_seconds();
  engine.run();
  peer::report("simgrid", model, tally, peer::cpu_seconds() - begin);
}
