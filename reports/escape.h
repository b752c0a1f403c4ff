#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Names and messages come from files that nobody trusts. Every writer passes them through the
/// function of its medium; what cannot be shown as itself becomes a visible escape, so that no two
/// names look alike and nothing is lost. All of them accept bytes that are not UTF-8 (they become
/// U+FFFD) and give valid UTF-8.
namespace shaketable::reports {

/// For a terminal: control characters, line breaks, bidirectional and invisible marks become
/// `\n`, `\x1b`, `\u{202e}`.
[[nodiscard]] std::string for_terminal(std::string_view text);

/// For element contents and quoted attributes of HTML: `& < > " '` as entities, what is invisible
/// as `\u202e`.
[[nodiscard]] std::string for_html(std::string_view text);

/// For contents and attributes of XML 1.0, which cannot hold control characters at all.
[[nodiscard]] std::string for_xml(std::string_view text);

/// The inside of a JSON string: also safe inside an HTML script block (`<` is `\u003c`).
[[nodiscard]] std::string for_json(std::string_view text);

/// For a paragraph or a table cell of Markdown (GitHub's), but not for the start of a line: signs
/// are escaped by backslashes, `<` and `&` as entities, line breaks as `\n`; no mention (`@name`)
/// and no link (`http://`, `www.`) comes to be that nobody wrote.
[[nodiscard]] std::string for_markdown(std::string_view text);

/// Columns that a text without escapes needs on a terminal.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `text` cut to at most `columns` columns, ending in `...` when something was left out.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t columns);

}  // namespace shaketable::reports
