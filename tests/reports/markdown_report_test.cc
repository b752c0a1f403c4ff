#include "reports/markdown_report.h"

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/escape.h"
#include "tests/reports/judged_run.h"
#include "tests/support/golden.h"

namespace shaketable::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MarkdownReportTest, LooksAsItShould) {
  const JudgedRun run(engine::shop_run());

  const std::string text = markdown_report(run.report());

  EXPECT_EQ(text, golden("shop.md", text));
}

// Columns of a table's row: unescaped pipes.
std::size_t pipes_in(const std::string& line) {
  std::size_t pipes = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else {
      pipes += line[i] == '|' ? 1 : 0;
    }
  }
  return pipes;
}

TEST(MarkdownReportTest, HostileNamesBreakNoTableAndMakeNoMarkup) {
  for (const std::string& name : hostile_names()) {
    const JudgedRun run = hostile_run(name);

    const std::string text = markdown_report(run.report());

    const std::string prose = text.substr(0, text.find("\n```"));  // The command may be anything.
    EXPECT_THAT(prose, Not(HasSubstr("<script")));
    EXPECT_THAT(prose, Not(HasSubstr("<img")));
    EXPECT_THAT(prose, Not(HasSubstr("http://")));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with('|')) {
        const std::size_t pipes = pipes_in(line);
        EXPECT_TRUE(pipes == 6 || pipes == 10) << pipes << ' ' << for_terminal(line);
      }
    }
  }
}

TEST(MarkdownReportTest, FitsIntoAJobSummaryHoweverLargeTheMesh) {
  const JudgedRun run = large_run(1'000, 10);

  const std::string text = markdown_report(run.report());

  EXPECT_LT(text.size(), 60'000U);
  EXPECT_THAT(text, HasSubstr("950 more services"));
}

}  // namespace
}  // namespace shaketable::reports
