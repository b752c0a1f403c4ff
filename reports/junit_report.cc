#include "reports/junit_report.h"

#include <algorithm>

#include "engine/judge/units.h"
#include "reports/escape.h"
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

std::uint32_t failures_of(const engine::Verdict& verdict) {
  return verdict.broken + verdict.unexpected_passes + verdict.not_measurable;
}

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

void add_case(const Report& report, const engine::ExpectationVerdict& expectation,
              std::string& out) {
  out += "    <testcase" + attribute("name", expectation.text) +
         attribute("classname", report.scenario.name + "." + expectation.where) +
         attribute("time", seconds(report.record.ended));
  switch (expectation.state) {
    case ExpectationState::kHeld:
      out += "/>\n";
      return;
    case ExpectationState::kKnownFailure:
      out += ">\n      <skipped" +
             attribute("message", "known failure: " + wanted_and_got(expectation)) +
             "/>\n    </testcase>\n";
      return;
    case ExpectationState::kBroken:
    case ExpectationState::kUnexpectedPass:
    case ExpectationState::kNotMeasurable:
      break;
  }
  out += ">\n      <failure" + attribute("message", wanted_and_got(expectation)) +
         attribute("type", long_name(expectation.state)) + '>' +
         escaped_lines(explanation_of(report, expectation)) + "</failure>\n    </testcase>\n";
}

// A run without expectations still says that it came to its end.
void add_run_case(const Report& report, std::string& out) {
  out += "    <testcase" + attribute("name", "runs to its end") +
         attribute("classname", report.scenario.name) +
         attribute("time", seconds(report.record.ended)) + "/>\n";
}

void add_suite(const Report& report, std::string& out) {
  const engine::Verdict& verdict = report.verdict;
  const std::size_t cases = std::max<std::size_t>(verdict.expectations.size(), 1);
  out += "  <testsuite" + attribute("name", report.scenario.name) +
         attribute("tests", std::to_string(cases)) +
         attribute("failures", std::to_string(failures_of(verdict))) + attribute("errors", "0") +
         attribute("skipped", std::to_string(verdict.known_failures)) +
         attribute("time", seconds(report.record.ended)) + ">\n    <properties>\n";
  const auto property = [&out](const char* name, const std::string& value) {
    out += "      <property" + attribute("name", name) + attribute("value", value) + "/>\n";
  };
  property("seed", std::to_string(report.record.seed));
  property("fingerprint", hexadecimal_of(report.record.fingerprint));
  property("verdict", verdict.headline);
  property("partial", verdict.partial ? "true" : "false");
  out += "    </properties>\n";
  for (const engine::ExpectationVerdict& expectation : verdict.expectations) {
    add_case(report, expectation, out);
  }
  if (verdict.expectations.empty()) {
    add_run_case(report, out);
  }
  out += "  </testsuite>\n";
}

}  // namespace

std::string junit_report(std::span<const Report> reports) {
  std::size_t cases = 0;
  std::size_t failures = 0;
  std::size_t skipped = 0;
  for (const Report& report : reports) {
    cases += std::max<std::size_t>(report.verdict.expectations.size(), 1);
    failures += failures_of(report.verdict);
    skipped += report.verdict.known_failures;
  }
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
                    attribute("name", "shaketable") + attribute("tests", std::to_string(cases)) +
                    attribute("failures", std::to_string(failures)) + attribute("errors", "0") +
                    attribute("skipped", std::to_string(skipped)) + ">\n";
  for (const Report& report : reports) {
    add_suite(report, out);
  }
  return out + "</testsuites>\n";
}

}  // namespace shaketable::reports
