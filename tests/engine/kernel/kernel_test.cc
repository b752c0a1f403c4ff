#include "engine/kernel/kernel.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "engine/kernel/journal.h"
#include "engine/kernel/wake_ups.h"
#include "proxy/base/distribution.h"
#include "proxy/base/rng.h"
#include "tests/support/allocation_counter.h"

namespace shaketable::engine {
namespace {

using proxy::Rng;
using namespace std::chrono_literals;

using RadixQueue = Lanes<RadixSet>;
using HeapQueue = Lanes<HeapSet>;
using ReferenceQueue = NoLanes<ReferenceSet>;

/// A random workload: each event schedules none to two others, over lanes and directly, so that the
/// number of pending events wanders between the limits.
template <class Queue>
class RandomWorkload {
 public:
  RandomWorkload(std::uint64_t seed, std::size_t population) : rng_(seed), population_(population) {
    for (const Duration delay : {Duration(250us), Duration(0us), Duration(1ms), Duration(7us)}) {
      lanes_.push_back(kernel_.register_delay(delay));
    }
  }

  void start() {
    for (std::uint32_t i = 0; i < 10; ++i) {
      kernel_.schedule(kStart + Duration(static_cast<std::int64_t>(rng_.below(1000))),
                       {.kind = 1, .target = i});
    }
  }

  void handle(const Event& event) {
    log_.push_back(event.seq);
    const std::size_t pending = kernel_.pending();
    const std::uint64_t children =
        pending < 5 ? 2
                    : (pending > population_ ? 0 : rng_.below(3) + (rng_.below(16) == 0 ? 1 : 0));
    for (std::uint64_t i = 0; i < children; ++i) {
      const EventBody body{.kind = static_cast<std::uint8_t>(i), .target = event.target + 1};
      switch (rng_.below(4)) {
        case 0:
          kernel_.schedule_after(lanes_[rng_.below(lanes_.size())], body);
          break;
        case 1:
          kernel_.schedule_after(Duration(static_cast<std::int64_t>(rng_.below(4)) * 125'000),
                                 body);
          break;
        default:
          kernel_.schedule_after(
              Duration(static_cast<std::int64_t>(rng_.below(1ULL << rng_.below(32)))), body);
      }
    }
  }

  BasicKernel<Queue>& kernel() { return kernel_; }
  [[nodiscard]] const std::vector<std::uint64_t>& log() const { return log_; }

 private:
  Rng rng_;
  std::size_t population_;
  BasicKernel<Queue> kernel_;
  std::vector<LaneId> lanes_;
  std::vector<std::uint64_t> log_;
};

struct Trace {
  std::vector<std::uint64_t> order;
  std::uint64_t fingerprint = 0;
  std::uint64_t ties = 0;

