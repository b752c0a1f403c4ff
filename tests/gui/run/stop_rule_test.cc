#include "gui/run/stop_rule.h"

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "gui/document/scenario_document.h"
#include "gui/run/run_handle.h"
#include "tests/gui/support/test_trouble.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::EventKind;
using engine::Instant;

class StopRuleTest : public testing::Test {
 protected:
  /// Waits for what the run's thread brings about, however long that takes.
  void run_until(StopRule rule) {
    const std::uint64_t met = run_.status().rules_met;
    run_.run_until(std::move(rule));
    while (run_.status().rules_met == met && run_.result() == nullptr) {
      std::this_thread::yield();
    }
    while (run_.status().state == RunState::kRunning) {
      std::this_thread::yield();
    }
    run_.fetch(history_, generation_);
  }
  /// The first of a kind from a moment on.
  Instant first(EventKind kind, Instant from = {}) const {
    for (const engine::RunEvent& event : history_.events()) {
      if (event.kind == kind && event.at >= from) {
        return event.at;
      }
    }
    return proxy::kNever;
  }

  ScenarioDocument document_ = ScenarioDocument::from_text("trouble.yaml", kTestTrouble);
  RunHandle run_{document_.scenario()};
  RunHistory history_;
  std::uint64_t generation_ = 0;
};

TEST_F(StopRuleTest, ARunPausesRightAfterAnEvent) {
  run_until({.events = {EventKind::kEjection}});
  ASSERT_EQ(run_.status().state, RunState::kPaused);
  const Instant ejected = first(EventKind::kEjection);
  ASSERT_NE(ejected, proxy::kNever);
  EXPECT_GE(run_.status().now, ejected);
  EXPECT_LE(run_.status().now, ejected + StopWatch::kGrain);

  const Instant before = run_.status().now;
  run_until({.events = {EventKind::kEjection}});
  EXPECT_GT(run_.status().now, before) << "the same event pauses it once";
}

TEST_F(StopRuleTest, WaitingForEventsChangesNothingOfARun) {
  run_until({.events = {EventKind::kPanic, EventKind::kInstanceDown}});
  ASSERT_NE(run_.result(), nullptr) << "neither happens";
  RunHandle other(document_.scenario());
  other.play(RunHandle::kAsFastAsItGoes);
  while (other.result() == nullptr) {
    std::this_thread::yield();
  }
  EXPECT_EQ(run_.result()->run.record.fingerprint, other.result()->run.record.fingerprint);
}

TEST_F(StopRuleTest, ARunPausesAtTheEndOfTheBucketInWhichAConditionBeginsToHold) {
  const auto has_errors = [](const RunHistory& history, Instant now) {
    return history.clients_at(history.bucket_at(now)).errors > 20;
  };
  run_until({.condition = has_errors});
  ASSERT_EQ(run_.status().state, RunState::kPaused);
  const Instant now = run_.status().now;
  EXPECT_EQ(now.time_since_epoch() % history_.bucket(), engine::Duration::zero());
  EXPECT_TRUE(has_errors(history_, now));
  EXPECT_FALSE(has_errors(history_, now - history_.bucket()));

  run_until({.condition = has_errors});
  EXPECT_GT(run_.status().now, now) << "it has to end before it can begin again";
}

TEST_F(StopRuleTest, TheFirstOfTwoRulesCounts) {
  run_until({.at = Instant(4s), .events = {EventKind::kFaultStart}});
  EXPECT_LT(run_.status().now, Instant(3s)) << "a fault begins at 2 s";
  run_until({.at = Instant(4s), .events = {EventKind::kFaultStart}});
  EXPECT_EQ(run_.status().now, Instant(4s));
}

TEST_F(StopRuleTest, ARunThatCannotGoOnSaysWhereAndWhy) {
  run_.run_until({.condition = [](const RunHistory&, Instant now) {
    if (now >= Instant(3s)) {
      throw std::runtime_error("no memory");
    }
    return false;
  }});
  while (run_.status().state != RunState::kFailed) {
    std::this_thread::yield();
  }
  EXPECT_NE(run_.status().problem.find("no memory"), std::string::npos);
  EXPECT_NE(run_.status().problem.find("failed at"), std::string::npos);
  EXPECT_EQ(run_.result(), nullptr);
  run_.play(RunHandle::kAsFastAsItGoes);  // Nothing happens to it any more.
  run_.finish();
}

TEST_F(StopRuleTest, StoppingFaultsKeepsHowFullBreakersWere) {
  run_until({.at = Instant(14s)});
  std::vector<Fill> before;
  const std::size_t edge = history_.edge(1, 2);
  ASSERT_LT(edge, history_.edges().size());
  for (std::size_t bucket = 0; bucket < history_.buckets(); ++bucket) {
    before.push_back(history_.fill_at(edge, bucket));
  }
  ASSERT_TRUE(before.back().is_known());
  run_.stop_faults();
  while (run_.status().generation == 0) {
    std::this_thread::yield();
  }
  run_.fetch(history_, generation_);
  ASSERT_EQ(generation_, 1);
  const std::size_t again = history_.edge(1, 2);
  ASSERT_EQ(history_.buckets(), before.size());
  for (std::size_t bucket = 0; bucket < before.size(); ++bucket) {
    EXPECT_EQ(history_.fill_at(again, bucket).requests, before[bucket].requests) << bucket;
    EXPECT_EQ(history_.fill_at(again, bucket).max_requests, before[bucket].max_requests) << bucket;
  }
}

}  // namespace
}  // namespace shaketable::gui
