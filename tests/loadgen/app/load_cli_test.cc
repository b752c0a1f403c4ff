#include "loadgen/app/load_cli.h"

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/app/argument_values.h"
#include "loadgen/live/websocket.h"
#include "loadgen/results/result_json.h"
#include "tests/loadgen/live/test_server.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::loadgen::app {
namespace {

using engine::ExitCode;
using live::ClosedPort;
using live::TestServer;

class LoadCliTest : public testing::Test {
 protected:
  ExitCode run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    return run_load_cli(arguments,
                        engine::Streams{.out = out_, .err = err_, .github_step_summary = {}});
  }
  /// Runs with JSON on standard output.
  RunResult result_of(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--json", "-"});
    code_ = run(std::move(arguments));
    auto result = result_from_json(out_.str());
    EXPECT_TRUE(result.has_value()) << err_.str();
    return result ? *result : RunResult();
  }

  std::ostringstream out_, err_;
  ExitCode code_ = ExitCode::kPassed;
  TemporaryFolder folder_;
};

TEST_F(LoadCliTest, SendsSoManyRequestsAsItWasTold) {
  TestServer server(TestServer::answers(200, "hello"));

  const RunResult result = result_of({server.url(), "-c", "3", "-n", "20"});

  EXPECT_EQ(code_, ExitCode::kPassed);
  EXPECT_EQ(result.total().requests, 20U);
  EXPECT_EQ(result.total().failed, 0U);
  EXPECT_EQ(result.total().bytes, 100U);
  EXPECT_LE(server.connections(), 3U);
}

TEST_F(LoadCliTest, SharesTheLoadAmongThreadsAndGenerators) {
  TestServer server(TestServer::answers(200, "x"));
  const std::vector<std::string> load = {server.url(), "-c", "6", "-r", "5", "-t", "2"};

  RunResult sum =
      result_of({load[0], load[1], load[2], load[3], load[4], load[5], load[6], "--shard", "1/3"});
  EXPECT_EQ(sum.total().requests, 10U);
  for (const char* shard : {"2/3", "3/3"}) {
    sum.merge(result_of(
        {load[0], load[1], load[2], load[3], load[4], load[5], load[6], "--shard", shard}));
  }

  EXPECT_EQ(sum.total().requests, 30U);
  EXPECT_EQ(sum.loads.size(), 1U);
}

TEST_F(LoadCliTest, MergesFiles) {
  TestServer server(TestServer::answers(200, "x"));
  std::vector<std::string> files;
  for (const char* name : {"a.json", "b.json"}) {
    files.push_back(folder_.path() + "/" + name);
    EXPECT_EQ(run({server.url(), "-c", "2", "-n", "10", "-q", "--json", files.back()}),
              ExitCode::kPassed);
    EXPECT_EQ(out_.str(), "");
  }

  const RunResult sum = result_of({"merge", files[0], files[1]});

  EXPECT_EQ(sum.total().requests, 20U);
  EXPECT_EQ(run({"merge", files[0], "/nowhere/c.json"}), ExitCode::kUsage);
  EXPECT_EQ(run({"merge", files[0], files[1], "--threshold", "error_rate < 1%"}),
            ExitCode::kPassed);
  EXPECT_EQ(run({"merge", files[0], files[1], "--threshold", "p50 > 1h"}),
            ExitCode::kExpectationFailed);
  EXPECT_EQ(run({"merge", files[0], files[1], "--threshold", "p50 is nice"}), ExitCode::kUsage);
}

TEST_F(LoadCliTest, AWebSocketThatNeverOpensIsCountedAndEnds) {
  // A page instead of a WebSocket, and one that is gone as soon as it is open, with and without
  // the server's word for it.
  TestServer server([](TestServer::Peer& peer) {
    constexpr char kOpen[] = "HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: upgrade\r\n";
    while (peer.read_request()) {
      const std::string& head = peer.head();
      constexpr std::string_view kField = "sec-websocket-key: ";
      const std::string key = head.substr(head.find(kField) + kField.size(), 24);
      if (head.starts_with("GET /page")) {
        peer.write(TestServer::response(200, "a page"));
      } else if (head.starts_with("GET /liar")) {
        peer.write(std::string(kOpen) + "\r\n");
      } else {
        peer.write(std::string(kOpen) + "sec-websocket-accept: " +
                   live::WebSocketClient::accept_value(key) + "\r\n\r\n");
        return;
      }
    }
  });
  const std::string file = folder_.write(
      "talk.yaml",
      "load:\n"
      "  users:\n"
      "    workers: 2\n"
      "    max_runs: 2\n"
      "    on_failure: continue\n"
      "    steps:\n"
      "      - {websocket: /page, conversation: [{send: hi}]}\n"
      "      - {websocket: /liar, conversation: [{send: hi}]}\n"
      "      - {websocket: /gone, conversation: [{send: hi}, {expect: body == x}]}\n");

  const RunResult result = result_of({file, "--target", server.url()});

  EXPECT_EQ(result.total().requests, 12U);
  EXPECT_EQ(result.total().failed, 12U);
  ASSERT_EQ(result.loads.size(), 1U);
  ASSERT_EQ(result.loads[0].steps.size(), 3U);
  EXPECT_EQ(result.loads[0].steps[0].errors.all().at("status 200"), 4U);
  EXPECT_EQ(result.loads[0].steps[1].errors.all().at("broken response"), 4U);
}

