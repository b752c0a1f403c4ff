#include "engine/cli/report_formats.h"

#include <array>

#include "reports/exports/ndjson.h"
#include "reports/json_result.h"
#include "reports/junit_report.h"
#include "reports/markdown_report.h"
#include "reports/text_report.h"

namespace shaketable::engine {
namespace {

using reports::HtmlOptions;
using reports::Report;

constexpr std::array kFormats{
    ReportFormat{
        "text", ".txt", "the summary of a terminal", false,
        [](const Report& report, const HtmlOptions&) { return reports::text_report(report, {}); }},
    ReportFormat{
        "markdown", ".md .markdown", "the same for a pull request", false,
        [](const Report& report, const HtmlOptions&) { return reports::markdown_report(report); }},
    ReportFormat{"html", ".html .htm", "a page to look at", true,
                 [](const Report& report, const HtmlOptions& page) {
                   return reports::write_html(report, page);
                 }},
    ReportFormat{"junit", ".xml", "JUnit XML for a CI system", false,
                 [](const Report& report, const HtmlOptions&) {
                   return reports::junit_report({&report, 1});
                 }},
    ReportFormat{
        "json", ".json", "the whole result", true,
        [](const Report& report, const HtmlOptions&) { return reports::json_result(report); }},
    ReportFormat{"ndjson", ".ndjson .jsonl", "the result as one JSON object a line", false,
                 [](const Report& report, const HtmlOptions&) { return reports::ndjson(report); }},
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

reports::HtmlOptions page_options(double megabytes) {
  return {.most_bytes = static_cast<std::size_t>(megabytes * 1e6)};
}

std::string format_names() {
  std::string names;
  for (const ReportFormat& format : kFormats) {
    names += (names.empty() ? "" : "|") + std::string(format.name);
  }
  return names;
}

}  // namespace shaketable::engine
