// The kernel's own cost on the two models of tests/bench/sim, written directly on BasicKernel:
// no sidecars, no world, FIFO worker pools, timeouts in a DeadlineQueue.
//
//   kernel_bench a|b|hold [radix|heap|reference] [requests] [copies] [seed]
//
// `copies` places that many independent meshes of model (b) in one run (235 of them have about
// 10,000 calls in flight); for `hold` it is the number of pending events. Prints one JSON line.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <vector>

#include <sys/resource.h>

#include "engine/kernel/kernel.h"
#include "engine/kernel/wake_ups.h"
#include "proxy/base/deadline_queue.h"
#include "proxy/base/distribution.h"
#include "proxy/base/fifo_ring.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;
using proxy::DeadlineQueue;
using proxy::Distribution;
using proxy::FifoRing;
using proxy::Rng;
using proxy::TimerHandle;

struct Options {
  std::uint64_t requests = 0;
  std::uint32_t copies = 1;
  std::uint64_t seed = 1;
};

struct Result {
  std::uint64_t requests = 0;
  std::uint64_t hops = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t peak_calls = 0;
  double latency_sum_ns = 0;
};

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Model (a): M/M/1 at utilisation 0.7, two events a request.
template <class Queue>
class SingleServer {
 public:
  explicit SingleServer(const Options& options)
      : options_(options),
        rng_(options.seed),
        gap_(Distribution::exponential(Duration(1'428'571))),
        work_(Distribution::exponential(1ms)) {}

  Result run() {
    kernel_.schedule_after(gap_.sample(rng_), {.kind = kArrival});
    kernel_.run_until(kNever, [this](const Event& event) { handle(event); });
    return result_;
  }
  BasicKernel<Queue>& kernel() { return kernel_; }

 private:
  enum Kind : std::uint8_t { kArrival, kDeparture };

  void handle(const Event& event) {
    if (event.kind == kArrival) {
      if (++arrived_ < options_.requests) {
        kernel_.schedule_after(gap_.sample(rng_), {.kind = kArrival});
      }
      waiting_.push_back(event.at);
      if (waiting_.size() == 1) {
        kernel_.schedule_after(work_.sample(rng_), {.kind = kDeparture});
      }
      return;
    }
    result_.latency_sum_ns += static_cast<double>((event.at - waiting_.front()).count());
    ++result_.requests;
    ++result_.hops;
    waiting_.pop_front();
    if (!waiting_.empty()) {
      kernel_.schedule_after(work_.sample(rng_), {.kind = kDeparture});
    }
  }

  Options options_;
  Rng rng_;
  Distribution gap_;
  Distribution work_;
  BasicKernel<Queue> kernel_;
  FifoRing<Instant> waiting_;
  std::uint64_t arrived_ = 0;
  Result result_;
};

