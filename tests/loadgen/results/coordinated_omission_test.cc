#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/core/arrival_loop.h"
#include "loadgen/core/load_plan.h"
#include "loadgen/results/load_stats.h"

namespace shaketable::loadgen {
namespace {

using proxy::Duration;
using proxy::Instant;

LoadPlan six_seconds_at_2000() {
  LoadPlan plan;
  plan.name = "load";
  plan.journeys.emplace_back().name = "get";
  plan.stages = {{2'000'000'000, 2'000'000'000, Duration::zero()}};
  plan.arrivals = Arrivals::kConstant;
  plan.stop = proxy::kStart + std::chrono::seconds(6);
  return plan;
}

/// A server that answers in 100 us, but stands still for a second in the middle.
Instant answer_of(Instant arrival) {
  const Instant begin = proxy::kStart + std::chrono::milliseconds(2500);
  const Instant end = begin + std::chrono::seconds(1);
  const Instant served = arrival >= begin && arrival < end ? end : arrival;
  return served + std::chrono::microseconds(100);
}

/// What one share of the load measures, in virtual time.
RequestStats measure(Share share) {
  ArrivalLoop loop(six_seconds_at_2000(), proxy::Rng(7), share);
  RequestStats stats;
  while (loop.next_deadline() != proxy::kNever) {
    const Instant now = loop.next_deadline();
    while (const auto run = loop.next_run(now)) {
      const Instant end = answer_of(now);
      // Whoever generates may be stopped, too; the request is still due when it was due.
      const Instant sent = std::max(now, end - std::chrono::microseconds(100));
      stats.add({.intended = run->intended,
                 .started = sent,
                 .ended = end,
                 .status = 200,
                 .ok = true,
                 .has_latency = true});
      loop.on_run_finished(now, run->user, true);
    }
  }
  return stats;
}

TEST(CoordinatedOmissionTest, SeesTheWholeOfAStallFromWhenRequestsWereDue) {
  const RequestStats stats = measure({});

  EXPECT_EQ(stats.requests, 12'000U);
  EXPECT_GE(stats.latency.quantile(900'000), std::chrono::milliseconds(380));
  EXPECT_LE(stats.latency.quantile(900'000), std::chrono::milliseconds(440));
  EXPECT_GE(stats.latency.quantile(990'000), std::chrono::milliseconds(900));
  EXPECT_LE(stats.latency.quantile(990'000), std::chrono::milliseconds(960));
  // The service time alone hides it, which is why both are told.
  EXPECT_LE(stats.service.quantile(990'000), std::chrono::milliseconds(1));
}

TEST(CoordinatedOmissionTest, AddsUpToTheSameHistogramFromTwoAndFromFourGenerators) {
  const RequestStats whole = measure({});
  for (const std::uint32_t count : {2U, 4U}) {
    RequestStats sum;
    for (std::uint32_t i = 0; i < count; ++i) {
      sum.merge(measure({i, count}));
    }
    EXPECT_EQ(sum.requests, whole.requests) << count;
    EXPECT_TRUE(sum.latency == whole.latency) << count;
    EXPECT_TRUE(sum.service == whole.service) << count;
  }
}

}  // namespace
}  // namespace shaketable::loadgen
