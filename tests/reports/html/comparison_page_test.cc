#include "reports/html/comparison_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/judged_run.h"

namespace shaketable::reports {
namespace {

using engine::Change;
using engine::RunComparison;
using testing::HasSubstr;
using testing::Not;

RunComparison regression(const std::string& name) {
  RunComparison comparison;
  comparison.headline = "REGRESSION: p99 of " + name;
  comparison.before = "a.json";
  comparison.after = "b.json";
  comparison.regressions = {{"p99 of " + name, "81.2 ms -> 97.0 ms (+19.5 %), allowed +10 %"}};
  comparison.deltas = {{.subject = name,
                        .metric = engine::Metric::kP99,
                        .before = 81'200'000,
                        .after = 97'000'000,
                        .difference = 15'800'000,
                        .relative_ppm = 194'581,
                        .change = Change::kWorse}};
  comparison.events = {{engine::EventKind::kCircuitOpen, name, 3, 0}};
  comparison.configuration = {{name + ": instances", "2", "3"}};
  return comparison;
}

TEST(ComparisonPageTest, SignsAndNamesWhatBecameWorse) {
  const JudgedRun run(engine::shop_run());

  const std::string page = write_comparison_html(run.report(), run.report(), regression("payment"));

  EXPECT_THAT(page, HasSubstr("REGRESSION: p99 of payment"));
  EXPECT_THAT(page, HasSubstr("+15.8 ms"));
  EXPECT_THAT(page, HasSubstr("<span class=\"worse\">&#9660; worse</span>"));
  EXPECT_THAT(page, HasSubstr("payment: p99 before and after")) << "a chart of both runs";
  EXPECT_THAT(page, HasSubstr(", worse than before</title>")) << "a ring in the topology";
}

TEST(ComparisonPageTest, StaysBelowItsLimitAndSaysWhatIsLeftOut) {
  const JudgedRun run = large_run(300, 60);
  RunComparison comparison = regression("service-7");
  for (int i = 0; i < 3'000; ++i) {
    comparison.deltas.push_back({.subject = "service-" + std::to_string(i % 300), .before = i});
  }

  const std::string page = write_comparison_html(run.report(), run.report(), comparison,
                                                 {.most_bytes = HtmlOptions::kLeastBytes});

  EXPECT_LT(page.size(), HtmlOptions::kLeastBytes);
  EXPECT_THAT(page, HasSubstr("figures with less of a change are in the JSON"));
}

TEST(ComparisonPageTest, HostileNamesBecomeText) {
  const JudgedRun run(engine::shop_run());
  for (const std::string& name : hostile_names()) {
    const std::string page = write_comparison_html(run.report(), run.report(), regression(name));

    EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, Not(HasSubstr("\x1b")));
    EXPECT_THAT(page, Not(HasSubstr("\xe2\x80\xae")));
  }
}

TEST(ComparisonPageTest, NoChangeAtAllIsStillAPage) {
  const JudgedRun run(engine::shop_run());

  EXPECT_THAT(write_comparison_html(run.report(), run.report(), {}),
              HasSubstr("No regression: no expectation broke"));
}

}  // namespace
}  // namespace shaketable::reports
