#include <algorithm>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "loadgen/app/sizing_level.h"
#include "loadgen/app/sizing_report.h"
#include "tests/loadgen/app/load_said.h"
#include "tests/loadgen/core/plan_builder.h"
#include "tests/loadgen/live/test_server.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::loadgen::app {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using engine::ExitCode;
using live::TestServer;

/// Answers workers 0 to `most` - 1 with 200, the others with 503.
TestServer::Manners serves_workers(unsigned most) {
  return [most](TestServer::Peer& peer) {
    constexpr char kBegin[] = "GET /w/";
    while (peer.read_request()) {
      const bool is_ours = peer.head().starts_with(kBegin) &&
                           std::stoul(peer.head().substr(sizeof(kBegin) - 1)) < most;
      peer.write(TestServer::response(is_ours ? 200 : 503, "x"));
    }
  };
}

constexpr char kWorkers[] =
    "load:\n"
    "  users:\n"
    "    workers: 1\n"
    "    steps: [{request: \"GET /w/${worker}\", name: w}]\n"
    "run: {duration: 1s}\n";

std::vector<std::string> sizing_of(const std::string& file, const std::string& url) {
  return {file,
          "--target",
          url,
          "--sizing",
          "--sizing-tolerance",
          "0",
          "--sizing-trial",
          "300ms",
          "--sizing-settle",
          "0",
          "--sizing-precision",
          "0.1"};
}

TEST(SizingTest, FindsHowManyWorkersAServerBears) {
  TestServer server(serves_workers(3));
  const TemporaryFolder folder;
  const std::string file = folder.write("load.yaml", kWorkers);

  const LoadSaid said = load_said(sizing_of(file, server.url()));

  EXPECT_EQ(said.code, ExitCode::kPassed) << said.err;
  EXPECT_TRUE(said.has_out("holds up to 3 workers; 4 workers failed (2 trials of it held)"))
      << said.out;
  EXPECT_TRUE(said.has_out("broken: error_rate <= 0%")) << said.out;
  EXPECT_TRUE(said.has_err("4 workers: fails")) << said.err;
}

TEST(SizingTest, WritesItsResultAsJson) {
  TestServer server(serves_workers(1));
  const TemporaryFolder folder;
  std::vector<std::string> arguments = sizing_of(folder.write("load.yaml", kWorkers), server.url());
  arguments.insert(arguments.end(), {"--json", "-", "--threshold", "p99 < 1h"});

  const LoadSaid said = load_said(arguments);

  EXPECT_EQ(said.code, ExitCode::kPassed) << said.err;
  const json::value parsed = json::parse(said.out);
  const json::object& root = parsed.as_object();
  EXPECT_EQ(root.at("level").to_number<std::int64_t>(), 1);
  EXPECT_EQ(root.at("fails_at").to_number<std::int64_t>(), 2);
  EXPECT_EQ(root.at("unit").as_string(), "workers");
  EXPECT_EQ(root.at("objectives").as_array().size(), 2U);
  EXPECT_FALSE(root.at("interrupted").as_bool());
  ASSERT_EQ(root.at("points").as_array().size(), 2U);
  EXPECT_EQ(root.at("points").as_array()[0].as_object().at("trials").to_number<std::int64_t>(), 2);
}

TEST(SizingTest, FailsWhenTheServerBearsNothing) {
  TestServer server(serves_workers(0));
  const TemporaryFolder folder;

  const LoadSaid said = load_said(sizing_of(folder.write("load.yaml", kWorkers), server.url()));

  EXPECT_EQ(said.code, ExitCode::kExpectationFailed) << said.err;
  EXPECT_TRUE(said.has_out("no load meets the objectives, however low")) << said.out;
}

