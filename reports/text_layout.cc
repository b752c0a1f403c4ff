#include "reports/text_layout.h"

#include <algorithm>

#include "reports/escape.h"

namespace shaketable::reports {

std::string spaces(std::size_t count) { return std::string(count, ' '); }

std::string padded(const std::string& text, std::size_t columns, bool right) {
  const std::size_t width = display_width(text);
  const std::string gap = spaces(columns > width ? columns - width : 0);
  return right ? gap + text : text + gap;
}

TextLayout::TextLayout(const TextStyle& style) : style_(style) {
  style_.width = std::max<std::size_t>(style_.width, 40);
}

void TextLayout::paragraph(const std::string& first, std::size_t indent, const std::string& text) {
  out_ += first;
  std::size_t column = indent;
  bool fresh = true;
  const std::string safe = for_terminal(text);
  for (std::size_t at = 0; at < safe.size();) {
    const std::size_t end = std::min(safe.find(' ', at), safe.size());
    const std::string word = safe.substr(at, end - at);
    const std::size_t width = display_width(word);
    if (!fresh && column + 1 + width > style_.width) {
      out_ += '\n' + spaces(indent);
      column = indent;
      fresh = true;
    }
    out_ += (fresh ? "" : " ") + word;
    column += width + (fresh ? 0 : 1);
    fresh = false;
    at = end + 1;
  }
  out_ += '\n';
}

void TextLayout::headline(const std::string& text, const char* color) {
  out_ += style_.color ? color : "";
  paragraph("", 0, text);
  out_.insert(out_.size() - 1, style_.color ? kReset : "");
}

}  // namespace shaketable::reports