TEST_F(LoadCliTest, CountsFailuresByKindAndEndsAllTheSame) {
  const ClosedPort closed;

  const RunResult result =
      result_of({"127.0.0.1:" + std::to_string(closed.port()), "-c", "2", "-r", "3"});

  EXPECT_EQ(result.total().failed, 6U);
  EXPECT_EQ(result.total().errors.all().at("connection refused"), 6U);
}

TEST_F(LoadCliTest, ExitsWithOneWhenAThresholdIsMissed) {
  TestServer server(TestServer::answers(503, "busy"));

  EXPECT_EQ(run({server.url(), "-n", "4", "-c", "1", "--threshold", "error_rate < 1%"}),
            ExitCode::kExpectationFailed);
  EXPECT_NE(out_.str().find("missed error_rate < 1%"), std::string::npos) << out_.str();
  EXPECT_EQ(run({server.url(), "-n", "4", "-c", "1", "--fail", "4"}), ExitCode::kExpectationFailed);
  EXPECT_EQ(run({server.url(), "-n", "4", "-c", "1", "--fail", "5"}), ExitCode::kPassed);
}

TEST_F(LoadCliTest, JudgesAllLoadsByTheThresholdsOfOptions) {
  TestServer server([](TestServer::Peer& peer) {
    while (peer.read_request()) {
      peer.write(peer.head().starts_with("GET /bad") ? TestServer::response(500, "")
                                                     : TestServer::response(200, "x"));
    }
  });
  const std::string file =
      folder_.write("two.yaml", "target: " + server.url() +
                                    "\n"
                                    "load:\n"
                                    "  good: {workers: 1, max_runs: 3, request: GET /}\n"
                                    "  weak: {workers: 1, max_runs: 1, request: GET /bad}\n");

  EXPECT_EQ(run({file, "--threshold", "error_rate <= 25%"}), ExitCode::kPassed) << out_.str();
  EXPECT_EQ(run({file, "--threshold", "error_rate < 25%"}), ExitCode::kExpectationFailed);
  EXPECT_EQ(run({file, "--threshold", "error_rate of good < 1%"}), ExitCode::kPassed);
  EXPECT_EQ(run({file, "--threshold", "error_rate of weak < 1%"}), ExitCode::kExpectationFailed);
  EXPECT_EQ(run({file, "--threshold", "failed_runs of GET /bad == 1"}), ExitCode::kPassed);
}

