#pragma once

#include <memory>
#include <string>
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

}  // namespace shaketable::gui
