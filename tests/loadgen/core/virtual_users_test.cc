#include "loadgen/core/virtual_users.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
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

using testing::branch;
using testing::chance;
using testing::journey;
using testing::loop;
using testing::one_request_plan;
using testing::open_plan;
using testing::plan_of;
using testing::request;
using testing::status_is;
using testing::think;

/// Runs users against a server that answers each request after `service`.
class Runner {
 public:
  Runner(LoadPlan wanted, Duration service, std::uint64_t seed = 1)
      : plan(std::move(wanted)), loop(plan, Rng(seed)), service_(service) {}

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
        const SendAction action = answers_.begin()->second;
        answers_.erase(answers_.begin());
        loop.on_finished(now, action.user, {status_of(action), now - action.intended});
      }
    }
  }
  void take() {
    while (const std::optional<SendAction> action = loop.next_action(now)) {
      EXPECT_LE(action->intended, now);
      sent.push_back(*action);
      answers_.emplace(now + service_, *action);
    }
  }
  [[nodiscard]] std::size_t in_flight() const { return answers_.size(); }

  [[nodiscard]] std::uint32_t active() const { return loop.pacer().closed()->active_workers(); }
  [[nodiscard]] std::vector<std::uint32_t> requests() const {
    std::vector<std::uint32_t> result;
    for (const SendAction& action : sent) {
      result.push_back(action.request);
    }
    return result;
  }
  /// By request; 200 unless said otherwise.
  std::map<std::uint32_t, std::uint16_t> statuses;
  LoadPlan plan;
  VirtualUsers loop;
  Instant now = kStart;
  std::vector<SendAction> sent;

 private:
  [[nodiscard]] std::uint16_t status_of(const SendAction& action) const {
    const auto found = statuses.find(action.request);
    return found == statuses.end() ? std::uint16_t{200} : found->second;
  }

  Duration service_;
  std::multimap<Instant, SendAction> answers_;
};

TEST(VirtualUsersTest, RampsWorkerIOfNUpAtItsPartOfTheRampUp) {
  // Molotov: -w 5 --ramp-up 2 starts workers at 0, 0.4, 0.8, 1.2 and 1.6 s.
  LoadPlan plan = one_request_plan(5);
  plan.ramp_up = 2s;
  plan.start = kStart + 1s;
  Runner runner(plan, 100s);

  runner.run_until(kStart + 50s);

  ASSERT_EQ(runner.sent.size(), 5U);
  for (std::uint32_t i = 0; i < 5; ++i) {
    EXPECT_EQ(runner.sent[i].user, i);
    EXPECT_EQ(runner.sent[i].request, 7U);
    EXPECT_EQ(runner.sent[i].intended, kStart + 1s + i * 400ms);
  }
}

TEST(VirtualUsersTest, ActsWaitsForTheAnswerAndActsAgain) {
  LoadPlan plan = one_request_plan(2);
  plan.delay = Distribution::constant(250ms);
  Runner runner(plan, 50ms);

  runner.run_until(kStart + 10s);

  // Each worker: one request every 300 ms, the first at 0.
  EXPECT_EQ(runner.sent.size(), 2U * 34U);
  EXPECT_EQ(runner.sent[2].intended, kStart + 300ms);
  EXPECT_EQ(runner.sent[67].intended, kStart + 9900ms);
}

TEST(VirtualUsersTest, AddsThinkingToTheDelayBetweenTwoRequests) {
  LoadPlan plan = plan_of(1, {journey("a", 1, {request(1), think(1s), request(2), think(3s)})});
  plan.delay = Distribution::constant(100ms);
  Runner runner(plan, 10ms);

  runner.run_until(kStart + 5s);

  ASSERT_EQ(runner.sent.size(), 3U);
  EXPECT_EQ(runner.sent[0].intended, kStart);
  EXPECT_EQ(runner.sent[1].request, 2U);
  EXPECT_EQ(runner.sent[1].intended, kStart + 10ms + 100ms + 1s);
  EXPECT_EQ(runner.sent[2].request, 1U);
  EXPECT_EQ(runner.sent[2].intended, kStart + 1110ms + 10ms + 100ms + 3s);
}

