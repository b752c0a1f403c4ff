#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/formats/diagnostic.h"

namespace shaketable::engine {

/// Reads a whole regular file of at most `max_bytes`.
///
/// Refuses directories, pipes, devices and sockets without opening them for long: the file is
/// opened non-blocking and looked at again once it is open, so neither a pipe without a writer nor
/// a file that is exchanged meanwhile can make it wait. Symbolic links are followed.
[[nodiscard]] std::optional<std::string> read_regular_file(const std::string& path,
                                                           std::size_t max_bytes,
                                                           Diagnostics& diagnostics);

/// Brings a text into the form that the parsers take: byte order mark removed, CRLF and lone CR
/// turned into LF. Lines and columns stay what an editor shows.
///
/// Reports and returns false when the text is not UTF-8 (UTF-16 is named as such) or holds a
/// control character other than tab and line break; neither belongs in YAML or JSON.
[[nodiscard]] bool normalize_text(const std::string& name, std::string& text,
                                  Diagnostics& diagnostics);

}  // namespace shaketable::engine
