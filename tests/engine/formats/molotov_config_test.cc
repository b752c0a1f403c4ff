#include "engine/formats/molotov_config.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/formats/load_file.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

MolotovConfig config_of(const std::string& text) {
  Diagnostics diagnostics;
  auto config = parse_molotov_config("molotov.json", text, diagnostics);
  EXPECT_TRUE(config.has_value()) << render(diagnostics, false);
  return config.value_or(MolotovConfig{});
}

constexpr char kAllKeys[] = R"({"molotov": {"env": {"URL": "http://x"}, "requirements": "r.txt",
  "tests": {"big": {"scenario": "loadtest.py", "workers": 100, "processes": 10, "duration": 60,
    "max_runs": 1, "ramp_up": 10.5, "sizing": false, "sizing_tolerance": 2.5, "delay": 0.1,
    "exception": true, "fail": 3, "single_mode": "buy", "verbose": 1, "console": true,
    "console_update": 0, "quiet": true, "statsd": true, "statsd_address": "udp://h:1",
    "force_shutdown": true, "use_extension": ["x.py"]}}}})";

TEST(MolotovConfigTest, ReadsEveryKey) {
  const MolotovConfig config = config_of(kAllKeys);

  ASSERT_EQ(config.tests.size(), 1U);
  EXPECT_EQ(config.env.at(0).second, "http://x");
  const MolotovTest& test = config.tests[0];
  EXPECT_EQ(test.workers, 100U);
  EXPECT_EQ(test.processes, 10U);
  EXPECT_EQ(test.duration, 60s);
  EXPECT_EQ(test.ramp_up, 10'500ms);
  EXPECT_EQ(test.sizing_tolerance_ppm, 25'000U);
  EXPECT_EQ(test.delay, 100ms);
  EXPECT_TRUE(test.exception);
  EXPECT_EQ(test.statsd_address, "udp://h:1");
  EXPECT_TRUE(test.force_shutdown);
  EXPECT_EQ(test.ignored, (std::vector<std::string>{"use_extension"}));
}

TEST(MolotovConfigTest, SizingHasMolotovsDefaults) {
  const MolotovConfig config = config_of(R"({"molotov": {"tests": {"test": {"sizing": true}}}})");
  EXPECT_EQ(config.tests[0].workers, 500U);
  EXPECT_EQ(config.tests[0].ramp_up, 300s);
}

TEST(MolotovConfigTest, NamesUnknownKeysWhichMolotovTakesInSilence) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parse_molotov_config("molotov.json",
                                    R"({"molotov": {"tests": {"a": {"wrkers": 5, "fail": "x"}}}})",
                                    diagnostics)
                   .has_value());
  const std::string report = render(diagnostics, false);
  EXPECT_THAT(report, HasSubstr("did you mean \"workers\""));
  EXPECT_EQ(diagnostics.error_count(), 2U) << report;
}

TEST(MolotovConfigTest, FindsTestsAsMolotovDoes) {
  const MolotovConfig two = config_of(R"({"molotov": {"tests": {"a": {}, "test": {}}}})");
  EXPECT_EQ(find_test(two, "")->name, "test");
  EXPECT_EQ(find_test(two, "a")->name, "a");
  EXPECT_EQ(find_test(two, "b"), nullptr);
  const MolotovConfig one = config_of(R"({"molotov": {"tests": {"a": {}}}})");
  EXPECT_EQ(find_test(one, "")->name, "a");
}

TEST(MolotovConfigTest, PutsItsSettingsOverALoad) {
  const MolotovTest test = config_of(kAllKeys).tests[0];
  loadgen::LoadPlan plan;
  plan.journeys.resize(2);
  plan.journeys[0].name = "browse";
  plan.journeys[0].weight = 9;
  plan.journeys[1].name = "buy";

  ASSERT_TRUE(apply_molotov(test, plan).has_value());

  EXPECT_EQ(plan.workers, 1'000U);
  EXPECT_EQ(plan.worker_duration, 60s);
  EXPECT_EQ(plan.run_delay.mean(), 100ms);
  EXPECT_EQ(plan.journeys[0].weight, 0U);
  EXPECT_EQ(plan.journeys[1].weight, 1U);
  EXPECT_TRUE(plan.stop_on_failure);
  plan.journeys.pop_back();
  EXPECT_FALSE(apply_molotov(test, plan).has_value());
}

TEST(MolotovConfigTest, WritesALoadFileToFillIn) {
  const MolotovTest test = config_of(kAllKeys).tests[0];

  const std::string text = molotov_load_file(test);

  Diagnostics diagnostics;
  const auto file = parse_load_file("big.yaml", text, {}, diagnostics);
  ASSERT_TRUE(file.has_value()) << render(diagnostics, false) << text;
  EXPECT_EQ(file->loads.at(0).workers, 1'000U);
  EXPECT_EQ(file->loads.at(0).journeys.at(0).name, "buy");
  EXPECT_EQ(file->loads.at(0).ramp_up, 10'500ms);
  EXPECT_EQ(file->loads.at(0).max_runs, 1U);
  EXPECT_THAT(molotov_advice(test, "big.yaml"), HasSubstr("loadtest.py"));
}

}  // namespace
}  // namespace shaketable::engine
