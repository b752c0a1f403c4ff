#pragma once

#include <span>
#include <string>
#include <string_view>

#include "loadgen/core/text_template.h"

namespace shaketable::loadgen {

/// What the place of a value asks of it.
enum class Escape : unsigned char {
  kNone,
  kJson,    ///< Inside of a JSON string.
  kUrl,     ///< Percent-encoded: all but letters, digits and `-._~`.
  kHeader,  ///< Line breaks and other control characters become spaces: no header is smuggled in.
};

void append_escaped(std::string_view value, Escape escape, std::string& out);

/// Renders a template whose values are escaped; its own text stays as it is.
void render_escaped(const TextTemplate& text, std::span<const std::string> values, Escape escape,
                    std::string& out);

}  // namespace shaketable::loadgen
