#include "engine/cli/cli.h"

#include <csignal>
#include <sstream>
#include <thread>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/templates.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::engine {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kScenario[] = R"yaml(scenario: small
services:
  shop: {entry: true, endpoints: {GET /: {work: 1ms}}}
run: {duration: 5s}
load: {visitors: {rate: 50/s, request: GET /}}
expect:
  - {metric: success_rate, of: shop, must: ">= 99%"}
)yaml";

constexpr char kImpossible[] = R"yaml(
  - {metric: rps, of: shop, must: "> 1000/s"}
)yaml";

struct Outcome {
  ExitCode code;
  std::string out;
  std::string err;
};

Outcome shaketable(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode code = run_cli(arguments, {.out = out, .err = err});
  return {code, out.str(), err.str()};
}

TEST(CliRunTest, APassingScenarioPrintsItsSummaryAndReturnsZero) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);

  const Outcome result = shaketable({"run", file});

  EXPECT_EQ(result.code, ExitCode::kPassed) << result.err;
  EXPECT_THAT(result.out, StartsWith("PASSED: the expectation held\nsmall, seed 1, 5 s simulated"));
  EXPECT_THAT(result.out, HasSubstr("again: shaketable run " + file + " --seed 1"));
}

TEST(CliRunTest, AFailingScenarioReturnsOneUnlessToldNotTo) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", std::string(kScenario) + (kImpossible + 1));

  const Outcome failed = shaketable({"run", file});
  const Outcome excused = shaketable({"run", file, "--exit-zero"});

  EXPECT_EQ(failed.code, ExitCode::kExpectationFailed) << failed.err;
  EXPECT_THAT(failed.out, StartsWith("FAILED: 1 of 2 expectations did not hold"));
  EXPECT_EQ(excused.code, ExitCode::kPassed);
}

TEST(CliRunTest, MistakesOfAllFilesAreReportedBeforeAnythingRuns) {
  const TemporaryFolder folder;
  const std::string good = folder.write("good.yaml", kScenario);
  const std::string bad = folder.write("bad.yaml", "scenario: bad\nservises: {}\n");

  const Outcome result = shaketable({"run", good, bad, folder / "missing.yaml"});

  EXPECT_EQ(result.code, ExitCode::kUsage);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("bad.yaml:2:1"));
  EXPECT_THAT(result.err, HasSubstr("missing.yaml"));
}

TEST(CliRunTest, AnOutputThatCannotBeWrittenIsSaidBeforeTheRun) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);

  const Outcome result = shaketable({"run", file, "--json", folder / "missing/out.json"});

  EXPECT_EQ(result.code, ExitCode::kUsage);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("missing/out.json: cannot write"));
}

TEST(CliRunTest, AFullDiskIsARuntimeError) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);

  const Outcome result = shaketable({"run", file, "--quiet", "--json", "/dev/full"});

  EXPECT_EQ(result.code, ExitCode::kRuntime);
  EXPECT_THAT(result.err, HasSubstr("No space left on device"));
}

TEST(CliRunTest, WritesJsonHtmlAndJunit) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);

  const Outcome result = shaketable({"run", file, "--quiet", "--json", folder / "r.json", "--html",
                                     folder / "r.html", "--junit", folder / "r.xml"});

  EXPECT_EQ(result.code, ExitCode::kPassed) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(boost::json::parse(TemporaryFolder::read(folder / "r.json")).at("format").as_string(),
            "shaketable-result");
  EXPECT_THAT(TemporaryFolder::read(folder / "r.html"), StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(TemporaryFolder::read(folder / "r.xml"), HasSubstr("<testsuite name=\"small\""));
}

TEST(CliRunTest, TheSameSeedGivesTheSameBytesAlsoInParallel) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);

  const Outcome alone = shaketable({"run", file, "--format", "json", "--seed", "5"});
  const Outcome twice =
      shaketable({"run", file, file, "--format", "json", "--seed", "5", "-j", "2"});
  const Outcome other = shaketable({"run", file, "--format", "json", "--seed", "6"});

  EXPECT_EQ(alone.out + alone.out, twice.out);
  EXPECT_NE(alone.out, other.out);
}

TEST(CliRunTest, DataOnStandardOutputMovesTheSummaryAside) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);

  const Outcome result = shaketable({"run", file, "--json", "-"});

  EXPECT_TRUE(boost::json::parse(result.out).is_object());
  EXPECT_THAT(result.err, HasSubstr("PASSED: the expectation held"));
}

