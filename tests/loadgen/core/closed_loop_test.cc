#include "loadgen/core/closed_loop.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::loadgen {
namespace {

using namespace std::chrono_literals;
using proxy::Distribution;
using proxy::Duration;
using proxy::Instant;
using proxy::kNever;
using proxy::kStart;
using proxy::Rng;

StepPlan request(std::uint32_t number) { return {false, number, {}}; }
StepPlan think(Duration time) { return {true, 0, Distribution::constant(time)}; }

/// Runs a closed loop against a server that answers each request after `service`.
class Runner {
 public:
  Runner(const ClosedLoopPlan& plan, Duration service, std::uint64_t seed = 1)
      : loop(plan, Rng(seed)), service_(service) {}

  void run_until(Instant end) {
    while (true) {
      take();
      const Instant answer = answers_.empty() ? kNever : answers_.begin()->first;
      const Instant next = std::min(answer, loop.next_deadline());
      if (next > end || next == kNever) {
        now = end;
        return;
      }
      now = next;
      if (answer == now) {
        const std::uint32_t worker = answers_.begin()->second;
        answers_.erase(answers_.begin());
        loop.on_finished(now, worker);
      }
    }
  }
  void take() {
    while (const std::optional<SendAction> action = loop.next_action(now)) {
      EXPECT_LE(action->intended, now);
      sent.push_back(*action);
      answers_.emplace(now + service_, action->worker);
    }
  }
  [[nodiscard]] std::size_t in_flight() const { return answers_.size(); }

  ClosedLoop loop;
  Instant now = kStart;
  std::vector<SendAction> sent;

