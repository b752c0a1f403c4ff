#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gui/find/find_expression.h"

namespace shaketable::gui {

/// A word of an expression.
struct FindToken {
  enum class Kind : std::uint8_t { kEnd, kWord, kQuoted, kOperator, kOpen, kClose, kComma };
  Kind kind = Kind::kEnd;
  std::string text;
  std::size_t at = 0;
};

/// Cuts the text of an expression into words.
class FindLexer {
 public:
  explicit FindLexer(std::string_view text) : text_(text) {}

  /// False, with a mistake, for a quote that does not end.
  bool read(FindToken& token, FindMistake& mistake);

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  static bool is_stop(char c) { return c == '(' || c == ')' || c == ',' || c == '"' || c == '\''; }
  static bool is_operator_letter(char c) {
    return c == '=' || c == '<' || c == '>' || c == '!' || c == '~' || c == '&' || c == '|';
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace shaketable::gui
