#include "reports/html/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/judge/comparison.h"
#include "engine/judge/replications.h"
#include "reports/escape.h"
#include "reports/html/markup.h"
#include "reports/html/shell.h"
#include "reports/model_hash.h"
#include "reports/sha256.h"
#include "tests/reports/judged_run.h"

namespace shaketable::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string page_of(const JudgedRun& run) { return write_html(run.report()); }

TEST(HtmlReportTest, HasEverySection) {
  const std::string page = page_of(JudgedRun(engine::shop_run()));

  for (const char* id :
       {"expectations", "story", "topology", "timeline", "services", "charts", "calls", "latency",
        "errors", "explanations", "configuration", "again", "left-out"}) {
    EXPECT_THAT(page, HasSubstr("<section id=\"" + std::string(id) + "\""));
    EXPECT_THAT(page, HasSubstr("<a href=\"#" + std::string(id) + "\">"));
  }
  EXPECT_THAT(page, HasSubstr("FAILED: 1 of 6 expectations did not hold"));
  EXPECT_THAT(page, HasSubstr("gateway -&gt; payment: circuit open (max_pending_requests)"));
  EXPECT_THAT(page, HasSubstr("circuit closed (after 33.8 s and 12 requests refused)"));
}

TEST(HtmlReportTest, TheSummarySaysWhatFailedWhyAndHowItEnded) {
  const std::string page = page_of(JudgedRun(engine::shop_run()));
  const std::string summary = page.substr(page.find("<ul class=\"summary\">"), 3'000);

  EXPECT_THAT(summary, HasSubstr("<li><b>Not as expected:</b> "));
  EXPECT_THAT(summary, HasSubstr("<li><b>Why:</b> fault provider-slow at 60.0 s"));
}

TEST(HtmlReportTest, SaysHowManyRequestsWereNeverAnswered) {
  engine::RecordBuilder silent = engine::shop_run();
  silent.record.statistics.requests += 1'000'000;
  silent.record.statistics.in_flight_at_end = 1'000'000;

  EXPECT_THAT(page_of(JudgedRun(std::move(silent))), HasSubstr("had no answer when the run ended"));
  EXPECT_THAT(page_of(JudgedRun(engine::shop_run())), Not(HasSubstr("had no answer")));
}

TEST(HtmlReportTest, ASummaryDoesNotRepeatTheHeadline) {
  engine::RecordBuilder builder({"a"}, 30);
  builder.service("a", {{0, 30, 100, 0, std::chrono::milliseconds(10)}});
  builder.expect(
      {.what = engine::MetricExpectation{.metric = engine::Metric::kSuccessRate,
                                         .subject = builder.service_subject("a"),
                                         .bound = {.comparison = engine::Comparison::kGreater,
                                                   .value = 990'000,
                                                   .text = "> 99%"}},
       .text = "success_rate of a > 99%"});
  const std::string page = page_of(JudgedRun(std::move(builder)));

  const std::size_t first = page.find("expectation held");
  ASSERT_NE(first, std::string::npos);
  const std::string summary = page.substr(page.find("<ul class=\"summary\">"), 400);
  EXPECT_THAT(summary, Not(HasSubstr("held")));
}

TEST(HtmlReportTest, AllowsItsOwnStyleSheetAndScriptsOnly) {
  const std::string page = page_of(JudgedRun(engine::shop_run()));

  EXPECT_THAT(page,
              HasSubstr("default-src 'none'; script-src 'sha256-" + base64(sha256(page_script())) +
                        "' 'sha256-" + base64(sha256(chart_script())) + "'; style-src 'sha256-" +
                        base64(sha256(style_sheet())) + "'"));
  EXPECT_THAT(page, HasSubstr("<style>" + style_sheet() + "</style>"));
  EXPECT_THAT(page, HasSubstr("<script>" + page_script() + "</script>"));
  EXPECT_THAT(page, Not(HasSubstr(" style=")));
  EXPECT_THAT(page, Not(HasSubstr("http:")));
  EXPECT_THAT(page, Not(HasSubstr("https:")));
}

TEST(HtmlReportTest, ItsOwnScriptIsSmall) { EXPECT_LT(page_script().size(), 40'000U); }

TEST(HtmlReportTest, TellsStatesByWordAndShapeToo) {
  EXPECT_THAT(marked(engine::ServiceState::kFailing),
              HasSubstr(std::string(glyph_path(Tone::kFailing)) + "\"/></svg>failing"));
  EXPECT_THAT(marked(engine::ServiceState::kDown),
              HasSubstr(std::string(glyph_path(Tone::kDown)) + "\"/></svg>down"));
  EXPECT_THAT(marked(engine::ExpectationState::kHeld),
              HasSubstr(std::string(glyph_path(Tone::kHealthy)) + "\"/></svg>held"));
}

TEST(HtmlReportTest, FollowsTheReadersColourScheme) {
  EXPECT_THAT(style_sheet(), HasSubstr("prefers-color-scheme: dark"));
}

TEST(HtmlReportTest, HostileNamesBecomeText) {
  for (const std::string& name : hostile_names()) {
    const std::string page = page_of(hostile_run(name));

    EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, Not(HasSubstr("<!--")));
    EXPECT_THAT(page, Not(HasSubstr("\x1b")));
    EXPECT_THAT(page, Not(HasSubstr("\xe2\x80\xae")));
    EXPECT_THAT(page, HasSubstr(for_html(shortened(name, 60))));
  }
}

TEST(HtmlReportTest, AThousandServicesStayBelowTwoMegabytes) {
  const std::string page = page_of(large_run(1'000, 60));

  EXPECT_LT(page.size(), 2'000'000U);
  EXPECT_THAT(page, HasSubstr("services with the most to tell, of 1000; all are in the table"));
  EXPECT_THAT(page, HasSubstr("service-999"));
  EXPECT_THAT(page, HasSubstr(" more are in the table"));
  EXPECT_THAT(page, HasSubstr("<title>service-0: degraded</title>")) << "an entry hangs on top";
}

TEST(HtmlReportTest, StaysBelowEveryLimitThatCanBeAskedFor) {
  const JudgedRun run = large_run(1'000, 600);

  const std::string page = write_html(run.report(), {.most_bytes = HtmlOptions::kLeastBytes});

  EXPECT_LT(page.size(), HtmlOptions::kLeastBytes);
  EXPECT_THAT(page, HasSubstr("What this page leaves out"));
  EXPECT_THAT(page, HasSubstr("<section id=\"expectations\""));
}

TEST(HtmlReportTest, VerySmallPagesNameTheSectionsThatTheyGiveUp) {
  const JudgedRun run = large_run(1'000, 600);

  const std::string page = write_html(run.report(), {.most_bytes = 1});

  EXPECT_THAT(page, HasSubstr("Topology, time axis, charts, calls, latencies"));
  EXPECT_THAT(page, Not(HasSubstr("<section id=\"topology\"")));
  EXPECT_THAT(page, HasSubstr("<section id=\"services\""));
}

TEST(HtmlReportTest, SeveralSeedsHaveTheVerdictOfAllAndAnIntervalForEachExpectation) {
  const JudgedRun run(engine::shop_run());
  Report report = run.report();
  const engine::Replications replications =
      engine::replicate(std::vector<engine::RunSummary>(
                            3, engine::summarise(report.scenario, report.record, report.verdict)),
                        3, 3);
  report.replications = &replications;

  const std::string page = write_html(report);

  EXPECT_THAT(page, HasSubstr("<section id=\"seeds\""));
  EXPECT_THAT(page, HasSubstr(replications.headline + "</span></h1>"));
  EXPECT_THAT(page, HasSubstr("What follows is seed 7 alone"));
}

TEST(HtmlReportTest, ARegressionIsTheFirstThingSaid) {
  const JudgedRun run(engine::shop_run());
  Report report = run.report();
  engine::RunComparison comparison;
  comparison.headline = "REGRESSION: p99 of payment";
  comparison.before = "main.json";
  comparison.regressions = {{"p99 of payment", "81.2 ms -> 97.0 ms"}};
  report.comparison = &comparison;

  const std::string page = write_html(report);

  EXPECT_THAT(page, HasSubstr("REGRESSION: p99 of payment</span></h1>"));
  EXPECT_THAT(page, HasSubstr("<section id=\"baseline\""));
  EXPECT_THAT(page, HasSubstr("main.json"));
}

TEST(HtmlReportTest, NamesTheHashOfItsModel) {
  const JudgedRun run(engine::shop_run());
  Report report = run.report();
  const engine::ScenarioSource source{
      .file = "shop.yaml", .overrides = {}, .files = {{"shop.yaml", "scenario: shop\n"}}};
  report.source = &source;

  EXPECT_THAT(write_html(report), HasSubstr(model_hash(source)));
}

TEST(HtmlReportTest, ARunWithNothingInItIsStillAPage) {
  const std::string page = page_of(JudgedRun(engine::RecordBuilder({}, 1)));

  EXPECT_THAT(page, HasSubstr("The mesh has no services."));
  EXPECT_THAT(page, HasSubstr("</html>"));
}

}  // namespace
}  // namespace shaketable::reports