TEST_F(LoadCliTest, AThresholdOfNothingIsAMistakeBeforeTheRun) {
  TestServer server(TestServer::answers(200, "x"));
  const std::string file =
      folder_.write("shop.yaml", "target: " + server.url() +
                                     "\nload: {users: {workers: 1, max_runs: 1, scenarios: "
                                     "{browse: {steps: [GET /]}}}}\n");

  EXPECT_EQ(run({file, "--threshold", "p99 of brose < 1s"}), ExitCode::kUsage);

  EXPECT_NE(err_.str().find("'brose'; expected 'browse'"), std::string::npos) << err_.str();
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(LoadCliTest, EndsAtTheFirstFailureWhenToldTo) {
  TestServer server(TestServer::answers(500, "x"));

  const RunResult result = result_of({server.url(), "-c", "1", "-d", "60s", "-x"});

  EXPECT_EQ(result.total().requests, 1U);
  EXPECT_EQ(code_, ExitCode::kExpectationFailed);
  EXPECT_EQ(result.ended_early, "a run failed, which was to end the load");
}

TEST_F(LoadCliTest, CarriesOutAFile) {
  TestServer server([](TestServer::Peer& peer) {
    while (peer.read_request()) {
      const bool is_login = peer.head().starts_with("POST /login");
      const bool knows_token = peer.head().find("authorization: Bearer t-1") != std::string::npos;
      peer.write(is_login      ? TestServer::response(200, R"({"token":"t-1"})")
                 : knows_token ? TestServer::response(200, "yours")
                               : TestServer::response(401, "whose?"));
    }
  });
  const std::string file =
      folder_.write("load.yaml",
                    "load:\n"
                    "  users:\n"
                    "    workers: 2\n"
                    "    max_runs: 3\n"
                    "    scenarios:\n"
                    "      visit:\n"
                    "        steps:\n"
                    "          - request: POST /login\n"
                    "            json: {user: ann}\n"
                    "            capture: {token: {json: /token}}\n"
                    "          - request: GET /mine\n"
                    "            headers: {authorization: \"Bearer ${token}\"}\n"
                    "            check: status 200\n");

  const RunResult result = result_of({file, "--target", server.url()});

  EXPECT_EQ(code_, ExitCode::kPassed) << err_.str();
  EXPECT_EQ(result.total().requests, 12U);
  EXPECT_EQ(result.total().failed, 0U);
  ASSERT_EQ(result.loads[0].journeys.size(), 1U);
  EXPECT_EQ(result.loads[0].journeys[0].runs, 6U);
}

TEST_F(LoadCliTest, RefusesWhatItCannotDo) {
  const std::vector<std::vector<std::string>> bad = {
      {},
      {"ftp://127.0.0.1/"},
      {"http://127.0.0.1:1/", "--rate", "fast"},
      {"http://127.0.0.1:1/", "--rate", "10/s", "-c", "3"},
      {"http://127.0.0.1:1/", "-q", "-v"},
      {"http://127.0.0.1:1/", "--single-run", "-s", "a"},
      {"http://127.0.0.1:1/", "--shard", "3/2"},
      {"http://127.0.0.1:1/", "-H", "no colon"},
      {"http://127.0.0.1:1/", "--data", "@/nowhere"},
      {"http://127.0.0.1:1/", "--json", "/nowhere/at/all.json"},
      {"http://127.0.0.1:1/", "--threshold", "p99 is nice"},
      {"http://127.0.0.1:1/", "--start-at", "yesterday"},
      {"http://127.0.0.1:1/", "--no-such-option"},
      {"/nowhere/load.yaml"},
      {"http://192.0.2.1/", "--rate", "2000/s", "-d", "1s"},
  };
  for (const auto& arguments : bad) {
    EXPECT_EQ(run(arguments), ExitCode::kUsage)
        << (arguments.empty() ? "nothing" : arguments.back());
    EXPECT_NE(err_.str(), "");
  }
  EXPECT_NE(err_.str().find("--yes"), std::string::npos) << err_.str();
}

TEST_F(LoadCliTest, ExplainsItself) {
  EXPECT_EQ(run({"--help"}), ExitCode::kPassed);
  EXPECT_NE(out_.str().find("Exit codes"), std::string::npos);
  EXPECT_EQ(run({"help", "run"}), ExitCode::kPassed);
  for (const char* option : {"--rate", "--shard", "--threshold", "--reuse", "--yes"}) {
    EXPECT_NE(out_.str().find(option), std::string::npos) << option;
  }
  EXPECT_EQ(run({"version"}), ExitCode::kPassed);
}

TEST(ArgumentValuesTest, ReadsWhatPeopleWrite) {
  using namespace std::chrono_literals;
  EXPECT_EQ(duration_value("10"), proxy::Duration(10s));
  EXPECT_EQ(duration_value("1m30s"), proxy::Duration(90s));
  EXPECT_EQ(duration_value("0.25ms"), proxy::Duration(250us));
  EXPECT_EQ(rate_value("2000"), 2'000'000'000U);
  EXPECT_EQ(rate_value("30/m"), 500'000U);
  EXPECT_EQ(size_value("64KiB"), 65'536U);
  EXPECT_EQ(quantiles_value("50,p99.9"), (std::vector<std::uint32_t>{500'000, 999'000}));
  EXPECT_EQ(share_value("2/4")->index, 1U);
  for (const char* text : {"", "x", "-1s", "1s1", "1 s", "99999999999h"}) {
    EXPECT_FALSE(duration_value(text).has_value()) << text;
  }
  for (const char* text : {"", "0", "-5/s", "5/w", "99999999/s"}) {
    EXPECT_FALSE(rate_value(text).has_value()) << text;
  }
  for (const char* text : {"", "0/2", "3/2", "1", "1/", "a/b"}) {
    EXPECT_FALSE(share_value(text).has_value()) << text;
  }
  for (const char* text : {"", "101", "0", "a", "50,,90"}) {
    EXPECT_FALSE(quantiles_value(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace shaketable::loadgen::app
