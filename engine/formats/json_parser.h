#pragma once

#include <string_view>

#include "engine/formats/document_builder.h"

namespace shaketable::engine {

/// Parses one JSON value (RFC 8259) and feeds it to `builder`; stops the builder on bad syntax.
///
/// `text` must be what `normalize_text` left. Strings are quoted scalars; numbers, `true` and
/// `false` are plain ones with the text as written, so their range is checked by whoever reads
/// them. Lone surrogate escapes are refused, because they stand for no character. Iterative: depth
/// is limited by the builder, not by the stack.
void parse_json(std::string_view text, DocumentBuilder& builder);

}  // namespace shaketable::engine
