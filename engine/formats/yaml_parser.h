#pragma once

#include <string_view>

#include "engine/formats/document_builder.h"
#include "engine/formats/yaml_scan.h"

namespace shaketable::engine {

/// Feeds all documents of a YAML text to `builder` by way of yaml-cpp; stops the builder on bad
/// syntax. `text` must have passed `normalize_text` and `scan_yaml`, which gave `outline`.
///
/// With `several` false, a second document is an error. Exceptions of yaml-cpp end here.
void parse_yaml(std::string_view text, const YamlOutline& outline, bool several,
                DocumentBuilder& builder);

}  // namespace shaketable::engine