/// Model (b): ten services in three tiers, a worker held during its calls, a timeout of one second
/// armed and cancelled for each call.
template <class Queue>
class TenServices {
 public:
  explicit TenServices(const Options& options)
      : options_(options),
        rng_(options.seed),
        gap_(Distribution::exponential(Duration(500'000 / options.copies))),
        work_(Distribution::exponential(1ms)),
        network_(kernel_.register_delay(250us)),
        wake_ups_(kWakeUp) {
    wake_ups_.resize(1);
    for (std::uint32_t copy = 0; copy < options.copies; ++copy) {
      add_mesh(copy * 10);
    }
  }

  Result run() {
    kernel_.schedule_after(gap_.sample(rng_), {.kind = kRequest});
    kernel_.run_until(kNever, [this](const Event& event) { handle(event); });
    return result_;
  }
  BasicKernel<Queue>& kernel() { return kernel_; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint32_t kReplicas = 3;
  enum Kind : std::uint8_t { kRequest, kArrive, kWorkDone, kReply, kWakeUp };

  struct Call {
    std::uint32_t parent = kNone;
    std::uint32_t next = kNone;  ///< In the instance's waiting line, or in the free list.
    std::uint32_t service = 0;
    std::uint32_t instance = 0;
    std::uint32_t calls_made = 0;
    TimerHandle timeout;
    Instant start;
  };
  struct Instance {
    std::uint32_t free_workers = 0;
    std::uint32_t first_waiting = kNone;
    std::uint32_t last_waiting = kNone;
  };
  struct Service {
    std::array<std::uint32_t, 3> callees{};
    std::uint32_t callee_count = 0;
    std::uint32_t next_instance = 0;
  };

  void add_mesh(std::uint32_t first) {
    for (std::uint32_t i = 0; i < 10; ++i) {
      Service service;
      if (i == 0) {
        service.callees = {first + 1, first + 2, first + 3};
        service.callee_count = 3;
      } else if (i < 4) {
        service.callees = {first + 2 + 2 * i, first + 3 + 2 * i, 0};
        service.callee_count = 2;
      }
      services_.push_back(service);
      const std::uint32_t workers = i == 0 ? 32 : (i < 4 ? 8 : 1);
      instances_.insert(instances_.end(), kReplicas, Instance{workers, kNone, kNone});
    }
  }

  void handle(const Event& event) {
    switch (static_cast<Kind>(event.kind)) {
      case kRequest:
        if (++arrived_ < options_.requests) {
          kernel_.schedule_after(gap_.sample(rng_), {.kind = kRequest});
        }
        call(kNone, next_mesh_ * 10);
        next_mesh_ = next_mesh_ + 1 == options_.copies ? 0 : next_mesh_ + 1;
        return;
      case kArrive:
        return arrive(event.target);
      case kWorkDone:
        return work_done(event.target);
      case kReply:
        return reply(event.target);
      case kWakeUp:
        if (wake_ups_.fired(event)) {
          while (timeouts_.pop_due(event.at)) {
            ++result_.timeouts;
          }
          wake_ups_.request(kernel_, 0, timeouts_.next());
        }
        return;
    }
  }

  void call(std::uint32_t parent, std::uint32_t service) {
    const std::uint32_t id = new_call();
    Call& call = calls_[id];
    Service& callee = services_[service];
    call.parent = parent;
    call.service = service;
    call.instance = service * kReplicas + callee.next_instance;
    callee.next_instance = callee.next_instance + 1 == kReplicas ? 0 : callee.next_instance + 1;
    call.calls_made = 0;
    call.start = kernel_.now();
    call.timeout = timeouts_.arm(kernel_.now(), 1s, id);
    wake_ups_.request(kernel_, 0, timeouts_.next());
    kernel_.schedule_after(network_, {.kind = kArrive, .target = id});
    ++result_.hops;
  }

  void start_work(std::uint32_t id) {
    kernel_.schedule_after(work_.sample(rng_), {.kind = kWorkDone, .target = id});
  }

  void arrive(std::uint32_t id) {
    Instance& instance = instances_[calls_[id].instance];
    if (instance.free_workers > 0) {
      --instance.free_workers;
      start_work(id);
      return;
    }
    calls_[id].next = kNone;
    (instance.last_waiting == kNone ? instance.first_waiting : calls_[instance.last_waiting].next) =
        id;
    instance.last_waiting = id;
  }

  void work_done(std::uint32_t id) {
    if (services_[calls_[id].service].callee_count == 0) {
      finish(id);
      return;
    }
    call_next(id);
  }

  void call_next(std::uint32_t id) {
    const Service& service = services_[calls_[id].service];
    call(id, service.callees[calls_[id].calls_made++]);
  }

  void finish(std::uint32_t id) {
    Instance& instance = instances_[calls_[id].instance];
    if (const std::uint32_t next = instance.first_waiting; next != kNone) {
      instance.first_waiting = calls_[next].next;
      if (instance.first_waiting == kNone) {
        instance.last_waiting = kNone;
      }
      start_work(next);
    } else {
      ++instance.free_workers;
    }
    kernel_.schedule_after(network_, {.kind = kReply, .target = id});
  }

  void reply(std::uint32_t id) {
    Call& call = calls_[id];
    timeouts_.cancel(call.timeout);
    const std::uint32_t parent = call.parent;
    if (parent == kNone) {
      result_.latency_sum_ns += static_cast<double>((kernel_.now() - call.start).count());
      ++result_.requests;
    }
    call.next = free_calls_;
    free_calls_ = id;
    --live_calls_;
    if (parent == kNone) {
      return;
    }
    if (calls_[parent].calls_made < services_[calls_[parent].service].callee_count) {
      call_next(parent);
    } else {
      finish(parent);
    }
  }

  std::uint32_t new_call() {
    result_.peak_calls = std::max(result_.peak_calls, ++live_calls_);
    if (free_calls_ == kNone) {
      calls_.emplace_back();
      return static_cast<std::uint32_t>(calls_.size() - 1);
    }
    const std::uint32_t id = free_calls_;
    free_calls_ = calls_[id].next;
    return id;
  }

  Options options_;
  Rng rng_;
  Distribution gap_;
  Distribution work_;
  BasicKernel<Queue> kernel_;
  LaneId network_;
  DeadlineQueue timeouts_;
  WakeUps wake_ups_;
  std::vector<Service> services_;
  std::vector<Instance> instances_;
  std::vector<Call> calls_;
  std::uint32_t free_calls_ = kNone;
  std::uint64_t live_calls_ = 0;
  std::uint64_t arrived_ = 0;
  std::uint32_t next_mesh_ = 0;
  Result result_;
};

/// The hold model: a constant number of pending events, each of which schedules the next one.
template <class Queue>
class Hold {
 public:
  explicit Hold(const Options& options)
      : options_(options), rng_(options.seed), gap_(Distribution::exponential(1ms)) {}

  Result run() {
    for (std::uint32_t i = 0; i < options_.copies; ++i) {
      kernel_.schedule_after(gap_.sample(rng_), {.target = i});
    }
    kernel_.step(options_.requests, [this](const Event& event) {
      kernel_.schedule_after(gap_.sample(rng_), {.target = event.target});
    });
    return {options_.requests, options_.requests, 0, options_.copies, 0};
  }
  BasicKernel<Queue>& kernel() { return kernel_; }

 private:
  Options options_;
  Rng rng_;
  Distribution gap_;
  BasicKernel<Queue> kernel_;
};

template <class Model>
int measure(const char* model, const char* queue, const Options& options) {
  Model simulation(options);
  const double begin = cpu_seconds();
  const Result result = simulation.run();
  const double seconds = cpu_seconds() - begin;
  const auto events = static_cast<double>(simulation.kernel().events());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "{\"sim\":\"kernel-%s\",\"model\":\"%s\",\"req\":%llu,\"events\":%.0f,\"hops\":%llu,"
      "\"cpu_s\":%.6f,\"ns_ev\":%.2f,\"ns_hop\":%.2f,\"mean_ms\":%.4f,\"timeouts\":%llu,"
      "\"peak_inflight_calls\":%llu,\"rss_kb\":%ld,\"fingerprint\":\"%016llx\"}\n",
      queue, model, static_cast<unsigned long long>(result.requests), events,
      static_cast<unsigned long long>(result.hops), seconds, seconds * 1e9 / events,
      seconds * 1e9 / static_cast<double>(result.hops),
      result.latency_sum_ns / static_cast<double>(result.requests) * 1e-6,
      static_cast<unsigned long long>(result.timeouts),
      static_cast<unsigned long long>(result.peak_calls), usage.ru_maxrss,
      static_cast<unsigned long long>(simulation.kernel().fingerprint().value()));
  return 0;
}

template <template <class> class Model>
int with_queue(const char* model, std::string_view queue, const Options& options) {
  if (queue == "radix") {
    return measure<Model<Lanes<RadixSet>>>(model, "radix", options);
  }
  if (queue == "heap") {
    return measure<Model<Lanes<HeapSet>>>(model, "heap", options);
  }
  if (queue == "reference") {
    return measure<Model<NoLanes<ReferenceSet>>>(model, "reference", options);
  }
  std::fprintf(stderr, "unknown event set; expected radix, heap or reference\n");
  return 2;
}

int run(int argc, char** argv) {
  const std::string_view model = argc > 1 ? argv[1] : "";
  const std::string_view queue = argc > 2 ? argv[2] : "radix";
  Options options;
  options.requests = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 300'000;
  options.copies = argc > 4 ? static_cast<std::uint32_t>(std::strtoul(argv[4], nullptr, 10)) : 1;
  options.seed = argc > 5 ? std::strtoull(argv[5], nullptr, 10) : 1;
  options.copies = std::max(options.copies, 1U);
  if (model == "a") {
    return with_queue<SingleServer>("a", queue, options);
  }
  if (model == "b") {
    return with_queue<TenServices>("b", queue, options);
  }
  if (model == "hold") {
    return with_queue<Hold>("hold", queue, options);
  }
  std::fprintf(stderr,
               "usage: kernel_bench a|b|hold [radix|heap|reference] [requests] [copies] [seed]\n");
  return 2;
}

}  // namespace
}  // namespace shaketable::engine

int main(int argc, char** argv) { return shaketable::engine::run(argc, argv); }
