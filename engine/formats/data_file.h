#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "engine/formats/diagnostic.h"

namespace shaketable::engine {

namespace code {
inline constexpr char kNotAlong[] = "ST1016";  ///< A data file that a result lacks.
}  // namespace code

/// What a result keeps of the data that its scenario names: files of up to kMaxKeptFile bytes,
/// while all texts together have at most kMaxKeptFiles.
inline constexpr std::size_t kMaxKeptFile = std::size_t{16} << 20;
inline constexpr std::size_t kMaxKeptFiles = std::size_t{64} << 20;

/// Reads a file of data that a load names (a recorded log, rows, a body, descriptors) as it is, and
/// keeps its bytes in `diagnostics` within the limits above, so that `source_of` has them.
///
/// Once a text is provided to `diagnostics`, a file that would have been kept comes from there
/// alone: one that did not come along is an error (code::kNotAlong). A larger one is read from the
/// disk even then. Reports what cannot be read, and files of more than `max_bytes`.
[[nodiscard]] std::optional<std::string> read_data_file(const std::string& path,
                                                        std::size_t max_bytes,
                                                        Diagnostics& diagnostics);

}  // namespace shaketable::engine
