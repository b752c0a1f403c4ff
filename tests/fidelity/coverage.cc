#include "tests/fidelity/coverage.h"

#include <iterator>

#include <fmt/format.h>

namespace shaketable::fidelity {
namespace {

const char* word(Coverage::Verdict verdict) {
  switch (verdict) {
    case Coverage::Verdict::kPassed:
      return "pass";
    case Coverage::Verdict::kFailed:
      return "FAIL";
    case Coverage::Verdict::kNotRun:
      return "not run";
  }
  return "";
}

}  // namespace

std::string as_text(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) {
    text += (text.empty() ? "" : ", ") + fmt::format("{:.6g}", value);
  }
  return text;
}

std::string Coverage::summary() const {
  struct Count {
    int rows = 0, passed = 0, failed = 0, not_run = 0, not_covered = 0;
  };
  std::map<std::string, Count> counts;
  for (const Line& line : lines_) {
    for (const std::string& name : {line.row.family(), std::string("sum")}) {
      Count& count = counts[name];
      ++count.rows;
      count.not_covered += line.plan.variants.empty() ? 1 : 0;
      count.passed += line.verdict == Verdict::kPassed ? 1 : 0;
      count.failed += line.verdict == Verdict::kFailed ? 1 : 0;
      count.not_run += !line.plan.variants.empty() && line.verdict == Verdict::kNotRun ? 1 : 0;
    }
  }
  std::string text =
      "| family | rows | passed | failed | not in this run | not covered |\n"
      "| --- | --- | --- | --- | --- | --- |\n";
  for (const auto& [name, count] : counts) {
    fmt::format_to(std::back_inserter(text), "| {} | {} | {} | {} | {} | {} |\n", name, count.rows,
                   count.passed, count.failed, count.not_run, count.not_covered);
  }
  return text;
}

std::string Coverage::table() const {
  std::string text = "# Fidelity coverage\n\n" + summary();
  text +=
      "\n## Covered\n\nMeasured is the mean of three seeds; where there are two figures, the row "
      "was "
      "measured in two ways.\n\n"
      "| row | metric | measured | expected | tolerance | verdict | how |\n"
      "| --- | --- | --- | --- | --- | --- | --- |\n";
  for (const Line& line : lines_) {
    if (!line.plan.variants.empty()) {
      fmt::format_to(std::back_inserter(text), "| {} | {} | {} | {} | {} | {} | {} |\n",
                     line.row.id, line.row.metric, line.measured, line.row.expected,
                     line.row.tolerance, word(line.verdict), line.plan.how);
    }
  }
  text += "\n## Not covered\n\n| row | why |\n| --- | --- |\n";
  for (const Line& line : lines_) {
    if (line.plan.variants.empty()) {
      fmt::format_to(std::back_inserter(text), "| {} | {} |\n", line.row.id, line.plan.why_not);
    }
  }
  return text;
}

}  // namespace shaketable::fidelity
