#pragma once

#include <QString>
#include <cstddef>
#include <string_view>

namespace shaketable::gui {

/// Text of the engine (UTF-8) for widgets.
[[nodiscard]] inline QString words(std::string_view text) {
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// "1 call", "16 calls".
[[nodiscard]] inline QString counted(std::size_t count, const char* noun) {
  return QString::number(count) + QLatin1Char(' ') + QLatin1String(noun) +
         QLatin1String(count == 1 ? "" : "s");
}

}  // namespace shaketable::gui
