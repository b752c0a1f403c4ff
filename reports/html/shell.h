#pragma once

#include <string>
#include <utility>
#include <vector>

namespace shaketable::reports {

/// What is around the sections of a page: head with Content-Security-Policy, style, contents list,
/// scripts. All texts are raw but `body` and `data`.
struct Shell {
  std::string title;
  std::vector<std::pair<std::string, std::string>> contents;  ///< Id of a section and its name.
  std::string body;                                           ///< Markup.
  std::string data;  ///< JSON for the scripts, made by for_json(); empty = a page without charts.
};

/// The whole document.
[[nodiscard]] std::string document_of(const Shell& shell);

/// The page's only style sheet.
[[nodiscard]] const std::string& style_sheet();
/// Charts and their licence.
[[nodiscard]] const std::string& chart_script();
/// What is our own.
[[nodiscard]] const std::string& page_script();

}  // namespace shaketable::reports
