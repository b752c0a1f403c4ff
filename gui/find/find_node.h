#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gui/find/find_expression.h"

namespace shaketable::gui {

/// A node of an expression.
struct FindExpression::Node {
  enum class Kind : std::uint8_t { kAnd, kOr, kNot, kNumber, kText, kWord, kNear };
  enum class Compare : std::uint8_t {
    kEqual,
    kNotEqual,
    kGreater,
    kGreaterEqual,
    kLess,
    kLessEqual,
    kContains
  };

  Kind kind = Kind::kWord;
  FindField field = FindField::kName;
  Compare compare = Compare::kEqual;
  double number = 0;  ///< kNear: calls.
  std::string text;   ///< Lower case.
  std::vector<std::shared_ptr<const Node>> parts;
};

/// The text as expressions compare it: ASCII letters are small.
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace shaketable::gui
