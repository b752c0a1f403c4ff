#include "loadgen/core/text_template.h"

#include <algorithm>
#include <utility>

namespace shaketable::loadgen {
namespace {

constexpr std::string_view kOpen = "${";
constexpr std::string_view kEscaped = "$${";

bool is_name(std::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '$' || c == '{';
  });
}

}  // namespace

VariableIndex VariableNames::add(std::string_view name) {
  const VariableIndex known = find(name);
  if (known != kNoVariable) {
    return known;
  }
  names_.emplace_back(name);
  return static_cast<VariableIndex>(names_.size() - 1);
}

VariableIndex VariableNames::find(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  return found == names_.end() ? kNoVariable : static_cast<VariableIndex>(found - names_.begin());
}

TextTemplate TextTemplate::constant(std::string text) {
  TextTemplate result;
  if (!text.empty()) {
    result.pieces_.push_back({std::move(text), kNoVariable});
  }
  return result;
}

proxy::Result<TextTemplate> TextTemplate::parse(std::string_view text, VariableNames& names) {
  TextTemplate result;
  std::string literal;
  while (!text.empty()) {
    if (text.starts_with(kEscaped)) {
      literal += kOpen;
      text.remove_prefix(kEscaped.size());
    } else if (text.starts_with(kOpen)) {
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos) {
        return proxy::fail("a place for a value is not closed", {},
                           "`${name}`; `$${` for the text");
      }
      const std::string_view name = text.substr(kOpen.size(), end - kOpen.size());
      if (!is_name(name)) {
        return proxy::fail("a place for a value has no proper name", {},
                           "`${name}`; `$${` for the text");
      }
      result.pieces_.push_back({std::exchange(literal, {}), names.add(name)});
      text.remove_prefix(end + 1);
    } else {
      literal += text.front();
      text.remove_prefix(1);
    }
  }
  if (!literal.empty()) {
    result.pieces_.push_back({std::move(literal), kNoVariable});
  }
  return result;
}

bool TextTemplate::is_constant() const {
  return pieces_.empty() || (pieces_.size() == 1 && pieces_.front().variable == kNoVariable);
}

std::string_view TextTemplate::prefix() const {
  return pieces_.empty() ? std::string_view() : std::string_view(pieces_.front().literal);
}

void TextTemplate::render(std::span<const std::string> values, std::string& out) const {
  for (const Piece& piece : pieces_) {
    out += piece.literal;
    if (piece.variable < values.size()) {
      out += values[piece.variable];
    }
  }
}

std::string TextTemplate::source(std::span<const std::string> names) const {
  std::string text;
  for (const Piece& piece : pieces_) {
    text += piece.literal;
    if (piece.variable < names.size()) {
      text.append(kOpen).append(names[piece.variable]).append("}");
    }
  }
  return text;
}

}  // namespace shaketable::loadgen
