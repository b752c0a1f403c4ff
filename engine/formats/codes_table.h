#pragma once

#include <span>

#include "engine/formats/codes.h"

/// The parts of `code_table()`, one per file.
namespace shaketable::engine {

[[nodiscard]] std::span<const CodeInfo> document_codes();  ///< ST10xx, ST11xx
[[nodiscard]] std::span<const CodeInfo> mesh_codes();      ///< ST12xx
[[nodiscard]] std::span<const CodeInfo> scenario_codes();  ///< ST13xx, ST15xx
[[nodiscard]] std::span<const CodeInfo> proxy_codes();     ///< ST14xx
[[nodiscard]] std::span<const CodeInfo> istio_codes();     ///< ST30xx, ST31xx

}  // namespace shaketable::engine
