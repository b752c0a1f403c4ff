#pragma once

#include <span>
#include <string>
#include <string_view>

#include "reports/html/html_report.h"
#include "reports/report.h"

namespace shaketable::engine {

/// One way to write the report of a run: the table that `--format`, file endings, help and
/// completions go by.
struct ReportFormat {
  std::string_view name;     ///< As `--format` takes it: "html".
  std::string_view endings;  ///< Of files, separated by blanks: ".html .htm".
  std::string_view about;    ///< "a page to look at".
  bool holds_one = false;    ///< Two of them behind each other would be neither.
  std::string (*write)(const reports::Report& report, const reports::HtmlOptions& page) = nullptr;
};

[[nodiscard]] std::span<const ReportFormat> report_formats();

/// The format of that name, or null.
[[nodiscard]] const ReportFormat* find_format(std::string_view name);

/// The format that the ending of a file asks for, or null.
[[nodiscard]] const ReportFormat* format_of_file(std::string_view path);

/// How a page is written that stays below so many megabytes.
[[nodiscard]] reports::HtmlOptions page_options(double megabytes);

/// "html|json|...", for help and messages.
[[nodiscard]] std::string format_names();

}  // namespace shaketable::engine