TEST(VirtualUsersTest, WaitsTheDelayOnceBehindAJourneyThatEndsInALoopOrABranch) {
  for (const bool sends_again : {false, true}) {
    std::vector<Step> steps = {loop(2, {request(1)})};
    steps.push_back(branch(status_is(sends_again ? 200 : 500, 599), {request(2)}));
    LoadPlan plan = plan_of(1, {journey("a", 1, std::move(steps))});
    plan.delay = Distribution::constant(1s);
    Runner runner(plan, 100ms);

    runner.run_until(kStart + 3500ms);

    ASSERT_EQ(runner.sent.size(), 4U);
    for (std::size_t i = 0; i < runner.sent.size(); ++i) {
      EXPECT_EQ(runner.sent[i].intended, kStart + i * 1100ms) << i;
    }
    EXPECT_EQ(runner.sent[2].request, sends_again ? 2U : 1U);
  }
}

TEST(VirtualUsersTest, ThinksFirstWhenAJourneyBeginsSo) {
  LoadPlan plan = plan_of(1, {journey("a", 1, {think(1s), think(500ms), request(1)})});
  Runner runner(plan, 10ms);

  runner.run_until(kStart + 2s);

  ASSERT_EQ(runner.sent.size(), 1U);
  EXPECT_EQ(runner.sent[0].intended, kStart + 1500ms);
}

