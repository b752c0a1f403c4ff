#include "engine/result/result_reader.h"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/cli.h"
#include "engine/judge/judge.h"
#include "reports/html/html_report.h"
#include "reports/json_result.h"
#include "reports/junit_report.h"
#include "reports/markdown_report.h"
#include "reports/text_report.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::engine {
namespace {

using testing::HasSubstr;

constexpr char kMesh[] = R"yaml(services:
  front:
    entry: true
    endpoints: {GET /: {work: 1ms, calls: [back: GET /]}}
  back:
    endpoints: {GET /: {work: 1ms}}
)yaml";

constexpr char kScenario[] = R"yaml(scenario: small
mesh: mesh.yaml
run: {duration: 6s, warm_up: 1s, seed: 3}
load: {visitors: {rate: 50/s, request: GET /}}
faults:
  slow: {at: 3s, for: 1s, on: back, delay: 200ms}
expect:
  - {metric: success_rate, of: front, must: ">= 99%"}
  - {metric: p99, of: front, must: "< 50ms", during: during slow}
  - {recovered: front, within: 2s of end of slow}
)yaml";

std::string shaketable(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  static_cast<void>(run_cli(arguments, {.out = out, .err = err}));
  return out.str() + err.str();
}

class ResultReaderTest : public testing::Test {
 protected:
  ResultReaderTest() {
    static_cast<void>(folder_.write("mesh.yaml", kMesh));
    file_ = folder_.write("small.yaml", kScenario);
    text_ = shaketable({"run", file_, "--format", "json", "--no-progress"});
  }

  [[nodiscard]] std::string error_of(const std::string& text,
                                     const ResultReadOptions& options = {}) const {
    const auto result = parse_result("r.json", text, options);
    return result ? "" : result.error().where + ": " + result.error().message;
  }

  [[nodiscard]] std::string changed(const std::string& from, const std::string& to) const {
    std::string text = text_;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  }

  TemporaryFolder folder_;
  std::string file_;
  std::string text_;
};

TEST_F(ResultReaderTest, EveryReportOfAReadResultIsTheOneOfTheRun) {
  const std::string json = folder_ / "r.json";
  const std::string html = folder_ / "r.html";
  const std::string junit = folder_ / "r.xml";
  const std::string text =
      shaketable({"run", file_, "--no-progress", "--json", json, "--html", html, "--junit", junit});
  const std::string markdown = shaketable({"run", file_, "--no-progress", "--format", "markdown"});

  for (const std::string& path : {json, html, junit}) {
    const std::string again = path + ".again";
    const std::string format = path == json ? "json" : path == html ? "html" : "junit";
    EXPECT_EQ(shaketable({"report", json, "-o", again, "--format", format}), "");
    EXPECT_EQ(TemporaryFolder::read(again), TemporaryFolder::read(path)) << format;
  }
  EXPECT_EQ(shaketable({"report", json}), text);
  EXPECT_EQ(shaketable({"report", json, "--format", "markdown"}), markdown);
}

TEST_F(ResultReaderTest, NeedsNoFileButTheResult) {
  const std::string elsewhere =
      shaketable({"run", file_, "--format", "json", "--no-progress", "--set",
                  "services.back.instances=2", "--seed", "9", "--duration", "5s"});
  static_cast<void>(folder_.write("mesh.yaml", "not a mesh"));

  const auto result = parse_result("r.json", elsewhere);

  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->source.files.size(), 2U);
  EXPECT_EQ(result->scenario.run.seed, 9U);
  EXPECT_EQ(result->scenario.run.duration, std::chrono::seconds(5));
  EXPECT_EQ(result->scenario.mesh.services[1].versions[0].instances, 2U);
}

TEST_F(ResultReaderTest, LayoutDoesNotMatterToTheDigest) {
  std::string text;
  for (const char c : text_) {
    text += c == '\n' ? std::string("\r\n    ") : std::string(1, c);
  }

  EXPECT_EQ(error_of(text), "");
}

TEST_F(ResultReaderTest, ATextThatWasCutShortIsSaidToBe) {
  for (std::size_t keep = 0; keep + 2 < text_.size(); keep += 1 + keep / 7) {
    const std::string error = error_of(text_.substr(0, keep));

    EXPECT_THAT(error, testing::AnyOf(HasSubstr("cut short"), HasSubstr("is empty"))) << keep;
  }
  EXPECT_THAT(error_of(text_.substr(0, 3000)), HasSubstr("r.json: byte 3000, at "));
}

TEST_F(ResultReaderTest, AnEditedResultIsRefused) {
  EXPECT_THAT(error_of(changed("\"passed\": ", "\"passed\":  1 ")), HasSubstr("byte"));
  const std::string error = error_of(changed("\"seed\": 3", "\"seed\": 4"));

  EXPECT_THAT(error, HasSubstr("was changed after it was written"));
  EXPECT_THAT(error, HasSubstr("at digest"));
}

TEST_F(ResultReaderTest, AnotherVersionIsNamed) {
  const std::string error = error_of(changed("\"version\": 1", "\"version\": 2"));

  EXPECT_THAT(error, HasSubstr("version 2"));
  EXPECT_THAT(error, HasSubstr("by shaketable 0."));
}

