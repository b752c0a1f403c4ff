#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"

namespace shaketable::loadgen {

/// Number of a variable within its load (an index into `LoadPlan::variable_names`).
using VariableIndex = std::uint32_t;
inline constexpr VariableIndex kNoVariable = ~VariableIndex{0};

/// The names that texts of a load may mention: declared variables, their columns (`user.name`),
/// captures, and what is built in. Numbers are given in order of first mention.
class VariableNames {
 public:
  /// The number of `name`, new if it is not known yet.
  VariableIndex add(std::string_view name);
  /// The number of `name`, kNoVariable if nobody added it.
  [[nodiscard]] VariableIndex find(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
};

/// A text with places for values: `/users/${user.id}`. `$${` stands for `${` itself.
///
/// Immutable once parsed; rendering appends and allocates nothing if the target has room.
class TextTemplate {
 public:
  struct Piece {
    std::string literal;                   ///< Comes first.
    VariableIndex variable = kNoVariable;  ///< Then its value, unless kNoVariable.
  };

  TextTemplate() = default;
  /// A text without places, as it is.
  static TextTemplate constant(std::string text);
  /// Parses `${name}`; names that nobody declared are added to `names`, the caller says which ones
  /// it accepts. Fails when a place is not closed or its name is empty or holds spaces or `$`.
  static proxy::Result<TextTemplate> parse(std::string_view text, VariableNames& names);

  [[nodiscard]] bool is_constant() const;
  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  /// The text when it is constant; what comes before the first place otherwise.
  [[nodiscard]] std::string_view prefix() const;
  [[nodiscard]] std::span<const Piece> pieces() const { return pieces_; }
  /// Appends the text with `values[variable]` in its places; a number beyond `values` is empty.
  void render(std::span<const std::string> values, std::string& out) const;
  /// As it was written (`${name}` again).
  [[nodiscard]] std::string source(std::span<const std::string> names) const;

 private:
  std::vector<Piece> pieces_;
};

}  // namespace shaketable::loadgen
