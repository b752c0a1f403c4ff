#include "engine/cli/report_formats.h"

#include <array>

#include "reports/html/html_report.h"
#include "reports/json_result.h"
#include "reports/junit_report.h"
#include "reports/markdown_report.h"
#include "reports/text_report.h"

namespace shaketable::engine {
namespace {

using reports::Report;

constexpr std::array kFormats{
    ReportFormat{"text", ".txt", "the summary of a terminal",
                 [](const Report& report) { return reports::text_report(report, {}); }},
    ReportFormat{"markdown", ".md .markdown", "the same for a pull request",
                 [](const Report& report) { return reports::markdown_report(report); }},
    ReportFormat{"html", ".html .htm", "a page to look at",
                 [](const Report& report) { return reports::write_html(report); }},
    ReportFormat{"junit", ".xml", "JUnit XML for a CI system",
                 [](const Report& report) {
                   return reports::junit_report({&report, 1});
                 }},
    ReportFormat{"json", ".json", "the whole result",
                 [](const Report& report) { return reports::json_result(report); }},
};

}  // namespace

std::span<const ReportFormat> report_formats() { return kFormats; }

const ReportFormat* find_format(std::string_view name) {
  for (const ReportFormat& format : kFormats) {
    if (format.name == name) {
      return &format;
    }
  }
  return nullptr;
}

const ReportFormat* format_of_file(std::string_view path) {
  for (const ReportFormat& format : kFormats) {
    std::string_view endings = format.endings;
    while (!endings.empty()) {
      const std::string_view ending = endings.substr(0, endings.find(' '));
      if (path.size() > ending.size() && path.ends_with(ending)) {
        return &format;
      }
      endings.remove_prefix(ending.size());
      endings.remove_prefix(endings.empty() ? 0 : 1);
    }
  }
  return nullptr;
}

std::string format_names() {
  std::string names;
  for (const ReportFormat& format : kFormats) {
    names += (names.empty() ? "" : "|") + std::string(format.name);
  }
  return names;
}

}  // namespace shaketable::engine
