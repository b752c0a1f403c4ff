#include "proxy/app/proxy_cli.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/exit_code.h"
#include "tests/support/shared_folder.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::app {
namespace {

using engine::ExitCode;
using testing::HasSubstr;
using testing::StartsWith;

struct Outcome {
  ExitCode code;
  std::string out;
  std::string err;
};

Outcome proxy(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode code = run_proxy_cli(arguments, {.out = out, .err = err});
  return {code, out.str(), err.str()};
}

TEST(ProxyCliTest, ChecksEachFileByItself) {
  const TemporaryFolder folder;
  const std::string good =
      folder.write("good.yaml", "listen: 127.0.0.1:1\nupstream: 127.0.0.1:2\n");
  const std::string bad = folder.write("bad.yaml", "listen: 127.0.0.1:1\nupstrem: 127.0.0.1:2\n");

  const Outcome fine = proxy({"check", good});
  const Outcome both = proxy({"check", bad, good});

  EXPECT_EQ(fine.code, ExitCode::kPassed);
  EXPECT_EQ(fine.out, good + ": ok\n");
  EXPECT_EQ(fine.err, "");
  EXPECT_EQ(both.code, ExitCode::kUsage);
  EXPECT_EQ(both.out, good + ": ok\n");
  EXPECT_THAT(both.err, HasSubstr("bad.yaml:2:1: error[ST1103]: unknown key \"upstrem\""));
}

TEST(ProxyCliTest, ChecksASidecarOfAMesh) {
  const Outcome outcome = proxy({"check", "--mesh", "scenarios/meshes/shop.yaml", "--workload",
                                 "shipping-1", "--app", "127.0.0.1:8080", "--tls", "off"});

  EXPECT_EQ(outcome.code, ExitCode::kPassed) << outcome.err;
  EXPECT_EQ(outcome.out, "shipping-1 of scenarios/meshes/shop.yaml: ok\n");
}

TEST(ProxyCliTest, RefusesToRunABadFile) {
  const TemporaryFolder folder;
  const Outcome outcome = proxy({"run", folder.write("bad.yaml", "listen: nowhere\n")});

  EXPECT_EQ(outcome.code, ExitCode::kUsage);
}

TEST(ProxyCliTest, RefusesToReplayWhatIsNoJournal) {
  const TemporaryFolder folder;
  const Outcome outcome = proxy({"replay", folder.write("text", "hello\n"), folder / "none"});

  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("none: "));
}

TEST(ProxyCliTest, PrintsItsVersionAndItsSchema) {
  EXPECT_THAT(proxy({"version"}).out, StartsWith("shaketable-proxy "));
  EXPECT_EQ(proxy({"--version"}).out, proxy({"version"}).out);
  EXPECT_THAT(proxy({"schema"}).out, StartsWith("{\n"));
}

TEST(ProxyCliTest, SendsWrongArgumentsToStandardError) {
  const Outcome outcome = proxy({"dance"});

  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, StartsWith("shaketable-proxy: "));
}

// The suite's own runner checks for crashes, hangs, memory and a line in each message.
TEST(ProxyCliTest, StandsTheHostileFilesOfTheSharedSuite) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the suite limits the address space, of which the sanitizer needs terabytes";
#endif
  const std::filesystem::path suite = support::shared_folder() / "suites" / "config-hardening";
  const char* folder = std::getenv("SHAKETABLE_BIN");
  const std::string program = std::string(folder == nullptr ? "" : folder) + "/shaketable-proxy";
  if (!std::filesystem::exists(suite / "gen_cfg.py") || !std::filesystem::exists(program)) {
    GTEST_SKIP() << "needs the shared suites and the built program";
  }
  const TemporaryFolder copy;
  std::filesystem::copy(suite, copy.path() + "/suite");

  const std::string command = "cd " + copy.path() + "/suite && python3 gen_cfg.py >/dev/null && " +
                              "python3 run_cfg.py --secs 20 --mem 2048 --cmd '" +
                              std::filesystem::absolute(program).string() +
                              " check {}' | tee result | tail -20 && " +
                              "grep -q '^TOTAL \\([0-9]*\\)/\\1 ' result";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace shaketable::proxy::app
