#include "engine/formats/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/formats/printable.h"

namespace shaketable::engine {
namespace {

constexpr std::size_t kWindowBytes = 120;   ///< Source bytes shown of a long line.
constexpr std::size_t kBeforeCaret = 60;    ///< Of them, at most this many before the column.
constexpr std::size_t kMessageBytes = 600;  ///< A message longer than this is cut.

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kCyan = "\x1b[1;36m";
constexpr std::string_view kGreen = "\x1b[1;32m";

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      return "note";
  }
  return "error";
}

std::string_view severity_color(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return kRed;
    case Severity::kWarning:
      return kYellow;
    case Severity::kNote:
      return kCyan;
  }
  return kRed;
}

/// Writes with colours or without.
class Painter {
 public:
  explicit Painter(bool color) : color_(color) {}

  [[nodiscard]] std::string paint(std::string_view style, std::string_view text) const {
    if (!color_) {
      return std::string(text);
    }
    std::string out(style);
    out += text;
    out += kReset;
    return out;
  }

 private:
  bool color_;
};

/// Finds lines of one text; asking in rising order costs one pass over the text.
class LineFinder {
 public:
  explicit LineFinder(std::string_view text) : text_(text) {}

  /// The line without its break; nothing for a line that the text does not have.
  std::string_view line(int number) {
    if (number < number_) {
      number_ = 1;
      start_ = 0;
    }
    while (number_ < number) {
      const std::size_t end = text_.find('\n', start_);
      if (end == std::string_view::npos) {
        return {};
      }
      start_ = end + 1;
      ++number_;
    }
    return text_.substr(start_, text_.find('\n', start_) - start_);
  }

 private:
  std::string_view text_;
  int number_ = 1;
  std::size_t start_ = 0;
};

std::size_t back_to_code_point(std::string_view text, std::size_t offset) {
  while (offset > 0 && offset < text.size() &&
         (static_cast<unsigned char>(text[offset]) & 0xC0U) == 0x80U) {
    --offset;
  }
  return offset;
}

/// A window of a line as the terminal shows it, and where the caret goes under it.
struct Excerpt {
  std::string text;
  std::size_t caret = 0;
};

Excerpt excerpt_of(std::string_view line, std::size_t column_offset) {
  const std::size_t target = std::min(column_offset, line.size());
  std::size_t first = 0;
  if (line.size() > kWindowBytes && target > kBeforeCaret) {
    first = back_to_code_point(line, target - kBeforeCaret);
  }
  const std::size_t end = std::min(line.size(), first + kWindowBytes);
  Excerpt excerpt;
  if (first > 0) {
    excerpt.text = "...";
  }
  std::size_t width = excerpt.text.size();
  excerpt.caret = width;
  for (std::size_t i = first; i < end;) {
    const CodePoint point = decode_utf8(line, i);
    const std::string_view bytes = line.substr(i, point.length);
    if (i <= target) {
      excerpt.caret = width;
    }
    if (point.valid && point.value == U'\t') {
      excerpt.text += ' ';
      ++width;
    } else if (point.valid && is_printable(point.value)) {
      excerpt.text += bytes;
      width += static_cast<std::size_t>(display_width(point.value));
    } else {
      const std::string escaped = printable(bytes, bytes.size() * 12);
      excerpt.text += escaped;
      width += escaped.size();
    }
    i += point.length;
  }
  if (target >= end) {
    excerpt.caret = width;
  }
  if (end < line.size()) {
    excerpt.text += "...";
  }
  return excerpt;
}

std::string place_of(const Diagnostic& diagnostic) {
  if (diagnostic.file.empty()) {
    return "";
  }
  std::string place = printable(diagnostic.file, 1024) + ':';
  if (diagnostic.line > 0) {
    place += std::to_string(diagnostic.line) + ':';
    if (diagnostic.column > 0) {
      place += std::to_string(diagnostic.column) + ':';
    }
  }
  return place + ' ';
}

std::string hint_text(const std::string& hint) {
  const bool is_word = hint.find(' ') == std::string::npos;
  const std::string safe = printable(hint, kMessageBytes);
  return is_word ? "did you mean \"" + safe + "\"?" : safe;
}

