#include "gui/run/run_handle.h"

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "engine/cli/run_batch.h"
#include "engine/formats/scenario_loader.h"
#include "engine/judge/judge.h"
#include "engine/record/windows.h"
#include "gui/document/scenario_document.h"
#include "gui/run/mesh_state.h"
#include "tests/gui/support/test_shop.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

ScenarioDocument::Scenario shop() {
  return ScenarioDocument::from_text("shop.yaml", kTestShop).scenario();
}

/// The same scenario as `shaketable run` makes it.
struct CommandLineRun {
  std::uint64_t fingerprint = 0;
  std::string headline;
};

CommandLineRun command_line_run(const engine::ScenarioSource& source) {
  engine::Diagnostics diagnostics;
  const auto scenario = engine::load_scenario(source, diagnostics);
  EXPECT_TRUE(scenario.has_value()) << engine::render(diagnostics, false);
  if (!scenario) {
    return {};
  }
  engine::Simulation simulation(*scenario, {.seed = scenario->run.seed,
                                            .bucket = engine::bucket_for(scenario->run.duration),
                                            .windows = engine::windows_of(*scenario)});
  simulation.run_to_end();
  const engine::RunRecord record = simulation.take_record();
  return {record.fingerprint, engine::judge(*scenario, record).headline};
}

std::uint64_t fingerprint_of(const engine::ScenarioSource& source) {
  return command_line_run(source).fingerprint;
}

// Waits for a condition that the run's thread brings about, however long that takes.
void wait_for(const std::function<bool()>& condition) {
  while (!condition()) {
    std::this_thread::yield();
  }
}

void wait_until_at(RunHandle& run, engine::Instant at) {
  run.run_until(at);
  wait_for([&] { return run.status().now >= at; });
}

std::shared_ptr<const RunResult> finished(RunHandle& run) {
  run.play(RunHandle::kAsFastAsItGoes);
  wait_for([&] { return run.result() != nullptr; });
  return run.result();
}

TEST(RunHandleTest, GivesTheFingerprintAndVerdictOfTheCommandLine) {
  RunHandle run(shop());
  const auto result = finished(run);

  const CommandLineRun other = command_line_run(shop()->source);
  EXPECT_EQ(result->run.record.fingerprint, other.fingerprint);
  EXPECT_EQ(run.status().fingerprint, result->run.record.fingerprint);
  EXPECT_EQ(result->run.verdict.headline, other.headline);
  EXPECT_EQ(run.status().state, RunState::kFinished);
  EXPECT_EQ(result->run.record.seed, 3);
  EXPECT_FALSE(result->run.record.interrupted);
}

TEST(RunHandleTest, PausesAndStepsChangeNothingOfARun) {
  RunHandle run(shop());
  run.step(1);
  wait_for([&] { return run.status().events >= 1; });
  EXPECT_EQ(run.status().events, 1);
  run.step(500);
  wait_for([&] { return run.status().events > 1; });
  wait_until_at(run, engine::Instant(7s));
  EXPECT_EQ(run.status().now, engine::Instant(7s));
  wait_for([&] { return run.status().state == RunState::kPaused; });
  run.play(1000);
  run.pause();

  EXPECT_EQ(finished(run)->run.record.fingerprint, fingerprint_of(shop()->source));
}

