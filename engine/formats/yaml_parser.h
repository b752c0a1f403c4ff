#pragma once

#include <string_view>

#include "engine/formats/document_builder.h"
#include "engine/formats/yaml_scan.h"

namespace shaketable::engine {

/// Feeds all documents of a YAML text to `builder` by way of yaml-cpp; stops the builder on bad
/// syntax. `text` must have passed `normalize_text` and `scan_yaml`, which gave `outline`.
///
/// Without `options.several_documents`, a second document is an error. Exceptions of yaml-cpp end
/// here.
void parse_yaml(std::string_view text, const YamlOutline& outline, const LoadOptions& options,
                DocumentBuilder& builder);

}  // namespace shaketable::engine