TEST(SizingTest, EndsAtTheMostThatMayBeTried) {
  TestServer server(serves_workers(1'000));
  const TemporaryFolder folder;
  std::vector<std::string> arguments = sizing_of(folder.write("load.yaml", kWorkers), server.url());
  arguments.insert(arguments.end(), {"--sizing-max", "3", "--sizing-confirm", "0"});

  const LoadSaid said = load_said(arguments);

  EXPECT_EQ(said.code, ExitCode::kPassed) << said.err;
  EXPECT_TRUE(said.has_out("holds up to 3 workers, the most that was tried (1 trial of it held)"))
      << said.out;
}

TEST(SizingTest, RefusesWhatDoesNotGoTogether) {
  const std::vector<std::vector<std::string>> bad = {
      {"http://127.0.0.1:1/", "--sizing", "-n", "5"},
      {"http://127.0.0.1:1/", "--sizing", "--single-run"},
      {"http://127.0.0.1:1/", "--sizing", "--sizing-trial", "0"},
      {"http://127.0.0.1:1/", "--sizing", "--html", "x.html"},
      {"http://127.0.0.1:1/", "--sizing", "--ndjson", "-"},
      {"http://127.0.0.1:1/", "--sizing", "--sizing-tolerance", "101"},
      {"http://127.0.0.1:1/", "--sizing", "--json", "/nowhere/at/all.json"},
  };
  for (const auto& arguments : bad) {
    const LoadSaid said = load_said(arguments);
    EXPECT_EQ(said.code, ExitCode::kUsage) << arguments.back();
    EXPECT_NE(said.err, "") << arguments.back();
  }
}

TEST(SizingLevelTest, GrowsWhatTheLoadIsMadeOf) {
  const LoadPlan closed = testing::one_request_plan(20);
  const LoadPlan open = testing::open_plan(500, Arrivals::kConstant, 1h);

  const auto of_closed = level_scale({closed});
  const auto of_open = level_scale({open});
  const auto of_both = level_scale({closed, open});

  ASSERT_TRUE(of_closed && of_open && of_both);
  EXPECT_EQ(of_closed->kind, LevelKind::kWorkers);
  EXPECT_EQ(of_closed->first, 20U);
  EXPECT_EQ(of_open->kind, LevelKind::kRate);
  EXPECT_EQ(of_open->first, 500U);
  EXPECT_EQ(of_both->kind, LevelKind::kFactor);
  EXPECT_EQ(of_both->first, 1'000U);
}

TEST(SizingLevelTest, RefusesRecordedArrivals) {
  LoadPlan plan = testing::one_request_plan(0);
  plan.recorded = {0s, 1s};

  EXPECT_FALSE(level_scale({plan}));
}

TEST(SizingLevelTest, ScalesAllLoadsTogether) {
  LoadPlan closed = testing::one_request_plan(20);
  closed.ramp_up = 10s;
  closed.max_runs = 3;
  const LoadPlan open = testing::open_plan(500, Arrivals::kConstant, 1h);

  const auto loads = loads_at({closed, open}, LevelKind::kFactor, 1'500, 7s);

  ASSERT_EQ(loads.size(), 2U);
  EXPECT_EQ(loads[0].workers, 30U);
  EXPECT_EQ(loads[0].ramp_up, proxy::Duration::zero());
  EXPECT_EQ(loads[0].max_runs, 0U);
  EXPECT_EQ(loads[0].stop, proxy::kStart + 7s);
  EXPECT_EQ(loads[1].stages.front().to_ups, 750'000'000U);
  // A load never loses its last worker: it would become an open loop.
  EXPECT_EQ(loads_at({closed}, LevelKind::kFactor, 1, 7s)[0].workers, 1U);
}

SizingResult result_of(const std::vector<std::int64_t>& p99_ms) {
  SizingResult result;
  result.target = "http://shop.test/";
  result.kind = LevelKind::kRate;
  result.objectives = {"p99 < 300ms"};
  for (std::size_t i = 0; i < p99_ms.size(); ++i) {
    SizingPoint point;
    point.level = (i + 1) * 100;
    point.trials = 1;
    point.held = p99_ms[i] < 300 ? 1 : 0;
    point.requests = 1'000;
    point.time = 10s;
    point.p99 = std::chrono::milliseconds(p99_ms[i]);
    result.points.push_back(point);
  }
  return result;
}

TEST(SizingReportTest, MarksTheKneeAndSaysWhatBroke) {
  SizingResult result = result_of({10, 11, 20, 900});
  result.level = 300;
  result.fails = 400;
  result.points.back().broken = {"p99 < 300ms (900 ms)"};
  result.points.front().errors.add("connection refused", 3);
  result.points.back().errors.add("connection reset", 1'200);

  const std::string text = sizing_text(result, false);

  EXPECT_NE(text.find("holds up to 300/s; 400/s failed"), std::string::npos) << text;
  EXPECT_NE(text.find("<- knee"), std::string::npos) << text;
  EXPECT_NE(text.find("broken: p99 < 300ms (900 ms)"), std::string::npos) << text;
  EXPECT_NE(text.find("1,200 connection reset"), std::string::npos) << text;
  EXPECT_EQ(text.find("refused"), std::string::npos) << "only of the level that failed: " << text;
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_NE(sizing_text(result, true).find("\033[32m"), std::string::npos);
}

TEST(SizingReportTest, FindsNoKneeWhereLatencyIsFlat) {
  const std::string text = sizing_text(result_of({10, 11, 10, 12}), false);

  EXPECT_EQ(text.find("knee"), std::string::npos) << text;
}

TEST(SizingReportTest, SaysThatItWasInterrupted) {
  SizingResult result = result_of({10});
  result.was_interrupted = true;

  EXPECT_NE(sizing_text(result, false).find("interrupted before the search was over"),
            std::string::npos);
}

}  // namespace
}  // namespace shaketable::loadgen::app
