#include "gui/workbench/workbench.h"

#include <QSignalSpy>

#include <gtest/gtest.h>

#include "engine/cli/run_batch.h"
#include "engine/record/windows.h"
#include "gui/document/mesh_edits.h"
#include "gui/workbench/words.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

class WorkbenchTest : public testing::Test {
 protected:
  WorkbenchTest() { bench_.create(QStringLiteral("shop.yaml"), kTestShop); }
  Workbench bench_;
};

std::uint64_t command_line_fingerprint(const engine::ScenarioSource& source) {
  engine::Diagnostics diagnostics;
  const auto scenario = engine::load_scenario(source, diagnostics);
  EXPECT_TRUE(scenario.has_value()) << engine::render(diagnostics, false);
  engine::Simulation simulation(*scenario, {.seed = scenario->run.seed,
                                            .bucket = engine::bucket_for(scenario->run.duration),
                                            .windows = engine::windows_of(*scenario)});
  simulation.run_to_end();
  return simulation.take_record().fingerprint;
}

TEST_F(WorkbenchTest, ARunHasTheFingerprintOfTheCommandLine) {
  run_to_end(bench_);

  const RunEntry& run = *bench_.shown();
  EXPECT_EQ(run.result->run.record.fingerprint,
            command_line_fingerprint(bench_.document().source()));
  EXPECT_EQ(bench_.reached(), Instant(20s));
}

TEST_F(WorkbenchTest, GoesBackInTime) {
  run_to_end(bench_);

  bench_.look_at(Instant(7s));
  ASSERT_TRUE(bench_.look().has_value());
  EXPECT_FALSE(bench_.follows());
  EXPECT_EQ(bench_.look()->nodes[1].faults.size(), 1) << "the slow disk is on";

  bench_.look_at(Instant(4s));
  EXPECT_TRUE(bench_.look()->nodes[1].faults.empty());
  bench_.look_at(Instant(500s));
  EXPECT_EQ(bench_.moment(), Instant(20s)) << "not beyond what has happened";
}

TEST_F(WorkbenchTest, JumpsFromOneTurningPointToTheNext) {
  run_to_end(bench_);
  bench_.look_at(Instant(0s));

  bench_.jump(true);
  EXPECT_EQ(bench_.moment(), Instant(5s)) << "the fault begins";
  bench_.jump(true);
  const Instant second = bench_.moment();
  EXPECT_GT(second, Instant(5s));
  bench_.jump(false);
  EXPECT_EQ(bench_.moment(), Instant(5s));
}

TEST_F(WorkbenchTest, BreaksARunThatIsGoingOnAndKeepsItInTheScenario) {
  run_and_pause_at(bench_, Instant(12s));
  bench_.break_now("stock-errors", "on: stock, abort: {status: 503}, for: 3s");
  wait_for([&] { return bench_.shown()->status.acts == 1; });
  bench_.set_speed(RunHandle::kAsFastAsItGoes);
  bench_.run_or_pause();
  wait_for([&] { return bench_.shown()->result != nullptr; });

  bench_.look_at(Instant(13s));
  EXPECT_EQ(bench_.look()->nodes[1].faults.size(), 1);
  EXPECT_GT(bench_.look()->nodes[0].error_share, 0.5);
  const std::uint64_t fingerprint = bench_.shown()->result->run.record.fingerprint;

  bench_.keep_acts();
  EXPECT_NE(text_of(bench_).find("stock-errors"), std::string::npos);
  EXPECT_EQ(command_line_fingerprint(bench_.document().source()), fingerprint)
      << "the saved scenario is the run";
}

TEST_F(WorkbenchTest, WhatIsKeptOfARunLeavesLaterChangesOfTheScenarioAlone) {
  run_and_pause_at(bench_, Instant(12s));
  bench_.break_now("stock-errors", "on: stock, abort: {status: 503}, for: 3s");
  wait_for([&] { return bench_.shown()->status.acts == 1; });
  EXPECT_NE(bench_.unkept(), nullptr);
  ASSERT_TRUE(
      bench_.edit(set_value(bench_.document().source(), {"services", "stock", "instances"}, "5")));
  ASSERT_TRUE(bench_.plan_fault("stock-errors", Instant(1s), "on: stock, slow: 2x, for: 1s"));
  EXPECT_TRUE(bench_.keep_acts());

  EXPECT_EQ(bench_.unkept(), nullptr);
  EXPECT_EQ(written_value(bench_.document().source(), {"services", "stock", "instances"}), "5");
  EXPECT_EQ(bench_.scenario()->faults.size(), 3) << "another fault of that name keeps its own";
  const std::string once = text_of(bench_);
  EXPECT_TRUE(bench_.keep_acts());
  EXPECT_EQ(text_of(bench_), once) << "what is kept is not kept twice";
}