void append_excerpt(std::string& out, const Diagnostic& diagnostic, std::string_view line,
                    const Painter& painter) {
  const std::size_t offset =
      diagnostic.column > 0 ? static_cast<std::size_t>(diagnostic.column) - 1 : 0;
  const Excerpt excerpt = excerpt_of(line, offset);
  const std::string number = std::to_string(diagnostic.line);
  const std::string gutter(number.size() < 5 ? 5 - number.size() : 0, ' ');
  out += gutter + number + " | " + excerpt.text + '\n';
  if (diagnostic.column > 0) {
    out += std::string(gutter.size() + number.size(), ' ') + " | " +
           std::string(excerpt.caret, ' ') + painter.paint(kGreen, "^") + '\n';
  }
}

void append(std::string& out, const Diagnostic& diagnostic, std::string_view line,
            const Painter& painter) {
  std::string kind(severity_name(diagnostic.severity));
  if (!diagnostic.code.empty()) {
    kind += '[' + printable(diagnostic.code, 32) + ']';
  }
  out += painter.paint(kBold, place_of(diagnostic));
  out += painter.paint(severity_color(diagnostic.severity), kind + ':');
  out += ' ' + printable(diagnostic.message, kMessageBytes) + '\n';
  if (diagnostic.line > 0 && !line.empty()) {
    append_excerpt(out, diagnostic, line, painter);
  }
  if (!diagnostic.expected.empty()) {
    out += "      = expected: " + printable(diagnostic.expected, kMessageBytes) + '\n';
  }
  if (!diagnostic.hint.empty()) {
    out += "      = " + hint_text(diagnostic.hint) + '\n';
  }
}

auto order_of(const Diagnostic& d) {
  return std::tie(d.file, d.line, d.column, d.severity, d.code, d.message);
}

}  // namespace

void Diagnostics::add(Diagnostic diagnostic) {
  const bool is_error = diagnostic.severity == Severity::kError;
  error_count_ += is_error ? 1 : 0;
  warning_count_ += diagnostic.severity == Severity::kWarning ? 1 : 0;
  if (items_.size() < limit_) {
    items_.push_back(std::move(diagnostic));
    return;
  }
  ++omitted_;
  if (!is_error) {
    return;
  }
  const auto weaker = std::find_if(items_.rbegin(), items_.rend(), [](const Diagnostic& item) {
    return item.severity != Severity::kError;
  });
  if (weaker != items_.rend()) {
    *weaker = std::move(diagnostic);
  }
}

void Diagnostics::add_source(const std::string& file, std::shared_ptr<const std::string> text) {
  sources_[file] = std::move(text);
}

void Diagnostics::provide(const std::string& file, std::string text) {
  provided_[file] = std::move(text);
}

const std::string* Diagnostics::provided(const std::string& file) const {
  const auto found = provided_.find(file);
  return found == provided_.end() ? nullptr : &found->second;
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> items = items_;
  std::stable_sort(items.begin(), items.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return order_of(a) < order_of(b);
  });
  const auto end = std::unique(
      items.begin(), items.end(),
      [](const Diagnostic& a, const Diagnostic& b) { return order_of(a) == order_of(b); });
  items.erase(end, items.end());
  return items;
}

std::vector<std::string> Diagnostics::source_names() const {
  std::vector<std::string> names;
  for (const auto& [name, text] : sources_) {
    names.push_back(name);
  }
  return names;
}

const std::string* Diagnostics::source(const std::string& file) const {
  const auto found = sources_.find(file);
  return found == sources_.end() ? nullptr : found->second.get();
}

std::string render(const Diagnostic& diagnostic, const std::string* source, bool color) {
  std::string out;
  const std::string_view line =
      source == nullptr ? std::string_view() : LineFinder(*source).line(diagnostic.line);
  append(out, diagnostic, line, Painter(color));
  return out;
}

std::string render(const Diagnostics& diagnostics, bool color) {
  const Painter painter(color);
  std::string out;
  const std::string* text = nullptr;
  LineFinder finder("");
  for (const Diagnostic& item : diagnostics.sorted()) {
    const std::string* source = diagnostics.source(item.file);
    if (source != text) {
      text = source;
      finder = LineFinder(source == nullptr ? std::string_view() : std::string_view(*source));
    }
    append(out, item, finder.line(item.line), painter);
  }
  if (diagnostics.omitted() > 0) {
    out += "and " + std::to_string(diagnostics.omitted()) + " more\n";
  }
  return out;
}

}  // namespace shaketable::engine
