#include <sstream>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/cli.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::engine {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kScenario[] = R"yaml(scenario: small
services:
  shop: {entry: true, endpoints: {GET /: {work: 5ms}}}
run: {duration: 5s}
load: {visitors: {rate: 50/s, request: GET /}}
expect:
  - {metric: p99, of: shop, must: "< 100ms"}
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

class CompareTest : public testing::Test {
 protected:
  CompareTest() {
    file_ = folder_.write("small.yaml", kScenario);
    result_ = folder_ / "before.json";
    EXPECT_EQ(shaketable({"run", file_, "--quiet", "--json", result_}).code, ExitCode::kPassed);
  }

  TemporaryFolder folder_;
  std::string file_;
  std::string result_;
};

constexpr char kSlower[] = "services.shop.endpoints.GET /.work=8ms";
constexpr char kTooSlow[] = "services.shop.endpoints.GET /.work=200ms";

TEST_F(CompareTest, TheSameResultTwiceIsNoChange) {
  const Outcome same = shaketable({"compare", result_, result_});

  EXPECT_EQ(same.code, ExitCode::kPassed) << same.err;
  EXPECT_THAT(same.out, StartsWith("NO CHANGE: both did the same"));
}

TEST_F(CompareTest, AResultAndAScenarioThatIsRunNow) {
  const Outcome slower = shaketable({"compare", result_, file_, "--set-after", kSlower});

  EXPECT_EQ(slower.code, ExitCode::kRegression) << slower.out << slower.err;
  EXPECT_THAT(slower.out, StartsWith("REGRESSION: p99 of all requests: "));
  EXPECT_THAT(slower.out, HasSubstr("draw the same random"));
  EXPECT_THAT(slower.out, HasSubstr("services.shop.endpoints.GET /.work: 8ms (new)"));
}

TEST_F(CompareTest, OneFileAndAChangeAreEnough) {
  const Outcome slower =
      shaketable({"compare", file_, "--set-after", kSlower, "--max-regression", "p99=1000%"});
  const Outcome nothing = shaketable({"compare", file_});

  EXPECT_EQ(slower.code, ExitCode::kPassed) << slower.out;
  EXPECT_THAT(slower.out, HasSubstr("WORSE"));
  EXPECT_EQ(nothing.code, ExitCode::kUsage);
}

TEST_F(CompareTest, SeveralSeedsAreComparedInPairs) {
  const Outcome slower = shaketable(
      {"compare", file_, "--set-after", kSlower, "--runs", "3", "--format", "json", "--exit-zero"});

  EXPECT_EQ(slower.code, ExitCode::kPassed);
  const boost::json::value json = boost::json::parse(slower.out);
  EXPECT_EQ(json.at("format").as_string(), "shaketable-comparison");
  EXPECT_EQ(json.at("intervals_from").as_string(), "seeds");
  EXPECT_EQ(json.at("common_seeds").as_int64(), 3);
  EXPECT_TRUE(json.at("regression").as_bool());
}

TEST_F(CompareTest, WritesFilesByTheirEnding) {
  const std::string markdown = folder_ / "c.md";

  const Outcome outcome = shaketable({"compare", result_, result_, "-o", markdown});

  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(TemporaryFolder::read(markdown), StartsWith("# NO CHANGE"));
}

TEST_F(CompareTest, APageIsMadeBesidesOrAlone) {
  const std::string besides = folder_ / "c.html";
  const std::string alone = folder_ / "d.html";

  const Outcome both = shaketable({"compare", file_, "--set-after", kSlower, "--html", besides,
                                   "--exit-zero", "--no-progress"});
  const Outcome one =
      shaketable({"compare", file_, "--set-after", kSlower, "-o", alone, "--exit-zero"});

  EXPECT_THAT(both.out, StartsWith("REGRESSION"));
  EXPECT_EQ(one.out, "");
  EXPECT_EQ(TemporaryFolder::read(besides), TemporaryFolder::read(alone));
  EXPECT_THAT(TemporaryFolder::read(alone), HasSubstr("shop: p99 before and after"));
}

TEST_F(CompareTest, APageOfARunWithABaselineSaysWhatIsWorse) {
  const std::string html = folder_ / "r.html";

  static_cast<void>(shaketable({"run", file_, "--set", kSlower, "--baseline", result_, "--html",
                                html, "--runs", "2", "--no-progress"}));

  EXPECT_THAT(TemporaryFolder::read(html), HasSubstr("REGRESSION: p99 of all requests"));
  EXPECT_THAT(TemporaryFolder::read(html), HasSubstr("<section id=\"seeds\""));
}

TEST_F(CompareTest, AFileThatIsNeitherIsRefused) {
  const std::string bad = folder_.write("bad.json", "{\"format\": \"shaketable-result\"");

  const Outcome outcome = shaketable({"compare", result_, bad});

  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("cut short"));
}