TEST(CliRunTest, AFolderGetsThreeFilesForEachScenario) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);
  const std::string again = folder.write("again.yaml", kScenario);

  const Outcome result =
      shaketable({"run", file, again, "--quiet", "--out-dir", folder / "results/of/today"});

  EXPECT_EQ(result.code, ExitCode::kPassed) << result.err;
  EXPECT_THAT(TemporaryFolder::read(folder / "results/of/today/small-1.json"), HasSubstr("small"));
  EXPECT_THAT(TemporaryFolder::read(folder / "results/of/today/small-1-2.html"),
              HasSubstr("again.yaml"));
}

TEST(CliRunTest, AFolderGetsAnIndexOverItsPages) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);
  const std::string again = folder.write("again.yaml", kScenario);

  const Outcome result = shaketable({"run", file, again, "--quiet", "--out-dir", folder / "out"});
  const std::string index = TemporaryFolder::read(folder / "out/index.html");

  EXPECT_EQ(result.code, ExitCode::kPassed) << result.err;
  EXPECT_THAT(index, HasSubstr("All 2 runs passed"));
  EXPECT_THAT(index, HasSubstr("href=\"./small-1.html\""));
  EXPECT_THAT(index, HasSubstr("href=\"./small-1-2.html\""));
}

TEST(CliRunTest, AReportOfAResultHasTheExportsOfTheRun) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);
  static_cast<void>(shaketable({"run", file, "--quiet", "--json", folder / "r.json", "--metrics",
                                folder / "run.prom", "--kiali", folder / "run.kiali"}));

  const Outcome result = shaketable({"report", folder / "r.json", "--metrics",
                                     folder / "report.prom", "--kiali", folder / "report.kiali",
                                     "--csv", folder / "tables", "--record", folder / "r.db"});

  EXPECT_EQ(result.code, ExitCode::kPassed) << result.err;
  EXPECT_EQ(result.out, "") << "exports instead of the summary";
  EXPECT_EQ(TemporaryFolder::read(folder / "report.prom"),
            TemporaryFolder::read(folder / "run.prom"));
  EXPECT_EQ(TemporaryFolder::read(folder / "report.kiali"),
            TemporaryFolder::read(folder / "run.kiali"));
  EXPECT_THAT(TemporaryFolder::read(folder / "tables/series.csv"), HasSubstr("p95_ns"));
  EXPECT_EQ(
      shaketable({"query", folder / "r.db", "select count(*) from sources", "--format", "csv"}).out,
      "count(*)\r\n1\r\n");
}

TEST(CliRunTest, OverridesAndDurationChangeTheRunAndStandInItsCommand) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);

  const Outcome result =
      shaketable({"run", file, "--duration", "2s", "--set", "services.shop.instances=3"});

  EXPECT_THAT(result.out, HasSubstr("2 s simulated"));
  EXPECT_THAT(result.out, HasSubstr("--set services.shop.instances=3 --set run.duration=2s"));
}

TEST(CliRunTest, ColoursFollowTheTerminalTheEnvironmentAndTheOption) {
  std::ostringstream out;
  std::ostringstream err;
  const Streams terminal{.out = out, .err = err, .out_is_terminal = true};
  const Streams pipe{.out = out, .err = err};
  const Streams plain{.out = out, .err = err, .out_is_terminal = true, .no_color = true};
  const Streams forced{.out = out, .err = err, .force_color = true};

  EXPECT_TRUE(wants_color(ColorChoice::kAuto, true, terminal));
  EXPECT_FALSE(wants_color(ColorChoice::kAuto, false, pipe));
  EXPECT_FALSE(wants_color(ColorChoice::kAuto, true, plain));
  EXPECT_TRUE(wants_color(ColorChoice::kAuto, false, forced));
  EXPECT_TRUE(wants_color(ColorChoice::kAlways, true, plain));
  EXPECT_FALSE(wants_color(ColorChoice::kNever, true, terminal));
}

TEST(CliRunTest, CtrlCKeepsTheResultSoFar) {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "long.yaml", std::string(kScenario) + "  - {metric: p99, of: shop, must: \"< 1s\"}\n");
  std::ostringstream out;
  // A stream that interrupts when the first progress line is written: nobody has to sleep.
  class Interrupter : public std::stringbuf {
   protected:
    int sync() override {
      if (!raised_) {
        raised_ = true;
        std::raise(SIGINT);
      }
      return 0;
    }

   private:
    bool raised_ = false;
  } buffer;
  std::ostream err(&buffer);
  const std::vector<std::string> arguments{"run",   file,     "--duration",
                                           "1000h", "--json", folder / "r.json"};

  const ExitCode code = run_cli(arguments, {.out = out, .err = err, .err_is_terminal = true});

  EXPECT_EQ(code, ExitCode::kInterrupted);
  EXPECT_THAT(out.str(), HasSubstr("INTERRUPTED"));
  const auto result = boost::json::parse(TemporaryFolder::read(folder / "r.json"));
  EXPECT_TRUE(result.at("run").at("interrupted").as_bool());
  EXPECT_TRUE(result.at("verdict").at("partial").as_bool());
}

