#include "loadgen/app/molotov_source.h"

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

constexpr char kJourneys[] =
    "load:\n"
    "  users:\n"
    "    workers: 1\n"
    "    scenarios:\n"
    "      browse: {weight: 60, steps: [GET /browse]}\n"
    "      buy: {weight: 40, steps: [GET /buy]}\n"
    "run: {duration: 1h}\n";

class MolotovSourceTest : public testing::Test {
 protected:
  /// A molotov.json with these tests; the file that `scenario` stands for is beside it.
  std::string config(const std::string& tests, bool with_journeys = true) {
    if (with_journeys) {
      static_cast<void>(folder_.write("loadtest.yaml", kJourneys));
    }
    return folder_.write("molotov.json", "{\"molotov\": {\"tests\": {" + tests + "}}}");
  }
  LoadSaid run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--target", server_.url(), "-q", "--json", "-"});
    return load_said(arguments);
  }
  static RunResult result_of(const LoadSaid& said) {
    auto result = result_from_json(said.out);
    EXPECT_TRUE(result.has_value()) << said.err;
    return result ? *result : RunResult();
  }

  TestServer server_{[](TestServer::Peer& peer) {
    while (peer.read_request()) {
      peer.write(TestServer::response(peer.head().starts_with("GET /buy") ? 500 : 200, "x"));
    }
  }};
  TemporaryFolder folder_;
};

TEST_F(MolotovSourceTest, CarriesOutATestWithTheJourneysBesideIt) {
  const std::string file = config(
      R"("test": {"scenario": "loadtest.py", "workers": 2, "processes": 2, "max_runs": 3,
                  "duration": 3600, "single_mode": "browse"},
         "other": {"scenario": "loadtest.py", "max_runs": 1})");

  const RunResult result = result_of(run({"--config", file}));

  // Each process has all workers.
  EXPECT_EQ(result.total().requests, 2U * 2U * 3U);
  EXPECT_EQ(result.total().failed, 0U);
}

TEST_F(MolotovSourceTest, TakesTheNameOfTheTest) {
  const std::string file =
      config(R"("test": {"max_runs": 50}, "all": {"single_run": true, "workers": 1})");

  const LoadSaid said = run({"--config", file, "all"});

  EXPECT_EQ(result_of(said).total().requests, 2U);
  EXPECT_EQ(said.code, ExitCode::kPassed);
}

TEST_F(MolotovSourceTest, HasAnExitCodeForFailuresUnlikeMolotov) {
  const std::string file = config(R"("test": {"single_mode": "buy", "max_runs": 4, "fail": 4},
                "first": {"single_mode": "buy", "max_runs": 4, "exception": true})");

  EXPECT_EQ(run({"--config", file}).code, ExitCode::kExpectationFailed);
  EXPECT_EQ(result_of(run({"--config", file, "first"})).total().requests, 1U);
}

TEST_F(MolotovSourceTest, OptionsSayMoreThanTheFile) {
  const std::string file =
      config(R"("test": {"single_mode": "browse", "workers": 9, "max_runs": 9})");

  EXPECT_EQ(result_of(run({"--config", file, "-w", "1", "-r", "2"})).total().requests, 2U);
}

TEST_F(MolotovSourceTest, NamesTheNearestTestAndTheNearestKey) {
  const std::string file = config(R"("smoke": {"max_runs": 1}, "big": {"max_runs": 1})");

  const LoadSaid no_test = run({"--config", file, "smok"});
  EXPECT_EQ(no_test.code, ExitCode::kUsage);
  EXPECT_TRUE(no_test.has_err("no test is named 'smok'")) << no_test.err;
  EXPECT_TRUE(no_test.has_err("'smoke'")) << no_test.err;

  const LoadSaid no_key = run({"--config", config(R"("test": {"worker": 5})")});
  EXPECT_EQ(no_key.code, ExitCode::kUsage);
  EXPECT_TRUE(no_key.has_err("workers")) << no_key.err;

  const LoadSaid no_journey = run({"--config", config(R"("test": {"single_mode": "brows"})")});
  EXPECT_EQ(no_journey.code, ExitCode::kUsage);
  EXPECT_TRUE(no_journey.has_err("brows")) << no_journey.err;
}

TEST_F(MolotovSourceTest, SaysHowToWriteJourneysThatOnlyExistInPython) {
  const std::string file = config(R"("test": {"workers": 3, "max_runs": 2, "delay": 0.25})", false);

  const LoadSaid advice = run({"--config", file});
  EXPECT_EQ(advice.code, ExitCode::kUsage);
  EXPECT_TRUE(advice.has_err("--emit load-file")) << advice.err;

  const LoadSaid emitted = load_said({"--config", file, "--emit", "load-file"});
  ASSERT_EQ(emitted.code, ExitCode::kPassed) << emitted.err;
  EXPECT_TRUE(emitted.has_out("workers: 3")) << emitted.out;
  EXPECT_TRUE(emitted.has_out("run_delay: 0.25")) << emitted.out;

  // What was printed is a file that can be run as it is.
  static_cast<void>(folder_.write("loadtest.yaml", emitted.out));
  const RunResult result = result_of(run({"--config", file}));
  EXPECT_EQ(result.total().requests, 3U * 2U);
}

TEST_F(MolotovSourceTest, SizesWhenTheTestSaysSo) {
  const std::string file = config(
      R"("test": {"sizing": true, "sizing_tolerance": 10, "single_mode": "browse", "workers": 2})");

  const LoadSaid said = run({"--config", file, "--sizing-trial", "100ms", "--sizing-settle", "0"});

  EXPECT_EQ(said.code, ExitCode::kPassed) << said.err;
  EXPECT_TRUE(said.has_out("\"level\":2")) << said.out;
  EXPECT_TRUE(said.has_out("error_rate <= 10%")) << said.out;
}

}  // namespace
}  // namespace shaketable::loadgen::app