TEST(RunHandleTest, HandsOutEveryBucketOnce) {
  RunHandle run(shop());
  RunHistory history;
  std::uint64_t generation = 0;
  for (int second = 1; second <= 19; second += 2) {
    wait_until_at(run, engine::Instant(std::chrono::seconds(second)));
    run.fetch(history, generation);
  }
  const auto result = finished(run);
  run.fetch(history, generation);

  const engine::RunRecord& record = result->run.record;
  const engine::Series* const stock =
      engine::find_series(record, {engine::Subject::Kind::kService, 1, engine::kNone, engine::kNone,
                                   engine::kNone, engine::kNone, engine::kNone, ""});
  ASSERT_NE(stock, nullptr);
  ASSERT_EQ(history.services().size(), 2);
  ASSERT_EQ(history.buckets(), history.services()[1].size());
  ASSERT_GE(history.buckets(), stock->points.size() - 1) << "all but one that the end cut short";
  for (std::size_t i = 0; i < history.buckets(); ++i) {
    EXPECT_EQ(history.service_at(1, i).count, stock->points[i].count) << i;
    EXPECT_EQ(history.edge_at(history.edge(0, 1), i).count > 0, stock->points[i].count > 0) << i;
    EXPECT_EQ(history.level_at(1, i).instances_up, 3) << i;
    EXPECT_GE(history.clients_at(i).count, 1) << i;
  }
  EXPECT_FALSE(history.events().empty());
  const std::vector<engine::Fault>& faults = result->scenario.scenario.faults;
  const MeshState during = state_at(history.events(), faults, engine::Instant(9s));
  EXPECT_EQ(during.faults.size(), 1);
  EXPECT_EQ(during.ejected.at(1).size(), 1) << "the slow host was ejected";
  EXPECT_TRUE(state_at(history.events(), faults, engine::Instant(1s)).faults.empty());
}

TEST(RunHandleTest, AFaultOfASessionIsReplayedByItsScenario) {
  RunHandle run(shop());
  wait_until_at(run, engine::Instant(2s));
  run.act({.name = "click-1", .what = "on: stock, delay: {add: 300ms, percent: 50%}"});
  wait_for([&] { return run.status().acts == 1; });
  wait_until_at(run, engine::Instant(6s));
  run.act({.name = "click-2", .what = "for: 2s, on: shop, abort: {status: 503, percent: 10%}"});
  const auto result = finished(run);

  ASSERT_EQ(result->scenario.scenario.faults.size(), 3);
  EXPECT_NE(result->run.record.fingerprint, fingerprint_of(shop()->source));
  EXPECT_EQ(result->run.record.fingerprint, fingerprint_of(result->scenario.source));
}

TEST(RunHandleTest, StoppedFaultsAreReplayedAsTheyWere) {
  RunHandle run(shop());
  wait_until_at(run, engine::Instant(2s));
  run.act({.name = "click-1", .what = "on: stock, delay: {add: 300ms}"});
  run.act({.name = "click-2", .what = "on: stock, kill: 1"});
  wait_until_at(run, engine::Instant(6s));  // slow-disk is on as well
  RunHistory history;
  std::uint64_t generation = 0;
  run.fetch(history, generation);
  const std::uint32_t before = history.service_at(1, 0).count;

  run.stop_faults();
  wait_for([&] { return run.status().generation == 1; });
  run.fetch(history, generation);
  EXPECT_EQ(generation, 1);
  EXPECT_EQ(history.service_at(1, 0).count, before) << "what was recorded stays";
  EXPECT_EQ(run.status().now, engine::Instant(6s));
  const auto result = finished(run);
  run.fetch(history, generation);

  EXPECT_EQ(result->run.record.fingerprint, fingerprint_of(result->scenario.source));
  const std::vector<engine::Fault>& faults = result->scenario.scenario.faults;
  EXPECT_TRUE(state_at(history.events(), faults, engine::Instant(7s)).faults.empty());
  EXPECT_TRUE(state_at(history.events(), faults, engine::Instant(7s)).down[1].empty());
}

/// Acts and, for some of them, "stop all faults": what is kept of it must replay to the same bytes.
void expect_replay(const char* what, bool stops) {
  SCOPED_TRACE(std::string(what) + (stops ? ", stopped" : ""));
  const std::string text = std::string(kTestShop) + "nodes: 3\n";
  RunHandle run(ScenarioDocument::from_text("shop.yaml", text).scenario());
  wait_until_at(run, engine::Instant(2s));
  run.act({.name = "click", .what = what});
  wait_for([&] { return run.status().acts == 1; });
  ASSERT_EQ(run.status().problem, "");
  if (stops) {
    wait_until_at(run, engine::Instant(7s));
    run.stop_faults();
    wait_for([&] { return run.status().generation == 1; });
  }
  const auto result = finished(run);
  EXPECT_EQ(result->run.record.fingerprint, fingerprint_of(result->scenario.source));
}