TEST(CliCheckTest, SaysOkOrWhatIsWrong) {
  const TemporaryFolder folder;
  const std::string good = folder.write("good.yaml", kScenario);
  const std::string bad = folder.write("bad.yaml", "scenario: x\nlaod: {}\n");

  const Outcome fine = shaketable({"check", good});
  const Outcome wrong = shaketable({"check", good, bad});

  EXPECT_EQ(fine.code, ExitCode::kPassed);
  EXPECT_EQ(fine.out, good + ": ok\n");
  EXPECT_EQ(wrong.code, ExitCode::kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean \"load\"?"));
}

TEST(CliInitTest, WritesAScenarioThatChecksAndNeverOverwrites) {
  const TemporaryFolder folder;

  const Outcome first = shaketable({"init", folder.path()});
  const std::string scenario = folder / "scenario.yaml";
  const Outcome again = shaketable({"init", folder.path()});

  EXPECT_EQ(first.code, ExitCode::kPassed) << first.err;
  EXPECT_THAT(TemporaryFolder::read(scenario),
              StartsWith("# yaml-language-server: $schema=schema.json\nscenario: first\n"));
  EXPECT_EQ(TemporaryFolder::read(folder / "schema.json"), shaketable({"schema"}).out);
  EXPECT_EQ(shaketable({"check", scenario}).code, ExitCode::kPassed);
  EXPECT_EQ(again.code, ExitCode::kUsage);
  EXPECT_THAT(again.err, HasSubstr("nothing was written"));
}

TEST(CliInitTest, TheFirstScenarioFitsOnTwelveLines) {
  const std::string_view text = first_scenario();

  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 12);
}

TEST(CliInitTest, AnUnknownTemplateNamesThoseThatExist) {
  const Outcome result = shaketable({"init", "--template", "canari"});

  EXPECT_EQ(result.code, ExitCode::kUsage);
  EXPECT_THAT(result.err, HasSubstr("bookinfo, canary, cascade, retry-storm"));
  EXPECT_THAT(result.err, HasSubstr("did you mean canary?"));
}

class TemplateTest : public testing::TestWithParam<ScenarioTemplate> {};

TEST_P(TemplateTest, RunsAndPasses) {
  const TemporaryFolder folder;
  const std::string name(GetParam().name);
  ASSERT_EQ(shaketable({"init", "--template", name, folder.path()}).code, ExitCode::kPassed);

  const Outcome result = shaketable({"run", folder / (name + ".yaml")});

  EXPECT_EQ(result.code, ExitCode::kPassed) << result.out << result.err;
}

INSTANTIATE_TEST_SUITE_P(All, TemplateTest,
                         testing::ValuesIn(scenario_templates().begin(),
                                           scenario_templates().end()),
                         [](const auto& param_info) {
                           std::string name(param_info.param.name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(CliExplainTest, KnowsItsCodes) {
  const Outcome known = shaketable({"explain", "ST1103"});
  const Outcome unknown = shaketable({"explain", "XY1"});

  EXPECT_EQ(known.code, ExitCode::kPassed);
  EXPECT_THAT(known.out, StartsWith("ST1103: "));
  EXPECT_EQ(unknown.code, ExitCode::kUsage);
  EXPECT_THAT(unknown.err, HasSubstr("no such code"));
}

TEST(CliTest, AnOutputThatIsGoneIsNoticed) {
  std::ostringstream out;
  std::ostringstream err;
  out.setstate(std::ios::badbit);
  const std::vector<std::string> arguments{"version"};

  EXPECT_EQ(run_cli(arguments, {.out = out, .err = err}), ExitCode::kRuntime);
  EXPECT_THAT(err.str(), HasSubstr("cannot write to standard output"));
}

TEST(ExitCodeTest, TheGravestOneWins) {
  EXPECT_EQ(worse(ExitCode::kPassed, ExitCode::kExpectationFailed), ExitCode::kExpectationFailed);
  EXPECT_EQ(worse(ExitCode::kInterrupted, ExitCode::kExpectationFailed), ExitCode::kInterrupted);
  EXPECT_EQ(worse(ExitCode::kInterrupted, ExitCode::kRuntime), ExitCode::kRuntime);
}

}  // namespace
}  // namespace shaketable::engine
