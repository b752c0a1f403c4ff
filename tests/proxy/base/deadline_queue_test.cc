#include "proxy/base/deadline_queue.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/base/rng.h"
#include "tests/support/allocation_counter.h"

namespace shaketable::proxy {
namespace {

std::vector<std::uint64_t> pop_all(DeadlineQueue& queue, Instant now) {
  std::vector<std::uint64_t> payloads;
  while (const auto payload = queue.pop_due(now)) {
    payloads.push_back(*payload);
  }
  return payloads;
}

TEST(DeadlineQueueTest, FiresNothingBeforeTheDeadlineAndEverythingAtIt) {
  DeadlineQueue queue;
  queue.arm(kStart, 10ms, 1);

  EXPECT_EQ(queue.next(), kStart + 10ms);
  EXPECT_TRUE(pop_all(queue, kStart + 9ms).empty());
  EXPECT_EQ(pop_all(queue, kStart + 10ms), std::vector<std::uint64_t>{1});
  EXPECT_EQ(queue.next(), kNever);
  EXPECT_TRUE(queue.empty());
}

TEST(DeadlineQueueTest, EqualDeadlinesFireInTheOrderOfArmingAcrossDurations) {
  DeadlineQueue queue;
  queue.arm(kStart, 30ms, 1);
  queue.arm_irregular(kStart + 30ms, 2);
  queue.arm(kStart + 10ms, 20ms, 3);
  queue.arm(kStart + 10ms, 5ms, 4);

  EXPECT_EQ(pop_all(queue, kStart + 40ms), (std::vector<std::uint64_t>{4, 1, 2, 3}));
}

TEST(DeadlineQueueTest, ACancelledTimerIsSilentAndItsHandleStale) {
  DeadlineQueue queue;
  const TimerHandle first = queue.arm(kStart, 10ms, 1);
  const TimerHandle second = queue.arm_irregular(kStart + 5ms, 2);

  EXPECT_TRUE(queue.cancel(first));
  EXPECT_TRUE(queue.cancel(second));
  EXPECT_FALSE(queue.cancel(first));
  EXPECT_FALSE(queue.cancel(second));
  EXPECT_EQ(queue.next(), kStart + 5ms) << "a lower bound, not raised by cancelling";
  EXPECT_TRUE(pop_all(queue, kStart + 1s).empty());
  EXPECT_EQ(queue.next(), kNever);

  const TimerHandle reused = queue.arm(kStart + 1s, 10ms, 3);
  EXPECT_FALSE(queue.is_armed(first));
  EXPECT_TRUE(queue.is_armed(reused));
}

TEST(DeadlineQueueTest, AnEndlessTimerNeverFires) {
  DeadlineQueue queue;
  const TimerHandle handle = queue.arm(kStart + 1s, kForever, 1);

  EXPECT_EQ(queue.next(), kNever);
  EXPECT_TRUE(pop_all(queue, kNever).empty());
  EXPECT_TRUE(queue.cancel(handle));
}

TEST(DeadlineQueueTest, ManyDistinctDurationsStayInOrder) {
  DeadlineQueue queue;
  for (std::uint64_t i = 0; i < 100; ++i) {
    queue.arm(kStart, Duration(static_cast<std::int64_t>((i * 37) % 100)), i);
  }

  const auto payloads = pop_all(queue, kStart + 1s);

  ASSERT_EQ(payloads.size(), 100U);
  for (std::size_t i = 0; i + 1 < payloads.size(); ++i) {
    EXPECT_LT((payloads[i] * 37) % 100, (payloads[i + 1] * 37) % 100);
  }
}

TEST(DeadlineQueueTest, AllocatesNothingOnceItIsWarm) {
  DeadlineQueue queue;
  std::array<TimerHandle, 64> handles{};
  Instant now = kStart;
  std::uint64_t before = 0;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    if (i == 5'000) {
      before = support::allocation_count();
    }
    now += 1ms;
    queue.cancel(handles[i % handles.size()]);
    handles[i % handles.size()] =
        i % 5 == 0 ? queue.arm_irregular(now + 70ms, i) : queue.arm(now, 100ms, i);
    while (queue.pop_due(now)) {
    }
  }

  EXPECT_EQ(support::allocation_count(), before);
}

TEST(DeadlineQueueTest, FewThatStayHoldNeitherOrderNorMemoryUp) {
  DeadlineQueue queue;
  std::uint64_t before = 0;
  for (std::uint64_t round = 0; round < 4; ++round) {
    const Instant start = kStart + 1s * static_cast<std::int64_t>(round);
    before = round == 1 ? support::allocation_count() : before;
    std::array<TimerHandle, 2000> handles{};
    for (std::uint64_t i = 0; i < handles.size(); ++i) {
      handles[i] = queue.arm(start, 100ms, i);
    }
    for (std::uint64_t i = 0; i < handles.size(); ++i) {
      EXPECT_TRUE(queue.cancel(handles[i]));
      EXPECT_FALSE(queue.cancel(handles[i]));
      if (i % 300 == 299) {
        handles[i] = queue.arm(start, 100ms, i);
      }
    }

    EXPECT_EQ(queue.size(), 6U);
    for (std::uint64_t expected = 299; expected < 2000; expected += 300) {
      EXPECT_EQ(queue.pop_due(start + 100ms), expected);
    }
    EXPECT_TRUE(queue.empty());
  }
  EXPECT_EQ(support::allocation_count(), before);
}

TEST(DeadlineQueueTest, BehavesLikeAnOrderedMap) {
  Rng rng(11);
  DeadlineQueue queue;
  std::map<std::pair<Instant, std::uint64_t>, TimerHandle> model;
  std::vector<std::pair<std::pair<Instant, std::uint64_t>, TimerHandle>> armed;
  Instant now = kStart;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    now += Duration(static_cast<std::int64_t>(rng.below(3)));
    const auto duration = Duration(static_cast<std::int64_t>(rng.below(20) * 5));
    const bool irregular = rng.below(4) == 0;
    const TimerHandle handle =
        irregular ? queue.arm_irregular(now + duration, i) : queue.arm(now, duration, i);
    model[{now + duration, i}] = handle;
    armed.push_back({{now + duration, i}, handle});
    if (rng.below(2) == 0) {
      const auto& victim =
          armed[armed.size() - 1 - rng.below(std::min<std::size_t>(armed.size(), 40))];
      EXPECT_EQ(queue.cancel(victim.second), model.erase(victim.first) == 1);
    }
    if (rng.below(3) == 0) {
      while (const auto payload = queue.pop_due(now)) {
        ASSERT_FALSE(model.empty());
        ASSERT_EQ(model.begin()->first.second, *payload);
        ASSERT_LE(model.begin()->first.first, now);
        model.erase(model.begin());
      }
      ASSERT_TRUE(model.empty() || model.begin()->first.first > now);
      ASSERT_GT(queue.next(), now);
      ASSERT_LE(queue.next(), model.empty() ? kNever : model.begin()->first.first);
    }
    ASSERT_EQ(queue.size(), model.size());
  }
}

}  // namespace
}  // namespace shaketable::proxy
