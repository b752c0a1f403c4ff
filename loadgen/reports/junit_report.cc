#include "loadgen/reports/junit_report.h"

#include <fmt/format.h>

#include "loadgen/results/text.h"
#include "reports/escape.h"

namespace shaketable::loadgen {
namespace {

using reports::for_xml;

struct Suite {
  std::string cases;
  std::size_t tests = 0, failures = 0, errors = 0;
  std::string class_name;
  std::string seconds;

  void add(const std::string& name, const std::string& inside) {
    ++tests;
    cases += "    <testcase name=\"" + for_xml(name) + "\" classname=\"" + for_xml(class_name) +
             "\" time=\"" + seconds + "\"" +
             (inside.empty() ? "/>\n" : ">\n" + inside + "    </testcase>\n");
  }
};

std::string element(const char* name, const char* type, const std::string& message,
                    const std::string& text) {
  return std::string("      <") + name + " type=\"" + type + "\" message=\"" + for_xml(message) +
         "\">" + for_xml(text) + "</" + name + ">\n";
}

}  // namespace

std::string load_junit(const RunResult& result) {
  Suite suite;
  suite.class_name = "shaketable-load." + result.name;
  suite.seconds = fmt::format("{:.3f}", proxy::to_seconds(result.elapsed));
  const RequestStats total = result.total();
  const std::string figures = fmt::format(
      "{} requests, {} failed, p50 {}, p99 {}, max {}", count_text(total.requests),
      count_text(total.failed), duration_text(total.latency.quantile(500'000)),
      duration_text(total.latency.quantile(990'000)), duration_text(total.latency.max()));
  for (const ThresholdVerdict& it : result.thresholds) {
    const std::string actual = it.was_judged ? it.actual : "nothing to judge";
    suite.add(it.source, it.holds ? ""
                                  : element("failure", "threshold", "it was " + actual,
                                            it.source + ": it was " + actual + "; " + figures));
    suite.failures += it.holds ? 0 : 1;
  }
  if (!result.set_up_error.empty()) {
    suite.add("set-up", element("error", "set-up", result.set_up_error, figures));
    ++suite.errors;
  }
  if (!result.ended_early.empty() && suite.failures == 0) {
    suite.add("the whole load", element("error", "ended-early", result.ended_early, figures));
    ++suite.errors;
  }
  if (result.was_interrupted) {
    suite.add("the whole load",
              element("error", "interrupted", "the run was interrupted", figures));
    ++suite.errors;
  }
  if (suite.tests == 0) {
    suite.add("the load was carried out", "");
  }
  const std::string counts = fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{}\"",
                                         suite.tests, suite.failures, suite.errors, suite.seconds);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + counts +
         ">\n  <testsuite name=\"" + for_xml(result.name) + "\"" + counts + " skipped=\"0\">\n" +
         suite.cases + "    <system-out>" + for_xml(figures) +
         "</system-out>\n  </testsuite>\n</testsuites>\n";
}

}  // namespace shaketable::loadgen
