#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "reports/text_report.h"

namespace shaketable::reports {

inline constexpr char kBold[] = "\x1b[1m";
inline constexpr char kDim[] = "\x1b[2m";
inline constexpr char kRed[] = "\x1b[1;31m";
inline constexpr char kGreen[] = "\x1b[1;32m";
inline constexpr char kYellow[] = "\x1b[33m";
inline constexpr char kReset[] = "\x1b[0m";

[[nodiscard]] std::string spaces(std::size_t count);

/// `text` with blanks up to `columns`, in front of it when `right`.
[[nodiscard]] std::string padded(const std::string& text, std::size_t columns, bool right);

/// What the writers of terminal texts build on: titles, paragraphs that wrap, colours.
class TextLayout {
 protected:
  explicit TextLayout(const TextStyle& style);

  [[nodiscard]] std::string painted(const std::string& text, const char* color) const {
    return style_.color ? color + text + kReset : text;
  }

  void title(const std::string& text) { out_ += '\n' + painted(text, kBold) + '\n'; }

  /// Wraps at spaces; lines after the first start in column `indent`. `text` is raw, `first` is
  /// safe and fills the columns before `indent`.
  void paragraph(const std::string& first, std::size_t indent, const std::string& text);

  /// A paragraph of one colour.
  void headline(const std::string& text, const char* color);

  TextStyle style_;
  std::string out_;
};

}  // namespace shaketable::reports
