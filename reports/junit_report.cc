#include "reports/junit_report.h"

#include <algorithm>
#include <vector>

#include "engine/judge/comparison.h"
#include "engine/judge/units.h"
#include "reports/escape.h"
#include "reports/replication_rows.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::ExpectationState;

std::string attribute(const char* name, const std::string& value) {
  return std::string(" ") + name + "=\"" + for_xml(value) + '"';
}

std::string seconds(engine::Instant instant) {
  return engine::format_millionths(proxy::nanoseconds_of(instant) / 1000, 3);
}

// One `testcase`: it passed, was skipped, or failed, never two of them.
struct Case {
  enum class State : std::uint8_t { kPassed, kSkipped, kFailed };
  std::string name, class_name;
  State state = State::kPassed;
  std::string message;     ///< Skipped and failed ones.
  std::string type, text;  ///< Failed ones.
};

std::string explanation_of(const Report& report, const engine::ExpectationVerdict& expectation) {
  std::string text = std::string(long_name(expectation.state)) + ": " + expectation.text + '\n' +
                     wanted_and_got(expectation) + '\n' + where_and_when(expectation) + '\n';
  for (const std::string& sentence : expectation.evidence) {
    text += sentence + '\n';
  }
  if (expectation.mark.line > 0) {
    text += expectation.mark.file + ':' + std::to_string(expectation.mark.line) + '\n';
  }
  return text + "again: " + report.command;
}

// Lines stay lines: only their contents are escaped.
std::string escaped_lines(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += (at == 0 ? "" : "\n") + for_xml(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

Case case_of(const Report& report, const engine::ExpectationVerdict& expectation) {
  Case it{.name = expectation.text,
          .class_name = report.scenario.name + "." + expectation.where,
          .message = wanted_and_got(expectation),
          .type = long_name(expectation.state),
          .text = explanation_of(report, expectation)};
  switch (expectation.state) {
    case ExpectationState::kHeld:
      it.state = Case::State::kPassed;
      break;
    case ExpectationState::kKnownFailure:
      it.state = Case::State::kSkipped;
      it.message = "known failure: " + it.message;
      break;
    case ExpectationState::kBroken:
    case ExpectationState::kUnexpectedPass:
    case ExpectationState::kNotMeasurable:
      it.state = Case::State::kFailed;
      break;
  }
  return it;
}

// Over several seeds their number decides; the first run only explains.
void replicate(const Report& report, std::size_t index, Case& it) {
  const engine::ReplicatedExpectation& all = report.replications->expectations[index];
  const std::string words = replicated_text(all, report.verdict.expectations[index].unit);
  if (!all.passed) {
    it.state = Case::State::kFailed;
    it.type = "not in enough runs";
  } else if (it.state == Case::State::kFailed) {
    it.state = Case::State::kPassed;
  }
  it.message = words + "; seed " + std::to_string(report.record.seed) + ": " + it.message;
  it.text = words + "\nseed " + std::to_string(report.record.seed) + ", " + it.text;
}

Case baseline_case(const Report& report) {
  const engine::RunComparison& comparison = *report.comparison;
  Case it{.name = "no regression against " + comparison.before,
          .class_name = report.scenario.name + ".baseline",
          .state = comparison.is_regression() ? Case::State::kFailed : Case::State::kPassed,
          .message = comparison.headline,
          .type = "regression",
          .text = {}};
  for (const engine::Regression& regression : comparison.regressions) {
    it.text += regression.what + ": " + regression.text + '\n';
  }
  it.text += "again: " + report.command;
  return it;
}

std::vector<Case> cases_of(const Report& report) {
  std::vector<Case> cases;
  for (std::size_t i = 0; i < report.verdict.expectations.size(); ++i) {
    cases.push_back(case_of(report, report.verdict.expectations[i]));
    if (report.replications != nullptr) {
      replicate(report, i, cases.back());
    }
  }
  if (cases.empty()) {  // A run without expectations still says that it came to its end.
    cases.push_back({.name = "runs to its end", .class_name = report.scenario.name});
  }
  if (report.comparison != nullptr) {
    cases.push_back(baseline_case(report));
  }
  return cases;
}

void add_case(const Report& report, const Case& it, std::string& out) {
  out += "    <testcase" + attribute("name", it.name) + attribute("classname", it.class_name) +
         attribute("time", seconds(report.record.ended));
  switch (it.state) {
    case Case::State::kPassed:
      out += "/>\n";
      return;
    case Case::State::kSkipped:
      out += ">\n      <skipped" + attribute("message", it.message) + "/>\n    </testcase>\n";
      return;
    case Case::State::kFailed:
      out += ">\n      <failure" + attribute("message", it.message) + attribute("type", it.type) +
             '>' + escaped_lines(it.text) + "</failure>\n    </testcase>\n";
      return;
  }
}

std::size_t count_of(const std::vector<Case>& cases, Case::State state) {
  return static_cast<std::size_t>(std::count_if(
      cases.begin(), cases.end(), [state](const Case& it) { return it.state == state; }));
}

std::string counts_of(const std::vector<Case>& cases) {
  return attribute("tests", std::to_string(cases.size())) +
         attribute("failures", std::to_string(count_of(cases, Case::State::kFailed))) +
         attribute("errors", "0") +
         attribute("skipped", std::to_string(count_of(cases, Case::State::kSkipped)));
}

void add_suite(const Report& report, const std::vector<Case>& cases, std::string& out) {
  const engine::Verdict& verdict = report.verdict;
  out += "  <testsuite" + attribute("name", report.scenario.name) + counts_of(cases) +
         attribute("time", seconds(report.record.ended)) + ">\n    <properties>\n";
  const auto property = [&out](const char* name, const std::string& value) {
    out += "      <property" + attribute("name", name) + attribute("value", value) + "/>\n";
  };
  property("seed", std::to_string(report.record.seed));
  property("fingerprint", hexadecimal_of(report.record.fingerprint));
  property("verdict", verdict.headline);
  property("partial", verdict.partial ? "true" : "false");
  if (report.replications != nullptr) {
    property("runs", seeds_text(*report.replications));
    property("verdict_over_runs", report.replications->headline);
  }
  out += "    </properties>\n";
  for (const Case& it : cases) {
    add_case(report, it, out);
  }
  out += "  </testsuite>\n";
}

}  // namespace

std::string junit_report(std::span<const Report> reports) {
  std::vector<Case> all;
  std::string suites;
  for (const Report& report : reports) {
    const std::vector<Case> cases = cases_of(report);
    add_suite(report, cases, suites);
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
         attribute("name", "shaketable") + counts_of(all) + ">\n" + suites + "</testsuites>\n";
}

}  // namespace shaketable::reports
