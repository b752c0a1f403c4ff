#include <filesystem>
#include <sstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/cli.h"
#include "tests/support/temporary_folder.h"

// What a run writes for other programs, and the question that is asked of a record.
namespace shaketable::engine {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kScenario[] = R"yaml(scenario: small
services:
  shop:  {entry: true, endpoints: {GET /: {work: 1ms, calls: [stock: GET /items]}}}
  stock: {instances: 2, endpoints: {GET /items: {work: 2ms}}}
traffic:
  stock: {retries: {attempts: 2, retry_on: [5xx]}}
run: {duration: 4s}
load: {visitors: {rate: 50/s, request: GET /}}
faults: {broken: {at: 2s, for: 1s, on: stock, abort: 503, percent: 60%}}
expect:
  - {metric: success_rate, of: shop, must: ">= 99.9%"}
)yaml";

struct Outcome {
  ExitCode code;
  std::string out;
  std::string err;
};

Outcome shaketable(const std::vector<std::string>& arguments, bool is_github = false,
                   const std::string& summary = "") {
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode code = run_cli(
      arguments, {.out = out, .err = err, .is_github = is_github, .github_step_summary = summary});
  return {code, out.str(), err.str()};
}

TEST(CliExportsTest, WritesEveryFormAndTheRunIsTheSame) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);
  const std::string plain = shaketable({"run", file}).out;

  const Outcome result = shaketable({"run",
                                     file,
                                     "--traces",
                                     folder / "t.json",
                                     "--traces-format",
                                     "jaeger",
                                     "--access-log",
                                     folder / "a.log",
                                     "--access-log-format",
                                     "json",
                                     "--metrics",
                                     folder / "m.txt",
                                     "--metrics-format",
                                     "openmetrics",
                                     "--kiali",
                                     folder / "k.json",
                                     "--csv",
                                     folder / "tables",
                                     "--ndjson",
                                     folder / "r.ndjson",
                                     "--record",
                                     folder / "run.db",
                                     "--code-quality",
                                     folder / "quality.json"});

  EXPECT_EQ(result.code, ExitCode::kExpectationFailed) << result.err;
  EXPECT_EQ(result.out, plain) << "the same fingerprint among others";
  const auto traces = boost::json::parse(TemporaryFolder::read(folder / "t.json"));
  EXPECT_GT(traces.at("data").as_array().size(), 100);
  EXPECT_THAT(TemporaryFolder::read(folder / "m.txt"), HasSubstr("istio_requests_total{"));
  EXPECT_THAT(TemporaryFolder::read(folder / "a.log"), HasSubstr("\"response_code\": 503"));
  EXPECT_THAT(TemporaryFolder::read(folder / "r.ndjson"), HasSubstr("\"type\": \"end\""));
  for (const char* name : {"series.csv", "services.csv", "edges.csv", "events.csv", "spans.csv"}) {
    EXPECT_TRUE(std::filesystem::exists(folder / (std::string("tables/") + name))) << name;
  }
  EXPECT_EQ(boost::json::parse(TemporaryFolder::read(folder / "quality.json")).as_array().size(),
            1);
  EXPECT_NO_THROW(boost::json::parse(TemporaryFolder::read(folder / "k.json")));
}

TEST(CliExportsTest, ARecordIsAskedBySql) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);
  ASSERT_EQ(shaketable({"run", file, "-q", "--exit-zero", "--record", folder / "run.db"}).code,
            ExitCode::kPassed);

  const Outcome table =
      shaketable({"query", folder / "run.db", "select count(*) as n from requests"});
  const Outcome retried = shaketable({"query", folder / "run.db",
                                      "select count(*) > 0 as some from span_events "
                                      "where event = 'retry' and reason like 'status 503%'",
                                      "--format", "csv"});
  const Outcome wrong = shaketable({"query", folder / "run.db", "select x from requests"});
  const Outcome writing = shaketable({"query", folder / "run.db", "delete from requests"});
  const Outcome cut =
      shaketable({"query", folder / "run.db", "select number from requests", "--rows", "3"});

  EXPECT_EQ(table.code, ExitCode::kPassed) << table.err;
  EXPECT_EQ(retried.out, "some\r\n1\r\n");
  EXPECT_EQ(wrong.code, ExitCode::kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("no such column: x"));
  EXPECT_EQ(writing.code, ExitCode::kUsage);
  EXPECT_THAT(cut.err, HasSubstr("only the first 3 rows"));
}

TEST(CliExportsTest, LinesOfJsonGoToStandardOutputToo) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);

  const Outcome result = shaketable({"run", file, "--format", "ndjson", "--exit-zero"});

  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_NO_THROW(boost::json::parse(line)) << line;
  }
}

TEST(CliExportsTest, OutputsAreTriedBeforeTheRun) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);

  for (const char* option : {"--traces", "--metrics", "--record", "--ndjson", "--kiali"}) {
    const Outcome result = shaketable({"run", file, option, folder / "missing/file"});
    EXPECT_EQ(result.code, ExitCode::kUsage) << option;
    EXPECT_EQ(result.out, "") << "nothing ran";
  }
  const Outcome folder_is_file = shaketable({"run", file, "--csv", file});
  EXPECT_EQ(folder_is_file.code, ExitCode::kUsage);
}

TEST(CliExportsTest, AFullDiskLeavesNoHalfFile) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);

  const Outcome result = shaketable({"run", file, "--exit-zero", "--record", "/dev/full"});

  EXPECT_EQ(result.code, ExitCode::kRuntime);
  EXPECT_THAT(result.err, HasSubstr("/dev/full"));
}

TEST(CliExportsTest, OneFileHoldsOneScenario) {
  EXPECT_THAT(shaketable({"run", "a.yaml", "b.yaml", "--record", "run.db"}).err,
              HasSubstr("--record holds one scenario"));
  EXPECT_THAT(shaketable({"run", "a.yaml", "--traces", "x", "--metrics", "x"}).err,
              HasSubstr("two outputs go to 'x'"));
}

TEST(CliGithubTest, AnnotatesByItselfUnderGithubActions) {
  const TemporaryFolder folder;
  const std::string file = folder.write("small.yaml", kScenario);
  const std::string summary = folder.write("summary.md", "before\n");

  const Outcome result = shaketable({"run", file, "-q"}, true, summary);
  const Outcome off = shaketable({"run", file, "-q", "--annotations", "none"}, true);
  const Outcome asked = shaketable({"run", file, "-q", "--annotations", "github"});

  EXPECT_THAT(result.out, HasSubstr("::error file=" + file + ",line=11,col="));
  EXPECT_THAT(TemporaryFolder::read(summary), testing::StartsWith("before\n# FAILED"));
  EXPECT_THAT(off.out, Not(HasSubstr("::error")));
  EXPECT_THAT(asked.out, HasSubstr("::error"));
}

}  // namespace
}  // namespace shaketable::engine