TEST(RunHandleTest, WhatThePlatformDoesIsReplayedAndStoppedToo) {
  for (const bool stops : {false, true}) {
    expect_replay("on: stock, deploy: {surge: 1, unavailable: 0}", stops);
    expect_replay("node_loss: {node: node-2, noticed_after: 3s}", stops);
    expect_replay("on: stock, leak: {memory: 64KiB, limit: 1MiB}", stops);
    expect_replay("on: stock, cache_flush: true, for: 20s", stops);
    expect_replay("on: stock, bandwidth: 64KiB/s", stops);
    expect_replay("on: shop, dns_stale: true", stops);
    expect_replay("discovery_delay: 30s", stops);
    expect_replay("cert_expire: true", stops);
    expect_replay("on: stock, clock_skew: 30h", stops);
  }
}

TEST(RunHandleTest, SaysWhyAFaultIsNotPossible) {
  RunHandle run(shop());

  run.act({.name = "click-1", .what = "on: nobody, delay: {add: 1s}"});
  wait_for([&] { return !run.status().problem.empty(); });

  EXPECT_EQ(run.status().acts, 0);
  EXPECT_EQ(finished(run)->run.record.fingerprint, fingerprint_of(shop()->source));
}

TEST(RunHandleTest, ARunThatIsLeftIsJudgedAsFarAsItCame) {
  RunHandle run(shop());
  wait_until_at(run, engine::Instant(4s));
  run.finish();
  wait_for([&] { return run.result() != nullptr; });

  EXPECT_TRUE(run.result()->run.record.interrupted);
  EXPECT_TRUE(run.result()->run.verdict.partial);
}

TEST(RunHandleTest, ARunIsJudgedWhileItGoesOnAndStaysTheSameRun) {
  RunHandle run(shop());
  run.run_until(engine::Instant(9s));
  wait_until_at(run, engine::Instant(9s));
  EXPECT_EQ(run.preview(), nullptr);
  run.analyse();
  wait_for([&] { return run.preview() != nullptr; });

  const auto preview = run.preview();
  EXPECT_TRUE(preview->run.record.interrupted);
  EXPECT_EQ(preview->run.record.ended, engine::Instant(9s));
  EXPECT_TRUE(preview->run.verdict.partial);
  EXPECT_EQ(run.status().analyses, 1);
  run.play(RunHandle::kAsFastAsItGoes);
  wait_for([&] { return run.result() != nullptr; });
  EXPECT_EQ(run.result()->run.record.fingerprint, command_line_run(shop()->source).fingerprint);
}

TEST(RunHandleTest, TellsHowMuchOfItsTimeWentIntoTheRunItself) {
  RunHandle run(shop());
  wait_until_at(run, engine::Instant(9s));
  wait_for([&] { return run.status().state == RunState::kPaused; });
  const RunStatus before = run.status();
  EXPECT_GT(before.own_cpu.count(), 0);
  EXPECT_GT(before.cpu, before.own_cpu);

  run.analyse();
  wait_for([&] { return run.status().cpu > before.cpu; });
  EXPECT_EQ(run.status().own_cpu, before.own_cpu) << "to judge it meanwhile is not the run";

  finished(run);
  EXPECT_GT(run.status().own_cpu, before.own_cpu);
  EXPECT_GT(run.status().cpu, run.status().own_cpu);
}

TEST(RunHandleTest, CanBeGivenUpAtAnyMoment) {
  for (int i = 0; i < 5; ++i) {
    RunHandle run(shop());
    run.play(i % 2 == 0 ? RunHandle::kAsFastAsItGoes : 0.001);
  }
}

}  // namespace
}  // namespace shaketable::gui
