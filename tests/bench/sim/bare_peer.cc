// Models (a) and (b) in a hand-written event loop without an engine: a 4-ary heap of 24-byte
// events, a ring for the constant network delay, a list for the timeouts.
//   bare_peer a|b REQUESTS
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <vector>

#include "tests/bench/sim/peer.h"

namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};

struct Entry {
  std::int64_t at;
  std::uint64_t seq;
  std::uint32_t kind;
  std::uint32_t call;

  bool operator<(const Entry& other) const {
    return at != other.at ? at < other.at : seq < other.seq;
  }
};

class Heap {
 public:
  bool empty() const { return entries_.empty(); }
  const Entry& top() const { return entries_.front(); }

  void push(const Entry& entry) {
    std::size_t hole = entries_.size();
    entries_.push_back(entry);
    while (hole > 0 && entry < entries_[(hole - 1) / 4]) {
      entries_[hole] = entries_[(hole - 1) / 4];
      hole = (hole - 1) / 4;
    }
    entries_[hole] = entry;
  }

  void pop() {
    const Entry last = entries_.back();
    entries_.pop_back();
    if (entries_.empty()) {
      return;
    }
    std::size_t hole = 0;
    for (;;) {
      const std::size_t first = 4 * hole + 1;
      if (first >= entries_.size()) {
        break;
      }
      std::size_t best = first;
      const std::size_t end = std::min(first + 4, entries_.size());
      for (std::size_t i = first + 1; i < end; ++i) {
        best = entries_[i] < entries_[best] ? i : best;
      }
      if (!(entries_[best] < last)) {
        break;
      }
      entries_[hole] = entries_[best];
      hole = best;
    }
    entries_[hole] = last;
  }

 private:
  std::vector<Entry> entries_;
};

/// A growing ring of entries that are sorted by construction.
class Ring {
 public:
  bool empty() const { return head_ == tail_; }
  const Entry& front() const { return slots_[head_ & (slots_.size() - 1)]; }
  void pop() { ++head_; }
  void push(const Entry& entry) {
    if (tail_ - head_ == slots_.size()) {
      std::vector<Entry> larger(slots_.size() * 2);
      for (std::size_t i = head_; i < tail_; ++i) {
        larger[i & (larger.size() - 1)] = slots_[i & (slots_.size() - 1)];
      }
      slots_.swap(larger);
    }
    slots_[tail_++ & (slots_.size() - 1)] = entry;
  }

 private:
  std::vector<Entry> slots_ = std::vector<Entry>(1024);
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

peer::Tally single_server(std::uint64_t requests) {
  enum : std::uint32_t { kArrival, kDeparture };
  peer::Rng rng(1);
  peer::Tally tally;
  Heap heap;
  std::deque<std::int64_t> waiting;
  std::uint64_t seq = 0;
  std::uint64_t arrived = 0;
  heap.push({rng.exponential_ns(1e6 / 0.7), seq++, kArrival, 0});
  while (!heap.empty()) {
    const Entry event = heap.top();
    heap.pop();
    if (event.kind == kArrival) {
      if (++arrived < requests) {
        heap.push({event.at + rng.exponential_ns(1e6 / 0.7), seq++, kArrival, 0});
      }
      waiting.push_back(event.at);
      if (waiting.size() == 1) {
        heap.push({event.at + rng.exponential_ns(1e6), seq++, kDeparture, 0});
      }
      continue;
    }
    tally.add_latency_ms(static_cast<double>(event.at - waiting.front()) * 1e-6);
    ++tally.hops;
    waiting.pop_front();
    if (!waiting.empty()) {
      heap.push({event.at + rng.exponential_ns(1e6), seq++, kDeparture, 0});
    }
  }
  return tally;
}

class TenServices {
 public:
  explicit TenServices(std::uint64_t requests) : requests_(requests) {
    for (std::uint32_t i = 0; i < services_.size(); ++i) {
      Service& service = services_[i];
      if (i == 0) {
        service = {{1, 2, 3}, 3, 0};
      } else if (i < 4) {
        service = {{2 + 2 * i, 3 + 2 * i, 0}, 2, 0};
      }
      for (std::uint32_t k = 0; k < 3; ++k) {
        instances_[i * 3 + k].free_workers = i == 0 ? 32 : (i < 4 ? 8 : 1);
      }
    }
  }

  peer::Tally run() {
    heap_.push({rng_.exponential_ns(5e5), seq_++, kRequest, 0});
    while (next()) {
    }
    return tally_;
  }

 private:
  enum : std::uint32_t { kRequest, kArrive, kWorkDone, kReply };
  static constexpr std::int64_t kNetwork = 250'000;
  static constexpr std::int64_t kTimeout = 1'000'000'000;

  struct Service {
    std::array<std::uint32_t, 3> callees{};
    std::uint32_t callee_count = 0;
    std::uint32_t next_instance = 0;
  };
  struct Instance {
    std::uint32_t free_workers = 0;
    std::uint32_t first_waiting = kNone;
    std::uint32_t last_waiting = kNone;
  };
  struct Call {
    std::uint32_t parent = kNone;
    std::uint32_t next = kNone;
    std::uint32_t service = 0;
    std::uint32_t instance = 0;
    std::uint32_t calls_made = 0;
    std::uint32_t later = kNone;    ///< In the list of timeouts.
    std::uint32_t earlier = kNone;  ///< In the list of timeouts.
    std::int64_t start = 0;
  };

