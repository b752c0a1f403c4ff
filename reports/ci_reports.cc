#include "reports/ci_reports.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "reports/escape.h"
#include "reports/json_writer.h"
#include "reports/markdown_report.h"
#include "reports/rows.h"
#include "reports/sha256.h"

namespace shaketable::reports {
namespace {

using engine::ExpectationState;
using engine::ExpectationVerdict;

constexpr std::size_t kMostAnnotations = 10;

struct Finding {
  int severity = 0;  ///< 0 is the worst.
  const Report* report = nullptr;
  const ExpectationVerdict* expectation = nullptr;
};

std::vector<Finding> findings_of(std::span<const Report> reports) {
  std::vector<Finding> found;
  for (const Report& report : reports) {
    for (const ExpectationVerdict& it : report.verdict.expectations) {
      switch (it.state) {
        case ExpectationState::kBroken:
          found.push_back({0, &report, &it});
          break;
        case ExpectationState::kNotMeasurable:
          found.push_back({1, &report, &it});
          break;
        case ExpectationState::kUnexpectedPass:
          found.push_back({2, &report, &it});
          break;
        case ExpectationState::kHeld:
        case ExpectationState::kKnownFailure:
          break;
      }
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
  return found;
}

/// Source: GitHub, actions/toolkit, packages/core/src/command.ts.
std::string for_github(std::string_view text, bool is_property) {
  std::string out;
  for (const char c : for_terminal(text)) {
    const bool is_special = c == '%' || (is_property && (c == ':' || c == ','));
    if (is_special) {
      out += c == '%' ? "%25" : (c == ':' ? "%3A" : "%2C");
    } else {
      out += c;
    }
  }
  return out;
}

std::string message_of(const Finding& finding) {
  const ExpectationVerdict& it = *finding.expectation;
  std::string text =
      for_github(it.text + ": " + wanted_and_got(it) + " (" + where_and_when(it) + ')', false);
  for (const std::string& sentence : it.evidence) {
    text += "%0A" + for_github(sentence, false);
  }
  return text + "%0Aagain: " + for_github(finding.report->command, false);
}

std::string annotation(const Finding& finding) {
  const ExpectationVerdict& it = *finding.expectation;
  std::string out = finding.severity == 2 ? "::warning " : "::error ";
  if (it.mark.line > 0) {
    out += "file=" + for_github(it.mark.file, true) + ",line=" + std::to_string(it.mark.line) +
           ",col=" + std::to_string(std::max(it.mark.column, 1)) + ',';
  }
  return out +
         "title=" + for_github(finding.report->scenario.name + " " + long_name(it.state), true) +
         "::" + message_of(finding) + '\n';
}

std::string hexadecimal(const std::array<std::uint8_t, 32>& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : digest) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace

std::string github_annotations(std::span<const Report> reports) {
  const std::vector<Finding> found = findings_of(reports);
  const std::size_t shown = found.size() <= kMostAnnotations ? found.size() : kMostAnnotations - 1;
  std::string out;
  for (std::size_t i = 0; i < shown; ++i) {
    out += annotation(found[i]);
  }
  if (shown < found.size()) {
    out += "::error title=shaketable::" + std::to_string(found.size() - shown) +
           " more expectations did not hold; the step's summary lists them all\n";
  }
  return out;
}

std::string github_step_summary(std::span<const Report> reports, std::size_t most_bytes) {
  constexpr std::size_t kRoomForLast = 200;
  std::string out;
  std::size_t left_out = 0;
  for (const Report& report : reports) {
    const std::string text = markdown_report(report) + '\n';
    if (left_out > 0 || out.size() + text.size() + kRoomForLast > most_bytes) {
      ++left_out;
    } else {
      out += text;
    }
  }
  if (left_out > 0) {
    out += "\n" + std::to_string(left_out) + (left_out == 1 ? " scenario is" : " scenarios are") +
           " left out here: GitHub takes no longer summary.\n";
  }
  return out;
}

std::string gitlab_code_quality(std::span<const Report> reports) {
  JsonWriter json(1);
  json.begin_array();
  for (const Finding& finding : findings_of(reports)) {
    const ExpectationVerdict& it = *finding.expectation;
    const std::string path = it.mark.line > 0 ? it.mark.file : finding.report->scenario.file;
    json.begin_object();
    json.field("description",
               it.text + ": " + wanted_and_got(it) + " (" + where_and_when(it) + ')');
    json.field("check_name", std::string("shaketable: ") + long_name(it.state));
    json.field("fingerprint",
               hexadecimal(sha256(path + '\n' + finding.report->scenario.name + '\n' + it.text)));
    json.field("severity", finding.severity == 0 ? "major" : "minor");
    json.begin_object("location");
    json.field("path", path);
    json.begin_object("lines");
    json.field("begin", static_cast<std::int64_t>(std::max(it.mark.line, 1)));
    json.end();
    json.end();
    json.end();
  }
  json.end();
  return json.take();
}

}  // namespace shaketable::reports
