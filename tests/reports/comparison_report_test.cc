#include "reports/comparison_report.h"

#include <algorithm>
#include <sstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/judge/comparison.h"
#include "engine/judge/judge.h"
#include "engine/judge/replications.h"
#include "reports/escape.h"
#include "reports/junit_report.h"
#include "reports/markdown_report.h"
#include "tests/support/golden.h"
#include "tests/support/hostile_names.h"
#include "tests/support/record_builder.h"

namespace shaketable::reports {
namespace {

using engine::Metric;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

/// A minute of a shop: `pay` with this latency and so many failures a second.
class ShopMinute {
 public:
  ShopMinute(int latency_ms, std::uint64_t failed, std::uint64_t seed = 1,
             const std::string& name = "pay")
      : builder_({"shop", name}, 60) {
    builder_.scenario.name = "minute";
    builder_.scenario.file = "minute.yaml";
    builder_.record.seed = seed;
    builder_.record.fingerprint = 0x1000U * static_cast<std::uint64_t>(latency_ms) + failed + seed;
    std::vector<engine::Traffic> traffic;
    for (int s = 0; s < 60; ++s) {
      traffic.push_back({s, s + 1, 100, failed, milliseconds(latency_ms + s % 3)});
    }
    builder_.service("shop", traffic);
    builder_.service(name, traffic);
    builder_.edge("shop", name, traffic);
    builder_.gauges(name, 400'000 + 1'000 * static_cast<std::uint64_t>(latency_ms));
    builder_.event(std::chrono::seconds(20), engine::EventKind::kCircuitOpen, "shop", name,
                   "max_connections", failed + 1);
    auto expectation = engine::expect_metric(Metric::kP99, builder_.service_subject("shop"),
                                             engine::Comparison::kLess,
                                             milliseconds(60) / std::chrono::nanoseconds(1));
    builder_.expect(expectation);
    record_ = builder_.finish();
    verdict_ = engine::judge(builder_.scenario, record_);
  }

  [[nodiscard]] engine::RunSummary summary() const {
    return engine::summarise(builder_.scenario, record_, verdict_);
  }
  [[nodiscard]] engine::ComparedSide side(const std::string& name) const {
    return {.name = name,
            .scenario = builder_.scenario,
            .record = record_,
            .verdict = verdict_,
            .runs = {summary()}};
  }
  [[nodiscard]] Report report() const {
    return {.scenario = builder_.scenario,
            .record = record_,
            .verdict = verdict_,
            .command = "shaketable run minute.yaml --seed 1"};
  }

 private:
  engine::RecordBuilder builder_;
  engine::RunRecord record_;
  engine::Verdict verdict_;
};

engine::RunComparison worse() {
  engine::RunComparison comparison = engine::compare_runs(ShopMinute(50, 0).side("before.json"),
                                                          ShopMinute(70, 3).side("after.json"), {});
  comparison.configuration = {{"minute.yaml: services.pay.instances", "3", "2"},
                              {"--set traffic.pay.timeout", "", "1s"}};
  return comparison;
}

TEST(ComparisonReportTest, LooksAsItShould) {
  const std::string text = comparison_text(worse(), {});
  const std::string narrow = comparison_text(worse(), {.color = false, .width = 80});
  const std::string markdown = comparison_markdown(worse());

  EXPECT_EQ(text, golden("compare.txt", text));
  EXPECT_EQ(narrow, golden("compare.80.txt", narrow));
  EXPECT_EQ(markdown, golden("compare.md", markdown));
}

TEST(ComparisonReportTest, StaysWithinTheTerminal) {
  for (const std::size_t width : {80U, 100U, 120U}) {
    std::istringstream lines(comparison_text(worse(), {.color = false, .width = width}));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(display_width(line), width) << line;
    }
  }
}

TEST(ComparisonReportTest, EveryChangeHasASignAlsoWithoutColour) {
  const std::string plain = comparison_text(worse(), {});
  const std::string colored = comparison_text(worse(), {.color = true});

  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
  EXPECT_THAT(plain, HasSubstr("+20 ms (+"));
  EXPECT_THAT(plain, HasSubstr("-2.9"));
  EXPECT_THAT(plain, HasSubstr("WORSE"));
  EXPECT_THAT(colored, HasSubstr("\x1b[1;31mWORSE\x1b[0m"));
}

TEST(ComparisonReportTest, JsonHoldsEveryFigure) {
  const boost::json::value json = boost::json::parse(comparison_json(worse()));

  EXPECT_EQ(json.at("format").as_string(), "shaketable-comparison");
  EXPECT_TRUE(json.at("regression").as_bool());
  EXPECT_EQ(json.at("events").at(0).at("after").as_int64(), 4);
  EXPECT_EQ(json.at("configuration").as_array().size(), 2U);
  EXPECT_EQ(json.at("expectations").at(0).at("change").as_string(), "worse");
}

TEST(ComparisonReportTest, HostileNamesStayText) {
  for (const std::string& name : hostile_names()) {
    const engine::RunComparison comparison = engine::compare_runs(
        ShopMinute(50, 0, 1, name).side(name), ShopMinute(70, 3, 1, name).side(name), {});

    const std::string text = comparison_text(comparison, {});
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_TRUE(boost::json::parse(comparison_json(comparison)).is_object());
    EXPECT_THAT(comparison_markdown(comparison), Not(HasSubstr("<script")));
  }
}

TEST(ReplicationReportTest, LooksAsItShould) {
  const ShopMinute first(50, 0);
  std::vector<engine::RunSummary> runs;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    runs.push_back(ShopMinute(seed == 5 ? 70 : 48 + static_cast<int>(seed), 0, seed).summary());
  }
  const engine::Replications all = engine::replicate(runs, 8, 8);
  const engine::RunComparison comparison = worse();
  Report report = first.report();
  report.replications = &all;

  const std::string text = text_report(report, {});
  const std::string markdown = markdown_report(report);
  report.comparison = &comparison;
  const std::string junit = junit_report({&report, 1});
  const std::string against = text_report(report, {});

  EXPECT_EQ(text, golden("runs.txt", text));
  EXPECT_EQ(markdown, golden("runs.md", markdown));
  EXPECT_EQ(junit, golden("runs.junit.xml", junit));
  EXPECT_EQ(against, golden("runs_against_a_baseline.txt", against));
}

}  // namespace
}  // namespace shaketable::reports
