#include "loadgen/core/worker_loop.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/loadgen/core/plan_builder.h"

namespace shaketable::loadgen {
namespace {

using namespace std::chrono_literals;
using proxy::Distribution;
using proxy::Duration;
using proxy::Instant;
using proxy::kNever;
using proxy::kStart;
using proxy::Rng;
using testing::journey;
using testing::one_request_plan;
using testing::plan_of;
using testing::request;

/// Runs that all take `length`; those of the journeys in `failing` fail.
std::vector<RunStart> runs_of(WorkerLoop& loop, Duration length, Instant end,
                              const std::set<std::uint32_t>& failing = {}) {
  std::vector<RunStart> runs;
  std::multimap<Instant, RunStart> under_way;
  Instant now = kStart;
  while (true) {
    while (const auto run = loop.next_run(now)) {
      runs.push_back(*run);
      under_way.emplace(now + length, *run);
    }
    const Instant over = under_way.empty() ? kNever : under_way.begin()->first;
    now = std::min(over, loop.next_deadline());
    if (now > end || now == kNever) {
      return runs;
    }
    if (over == now) {
      const RunStart run = under_way.begin()->second;
      under_way.erase(under_way.begin());
      loop.on_run_finished(now, run.user, !failing.contains(run.journey));
    }
  }
}

TEST(WorkerLoopTest, MaxRunsCountsForEachWorker) {
  // Molotov: -r 3 with two workers is six runs.
  LoadPlan plan = one_request_plan(2);
  plan.max_runs = 3;
  WorkerLoop loop(plan, Rng(1));

  const auto runs = runs_of(loop, 10ms, kStart + 10s);

  EXPECT_EQ(runs.size(), 6U);
  EXPECT_TRUE(loop.is_over());
}

TEST(WorkerLoopTest, DurationCountsFromEachWorkersOwnStart) {
  LoadPlan plan = one_request_plan(2);
  plan.ramp_up = 2s;
  plan.worker_duration = 1s;
  WorkerLoop loop(plan, Rng(1));

  const auto runs = runs_of(loop, 300ms, kStart + 10s);

  std::map<std::uint32_t, std::vector<Instant>> by_worker;
  for (const RunStart& run : runs) {
    by_worker[run.user].push_back(run.intended);
  }
  // 0, 300, 600, 900 ms after its start; the next one would begin after its second is over.
  ASSERT_EQ(by_worker[0].size(), 4U);
  ASSERT_EQ(by_worker[1].size(), 4U);
  EXPECT_EQ(by_worker[1].front(), kStart + 1s);
  EXPECT_EQ(by_worker[1].back(), kStart + 1900ms) << "no second of grace, as Molotov gives";
}

TEST(WorkerLoopTest, SingleRunIsEveryJourneyOnceInOrderOfNamesForEachWorker) {
  LoadPlan plan = plan_of(2, {journey("c", 1, {request(0)}), journey("a", 5, {request(1)}),
                              journey("b", 0, {request(2)})});
  plan.picker = Picker::kSingleRun;
  WorkerLoop loop(plan, Rng(1));

  const auto runs = runs_of(loop, 10ms, kStart + 10s);

  ASSERT_EQ(runs.size(), 4U) << "a journey of weight 0 is not there";
  EXPECT_EQ(runs[0].journey, 1U);
  EXPECT_EQ(runs[1].journey, 1U);
  EXPECT_EQ(runs[2].journey, 0U);
  EXPECT_EQ(runs[3].journey, 0U);
}

TEST(WorkerLoopTest, TheFirstFailureLetsOthersEndTheirRunOnly) {
  // Molotov's -x: other workers end after their current run.
  LoadPlan plan = one_request_plan(5);
  plan.ramp_up = 5s;
  plan.stop_on_failure = true;
  WorkerLoop loop(plan, Rng(1));

  const auto runs = runs_of(loop, 1500ms, kStart + 60s, {0});

  EXPECT_EQ(runs.size(), 2U) << "those that had begun before the first one failed at 1.5 s";
  EXPECT_TRUE(loop.is_over());
}

TEST(WorkerLoopTest, BeginsANewSessionAfterSoManyRuns) {
  LoadPlan plan = one_request_plan(1);
  plan.max_runs = 5;
  plan.runs_per_session = 2;
  WorkerLoop loop(plan, Rng(1));

  const auto runs = runs_of(loop, 10ms, kStart + 10s);

  std::vector<bool> renewed;
  for (const RunStart& run : runs) {
    renewed.push_back(run.new_session);
  }
  EXPECT_EQ(renewed, (std::vector<bool>{true, false, true, false, true}));
}

TEST(WorkerLoopTest, SharesAreTheWorkersOfOneLoad) {
  LoadPlan plan = one_request_plan(7);
  plan.ramp_up = 7s;
  plan.max_runs = 1;
  std::set<std::pair<std::uint32_t, Instant>> together;
  for (std::uint32_t i = 0; i < 3; ++i) {
    WorkerLoop part(plan, Rng(1), {i, 3});
    for (const RunStart& run : runs_of(part, 10ms, kStart + 60s)) {
      EXPECT_EQ(run.user % 3, i);
      together.emplace(run.user, run.intended);
    }
  }

  WorkerLoop whole(plan, Rng(1));
  std::set<std::pair<std::uint32_t, Instant>> alone;
  for (const RunStart& run : runs_of(whole, 10ms, kStart + 60s)) {
    alone.emplace(run.user, run.intended);
  }
  EXPECT_EQ(together, alone);
}

}  // namespace
}  // namespace shaketable::loadgen