TEST_F(ResultReaderTest, WhatIsNoResultIsSaidToBeNone) {
  EXPECT_THAT(error_of("{}"), HasSubstr("no result of a run"));
  EXPECT_THAT(error_of("{\"format\": \"other\", \"version\": 1}"), HasSubstr("no result"));
  EXPECT_THAT(error_of("scenario: x\n"), HasSubstr("byte 0: an object was expected"));
  EXPECT_THAT(error_of("  \n"), HasSubstr("empty"));
}

TEST_F(ResultReaderTest, ARecordThatContradictsItselfIsRefusedWithItsPlace) {
  const ResultReadOptions undigested{.check_digest = false};
  EXPECT_EQ(error_of(text_, undigested), "");

  EXPECT_THAT(error_of(changed("\"bucket_ns\": 100000000", "\"bucket_ns\": 0"), undigested),
              HasSubstr("at run.bucket_ns: the number is outside"));
  EXPECT_THAT(
      error_of(changed("\"place\": {\"service\": 0", "\"place\": {\"service\": 7"), undigested),
      HasSubstr("at series[0].place.service: the scenario has no such service"));
  EXPECT_THAT(
      error_of(changed("\"steps_and_counts\": [", "\"steps_and_counts\": [1,1,"), undigested),
      HasSubstr("the histogram contradicts itself"));
  EXPECT_THAT(error_of(changed("\"points\": {\"ok\": [", "\"points\": {\"ok\": [0,"), undigested),
              HasSubstr("at series[0].points.count"));
  std::string endless = text_;
  endless.replace(endless.find("\"to_ns\"", endless.find("\"total\": {")), 7, "\"until\"");
  EXPECT_THAT(error_of(endless, undigested), HasSubstr("at series[0].total: `to_ns` is missing"));
  EXPECT_THAT(error_of(changed("\"fingerprint\": \"", "\"fingerprint\": \"x"), undigested),
              HasSubstr("16 hexadecimal digits"));
  EXPECT_THAT(error_of(changed("\"at_ns\": 3000000000, \"kind\": \"fault_start\"",
                               "\"at_ns\": 3000000000, \"kind\": \"holiday\""),
                       undigested),
              HasSubstr("no event is of this kind"));
}

TEST_F(ResultReaderTest, DetailsThatContradictThePointsAreRefused) {
  const ResultReadOptions undigested{.check_digest = false};

  EXPECT_THAT(
      error_of(changed("\"latency_cells\": [0,", "\"latency_cells\": [0,247,1,0,"), undigested),
      HasSubstr("the cells are not in order"));
  EXPECT_THAT(error_of(changed("\"latency_cells\": [0,", "\"latency_cells\": [9999,"), undigested),
              HasSubstr("buckets that the points do not have"));
  EXPECT_THAT(
      error_of(changed("\"latency_cells\": [0,", "\"latency_cells\": [0,0,1,0,"), undigested),
      HasSubstr("do not add up to its `count`"));
  EXPECT_THAT(error_of(changed("\"latency_cells\":",
                               "\"statuses\": [{\"outcome\": \"no_host\", \"status\": 500, "
                               "\"steps_and_counts\": [0,1]}], \"latency_cells\":"),
                       undigested),
              HasSubstr("more answers in bucket 0 than the points have"));
  EXPECT_THAT(error_of(changed("\"instance\": 0, \"count\": [", "\"instance\": 0, \"count\": [1,"),
                       undigested),
              HasSubstr("more points than the series have"));
}

TEST_F(ResultReaderTest, AResultWithoutDetailsIsReadAsOlderProgramsWroteIt) {
  EXPECT_EQ(error_of(changed("\"latency_cells\":", "\"was\":"), {.check_digest = false}), "");
  EXPECT_EQ(error_of(changed("\"instances\":", "\"were\":"), {.check_digest = false}), "");
}

TEST_F(ResultReaderTest, AScenarioThatTheProgramRefusesIsNamed) {
  const std::string error = error_of(changed("rate: 50/s", "rate: fifty"), {.check_digest = false});

  EXPECT_THAT(error, HasSubstr("the scenario inside the result cannot be used"));
  EXPECT_THAT(error, HasSubstr("small.yaml:4: "));
}

TEST_F(ResultReaderTest, UnknownKeysOfALaterProgramAreLeftOut) {
  EXPECT_EQ(error_of(changed("\"seed\": 3", "\"new\": {\"a\": [1]}, \"seed\": 3"),
                     {.check_digest = false}),
            "");
}

TEST_F(ResultReaderTest, TellsResultsFromScenarios) {
  const std::string result = folder_.write("r.json", text_);

  EXPECT_TRUE(is_result_file(result));
  EXPECT_FALSE(is_result_file(file_));
  EXPECT_FALSE(is_result_file(folder_ / "missing"));
  EXPECT_FALSE(is_result_file("/dev/zero"));
}

TEST_F(ResultReaderTest, OddFilesAreErrors) {
  EXPECT_THAT(shaketable({"report", folder_ / "missing.json"}), HasSubstr("cannot read the file"));
  EXPECT_THAT(shaketable({"report", "/dev/zero"}), HasSubstr("/dev/zero: "));
  EXPECT_THAT(shaketable({"report", file_}), HasSubstr("an object was expected"));
}

}  // namespace
}  // namespace shaketable::engine
