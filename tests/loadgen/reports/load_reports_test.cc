#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/reports/csv_report.h"
#include "loadgen/reports/junit_report.h"
#include "loadgen/reports/load_page.h"
#include "loadgen/reports/prometheus_report.h"
#include "loadgen/results/run_result.h"

namespace shaketable::loadgen {
namespace {

using namespace std::chrono_literals;

RequestOutcome outcome(proxy::Duration latency, std::uint16_t status) {
  return {.intended = proxy::kStart,
          .started = proxy::kStart + latency / 2,
          .ended = proxy::kStart + latency,
          .status = status,
          .ok = status < 400,
          .has_latency = true,
          .bytes = 10};
}

/// Ten requests of a step, of which one failed, in two seconds.
RunResult small_result() {
  LoadStats load;
  load.name = "shoppers";
  RequestStats step;
  step.name = "GET /a,\"b\"";
  for (int i = 1; i <= 9; ++i) {
    step.add(outcome(i * 1ms, 200));
  }
  step.add(outcome(100ms, 503));
  step.errors.add("status 503");
  load.steps.push_back(step);
  load.total.merge(step);
  JourneyStats journey;
  journey.name = "browse <all>";
  journey.runs = 10;
  journey.failed = 1;
  journey.requests = step;
  load.journeys.push_back(journey);
  for (int second = 0; second < 2; ++second) {
    TimePoint& point = load.series.at(std::chrono::seconds(second));
    point.requests = 5;
    point.failed = second == 1 ? 1 : 0;
    point.users = 3;
    point.latency.add(2'000'000);
  }
  RunResult result;
  result.name = "shop";
  result.target = "http://127.0.0.1:1/";
  result.version = "1";
  result.elapsed = 2s;
  result.loads.push_back(load);
  result.thresholds = {
      {.source = "p99 < 1s", .actual = "100 ms", .holds = true, .was_judged = true},
      {.source = "error_rate < 1%", .actual = "10 %", .holds = false, .was_judged = true}};
  return result;
}

std::vector<std::string> lines_of(const std::string& text, const std::string& end) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = text.find(end, at);
    lines.push_back(text.substr(at, next - at));
    at = next == std::string::npos ? text.size() : next + end.size();
  }
  return lines;
}

TEST(CsvReportTest, HasARowForAllAndForEachPart) {
  const auto lines = lines_of(csv_report(small_result(), {500'000, 990'000}), "\r\n");

  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0],
            "load,kind,name,requests,failed,requests_per_second,bytes,min_ms,mean_ms,p50_ms,p99_ms,"
            "max_ms");
  EXPECT_TRUE(lines[1].starts_with(",all,,10,1,5.000,100,1.000,14.500,")) << lines[1];
  EXPECT_TRUE(lines[1].ends_with(",100.000")) << lines[1];
  EXPECT_TRUE(lines[4].starts_with("shoppers,step,\"GET /a,\"\"b\"\"\",10,1,")) << lines[4];
}

TEST(CsvReportTest, HasARowForEachSecond) {
  const auto lines = lines_of(csv_series(small_result()), "\r\n");

  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(lines[1].starts_with("0,shoppers,5,0,0,3,")) << lines[1];
  EXPECT_TRUE(lines[2].starts_with("1,shoppers,5,1,0,3,")) << lines[2];
}

TEST(LoadJunitTest, TellsEachThresholdAsATestCase) {
  const std::string xml = load_junit(small_result());

  EXPECT_NE(xml.find("tests=\"2\" failures=\"1\" errors=\"0\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("<testcase name=\"p99 &lt; 1s\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("<failure type=\"threshold\" message=\"it was 10 %\">"), std::string::npos)
      << xml;
}

TEST(LoadJunitTest, TellsWhyNothingCouldBeJudged) {
  RunResult result = small_result();
  result.thresholds.clear();
  EXPECT_NE(load_junit(result).find("the load was carried out"), std::string::npos);

  result.set_up_error = "POST /login: status 500";
  result.was_interrupted = true;
  const std::string xml = load_junit(result);

  EXPECT_NE(xml.find("failures=\"0\" errors=\"2\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("POST /login: status 500"), std::string::npos) << xml;
}

TEST(LoadPrometheusTest, HasCumulativeBucketsThatEndWithAllOfThem) {
  const std::string text = load_prometheus(small_result());
  const std::string labels = R"(load="shoppers",step="GET /a,\"b\"")";

  for (const std::string& line : {
           "shaketable_load_requests_total{" + labels + "} 10",
           "shaketable_load_failed_total{" + labels + R"(,error="status 503"} 1)",
           "shaketable_load_responses_total{" + labels + R"(,status="503"} 1)",
           "shaketable_load_latency_seconds_bucket{" + labels + R"(,le="0.01"} 9)",
           "shaketable_load_latency_seconds_bucket{" + labels + R"(,le="+Inf"} 10)",
           "shaketable_load_latency_seconds_count{" + labels + "} 10",
           std::string(R"(shaketable_load_threshold_holds{threshold="error_rate < 1%"} 0)"),
       }) {
    EXPECT_NE(text.find(line + "\n"), std::string::npos) << line << "\n" << text;
  }
}

TEST(LoadPrometheusTest, NamesNoSeriesTwice) {
  RunResult result = small_result();
  result.loads[0].steps.push_back(result.loads[0].steps[0]);
  std::vector<std::string> names;
  for (const std::string& line : lines_of(load_prometheus(result), "\n")) {
    if (!line.starts_with('#')) {
      names.push_back(line.substr(0, line.rfind(' ')));
    }
  }
  std::sort(names.begin(), names.end());

  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(LoadPageTest, TellsTheVerdictAndEscapesNames) {
  RunResult result = small_result();
  result.loads[0].steps[0].name = "<script>alert(1)</script>";
  const std::string page = load_page(result, {500'000}, "shaketable-load x");

  EXPECT_NE(page.find("1 of 2 thresholds missed"), std::string::npos);
  EXPECT_NE(page.find("class=\"verdict failed\""), std::string::npos);
  EXPECT_NE(page.find("status 503"), std::string::npos);
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
}

TEST(LoadPageTest, DrawsWhatEndedBehindTheEndInTheLastSecondOfTheRun) {
  RunResult result = small_result();
  const std::string without = load_page(result, {}, "");
  TimePoint& late = result.loads[0].series.at(std::chrono::seconds(2));
  late.requests = 1;
  late.latency.add(2'000'000);
  const std::string page = load_page(result, {}, "");

  // No third point, at which the rate would fall to almost nothing.
  EXPECT_NE(without.find("\"end\":2000000000,"), std::string::npos);
  EXPECT_NE(page.find("\"end\":2000000000,"), std::string::npos);
  EXPECT_EQ(page.find("\"end\":3000000000,"), std::string::npos);
}

TEST(LoadPageTest, DoesNotFailForALoadOfWhichNothingIsLeft) {
  RunResult result;
  result.name = "nothing";
  const std::string page = load_page(result, {}, "");

  EXPECT_NE(page.find("Nothing was answered"), std::string::npos);
  EXPECT_EQ(page.find("data-chart=\""), std::string::npos);
}

}  // namespace
}  // namespace shaketable::loadgen