  /// Handles the earliest of ring, heap and timeouts; false when only silence is left.
  bool next() {
    const bool from_ring = !ring_.empty() && (heap_.empty() || ring_.front() < heap_.top());
    if (!from_ring && heap_.empty()) {
      return false;
    }
    const Entry event = from_ring ? ring_.front() : heap_.top();
    if (first_timeout_ != kNone && calls_[first_timeout_].start + kTimeout < event.at) {
      std::abort();  // With the parameters of this model no call takes a second.
    }
    if (from_ring) {
      ring_.pop();
    } else {
      heap_.pop();
    }
    now_ = event.at;
    handle(event);
    return true;
  }

  void handle(const Entry& event) {
    switch (event.kind) {
      case kRequest:
        if (++arrived_ < requests_) {
          heap_.push({now_ + rng_.exponential_ns(5e5), seq_++, kRequest, 0});
        }
        return call(kNone, 0);
      case kArrive:
        return arrive(event.call);
      case kWorkDone:
        return go_on(event.call);
      case kReply:
        return reply(event.call);
      default:
        std::abort();
    }
  }

  void call(std::uint32_t parent, std::uint32_t target) {
    std::uint32_t id = free_call_;
    if (id == kNone) {
      id = static_cast<std::uint32_t>(calls_.size());
      calls_.emplace_back();
    } else {
      free_call_ = calls_[id].next;
    }
    Service& service = services_[target];
    calls_[id] = {parent, kNone, target, target * 3 + service.next_instance, 0, kNone, kNone, now_};
    service.next_instance = service.next_instance == 2 ? 0 : service.next_instance + 1;
    arm_timeout(id);
    ring_.push({now_ + kNetwork, seq_++, kArrive, id});
    ++tally_.hops;
  }

  void arrive(std::uint32_t id) {
    Instance& instance = instances_[calls_[id].instance];
    if (instance.free_workers > 0) {
      --instance.free_workers;
      return start_work(id);
    }
    (instance.last_waiting == kNone ? instance.first_waiting : calls_[instance.last_waiting].next) =
        id;
    instance.last_waiting = id;
  }

  void start_work(std::uint32_t id) {
    heap_.push({now_ + rng_.exponential_ns(1e6), seq_++, kWorkDone, id});
  }

  void go_on(std::uint32_t id) {
    const Service& service = services_[calls_[id].service];
    if (calls_[id].calls_made < service.callee_count) {
      return call(id, service.callees[calls_[id].calls_made++]);
    }
    Instance& instance = instances_[calls_[id].instance];
    if (const std::uint32_t waiting = instance.first_waiting; waiting != kNone) {
      instance.first_waiting = calls_[waiting].next;
      if (instance.first_waiting == kNone) {
        instance.last_waiting = kNone;
      }
      start_work(waiting);
    } else {
      ++instance.free_workers;
    }
    ring_.push({now_ + kNetwork, seq_++, kReply, id});
  }

  void reply(std::uint32_t id) {
    cancel_timeout(id);
    const std::uint32_t parent = calls_[id].parent;
    calls_[id].next = free_call_;
    free_call_ = id;
    if (parent != kNone) {
      return go_on(parent);
    }
    tally_.add_latency_ms(static_cast<double>(now_ - calls_[id].start) * 1e-6);
  }

  void arm_timeout(std::uint32_t id) {
    calls_[id].earlier = last_timeout_;
    (last_timeout_ == kNone ? first_timeout_ : calls_[last_timeout_].later) = id;
    last_timeout_ = id;
  }

  void cancel_timeout(std::uint32_t id) {
    const Call& call = calls_[id];
    (call.earlier == kNone ? first_timeout_ : calls_[call.earlier].later) = call.later;
    (call.later == kNone ? last_timeout_ : calls_[call.later].earlier) = call.earlier;
  }

  std::uint64_t requests_;
  peer::Rng rng_{1};
  peer::Tally tally_;
  Heap heap_;
  Ring ring_;
  std::array<Service, 10> services_{};
  std::array<Instance, 30> instances_{};
  std::vector<Call> calls_;
  std::uint32_t free_call_ = kNone;
  std::uint32_t first_timeout_ = kNone;
  std::uint32_t last_timeout_ = kNone;
  std::uint64_t seq_ = 0;
  std::uint64_t arrived_ = 0;
  std::int64_t now_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: bare_peer a|b REQUESTS\n");
    return 2;
  }
  const char model = argv[1][0];
  const std::uint64_t requests = std::strtoull(argv[2], nullptr, 10);
  const double begin = peer::cpu_seconds();
  const peer::Tally tally = model == 'a' ? single_server(requests) : TenServices(requests).run();
  peer::report("bare", model, tally, peer::cpu_seconds() - begin);
}