TEST(VirtualUsersTest, PicksJourneysByTheirWeights) {
  LoadPlan plan = plan_of(10, {journey("a", 60, {request(0)}), journey("b", 30, {request(1)}),
                               journey("c", 0, {request(9)}), journey("d", 10, {request(2)})});
  plan.delay = Distribution::constant(1ms);
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

TEST(VirtualUsersTest, NamesTheJourneyOfEachRequest) {
  LoadPlan plan =
      plan_of(1, {journey("a", 1, {request(10), request(11)}), journey("b", 1, {request(20)})});
  plan.delay = Distribution::constant(1ms);
  Runner runner(plan, 1ms);

  runner.run_until(kStart + 1s);

  for (std::size_t i = 0; i < runner.sent.size(); ++i) {
    EXPECT_EQ(runner.sent[i].journey, runner.sent[i].request / 10 - 1);
    if (runner.sent[i].request == 10 && i + 1 < runner.sent.size()) {
      EXPECT_EQ(runner.sent[i + 1].request, 11U) << "a journey is not interrupted";
    }
  }
}

TEST(VirtualUsersTest, StartsNoRequestAtOrAfterStop) {
  LoadPlan plan = one_request_plan(3);
  plan.delay = Distribution::constant(100ms);
  plan.stop = kStart + 1s;
  Runner runner(plan, 100ms);

  runner.run_until(kStart + 5s);

  EXPECT_EQ(runner.sent.size(), 3U * 5U);
  EXPECT_EQ(runner.sent.back().intended, kStart + 800ms);
  EXPECT_EQ(runner.active(), 0U);
  EXPECT_EQ(runner.loop.next_deadline(), kNever);
}

TEST(VirtualUsersTest, StopsTheRampUpAtStop) {
  LoadPlan plan = one_request_plan(10);
  plan.ramp_up = 10s;
  plan.stop = kStart + 3s;
  Runner runner(plan, 20s);

  runner.run_until(kStart + 15s);

  EXPECT_EQ(runner.sent.size(), 3U);
  EXPECT_EQ(runner.in_flight(), 3U) << "what is in flight is not interrupted";
}

TEST(VirtualUsersTest, IgnoresAnswersThatNobodyWaitsFor) {
  Runner runner(one_request_plan(1), 1s);
  runner.take();

  runner.loop.on_finished(kStart + 1s, 0, {200, 1s});
  runner.loop.on_finished(kStart + 1s, 0, {200, 1s});
  runner.loop.on_finished(kStart + 1s, 17, {200, 1s});
  runner.now = kStart + 1s;
  runner.take();

  EXPECT_EQ(runner.sent.size(), 2U);
}

TEST(VirtualUsersTest, StartsExtraWorkersAtOnce) {
  Runner runner(one_request_plan(4), 1s);
  runner.run_until(kStart + 500ms);

  runner.loop.set_factor(runner.now, 2'500'000);
  runner.take();

  EXPECT_EQ(runner.in_flight(), 10U);
  EXPECT_EQ(runner.active(), 10U);
  EXPECT_EQ(runner.sent.back().intended, kStart + 500ms);
}

TEST(VirtualUsersTest, LetsSurplusWorkersFinishTheirStepOnly) {
  Runner runner(one_request_plan(4), 1s);
  runner.run_until(kStart + 500ms);
  ASSERT_EQ(runner.in_flight(), 4U);

  runner.loop.set_factor(runner.now, 500'000);
  EXPECT_EQ(runner.active(), 4U);
  runner.run_until(kStart + 1500ms);

  EXPECT_EQ(runner.active(), 2U);
  EXPECT_EQ(runner.in_flight(), 2U);
}

TEST(VirtualUsersTest, BringsStoppedWorkersBackWhenTheFactorReturns) {
  LoadPlan plan = one_request_plan(4);
  plan.delay = Distribution::constant(10s);
  Runner runner(plan, 1s);
  runner.run_until(kStart + 2s);  // all of them sleep now
  runner.loop.set_factor(runner.now, 0);
  runner.run_until(kStart + 20s);
  ASSERT_EQ(runner.active(), 0U);
  const std::size_t before = runner.sent.size();

  runner.loop.set_factor(runner.now, 1'000'000);
  runner.take();

  EXPECT_EQ(runner.sent.size() - before, 4U);
}

TEST(VirtualUsersTest, KeepsTheRampUpUnderAFactor) {
  LoadPlan plan = one_request_plan(4);
  plan.ramp_up = 4s;
  Runner runner(plan, 100s);
  runner.run_until(kStart + 500ms);

  runner.loop.set_factor(runner.now, 1'500'000);
  runner.run_until(kStart + 600ms);
  EXPECT_EQ(runner.in_flight(), 3U) << "the first of the ramp-up and two extra ones";
  runner.run_until(kStart + 10s);

  EXPECT_EQ(runner.in_flight(), 6U);
}

TEST(VirtualUsersTest, DoesNotSpinOnJourneysWithoutRequests) {
  LoadPlan plan = plan_of(
      1, {journey("a", 1, {}), journey("b", 1, {think(0ns)}), journey("c", 1, {request(1)})});
  Runner runner(plan, 1ms);

  runner.run_until(kStart + 1s);

  EXPECT_GT(runner.sent.size(), 100U);
  EXPECT_LT(runner.sent.size(), 1000U);
}

TEST(VirtualUsersTest, DoesNothingWithoutWorkersOrJourneys) {
  LoadPlan plan = plan_of(5, {});
  Runner no_journeys(plan, 1s);
  Runner no_workers(one_request_plan(0), 1s);

  no_journeys.run_until(kStart + 1s);
  no_workers.run_until(kStart + 1s);
  no_journeys.loop.set_factor(kStart + 1s, 5'000'000);

  EXPECT_EQ(no_journeys.loop.next_deadline(), kNever);
  EXPECT_EQ(no_workers.loop.next_deadline(), kNever);
  EXPECT_TRUE(no_journeys.sent.empty());
}

TEST(VirtualUsersTest, GoesThroughLoopsWithinLoops) {
  Runner runner(
      plan_of(1, {journey("a", 1, {loop(2, {request(1), loop(3, {request(2)})}), request(3)})}),
      1ms);

  runner.run_until(kStart + 8ms + 500us);

  EXPECT_EQ(runner.requests(), (std::vector<std::uint32_t>{1, 2, 2, 2, 1, 2, 2, 2, 3}));
}

TEST(VirtualUsersTest, TakesBranchesByTheStatusOfTheLastAnswer) {
  LoadPlan plan = plan_of(
      1, {journey("a", 1, {request(1), branch(status_is(404, 404), {request(2)}, {request(3)})})});
  plan.requests[1].accepts_any_status = true;
  Runner found(plan, 1ms);
  Runner missing(plan, 1ms);
  missing.statuses[1] = 404;

  found.run_until(kStart + 3ms);
  missing.run_until(kStart + 3ms);

  EXPECT_EQ(found.requests(), (std::vector<std::uint32_t>{1, 3, 1, 3}));
  EXPECT_EQ(missing.requests(), (std::vector<std::uint32_t>{1, 2, 1, 2}));
}

TEST(VirtualUsersTest, TakesBranchesByChanceAsOftenAsItSays) {
  Runner runner(plan_of(4, {journey("a", 1, {request(1), branch(chance(200'000), {request(2)})})}),
                1ms);

  runner.run_until(kStart + 20s);

  const std::vector<std::uint32_t> requests = runner.requests();
  const auto taken = static_cast<double>(std::count(requests.begin(), requests.end(), 2));
  const auto asked = static_cast<double>(std::count(requests.begin(), requests.end(), 1));
  EXPECT_NEAR(taken, asked * 0.2, 4 * std::sqrt(asked * 0.2 * 0.8));
}

TEST(VirtualUsersTest, RepeatsUntilTheConditionHolds) {
  Step step = loop(10, {request(1)});
  step.condition = {status_is(200, 299)};
  step.until = true;
  LoadPlan plan = plan_of(1, {journey("a", 1, {step, request(2)})});
  plan.requests[1].accepts_any_status = true;
  plan.requests[1].continue_on_failure = true;
  Runner works(plan, 1ms);
  Runner fails(plan, 1ms);
  fails.statuses[1] = 503;

  works.run_until(kStart + 1500us);
  fails.run_until(kStart + 10500us);

  EXPECT_EQ(works.requests(), (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(fails.sent.size(), 11U);
  EXPECT_EQ(fails.sent.back().request, 2U);
}

TEST(VirtualUsersTest, EndsARunAtItsFirstFailureUnlessItMayGoOn) {
  LoadPlan plan = plan_of(1, {journey("a", 1, {request(1), request(2)})});
  Runner ends(plan, 1ms);
  ends.statuses[1] = 500;
  plan.continue_on_failure = true;
  Runner goes_on(plan, 1ms);
  goes_on.statuses[1] = 500;

  ends.run_until(kStart + 2500us);
  goes_on.run_until(kStart + 2500us);

  EXPECT_EQ(ends.requests(), (std::vector<std::uint32_t>{1, 1, 1}));
  EXPECT_EQ(ends.loop.runs().failed, 2U);
  EXPECT_EQ(goes_on.requests(), (std::vector<std::uint32_t>{1, 2, 1}));
  EXPECT_EQ(goes_on.loop.runs().failed, 1U) << "the run counts as failed all the same";
}

TEST(VirtualUsersTest, FailsRunsWhoseCheckOfLatencyDoesNotHold) {
  LoadPlan plan = one_request_plan(1);
  Condition check;
  check.kind = Condition::Kind::kLatency;
  check.comparison = Comparison::kLess;
  check.number = 5'000'000;
  plan.requests[7].checks = {check};
  Runner fast(plan, 4ms);
  Runner slow(plan, 5ms);

  fast.run_until(kStart + 50ms);
  slow.run_until(kStart + 50ms);

  EXPECT_EQ(fast.loop.runs().failed, 0U);
  EXPECT_EQ(slow.loop.runs().failed, 10U);
  EXPECT_EQ(slow.loop.runs().succeeded, 0U);
}

TEST(VirtualUsersTest, SleepsTheJourneysDelayAfterSuccessOnly) {
  LoadPlan plan = one_request_plan(1);
  plan.journeys[0].delay = Distribution::constant(1s);
  plan.run_delay = Distribution::constant(100ms);
  Runner works(plan, 10ms);
  Runner fails(plan, 10ms);
  fails.statuses[7] = 500;

  works.run_until(kStart + 2s);
  fails.run_until(kStart + 2s);

  EXPECT_EQ(works.sent.at(1).intended, kStart + 1110ms);
  EXPECT_EQ(fails.sent.at(1).intended, kStart + 110ms);
}

TEST(VirtualUsersTest, SendsJourneysOfAnOpenLoopWithoutWaitingForOthers) {
  LoadPlan plan = open_plan(10, Arrivals::kConstant, 1s);
  plan.journeys = {journey("a", 1, {request(1), think(300ms), request(2)})};
  Runner runner(plan, 50ms);

  runner.run_until(kStart + 5s);

  const std::vector<std::uint32_t> requests = runner.requests();
  EXPECT_EQ(std::count(requests.begin(), requests.end(), 1), 10);
  EXPECT_EQ(std::count(requests.begin(), requests.end(), 2), 7)
      << "the load is over before the second step of the last three";
  EXPECT_EQ(runner.loop.runs().interrupted, 3U);
}

}  // namespace
}  // namespace shaketable::loadgen
