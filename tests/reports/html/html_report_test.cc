#include "reports/html/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/escape.h"
#include "reports/html/html_parts.h"
#include "reports/sha256.h"
#include "tests/reports/judged_run.h"

namespace shaketable::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string page_of(const JudgedRun& run) { return write_html(run.report()); }

TEST(HtmlReportTest, HasEverySection) {
  const std::string page = page_of(JudgedRun(engine::shop_run()));

  for (const char* id : {"expectations", "topology", "services", "story", "spread", "charts",
                         "calls", "explanations", "again"}) {
    EXPECT_THAT(page, HasSubstr("<h2 id=\"" + std::string(id) + "\">"));
  }
  EXPECT_THAT(page, HasSubstr("FAILED: 1 of 6 expectations did not hold"));
  EXPECT_THAT(page, HasSubstr("circuit open (max_pending_requests), 12 times until 61.9 s"));
}

TEST(HtmlReportTest, ForbidsScriptsAndAllowsItsOwnStyleSheetOnly) {
  const std::string page = page_of(JudgedRun(engine::shop_run()));

  EXPECT_THAT(page, HasSubstr("default-src 'none'; style-src 'sha256-" +
                              base64(sha256(html_style())) + "'"));
  EXPECT_THAT(page, HasSubstr("<style>" + html_style() + "</style>"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr(" style=")));
  EXPECT_THAT(page, Not(HasSubstr("http:")));
  EXPECT_THAT(page, Not(HasSubstr("https:")));
}

TEST(HtmlReportTest, TellsStatesByWordAndShapeToo) {
  EXPECT_THAT(html_state(engine::ServiceState::kFailing), HasSubstr("&#9670;</span> failing"));
  EXPECT_THAT(html_state(engine::ServiceState::kDown), HasSubstr("&#9632;</span> down"));
  EXPECT_THAT(html_state(engine::ExpectationState::kHeld), HasSubstr("&#10003;</span> held"));
}

TEST(HtmlReportTest, FollowsTheReadersColourScheme) {
  EXPECT_THAT(html_style(), HasSubstr("prefers-color-scheme:dark"));
}

TEST(HtmlReportTest, HostileNamesBecomeText) {
  for (const std::string& name : hostile_names()) {
    const std::string page = page_of(hostile_run(name));

    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, Not(HasSubstr("<!--")));
    EXPECT_THAT(page, Not(HasSubstr("\x1b")));
    EXPECT_THAT(page, Not(HasSubstr("\xe2\x80\xae")));
    EXPECT_THAT(page, HasSubstr(for_html(shortened(name, 600))));
  }
}

TEST(HtmlReportTest, AThousandServicesStayBelowTwoMegabytes) {
  const std::string page = page_of(large_run(1'000, 60));

  EXPECT_LT(page.size(), 2'000'000U);
  EXPECT_THAT(page, HasSubstr("Charts of the 24 services with the most to tell, of 1000"));
  EXPECT_THAT(page, HasSubstr("service-999"));
  EXPECT_THAT(page, HasSubstr("952 more are in the table"));
  EXPECT_THAT(page, HasSubstr("<title>service-0: degraded</title>")) << "an entry hangs on top";
}

TEST(HtmlReportTest, ARunWithNothingInItIsStillAPage) {
  const std::string page = page_of(JudgedRun(engine::RecordBuilder({}, 1)));

  EXPECT_THAT(page, HasSubstr("The mesh has no services."));
  EXPECT_THAT(page, HasSubstr("</html>"));
}

}  // namespace
}  // namespace shaketable::reports
