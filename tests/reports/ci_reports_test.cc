#include "reports/ci_reports.h"

#include <algorithm>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/reports/exports/traced_run.h"
#include "tests/support/golden.h"

namespace shaketable::reports {
namespace {

namespace json = boost::json;

JudgedRun located_run(int copies = 1) {
  engine::RecordBuilder builder = engine::shop_run();
  engine::Scenario& scenario = builder.scenario;
  const std::vector<engine::Expectation> expectations = scenario.expectations;
  scenario.expectations.clear();
  int line = 10;
  for (int i = 0; i < copies; ++i) {
    for (engine::Expectation it : expectations) {
      it.mark = {.file = "scenarios/shop, a.yaml", .line = line++, .column = 5};
      scenario.expectations.push_back(it);
    }
  }
  return JudgedRun(std::move(builder));
}

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(GithubTest, AnnotatesTheLinesOfWhatDidNotHold) {
  const JudgedRun run = located_run();
  const Report report = run.report();
  const std::string text = github_annotations({&report, 1});

  EXPECT_EQ(text, golden("shop.github.txt", text));
}

TEST(GithubTest, ShowsTenAndSaysHowManyThereAre) {
  const JudgedRun run = located_run(20);
  const Report report = run.report();

  const std::string text = github_annotations({&report, 1});

  EXPECT_EQ(lines_in(text), 10);
  EXPECT_NE(text.find(" more expectations did not hold"), std::string::npos);
}

TEST(GithubTest, HostileNamesStayOneCommandEach) {
  for (const std::string& name : hostile_names()) {
    const JudgedRun run = hostile_traced_run(name + "\n::error::injected\r%0A,title=x::");
    const Report report = run.report();
    const std::string text = github_annotations({&report, 1});

    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      EXPECT_TRUE(text.compare(at, 8, "::error ") == 0 || text.compare(at, 10, "::warning ") == 0)
          << text.substr(at, 80);
    }
  }
}

TEST(GithubTest, TheSummaryOfAStepHasALimit) {
  const JudgedRun run = located_run();
  const std::vector<Report> reports(20, run.report());

  const std::string text = github_step_summary(reports, 20'000);

  EXPECT_LE(text.size(), 20'000);
  EXPECT_NE(text.find("scenarios are left out here"), std::string::npos);
}

TEST(GitlabTest, NamesFileLineAndAStableFingerprint) {
  const JudgedRun run = located_run();
  const Report report = run.report();

  const json::value issues = json::parse(gitlab_code_quality({&report, 1}));

  ASSERT_FALSE(issues.as_array().empty());
  for (const json::value& issue : issues.as_array()) {
    EXPECT_EQ(issue.at("location").at("path").as_string(), "scenarios/shop, a.yaml");
    EXPECT_GE(issue.at("location").at("lines").at("begin").as_int64(), 10);
    EXPECT_EQ(issue.at("fingerprint").as_string().size(), 64);
    EXPECT_TRUE(issue.at("severity").as_string() == "major" ||
                issue.at("severity").as_string() == "minor");
  }
}

}  // namespace
}  // namespace shaketable::reports
