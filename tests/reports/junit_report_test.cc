#include "reports/junit_report.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/escape.h"
#include "tests/reports/judged_run.h"
#include "tests/support/golden.h"

namespace shaketable::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(JunitReportTest, LooksAsItShould) {
  const JudgedRun run(engine::shop_run());
  const Report report = run.report();

  const std::string text = junit_report({&report, 1});

  EXPECT_EQ(text, golden("shop.junit.xml", text));
}

TEST(JunitReportTest, SeveralScenariosAreSeveralSuitesAndTheirSum) {
  const JudgedRun shop(engine::shop_run());
  const JudgedRun empty(engine::RecordBuilder({"a"}, 5));
  const std::array<Report, 2> reports{shop.report(), empty.report()};

  const std::string text = junit_report(reports);

  EXPECT_THAT(text, HasSubstr("<testsuites name=\"shaketable\" tests=\"7\" failures=\"2\""));
  EXPECT_THAT(text, HasSubstr("<testcase name=\"runs to its end\""));
}

TEST(JunitReportTest, HostileNamesLeaveTheXmlWhole) {
  for (const std::string& name : hostile_names()) {
    const JudgedRun run = hostile_run(name);
    const Report report = run.report();

    const std::string text = junit_report({&report, 1});

    EXPECT_THAT(text, Not(HasSubstr("<script")));
    EXPECT_THAT(text, Not(HasSubstr("<!")));
    EXPECT_THAT(text, Not(HasSubstr("]]>")));
    for (const char c : text) {
      EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << for_terminal(name);
    }
  }
}

}  // namespace
}  // namespace shaketable::reports