 private:
  Duration service_;
  std::multimap<Instant, std::uint32_t> answers_;
};

ClosedLoopPlan one_request_plan(std::uint32_t workers) {
  ClosedLoopPlan plan;
  plan.workers = workers;
  plan.journeys = {{1, {request(7)}}};
  return plan;
}

TEST(ClosedLoopTest, RampsWorkerIOfNUpAtItsPartOfTheRampUp) {
  // Molotov: -w 5 --ramp-up 2 starts workers at 0, 0.4, 0.8, 1.2 and 1.6 s.
  ClosedLoopPlan plan = one_request_plan(5);
  plan.ramp_up = 2s;
  plan.start = kStart + 1s;
  Runner runner(plan, 100s);

  runner.run_until(kStart + 50s);

  ASSERT_EQ(runner.sent.size(), 5U);
  for (std::uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(runner.sent[i].worker, i);
    EXPECT_EQ(runner.sent[i].request, 7U);
    EXPECT_EQ(runner.sent[i].intended, kStart + 1s + i * 400ms);
  }
}

TEST(ClosedLoopTest, ActsWaitsForTheAnswerAndActsAgain) {
  ClosedLoopPlan plan = one_request_plan(2);
  plan.delay = Distribution::constant(250ms);
  Runner runner(plan, 50ms);

  runner.run_until(kStart + 10s);

  // Each worker: one request every 300 ms, the first at 0.
  EXPECT_EQ(runner.sent.size(), 2U * 34U);
  EXPECT_EQ(runner.sent[2].intended, kStart + 300ms);
  EXPECT_EQ(runner.sent[67].intended, kStart + 9900ms);
}

TEST(ClosedLoopTest, AddsThinkingToTheDelayBetweenTwoRequests) {
  ClosedLoopPlan plan;
  plan.workers = 1;
  plan.delay = Distribution::constant(100ms);
  plan.journeys = {{1, {request(1), think(1s), request(2), think(3s)}}};
  Runner runner(plan, 10ms);

  runner.run_until(kStart + 5s);

  ASSERT_EQ(runner.sent.size(), 3U);
  EXPECT_EQ(runner.sent[0].intended, kStart);
  EXPECT_EQ(runner.sent[1].request, 2U);
  EXPECT_EQ(runner.sent[1].intended, kStart + 10ms + 100ms + 1s);
  EXPECT_EQ(runner.sent[2].request, 1U);
  EXPECT_EQ(runner.sent[2].intended, kStart + 1110ms + 10ms + 100ms + 3s);
}

TEST(ClosedLoopTest, ThinksFirstWhenAJourneyBeginsSo) {
  ClosedLoopPlan plan;
  plan.workers = 1;
  plan.journeys = {{1, {think(1s), think(500ms), request(1)}}};
  Runner runner(plan, 10ms);

  runner.run_until(kStart + 2s);

  ASSERT_EQ(runner.sent.size(), 1U);
  EXPECT_EQ(runner.sent[0].intended, kStart + 1500ms);
}

TEST(ClosedLoopTest, PicksJourneysByTheirWeights) {
  ClosedLoopPlan plan;
  plan.workers = 10;
  plan.delay = Distribution::constant(1ms);
  plan.journeys = {{60, {request(0)}}, {30, {request(1)}}, {0, {request(9)}}, {10, {request(2)}}};
  Runner runner(plan, 1ms);

  runner.run_until(kStart + 10s);

  std::map<std::uint32_t, double> counts;
  for (const SendAction& action : runner.sent) {
    counts[action.request] += 1;
  }
  const auto total = static_cast<double>(runner.sent.size());
  ASSERT_GT(total, 49'000);
  EXPECT_EQ(counts.count(9), 0U);
  const std::pair<std::uint32_t, double> shares[] = {{0, 0.6}, {1, 0.3}, {2, 0.1}};
  for (const auto& [number, share] : shares) {
    const double deviation = std::sqrt(total * share * (1 - share));
    EXPECT_NEAR(counts[number], total * share, 4 * deviation) << number;
  }
}

TEST(ClosedLoopTest, NamesTheJourneyOfEachRequest) {
  ClosedLoopPlan plan;
  plan.workers = 1;
  plan.delay = Distribution::constant(1ms);
  plan.journeys = {{1, {request(10), request(11)}}, {1, {request(20)}}};
  Runner runner(plan, 1ms);

  runner.run_until(kStart + 1s);

  for (std::size_t i = 0; i < runner.sent.size(); ++i) {
    EXPECT_EQ(runner.sent[i].journey, runner.sent[i].request / 10 - 1);
    if (runner.sent[i].request == 10 && i + 1 < runner.sent.size()) {
      EXPECT_EQ(runner.sent[i + 1].request, 11U) << "a journey is not interrupted";
    }
  }
}

TEST(ClosedLoopTest, StartsNoRequestAtOrAfterStop) {
  ClosedLoopPlan plan = one_request_plan(3);
  plan.delay = Distribution::constant(100ms);
  plan.stop = kStart + 1s;
  Runner runner(plan, 100ms);

  runner.run_until(kStart + 5s);

  EXPECT_EQ(runner.sent.size(), 3U * 5U);
  EXPECT_EQ(runner.sent.back().intended, kStart + 800ms);
  EXPECT_EQ(runner.loop.active_workers(), 0U);
  EXPECT_EQ(runner.loop.next_deadline(), kNever);
}

TEST(ClosedLoopTest, StopsTheRampUpAtStop) {
  ClosedLoopPlan plan = one_request_plan(10);
  plan.ramp_up = 10s;
  plan.stop = kStart + 3s;
  Runner runner(plan, 20s);

  runner.run_until(kStart + 15s);

  EXPECT_EQ(runner.sent.size(), 3U);
  EXPECT_EQ(runner.in_flight(), 3U) << "what is in flight is not interrupted";
}

TEST(ClosedLoopTest, IgnoresAnswersThatNobodyWaitsFor) {
  Runner runner(one_request_plan(1), 1s);
  runner.take();

  runner.loop.on_finished(kStart + 1s, 0);
  runner.loop.on_finished(kStart + 1s, 0);
  runner.loop.on_finished(kStart + 1s, 17);
  runner.now = kStart + 1s;
  runner.take();

  EXPECT_EQ(runner.sent.size(), 2U);
}

TEST(ClosedLoopTest, StartsExtraWorkersAtOnce) {
  Runner runner(one_request_plan(4), 1s);
  runner.run_until(kStart + 500ms);

  runner.loop.set_factor(runner.now, 2'500'000);
  runner.take();

  EXPECT_EQ(runner.in_flight(), 10U);
  EXPECT_EQ(runner.loop.active_workers(), 10U);
  EXPECT_EQ(runner.sent.back().intended, kStart + 500ms);
}

TEST(ClosedLoopTest, LetsSurplusWorkersFinishTheirStepOnly) {
  Runner runner(one_request_plan(4), 1s);
  runner.run_until(kStart + 500ms);
  ASSERT_EQ(runner.in_flight(), 4U);

  runner.loop.set_factor(runner.now, 500'000);
  EXPECT_EQ(runner.loop.active_workers(), 4U);
  runner.run_until(kStart + 1500ms);

  EXPECT_EQ(runner.loop.active_workers(), 2U);
  EXPECT_EQ(runner.in_flight(), 2U);
}

TEST(ClosedLoopTest, BringsStoppedWorkersBackWhenTheFactorReturns) {
  ClosedLoopPlan plan = one_request_plan(4);
  plan.delay = Distribution::constant(10s);
  Runner runner(plan, 1s);
  runner.run_until(kStart + 2s);  // all of them sleep now
  runner.loop.set_factor(runner.now, 0);
  runner.run_until(kStart + 20s);
  ASSERT_EQ(runner.loop.active_workers(), 0U);
  const std::size_t before = runner.sent.size();

  runner.loop.set_factor(runner.now, 1'000'000);
  runner.take();

  EXPECT_EQ(runner.sent.size() - before, 4U);
}

TEST(ClosedLoopTest, KeepsTheRampUpUnderAFactor) {
  ClosedLoopPlan plan = one_request_plan(4);
  plan.ramp_up = 4s;
  Runner runner(plan, 100s);
  runner.run_until(kStart + 500ms);

  runner.loop.set_factor(runner.now, 1'500'000);
  runner.run_until(kStart + 600ms);
  EXPECT_EQ(runner.in_flight(), 3U) << "the first of the ramp-up and two extra ones";
  runner.run_until(kStart + 10s);

  EXPECT_EQ(runner.in_flight(), 6U);
}

TEST(ClosedLoopTest, DoesNotSpinOnJourneysWithoutRequests) {
  ClosedLoopPlan plan;
  plan.workers = 1;
  plan.journeys = {{1, {}}, {1, {think(0ns)}}, {1, {request(1)}}};
  Runner runner(plan, 1ms);

  runner.run_until(kStart + 1s);

  EXPECT_GT(runner.sent.size(), 100U);
  EXPECT_LT(runner.sent.size(), 1000U);
}

TEST(ClosedLoopTest, DoesNothingWithoutWorkersOrJourneys) {
  ClosedLoopPlan plan;
  plan.workers = 5;
  Runner no_journeys(plan, 1s);
  Runner no_workers(one_request_plan(0), 1s);

  no_journeys.run_until(kStart + 1s);
  no_workers.run_until(kStart + 1s);
  no_journeys.loop.set_factor(kStart + 1s, 5'000'000);

  EXPECT_EQ(no_journeys.loop.next_deadline(), kNever);
  EXPECT_EQ(no_workers.loop.next_deadline(), kNever);
  EXPECT_TRUE(no_journeys.sent.empty());
}

}  // namespace
}  // namespace shaketable::loadgen