  friend bool operator==(const Trace&, const Trace&) = default;
};

template <class Queue>
Trace trace(std::uint64_t seed, std::size_t population) {
  RandomWorkload<Queue> workload(seed, population);
  workload.start();
  workload.kernel().step(30'000, [&](const Event& event) { workload.handle(event); });
  return {workload.log(), workload.kernel().fingerprint().value(), workload.kernel().ties()};
}

TEST(KernelTest, AllEventSetsPopInTheSameOrderWithTheSameFingerprint) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    for (const std::size_t population : {20U, 200U, 5000U}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << " population " << population);
      const Trace reference = trace<ReferenceQueue>(seed, population);

      EXPECT_EQ(trace<RadixQueue>(seed, population), reference);
      EXPECT_EQ(trace<HeapQueue>(seed, population), reference);
      EXPECT_EQ(trace<Lanes<ReferenceSet>>(seed, population), reference);
      EXPECT_GT(reference.ties, 0U) << "the workload must contain ties to prove anything";
    }
  }
}

template <class Queue>
class KernelOfTest : public testing::Test {};
using Queues = testing::Types<RadixQueue, HeapQueue, ReferenceQueue>;
TYPED_TEST_SUITE(KernelOfTest, Queues);

TYPED_TEST(KernelOfTest, RunsUpToAndIncludingTheGivenTime) {
  BasicKernel<TypeParam> kernel;
  std::vector<std::uint32_t> seen;
  const auto handler = [&](const Event& event) { seen.push_back(event.target); };
  kernel.schedule(kStart + 1s, {.target = 1});
  kernel.schedule(kStart + 2s, {.target = 2});
  kernel.schedule(kStart + 3s, {.target = 3});

  EXPECT_EQ(kernel.run_until(kStart + 2s, handler), RunStatus::kReachedTime);
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(kernel.now(), kStart + 2s);
  EXPECT_EQ(kernel.next_at(), kStart + 3s);
  EXPECT_EQ(kernel.pending(), 1U);

  EXPECT_EQ(kernel.run_until(kNever, handler), RunStatus::kIdle);
  EXPECT_EQ(kernel.now(), kStart + 3s) << "the end of time is not reached";
  EXPECT_EQ(kernel.next_at(), kNever);
  EXPECT_EQ(kernel.run_until(kStart + 10s, handler), RunStatus::kIdle);
  EXPECT_EQ(kernel.now(), kStart + 10s);
}

TYPED_TEST(KernelOfTest, EventsOfOneTimeHappenInTheOrderOfSchedulingAcrossLanes) {
  BasicKernel<TypeParam> kernel;
  const LaneId lane = kernel.register_delay(5ms);
  const LaneId other = kernel.register_delay(3ms);
  EXPECT_EQ(kernel.register_delay(5ms), lane);
  std::vector<std::uint32_t> seen;
  kernel.schedule_after(lane, {.target = 0});
  kernel.schedule_after(5ms, {.target = 1});
  kernel.schedule_after(lane, {.target = 2});
  kernel.schedule(kStart + 2ms, {.kind = 1});
  kernel.run_until(kNever, [&](const Event& event) {
    if (event.kind == 1) {
      kernel.schedule_after(other, {.target = 3});
      return;
    }
    seen.push_back(event.target);
  });

  EXPECT_EQ(seen, (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(kernel.ties(), 3U);
}

TYPED_TEST(KernelOfTest, MoreDelaysThanLanesStillWork) {
  BasicKernel<TypeParam> kernel;
  std::vector<std::uint32_t> seen;
  for (int i = 40; i > 0; --i) {
    kernel.schedule_after(kernel.register_delay(i * 1ms),
                          {.target = static_cast<std::uint32_t>(i)});
  }
  kernel.run_until(kNever, [&](const Event& event) { seen.push_back(event.target); });

  ASSERT_EQ(seen.size(), 40U);
  for (std::uint32_t i = 0; i < 40; ++i) {
    EXPECT_EQ(seen[i], i + 1);
  }
}

TYPED_TEST(KernelOfTest, StopsAfterTheEventThatMakesThePredicateTrue) {
  BasicKernel<TypeParam> kernel;
  int handled = 0;
  for (int i = 1; i <= 10; ++i) {
    kernel.schedule(kStart + i * 1s, {});
  }
  const auto handler = [&](const Event&) { ++handled; };

  EXPECT_EQ(kernel.run_until(kStart + 1h, handler, [&] { return handled == 4; }),
            RunStatus::kBreak);
  EXPECT_EQ(kernel.now(), kStart + 4s);
  EXPECT_EQ(kernel.step(3, handler), 3U);
  EXPECT_EQ(kernel.step(100, handler), 3U);
  EXPECT_EQ(handled, 10);
}

TYPED_TEST(KernelOfTest, LookingAheadShowsWhatHappensSoonAndChangesNothing) {
  constexpr std::size_t kStages = 3;
  constexpr std::size_t kEvents = 20'000;
  RandomWorkload<TypeParam> plain(7, 300);
  RandomWorkload<TypeParam> looking(7, 300);
  std::array<std::vector<std::uint64_t>, kStages> shown;

  plain.start();
  plain.kernel().run_until(
      kNever, [&](const Event& event) { plain.handle(event); },
      [&] { return plain.log().size() == kEvents; });
  looking.start();
  looking.kernel().template run_until<kStages>(
      kNever, [&](const Event& event) { looking.handle(event); },
      [&] { return looking.log().size() == kEvents; },
      [&](auto stage, const Event& event) { shown[stage].push_back(event.seq); });

  EXPECT_EQ(looking.log(), plain.log());
  EXPECT_EQ(looking.kernel().fingerprint().value(), plain.kernel().fingerprint().value());
  std::vector<std::uint64_t> happened = plain.log();
  std::sort(happened.begin(), happened.end());
  for (std::vector<std::uint64_t>& stage : shown) {
    std::sort(stage.begin(), stage.end());
    stage.erase(std::unique(stage.begin(), stage.end()), stage.end());
    std::vector<std::uint64_t> foreseen;
    std::set_intersection(stage.begin(), stage.end(), happened.begin(), happened.end(),
                          std::back_inserter(foreseen));
    if (std::is_same_v<TypeParam, ReferenceQueue>) {
      EXPECT_TRUE(stage.empty());
    } else {
      EXPECT_GT(foreseen.size(), 1'000U);
    }
  }
}

TYPED_TEST(KernelOfTest, PausesSoonAndGoesOnWhereItWas) {
  BasicKernel<TypeParam> kernel;
  const LaneId tick = kernel.register_delay(1us);
  kernel.schedule_after(tick, {});
  const auto handler = [&](const Event&) { kernel.schedule_after(tick, {}); };
  kernel.pause();

  EXPECT_EQ(kernel.run_until(kStart + 100ms, handler), RunStatus::kPaused);
  EXPECT_LE(kernel.events(), BasicKernel<TypeParam>::kPauseInterval);
  EXPECT_EQ(kernel.run_until(kStart + 100ms, handler), RunStatus::kReachedTime);
  EXPECT_EQ(kernel.events(), 100'000U);
}

TYPED_TEST(KernelOfTest, AllocatesNothingOnceItIsWarm) {
  BasicKernel<TypeParam> kernel;
  const LaneId link = kernel.register_delay(250us);
  const auto work = proxy::Distribution::exponential(1ms);
  Rng rng(3);
  const auto handler = [&](const Event& event) {
    if (event.kind == 0) {
      kernel.schedule_after(link, {.kind = 1});
    } else {
      kernel.schedule_after(work.sample(rng), {.kind = 0});
    }
  };
  for (int i = 0; i < 3000; ++i) {
    kernel.schedule_after(work.sample(rng), {.kind = 0});
  }
  kernel.step(200'000, handler);

  const std::uint64_t before = support::allocation_count();
  kernel.step(500'000, handler);

  EXPECT_EQ(support::allocation_count(), before);
}

TEST(FingerprintTest, KeepsACheckPointEvery2To20EventsAndDependsOnEachField) {
  const auto fingerprint = [](Instant at, std::uint8_t kind, std::uint32_t target) {
    Fingerprint result;
    result.add({.at = at, .kind = kind, .target = target}, 1);
    return result.value();
  };
  const std::uint64_t base = fingerprint(kStart + 1ns, 1, 1);
  EXPECT_NE(base, fingerprint(kStart + 2ns, 1, 1));
  EXPECT_NE(base, fingerprint(kStart + 1ns, 2, 1));
  EXPECT_NE(base, fingerprint(kStart + 1ns, 1, 2));

  Kernel kernel;
  const LaneId tick = kernel.register_delay(1us);
  kernel.schedule_after(tick, {});
  kernel.step(3 * Fingerprint::kCheckPointInterval - 1,
              [&](const Event&) { kernel.schedule_after(tick, {}); });
  const auto& points = kernel.fingerprint().check_points();
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].events, Fingerprint::kCheckPointInterval);
  EXPECT_NE(points[0].hash, points[1].hash);
}

TEST(WakeUpsTest, ALaterRequestCostsNothingAndAnEarlierOneMakesTheOldOneStale) {
  Kernel kernel;
  WakeUps wake_ups(7);
  wake_ups.resize(2);
  wake_ups.request(kernel, 1, kStart + 10ms);
  wake_ups.request(kernel, 1, kStart + 20ms);
  EXPECT_EQ(kernel.pending(), 1U);
  wake_ups.request(kernel, 1, kStart + 5ms);
  EXPECT_EQ(kernel.pending(), 2U);
  wake_ups.request(kernel, 0, kNever);

  std::vector<Instant> current;
  kernel.run_until(kNever, [&](const Event& event) {
    EXPECT_EQ(event.kind, 7);
    if (wake_ups.fired(event)) {
      current.push_back(event.at);
    }
  });

  EXPECT_EQ(current, std::vector<Instant>{kStart + 5ms});
  EXPECT_EQ(wake_ups.pending(1), kNever);
  wake_ups.request(kernel, 1, kStart);
  EXPECT_EQ(kernel.next_at(), kernel.now()) << "a past time means now";
}

TEST(WakeUpsTest, AFarRequestMadeAgainAfterEachEarlierOneIsScheduledOnce) {
  Kernel kernel;
  WakeUps wake_ups(0);
  wake_ups.resize(1);
  wake_ups.request(kernel, 0, kStart + 1s);

  std::vector<Instant> current;
  for (int turn = 1; turn <= 100; ++turn) {
    wake_ups.request(kernel, 0, kStart + turn * 1ms);
    EXPECT_EQ(kernel.pending(), 2U);
    kernel.step(1, [&](const Event& event) { EXPECT_TRUE(wake_ups.fired(event)); });
    wake_ups.request(kernel, 0, kStart + 1s + (turn % 2) * 1ms);
    EXPECT_EQ(wake_ups.pending(0), kStart + 1s) << "a later one may be woken early";
  }
  kernel.run_until(kNever, [&](const Event& event) {
    if (wake_ups.fired(event)) {
      current.push_back(event.at);
    }
  });
  EXPECT_EQ(current, std::vector<Instant>{kStart + 1s});

  wake_ups.request(kernel, 0, kStart + 2s);
  EXPECT_EQ(kernel.next_at(), kStart + 2s) << "what has fired is not used again";
}

TEST(WakeUpsTest, ALeftEventThatFiresUnaskedIsNotUsedAgain) {
  Kernel kernel;
  WakeUps wake_ups(0);
  wake_ups.resize(1);
  wake_ups.request(kernel, 0, kStart + 20ms);
  wake_ups.request(kernel, 0, kStart + 10ms);
  kernel.step(1, [&](const Event& event) { EXPECT_TRUE(wake_ups.fired(event)); });
  kernel.step(1, [&](const Event& event) { EXPECT_FALSE(wake_ups.fired(event)); });
  wake_ups.request(kernel, 0, kStart + 30ms);
  EXPECT_EQ(kernel.next_at(), kStart + 30ms);
}

TEST(JournalTest, ReplaysEachCommandOnceWhenItsTimeHasCome) {
  Journal<int> journal;
  journal.record(kStart + 1s, 10);
  journal.record(kStart + 1s, 11);
  journal.record(kStart + 2s, 12);

  EXPECT_EQ(journal.next_at(), kStart + 1s);
  EXPECT_EQ(journal.take_due(kStart), nullptr);
  EXPECT_EQ(journal.take_due(kStart + 1s)->command, 10);
  EXPECT_EQ(journal.take_due(kStart + 1s)->command, 11);
  EXPECT_EQ(journal.take_due(kStart + 1s), nullptr);
  EXPECT_EQ(journal.take_due(kStart + 3s)->command, 12);
  EXPECT_EQ(journal.next_at(), kNever);
  EXPECT_EQ(journal.take_due(kNever), nullptr);
  journal.rewind();
  EXPECT_EQ(journal.next_at(), kStart + 1s);
}

}  // namespace
}  // namespace shaketable::engine
