#include "reports/text_report.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/escape.h"
#include "reports/markdown_report.h"
#include "tests/reports/judged_run.h"
#include "tests/support/golden.h"

namespace shaketable::reports {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

TEST(TextReportTest, LooksAsItShould) {
  const JudgedRun run(engine::shop_run());

  const std::string text = text_report(run.report(), {});

  EXPECT_EQ(text, golden("shop.txt", text));
}

TEST(TextReportTest, TheVerdictComesFirst) {
  const JudgedRun run(engine::shop_run());

  EXPECT_THAT(text_report(run.report(), {}), StartsWith("FAILED: 1 of 6 expectations"));
}

TEST(TextReportTest, SaysHowManyRequestsWereNeverAnswered) {
  engine::RecordBuilder silent = engine::shop_run();
  silent.record.statistics.requests += 1'000'000;
  silent.record.statistics.in_flight_at_end = 1'000'000;

  const std::string text = text_report(JudgedRun(silent).report(), {});

  EXPECT_THAT(text, HasSubstr("requests of the load had no answer when the run ended"));
  EXPECT_THAT(markdown_report(JudgedRun(silent).report()), HasSubstr("had no answer"));
  EXPECT_THAT(text_report(JudgedRun(engine::shop_run()).report(), {}),
              Not(HasSubstr("had no answer")));
}

TEST(TextReportTest, PaintsOnlyWhenAsked) {
  const JudgedRun run(engine::shop_run());

  EXPECT_THAT(text_report(run.report(), {}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_report(run.report(), {.color = true}), StartsWith("\x1b[1;31mFAILED"));
}

TEST(TextReportTest, KeepsWithinTheWidthOfTheTerminal) {
  const JudgedRun run(engine::shop_run());

  for (const std::string& line : lines_of(text_report(run.report(), {.width = 72}))) {
    EXPECT_LE(display_width(line), 72U) << line;
  }
}

TEST(TextReportTest, ALargeMeshIsCutAndSaysSo) {
  const JudgedRun run = large_run(200, 20);

  const std::string text = text_report(run.report(), {});

  EXPECT_THAT(text, HasSubstr("... and 160 more services with less to tell"));
  EXPECT_LT(lines_of(text).size(), 120U);
}

TEST(TextReportTest, HostileNamesDoNotReachTheTerminal) {
  for (const std::string& name : hostile_names()) {
    const JudgedRun run = hostile_run(name);

    const std::string text = text_report(run.report(), {});

    for (const char c : text) {
      EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << for_terminal(name);
    }
    EXPECT_THAT(text, Not(HasSubstr("\xe2\x80\xae")));
    EXPECT_THAT(text, Not(HasSubstr("\x7f")));
  }
}

}  // namespace
}  // namespace shaketable::reports
