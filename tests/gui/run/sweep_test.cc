#include "gui/run/sweep.h"

#include <gtest/gtest.h>

#include "engine/cli/run_batch.h"
#include "engine/formats/scenario_loader.h"
#include "engine/record/windows.h"
#include "engine/sim/simulation.h"
#include "tests/gui/support/test_shop.h"

namespace shaketable::gui {
namespace {

engine::ScenarioSource shop() {
  return {.file = "shop.yaml", .overrides = {}, .files = {{"shop.yaml", kTestShop}}};
}

/// Threads end by themselves: there is nothing to wait for but them.
void wait_for(const Sweep& sweep) {
  while (sweep.done() < sweep.size()) {
    std::this_thread::yield();
  }
}

TEST(SweepTest, EveryCellIsTheRunOfItsScenario) {
  const Sweep sweep(shop(), {{{"services", "stock", "instances"}, {"2", "4"}},
                             {{"traffic", "stock", "retries", "attempts"}, {"0", "2", "4"}}});
  wait_for(sweep);

  const std::vector<SweepCell> cells = sweep.cells();
  ASSERT_EQ(cells.size(), 6);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    ASSERT_EQ(cells[i].state, SweepCell::State::kDone) << cells[i].problem;
    const auto edit = sweep.edit_for(shop(), i);
    ASSERT_TRUE(edit);
    engine::Diagnostics diagnostics;
    const auto scenario = engine::load_scenario(with_edit(shop(), *edit), diagnostics);
    ASSERT_TRUE(scenario);
    engine::Simulation simulation(*scenario, {.seed = scenario->run.seed,
                                              .bucket = engine::bucket_for(scenario->run.duration),
                                              .windows = engine::windows_of(*scenario)});
    simulation.run_to_end();
    EXPECT_EQ(cells[i].fingerprint, simulation.fingerprint()) << i;
  }
  EXPECT_NE(cells[5].fingerprint, cells[0].fingerprint);
  EXPECT_EQ(cells[0].retries_ppm, 0) << "no attempts, no retries";
  EXPECT_GT(cells[0].rate, 0);
  EXPECT_GT(cells[0].p99, cells[0].p50);
}

TEST(SweepTest, AValueThatIsNoneSaysWhyAndTheOthersRun) {
  const Sweep sweep(shop(), {{{"services", "stock", "instances"}, {"two", "2"}}}, 1);
  wait_for(sweep);

  EXPECT_EQ(sweep.cells()[0].state, SweepCell::State::kRefused);
  EXPECT_NE(sweep.cells()[0].problem.find("expected"), std::string::npos)
      << sweep.cells()[0].problem;
  EXPECT_EQ(sweep.cells()[1].state, SweepCell::State::kDone);
}

TEST(SweepTest, CanBeGivenUpAtAnyMoment) {
  std::vector<std::string> many;
  for (int i = 1; i <= 200; ++i) {
    many.push_back(std::to_string(i));
  }
  const Sweep sweep(shop(), {{{"services", "stock", "instances"}, many}});
  EXPECT_EQ(sweep.size(), 200);
}

TEST(SweepTest, ValuesArePartedByCommasOutsideOfBraces) {
  EXPECT_EQ(sweep_values("1, 2,5"), (std::vector<std::string>{"1", "2", "5"}));
  EXPECT_EQ(sweep_values("10ms, {a: 1, b: [2, 3]}, \"x, y\""),
            (std::vector<std::string>{"10ms", "{a: 1, b: [2, 3]}", "\"x, y\""}));
  EXPECT_EQ(sweep_values("2..4, 8"), (std::vector<std::string>{"2", "3", "4", "8"}));
  EXPECT_EQ(sweep_values("4..2, a..b, 1..1000"),
            (std::vector<std::string>{"4..2", "a..b", "1..1000"}));
  EXPECT_TRUE(sweep_values(" , ,").empty());
}

}  // namespace
}  // namespace shaketable::gui
