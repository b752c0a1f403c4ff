#include <sstream>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/capacity_report.h"
#include "engine/cli/cli.h"

namespace shaketable::engine {
namespace {

using testing::HasSubstr;

struct Said {
  ExitCode code = ExitCode::kPassed;
  std::string out, err;
};

Said shaketable(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  Said said;
  said.code = run_cli(arguments, {.out = out, .err = err});
  said.out = out.str();
  said.err = err.str();
  return said;
}

std::vector<std::string> capacity_of_the_shop(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"capacity",
                                        "scenarios/shop-under-load.yaml",
                                        "--duration",
                                        "12s",
                                        "--no-progress",
                                        "--seeds",
                                        "2",
                                        "--precision",
                                        "20",
                                        "--from",
                                        "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(CapacityTest, FindsTheHighestLoadThatMeetsTheObjectives) {
  const Said said = shaketable(
      capacity_of_the_shop({"--slo", "p99 < 300ms", "--slo", "error_rate < 1%", "--json", "-"}));

  EXPECT_EQ(said.code, ExitCode::kPassed) << said.err;
  const auto root = boost::json::parse(said.out);
  const auto level = root.at("factor_thousandths").as_int64();
  const auto fails = root.at("fails_at_thousandths").as_int64();
  EXPECT_GE(level, 1'000);
  EXPECT_GT(fails, level);
  EXPECT_LE(fails, level * 6 / 5 + 1);
  for (const auto& point : root.at("points").as_array()) {
    if (point.at("factor_thousandths").as_int64() == level) {
      EXPECT_EQ(point.at("held").as_int64(), 2);
    }
  }
  EXPECT_THAT(said.err, HasSubstr("holds up to")) << "the summary stands aside";
}

TEST(CapacityTest, TheSameSeedGivesTheSameAnswer) {
  const auto arguments =
      capacity_of_the_shop({"--slo", "p99 < 300ms", "--load", "partner", "--format", "json"});
  const Said first = shaketable(arguments);
  EXPECT_EQ(first.out, shaketable(arguments).out);
  EXPECT_THAT(first.out, HasSubstr(R"("load":"partner")"));
}

TEST(CapacityTest, SaysThatTheLoadAsWrittenIsTooMuch) {
  const Said said = shaketable(capacity_of_the_shop({"--slo", "p50 < 1us"}));
  EXPECT_EQ(said.code, ExitCode::kExpectationFailed);
  EXPECT_THAT(said.out, HasSubstr("no load meets the objectives"));
}

TEST(CapacityTest, RefusesWhatItCannotMeasure) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--slo", "p99 <> 3"}, "ST"},
      {{"--slo", "dropped < 3"}, "live program"},
      {{"--slo", "p99 of nobody < 3ms"}, "no load, journey or service"},
      {{"--slo", "p99 < 3ms", "--load", "partnr"}, "did you mean \"partner\"?"},
      {{"--slo", "p99 < 3ms", "--to", "0.5"}, "--from is above --to"}};
  for (const auto& [more, wanted] : cases) {
    const Said said = shaketable(capacity_of_the_shop(more));
    EXPECT_EQ(said.code, ExitCode::kUsage);
    EXPECT_THAT(said.err, HasSubstr(wanted));
  }
}

TEST(CapacityTest, TheKneeIsWhereLatencyBeginsToClimb) {
  std::vector<CapacityPoint> points;
  for (const std::int64_t level : {1, 2, 3, 4, 5}) {
    CapacityPoint& point = points.emplace_back();
    point.level = static_cast<LoadLevel>(level);
    point.figures.p99 = level < 4 ? 10 : (level == 4 ? 20 : 100);
  }
  EXPECT_EQ(knee_of(points), 4U);
  points.resize(2);
  EXPECT_EQ(knee_of(points), 0U);
}

std::vector<CapacityPoint> points_of(const std::vector<std::int64_t>& latencies) {
  std::vector<CapacityPoint> points;
  for (const std::int64_t latency : latencies) {
    CapacityPoint& point = points.emplace_back();
    point.level = static_cast<LoadLevel>(points.size());
    point.figures.p99 = latency;
  }
  return points;
}

TEST(CapacityTest, ThereIsNoKneeWhereLatencyIsFlatOrClimbsEvenly) {
  EXPECT_EQ(knee_of(points_of({100, 90, 101, 95, 110})), 0U);
  EXPECT_EQ(knee_of(points_of({100, 200, 300, 400, 500})), 0U);
  EXPECT_EQ(knee_of(points_of({0, 0, 0})), 0U);
}

TEST(CapacityTest, TheKneeLiesBeforeTheSlowestLevelEvenIfTheLastOneIsFast) {
  EXPECT_EQ(knee_of(points_of({10, 11, 12, 100, 400, 20})), 4U);
}

}  // namespace
}  // namespace shaketable::engine