TEST_F(WorkbenchTest, ARunWithWhatWasDoneToItIsWhatTheScenarioSaysOnceThatIsKept) {
  run_and_pause_at(bench_, Instant(12s));
  bench_.break_now("stock-errors", "on: stock, abort: {status: 503}, for: 3s");
  wait_for([&] { return bench_.shown()->status.acts == 1; });
  ASSERT_TRUE(bench_.keep_acts());
  EXPECT_FALSE(bench_.is_outdated());
  bench_.undo();
  EXPECT_TRUE(bench_.is_outdated());
}

TEST_F(WorkbenchTest, GoesBackAndForthThroughWhatWasSelected) {
  EXPECT_FALSE(bench_.can_select_back());
  bench_.select(Selection::of_service("shop"));
  bench_.select(Selection::of_edge("shop", "stock"));
  bench_.select_back();
  EXPECT_EQ(bench_.selection(), Selection::of_service("shop"));
  bench_.select_back();
  EXPECT_EQ(bench_.selection(), Selection{});
  EXPECT_FALSE(bench_.can_select_back());
  bench_.select_back();
  bench_.select_forth();
  EXPECT_EQ(bench_.selection(), Selection::of_service("shop"));
  bench_.select(Selection::of_service("stock"));
  EXPECT_FALSE(bench_.can_select_forth()) << "another way was taken";
}

TEST_F(WorkbenchTest, WritesAFaultIntoTheScenarioWhenNothingRuns) {
  bench_.break_now("stock-slow", "on: stock, slow: 10x, for: 2s");

  ASSERT_NE(bench_.scenario(), nullptr);
  EXPECT_EQ(bench_.scenario()->faults.size(), 2);
  bench_.undo();
  EXPECT_EQ(text_of(bench_), kTestShop);
}

TEST_F(WorkbenchTest, RefusesAFaultThatTheLoaderRefusesAndSaysWhy) {
  QSignalSpy said(&bench_, &Workbench::said);
  bench_.break_now("nonsense", "on: nobody, slow: 10x");

  ASSERT_EQ(said.count(), 1);
  EXPECT_TRUE(said.front().at(1).toBool());
  EXPECT_EQ(text_of(bench_), kTestShop);
}

TEST_F(WorkbenchTest, AnEditDuringARunDoesNotTouchTheRun) {
  run_and_pause_at(bench_, Instant(3s));
  ASSERT_TRUE(
      bench_.edit(set_value(bench_.document().source(), {"services", "stock", "instances"}, "5")));

  EXPECT_TRUE(bench_.is_outdated());
  EXPECT_TRUE(bench_.look().has_value()) << "the same services and calls: figures still fit";
  ASSERT_TRUE(bench_.edit(add_service(bench_.document().source(), "tax")));
  EXPECT_FALSE(bench_.look().has_value()) << "another mesh";
  bench_.stop();
  wait_for([&] { return bench_.shown()->result != nullptr; });
  EXPECT_EQ(bench_.shown()->result->scenario.scenario.mesh.services.size(), 2);
}

TEST_F(WorkbenchTest, ARunThatIsLeftForAnotherIsStillJudged) {
  run_and_pause_at(bench_, Instant(3s));
  run_to_end(bench_);
  wait_for([&] { return bench_.runs().front().result != nullptr; });

  EXPECT_TRUE(bench_.runs().front().result->run.record.interrupted);
  EXPECT_EQ(bench_.runs().size(), 2);
  EXPECT_EQ(bench_.shown_index(), 1);
}

TEST_F(WorkbenchTest, StopsAllFaults) {
  run_and_pause_at(bench_, Instant(6s));
  bench_.stop_faults();
  wait_for([&] { return bench_.shown()->status.acts == 1; });
  bench_.run_until(Instant(8s));
  wait_for([&] { return bench_.reached() >= Instant(8s); });

  EXPECT_TRUE(bench_.look()->state.faults.empty());
}

TEST_F(WorkbenchTest, ForgetsARunThatGoesOnWithItsDocument) {
  bench_.begin_run();
  bench_.create(QStringLiteral("again.yaml"), kTestShop);
  EXPECT_TRUE(bench_.runs().empty());
  EXPECT_EQ(bench_.shown(), nullptr);

  bench_.begin_run();
  ASSERT_EQ(bench_.runs().size(), 1);
  EXPECT_EQ(bench_.shown()->status.state, RunState::kRunning)
      << "and goes away in the middle of it";
}

TEST(WordsTest, WritesDurationsAsTheFilesDo) {
  EXPECT_EQ(duration_yaml(40s), "40s");
  EXPECT_EQ(duration_yaml(1500ms), "1500ms");
  EXPECT_EQ(duration_yaml(7ns), "7ns");
  EXPECT_EQ(clock_text(Instant(64s + 250ms)), QStringLiteral("1:04.2"));
}

}  // namespace
}  // namespace shaketable::gui
