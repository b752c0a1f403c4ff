#include "loadgen/core/arrival_loop.h"

#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/core/pacer.h"
#include "tests/loadgen/core/plan_builder.h"

namespace shaketable::loadgen {
namespace {

using namespace std::chrono_literals;
using proxy::Duration;
using proxy::Instant;
using proxy::kNever;
using proxy::kStart;
using proxy::Rng;
using testing::open_plan;

std::vector<RunStart> runs_of(ArrivalLoop& loop, Duration length,
                              std::vector<Instant>* starts = {}) {
  std::vector<RunStart> runs;
  std::multimap<Instant, std::uint32_t> under_way;
  Instant now = kStart;
  while (true) {
    while (const auto run = loop.next_run(now)) {
      runs.push_back(*run);
      under_way.emplace(now + length, run->user);
      if (starts != nullptr) {
        starts->push_back(now);
      }
    }
    const Instant over = under_way.empty() ? kNever : under_way.begin()->first;
    now = std::min(over, std::max(now, loop.next_deadline()));
    if (now == kNever) {
      return runs;
    }
    if (over == now) {
      const std::uint32_t user = under_way.begin()->second;
      under_way.erase(under_way.begin());
      loop.on_run_finished(now, user, true);
    }
  }
}

TEST(ArrivalLoopTest, DropsWhatComesWhenTheLimitIsReached) {
  LoadPlan plan = open_plan(10, Arrivals::kConstant, 1s);
  plan.max_in_flight = 2;
  ArrivalLoop loop(plan, Rng(1));

  const auto runs = runs_of(loop, 250ms);

  EXPECT_EQ(loop.arrived(), 10U);
  EXPECT_EQ(runs.size() + loop.dropped(), 10U);
  EXPECT_EQ(loop.most_in_flight(), 2U);
  EXPECT_GT(loop.dropped(), 0U);
  EXPECT_EQ(loop.delayed(), 0U);
}

TEST(ArrivalLoopTest, ADroppedArrivalHasItsNumberToo) {
  LoadPlan plan = open_plan(10, Arrivals::kConstant, 1s);
  plan.max_in_flight = 1;
  ArrivalLoop loop(plan, Rng(1));

  const auto first = loop.next_run(kStart);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->run, 0U);
  EXPECT_FALSE(loop.next_run(kStart + 250ms).has_value()) << "two are dropped";
  loop.on_run_finished(kStart + 260ms, first->user, true);
  const auto second = loop.next_run(kStart + 300ms);

  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->run, 3U);
}

TEST(ArrivalLoopTest, ArrivalsOfOtherSharesHaveTheirNumbersToo) {
  LoadPlan plan = open_plan(10, Arrivals::kConstant, 1s);
  plan.max_in_flight = 1;
  ArrivalLoop loop(plan, Rng(1), {.index = 1, .count = 2});

  const auto first = loop.next_run(kStart + 100ms);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->run, 1U);
  EXPECT_FALSE(loop.next_run(kStart + 350ms).has_value()) << "number 3 is dropped";
  loop.on_run_finished(kStart + 360ms, first->user, true);
  const auto second = loop.next_run(kStart + 500ms);

  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->run, 5U);
}

TEST(ArrivalLoopTest, OneThatHadToWaitKeepsItsNumber) {
  LoadPlan plan = open_plan(10, Arrivals::kConstant, 1s);
  plan.max_in_flight = 1;
  plan.when_full = WhenFull::kWait;
  ArrivalLoop loop(plan, Rng(1));

  for (std::uint64_t number = 0; number < 10; ++number) {
    const Instant now = kStart + static_cast<std::int64_t>(number) * 250ms;
    const auto run = loop.next_run(now);
    ASSERT_TRUE(run.has_value());
    EXPECT_EQ(run->run, number);
    EXPECT_EQ(run->intended, kStart + static_cast<std::int64_t>(number) * 100ms);
    EXPECT_FALSE(loop.next_run(now + 240ms).has_value());
    loop.on_run_finished(now + 240ms, run->user, true);
  }
}

