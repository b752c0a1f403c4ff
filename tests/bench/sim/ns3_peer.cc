// Models (a) and (b) on the event core of ns-3 (libns3-dev): Simulator::Schedule and EventId.
//   ns3_peer a|b REQUESTS [map|heap|pq|calendar] [cancel|remove]
#include <array>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include <ns3/event-id.h>
#include <ns3/nstime.h>
#include <ns3/object-factory.h>
#include <ns3/scheduler.h>
#include <ns3/simulator.h>

#include "tests/bench/sim/peer.h"

namespace {

using ns3::NanoSeconds;
using ns3::Simulator;

peer::Rng rng(1);
peer::Tally tally;
std::uint64_t requests = 0;
std::uint64_t arrived = 0;

double milliseconds_since(std::int64_t start_ns) {
  return static_cast<double>(Simulator::Now().GetNanoSeconds() - start_ns) * 1e-6;
}

namespace single_server {

std::deque<std::int64_t> waiting;

void depart() {
  tally.add_latency_ms(milliseconds_since(waiting.front()));
  ++tally.hops;
  waiting.pop_front();
  if (!waiting.empty()) {
    Simulator::Schedule(NanoSeconds(rng.exponential_ns(1e6)), &depart);
  }
}

void arrive() {
  if (++arrived < requests) {
    Simulator::Schedule(NanoSeconds(rng.exponential_ns(1e6 / 0.7)), &arrive);
  }
  waiting.push_back(Simulator::Now().GetNanoSeconds());
  if (waiting.size() == 1) {
    Simulator::Schedule(NanoSeconds(rng.exponential_ns(1e6)), &depart);
  }
}

}  // namespace single_server

namespace ten_services {

struct Call;
struct Instance {
  std::uint32_t free_workers = 0;
  std::deque<Call*> waiting;
};
struct Service {
  std::array<Instance, 3> instances;
  std::uint32_t next_instance = 0;
  std::vector<std::size_t> callees;
};
struct Call {
  Call* parent = nullptr;
  Service* service = nullptr;
  Instance* instance = nullptr;
  std::size_t calls_made = 0;
  std::int64_t start_ns = 0;
  ns3::EventId timeout;
};

const ns3::Time kNetwork = NanoSeconds(250'000);
const ns3::Time kTimeout = ns3::Seconds(1);
std::array<Service, 10> services;
std::vector<Call*> free_calls;
bool remove_timers = false;

void arrive(Call* call);
void work_done(Call* call);
void reply(Call* call);
void time_out(Call*) { ++tally.timeouts; }

void make_call(Call* parent, std::size_t service) {
  Call* call = nullptr;
  if (free_calls.empty()) {
    call = new Call;
  } else {
    call = free_calls.back();
    free_calls.pop_back();
  }
  call->parent = parent;
  call->service = &services[service];
  call->instance = &call->service->instances[call->service->next_instance];
  call->service->next_instance = (call->service->next_instance + 1) % 3;
  call->calls_made = 0;
  call->start_ns = Simulator::Now().GetNanoSeconds();
  call->timeout = Simulator::Schedule(kTimeout, &time_out, call);
  Simulator::Schedule(kNetwork, &arrive, call);
  ++tally.hops;
}

void start_work(Call* call) {
  Simulator::Schedule(NanoSeconds(rng.exponential_ns(1e6)), &work_done, call);
}

void arrive(Call* call) {
  if (call->instance->free_workers == 0) {
    call->instance->waiting.push_back(call);
    return;
  }
  --call->instance->free_workers;
  start_work(call);
}

void finish(Call* call) {
  Instance& instance = *call->instance;
  if (instance.waiting.empty()) {
    ++instance.free_workers;
  } else {
    start_work(instance.waiting.front());
    instance.waiting.pop_front();
  }
  Simulator::Schedule(kNetwork, &reply, call);
}

void go_on(Call* call) {
  if (call->calls_made < call->service->callees.size()) {
    make_call(call, call->service->callees[call->calls_made++]);
  } else {
    finish(call);
  }
}

void work_done(Call* call) { go_on(call); }

void reply(Call* call) {
  if (remove_timers) {
    Simulator::Remove(call->timeout);
  } else {
    call->timeout.Cancel();
  }
  if (call->parent == nullptr) {
    tally.add_latency_ms(milliseconds_since(call->start_ns));
  } else {
    go_on(call->parent);
  }
  free_calls.push_back(call);
}

void request() {
  if (++arrived < requests) {
    Simulator::Schedule(NanoSeconds(rng.exponential_ns(5e5)), &request);
  }
  make_call(nullptr, 0);
}

void build() {
  for (std::size_t i = 0; i < services.size(); ++i) {
    const std::uint32_t workers = i == 0 ? 32 : (i < 4 ? 8 : 1);
    for (Instance& instance : services[i].instances) {
      instance.free_workers = workers;
    }
    if (i == 0) {
      services[i].callees = {1, 2, 3};
    } else if (i < 4) {
      services[i].callees = {2 + 2 * i, 3 + 2 * i};
    }
  }
}

}  // namespace ten_services

std::string type_of(const std::string& scheduler) {
  if (scheduler == "heap") {
    return "ns3::HeapScheduler";
  }
  if (scheduler == "pq") {
    return "ns3::PriorityQueueScheduler";
  }
  return scheduler == "calendar" ? "ns3::CalendarScheduler" : "ns3::MapScheduler";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: ns3_peer a|b REQUESTS [map|heap|pq|calendar] [cancel|remove]\n");
    return 2;
  }
  const char model = argv[1][0];
  requests = std::strtoull(argv[2], nullptr, 10);
  const std::string scheduler = argc > 3 ? argv[3] : "map";
  ten_services::remove_timers = argc > 4 && std::string(argv[4]) == "remove";
  ns3::ObjectFactory factory;
  factory.SetTypeId(type_of(scheduler));
  Simulator::SetScheduler(factory);
  ten_services::build();

  const double begin = peer::cpu_seconds();
  if (model == 'a') {
    Simulator::Schedule(NanoSeconds(rng.exponential_ns(1e6 / 0.7)), &single_server::arrive);
  } else {
    Simulator::Schedule(NanoSeconds(rng.exponential_ns(5e5)), &ten_services::request);
  }
  Simulator::Run();
  peer::report("ns3-" + scheduler, model, tally, peer::cpu_seconds() - begin);
  Simulator::Destroy();
}
