#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/results/result_json.h"
#include "tests/loadgen/app/load_said.h"
#include "tests/loadgen/live/test_server.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::loadgen::app {
namespace {

using engine::ExitCode;
using live::TestServer;

/// Generators that each write a file, and what `merge` makes of these.
class MergeTest : public testing::Test {
 protected:
  /// Carries out a part; its exit code.
  ExitCode part(std::vector<std::string> arguments) {
    files_.push_back(folder_.path() + "/" + std::to_string(files_.size()) + ".json");
    arguments.insert(arguments.end(), {"-q", "--json", files_.back()});
    return load_said(arguments).code;
  }
  ExitCode shares(std::uint32_t count, const std::vector<std::string>& load) {
    for (std::uint32_t i = 1; i <= count; ++i) {
      std::vector<std::string> arguments = load;
      arguments.insert(arguments.end(),
                       {"--shard", std::to_string(i) + "/" + std::to_string(count)});
      if (const ExitCode code = part(std::move(arguments)); code != ExitCode::kPassed) {
        return code;
      }
    }
    return ExitCode::kPassed;
  }
  LoadSaid merged(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"merge"};
    arguments.insert(arguments.end(), files_.begin(), files_.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return load_said(arguments);
  }

  std::vector<std::string> files_;
  TemporaryFolder folder_;
  TestServer ok_{TestServer::answers(200, "x")};
  TestServer broken_{TestServer::answers(503, "busy")};
};

TEST_F(MergeTest, JudgesTheSumByWhatTheLoadWasToMeet) {
  ASSERT_EQ(shares(2, {ok_.url(), "-c", "2", "-n", "8", "--threshold", "error_rate < 1%",
                       "--threshold", "max < 1us"}),
            ExitCode::kPassed)
      << "a part is not judged";

  const LoadSaid said = merged();

  EXPECT_EQ(said.code, ExitCode::kExpectationFailed);
  EXPECT_TRUE(said.has_out("holds  error_rate < 1%")) << said.out;
  EXPECT_TRUE(said.has_out("missed max < 1us")) << said.out;
}

TEST_F(MergeTest, CountsAreThoseOfTheSum) {
  // Each generator has half of the failures that are too many.
  ASSERT_EQ(shares(2, {broken_.url(), "-c", "2", "-r", "3", "--fail", "4"}), ExitCode::kPassed);

  const LoadSaid said = merged();

  EXPECT_EQ(said.code, ExitCode::kExpectationFailed);
  EXPECT_TRUE(said.has_out("missed failed_runs < 4   (6)")) << said.out;
}

TEST_F(MergeTest, JudgesEachLoadByItsOwnThresholds) {
  const std::string file =
      folder_.write("two.yaml", "target: " + ok_.url() +
                                    "\n"
                                    "load:\n"
                                    "  first: {workers: 2, max_runs: 2, request: GET /}\n"
                                    "  second:\n"
                                    "    {workers: 2, max_runs: 1, request: GET /,\n"
                                    "     thresholds: [max < 1us, dropped < 1]}\n");
  ASSERT_EQ(shares(2, {file}), ExitCode::kPassed);

  const LoadSaid said = merged({"--threshold", "error_rate of first < 1%"});

  EXPECT_EQ(said.code, ExitCode::kExpectationFailed);
  EXPECT_TRUE(said.has_out("missed second: max < 1us")) << said.out;
  EXPECT_TRUE(said.has_out("holds  second: dropped < 1")) << said.out;
  EXPECT_TRUE(said.has_out("holds  error_rate of first < 1%")) << said.out;
}

TEST_F(MergeTest, FailsWhenASetUpOfOnePartFailed) {
  const std::string file = folder_.write("load.yaml",
                                         "load: {users: {workers: 1, max_runs: 1, request: GET /,\n"
                                         "  set_up: {session: [POST /login]}}}\n");
  ASSERT_EQ(part({file, "--target", ok_.url()}), ExitCode::kPassed);
  ASSERT_EQ(part({file, "--target", broken_.url()}), ExitCode::kExpectationFailed);

  const LoadSaid said = merged();

  EXPECT_EQ(said.code, ExitCode::kExpectationFailed);
  EXPECT_TRUE(said.has_out("set-up       failed: ")) << said.out;
}

TEST_F(MergeTest, FailsWhenOnePartEndedEarly) {
  ASSERT_EQ(part({ok_.url(), "-n", "4"}), ExitCode::kPassed);
  ASSERT_EQ(part({broken_.url(), "-d", "60s", "-c", "1", "-x"}), ExitCode::kExpectationFailed);

  const LoadSaid said = merged();

  EXPECT_EQ(said.code, ExitCode::kExpectationFailed);
  EXPECT_TRUE(said.has_out("ended early  a run failed")) << said.out;
}

TEST_F(MergeTest, SaysWhichPartOfTheLoadIsNotThere) {
  const std::vector<std::string> load = {ok_.url(), "-c", "3", "-n", "9", "--shard"};
  for (const char* share : {"1/3", "3/3"}) {
    std::vector<std::string> arguments = load;
    arguments.emplace_back(share);
    ASSERT_EQ(part(std::move(arguments)), ExitCode::kPassed);
  }

  const LoadSaid incomplete = merged();
  EXPECT_EQ(incomplete.code, ExitCode::kRuntime);
  EXPECT_TRUE(incomplete.has_err("part 2/3 of it")) << incomplete.err;
  EXPECT_TRUE(incomplete.has_out("2 parts of 3")) << incomplete.out;

  std::vector<std::string> last = load;
  last.emplace_back("2/3");
  ASSERT_EQ(part(std::move(last)), ExitCode::kPassed);
  const LoadSaid whole = merged();
  EXPECT_EQ(whole.code, ExitCode::kPassed) << whole.err;
  EXPECT_TRUE(whole.has_out("requests     9 ")) << whole.out;

  files_.push_back(files_.front());
  EXPECT_TRUE(merged().has_err("part 1/3 of the load is counted twice"));
}

TEST_F(MergeTest, AddsUpSumsAsWell) {
  ASSERT_EQ(shares(4, {ok_.url(), "-c", "4", "-n", "8"}), ExitCode::kPassed);
  const std::string left = folder_.path() + "/left.json";
  const std::string right = folder_.path() + "/right.json";
  EXPECT_EQ(load_said({"merge", files_[0], files_[2], "--json", left}).code, ExitCode::kRuntime);
  EXPECT_EQ(load_said({"merge", files_[1], files_[3], "--json", right}).code, ExitCode::kRuntime);

  const LoadSaid said = load_said({"merge", left, right});

  EXPECT_EQ(said.code, ExitCode::kPassed) << said.err;
  EXPECT_TRUE(said.has_out("requests     8 ")) << said.out;
}

TEST_F(MergeTest, FindsTheResultInALogThatHoldsMore) {
  const LoadSaid result = load_said({ok_.url(), "-n", "5", "-q", "--json", "-"});
  const std::string log =
      folder_.write("pod.log", "shaketable-load: something was said\n" + result.out + "and more\n");

  const LoadSaid said = load_said({"merge", log});

  EXPECT_EQ(said.code, ExitCode::kPassed) << said.err;
  EXPECT_TRUE(said.has_out("requests     5 ")) << said.out;
}

TEST_F(MergeTest, RefusesResultsThatRequireNonsense) {
  const LoadSaid good =
      load_said({ok_.url(), "-n", "1", "-q", "--json", "-", "--threshold", "p99 < 1h"});
  for (const auto& [what, with] :
       {std::pair{std::string("p99 < 1h\"}],\"shares\":[]"),
                  std::string("p99 is nice\"}],\"shares\":[]")},
        std::pair{std::string("\"shares\":[]"), std::string("\"shares\":[[5,4]]")},
        std::pair{std::string("\"shares\":[]"), std::string("\"shares\":[[1,999999999]]")}}) {
    std::string text = good.out;
    const std::size_t at = text.find(what);
    ASSERT_NE(at, std::string::npos) << text.substr(0, 2'000);
    text.replace(at, what.size(), with);

    const LoadSaid said = load_said({"merge", folder_.write("bad.json", text)});

    EXPECT_EQ(said.code, ExitCode::kUsage) << with;
    EXPECT_NE(said.err, "");
  }
}

}  // namespace
}  // namespace shaketable::loadgen::app