TEST_F(CompareTest, ARunAgainstItsBaselineSaysWhatIsWorse) {
  const std::string junit = folder_ / "r.xml";
  const Outcome same = shaketable({"run", file_, "--baseline", result_, "--no-progress"});
  const Outcome slower = shaketable(
      {"run", file_, "--set", kSlower, "--baseline", result_, "--junit", junit, "--no-progress"});
  const Outcome tolerated = shaketable({"run", file_, "--set", kSlower, "--baseline", result_,
                                        "--max-regression", "p99=1s", "--no-progress"});

  EXPECT_EQ(same.code, ExitCode::kPassed);
  EXPECT_THAT(same.out, StartsWith("NO CHANGE"));
  EXPECT_EQ(slower.code, ExitCode::kRegression);
  EXPECT_THAT(slower.out, StartsWith("REGRESSION: p99 of all requests"));
  EXPECT_THAT(TemporaryFolder::read(junit), HasSubstr("type=\"regression\""));
  EXPECT_THAT(TemporaryFolder::read(junit), HasSubstr("tests=\"2\" failures=\"1\""));
  EXPECT_EQ(tolerated.code, ExitCode::kPassed) << tolerated.out;
}

TEST_F(CompareTest, AnExpectationThatHeldBeforeIsARegression) {
  const Outcome broken =
      shaketable({"run", file_, "--set", kTooSlow, "--baseline", result_, "--no-progress"});

  EXPECT_EQ(broken.code, ExitCode::kRegression);
  EXPECT_THAT(broken.out, HasSubstr("held before, now: got "));
}

TEST_F(CompareTest, EveryScenarioNeedsABaselineOfItsName) {
  const std::string other =
      folder_.write("other.yaml", std::string(kScenario).replace(10, 5, "other"));

  const Outcome outcome = shaketable({"run", file_, other, "--baseline", result_});

  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("no baseline is of the scenario \"other\""));
}

TEST_F(CompareTest, ManyRunsGiveEachExpectationAnInterval) {
  const Outcome runs = shaketable({"run", file_, "--runs", "4", "-j", "2", "--no-progress"});

  EXPECT_EQ(runs.code, ExitCode::kPassed) << runs.out;
  EXPECT_THAT(runs.out, StartsWith("PASSED: 4 of 4 runs passed\nsmall, 4 runs, seeds 1-4\n"));
  EXPECT_THAT(runs.out, HasSubstr("as wanted in 4 of 4 runs (95 %: 51-100 % of all seeds)"));
  EXPECT_THAT(runs.out, HasSubstr("again: shaketable run " + file_ + " --seed 1 --runs 4"));
}

TEST_F(CompareTest, ManyRunsAreTheSameHoweverManyAtATime) {
  const Outcome one = shaketable({"run", file_, "--runs", "4", "--format", "json"});
  const Outcome four = shaketable({"run", file_, "--runs", "4", "-j", "4", "--format", "json"});

  EXPECT_EQ(one.out, four.out);
}

TEST_F(CompareTest, AResultOfManyRunsIsReadBackWithThem) {
  const std::string json = folder_ / "runs.json";
  const Outcome text =
      shaketable({"run", file_, "--runs", "4", "--runs-required", "3", "--json", json});

  EXPECT_EQ(shaketable({"report", json}).out, text.out);
  EXPECT_EQ(shaketable({"report", json, "--format", "json"}).out, TemporaryFolder::read(json));
  EXPECT_THAT(text.out, HasSubstr("--runs 4 --runs-required 3"));
}

TEST_F(CompareTest, TwoSetsOfRunsArePairedBySeed) {
  const std::string before = folder_ / "3.json";
  static_cast<void>(shaketable({"run", file_, "--runs", "3", "--quiet", "--json", before}));

  const Outcome slower =
      shaketable({"run", file_, "--runs", "3", "--set", kSlower, "--baseline", before});

  EXPECT_EQ(slower.code, ExitCode::kRegression);
  EXPECT_THAT(slower.out, HasSubstr("REGRESSION: p99 of all requests"));
}

TEST_F(CompareTest, OptionsThatCannotWorkAreRefused) {
  EXPECT_EQ(shaketable({"run", file_, "--runs", "0"}).code, ExitCode::kUsage);
  EXPECT_EQ(shaketable({"run", file_, "--runs", "2", "--runs-required", "3"}).code,
            ExitCode::kUsage);
  EXPECT_EQ(shaketable({"run", file_, "--max-regression", "p99=1%"}).code, ExitCode::kUsage);
  EXPECT_EQ(shaketable({"run", file_, "--open"}).code, ExitCode::kUsage);
  EXPECT_EQ(shaketable({"report", result_, "--format", "pdf"}).code, ExitCode::kUsage);
  EXPECT_EQ(shaketable({"report", result_, "--report-max-mb", "0.1"}).code, ExitCode::kUsage);
  EXPECT_EQ(shaketable({"compare", result_, result_, "-o", "x", "--html", "x"}).code,
            ExitCode::kUsage);
  EXPECT_EQ(shaketable({"report", result_, "-o", "page.pdf"}).code, ExitCode::kUsage);
  EXPECT_EQ(shaketable({"compare", result_, result_, "--max-regression", "p99=fast"}).code,
            ExitCode::kUsage);
}

}  // namespace
}  // namespace shaketable::engine
