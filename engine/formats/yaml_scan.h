#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"

namespace shaketable::engine {

/// What the scan learns about a text beside its mistakes.
struct YamlOutline {
  std::vector<int> marker_lines;  ///< 1-based lines that begin with `---`, rising.
};

/// Looks over a YAML text before the parser sees a byte of it. One pass, no recursion.
///
/// It knows quotes, comments, block scalars and flow brackets, nothing more, and reports what
/// yaml-cpp accepts, misplaces or spends too much on: a quote or bracket that is never closed (at
/// the place where it was opened), a tab as indentation, empty entries in a flow collection, keys
/// that are too long, brackets nested too deep, and templates (`{{` outside quotes and comments).
/// Returns nothing after such a report, of which there is one at most.
[[nodiscard]] std::optional<YamlOutline> scan_yaml(const std::string& file, std::string_view text,
                                                   const DocumentLimits& limits,
                                                   Diagnostics& diagnostics);

}  // namespace shaketable::engine