TEST(ArrivalLoopTest, LetsArrivalsWaitWithTheMomentAtWhichTheyWereDue) {
  LoadPlan plan = open_plan(10, Arrivals::kConstant, 1s);
  plan.max_in_flight = 1;
  plan.when_full = WhenFull::kWait;
  ArrivalLoop loop(plan, Rng(1));
  std::vector<Instant> starts;

  const auto runs = runs_of(loop, 200ms, &starts);

  ASSERT_EQ(runs.size(), 10U);
  EXPECT_EQ(loop.dropped(), 0U);
  EXPECT_EQ(loop.delayed(), 9U);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto number = static_cast<std::int64_t>(i);
    EXPECT_EQ(runs[i].intended, kStart + number * 100ms);
    EXPECT_EQ(starts[i], kStart + number * 200ms);
  }
}

TEST(ArrivalLoopTest, SharesOfAConstantRateTakeTurns) {
  const LoadPlan plan = open_plan(100, Arrivals::kConstant, 1s);
  std::vector<Instant> together;
  for (std::uint32_t i = 0; i < 4; ++i) {
    ArrivalLoop part(plan, Rng(1), {i, 4});
    for (const RunStart& run : runs_of(part, 1ms)) {
      together.push_back(run.intended);
    }
  }
  std::sort(together.begin(), together.end());
  ArrivalLoop whole(plan, Rng(1));
  std::vector<Instant> alone;
  for (const RunStart& run : runs_of(whole, 1ms)) {
    alone.push_back(run.intended);
  }
  EXPECT_EQ(together, alone);
}

TEST(ArrivalLoopTest, SharesOfAPoissonProcessAddUpToItsRate) {
  const LoadPlan plan = open_plan(1'000, Arrivals::kPoisson, 100s);
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < 4; ++i) {
    ArrivalLoop part(plan, Rng(1), {i, 4});
    count += runs_of(part, 1ms).size();
  }
  EXPECT_NEAR(static_cast<double>(count), 100'000.0, 4 * 316.0);
}

TEST(ArrivalLoopTest, ReplaysWhatWasRecorded) {
  LoadPlan plan = open_plan(1, Arrivals::kConstant, 10s);
  plan.start = kStart + 1s;
  plan.recorded = {0ns, 10ms, 10ms, 5s, 60s};
  ArrivalLoop loop(plan, Rng(1));

  std::vector<Instant> moments;
  for (const RunStart& run : runs_of(loop, 1ms)) {
    moments.push_back(run.intended);
  }

  EXPECT_EQ(moments,
            (std::vector<Instant>{kStart + 1s, kStart + 1010ms, kStart + 1010ms, kStart + 6s}));
}

TEST(ArrivalLoopTest, AFactorRepeatsRecordedArrivalsAtTheirMoments) {
  Replay replay({0ns, 1s, 2s, 3s, 4s}, kStart, kNever);
  replay.advance();

  replay.set_factor(kStart + 500ms, 1'500'000);

  std::vector<Instant> moments;
  while (replay.next() != kNever) {
    moments.push_back(replay.next());
    replay.advance();
  }
  EXPECT_EQ(moments, (std::vector<Instant>{kStart + 1s, kStart + 1s, kStart + 2s, kStart + 3s,
                                           kStart + 3s, kStart + 4s}));
}

TEST(ArrivalLoopTest, StopDropsWhatWaits) {
  LoadPlan plan = open_plan(10, Arrivals::kConstant, 10s);
  plan.max_in_flight = 1;
  plan.when_full = WhenFull::kWait;
  Pacer pacer(plan, Rng(1));
  ASSERT_TRUE(pacer.next_run(kStart).has_value());
  while (pacer.next_run(kStart + 450ms)) {
  }

  pacer.stop();
  pacer.on_run_finished(kStart + 500ms, 0, true);

  EXPECT_TRUE(pacer.is_over());
  EXPECT_EQ(pacer.open()->dropped(), 4U);
}

}  // namespace
}  // namespace shaketable::loadgen
